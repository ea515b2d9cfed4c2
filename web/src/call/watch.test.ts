import { expect, test } from "vitest";
import type { Unseen } from "../wire/messages";
import { Watch } from "./watch";

/** A page that looks at the other twice a second, by a clock of the test. */
function looking() {
  const told: Array<readonly [number, Unseen | null]> = [];
  const attested: Array<readonly [number, boolean, Unseen | null]> = [];
  let second = 0;
  let frames = 0;
  let picture: (second: number) => number = () => 0;
  const watch = new Watch({
    framesDecoded: async () => frames,
    picture: () => new Uint8ClampedArray(32 * 24 * 4).fill(picture(second)),
    repeat: () => 0,
    never: () => undefined,
    now: () => second * 1000,
    attest: (seen, reason) => attested.push([second, seen, reason]) > 0,
    onLasting: (unseen) => told.push([second, unseen]),
  });
  const go = async (seconds: number, shows: (second: number) => number, rate = 30) => {
    picture = shows;
    for (let i = 0; i < seconds * 2; i += 1) {
      second += 0.5;
      frames += rate / 2;
      await watch.look();
    }
  };
  return { told, attested, go };
}
const moving = (second: number) => 60 + ((second * 37) % 90);

test("a moving picture is never called unseen", async () => {
  const { told, attested, go } = looking();
  await go(120, moving);
  expect(told).toEqual([]);
  expect(attested.every(([, seen]) => seen)).toBe(true);
});

test("a picture on a line that lets two a second through is no camera that is off", async () => {
  const { told, attested, go } = looking();
  await go(120, moving, 2);
  expect(told).toEqual([]);
  expect(attested.length).toBeGreaterThan(10);
  expect(attested.every(([, seen]) => seen)).toBe(true);
});

test("a black picture is told to the person within thirty seconds, and taken back at once", async () => {
  const { told, attested, go } = looking();
  await go(20, moving);
  await go(20, () => 0);
  await go(10, moving);
  expect(told).toHaveLength(2);
  expect(told[0]?.[1]).toBe("black");
  expect((told[0]?.[0] ?? 99) - 20).toBeLessThan(13);
  expect(told[1]?.[1]).toBeNull();
  expect(attested.find(([, seen]) => !seen)?.[0]).toBeLessThan(24);
});

test("a hand before the camera is not talked about", async () => {
  const { told, go } = looking();
  await go(20, moving);
  await go(6, () => 0);
  await go(20, moving);
  expect(told).toEqual([]);
});
