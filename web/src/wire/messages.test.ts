import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encode, type FromBrowser } from "./messages";
import { parseToBrowser } from "./parse";

interface Named {
  readonly name: string;
  readonly message: Record<string, unknown>;
}

function samples(file: string): Named[] {
  const path = new URL(`../../../tests/data/wire/${file}`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Named[];
}

const toBrowser = samples("to_browser.json").map(({ name, message }) => [name, message] as const);

test.each(toBrowser)("parseToBrowser reads the sample %s", (_, message) => {
  expect(parseToBrowser(JSON.stringify(message))).toEqual(message);
});

test.each(toBrowser)("parseToBrowser refuses %s with a field too many", (_, message) => {
  expect(parseToBrowser(JSON.stringify({ ...message, more: 1 }))).toBeNull();
});

test.each(
  toBrowser.flatMap(([name, message]) =>
    Object.keys(message).map((key) => [name, key, message] as const),
  ),
)("parseToBrowser refuses %s without %s", (_, key, message) => {
  const { [key]: _gone, ...rest } = message;
  expect(parseToBrowser(JSON.stringify(rest))).toBeNull();
});

test.each(
  toBrowser.flatMap(([name, message]) =>
    Object.keys(message).map((key) => [name, key, message] as const),
  ),
)("parseToBrowser refuses %s with another kind of %s", (_, key, message) => {
  expect(parseToBrowser(JSON.stringify({ ...message, [key]: { other: 1 } }))).toBeNull();
});

test.each([
  "",
  "null",
  "[]",
  "7",
  "{",
  '{"type":"toString"}',
  '{"type":"__proto__"}',
  '{"type":"new"}',
])("parseToBrowser refuses %j", (frame) => {
  expect(parseToBrowser(frame)).toBeNull();
});

// Every message that a page sends, by type: a type without a sample does not compile.
const SENT: { readonly [T in FromBrowser["type"]]: readonly string[] } = {
  hello: ["camera", "live", "microphone", "ticket", "verdict"],
  resume: ["camera", "epoch", "live", "microphone", "seat_token", "verdict"],
  camera: ["live", "verdict"],
  admit: [],
  take_over: [],
  description: ["description", "epoch"],
  candidate: ["candidate", "epoch"],
  media: ["camera", "microphone"],
  attest: ["frames", "reason", "seen"],
  restart: ["epoch"],
  renew_ice: [],
  trouble: ["cause"],
  quality: ["height", "kbps", "lost", "relay", "rtt_ms", "width"],
  leave: [],
  ping: ["n"],
};

test("the samples from the browser have the types and fields that this page sends", () => {
  const fields = new Map<string, string[]>();
  for (const { message } of samples("from_browser.json")) {
    const { type, ...rest } = message;
    fields.set(String(type), Object.keys(rest).sort());
  }

  expect(Object.fromEntries(fields)).toEqual(SENT);
});

test("encode writes a message as one JSON object", () => {
  expect(encode({ type: "ping", n: 3 })).toBe('{"type":"ping","n":3}');
});
