import { expect, test } from "vitest";
import type { Doubt } from "../call/selfsight";
import { BEGIN, isRedrawn, report, type TestEvent, take } from "./steps";

const live: TestEvent = { type: "live", camera: true };
const soundAlone: TestEvent = { type: "live", camera: false };
const yes: TestEvent = { type: "answer", yes: true, measured: null };
const no: TestEvent = { type: "answer", yes: false, measured: null };
const yesBut = (measured: Doubt): TestEvent => ({ type: "answer", yes: true, measured });
const line = (verdict: "NO_SOCKET" | "NO_ROUTE" | null): TestEvent => ({ type: "line", verdict });

const after = (...events: TestEvent[]) => events.reduce(take, BEGIN);

test("three times yes and a good line is a pass", () => {
  const state = after(live, yes, yes, yes, line(null));

  expect(state).toEqual({ stage: "passed", verdict: null });
  expect(report(state)).toBe("");
});

test.each<[string, TestEvent[], string]>([
  ["no picture, says the person", [live, no], "NOT_SEEN"],
  ["a black picture, whatever the person says", [live, yesBut("BLACK")], "BLACK"],
  ["a picture that stands still", [live, yesBut("FROZEN")], "FROZEN"],
  ["the bar does not move", [live, yes, no], "SILENT"],
  ["a muted microphone", [live, yes, yesBut("MUTED")], "MUTED"],
  ["no tones", [live, yes, yes, no], "NOT_HEARD"],
  ["no way to the server", [live, yes, yes, yes, line("NO_SOCKET")], "NO_SOCKET"],
  ["no way for the picture", [live, yes, yes, yes, line("NO_ROUTE")], "NO_ROUTE"],
])("%s", (_, events, verdict) => {
  const state = after(...events);

  expect(state).toEqual({ stage: "failed", verdict });
  expect(report(state)).toBe(verdict);
});

test("whoever takes part without a camera is asked about the sound alone", () => {
  expect(after(soundAlone).stage).toBe("speak");
  expect(after(soundAlone, yes, yes, line(null)).stage).toBe("passed");
});

test("nobody has to speak while the question is about the picture", () => {
  expect(after(live, yesBut("SILENT")).stage).toBe("speak");
  expect(after(live, yes, yesBut("BLACK")).stage).toBe("hear");
});

test("a camera that is refused leads to help, is told, and goes on when it is solved", () => {
  const refused = after({ type: "media_failed", verdict: "BROWSER_BLOCKED" });

  expect(refused.stage).toBe("help");
  expect(report(refused)).toBe("BROWSER_BLOCKED");
  expect(take(refused, live).stage).toBe("see");
});

test("a second verdict after a box that was sent away gets its own help, and is told", () => {
  const dismissed = after({ type: "media_failed", verdict: "DISMISSED" });
  const busy = take(dismissed, { type: "media_failed", verdict: "BUSY" });

  expect(isRedrawn(dismissed, busy)).toBe(true);
  expect([report(dismissed), report(busy)]).toEqual(["DISMISSED", "BUSY"]);
  expect(isRedrawn(busy, take(busy, { type: "media_failed", verdict: "BUSY" }))).toBe(false);
});

test("an answer that comes late, or another stream, does not throw anybody back", () => {
  expect(after(live, yes, live).stage).toBe("speak");
  expect(after(live, yes, yes, yes, line(null), yes).stage).toBe("passed");
  expect(after(live, yes, line("NO_ROUTE")).stage).toBe("speak");
  const lost: TestEvent = { type: "media_failed", verdict: "LOST" };
  expect(after(live, yes, yes, yes, line(null), lost).stage).toBe("passed");
});

test("again begins anew", () => {
  expect(after(live, no, { type: "again" })).toEqual(BEGIN);
});
