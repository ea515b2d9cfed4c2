// What the page knows of the talk, what can happen to it, and what a step may ask for.

import type { Ending } from "../wire/ladder";
import type {
  Cause,
  FromBrowser,
  IceServer,
  Other,
  RelayedCandidate,
  RelayedDescription,
  Role,
  Start,
  StartJitsi,
  ToBrowser,
  Unseen,
} from "../wire/messages";
import type { Verdict } from "./classify";
import { type Limits, SHIPPED } from "./limits";
import { ALL_GOOD, type Quality } from "./quality";
import type { Told } from "./recovery";

export type Stage =
  | "intro"
  | "check"
  | "waiting"
  | "talk"
  | "help"
  | "fallback"
  | "end"
  | "refused"
  | "second-device"
  | "superseded";

export interface TalkState {
  readonly role: Role;
  readonly stage: Stage;
  readonly help: Verdict | null;
  /** The own stream lives; what is switched off by the person still lives. */
  readonly live: boolean;
  readonly camera: boolean;
  readonly microphone: boolean;
  /** The candidate takes part without a camera, as was agreed (rule R4, edge case E9). */
  readonly waived: boolean;
  readonly limits: Limits;
  /** The page came back from a reload and goes through without another press. */
  readonly hurried: boolean;
  readonly entered: boolean;
  readonly epoch: number;
  readonly connected: boolean;
  /** The coach let the candidate in: from then on each hears what the other switches off. */
  readonly admitted: boolean;
  readonly other: Other | null;
  readonly otherLeft: boolean;
  readonly knocking: { readonly camera: boolean } | null;
  readonly unseen: { who: Role; reason: Unseen | null; seconds: number } | null;
  readonly lineUp: boolean;
  /** Told to the person only when it lasts. */
  readonly lineSlow: boolean;
  readonly mediaSlow: boolean;
  readonly care: Care;
  readonly refusal: { readonly code: string; readonly text: string | null } | null;
  readonly notice: Notice | null;
  /** Somebody said, or a page found, that this talk does not work (R19). */
  readonly failed: boolean;
}

export type Notice =
  | { readonly kind: "third"; readonly count: number }
  /** The candidate goes on somewhere else; a link can be passed on, so the coach looks who it is. */
  | { readonly kind: "other_device" }
  | { readonly kind: "camera_needed" }
  | { readonly kind: "trouble"; readonly phone: string | null };

/** What was found out while looking after the connection, as far as a person may know it. */
export interface Care {
  readonly told: Told;
  /** Seconds until the next attempt; null while none is due. */
  readonly retryIn: number | null;
  readonly quality: Quality;
  /** Why this page itself has not seen the other for a while, before the server says it. */
  readonly unseen: Unseen | null;
  /** Something else on the device holds camera or microphone, a phone call for instance. */
  readonly interrupted: boolean;
}

export const CAREFREE: Care = {
  told: "nothing",
  retryIn: null,
  quality: ALL_GOOD,
  unseen: null,
  interrupted: false,
};

export type Patience = "line" | "media";

export type TalkEvent =
  | { readonly type: "turn_on"; readonly hurried: boolean }
  | { readonly type: "media_live" }
  | { readonly type: "media_failed"; readonly verdict: Verdict }
  | { readonly type: "camera_lost" }
  | { readonly type: "enter" }
  | { readonly type: "admit" }
  | { readonly type: "toggle_camera" }
  | { readonly type: "toggle_microphone" }
  | { readonly type: "leave" }
  | { readonly type: "trouble" }
  | { readonly type: "trouble_found"; readonly cause: Cause }
  | { readonly type: "go_back" }
  | { readonly type: "take_over" }
  | { readonly type: "not_here" }
  | { readonly type: "line"; readonly up: boolean }
  | { readonly type: "stopped"; readonly why: Ending; readonly text: string | null }
  | { readonly type: "connection"; readonly connected: boolean }
  | { readonly type: "cared"; readonly found: Partial<Care> }
  | { readonly type: "out_of_patience"; readonly over: Patience }
  | { readonly type: "server"; readonly message: ToBrowser };

export type Effect =
  | { readonly do: "ask_media" }
  | { readonly do: "release_media" }
  | { readonly do: "open_line" }
  | { readonly do: "close_line" }
  | { readonly do: "send"; readonly message: FromBrowser }
  | { readonly do: "start_peer"; readonly start: Start; readonly polite: boolean }
  | { readonly do: "start_jitsi"; readonly start: StartJitsi }
  | { readonly do: "stop_peer" }
  | { readonly do: "describe"; readonly message: RelayedDescription }
  | { readonly do: "candidate"; readonly message: RelayedCandidate }
  | { readonly do: "new_routes"; readonly iceServers: readonly IceServer[] }
  | { readonly do: "switch"; readonly camera: boolean; readonly microphone: boolean }
  | { readonly do: "wait"; readonly over: Patience }
  | { readonly do: "chime" }
  | { readonly do: "remember"; readonly inTalk: boolean }
  | { readonly do: "go_on" }
  /** Shows the way on; with a cause the talk has to be told to fail first. */
  | { readonly do: "fall_back"; readonly cause: Cause | null };

export interface Next {
  readonly state: TalkState;
  readonly effects: readonly Effect[];
}

/** The state of a page that was just opened. */
export function opened(role: Role, waived = false, limits: Limits = SHIPPED): TalkState {
  return {
    role,
    stage: "intro",
    help: null,
    live: false,
    camera: !(waived && role === "candidate"),
    microphone: true,
    waived,
    limits,
    hurried: false,
    entered: false,
    epoch: 0,
    connected: false,
    admitted: false,
    other: null,
    otherLeft: false,
    knocking: null,
    unseen: null,
    lineUp: false,
    lineSlow: false,
    mediaSlow: false,
    care: CAREFREE,
    refusal: null,
    notice: null,
    failed: false,
  };
}
