import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { titleBlinker } from "./bell";

const page = { title: "Gesprek" };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the title of the coach's tab blinks while the candidate knocks, and is quiet after", () => {
  const blink = titleBlinker("Sem staat klaar");
  blink(true);
  const seen = [page.title];
  for (let i = 0; i < 3; i += 1) {
    vi.advanceTimersByTime(1_000);
    blink(true);
    seen.push(page.title);
  }
  expect(seen).toEqual(["Sem staat klaar", "Gesprek", "Sem staat klaar", "Gesprek"]);

  vi.advanceTimersByTime(1_000);
  blink(false);
  vi.advanceTimersByTime(5_000);
  expect(page.title).toBe("Gesprek");
});
