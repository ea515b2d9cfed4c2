import { describe, expect, test } from "vitest";
import { HEARD, LONGEST_TEXT, type Note, readNote, SAID, take } from "./notes";

const HEX = "a".repeat(64);
const GOOD: Note[] = [
  { type: "commit", commit: HEX },
  { type: "reveal", nonce: HEX },
  { type: "line", id: 1, text: "<b>hoi</b>" },
  { type: "typing", keep: 0, text: "" },
  { type: "pin", mine: true, id: 3 },
  { type: "screen", word: "ask", round: 1 },
];

describe("readNote", () => {
  test.each(GOOD)("takes $type as it was sent", (note) => {
    expect(readNote(JSON.stringify(note))).toEqual(note);
  });

  test.each([
    "",
    "null",
    "[]",
    "{",
    '{"type":"eval"}',
    '{"type":"line","id":1,"text":""}',
    '{"type":"line","id":-1,"text":"a"}',
    '{"type":"line","id":1.5,"text":"a"}',
    '{"type":"line","id":1,"text":{"a":1}}',
    '{"type":"typing","keep":"0","text":"a"}',
    '{"type":"screen","word":"grab","round":1}',
    '{"type":"screen","word":"ask"}',
    '{"type":"pin","mine":1,"id":1}',
    `{"type":"commit","commit":"${"A".repeat(64)}"}`,
    `{"type":"reveal","nonce":"${"a".repeat(63)}"}`,
  ])("drops %s", (frame) => {
    expect(readNote(frame)).toBeNull();
  });

  test("drops a text over the limit, a megabyte, and bytes", () => {
    const line = (length: number) =>
      JSON.stringify({ type: "line", id: 1, text: "a".repeat(length) });
    expect(readNote(line(LONGEST_TEXT))).not.toBeNull();
    expect(readNote(line(LONGEST_TEXT + 1))).toBeNull();
    expect(readNote(line(1_000_000))).toBeNull();
    expect(readNote(new ArrayBuffer(8))).toBeNull();
  });
});

describe("take", () => {
  test("lets somebody who types live through, all day", () => {
    let left = take(null, HEARD, 0);
    for (let at = 200; at < 600_000 && left !== null; at += 200) left = take(left, HEARD, at);
    expect(left).not.toBeNull();
  });

  test("stops a flood after the burst, and lets on again later", () => {
    let left = take(null, SAID, 0);
    let sent = 0;
    for (let more = left; more !== null; more = take(more, SAID, 10)) {
      left = more;
      sent += 1;
    }
    expect(sent).toBe(SAID.burst);
    expect(take(left, SAID, 5_000)).not.toBeNull();
  });
});
