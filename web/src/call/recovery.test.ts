import { describe, expect, test } from "vitest";
import {
  type Connection,
  connectionOf,
  HEALTHY,
  type Recovery,
  type RecoveryEvent,
  type Remedy,
  type Rung,
  recover,
  secondsLeft,
  slept,
  told,
} from "./recovery";

const look = (connection: Connection): RecoveryEvent => ({ type: "look", connection });
const CHANGED: RecoveryEvent = { type: "changed" };
const PRESSED: RecoveryEvent = { type: "pressed" };
const BUILT: RecoveryEvent = { type: "built" };

const NOW = 100_000;
const on = (rung: Rung, ago: number): Recovery => ({
  ...HEALTHY,
  rung,
  since: rung === "well" ? null : NOW - ago,
  at: NOW - ago,
  attempts: rung === "rebuilt" || rung === "pause" ? 1 : 0,
  due: NOW - ago + 300,
});
const up = { lineUp: true, nowMs: NOW, random: 0 };

type Row = readonly [Rung, number, RecoveryEvent, Rung, Remedy];
const building = look("building");
const connected = look("connected");
const disconnected = look("disconnected");
const failed = look("failed");

// Every rung by every event, and each of its waits just before and just after it is over.
const TABLE: readonly Row[] = [
  ["well", 0, connected, "well", "none"],
  ["well", 0, building, "first", "none"],
  ["well", 0, disconnected, "doubt", "probe"],
  ["well", 0, failed, "renewed", "renew"],
  ["well", 0, CHANGED, "renewed", "renew"],
  ["well", 0, PRESSED, "well", "none"],
  ["well", 0, BUILT, "first", "none"],

  ["first", 14_999, connected, "well", "none"],
  ["first", 14_999, building, "first", "none"],
  ["first", 15_000, building, "rebuilt", "restart"],
  ["first", 14_999, disconnected, "first", "none"],
  ["first", 3_000, failed, "rebuilt", "restart"],
  ["first", 1_999, CHANGED, "first", "none"],
  ["first", 2_000, CHANGED, "rebuilt", "restart"],
  ["first", 1_000, PRESSED, "rebuilt", "restart"],
  ["first", 1_000, BUILT, "first", "none"],

  ["doubt", 2_999, connected, "well", "none"],
  ["doubt", 2_999, building, "doubt", "none"],
  ["doubt", 2_999, disconnected, "doubt", "none"],
  ["doubt", 3_000, disconnected, "renewed", "renew"],
  ["doubt", 10, failed, "renewed", "renew"],
  ["doubt", 10, CHANGED, "renewed", "renew"],
  ["doubt", 10, PRESSED, "rebuilt", "restart"],
  ["doubt", 10, BUILT, "rebuilt", "none"],

  ["renewed", 14_999, connected, "well", "none"],
  ["renewed", 14_999, building, "renewed", "none"],
  ["renewed", 14_999, disconnected, "renewed", "none"],
  ["renewed", 14_999, failed, "renewed", "none"],
  ["renewed", 15_000, failed, "rebuilt", "restart"],
  ["renewed", 15_000, disconnected, "rebuilt", "restart"],
  ["renewed", 1_999, CHANGED, "renewed", "none"],
  ["renewed", 2_000, CHANGED, "renewed", "renew"],
  ["renewed", 10, PRESSED, "rebuilt", "restart"],
  ["renewed", 10, BUILT, "rebuilt", "none"],

  ["rebuilt", 7_999, connected, "well", "none"],
  ["rebuilt", 7_999, building, "rebuilt", "none"],
  ["rebuilt", 8_000, building, "pause", "none"],
  ["rebuilt", 7_999, disconnected, "rebuilt", "none"],
  ["rebuilt", 1_999, failed, "rebuilt", "none"],
  ["rebuilt", 2_000, failed, "pause", "none"],
  ["rebuilt", 1_999, CHANGED, "rebuilt", "none"],
  ["rebuilt", 2_000, CHANGED, "rebuilt", "restart"],
  ["rebuilt", 10, PRESSED, "rebuilt", "restart"],
  ["rebuilt", 10, BUILT, "rebuilt", "none"],

  ["pause", 299, connected, "well", "none"],
  ["pause", 299, building, "pause", "none"],
  ["pause", 300, building, "rebuilt", "restart"],
  ["pause", 299, disconnected, "pause", "none"],
  ["pause", 300, failed, "rebuilt", "restart"],
  ["pause", 1_999, CHANGED, "pause", "none"],
  ["pause", 2_000, CHANGED, "rebuilt", "restart"],
  ["pause", 10, PRESSED, "rebuilt", "restart"],
  ["pause", 10, BUILT, "rebuilt", "none"],
];

test.each(TABLE)("%s for %i ms and %j: %s, %s", (rung, ago, event, after, remedy) => {
  const next = recover(on(rung, ago), event, up);

  expect([next.recovery.rung, next.remedy]).toEqual([after, remedy]);
});

test("the table has every rung by every event", () => {
  const kinds = (event: RecoveryEvent) =>
    event.type === "look" ? `look ${event.connection}` : event.type;
  const rows = new Set(TABLE.map(([rung, , event]) => `${rung}: ${kinds(event)}`));

  expect(rows.size).toBe(6 * 7);
});

/** Plays a life of a connection by a clock of its own; gives each remedy with its second. */
function play(until: number, at: (second: number) => { connection: Connection; lineUp?: boolean }) {
  let recovery: Recovery = HEALTHY;
  const done: Array<readonly [number, Remedy]> = [];
  for (let ms = 0; ms <= until * 1000; ms += 500) {
    const { connection, lineUp = true } = at(ms / 1000);
    const next = recover(recovery, look(connection), { lineUp, nowMs: ms, random: 0 });
    recovery = next.recovery;
    if (next.remedy !== "none") done.push([ms / 1000, next.remedy]);
    if (next.remedy === "restart") {
      recovery = recover(recovery, BUILT, { lineUp, nowMs: ms, random: 0 }).recovery;
    }
  }
  return { done, recovery };
}

describe("a life", () => {
  test("a short hiccup is left alone but for a look at the line", () => {
    const { done, recovery } = play(10, (s) => ({
      connection: s >= 1 && s < 3.5 ? "disconnected" : "connected",
    }));
    expect(done).toEqual([[1, "probe"]]);
    expect(recovery).toEqual(HEALTHY);
  });

  test("routes after three seconds, a new connection fifteen later, then again and again", () => {
    const { done } = play(70, (s) => ({ connection: s === 0 ? "connected" : "disconnected" }));
    expect(done).toEqual([
      [0.5, "probe"],
      [3.5, "renew"],
      [18.5, "restart"],
      [27, "restart"],
      [36.5, "restart"],
      [47.5, "restart"],
      [60.5, "restart"],
    ]);
  });

  test("what was due while the line was down is done when it is back, once", () => {
    const { done } = play(12, (s) => ({
      connection: s === 0 ? "connected" : "failed",
      lineUp: s >= 9,
    }));
    expect(done).toEqual([[9, "renew"]]);
  });

  test("after a long time without a line a new connection is made, not both", () => {
    const { done } = play(31, (s) => ({
      connection: s === 0 ? "connected" : s > 25 ? "building" : "failed",
      lineUp: s >= 25,
    }));
    expect(done).toEqual([[25, "restart"]]);
  });
});

test("a network that changed while the line was down is renewed although it seems connected", () => {
  const down = { ...up, lineUp: false };
  const owing = recover(HEALTHY, CHANGED, down).recovery;
  const looked = recover(owing, connected, down);

  expect(looked.remedy).toBe("none");
  expect(recover(looked.recovery, connected, up).remedy).toBe("renew");
});

test("a connection that came back owes no new one", () => {
  const owing = recover(on("pause", 5_000), failed, { ...up, lineUp: false }).recovery;
  const back = recover(owing, connected, { ...up, lineUp: false }).recovery;

  expect(owing.owed).toBe("restart");
  expect(recover(back, connected, up).remedy).toBe("none");
});

test("pauses get longer, and never the same on two pages", () => {
  const waits = [1, 2, 3, 4, 5, 9].map((attempts) => {
    const tired = { ...on("rebuilt", 8_000), attempts };
    return recover(tired, failed, { ...up, random: 0.5 }).recovery.due - NOW;
  });
  expect(waits).toEqual([550, 1_450, 2_950, 5_050, 7_250, 7_250]);
});

test.each([
  ["well", 0, "nothing"],
  ["doubt", 2_000, "nothing"],
  ["renewed", 14_000, "nothing"],
  ["rebuilt", 1_000, "again"],
  ["pause", 1_000, "again"],
  ["renewed", 60_000, "phone"],
  ["pause", 60_000, "phone"],
] as const)("on %s for %i ms a person is told %s", (rung, ago, words) => {
  expect(told(on(rung, ago), NOW)).toBe(words);
});

test("seconds are counted down only while one waits", () => {
  expect(secondsLeft({ ...on("pause", 0), due: NOW + 2_100 }, NOW)).toBe(3);
  expect(secondsLeft({ ...on("pause", 0), due: NOW - 5 }, NOW)).toBe(0);
  expect(secondsLeft(on("rebuilt", 0), NOW)).toBeNull();
});

test("a jump of the clock is sleep, a slow browser is not", () => {
  expect(slept(0, 7_999)).toBe(false);
  expect(slept(0, 8_000)).toBe(true);
});

test.each([
  ["connected", "connected", "connected"],
  ["connected", "completed", "connected"],
  ["failed", "disconnected", "failed"],
  ["connected", "failed", "failed"],
  ["disconnected", "disconnected", "disconnected"],
  ["connected", "disconnected", "disconnected"],
  ["new", "new", "building"],
  ["connecting", "checking", "building"],
] as const)("connection %s with ice %s is %s", (connection, ice, word) => {
  expect(connectionOf(connection, ice)).toBe(word);
});
