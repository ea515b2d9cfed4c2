// Which text of the catalogue belongs to a state: keys and what fills them, no sentence of its own.

import type { Other, Unseen } from "../wire/messages";
import type { Browser, Os, Verdict } from "./classify";
import type { TalkState } from "./talk-state";

export interface Say {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

export interface Names {
  readonly otherName: string;
  readonly phone: string;
  readonly phoneName: string;
}

/** The text with its `{name}` places filled; a place without a value stays as it is. */
export function fill(text: string, values: Say["values"]): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The one line under the picture, or null when all is well. The most urgent wins. */
export function banner(state: TalkState, names: Names): Say | null {
  const values = { name: names.otherName, phone: names.phone, phone_name: names.phoneName };
  const key = bannerKey(state);
  return key === null ? null : { key, values };
}

const OTHER_AWAY = "call.banner.other_away";

function bannerKey(state: TalkState): string | null {
  if (state.stage === "waiting") return state.lineSlow ? "call.banner.line" : null;
  if (state.stage !== "talk") return null;
  if (!state.live) return "call.banner.camera_lost";
  if (state.care.interrupted) return "call.banner.interrupted";
  if (state.unseen !== null) return unseenKey(state, state.unseen);
  if (state.otherLeft) return "call.banner.other_left";
  // While picture and sound flow, the other's lost line is nobody's worry.
  if (state.mediaSlow) return slowKey(state);
  if (state.lineSlow) return "call.banner.line";
  if (!state.camera && !state.waived) return "call.banner.camera_off";
  if (!state.microphone) return "call.banner.microphone_off";
  if (state.care.quality.still) return "call.banner.still_own";
  return state.other === null ? null : otherKey(state.other, state);
}

function slowKey({ other, care }: TalkState): string {
  const phone = care.told === "phone";
  if (other?.present === false) return phone ? "call.banner.away_phone" : OTHER_AWAY;
  if (phone) return "call.banner.phone";
  return care.told === "again" ? "call.banner.again" : "call.banner.media";
}

function otherKey(
  { present, camera, microphone }: Other,
  { waived, role, care }: TalkState,
): string | null {
  if (!present) return null;
  const needed = !(waived && role === "coach");
  if (!camera && needed) return "call.banner.other_camera_off";
  if (care.unseen !== null && needed) return ownSightKey(care.unseen);
  return microphone ? null : "call.banner.other_microphone_off";
}

// What this page sees for itself: no blame, for the other may not know.
const ownSightKey = (unseen: Unseen): string =>
  unseen === "black" ? "call.banner.black_other" : "call.banner.still_other";

function unseenKey({ role, limits }: TalkState, unseen: NonNullable<TalkState["unseen"]>): string {
  if (unseen.seconds >= limits.unseen_seconds) return "call.banner.unseen_phone";
  // From here on the other ways are offered too: sound, phone, place.
  if (unseen.seconds >= limits.question_seconds) return "call.banner.unseen_ask";
  const own = unseen.who === role;
  // Black is a camera that is covered or off; what stands still is the line's doing.
  if (unseen.reason === null || unseen.reason === "black")
    return `call.banner.unseen_${own ? "you" : "other"}`;
  return own ? "call.banner.still_you" : "call.banner.still_other";
}

/** Whether the coach is offered to go on without the candidate's camera: when it does not work. */
export function mayExcuse({ role, stage, waived, ...state }: TalkState): boolean {
  if (role !== "coach" || waived || (stage !== "waiting" && stage !== "talk")) return false;
  const { knocking, notice, unseen, other, limits } = state;
  if (knocking?.camera === false || notice?.kind === "camera_needed") return true;
  const long = unseen?.who === "candidate" && unseen.seconds >= limits.question_seconds;
  return stage === "talk" && other?.present === true && long;
}

/** How good the line is, with a tip while it is not; nothing while there is none. */
export function quality({ stage, connected, mediaSlow, care }: TalkState): readonly Say[] {
  if (stage !== "talk" || !connected || mediaSlow) return [];
  const { level, tip } = care.quality;
  const said: Say = { key: `call.quality.${level}`, values: {} };
  return tip === null ? [said] : [said, { key: `call.quality.tip.${tip}`, values: {} }];
}

/** The words on the button that begins the next attempt at once; null while there is none. */
export function tryNow({ stage, mediaSlow, care }: TalkState): Say | null {
  if (stage !== "talk" || !mediaSlow || care.told === "nothing") return null;
  const { retryIn } = care;
  if (retryIn === null) return { key: "call.again.now", values: {} };
  return { key: "call.again.in", values: { seconds: retryIn } };
}

/** What the coach reads beside the talk, or null. */
export function notice(state: TalkState, names: Names): Say | null {
  const values = { name: names.otherName, phone: names.phone };
  // There the number stands larger, with the times.
  if (state.stage === "fallback") return null;
  switch (state.notice?.kind) {
    case undefined:
      return null;
    case "third":
      return { key: "call.notice.third", values: { ...values, count: state.notice.count } };
    case "other_device":
      return state.knocking === null
        ? { key: "call.notice.other_device", values }
        : { key: "call.notice.other_device_waits", values };
    case "camera_needed":
      return { key: "call.notice.camera_needed", values };
    case "trouble":
      return {
        key: "call.notice.trouble",
        // The page's own number is the same one, written for people.
        values: { ...values, phone: names.phone || (state.notice.phone ?? "") },
      };
    default:
      return state.notice satisfies never;
  }
}

/** Why this page cannot take part. */
export function refusal(state: TalkState, names: Names): Say {
  const code = state.refusal?.code ?? "refused";
  return { key: `call.refused.${code}`, values: { phone: names.phone, name: names.phoneName } };
}

export interface Help {
  readonly title: string;
  readonly steps: readonly string[];
  /** A place in the system's settings, where the system has an address for it. */
  readonly settings: string | null;
  /** Another program or device helps where this one cannot. */
  readonly elsewhere: boolean;
}

const SETTINGS: Partial<Record<Os, string>> = {
  windows: "ms-settings:privacy-webcam",
  macos: "x-apple.systempreferences:com.apple.preference.security?Privacy_Camera",
};
const ELSEWHERE: readonly Verdict[] = ["UNSUPPORTED", "NO_CAMERA", "NO_MIC", "TIMEOUT"];
const IN_APP: readonly Verdict[] = ["BROWSER_BLOCKED", "OS_BLOCKED", "UNSUPPORTED", "TIMEOUT"];

/** Title and steps that fit the verdict, the browser and the system. */
export function help(verdict: Verdict, os: Os, browser: Browser): Help {
  const inApp = browser === "in_app" && IN_APP.includes(verdict);
  const topic = inApp ? inAppTopic(os) : helpTopic(verdict, os, browser);
  const count = verdict.endsWith("_BLOCKED") || inApp ? 3 : 2;
  return {
    title: inApp ? "call.help.in_app.title" : `call.help.${verdict.toLowerCase()}.title`,
    steps: Array.from({ length: count }, (_, i) => `call.help.${topic}.${i + 1}`),
    settings: verdict === "OS_BLOCKED" && !inApp ? (SETTINGS[os] ?? null) : null,
    elsewhere: inApp || ELSEWHERE.includes(verdict),
  };
}

const inAppTopic = (os: Os): string => (os === "ios" ? "in_app_ios" : "in_app_android");

function helpTopic(verdict: Verdict, os: Os, browser: Browser): string {
  if (verdict === "OS_BLOCKED") return osTopic(os);
  if (verdict === "BROWSER_BLOCKED") return browserTopic(os, browser);
  return verdict.toLowerCase();
}

const osTopic = (os: Os): string =>
  os === "linux" || os === "other" ? "os_blocked" : `os_blocked_${os}`;

// All browsers on iOS are WebKit, but only Safari keeps its answers with the page.
function browserTopic(os: Os, browser: Browser): string {
  if (os === "ios") return browser === "safari" ? "browser_blocked_ios" : "os_blocked_ios";
  if (os === "android") {
    return browser === "firefox" ? "browser_blocked_android_firefox" : "browser_blocked_android";
  }
  if (browser === "firefox" || browser === "safari") return `browser_blocked_${browser}`;
  return "browser_blocked";
}
