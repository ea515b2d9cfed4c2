import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { START } from "../call/talk.play";
import { opened, type TalkState } from "../call/talk-state";
import type { Engine } from "../call/webkit";
import { GuideCall, type GuideCallParts, isAlone } from "./call";
import type { TicketAnswer } from "./facts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", new URL("https://house.example/practice"));
  vi.stubGlobal("WebSocket", Silent);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A line on which nobody ever says anything. */
class Silent {
  close() {}
}

/** A camera and a microphone that go on by themselves. */
const [CAMERA, MICROPHONE] = ["video", "audio"].map((kind) => ({ kind, stop: () => undefined }));
const STREAM = {
  getTracks: () => [CAMERA, MICROPHONE],
  getVideoTracks: () => [CAMERA],
  getAudioTracks: () => [MICROPHONE],
} as unknown as MediaStream;
const chosen = () => ({ camera: "", microphone: "" });

const FRESH = opened("candidate", false);
const GUIDE = { name: "Guide", present: true, camera: true, microphone: true };

test.each<[string, Partial<TalkState>, boolean]>([
  ["before the talk", { stage: "check" }, false],
  ["in the waiting room, before anybody said who is there", { stage: "waiting" }, true],
  ["in the waiting room with the guide", { stage: "waiting", other: GUIDE }, false],
  ["in the talk with the guide", { stage: "talk", other: GUIDE }, false],
  ["in the talk when the guide fell out", { stage: "talk", other: away() }, true],
  ["in the talk when the guide hung up", { stage: "talk", other: GUIDE, otherLeft: true }, true],
  ["after the talk", { stage: "end", other: away() }, false],
])("%s", (_when, state, alone) => {
  expect(isAlone({ ...FRESH, ...state })).toBe(alone);
});

function away() {
  return { ...GUIDE, present: false };
}

/** A page in the waiting room; counts how often a guide was asked, and what the page was told. */
async function waiting(around: Partial<Engine> = {}) {
  let asked = 0;
  const told: boolean[] = [];
  const parts = {
    media: { devices: { getUserMedia: async () => STREAM }, nowMs: () => 0, chosen, ...around },
    picture: () => null,
    heard: {},
    unseen: false,
    ask: async (): Promise<TicketAnswer> => {
      asked += 1;
      return { kind: "ticket", ticket: "t" };
    },
    onState: () => undefined,
    onCall: () => undefined,
    onQueue: () => undefined,
    onOld: () => undefined,
    onAlone: (alone: boolean) => told.push(alone),
    onOwnStream: () => undefined,
    onOtherStream: () => undefined,
    onChime: () => undefined,
    onPeer: () => undefined,
    onOtherScreen: () => undefined,
  } as unknown as GuideCallParts;
  const call = new GuideCall(parts);
  call.turnOn();
  await vi.advanceTimersByTimeAsync(0);
  call.session.happened({ type: "enter" });
  return { call, told, asked: () => asked };
}

test("who waits with nobody is told so, and a guide is asked for every ten seconds", async () => {
  const { call, told, asked } = await waiting();
  expect(call.session.state.stage).toBe("waiting");

  await vi.advanceTimersByTimeAsync(9_000);
  expect(told).toEqual([]);
  const before = asked();
  await vi.advanceTimersByTimeAsync(21_000);
  expect(told).toEqual([true, true, true]);
  expect(asked() - before).toBeGreaterThanOrEqual(3);

  call.hangUp();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([true, true, true, false]);
});

test("on a Safari the guide is answered in VP8 or H.264 first, as in any talk", async () => {
  const codecs = ["video/AV1", "video/H264", "video/VP8"].map((mimeType) => ({ mimeType }));
  const ordered: string[][] = [];
  const sender = { track: { kind: "video" }, getParameters: () => ({}) };
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => ({ codecs }) });
  vi.stubGlobal(
    "RTCPeerConnection",
    class extends EventTarget {
      createDataChannel = () => ({});
      addTrack = () => sender;
      getSenders = () => [sender];
      getTransceivers = () => [
        {
          sender,
          setCodecPreferences: (given: typeof codecs) =>
            ordered.push(given.map(({ mimeType }) => mimeType)),
        },
      ];
      close() {}
    },
  );
  const { call } = await waiting({ os: "macos", browser: "safari" });
  await vi.advanceTimersByTimeAsync(0);

  call.session.happened({ type: "server", message: START });

  expect(ordered).toEqual([["video/VP8", "video/H264", "video/AV1"]]);
  call.hangUp();
});
