// The test before a talk: one question a screen, each measured and answered by the person.

import type { Verdict } from "../call/classify";
import type { Doubt } from "../call/selfsight";
import type { LineVerdict } from "./line";

export type TestStage = "intro" | "help" | "see" | "speak" | "hear" | "line" | "passed" | "failed";

/** What went wrong: a code of coaching/getting_in.py. */
export type TestVerdict = Verdict | Doubt | "NOT_SEEN" | "NOT_HEARD" | LineVerdict;

export interface TestState {
  readonly stage: TestStage;
  readonly verdict: TestVerdict | null;
}

export type TestEvent =
  /** Without a `camera` there is nothing to see: somebody who takes part by sound alone. */
  | { readonly type: "live"; readonly camera: boolean }
  | { readonly type: "media_failed"; readonly verdict: Verdict }
  /** `measured` is what the page doubts at the moment of the answer. */
  | { readonly type: "answer"; readonly yes: boolean; readonly measured: Doubt | null }
  | { readonly type: "line"; readonly verdict: LineVerdict | null }
  | { readonly type: "again" };

export const BEGIN: TestState = { stage: "intro", verdict: null };

/** What becomes of the test. A harmless or old event changes nothing. */
export function take(state: TestState, event: TestEvent): TestState {
  switch (event.type) {
    case "live":
      return asks(state) ? state : { stage: event.camera ? "see" : "speak", verdict: null };
    case "media_failed":
      return isOver(state) ? state : { stage: "help", verdict: event.verdict };
    case "answer":
      return answered(state, event.yes, event.measured);
    case "line":
      if (state.stage !== "line") return state;
      return event.verdict === null
        ? { stage: "passed", verdict: null }
        : { stage: "failed", verdict: event.verdict };
    case "again":
      return BEGIN;
    default:
      return event satisfies never;
  }
}

const isOver = ({ stage }: TestState): boolean => stage === "passed" || stage === "failed";

const asks = ({ stage }: TestState): boolean =>
  stage === "see" || stage === "speak" || stage === "hear";

const PICTURE: readonly Doubt[] = ["BLACK", "FROZEN"];
const SOUND: readonly Doubt[] = ["SILENT", "MUTED"];

// What was measured says why; where it says nothing, the person's own "no" is the most telling.
function answered({ stage, verdict }: TestState, yes: boolean, measured: Doubt | null): TestState {
  const of = (doubts: readonly Doubt[]) =>
    measured !== null && doubts.includes(measured) ? measured : null;
  switch (stage) {
    case "see":
      return passes(yes, of(PICTURE), "NOT_SEEN", "speak");
    case "speak":
      return passes(yes, of(SOUND), "SILENT", "hear");
    case "hear":
      return passes(yes, null, "NOT_HEARD", "line");
    default:
      return { stage, verdict };
  }
}

function passes(
  yes: boolean,
  doubt: Doubt | null,
  otherwise: TestVerdict,
  onward: TestStage,
): TestState {
  if (yes && doubt === null) return { stage: onward, verdict: null };
  return { stage: "failed", verdict: doubt ?? otherwise };
}

/** Whether the page shows something else now: help for another reason is another help. */
export function isRedrawn(before: TestState, now: TestState): boolean {
  return before.stage !== now.stage || before.verdict !== now.verdict;
}

/** What the server has to know of this state: null for nothing, an empty text for a pass. */
export function report({ stage, verdict }: TestState): string | null {
  if (stage === "passed") return "";
  return stage === "help" || stage === "failed" ? verdict : null;
}
