import { expect, test } from "vitest";
import type { Summary } from "../wire/messages";
import { ALL_GOOD, type Quality, QualityCare } from "./quality";
import {
  atTop,
  climb,
  encodingOf,
  givesUp,
  type Ladder,
  type Room,
  SIZES,
  STILL,
} from "./quality-ladder";
import { shape } from "./quality-sdp";
import { type Counts, count } from "./quality-stats";
import { FINE, levelOf, type Stretch, show } from "./quality-words";

const room = (kbps: number | null, more: Partial<Room> = {}): Room => ({
  kbps,
  limited: false,
  lost: 0,
  ...more,
});

/** The step of each second of a line that carries what `at` says. */
function steps(seconds: number, at: (second: number) => Room, lowData = false): number[] {
  let ladder: Ladder = atTop(0);
  return Array.from({ length: seconds }, (_, second) => {
    ladder = climb(ladder, at(second), lowData, second * 1000);
    return ladder.step;
  });
}
const changes = (all: readonly number[]) => all.filter((step, i) => i === 0 || step !== all[i - 1]);

test("a good line stays at the top", () => {
  expect(changes(steps(120, () => room(2_000)))).toEqual([0]);
});

test("the first seconds are not judged: a browser is finding out", () => {
  expect(changes(steps(60, (s) => room(s < 6 ? 300 : 1_500)))).toEqual([0]);
});

test("a hiccup of two seconds changes nothing", () => {
  expect(changes(steps(60, (s) => room(s === 20 || s === 21 ? 100 : 1_500)))).toEqual([0]);
});

test.each([
  [600, 480, 30],
  [400, 360, 30],
  [260, 240, 30],
  [170, 240, 20],
] as const)("a line of %i kbit/s carries %i lines at %i frames", (kbps, height, frames) => {
  const step = steps(20, () => room(kbps, { limited: true })).at(-1) ?? -1;
  expect(SIZES[step]).toMatchObject({ height, frames });
});

test("resolution goes before frames, and never below 320 by 240 at 20", () => {
  expect(SIZES.map(({ height, frames }) => `${height}/${frames}`)).toEqual([
    "720/30",
    "480/30",
    "360/30",
    "240/30",
    "240/20",
  ]);
});

test("only after ten seconds below 150 kbit/s the picture becomes a still", () => {
  const found = steps(30, (s) => room(s < 10 ? 2_000 : 140, { limited: true }));
  const smallest = found.indexOf(SIZES.length - 1);
  expect(found.indexOf(STILL) - smallest).toBe(11);
});

test("a still tries again, and more seldom each time it does not hold", () => {
  const found = steps(200, () => room(100, { limited: true }));
  const rises = found.flatMap((step, i) => (found[i - 1] === STILL && step < STILL ? [i] : []));
  const waits = rises.slice(1).map((at, i) => at - (rises[i] ?? 0));
  expect(waits.length).toBeGreaterThan(1);
  expect([...waits].sort((a, b) => a - b)).toEqual(waits);
});

test("when there is room again the picture grows one step at a time", () => {
  const found = steps(120, (s) => (s < 30 ? room(200, { limited: true }) : room(1_500)));
  expect(changes(found)).toEqual([0, 4, 3, 2, 1, 0]);
});

test("a larger picture that does not hold is tried half as often", () => {
  const found = steps(150, () => room(290));
  const rises = found.flatMap((step, i) => (step < (found[i - 1] ?? 0) ? [i] : []));
  expect(rises.length).toBeGreaterThan(1);
  expect(rises.length).toBeLessThan(8);
});

test("a browser that says nothing of the line is judged by what was lost", () => {
  expect(steps(20, () => room(null, { lost: 0.2 })).at(-1)).toBeGreaterThan(0);
  expect(changes(steps(60, () => room(null)))).toEqual([0]);
});

test("who is careful with data sends the smallest picture, and no more when there is room", () => {
  expect(changes(steps(60, () => room(3_000), true))).toEqual([SIZES.length - 1]);
});

test("a browser gives up lines by itself, but none below 240", () => {
  expect([0, 2, 3, 4].map(givesUp)).toEqual([
    "maintain-framerate",
    "maintain-framerate",
    "maintain-resolution",
    "maintain-resolution",
  ]);
});

test("an encoding never makes a picture larger, and a still sends none", () => {
  expect(encodingOf(3, 720)).toMatchObject({ scaleResolutionDownBy: 3, maxFramerate: 30 });
  expect(encodingOf(0, 480).scaleResolutionDownBy).toBe(1);
  expect(encodingOf(STILL, 720).active).toBe(false);
});

const fine: Stretch = { lost: 0, packets: 50, rttMs: 40, squeezed: false };

test.each([
  [{}, "good"],
  [{ rttMs: null }, "good"],
  [{ lost: 0.1 }, "weak"],
  [{ lost: 0.3 }, "bad"],
  [{ packets: 9.9 }, "bad"],
  [{ rttMs: 601 }, "weak"],
  [{ rttMs: 1_501 }, "bad"],
  [{ squeezed: true }, "weak"],
] as const)("five seconds with %j are %s", (more, level) => {
  expect(levelOf({ ...fine, ...more })).toBe(level);
});

test("two bad stretches in a row warn, four good ones take it back", () => {
  const bad = { ...fine, lost: 0.5 };
  const levels: string[] = [];
  let shown = FINE;
  for (const stretch of [bad, fine, bad, bad, fine, fine, fine, bad, fine, fine, fine, fine]) {
    shown = show(shown, stretch);
    levels.push(shown.level);
  }
  expect(levels).toEqual([
    ...["good", "good", "good", "bad", "bad", "bad", "bad", "bad", "bad", "bad", "bad"],
    "good",
  ]);
  expect(shown.warnings).toBe(1);
});

const OFFER = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:111 opus/48000/2",
  "FMTP",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:96 VP8/90000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:96 VP8/90000",
  "",
].join("\r\n");
const offer = (fmtp: string) => OFFER.replace("FMTP\r\n", fmtp === "" ? "" : `${fmtp}\r\n`);

test.each([
  ["a=fmtp:111 minptime=10;useinbandfec=1", "a=fmtp:111 minptime=10;useinbandfec=1"],
  ["a=fmtp:111 minptime=10", "a=fmtp:111 minptime=10;useinbandfec=1"],
  ["a=fmtp:111 minptime=10;useinbandfec=0", "a=fmtp:111 minptime=10;useinbandfec=1"],
  ["", "a=fmtp:111 useinbandfec=1"],
])("sound repairs itself: %j becomes %j", (before, after) => {
  expect(shape(offer(before), false)).toBe(offer(after));
});

test("with little data the camera is asked to be small, a shared screen is not", () => {
  const shaped = shape(offer("a=fmtp:111 useinbandfec=1"), true);
  expect(shaped.match(/b=AS:200/g)).toHaveLength(1);
  expect(shaped).toContain("m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:200\r\na=");
  expect(shape(shaped, true)).toBe(shaped);
});

test("count adds what counts and passes over the rest", () => {
  const reports = [
    {
      type: "inbound-rtp",
      kind: "audio",
      packetsReceived: 100,
      packetsLost: 3,
      bytesReceived: 4e3,
    },
    {
      type: "inbound-rtp",
      kind: "video",
      packetsReceived: 900,
      packetsLost: 30,
      bytesReceived: 9e5,
      frameWidth: 640,
      frameHeight: 360,
    },
    { type: "inbound-rtp", kind: "video", frameWidth: 320, frameHeight: 180 },
    { type: "outbound-rtp", kind: "video", qualityLimitationReason: "bandwidth" },
    { type: "remote-inbound-rtp", kind: "video", fractionLost: 0.25 },
    { type: "candidate-pair", nominated: false, availableOutgoingBitrate: 1 },
    {
      type: "candidate-pair",
      nominated: true,
      availableOutgoingBitrate: 5e5,
      currentRoundTripTime: 0.2,
    },
    { type: "codec" },
  ];
  expect(count(reports, 7)).toEqual({
    atMs: 7,
    arrived: 1_000,
    bytes: 904_000,
    received: 100,
    lost: 3,
    rttMs: 200,
    kbps: 500,
    limited: true,
    ownLost: 0.25,
    width: 640,
    height: 360,
    relay: null,
  });
});

/** In the place of a moment: the connection carries nothing. */
const BROKEN = -1;

const pair = (id: string, nominated: boolean, local: string) => ({
  type: "candidate-pair",
  id,
  nominated,
  localCandidateId: local,
  remoteCandidateId: "far",
});
const end = (id: string, candidateType: string) => ({ type: "candidate", id, candidateType });

test.each([
  ["both ends at home", [pair("a", true, "near"), end("near", "host"), end("far", "host")], false],
  ["an own relay", [pair("a", true, "near"), end("near", "relay"), end("far", "srflx")], true],
  ["the other's relay", [pair("a", true, "near"), end("near", "host"), end("far", "relay")], true],
  [
    "the pair that the transport names",
    [
      pair("old", true, "near"),
      pair("new", true, "turned"),
      { type: "transport", selectedCandidatePairId: "new" },
      end("near", "host"),
      end("turned", "relay"),
      end("far", "host"),
    ],
    true,
  ],
  ["no pair yet", [pair("a", false, "near"), end("near", "relay")], null],
  ["ends that are not told", [pair("a", true, "near")], null],
])("count knows a relay: %s", (_, reports, relay) => {
  expect(count(reports, 0).relay).toBe(relay);
});

test("every 15 s a summary says what came since the one before", async () => {
  const { summed } = await cared(31, (s) => ({
    received: 48 * s,
    lost: 2 * s,
    bytes: 10_000 * s,
    rttMs: 83.6,
    width: 640,
    height: 360,
    relay: true,
  }));
  const each = { lost: 40, rtt_ms: 84, kbps: 80, width: 640, height: 360, relay: true };
  expect(summed).toEqual([each, each]);
});

test("a summary of nothing at all says so, and never more than the server takes", async () => {
  const { summed } = await cared(16, (s) => ({ bytes: 1e12 * s, rttMs: 1e9, height: 99_999 }));
  expect(summed).toEqual([
    { lost: 0, rtt_ms: 60_000, kbps: 1_000_000, width: null, height: 8_192, relay: null },
  ]);
  expect((await cared(16, () => ({}))).summed[0]?.kbps).toBe(0);
});

test("a time that the line was broken is in no summary", async () => {
  const { summed } = await cared(30, (s) => (s === 14 ? { atMs: BROKEN } : { bytes: s }));
  expect(summed).toEqual([]);
});

/** A line whose statistics are told second by second. */
function cared(seconds: number, at: (second: number) => Partial<Counts>) {
  let second = 0;
  const told: Quality[] = [];
  const set: number[] = [];
  const summed: Summary[] = [];
  const care = new QualityCare({
    counts: async () => ({ ...count([], second * 1000), ...at(second) }),
    connected: () => at(second).atMs !== BROKEN,
    lowData: () => false,
    onStep: (step) => set.push(step),
    onQuality: (quality) => told.push(quality),
    onSummary: (summary) => summed.push(summary),
    repeat: () => 0,
    never: () => undefined,
    now: () => second * 1000,
  });
  const run = async () => {
    for (; second < seconds; second += 1) await care.look();
    return { told, set, summed };
  };
  return run();
}

test("a good line is never talked about", async () => {
  const { told, set } = await cared(60, (s) => ({ received: 50 * s, kbps: 2_000, rttMs: 30 }));
  expect([told, set]).toEqual([[], []]);
});

test("a line that loses sound is worded with a tip, and no more when it is over", async () => {
  const { told } = await cared(60, (s) => ({
    received: 30 * Math.min(s, 12) + 50 * Math.max(s - 12, 0),
    lost: 20 * Math.min(s, 12),
    kbps: 2_000,
  }));
  expect(told).toEqual([{ level: "bad", tip: 1, still: false }, ALL_GOOD]);
});

test("the own still is told, for the person to know", async () => {
  const { told, set } = await cared(40, (s) => ({ received: 50 * s, kbps: 100, limited: true }));
  expect(set).toContain(STILL);
  expect(told.some(({ still }) => still)).toBe(true);
});
