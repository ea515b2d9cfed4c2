import { describe, expect, test } from "vitest";
import {
  blank,
  correction,
  heardLine,
  heardTyping,
  NOTHING_WRITTEN,
  pinned,
  problemOf,
  read,
  said,
  type Writing,
} from "./lines";
import { LONGEST_TEXT } from "./notes";

function typed(...texts: string[]): Writing {
  let shown = "";
  let writing = NOTHING_WRITTEN;
  for (const text of texts) {
    const change = correction(shown, text);
    if (change !== null) writing = heardTyping(writing, change.keep, change.text);
    shown = text;
  }
  return writing;
}

describe("letter by letter", () => {
  test("shows every letter and takes back what was taken back", () => {
    expect(typed("h", "hu", "hul", "hu", "ho", "hoi").theirs).toBe("hoi");
    expect(correction("hul", "hu")).toEqual({ keep: 2, text: "" });
    expect(correction("hoi dag", "hoi, dag")).toEqual({ keep: 3, text: ", dag" });
    expect(correction("hoi", "hoi")).toBeNull();
  });

  test("random edits always end in the same text on both sides", () => {
    let seed = 7;
    const random = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    let text = "";
    let shown = NOTHING_WRITTEN;
    for (let edit = 0; edit < 2_000; edit += 1) {
      const at = random(text.length + 1);
      const after = text.slice(0, at) + "ab. ?é👍".slice(0, random(8)) + text.slice(at + random(5));
      const change = correction(text, after.slice(0, 300));
      if (change !== null) shown = heardTyping(shown, change.keep, change.text);
      text = after.slice(0, 300);
      expect(shown.theirs).toBe(text);
    }
  });

  test("reads only whole sentences aloud, each once", () => {
    const half = typed("Dag. Ik heb een vr");
    expect(half.say).toBe("Dag.");
    const whole = heardTyping(half, half.theirs.length, "aag.");
    expect(whole.say).toBe("Ik heb een vraag.");
    expect(heardLine(whole, 1, "Dag. Ik heb een vraag. Mag dat").say).toBe("Mag dat");
  });

  test("does not end a sentence in the middle of a number or an address", () => {
    expect(typed("Om 9.3").say).toBe("");
  });

  test("never grows over the limit, whatever the other page says", () => {
    const long = heardTyping(NOTHING_WRITTEN, 9_999, "a".repeat(LONGEST_TEXT));
    expect(heardTyping(long, LONGEST_TEXT, "b".repeat(LONGEST_TEXT)).theirs).toHaveLength(
      LONGEST_TEXT,
    );
  });
});

describe("lines", () => {
  test("tell own and other's apart and count what was not read", () => {
    const both = heardLine(said(NOTHING_WRITTEN, "een"), 1, "twee");
    expect(both.lines.map(({ mine, text }) => [mine, text])).toEqual([
      [true, "een"],
      [false, "twee"],
    ]);
    expect(both.unread).toBe(1);
    expect(read(both).unread).toBe(0);
  });

  test("that come again after a break are shown once", () => {
    const once = read(heardLine(said(NOTHING_WRITTEN, "een"), 1, "twee"));
    expect(heardLine(once, 1, "twee")).toBe(once);
    expect(heardLine(once, 2, "drie").lines).toHaveLength(3);
  });

  test("begin at another number on each page, however many follow", () => {
    const seed = 0.999_999_999_999_999_9;
    expect(blank(() => 0).nextId).toBe(1);
    expect(blank(() => 0.5).nextId).not.toBe(blank(() => 0.25).nextId);
    expect(Number.isSafeInteger(blank(() => seed).nextId + 1_000_000)).toBe(true);
  });

  test("end what was being written, and keep at most 200", () => {
    let writing = typed("half");
    for (let id = 0; id < 300; id += 1) writing = heardLine(writing, id, `regel ${id}`);
    expect(writing.theirs).toBe("");
    expect(writing.lines).toHaveLength(200);
    expect(writing.lines.at(-1)?.text).toBe("regel 299");
  });

  test.each([
    ["", "empty"],
    [" \n", "empty"],
    ["a".repeat(LONGEST_TEXT + 1), "long"],
    ["a".repeat(1_000_000), "long"],
    ["hoi", null],
  ])("are refused with a reason when they cannot be sent (%#)", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  test("are kept only when both want it", () => {
    const line = said(NOTHING_WRITTEN, "Dinsdag bel ik het bedrijf");
    const pin = (writing: Writing) => writing.lines[0]?.pin;
    const mine = pinned(line, true, 1, true);
    expect(pin(mine)).toBe("mine");
    expect(pin(pinned(mine, true, 1, true))).toBe("mine");
    expect(pin(pinned(mine, false, 1, false))).toBe("mine");
    expect(pin(pinned(mine, true, 1, false))).toBe("both");
  });
});
