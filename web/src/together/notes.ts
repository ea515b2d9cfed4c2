// What two pages tell each other over their own channel: read strictly, for the other page may be
// anything. Nothing of it passes the server.

/** Characters of one message; the field on the page takes no more. */
export const LONGEST_TEXT = 4_000;
/** A frame longer than this is dropped unread: no note of ours comes near it. */
export const LONGEST_FRAME = 32_000;
const BURST = 60;
const PER_SECOND = 20;

export type ScreenWord = "ask" | "give" | "deny" | "on" | "stop";

export type Note =
  | { readonly type: "commit"; readonly commit: string }
  | { readonly type: "reveal"; readonly nonce: string }
  | { readonly type: "line"; readonly id: number; readonly text: string }
  /** The line that is being written: keep this many characters of it, then this text. */
  | { readonly type: "typing"; readonly keep: number; readonly text: string }
  /** Wants to keep a line as an agreement: `mine` is a line of the one who says so. */
  | { readonly type: "pin"; readonly mine: boolean; readonly id: number }
  /** `round` is the number of the coach's question that this belongs to. */
  | { readonly type: "screen"; readonly word: ScreenWord; readonly round: number };

const HEX = /^[0-9a-f]{64}$/;
const WORDS: readonly ScreenWord[] = ["ask", "give", "deny", "on", "stop"];

/** The note in this frame; null for anything that is not exactly one. */
export function readNote(frame: unknown): Note | null {
  if (typeof frame !== "string" || frame.length > LONGEST_FRAME) return null;
  let found: unknown;
  try {
    found = JSON.parse(frame);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  return shaped(found as Record<string, unknown>);
}

function shaped(found: Record<string, unknown>): Note | null {
  const { commit, nonce, id, text, keep, mine, word, round } = found;
  switch (found.type) {
    case "commit":
      return isHex(commit) ? { type: "commit", commit } : null;
    case "reveal":
      return isHex(nonce) ? { type: "reveal", nonce } : null;
    case "line":
      return isCount(id) && isText(text) && text !== "" ? { type: "line", id, text } : null;
    case "typing":
      return isCount(keep) && isText(text) ? { type: "typing", keep, text } : null;
    case "pin":
      return isCount(id) && typeof mine === "boolean" ? { type: "pin", mine, id } : null;
    case "screen":
      return isWord(word) && isCount(round) ? { type: "screen", word, round } : null;
    default:
      return null;
  }
}

const isHex = (value: unknown): value is string => typeof value === "string" && HEX.test(value);
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= LONGEST_TEXT;
const isWord = (value: unknown): value is ScreenWord => WORDS.includes(value as ScreenWord);
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/** How much may still come in or go out; refilled by time. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

export interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is taken in from the other page: somebody who types live sends four notes a second. */
export const HEARD: Pace = { burst: BURST, perSecond: PER_SECOND };
/** Lines that one person sends. */
export const SAID: Pace = { burst: 8, perSecond: 1 };
/**
 * What may be passed over of what is more than is taken in. A frame costs a browser its time even
 * when nobody reads it, so after this the channel is closed; no page of ours comes near it.
 */
export const BORNE: Pace = { burst: 500, perSecond: 5 };

/** What a frame counts for: one, and one more for each further length of a note that it has. */
export const weightOf = (frame: unknown): number =>
  typeof frame === "string" ? 1 + Math.floor(frame.length / LONGEST_FRAME) : 1;

/** One more, or `cost` more, at `nowMs`: the allowance after it, or null when it is too much. */
export function take(
  before: Allowance | null,
  pace: Pace,
  nowMs: number,
  cost = 1,
): Allowance | null {
  const { left, atMs } = before ?? { left: pace.burst, atMs: nowMs };
  const grown = left + (Math.max(0, nowMs - atMs) / 1000) * pace.perSecond;
  const now = Math.min(pace.burst, grown);
  return now < cost ? null : { left: now - cost, atMs: nowMs };
}
