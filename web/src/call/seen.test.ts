import { expect, test } from "vitest";
import { describe, isDue, judge, luminance, type Picture, remember, type Sample } from "./seen";

const moving: Picture = { mean: 90, variance: 400, changed: true };
const black: Picture = { mean: 3, variance: 1, changed: true };
const still: Picture = { mean: 90, variance: 400, changed: false };

function watch(seconds: number, framesPerSecond: number, pictureAt: (s: number) => Picture | null) {
  let samples: readonly Sample[] = [];
  for (let tick = 0; tick <= seconds * 2; tick += 1) {
    const second = tick / 2;
    const frames = Math.floor(second * framesPerSecond);
    samples = remember(samples, { atMs: second * 1000, frames, picture: pictureAt(second) });
  }
  return judge(samples);
}

test("nothing is known before the first sample, nor in the first second", () => {
  expect(judge([])).toEqual({ known: false });
  expect(watch(1, 25, () => moving)).toEqual({ known: false });
});

test("the other is seen as soon as 50 moving frames were decoded", () => {
  expect(watch(2, 25, () => moving)).toEqual({ known: true, seen: true, reason: null, frames: 50 });
});

test.each([
  ["moves", 5, moving, { seen: true, frames: 50 }],
  ["moves", 4.9, moving, { seen: true, frames: 49 }],
  ["moves", 1, moving, { seen: true, frames: 10 }],
  ["moves", 0.9, moving, { seen: false, reason: "no_frames" }],
  ["stands still", 4.9, still, { seen: false, reason: "frozen" }],
  ["is black", 4.9, black, { seen: false, reason: "black" }],
  ["nobody looks at", 5, null, { seen: true, frames: 50 }],
  ["nobody looks at", 4.9, null, { known: false }],
  ["nobody looks at", 1, null, { known: false }],
  ["nobody looks at", 0.9, null, { seen: false, reason: "no_frames" }],
] as const)("what %s, %d times a second for ten seconds", (_, rate, picture, sight) => {
  expect(watch(10, rate, () => picture)).toMatchObject(sight);
});

test("a moving picture is never accused, from one frame a second on", () => {
  const accused: number[] = [];
  for (let rate = 1; rate <= 30; rate += 0.5) {
    let samples: readonly Sample[] = [];
    for (let second = 0; second <= 60; second += 0.5) {
      const frames = Math.floor(second * rate);
      samples = remember(samples, { atMs: second * 1000, frames, picture: moving });
      const sight = judge(samples);
      if (sight.known && !sight.seen) accused.push(rate);
    }
  }
  expect(accused).toEqual([]);
});

test("black frames prove nothing, however many", () => {
  expect(watch(10, 30, () => black)).toMatchObject({ known: true, seen: false, reason: "black" });
});

test("a dark room with something in it is not black", () => {
  const darkRoom = { mean: 7, variance: 60, changed: true };
  expect(watch(10, 30, () => darkRoom)).toMatchObject({ seen: true });
});

test("a picture without change over three seconds is frozen", () => {
  expect(watch(10, 30, (s) => (s <= 6 ? moving : still))).toMatchObject({ reason: "frozen" });
  expect(watch(10, 30, (s) => (s <= 8 ? moving : still))).toMatchObject({ seen: true });
});

test("black turns to seen within three seconds after the camera comes back", () => {
  expect(watch(20, 30, (s) => (s < 17 ? black : moving))).toMatchObject({ seen: true });
});

test("frames that stop coming are noticed when the window has passed", () => {
  let samples: readonly Sample[] = [];
  for (let s = 0; s <= 30; s += 0.5) {
    samples = remember(samples, { atMs: s * 1000, frames: Math.min(s, 10) * 30, picture: null });
  }

  expect(judge(samples)).toEqual({ known: true, seen: false, reason: "no_frames", frames: 0 });
});

test("a hidden page is judged on frames alone", () => {
  expect(watch(10, 30, () => null)).toMatchObject({ seen: true });
});

test("the window holds ten seconds and one sample before", () => {
  let samples: readonly Sample[] = [];
  for (let s = 0; s <= 60; s += 0.5) {
    samples = remember(samples, { atMs: s * 1000, frames: 0, picture: null });
  }

  expect(samples).toHaveLength(21);
  expect(samples[0]?.atMs).toBe(50_000);
});

test("luminance weighs the colours as the eye does", () => {
  const rgba = new Uint8ClampedArray([255, 255, 255, 255, 0, 255, 0, 255, 0, 0, 0, 255]);
  expect([...luminance(rgba)]).toEqual([255, 149, 0]);
});

test("a picture differs when one pixel does", () => {
  const before = new Uint8Array([10, 10, 10]);
  expect(describe(new Uint8Array([10, 10, 10]), before)).toEqual({
    mean: 10,
    variance: 0,
    changed: false,
  });
  expect(describe(new Uint8Array([10, 11, 10]), before).changed).toBe(true);
});

test("the server is told every ten seconds and at each change", () => {
  const sight = { known: true, seen: true, reason: null, frames: 60 } as const;
  const told = { atMs: 0, seen: true, reason: null } as const;

  expect(isDue(null, { known: false }, 0)).toBe(false);
  expect(isDue(null, sight, 0)).toBe(true);
  expect(isDue(told, sight, 9_999)).toBe(false);
  expect(isDue(told, sight, 10_000)).toBe(true);
  expect(isDue(told, { ...sight, seen: false, reason: "black" }, 500)).toBe(true);
});
