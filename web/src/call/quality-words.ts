// How good the line is, in a word: slow to warn, slower to take a warning back.

export type Level = "good" | "weak" | "bad";

/** What five seconds of the line were like. */
export interface Stretch {
  /** Part of the other's sound that was lost, 0 to 1. */
  readonly lost: number;
  /** Packets of the other's sound a second. */
  readonly packets: number;
  readonly rttMs: number | null;
  /** The own picture had to become very small. */
  readonly squeezed: boolean;
}

export interface Shown {
  readonly level: Level;
  readonly worse: number;
  readonly better: number;
  /** How often it got worse: another tip each time. */
  readonly warnings: number;
}

export const FINE: Shown = { level: "good", worse: 0, better: 0, warnings: 0 };
export const STRETCH_MS = 5_000;
export const TIPS = 3;

const ORDER: readonly Level[] = ["good", "weak", "bad"];
const WORSE_NEEDED = 2;
const BETTER_NEEDED = 4;

/** The level of one stretch by itself. */
export function levelOf({ lost, packets, rttMs, squeezed }: Stretch): Level {
  const rtt = rttMs ?? 0;
  if (lost >= 0.3 || packets < 10 || rtt > 1_500) return "bad";
  return lost >= 0.1 || rtt > 600 || squeezed ? "weak" : "good";
}

/** What is shown after another stretch: two in a row that are worse, or four that are better. */
export function show(before: Shown, stretch: Stretch): Shown {
  const level = levelOf(stretch);
  const change = ORDER.indexOf(level) - ORDER.indexOf(before.level);
  const worse = change > 0 ? before.worse + 1 : 0;
  const better = change < 0 ? before.better + 1 : 0;
  if (worse >= WORSE_NEEDED) {
    return { level, worse: 0, better: 0, warnings: before.warnings + 1 };
  }
  if (better >= BETTER_NEEDED) return { ...before, level, worse: 0, better: 0 };
  return { ...before, worse, better };
}
