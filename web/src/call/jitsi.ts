// A talk that Jitsi carries: what its frame tells, put in the words of our own talk.

import type { FromBrowser, StartJitsi } from "../wire/messages";
import type { TalkEvent } from "./talk-state";

/** Every so often each side says whether the other is there (rule R5). */
const ATTEST_MS = 10_000;

/** The part of Jitsi's IFrame API that a talk needs. */
export interface JitsiFrame {
  on(name: JitsiEvent, hear: (what: unknown) => void): void;
  dispose(): void;
}

export type JitsiEvent =
  | "videoConferenceJoined"
  | "participantJoined"
  | "participantLeft"
  | "readyToClose"
  | "errorOccurred";

export type OpenJitsi = (start: StartJitsi) => JitsiFrame | null;

export interface JitsiTalkParts {
  readonly start: StartJitsi;
  readonly meet: OpenJitsi;
  readonly send: (message: FromBrowser) => boolean;
  readonly happened: (event: TalkEvent) => void;
  readonly repeat: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
}

/** Looks after one room of Jitsi, from the start that the server gave until `stop`. */
export class JitsiTalk {
  readonly #parts: JitsiTalkParts;
  readonly #others = new Set<string>();
  readonly #frame: JitsiFrame | null;
  readonly #timer: number;
  #joined = false;

  constructor(parts: JitsiTalkParts) {
    this.#parts = parts;
    this.#frame = parts.meet(parts.start);
    this.#timer = parts.repeat(() => this.#attest(), ATTEST_MS);
    if (this.#frame === null) {
      parts.happened({ type: "trouble_found", cause: "network" });
      return;
    }
    this.#listenTo(this.#frame);
  }

  /** Takes the frame away. */
  stop(): void {
    this.#parts.never(this.#timer);
    this.#frame?.dispose();
  }

  #listenTo(frame: JitsiFrame): void {
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

  #changed(): void {
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

  // Its token may be too old to come back with: the server begins anew, with a fresh one.
  #failed(what: unknown): void {
    if (isFatal(what)) this.#parts.send({ type: "restart", epoch: this.#parts.start.epoch });
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

/** How Jitsi has to look and behave inside our page: our waiting room was before it. */
export function jitsiConfig(direct: boolean): Readonly<Record<string, unknown>> {
  return {
    prejoinConfig: { enabled: false },
    disableDeepLinking: true,
    startWithVideoMuted: false,
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
