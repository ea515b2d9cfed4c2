// Carries out what the talk decides: the line, the media, the peer connection. Knows no page.

import type { Cause, FromBrowser, Role, StartJitsi } from "../wire/messages";
import { SignalSocket, type Ticket, type Wire } from "../wire/socket";
import { type Hearing, hear, isTrouble } from "./hearing";
import { BrokenRooms, devicesOf, type JitsiDevices, JitsiTalk, type OpenJitsi } from "./jitsi";
import type { Limits } from "./limits";
import { CALM, type Lookout, lookOut } from "./lookout";
import type { MediaParts } from "./media";
import { OwnMedia } from "./own-media";
import { Peer } from "./peer";
import { ALL_GOOD, QualityCare } from "./quality";
import { Staying } from "./staying";
import { shown, step } from "./talk";
import { type Effect, opened, type TalkEvent, type TalkState } from "./talk-state";
import { Watch } from "./watch";
import { preferredCodecs } from "./webkit";

const PATIENCE_MS = 2_000;
const CARE_MS = 500;
const HEAR_MS = 5_000;

export interface SessionParts {
  readonly role: Role;
  /** The candidate takes part without a camera. */
  readonly waived: boolean;
  /** The numbers of the rules for this talk; where they are not given, the shipped ones. */
  readonly limits?: Limits | undefined;
  readonly media: MediaParts;
  readonly connect: () => Wire;
  readonly ticket: () => Promise<Ticket>;
  readonly buildPeer: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** What the browser can receive of pictures, in its own order. */
  readonly videoCodecs?: (() => readonly RTCRtpCodec[]) | undefined;
  /** Nobody looks at the page now. */
  readonly hidden?: (() => boolean) | undefined;
  readonly picture: () => Uint8ClampedArray | null;
  readonly onState: (state: TalkState) => void;
  readonly onOwnStream: (stream: MediaStream | null) => void;
  /** What of a new own stream the other gets at once; all of it where this is not given. */
  readonly toSend?: ((stream: MediaStream) => MediaStream) | undefined;
  readonly onOtherStream: (stream: MediaStream | null) => void;
  readonly onOtherScreen: (stream: MediaStream | null) => void;
  /** The connection that what people do together goes over; null when there is none. */
  readonly onPeer: (peer: Peer | null) => void;
  /** Opens the frame of Jitsi, where Jitsi carries the talk. */
  readonly onJitsi?: OpenJitsi | undefined;
  readonly onChime: () => void;
  readonly onRemember: (inTalk: boolean) => void;
  readonly onGoOn: () => void;
  /** Shows the way on after a talk that failed; with a cause it has to be reported. */
  readonly onFallBack: (cause: Cause | null) => void;
  readonly startsAtMs: number;
  /** The person chose to be careful with data. */
  readonly lowData: boolean;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #socket: SignalSocket;
  #state: TalkState;
  readonly #own: OwnMedia;
  #peer: Peer | null = null;
  #watch: Watch | null = null;
  readonly #staying: Staying;
  #quality: QualityCare | null = null;
  #lowData: boolean;
  #lookout: Lookout = CALM;
  #hearing: Hearing | null = null;
  #jitsi: JitsiTalk | null = null;
  readonly #broken = new BrokenRooms();
  #devices: JitsiDevices = {};

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#state = opened(parts.role, parts.waived, parts.limits);
    this.#socket = new SignalSocket({
      connect: parts.connect,
      ticket: parts.ticket,
      epoch: () => this.#state.epoch,
      shown: () => shown(this.#state),
      later: (run, ms) => setTimeout(run, ms) as unknown as number,
      never: (timer) => clearTimeout(timer),
      random: Math.random,
      onMessage: (message) => this.happened({ type: "server", message }),
      onLine: (line) => this.#line(line === "up"),
      onStop: (why, text) => this.happened({ type: "stopped", why, text }),
    });
    this.#own = new OwnMedia({
      media: parts.media,
      state: () => this.#state,
      sending: () => this.#peer !== null,
      hidden: () => parts.hidden?.() ?? false,
      happened: (event) => this.happened(event),
      onStream: (stream) => this.#show(stream),
    });
    this.#lowData = parts.lowData;
    this.#staying = new Staying({
      lineUp: () => this.#state.lineUp,
      send: (message) => this.#send(message),
      probe: () => this.#socket.probe(),
      onCare: (found) => this.happened({ type: "cared", found }),
      now: () => performance.now(),
      wall: Date.now,
      random: Math.random,
    });
    setInterval(() => this.#care(), CARE_MS);
    setInterval(() => void this.#hear(), HEAR_MS);
  }

  get state(): TalkState {
    return this.#state;
  }

  /** Something happened or was pressed. */
  happened(event: TalkEvent): void {
    const { state, effects } = step(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#parts.onState(this.#state);
  }

  /** The surroundings changed (device, permission, focus, network): try again what failed. */
  tryAgain(): void {
    this.#socket.hurry();
    this.#own.tryAgain();
  }

  /** The device has another network: what led to the other may lead nowhere now. */
  networkChanged(): void {
    this.#staying.networkChanged();
  }

  /** The person does not want to wait for the next attempt. */
  tryNow(): void {
    this.#staying.pressed();
  }

  /** Sends little picture from now on and asks the other for little, or no longer. */
  careful(lowData: boolean): void {
    this.#lowData = lowData;
    this.#peer?.careful(lowData);
  }

  // After a lost line the server says how things stand; then it is the connection's turn.
  #line(up: boolean): void {
    this.happened({ type: "line", up });
    if (up) this.#staying.lineBack(this.#peer?.connection === "connected");
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case "ask_media":
        return this.#own.ask();
      case "release_media":
        return this.#own.letGo();
      case "open_line":
        return void this.#socket.open();
      case "close_line":
        return this.#socket.close();
      case "send":
        return void this.#socket.send(effect.message);
      case "start_peer":
        return this.#startPeer(effect);
      case "start_jitsi":
        return this.#startJitsi(effect.start);
      case "stop_peer":
        this.#staying.over();
        return this.#stopPeer();
      case "describe":
        return this.#current(effect.message.epoch)?.describe(effect.message.description);
      case "candidate":
        return this.#current(effect.message.epoch)?.candidate(effect.message.candidate);
      case "new_routes":
        return this.#peer?.renew(effect.iceServers);
      case "switch":
        return this.#own.switch(effect.camera, effect.microphone);
      case "wait":
        setTimeout(
          () => this.happened({ type: "out_of_patience", over: effect.over }),
          PATIENCE_MS,
        );
        return;
      case "chime":
        return this.#parts.onChime();
      case "remember":
        return this.#parts.onRemember(effect.inTalk);
      case "go_on":
        return this.#parts.onGoOn();
      case "fall_back":
        return this.#parts.onFallBack(effect.cause);
      default:
        return effect satisfies never;
    }
  }

  #show(stream: MediaStream | null): void {
    this.#parts.onOwnStream(stream);
    if (stream !== null) void this.#peer?.replace(this.#parts.toSend?.(stream) ?? stream);
  }

  #current(epoch: number): Peer | null {
    return this.#peer?.epoch === epoch ? this.#peer : null;
  }

  #startPeer({ start, polite }: Effect & { do: "start_peer" }): void {
    this.#stopPeer();
    const { stream } = this.#own;
    if (stream === null) return;
    const peer = new Peer({
      build: this.#parts.buildPeer,
      start,
      polite,
      stream,
      lowData: this.#lowData,
      codecs: preferredCodecs(this.#parts.media, this.#parts.videoCodecs?.() ?? []),
      sendDescription: (epoch, description) =>
        this.#send({ type: "description", epoch, description }),
      sendCandidate: (epoch, candidate) => this.#send({ type: "candidate", epoch, candidate }),
      onStream: (stream) => this.#parts.onOtherStream(stream),
      onScreen: (stream) => this.#parts.onOtherScreen(stream),
      onConnection: () => this.#care(),
      onStuck: () => this.#send({ type: "restart", epoch: start.epoch }),
    });
    this.#peer = peer;
    this.#parts.onPeer(peer);
    this.#watch = this.#watchOver(peer);
    this.#quality = this.#careFor(peer);
    this.#staying.built(start.epoch);
  }

  // Jitsi asks for the camera itself, and a phone opens it only once.
  #startJitsi(start: StartJitsi): void {
    this.#stopPeer();
    const devices = this.#own.stream?.getTracks();
    if (devices !== undefined) this.#devices = devicesOf(devices);
    this.#own.letGo();
    const meet = this.#parts.onJitsi;
    if (meet === undefined) return void this.#send({ type: "trouble", cause: "other" });
    this.#jitsi = new JitsiTalk({
      start,
      devices: this.#devices,
      meet,
      send: (message) => this.#send(message),
      happened: (event) => this.happened(event),
      failed: () => this.#state.failed,
      broken: this.#broken,
      repeat: (run, ms) => setInterval(run, ms) as unknown as number,
      later: (run, ms) => setTimeout(run, ms) as unknown as number,
      never: (timer) => clearTimeout(timer),
      now: () => performance.now(),
      random: Math.random,
    });
  }

  #careFor(peer: Peer): QualityCare {
    return new QualityCare({
      counts: async () => {
        const counts = await peer.counts();
        if (peer === this.#peer) this.#staying.heard(counts.arrived);
        return counts;
      },
      connected: () => peer.connection === "connected",
      lowData: () => this.#lowData,
      onStep: (step) => peer.size(step),
      onQuality: (quality) => this.happened({ type: "cared", found: { quality } }),
      onSummary: (summary) => this.#send({ type: "quality", ...summary }),
      repeat: (run, ms) => setInterval(run, ms) as unknown as number,
      never: (timer) => clearInterval(timer),
      now: () => performance.now(),
    });
  }

  #watchOver(peer: Peer): Watch {
    return new Watch({
      framesDecoded: () => peer.framesDecoded(),
      picture: this.#parts.picture,
      repeat: (run, ms) => setInterval(run, ms) as unknown as number,
      never: (timer) => clearInterval(timer),
      now: () => performance.now(),
      attest: (seen, reason, frames) => this.#send({ type: "attest", seen, reason, frames }),
      onLasting: (unseen) => this.happened({ type: "cared", found: { unseen } }),
    });
  }

  #stopPeer(): void {
    this.#watch?.stop();
    this.#watch = null;
    this.#quality?.stop();
    this.#quality = null;
    const { quality, unseen } = this.#state.care;
    if (quality !== ALL_GOOD || unseen !== null) {
      this.happened({ type: "cared", found: { quality: ALL_GOOD, unseen: null } });
    }
    this.#jitsi?.stop();
    this.#jitsi = null;
    this.#parts.onPeer(null);
    this.#peer?.close();
    this.#peer = null;
    this.#hearing = null;
    this.#parts.onOtherStream(null);
    this.#parts.onOtherScreen(null);
  }

  #send(message: FromBrowser): boolean {
    return this.#socket.send(message);
  }

  // Looks after the connection, at each change and twice a second.
  #care(): void {
    this.#lookOut();
    if (this.#peer === null) return;
    const { connection, epoch } = this.#peer;
    const connected = connection === "connected";
    if (connected !== this.#state.connected) this.happened({ type: "connection", connected });
    this.#staying.look(connection, epoch);
  }

  async #hear(): Promise<void> {
    const peer = this.#peer;
    if (peer === null || this.#state.failed) return;
    const sound = await peer.sound().catch(() => null);
    if (sound === null || peer !== this.#peer) return;
    const { limits } = this.#state;
    this.#hearing = hear(this.#hearing, sound, performance.now(), limits);
    if (isTrouble(this.#hearing, limits)) this.happened({ type: "trouble_found", cause: "sound" });
  }

  // Whether the talk fails by itself, for somebody who does not press anything.
  #lookOut(): void {
    if (this.#state.failed) return;
    const beforeMs = this.#parts.startsAtMs - Date.now();
    const found = lookOut(this.#lookout, this.#state, beforeMs, performance.now());
    this.#lookout = found.lookout;
    if (found.cause !== null) this.happened({ type: "trouble_found", cause: found.cause });
  }
}
