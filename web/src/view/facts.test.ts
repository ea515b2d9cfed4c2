import { expect, test } from "vitest";
import { type Facts, onThisClock } from "./facts";

test.each([0, 5, -7])("a clock that is %i hours off does not move the start", (hours) => {
  const facts = { now: "2027-03-03T13:50:00+00:00" } as Facts;
  const readMs = Date.parse(facts.now) + hours * 3_600_000;

  const startsMs = onThisClock("2027-03-03T14:00:00+00:00", facts, readMs);

  expect(startsMs - readMs).toBe(10 * 60_000);
});
