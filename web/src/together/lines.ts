// What both write: lines that were sent, and the line that grows letter by letter (EN 301 549, 6.2).

import { LONGEST_TEXT } from "./notes";

const MOST_LINES = 200;
const SAID_AGAIN = 8;

export type Pin = "none" | "mine" | "theirs" | "both";

export interface Line {
  readonly mine: boolean;
  readonly id: number;
  readonly text: string;
  readonly pin: Pin;
}

export interface Writing {
  readonly lines: readonly Line[];
  /** What the other is writing at this moment. */
  readonly theirs: string;
  /** How much of it was read aloud already. */
  readonly spoken: number;
  /** The newest that a screen reader says: whole sentences only. */
  readonly say: string;
  readonly nextId: number;
  readonly unread: number;
}

export const NOTHING_WRITTEN: Writing = {
  lines: [],
  theirs: "",
  spoken: 0,
  say: "",
  nextId: 1,
  unread: 0,
};

/** Below 2^53, with room for more lines than anybody writes. */
const FIRST_IDS = 2 ** 52;

/**
 * Nothing written yet on this page. The numbers of its lines begin anywhere (`random` from 0 to 1):
 * the other page may still hold lines of this person from before a reload.
 */
export const blank = (random: () => number): Writing => ({
  ...NOTHING_WRITTEN,
  nextId: 1 + Math.floor(random() * FIRST_IDS),
});

export type TextProblem = "empty" | "long";

/** What is wrong with a text that somebody wants to send, or null. */
export function problemOf(text: string): TextProblem | null {
  if (text.trim() === "") return "empty";
  return text.length > LONGEST_TEXT ? "long" : null;
}

/** An own line was sent. */
export function said(before: Writing, text: string): Writing {
  const line: Line = { mine: true, id: before.nextId, text, pin: "none" };
  return { ...before, lines: newest([...before.lines, line]), nextId: before.nextId + 1 };
}

/** The newest own lines: what a connection that faltered may have lost. */
export const lastOwn = ({ lines }: Writing): readonly Line[] =>
  lines.filter(({ mine }) => mine).slice(-SAID_AGAIN);

/** The other sent a line; what they were writing became it. One that is here already is no news. */
export function heardLine(before: Writing, id: number, text: string): Writing {
  if (before.lines.some((line) => !line.mine && line.id === id)) return before;
  const line: Line = { mine: false, id, text, pin: "none" };
  const already = text.startsWith(before.theirs.slice(0, before.spoken)) ? before.spoken : 0;
  return {
    ...before,
    lines: newest([...before.lines, line]),
    theirs: "",
    spoken: 0,
    say: text.slice(already).trim(),
    unread: before.unread + 1,
  };
}

/** The other changed the line they are writing; corrections come as fewer kept characters. */
export function heardTyping(before: Writing, keep: number, text: string): Writing {
  const theirs = (before.theirs.slice(0, keep) + text).slice(0, LONGEST_TEXT);
  const from = Math.min(before.spoken, keep, theirs.length);
  const until = endOfSentence(theirs);
  const fresh = until > from ? theirs.slice(from, until).trim() : "";
  const spoken = fresh === "" ? Math.min(before.spoken, theirs.length) : until;
  return { ...before, theirs, spoken, say: fresh === "" ? before.say : fresh };
}

/** Nothing more is coming of the line the other was writing. */
export const fellSilent = (before: Writing): Writing => ({ ...before, theirs: "", spoken: 0 });

export const read = (before: Writing): Writing =>
  before.unread === 0 ? before : { ...before, unread: 0 };

/** One of the two wants to keep a line. */
export function pinned(before: Writing, mine: boolean, id: number, byMe: boolean): Writing {
  const lines = before.lines.map((line) =>
    line.mine === mine && line.id === id ? { ...line, pin: pinnedBy(line.pin, byMe) } : line,
  );
  return { ...before, lines };
}

function pinnedBy(pin: Pin, byMe: boolean): Pin {
  const own = byMe ? "mine" : "theirs";
  return pin === "none" || pin === own ? own : "both";
}

/** What to send so that a page that shows `before` shows `after`; null when it does already. */
export function correction(before: string, after: string): { keep: number; text: string } | null {
  if (before === after) return null;
  let keep = 0;
  const most = Math.min(before.length, after.length);
  while (keep < most && before[keep] === after[keep]) keep += 1;
  return { keep, text: after.slice(keep) };
}

function newest(lines: readonly Line[]): readonly Line[] {
  return lines.slice(-MOST_LINES);
}

const SENTENCE = /[.!?…](?=\s|$)|\n/g;

function endOfSentence(text: string): number {
  let end = 0;
  for (const found of text.matchAll(SENTENCE)) end = found.index + found[0].length;
  return end;
}
