import { expect, test } from "vitest";
import { type Hearing, hear, isTrouble } from "./hearing";
import { type Limits, SHIPPED } from "./limits";

/** Counts every 5 s, each with so many packets received and lost since the one before. */
function minute(...counts: readonly Count[]): boolean[] {
  return minuteWith(SHIPPED, ...counts);
}

type Count = readonly [received: number, lost: number];

function minuteWith(limits: Limits, ...counts: readonly Count[]): boolean[] {
  let hearing: Hearing | null = hear(null, { received: 100, lost: 3 }, 0, limits);
  return counts.map(([received, lost], index) => {
    const { sound } = hearing as Hearing;
    const next = { received: sound.received + received, lost: sound.lost + lost };
    hearing = hear(hearing, next, (index + 1) * 5_000, limits);
    return isTrouble(hearing, limits);
  });
}

const BAD = [190, 60] as const;
const GOOD = [200, 50] as const;

test("a minute in which over a fifth is lost all the time is trouble", () => {
  const found = minute(...Array(12).fill(BAD));
  expect(found.slice(0, 11)).toEqual(Array(11).fill(false));
  expect(found[11]).toBe(true);
});

test("exactly a fifth is none, and a good moment begins the minute anew", () => {
  expect(minute(...Array(20).fill(GOOD))).not.toContain(true);
  expect(minute(...Array(11).fill(BAD), GOOD, ...Array(11).fill(BAD))).not.toContain(true);
});

test("silence and repaired losses are no trouble", () => {
  expect(minute(...Array(20).fill([0, 0]))).not.toContain(true);
  expect(minute(...Array(20).fill([200, -1]))).not.toContain(true);
});

test("the share and the time that the organisation set decide what is trouble", () => {
  const limits = { ...SHIPPED, audio_loss_percent: 10, audio_loss_seconds: 10 };
  expect(minuteWith(limits, GOOD, GOOD, GOOD)).toEqual([false, true, true]);
  const patient = { ...SHIPPED, audio_loss_percent: 30 };
  expect(minuteWith(patient, ...Array(20).fill(BAD))).not.toContain(true);
});
