// Whether this device can blur at all: a slow one gets its own picture back, with one sentence.

/** The first picture may take this long: 1.8 MB are fetched, also over a slow line, and made ready. */
export const FIRST_MS = 60_000;
const SLOWEST_MS = 200;
const LOOKED_AT = 8;

export type Pace =
  | { readonly kind: "starting"; readonly sinceMs: number }
  | { readonly kind: "running"; readonly took: readonly number[] };

export const started = (nowMs: number): Pace => ({ kind: "starting", sinceMs: nowMs });

/** A picture was ready, `tookMs` after it was asked for. */
export function blurred(pace: Pace, tookMs: number): Pace {
  // The first one also made everything ready, so it says nothing of the next.
  if (pace.kind === "starting") return { kind: "running", took: [] };
  return { kind: "running", took: [...pace.took, tookMs].slice(-LOOKED_AT) };
}

/** Whether it takes too long to look well: fewer than five pictures a second. */
export function isTooSlow(pace: Pace, nowMs: number): boolean {
  if (pace.kind === "starting") return nowMs - pace.sinceMs > FIRST_MS;
  const { took } = pace;
  if (took.length < LOOKED_AT) return false;
  return took.reduce((sum, one) => sum + one, 0) / took.length > SLOWEST_MS;
}
