// The messages of docs/signaling-protocol.md: one type a message, grouped by direction.

export type Role = "coach" | "candidate";
export type Unseen = "black" | "frozen" | "no_frames";
export type Cause = "camera" | "microphone" | "sound" | "picture" | "network" | "other";
export type RefusalCode = "third_person" | "not_yours" | "not_open" | "ended";

export interface Description {
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

export interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
  readonly usernameFragment: string | null;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string | null;
  readonly credential: string | null;
}

export interface Presence {
  readonly present: boolean;
  readonly camera: boolean;
  readonly microphone: boolean;
}

export interface Other extends Presence {
  readonly name: string;
}

/** What a page that comes in shows of its person: a `camera` and a `media` in one. */
export interface Shown {
  readonly live: boolean;
  readonly verdict: string | null;
  readonly camera: boolean;
  readonly microphone: boolean;
}

/** What the line brought in 15 seconds: the loss of sound in thousandths, and the rest. */
export interface Summary {
  readonly lost: number;
  readonly rtt_ms: number | null;
  readonly kbps: number;
  /** The largest picture that came; null without one. */
  readonly width: number | null;
  readonly height: number | null;
  /** Whether the line goes through a relay; null where the browser does not say. */
  readonly relay: boolean | null;
}

export type FromBrowser =
  | ({ readonly type: "hello"; readonly ticket: string } & Shown)
  | ({ readonly type: "resume"; readonly seat_token: string; readonly epoch: number } & Shown)
  | { readonly type: "camera"; readonly live: boolean; readonly verdict: string | null }
  | { readonly type: "admit" }
  | { readonly type: "take_over" }
  | { readonly type: "description"; readonly epoch: number; readonly description: Description }
  | { readonly type: "candidate"; readonly epoch: number; readonly candidate: Candidate | null }
  | { readonly type: "media"; readonly camera: boolean; readonly microphone: boolean }
  | {
      readonly type: "attest";
      readonly seen: boolean;
      readonly reason: Unseen | null;
      readonly frames: number;
    }
  | { readonly type: "restart"; readonly epoch: number }
  | { readonly type: "renew_ice" }
  | { readonly type: "trouble"; readonly cause: Cause }
  | ({ readonly type: "quality" } & Summary)
  | { readonly type: "leave" }
  | { readonly type: "ping"; readonly n: number };

export interface Welcome {
  readonly type: "welcome";
  readonly role: Role;
  readonly polite: boolean;
  readonly epoch: number;
  readonly seat_token: string;
  readonly admitted: boolean;
  readonly other: Other;
}

export interface Start {
  readonly type: "start";
  readonly epoch: number;
  readonly offer: boolean;
  readonly ice_servers: readonly IceServer[];
  readonly relay_only: boolean;
}

/** Where Jitsi carries the talk: go into this room, with this token. */
export interface StartJitsi {
  readonly type: "start_jitsi";
  readonly epoch: number;
  readonly host: string;
  readonly room: string;
  readonly token: string;
  /** Whether the two may reach each other without Jitsi's bridge in between. */
  readonly direct: boolean;
}

export interface RelayedDescription {
  readonly type: "description";
  readonly epoch: number;
  readonly description: Description;
  readonly from: Role;
}

export interface RelayedCandidate {
  readonly type: "candidate";
  readonly epoch: number;
  readonly candidate: Candidate | null;
  readonly from: Role;
}

export interface Knock {
  readonly type: "knock";
  readonly name: string;
  readonly camera: boolean;
  readonly verdict: string | null;
}

export type ToBrowser =
  | Welcome
  | { readonly type: "waiting" }
  | Knock
  | Start
  | StartJitsi
  | RelayedDescription
  | RelayedCandidate
  | { readonly type: "ice_servers"; readonly ice_servers: readonly IceServer[] }
  | ({ readonly type: "peer" } & Presence)
  | {
      readonly type: "not_seen";
      readonly who: Role;
      readonly reason: Unseen | null;
      readonly seconds: number;
    }
  | { readonly type: "seen_again"; readonly who: Role }
  | {
      readonly type: "trouble";
      readonly from: Role;
      readonly cause: string;
      readonly phone: string | null;
    }
  | { readonly type: "second_device" }
  | { readonly type: "superseded" }
  | { readonly type: "third_refused"; readonly count: number }
  | { readonly type: "other_device" }
  | { readonly type: "refused"; readonly code: RefusalCode }
  | { readonly type: "left"; readonly who: Role }
  | { readonly type: "ended"; readonly joint_seconds: number }
  | { readonly type: "error"; readonly code: string; readonly retry: boolean }
  | { readonly type: "pong"; readonly n: number };

/** The text frame of a message to the server. */
export function encode(message: FromBrowser): string {
  return JSON.stringify(message);
}
