// Who shares a screen: one at a time, and the candidate goes first.
//
// The candidate's page decides, so that both pages always agree: it takes the screen at once, and a
// coach asks it. Only who holds the screen touches the connection for it.

import type { Role } from "../wire/messages";
import type { ScreenWord } from "./notes";

export interface Screen {
  readonly role: Role;
  readonly mine: "none" | "picking" | "asking" | "sharing";
  readonly theirs: boolean;
  /** The coach's newest question; an answer to an older one counts no more. */
  readonly round: number;
  /** Whether the two pages hear each other. */
  readonly joined: boolean;
}

export type ScreenEvent =
  | { readonly type: "press" }
  | { readonly type: "picked" }
  | { readonly type: "not_picked"; readonly why: "cancelled" | "refused" }
  | { readonly type: "stop" }
  | { readonly type: "joined" }
  | { readonly type: "parted" }
  | { readonly type: "heard"; readonly word: ScreenWord; readonly round: number };

export type ScreenEffect =
  | { readonly do: "pick" }
  | { readonly do: "send"; readonly word: ScreenWord; readonly round: number }
  | { readonly do: "share" }
  /** Takes the picture out of the connection, and lets go of it. */
  | { readonly do: "stop" }
  | { readonly do: "say"; readonly key: string };

export interface ScreenNext {
  readonly screen: Screen;
  readonly effects: readonly ScreenEffect[];
}

export const noScreen = (role: Role): Screen => ({
  role,
  mine: "none",
  theirs: false,
  round: 0,
  joined: false,
});

/** What becomes of the screen by `event`. */
export function shareStep(screen: Screen, event: ScreenEvent): ScreenNext {
  switch (event.type) {
    case "press":
      return press(screen);
    case "picked":
      return picked(screen);
    case "not_picked":
      return next({ ...screen, mine: "none" }, say(event.why));
    case "stop":
      return stop(screen);
    case "joined":
      return joined({ ...screen, joined: true, theirs: false });
    case "parted":
      return next({ ...screen, joined: false, theirs: false });
    case "heard":
      return heard(screen, event.word, event.round);
    default:
      return event satisfies never;
  }
}

const next = (screen: Screen, ...effects: ScreenEffect[]): ScreenNext => ({ screen, effects });
const send = (word: ScreenWord, round: number): ScreenEffect => ({ do: "send", word, round });
const say = (key: string): ScreenEffect => ({ do: "say", key: `call.screen.${key}` });

function press(screen: Screen): ScreenNext {
  if (screen.mine !== "none") return next(screen);
  if (!screen.joined) return next(screen, say("not_yet"));
  if (screen.theirs) return next(screen, say("taken"));
  return next({ ...screen, mine: "picking" }, { do: "pick" });
}

function picked(screen: Screen): ScreenNext {
  if (screen.mine !== "picking") return next(screen, { do: "stop" });
  if (screen.theirs) return yielded(screen);
  return hold(screen);
}

function hold(screen: Screen): ScreenNext {
  const round = screen.round + 1;
  if (screen.role === "candidate") {
    return next({ ...screen, mine: "sharing" }, send("on", screen.round), { do: "share" });
  }
  return next({ ...screen, mine: "asking", round }, send("ask", round));
}

const yielded = (screen: Screen): ScreenNext =>
  next({ ...screen, mine: "none" }, { do: "stop" }, say("taken"));

function stop(screen: Screen): ScreenNext {
  if (screen.mine === "picking") return next({ ...screen, mine: "none" }, { do: "stop" });
  if (screen.mine !== "sharing" && screen.mine !== "asking") return next(screen);
  return next({ ...screen, mine: "none" }, { do: "stop" }, send("stop", screen.round));
}

// After a new connection what was shared goes on by itself.
function joined(screen: Screen): ScreenNext {
  return screen.mine === "sharing" || screen.mine === "asking" ? hold(screen) : next(screen);
}

function heard(screen: Screen, word: ScreenWord, round: number): ScreenNext {
  return screen.role === "coach"
    ? heardByCoach(screen, word, round)
    : heardByCandidate(screen, word, round);
}

function heardByCoach(screen: Screen, word: ScreenWord, round: number): ScreenNext {
  if (word === "on" || word === "stop") return next({ ...screen, theirs: word === "on" });
  if (screen.mine !== "asking" || round !== screen.round) return next(screen);
  if (word === "deny") return yielded(screen);
  return word === "give" ? next({ ...screen, mine: "sharing" }, { do: "share" }) : next(screen);
}

function heardByCandidate(screen: Screen, word: ScreenWord, round: number): ScreenNext {
  if (word === "stop") return next({ ...screen, theirs: false });
  if (word !== "ask") return next(screen);
  if (screen.mine !== "none") return next(screen, send("deny", round));
  return next({ ...screen, theirs: true }, send("give", round));
}
