// What is wrong with the own picture and sound before the talk, although both live.

import type { Picture } from "./seen";

/** A code for the other side: never a picture, only what is wrong with it. */
export type Doubt = "BLACK" | "FROZEN" | "SILENT" | "MUTED";

export interface SelfSample {
  readonly atMs: number;
  /** Loudness from 0 to 1. */
  readonly level: number;
  /** The system or a switch on the device holds the microphone back. */
  readonly muted: boolean;
  /** Null where no picture can be read: the page is hidden, or there is no camera. */
  readonly picture: Picture | null;
}

/** Since when each is so; null where it is not. */
export interface SelfSight {
  readonly blackSince: number | null;
  readonly frozenSince: number | null;
  readonly silentSince: number | null;
  readonly mutedSince: number | null;
}

export const UNDOUBTED: SelfSight = {
  blackSince: null,
  frozenSince: null,
  silentSince: null,
  mutedSince: null,
};

const QUIET = 0.05;
const PATIENCE_MS: Readonly<Record<Doubt, number>> = {
  BLACK: 3_000,
  FROZEN: 5_000,
  MUTED: 2_000,
  SILENT: 10_000,
};

/** What is known after another sample. */
export function lookAgain(
  before: SelfSight,
  { atMs, level, muted, picture }: SelfSample,
  black: boolean,
): SelfSight {
  const since = (is: boolean, known: number | null) => (is ? (known ?? atMs) : null);
  return {
    blackSince: since(black, before.blackSince),
    frozenSince: since(picture !== null && !picture.changed, before.frozenSince),
    silentSince: since(level <= QUIET, before.silentSince),
    mutedSince: since(muted, before.mutedSince),
  };
}

/** The most telling doubt that lasts long enough, or null. */
export function doubt(sight: SelfSight, nowMs: number): Doubt | null {
  const lasts = (since: number | null, code: Doubt) =>
    since !== null && nowMs - since >= PATIENCE_MS[code];
  // A black picture stands still too, and a muted microphone is silent too.
  if (lasts(sight.blackSince, "BLACK")) return "BLACK";
  if (lasts(sight.frozenSince, "FROZEN")) return "FROZEN";
  if (lasts(sight.mutedSince, "MUTED")) return "MUTED";
  return lasts(sight.silentSince, "SILENT") ? "SILENT" : null;
}
