// One peer connection of one epoch: the own tracks out, the other's stream in, sound first.

import type { Candidate, Description, IceServer, Start } from "../wire/messages";
import type { Sound } from "./hearing";
import { Negotiation } from "./negotiation";
import { type Connection, connectionOf } from "./recovery";

const VIDEO_BITS_PER_SECOND = 1_200_000;

export interface PeerParts {
  readonly build: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly start: Start;
  readonly polite: boolean;
  readonly stream: MediaStream;
  readonly sendDescription: (epoch: number, description: Description) => void;
  readonly sendCandidate: (epoch: number, candidate: Candidate | null) => void;
  readonly onStream: (stream: MediaStream) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onStuck: () => void;
}

export class Peer {
  readonly epoch: number;
  readonly #offers: boolean;
  readonly #connection: RTCPeerConnection;
  readonly #negotiation: Negotiation;

  constructor(parts: PeerParts) {
    const { start } = parts;
    const connection = parts.build(configuration(start.ice_servers, start.relay_only));
    this.epoch = start.epoch;
    this.#offers = start.offer;
    this.#connection = connection;
    this.#negotiation = new Negotiation({
      peer: connection,
      polite: parts.polite,
      offers: start.offer,
      sendDescription: (description) => parts.sendDescription(start.epoch, description),
      onStuck: parts.onStuck,
    });
    this.#listen(parts);
    for (const track of parts.stream.getTracks()) connection.addTrack(track, parts.stream);
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
    if (this.#offers) this.#connection.restartIce();
  }

  /** Sends the tracks of `stream` instead of the ones before. */
  async replace(stream: MediaStream): Promise<void> {
    for (const sender of this.#connection.getSenders()) {
      const track = stream.getTracks().find(({ kind }) => kind === sender.track?.kind);
      if (track !== undefined) await sender.replaceTrack(track);
    }
  }

  /** Pictures of the other that were decoded so far. */
  async framesDecoded(): Promise<number> {
    let frames = 0;
    for (const report of (await this.#connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
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

  #listen(parts: PeerParts): void {
    const connection = this.#connection;
    const tell = () => parts.onConnection(this.connection);
    connection.onnegotiationneeded = () => void this.#negotiation.offer();
    connection.onicecandidate = ({ candidate }) =>
      parts.sendCandidate(this.epoch, candidate === null ? null : plain(candidate));
    connection.ontrack = ({ streams: [stream] }) => stream !== undefined && parts.onStream(stream);
    connection.onconnectionstatechange = tell;
    connection.oniceconnectionstatechange = tell;
    connection.onsignalingstatechange = () => {
      if (connection.signalingState === "stable") void soundFirst(connection);
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

async function soundFirst(connection: RTCPeerConnection): Promise<void> {
  for (const sender of connection.getSenders()) {
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings ?? [];
    if (encoding === undefined) continue;
    if (sender.track?.kind === "audio") {
      encoding.priority = "high";
      encoding.networkPriority = "high";
    } else {
      encoding.maxBitrate = VIDEO_BITS_PER_SECOND;
      Object.assign(parameters, { degradationPreference: "maintain-framerate" });
    }
    // A browser that knows none of these sends as it sees fit: the talk does not depend on it.
    await sender.setParameters(parameters).catch(() => undefined);
  }
}
