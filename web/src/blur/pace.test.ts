import { describe, expect, test } from "vitest";
import { blurred, FIRST_MS, isTooSlow, type Pace, started } from "./pace";

const run = (...took: number[]): Pace =>
  took.reduce<Pace>((pace, one) => blurred(pace, one), started(0));

describe("the pace of blurring", () => {
  test("gives the first picture time to be made ready", () => {
    expect(isTooSlow(started(0), FIRST_MS)).toBe(false);
    expect(isTooSlow(started(0), FIRST_MS + 1)).toBe(true);
    expect(isTooSlow(run(9_000), 30_000)).toBe(false);
  });

  test("stops on a device that makes fewer than five pictures a second", () => {
    expect(isTooSlow(run(9_000, ...Array<number>(8).fill(201)), 0)).toBe(true);
    expect(isTooSlow(run(9_000, ...Array<number>(8).fill(199)), 0)).toBe(false);
    expect(isTooSlow(run(9_000, ...Array<number>(7).fill(900)), 0)).toBe(false);
  });

  test("forgives one slow picture among quick ones", () => {
    expect(isTooSlow(run(9_000, 30, 30, 900, 30, 30, 30, 30, 30, 30), 0)).toBe(false);
  });
});
