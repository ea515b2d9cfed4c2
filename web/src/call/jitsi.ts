// A talk that Jitsi carries: what its frame tells, put in the words of our own talk.

import type { FromBrowser, StartJitsi } from "../wire/messages";
import type { TalkEvent } from "./talk-state";

/** Every so often each side says whether the other is there (rule R5). */
const ATTEST_MS = 10_000;
/** A room that broke off begins anew after so long, and as much longer as chance says. */
const ANEW_MS = 2_000;
const ANEW_SPREAD_MS = 3_000;
/** Whoever breaks off twice within this will go on doing so: the other network or host is at fault. */
const TWICE_MS = 60_000;

/** The part of Jitsi's IFrame API that a talk needs. */
export interface JitsiFrame {
  on(name: JitsiEvent, hear: (what: unknown) => void): void;
  dispose(): void;
}

export type JitsiEvent =
  | "videoConferenceJoined"
  | "videoConferenceLeft"
  | "participantJoined"
  | "participantLeft"
  | "readyToClose"
  | "errorOccurred";

/** What was used before the room opened, by the names that Jitsi knows devices by. */
export interface JitsiDevices {
  readonly audioInput?: string;
  readonly videoInput?: string;
}

/** The devices behind `tracks`; one without a name is left to Jitsi. */
export function devicesOf(
  tracks: readonly Pick<MediaStreamTrack, "kind" | "label">[],
): JitsiDevices {
  const named = (kind: string) =>
    tracks.find((one) => one.kind === kind && one.label !== "")?.label;
  const [audioInput, videoInput] = [named("audio"), named("video")];
  return { ...(audioInput && { audioInput }), ...(videoInput && { videoInput }) };
}

/** Opens a room; null when the operator's Jitsi cannot be loaded. */
export type OpenJitsi = (start: StartJitsi, devices: JitsiDevices) => Promise<JitsiFrame | null>;

/** Remembers over the rooms of one talk when the last one broke off. */
export class BrokenRooms {
  #lastMs = Number.NEGATIVE_INFINITY;

  /** A room broke off at `nowMs`: whether another one may be tried. */
  mayBeginAnew(nowMs: number): boolean {
    const may = nowMs - this.#lastMs >= TWICE_MS;
    this.#lastMs = nowMs;
    return may;
  }
}

export interface JitsiTalkParts {
  readonly start: StartJitsi;
  readonly devices: JitsiDevices;
  readonly meet: OpenJitsi;
  readonly send: (message: FromBrowser) => boolean;
  readonly happened: (event: TalkEvent) => void;
  /** Whether the talk was given up: nothing begins anew then. */
  readonly failed: () => boolean;
  readonly broken: BrokenRooms;
  readonly repeat: (run: () => void, ms: number) => number;
  readonly later: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Looks after one room of Jitsi, from the start that the server gave until `stop`. */
export class JitsiTalk {
  readonly #parts: JitsiTalkParts;
  readonly #others = new Set<string>();
  readonly #timer: number;
  #frame: JitsiFrame | null = null;
  #anew: number | null = null;
  #joined = false;
  #broke = false;
  #stopped = false;

  constructor(parts: JitsiTalkParts) {
    this.#parts = parts;
    this.#timer = parts.repeat(() => this.#attest(), ATTEST_MS);
    void parts.meet(parts.start, parts.devices).then((frame) => this.#opened(frame));
  }

  /** Takes the frame away. */
  stop(): void {
    this.#stopped = true;
    this.#parts.never(this.#timer);
    if (this.#anew !== null) this.#parts.never(this.#anew);
    this.#frame?.dispose();
  }

  #opened(frame: JitsiFrame | null): void {
    if (this.#stopped) return frame?.dispose();
    this.#frame = frame;
    if (frame !== null) return this.#listenTo(frame);
    this.#parts.happened({ type: "trouble_found", cause: "network" });
  }

  #listenTo(frame: JitsiFrame): void {
    frame.on("videoConferenceLeft", () => this.#left());
    frame.on("videoConferenceJoined", () => {
      this.#joined = true;
      this.#changed();
    });
    frame.on("participantJoined", (who) => {
      this.#others.add(idOf(who));
      this.#changed();
    });
    frame.on("participantLeft", (who) => {
      this.#others.delete(idOf(who));
      this.#changed();
    });
    frame.on("readyToClose", () => this.#parts.happened({ type: "leave" }));
    frame.on("errorOccurred", (what) => this.#failed(what));
  }

  // Who is out of the room sees nobody, whatever was heard of the room before.
  #left(): void {
    if (!this.#joined) return;
    this.#others.clear();
    this.#changed();
    this.#joined = false;
  }

  #changed(): void {
    if (this.#stopped) return;
    this.#parts.happened({ type: "connection", connected: this.#together });
    this.#attest();
  }

  get #together(): boolean {
    return this.#joined && this.#others.size > 0;
  }

  #attest(): void {
    if (!this.#joined) return;
    const seen = this.#together;
    this.#parts.send({ type: "attest", seen, reason: seen ? null : "no_frames", frames: 0 });
  }

  // Its token may be too old to come back with: the server begins anew, with a fresh one. A host
  // that refuses that one too will refuse each.
  #failed(what: unknown): void {
    if (this.#stopped || this.#broke || !isFatal(what)) return;
    this.#broke = true;
    this.#left();
    const { broken, now, random, later, happened } = this.#parts;
    if (!broken.mayBeginAnew(now())) return happened({ type: "trouble_found", cause: "network" });
    this.#anew = later(() => this.#beginAnew(), ANEW_MS + random() * ANEW_SPREAD_MS);
  }

  #beginAnew(): void {
    if (this.#parts.failed()) return;
    this.#parts.send({ type: "restart", epoch: this.#parts.start.epoch });
  }
}

function idOf(who: unknown): string {
  return isRecord(who) && typeof who.id === "string" ? who.id : "";
}

// `{ error: { isFatal } }` in newer versions of Jitsi, without the wrapping in older ones.
function isFatal(what: unknown): boolean {
  if (!isRecord(what)) return false;
  const error = isRecord(what.error) ? what.error : what;
  return error.isFatal === true;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/**
 * How Jitsi has to look and behave inside our page: our waiting room was before it. Somebody who
 * takes part `withoutCamera` is not asked for one.
 */
export function jitsiConfig(
  direct: boolean,
  withoutCamera: boolean,
): Readonly<Record<string, unknown>> {
  return {
    prejoinConfig: { enabled: false },
    disableDeepLinking: true,
    startWithVideoMuted: withoutCamera,
    startWithAudioMuted: false,
    lobby: { autoKnock: true, enableChat: false },
    securityUi: { hideLobbyButton: true, disableLobbyPassword: true },
    p2p: { enabled: direct, backToP2PDelay: 5 },
    disableInviteFunctions: true,
    doNotStoreRoom: true,
    readOnlyName: true,
    requireDisplayName: false,
    disableThirdPartyRequests: true,
    enableNoAudioDetection: true,
    enableNoisyMicDetection: true,
    toolbarButtons: ["microphone", "camera", "chat", "desktop", "settings", "hangup"],
    toolbarConfig: { alwaysVisible: true },
  };
}
