// How much picture the line carries: sound first, then a smaller picture, then fewer frames, then
// an honest still.

export interface Size {
  /** Lines of the picture. */
  readonly height: number;
  readonly frames: number;
  readonly kbps: number;
  /** Below this much room for the picture it is time for the next smaller one. */
  readonly least: number;
}

/** From the largest to the smallest; one step further is the still. */
export const SIZES: readonly Size[] = [
  { height: 720, frames: 30, kbps: 1_200, least: 700 },
  { height: 480, frames: 30, kbps: 800, least: 450 },
  { height: 360, frames: 30, kbps: 500, least: 280 },
  { height: 240, frames: 30, kbps: 300, least: 190 },
  { height: 240, frames: 20, kbps: 180, least: 110 },
];
const LEAST_LINES = 240;
const SMALLEST = SIZES.length - 1;
export const STILL = SIZES.length;
/** The largest that somebody sends who is careful with data. */
const LOW_DATA = SMALLEST;

const SOUND_KBPS = 40;
/** A browser needs a moment to find out what the line carries. */
const WARM_UP_MS = 6_000;
const TIGHT_MS = 3_000;
const STILL_MS = 10_000;
const ROOM_MS = 10_000;
/** A larger picture that did not hold for this long was one too many. */
const HELD_MS = 15_000;
const MOST_PATIENCE_MS = 80_000;
const MOST_LOST = 0.1;
const LITTLE_LOST = 0.02;

export interface Room {
  /** What the browser thinks the line carries in all, kbit/s; null where it does not say. */
  readonly kbps: number | null;
  /** The browser makes the picture worse than asked because of the line. */
  readonly limited: boolean;
  /** Part of the own picture that did not arrive, 0 to 1; null when nobody said. */
  readonly lost: number | null;
}

export interface Ladder {
  readonly step: number;
  readonly beganMs: number;
  readonly tightSince: number | null;
  readonly roomSince: number | null;
  readonly roseMs: number | null;
  readonly patienceMs: number;
}

/** The ladder of a connection that begins now. */
export function atTop(nowMs: number): Ladder {
  return {
    step: 0,
    beganMs: nowMs,
    tightSince: null,
    roomSince: null,
    roseMs: null,
    patienceMs: ROOM_MS,
  };
}

/** The step after a look at the line; down soon, up slowly, and slower when it did not hold. */
export function climb(ladder: Ladder, room: Room, lowData: boolean, nowMs: number): Ladder {
  const top = lowData ? LOW_DATA : 0;
  if (ladder.step < top) return { ...ladder, step: top, tightSince: null, roomSince: null };
  if (nowMs - ladder.beganMs < WARM_UP_MS) return ladder;
  const tightSince = isTight(ladder.step, room) ? (ladder.tightSince ?? nowMs) : null;
  const roomSince = isRoomy(ladder.step, room) ? (ladder.roomSince ?? nowMs) : null;
  const looked = { ...ladder, tightSince, roomSince };
  if (tightSince !== null && nowMs - tightSince >= patience(ladder.step)) {
    return fall(looked, room, nowMs);
  }
  const mayRise = ladder.step > top && roomSince !== null;
  return mayRise && nowMs - roomSince >= ladder.patienceMs ? rise(looked, nowMs) : looked;
}

const patience = (step: number): number => (step === SMALLEST ? STILL_MS : TIGHT_MS);

function isTight(step: number, { kbps, lost }: Room): boolean {
  const size = SIZES[step];
  if (size === undefined) return false;
  if (kbps === null) return lost !== null && lost >= MOST_LOST;
  return kbps - SOUND_KBPS < size.least;
}

// A browser measures little more than what it sends: whether more fits, only trying tells. Of a
// still nothing at all is known.
function isRoomy(step: number, { kbps, limited, lost }: Room): boolean {
  const size = SIZES[step];
  if (size === undefined) return true;
  if (limited || (lost ?? 0) >= MOST_LOST) return false;
  return kbps === null ? (lost ?? 0) < LITTLE_LOST : kbps - SOUND_KBPS >= size.least * 1.2;
}

function fall(ladder: Ladder, { kbps }: Room, nowMs: number): Ladder {
  const step = kbps === null ? ladder.step + 1 : fitting(ladder.step, kbps - SOUND_KBPS);
  const tooSoon = ladder.roseMs !== null && nowMs - ladder.roseMs < HELD_MS;
  const patienceMs = tooSoon ? Math.min(2 * ladder.patienceMs, MOST_PATIENCE_MS) : ROOM_MS;
  return { ...ladder, step, tightSince: null, roomSince: null, roseMs: null, patienceMs };
}

// The still is the last resort: it is reached from the smallest picture only.
function fitting(step: number, kbps: number): number {
  if (step === SMALLEST) return STILL;
  const fits = SIZES.findIndex(({ least }, i) => i > step && kbps >= least);
  return fits === -1 ? SMALLEST : fits;
}

function rise(ladder: Ladder, nowMs: number): Ladder {
  const step = ladder.step - 1;
  return { ...ladder, step, tightSince: null, roomSince: null, roseMs: nowMs };
}

/**
 * What the browser gives up first by itself: lines, but never below 320 by 240; there it has to
 * give up pictures.
 */
export const givesUp = (step: number): "maintain-framerate" | "maintain-resolution" =>
  (SIZES[step]?.height ?? 0) > LEAST_LINES ? "maintain-framerate" : "maintain-resolution";

export interface Encoding {
  readonly active: boolean;
  readonly maxBitrate: number;
  readonly maxFramerate: number;
  readonly scaleResolutionDownBy: number;
}

/** The one encoding of a camera of `lines` lines on this step; a picture is never made larger. */
export function encodingOf(step: number, lines: number): Encoding {
  const { height, frames, kbps } = SIZES[Math.min(step, SMALLEST)] as Size;
  return {
    active: step < STILL,
    maxBitrate: kbps * 1000,
    maxFramerate: frames,
    scaleResolutionDownBy: Math.max(1, lines / height),
  };
}
