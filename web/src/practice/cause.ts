// What is in the way when camera and microphone do not come: the word that the rules and people read.

import type { Browser, Verdict } from "../call/classify";

export type Cause = "camera" | "microphone" | "browser";

const OF_THE_BROWSER: readonly Verdict[] = ["UNSUPPORTED", "INSECURE_CONTEXT"];
const OF_THE_MICROPHONE: readonly Verdict[] = ["NO_MIC", "SILENT"];
const IN_APP: readonly Verdict[] = ["BROWSER_BLOCKED", "OS_BLOCKED", "TIMEOUT"];

/** A page inside another app is refused what the same person allows a browser of its own. */
export function causeOf(verdict: Verdict, browser: Browser, unseen: boolean): Cause {
  if (OF_THE_BROWSER.includes(verdict)) return "browser";
  if (browser === "in_app" && IN_APP.includes(verdict)) return "browser";
  return unseen || OF_THE_MICROPHONE.includes(verdict) ? "microphone" : "camera";
}
