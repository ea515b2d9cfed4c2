// One peer connection of one epoch: the own tracks out, the other's stream in, sound first.

import { type Fingerprints, fingerprintOf } from "../together/check-words";
import type { Candidate, Description, IceServer, Start } from "../wire/messages";
import type { Sound } from "./hearing";
import { Negotiation } from "./negotiation";
import { shape } from "./quality-sdp";
import { setSenders } from "./quality-senders";
import { type Counts, count } from "./quality-stats";
import { type Connection, connectionOf } from "./recovery";

/** Two requests for new routes within this are one: both sides may have asked. */
const ONCE_MS = 2_000;

export interface PeerParts {
  readonly build: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly start: Start;
  readonly polite: boolean;
  readonly stream: MediaStream;
  /** The person is careful with data: the other is asked for a small picture. */
  readonly lowData: boolean;
  /** The codecs of pictures in the order to offer; null leaves the browser's own. */
  readonly codecs: RTCRtpCodec[] | null;
  readonly sendDescription: (epoch: number, description: Description) => void;
  readonly sendCandidate: (epoch: number, candidate: Candidate | null) => void;
  readonly onStream: (stream: MediaStream) => void;
  /** The other's screen; who shares says beside it whether it is to be shown. */
  readonly onScreen: (stream: MediaStream) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onStuck: () => void;
}

export class Peer {
  readonly epoch: number;
  /** What the two pages tell each other; there from the first offer on, so that nothing has to wait. */
  readonly channel: RTCDataChannel;
  readonly #offers: boolean;
  readonly #connection: RTCPeerConnection;
  readonly #negotiation: Negotiation;
  #step = 0;
  #lowData: boolean;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #face: string | null = null;
  #screen: RTCRtpTransceiver | null = null;
  readonly #codecs: RTCRtpCodec[] | null;
  #withheld: RTCRtpSender | null = null;

  constructor(parts: PeerParts) {
    const { start } = parts;
    const connection = parts.build(configuration(start.ice_servers, start.relay_only));
    this.epoch = start.epoch;
    this.#offers = start.offer;
    this.#connection = connection;
    this.#lowData = parts.lowData;
    this.#negotiation = new Negotiation({
      peer: connection,
      polite: parts.polite,
      offers: start.offer,
      sendDescription: ({ type, sdp }) =>
        parts.sendDescription(start.epoch, { type, sdp: shape(sdp, this.#lowData) }),
      onStuck: parts.onStuck,
    });
    this.#listen(parts);
    this.channel = connection.createDataChannel("together", { negotiated: true, id: 0 });
    for (const track of parts.stream.getTracks()) connection.addTrack(track, parts.stream);
    this.#codecs = parts.codecs;
    this.#prefer();
  }

  get connection(): Connection {
    return connectionOf(this.#connection.connectionState, this.#connection.iceConnectionState);
  }

  describe(description: Description): void {
    void this.#negotiation.describe(description);
  }

  candidate(candidate: Candidate | null): void {
    void this.#negotiation.candidate(candidate);
  }

  /** Looks for new routes with fresh servers; the side that offers starts it. */
  renew(iceServers: readonly IceServer[]): void {
    const { iceTransportPolicy } = this.#connection.getConfiguration();
    this.#connection.setConfiguration(configuration(iceServers, iceTransportPolicy === "relay"));
    const justNow = performance.now() - this.#renewedMs < ONCE_MS;
    if (!this.#offers || justNow) return;
    this.#renewedMs = performance.now();
    this.#connection.restartIce();
  }

  /** Sends the own picture as large as this step of the ladder says. */
  size(step: number): void {
    this.#step = step;
    void setSenders(this.#connection, this.#screen?.sender, step);
  }

  /** Asks the other for a small picture, or no longer. */
  careful(lowData: boolean): void {
    this.#lowData = lowData;
    void this.#negotiation.offer();
  }

  /** What the line carries, in counts since the connection began. */
  async counts(): Promise<Counts> {
    return count((await this.#connection.getStats()).values(), performance.now());
  }

  /** Sends the tracks of `stream` instead of the ones before; a kind it has none of goes on. */
  async replace(stream: MediaStream): Promise<void> {
    for (const sender of this.#connection.getSenders()) {
      if (sender === this.#screen?.sender) continue;
      const wanted = sender === this.#withheld ? "video" : sender.track?.kind;
      const track = stream.getTracks().find(({ kind }) => kind === wanted);
      if (track === undefined) continue;
      await sender.replaceTrack(track);
      if (sender === this.#withheld) this.#giveAgain();
    }
  }

  // Without a track a sender has no size.
  #giveAgain(): void {
    this.#withheld = null;
    this.size(this.#step);
  }

  /** Sends no picture of the face until one is given to `replace`. */
  withhold(): void {
    const isFace = (sender: RTCRtpSender) =>
      sender !== this.#screen?.sender && sender.track?.kind === "video";
    const face = this.#connection.getSenders().find(isFace);
    if (face === undefined) return;
    this.#withheld = face;
    void face.replaceTrack(null);
  }

  /**
   * Sends the picture of a screen beside the face, or none any more. There is one section for it,
   * which both use in turn: the server lets two sections with pictures through and never a third.
   */
  share(screen: MediaStream | null): void {
    const [track] = screen?.getVideoTracks() ?? [];
    if (this.#connection.signalingState === "closed") return;
    if (screen === null || track === undefined) {
      if (this.#screen === null) return;
      void this.#screen.sender.replaceTrack(null);
      this.#screen.direction = "recvonly";
    } else if (this.#screen === null) {
      this.#screen = this.#connection.addTransceiver(track, { streams: [screen] });
      this.#prefer();
    } else {
      void this.#screen.sender.replaceTrack(track);
      this.#screen.sender.setStreams?.(screen);
      this.#screen.direction = "sendrecv";
    }
  }

  /** The certificates of this connection as both ends proved them (RFC 8122); null: not one each. */
  fingerprints(): Fingerprints | null {
    const own = fingerprintOf(this.#connection.localDescription?.sdp ?? "");
    const other = fingerprintOf(this.#connection.remoteDescription?.sdp ?? "");
    return own === null || other === null ? null : { own, other };
  }

  /** Pictures of the other's face that were decoded so far. */
  async framesDecoded(): Promise<number> {
    let frames = 0;
    for (const report of (await this.#connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
      if (this.#screen !== null && report.trackIdentifier === this.#screen.receiver.track.id)
        continue;
      frames += typeof report.framesDecoded === "number" ? report.framesDecoded : 0;
    }
    return frames;
  }

  /** The other's sound so far; nothing while there is none. */
  async sound(): Promise<Sound> {
    const sound = { received: 0, lost: 0 };
    for (const report of (await this.#connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
      sound.received += typeof report.packetsReceived === "number" ? report.packetsReceived : 0;
      sound.lost += typeof report.packetsLost === "number" ? report.packetsLost : 0;
    }
    return sound;
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.oniceconnectionstatechange = null;
    this.#connection.close();
  }

  // A browser that refuses an order has its own: the talk does not depend on it.
  #prefer(): void {
    if (this.#codecs === null) return;
    for (const transceiver of this.#connection.getTransceivers()) {
      if (transceiver.sender.track?.kind !== "video") continue;
      try {
        transceiver.setCodecPreferences(this.#codecs);
      } catch {}
    }
  }

  // The first stream is the person; another one is what they share.
  #arrived(stream: MediaStream, transceiver: RTCRtpTransceiver, parts: PeerParts): void {
    this.#face ??= stream.id;
    if (stream.id === this.#face) return parts.onStream(stream);
    this.#screen = transceiver;
    parts.onScreen(stream);
  }

  #listen(parts: PeerParts): void {
    const connection = this.#connection;
    const tell = () => parts.onConnection(this.connection);
    connection.onnegotiationneeded = () => void this.#negotiation.offer();
    connection.onicecandidate = ({ candidate }) =>
      parts.sendCandidate(this.epoch, candidate === null ? null : plain(candidate));
    connection.ontrack = ({ streams: [stream], transceiver }) =>
      stream !== undefined && this.#arrived(stream, transceiver, parts);
    connection.onconnectionstatechange = tell;
    connection.oniceconnectionstatechange = tell;
    connection.onsignalingstatechange = () => {
      if (connection.signalingState === "stable") this.size(this.#step);
    };
  }
}

function configuration(servers: readonly IceServer[], relayOnly: boolean): RTCConfiguration {
  return {
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
    iceTransportPolicy: relayOnly ? "relay" : "all",
    iceServers: servers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username === null ? {} : { username }),
      ...(credential === null ? {} : { credential }),
    })),
  };
}

// Firefox ends a generation with an empty candidate; the protocol knows null for that.
function plain(candidate: RTCIceCandidate): Candidate | null {
  if (candidate.candidate === "") return null;
  const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  return { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment };
}
