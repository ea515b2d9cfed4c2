import { expect, test } from "vitest";
import { SHIPPED } from "./limits";
import { CALM, type Lookout, lookOut } from "./lookout";
import { opened } from "./talk-state";

const STATE = opened("candidate");
const HELP = { ...STATE, stage: "help" as const };
const HERE = { present: true, camera: true, microphone: true, name: "Anna" };
const TALK = { ...STATE, stage: "talk" as const, live: true, epoch: 1, other: HERE };

type Look = readonly [seconds: number, state: Parameters<typeof lookOut>[1], before?: number];

function looks(...all: readonly Look[]) {
  let lookout: Lookout = CALM;
  return all.map(([seconds, state, before = 0]) => {
    const found = lookOut(lookout, state, before * 1000, seconds * 1000);
    lookout = found.lookout;
    return found.cause;
  });
}

test("no connection for two times thirty seconds is trouble with the network", () => {
  expect(looks([0, TALK], [59.9, TALK], [60, TALK])).toEqual([null, null, "network"]);
});

test("time without a connection counts anew after a good moment", () => {
  const good = { ...TALK, connected: true };
  expect(looks([0, TALK], [50, TALK], [51, good], [52, TALK], [100, TALK])).toEqual(
    Array(5).fill(null),
  );
});

test("somebody whose page is gone gets two minutes to come back", () => {
  const alone = { ...TALK, other: { ...HERE, present: false } };
  expect(looks([0, alone], [119, alone], [120, alone])).toEqual([null, null, "network"]);
});

test("somebody who left is not waited for", () => {
  const left = { ...TALK, otherLeft: true };
  expect(looks([0, left], [500, left])).toEqual([null, null]);
});

test("the third reconnection in ten minutes is trouble, the first connection is none", () => {
  const good = { ...TALK, connected: true };
  const round = (at: number): readonly Look[] => [
    [at, TALK],
    [at + 1, good],
  ];
  expect(looks(...round(0), ...round(100), ...round(200), ...round(599)).at(-1)).toBe("network");
  expect(looks(...round(0), ...round(100), ...round(200), ...round(701)).at(-1)).toBe(null);
});

test("a camera that stays out for three minutes is trouble once the talk should have begun", () => {
  expect(looks([0, HELP, 60], [179, HELP, 0], [180, HELP, 0])).toEqual([null, null, "camera"]);
  expect(looks([0, HELP, 600], [300, HELP, 300])).toEqual([null, null]);
});

test("a camera that lives again ends the wait for it", () => {
  const live = { ...HELP, stage: "check" as const, live: true };
  expect(looks([0, HELP], [170, live], [171, HELP], [200, HELP])).toEqual(Array(4).fill(null));
});

test("the numbers that the organisation set decide when a talk fails by itself", () => {
  const slow = { ...TALK, limits: { ...SHIPPED, connect_seconds: 10, connect_tries: 3 } };
  expect(looks([0, slow], [29, slow], [30, slow])).toEqual([null, null, "network"]);

  const help = { ...HELP, limits: { ...SHIPPED, camera_wait_seconds: 60 } };
  expect(looks([0, help], [59, help], [60, help])).toEqual([null, null, "camera"]);

  const often = { ...TALK, limits: { ...SHIPPED, reconnects: 1, reconnect_window_seconds: 5 } };
  expect(looks([0, often], [1, { ...often, connected: true }], [2, often]).at(-1)).toBe(null);
  const back = { ...often, connected: true };
  expect(looks([0, often], [1, back], [2, often], [3, back]).at(-1)).toBe("network");
});
