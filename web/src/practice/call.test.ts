import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { opened, type TalkState } from "../call/talk-state";
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
async function waiting() {
  let asked = 0;
  const told: boolean[] = [];
  const parts = {
    media: { devices: {}, nowMs: () => 0 },
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
  call.session.happened({ type: "media_live" });
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
