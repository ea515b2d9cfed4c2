import { expect, test } from "vitest";
import type { FromBrowser, StartJitsi } from "../wire/messages";
import { type JitsiEvent, type JitsiFrame, JitsiTalk, jitsiConfig } from "./jitsi";
import { step } from "./talk";
import { opened, type TalkEvent } from "./talk-state";

const START: StartJitsi = {
  type: "start_jitsi",
  epoch: 3,
  host: "meet.example.nl",
  room: "6f9619ff8b86d011b42d00c04fc964ff",
  token: "a.b.c",
  direct: true,
};

/** A room of Jitsi whose events the test sends. */
function room() {
  const hears = new Map<JitsiEvent, (what: unknown) => void>();
  const sent: FromBrowser[] = [];
  const happened: TalkEvent[] = [];
  let disposed = 0;
  let due = () => {};
  const frame: JitsiFrame = {
    on: (name, hear) => void hears.set(name, hear),
    dispose: () => {
      disposed += 1;
    },
  };
  const talk = new JitsiTalk({
    start: START,
    meet: () => frame,
    send: (message) => sent.push(message) > 0,
    happened: (event) => void happened.push(event),
    repeat: (run) => {
      due = run;
      return 1;
    },
    never: () => {
      due = () => {};
    },
  });
  const tells = (name: JitsiEvent, what: unknown = {}) => hears.get(name)?.(what);
  return { talk, sent, happened, tells, disposed: () => disposed, tenSeconds: () => due() };
}

const attest = (seen: boolean) => ({
  type: "attest",
  seen,
  reason: seen ? null : "no_frames",
  frames: 0,
});

test("two in the room are together, and each says so every ten seconds", () => {
  const { sent, happened, tells, tenSeconds } = room();

  tenSeconds();
  expect(sent).toEqual([]);
  tells("videoConferenceJoined");
  tells("participantJoined", { id: "one" });
  tenSeconds();

  expect(sent).toEqual([attest(false), attest(true), attest(true)]);
  expect(happened.at(-1)).toEqual({ type: "connection", connected: true });
});

test("a ghost beside the other does not hide that the other left", () => {
  const { happened, tells } = room();
  tells("videoConferenceJoined");
  tells("participantJoined", { id: "ghost" });
  tells("participantJoined", { id: "one" });
  tells("participantLeft", { id: "ghost" });
  expect(happened.at(-1)).toEqual({ type: "connection", connected: true });

  tells("participantLeft", { id: "one" });
  expect(happened.at(-1)).toEqual({ type: "connection", connected: false });
});

test("hanging up in Jitsi leaves the talk", () => {
  const { happened, tells } = room();
  tells("readyToClose");
  expect(happened).toEqual([{ type: "leave" }]);
});

test.each([
  [{ error: { isFatal: true, name: "conference.connectionError" } }, 1],
  [{ isFatal: true }, 1],
  [{ error: { isFatal: false } }, 0],
  [null, 0],
  ["rubbish", 0],
])("after %j the room begins anew %i times, with a fresh token", (what, times) => {
  const { sent, tells } = room();
  tells("errorOccurred", what);
  expect(sent.filter(({ type }) => type === "restart")).toHaveLength(times);
});

test("a talk that stops takes the frame away and says nothing more", () => {
  const { talk, sent, tells, disposed, tenSeconds } = room();
  tells("videoConferenceJoined");
  const before = sent.length;
  talk.stop();
  tenSeconds();
  expect(disposed()).toBe(1);
  expect(sent).toHaveLength(before);
});

test("where Jitsi cannot be loaded the talk fails by name, so that help comes", () => {
  const happened: TalkEvent[] = [];
  new JitsiTalk({
    start: START,
    meet: () => null,
    send: () => true,
    happened: (event) => void happened.push(event),
    repeat: () => 1,
    never: () => undefined,
  });
  expect(happened).toEqual([{ type: "trouble_found", cause: "network" }]);
});

test("a start in Jitsi shows the talk and opens the room, not a connection of our own", () => {
  const before = { ...opened("candidate"), live: true, entered: true, stage: "waiting" } as const;
  const { state, effects } = step(before, { type: "server", message: START });
  expect(state.stage).toBe("talk");
  expect(state.epoch).toBe(3);
  expect(effects.map((effect) => effect.do)).toEqual(["start_jitsi", "wait"]);
});

test("an address that is hidden never goes past the bridge", () => {
  expect(jitsiConfig(false)).toMatchObject({ p2p: { enabled: false } });
  expect(jitsiConfig(true)).toMatchObject({ p2p: { enabled: true } });
});
