// The rules of the handbook's call.md 3.3 (iPhone and Safari), one row a rule.

import { expect, test } from "vitest";
import { surroundings } from "./classify";
import {
  afterEnd,
  afterRefusedPlay,
  choosesLoudspeaker,
  isShownAgain,
  isTaken,
  isWebKit,
  letsGoFirst,
  preferredCodecs,
} from "./webkit";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15";
const SAFARI = { os: "ios", browser: "safari" } as const;
const CHROME = { os: "windows", browser: "chrome" } as const;

test.each([
  ["Safari on an iPhone", `${IPHONE} Version/18.0 Mobile/15E148 Safari/604.1`, 5, true],
  ["Chrome on an iPhone", `${IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1`, 5, true],
  ["Firefox on an iPhone", `${IPHONE} FxiOS/140.0 Mobile/15E148 Safari/604.1`, 5, true],
  ["Edge on an iPhone", `${IPHONE} EdgiOS/140.0 Mobile/15E148 Safari/604.1`, 5, true],
  ["a mail app on an iPhone", `${IPHONE} Mobile/15E148`, 5, true],
  ["an iPad that calls itself a Mac", `${MAC} Version/18.0 Safari/605.1.15`, 5, true],
  ["Safari on a Mac", `${MAC} Version/18.0 Safari/605.1.15`, 0, true],
  ["Chrome on a Mac", `${MAC} Chrome/140.0 Safari/537.36`, 0, false],
  ["Firefox on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Firefox/140.0", 0, false],
  ["Chrome on Android", "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36", 5, false],
])("the list of checks belongs to the system, not to the name: %s", (_, agent, fingers, webKit) => {
  expect(isWebKit(surroundings(agent, fingers))).toBe(webKit);
});

test.each([
  ["in a mail app", `${IPHONE} Mobile/15E148`, "in_app"],
  ["in Facebook", `${IPHONE} Mobile/15E148 Safari/604.1 [FBAN/FBIOS]`, "in_app"],
  ["in Instagram", `${IPHONE} Mobile/15E148 Instagram 340.0`, "in_app"],
  ["in the app of Google", `${IPHONE} GSA/340.0 Mobile/15E148 Safari/604.1`, "in_app"],
  ["in Line", `${IPHONE} Mobile/15E148 Safari/604.1 Line/14.0`, "in_app"],
  ["in Safari itself", `${IPHONE} Version/18.0 Mobile/15E148 Safari/604.1`, "safari"],
])("a page inside another app on an iPhone is known: %s", (_, agent, browser) => {
  expect(surroundings(agent, 5)).toEqual({ os: "ios", browser });
});

test.each([
  ["sound without a press is refused", "NotAllowedError", "play_muted_and_offer_sound"],
  ["another stream came in between", "AbortError", "nothing"],
] as const)("muted autoplay: %s", (_, error, then) => {
  expect(afterRefusedPlay(error)).toBe(then);
});

test.each([
  ["a blink", { ended: false, muted: true, mutedMs: 4_999 }, false],
  ["a phone call", { ended: false, muted: true, mutedMs: 5_000 }, true],
  ["over again", { ended: false, muted: false, mutedMs: 0 }, false],
  ["ended by the system", { ended: true, muted: false, mutedMs: 0 }, true],
])("a mute counts as an interruption from five seconds on: %s", (_, track, taken) => {
  expect(isTaken(track)).toBe(taken);
});

test.each([
  ["in view, it is asked for at once", SAFARI, false, "ask"],
  ["behind a lock screen, at the return", SAFARI, true, "wait"],
  ["in another tab of a laptop, at once", CHROME, true, "ask"],
] as const)("a track that ended is asked for again: %s", (_, engine, hidden, then) => {
  expect(afterEnd(engine, hidden)).toBe(then);
});

test.each([
  ["an iPhone has one capture at a time", "ios", true],
  ["a laptop keeps the old one until the new one lives", "windows", false],
] as const)("asked again: %s", (_, os, first) => {
  expect(letsGoFirst({ os })).toBe(first);
});

test.each([
  ["on an iPhone always", SAFARI, false, true],
  ["elsewhere what plays is left alone", CHROME, false, false],
  ["elsewhere what was paused plays again", CHROME, true, true],
])("back on the page the other's picture is put in again: %s", (_, engine, paused, again) => {
  expect(isShownAgain(engine, paused)).toBe(again);
});

test.each([
  ["an iPhone has no setSinkId", false, 2, false],
  ["one loudspeaker is no choice", true, 1, false],
  ["two are", true, 2, true],
])("a choice of loudspeaker: %s", (_, has, found, offered) => {
  expect(choosesLoudspeaker(has, found)).toBe(offered);
});

const codecs = (...names: string[]) => names.map((name) => ({ mimeType: `video/${name}` }));

test.each([
  ["Safari's own order", ["H264", "H265", "AV1", "VP8", "VP9"], "VP8 H264 H265 AV1 VP9"],
  ["repair stays behind", ["H264", "rtx", "VP8", "red", "ulpfec"], "VP8 H264 rtx red ulpfec"],
  ["two profiles keep their order", ["VP9", "H264", "h264"], "H264 h264 VP9"],
])("VP8 or H.264 first on Safari: %s", (_, found, wanted) => {
  const ordered = preferredCodecs(SAFARI, codecs(...found));

  expect(ordered?.map(({ mimeType }) => mimeType.slice(6)).join(" ")).toBe(wanted);
});

test("a browser that is not WebKit, or has neither codec, keeps its own order", () => {
  expect(preferredCodecs(CHROME, codecs("VP9", "VP8"))).toBeNull();
  expect(preferredCodecs(SAFARI, codecs("AV1", "VP9"))).toBeNull();
  expect(preferredCodecs(SAFARI, [])).toBeNull();
});
