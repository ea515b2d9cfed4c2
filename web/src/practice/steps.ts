// The steps of a practice: what was pressed or happened in, what to show and do out. Knows no page.
// The same table stands in `coaching/practising.py`; `tests/data/practice_steps.json` keeps both same.

export const ORDER = [
  "camera",
  "see",
  "speak",
  "hear",
  "meet",
  "sound",
  "picture",
  "mirror",
  "echo",
  "task",
  "share",
  "stutter",
  "leave",
  "done",
] as const;

export type Step = (typeof ORDER)[number];
export type Given = "yes" | "no" | "otherwise";

export const IN_TALK: ReadonlySet<Step> = new Set(ORDER.slice(4, 13));
export const OF_THE_DEVICE: ReadonlySet<Step> = new Set<Step>([
  "camera",
  "see",
  "speak",
  "hear",
  "meet",
  "mirror",
  "echo",
]);

/** Who takes part without a camera, as was agreed, is not asked these. */
export const OF_THE_PICTURE: ReadonlySet<Step> = new Set<Step>(["see", "picture", "mirror"]);

/** What the page shows: a step, or what stands between two. */
export type Screen =
  | Step
  | "camera_help"
  | "no"
  | "ring"
  | "together"
  | "waiting"
  | "closed"
  | "second"
  | "elsewhere"
  | "over";

/** How the talk with the guide stands. */
export type Call = "none" | "ringing" | "in" | "closed" | "second" | "elsewhere";

export interface PracticeState {
  readonly step: Step;
  readonly answered: Readonly<Partial<Record<Step, Given>>>;
  /** Camera and microphone are on. */
  readonly live: boolean;
  /** Turning them on failed so often. */
  readonly failures: number;
  readonly call: Call;
  /** The call was there before, and stopped before its time. */
  readonly fellOut: boolean;
  /** "No" was answered: advice instead of the question. */
  readonly advice: boolean;
  /** What the step lets a person do was done. */
  readonly acted: boolean;
  /** A person guides: the talk is with them, not with the guide of the server. */
  readonly guided: boolean;
  /** The device can show its screen to the other. */
  readonly canShare: boolean;
  /** It was agreed that this person is not seen. */
  readonly unseen: boolean;
  /** It was finished, here or elsewhere. */
  readonly over: boolean;
}

export type PracticeEvent =
  | { readonly type: "resumed"; readonly answered: readonly Step[] }
  | { readonly type: "media_live" }
  | { readonly type: "media_failed" }
  | { readonly type: "act" }
  | { readonly type: "acted" }
  | { readonly type: "answer"; readonly given: Given }
  | { readonly type: "again" }
  | { readonly type: "go_on" }
  | { readonly type: "ring" }
  | { readonly type: "call"; readonly call: Call }
  | { readonly type: "left" }
  | { readonly type: "go_to"; readonly step: Step }
  | { readonly type: "over" };

export type PracticeEffect =
  /** `final` is false for what failed and is tried again. */
  | { readonly do: "keep"; readonly step: Step; readonly given: Given; readonly final: boolean }
  | { readonly do: "turn_on" }
  | { readonly do: "ring" }
  /** The step begins, or begins again: the guide says its clip. */
  | { readonly do: "begin"; readonly step: Step }
  | { readonly do: "act"; readonly step: Step }
  | { readonly do: "hang_up" };

export interface PracticeNext {
  readonly state: PracticeState;
  readonly effects: readonly PracticeEffect[];
}

export function begun(guided: boolean, canShare: boolean, unseen = false): PracticeState {
  return {
    step: "camera",
    answered: {},
    live: false,
    failures: 0,
    call: "none",
    fellOut: false,
    advice: false,
    acted: false,
    guided,
    canShare,
    unseen,
    over: false,
  };
}

/** What `state` shows. */
export function screenOf(state: PracticeState): Screen {
  const { step, call } = state;
  if (state.over) return "over";
  if (step === "done") return "done";
  if (call === "second" || call === "elsewhere") return call;
  if (!state.live && call !== "in") return state.failures > 0 ? "camera_help" : "camera";
  if (IN_TALK.has(step) && call !== "in") return outside(state);
  return state.advice ? "no" : step;
}

function outside({ guided, call }: PracticeState): Screen {
  if (guided) return "together";
  if (call === "ringing") return "waiting";
  return call === "closed" ? "closed" : "ring";
}

/** What becomes of `state` by `event`, and what is to be done. */
export function practise(state: PracticeState, event: PracticeEvent): PracticeNext {
  if (state.over) return next(state);
  switch (event.type) {
    case "resumed":
      return resumed(state, event.answered);
    case "media_live":
      return mediaLive(state);
    case "media_failed":
      return mediaFailed(state);
    case "act":
      return next(state, { do: "act", step: state.step });
    case "acted":
      return next({ ...state, acted: true });
    case "answer":
      return answer(state, event.given);
    case "again":
      return again(state);
    case "go_on":
      return given(state, "no");
    case "ring":
      return next({ ...state, call: "ringing" }, { do: "ring" });
    case "call":
      return callChanged(state, event.call);
    case "left":
      return left(state);
    case "go_to":
      return goTo(state, event.step);
    case "over":
      return next({ ...state, over: true });
    default:
      return event satisfies never;
  }
}

const next = (state: PracticeState, ...effects: PracticeEffect[]): PracticeNext => ({
  state,
  effects,
});

// What was answered here meanwhile is newer.
function resumed(state: PracticeState, answered: readonly Step[]): PracticeNext {
  const before = Object.fromEntries(answered.map((step) => [step, "yes" as const]));
  const merged = { ...state, answered: { ...before, ...state.answered } };
  const goesOn = state.step !== "camera" && merged.answered[state.step] !== undefined;
  return goesOn ? moved(merged, firstOpen(merged.answered)) : next(merged);
}

function mediaLive(state: PracticeState): PracticeNext {
  const live = { ...state, live: true, failures: 0 };
  return state.step === "camera" ? given(live, "yes") : next(live);
}

function mediaFailed(state: PracticeState): PracticeNext {
  const failed = { ...state, live: false, failures: state.failures + 1 };
  if (state.step !== "camera") return next(failed);
  return next(failed, { do: "keep", step: "camera", given: "no", final: false });
}

// A first "no" is not kept as an answer: there is advice first, and another try.
function answer(state: PracticeState, said: Given): PracticeNext {
  if (said !== "no") return given(state, said);
  const effect = { do: "keep", step: state.step, given: said, final: false } as const;
  return next({ ...state, advice: true }, effect);
}

function again(state: PracticeState): PracticeNext {
  if (!state.live && state.call !== "in") return next(state, { do: "turn_on" });
  const fresh = { ...state, advice: false, acted: false };
  return next(fresh, { do: "begin", step: state.step });
}

function given(state: PracticeState, said: Given): PracticeNext {
  const answered = { ...state.answered, [state.step]: said };
  const keep = { do: "keep", step: state.step, given: said, final: true } as const;
  return moved({ ...state, answered }, firstOpen(answered), keep);
}

function moved(state: PracticeState, to: Step, ...before: PracticeEffect[]): PracticeNext {
  const there: PracticeState = { ...state, step: to, advice: false, acted: false };
  if (isSkipped(there, to)) {
    const skipped = given(there, "otherwise");
    return { state: skipped.state, effects: [...before, ...skipped.effects] };
  }
  const begins = !IN_TALK.has(to) || there.call === "in";
  return next(there, ...before, ...(begins ? [{ do: "begin", step: to } as const] : []));
}

function isSkipped({ canShare, unseen }: PracticeState, step: Step): boolean {
  return (step === "share" && !canShare) || (unseen && OF_THE_PICTURE.has(step));
}

function firstOpen(answered: PracticeState["answered"]): Step {
  return ORDER.find((step) => step === "done" || answered[step] === undefined) ?? "done";
}

function callChanged(state: PracticeState, call: Call): PracticeNext {
  if (call === state.call) return next(state);
  const fellOut = state.call === "in" && call !== "in";
  const changed = { ...state, call, fellOut: fellOut || state.fellOut, acted: false };
  if (call !== "in" || !IN_TALK.has(state.step)) return next(changed);
  return next(changed, { do: "begin", step: state.step });
}

// The red button: at its own step it is the answer, before that one can come back.
function left(state: PracticeState): PracticeNext {
  const out = { ...state, call: "none", fellOut: true } as const;
  if (state.step !== "leave") return next(out, { do: "hang_up" });
  const ended = given({ ...state, call: "none" }, "yes");
  return { state: ended.state, effects: [{ do: "hang_up" }, ...ended.effects] };
}

// Whoever guides points: that step is asked again. At the camera only a new start of it answers.
function goTo(state: PracticeState, step: Step): PracticeNext {
  if (step === "done" || (!state.live && step !== "camera")) return next(state);
  const { [step]: _, ...answered } = state.answered;
  return moved({ ...state, answered, live: state.live && step !== "camera" }, step);
}
