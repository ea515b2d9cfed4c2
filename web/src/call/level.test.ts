import { expect, test } from "vitest";
import { loudness } from "./level";

const tone = (height: number) => new Float32Array(480).map((_, i) => height * Math.sin(i / 7));

test("silence is nothing and full strength fills the bar", () => {
  expect(loudness(new Float32Array(480))).toBe(0);
  expect(loudness(new Float32Array(480).fill(1))).toBe(1);
});

test("speech moves the bar about half way, and louder moves it further", () => {
  expect(loudness(tone(0.05))).toBeCloseTo(0.5, 1);
  expect(loudness(tone(0.2))).toBeGreaterThan(loudness(tone(0.05)));
});
