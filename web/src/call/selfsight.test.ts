import { expect, test } from "vitest";
import { type Doubt, doubt, lookAgain, type SelfSample, UNDOUBTED } from "./selfsight";

const WELL: SelfSample = {
  atMs: 0,
  level: 0.4,
  muted: false,
  picture: { mean: 90, variance: 400, changed: true },
};

// Two looks a second, each as `sample` says; what is doubted at the end.
function after(seconds: number, sample: (atMs: number) => Partial<SelfSample>): Doubt | null {
  let sight = UNDOUBTED;
  for (let atMs = 0; atMs <= seconds * 1000; atMs += 500) {
    const now = { ...WELL, ...sample(atMs), atMs };
    sight = lookAgain(sight, now, (now.picture?.mean ?? 90) < 8);
  }
  return doubt(sight, seconds * 1000);
}

const black = { picture: { mean: 2, variance: 0, changed: false } };
const frozen = { picture: { mean: 90, variance: 400, changed: false } };

test.each<[string, number, Partial<SelfSample>, Doubt | null]>([
  ["all is well", 60, {}, null],
  ["a cover before the lens", 3, black, "BLACK"],
  ["dark for a moment", 2, black, null],
  ["a picture that stands still", 5, frozen, "FROZEN"],
  ["a still moment", 4, frozen, null],
  ["a page that is hidden", 60, { picture: null }, null],
  ["nobody speaks", 10, { level: 0 }, "SILENT"],
  ["a short silence", 9, { level: 0.01 }, null],
  ["a switch on the headset", 2, { muted: true, level: 0 }, "MUTED"],
])("%s", (_, seconds, sample, code) => {
  expect(after(seconds, () => sample)).toBe(code);
});

test("one word ends the doubt", () => {
  expect(after(12, (atMs) => ({ level: atMs === 11_000 ? 0.5 : 0 }))).toBeNull();
});
