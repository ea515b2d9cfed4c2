// Do I see the other? Decided by the receiving browser from its own samples (domain rule "seen").

import type { Unseen } from "../wire/messages";

export interface Sample {
  readonly atMs: number;
  /** Frames decoded since the connection began. */
  readonly frames: number;
  /** Null when the page is hidden or nothing could be drawn: then only frames count. */
  readonly picture: Picture | null;
}

export interface Picture {
  /** Mean luminance, 0 to 255. */
  readonly mean: number;
  readonly variance: number;
  /** Whether it differs from the picture of the sample before. */
  readonly changed: boolean;
}

export type Sight =
  | { readonly known: false }
  | {
      readonly known: true;
      readonly seen: boolean;
      readonly reason: Unseen | null;
      readonly frames: number;
    };

const WINDOW_MS = 10_000;
const STILL_MS = 3_000;
const FRAMES_NEEDED = 50;
/** One a second: a slow line still shows a person, as long as the picture can be seen to change. */
const FRAMES_THAT_MOVE = 10;
const DARK_MEAN = 8;
const DARK_VARIANCE = 16;

/** The samples with `sample` added and those before the window dropped. */
export function remember(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  // One sample from before the window stays: the frames are counted from there.
  const firstInside = samples.findIndex(({ atMs }) => atMs > sample.atMs - WINDOW_MS);
  const kept = firstInside <= 0 ? samples : samples.slice(firstInside - 1);
  return [...(firstInside === -1 ? samples.slice(-1) : kept), sample];
}

/**
 * Whether the other is seen; unknown until a window is full or enough frames came sooner, and while
 * few frames come that nobody looks at. Few frames that move are a slow line, and nobody's camera.
 */
export function judge(samples: readonly Sample[]): Sight {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return { known: false };
  const frames = Math.max(0, last.frames - first.frames);
  const span = last.atMs - first.atMs;
  const recent = samples.filter(({ atMs }) => atMs > last.atMs - STILL_MS);
  const reason = pictureTrouble(recent, span);
  if (reason !== null) return { known: true, seen: false, reason, frames };
  if (frames >= FRAMES_NEEDED) return { known: true, seen: true, reason: null, frames };
  if (span < WINDOW_MS) return { known: false };
  if (frames >= FRAMES_THAT_MOVE) {
    const looked = recent.some(({ picture }) => picture !== null);
    return looked ? { known: true, seen: true, reason: null, frames } : { known: false };
  }
  return { known: true, seen: false, reason: "no_frames", frames };
}

function pictureTrouble(recent: readonly Sample[], span: number): Unseen | null {
  const pictures = recent.flatMap(({ picture }) => (picture === null ? [] : [picture]));
  if (span < STILL_MS || pictures.length < 2) return null;
  if (pictures.every(isBlack)) return "black";
  return pictures.some(({ changed }) => changed) ? null : "frozen";
}

/** Whether a picture shows nothing, as with a cover before the camera. */
export function isBlack({ mean, variance }: Picture): boolean {
  return mean <= DARK_MEAN && variance <= DARK_VARIANCE;
}

/** Luminance of an RGBA picture, one value a pixel (BT.601 weights). */
export function luminance(rgba: Uint8ClampedArray): Uint8Array {
  const values = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < values.length; i += 1) {
    const at = i * 4;
    const red = rgba[at] ?? 0;
    const green = rgba[at + 1] ?? 0;
    const blue = rgba[at + 2] ?? 0;
    values[i] = (red * 299 + green * 587 + blue * 114) / 1000;
  }
  return values;
}

/** What a picture says beside the one before it. */
export function describe(now: Uint8Array, before: Uint8Array | null): Picture {
  let sum = 0;
  let squares = 0;
  for (const value of now) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / now.length;
  const variance = squares / now.length - mean * mean;
  const changed = before === null || now.some((value, i) => value !== before[i]);
  return { mean, variance, changed };
}

const ATTEST_MS = 10_000;

export interface Attested {
  readonly atMs: number;
  readonly seen: boolean;
  readonly reason: Unseen | null;
}

/** Whether to tell the server now: every 10 s, and at each change. */
export function isDue(last: Attested | null, sight: Sight, nowMs: number): boolean {
  if (!sight.known) return false;
  if (last === null || last.seen !== sight.seen || last.reason !== sight.reason) return true;
  return nowMs - last.atMs >= ATTEST_MS;
}
