import { expect, test } from "vitest";
import type { FromBrowser, StartJitsi } from "../wire/messages";
import {
  BrokenRooms,
  devicesOf,
  type JitsiEvent,
  type JitsiFrame,
  JitsiTalk,
  jitsiConfig,
} from "./jitsi";
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

const QUIET = {
  start: START,
  devices: {},
  send: () => true,
  happened: () => undefined,
  failed: () => false,
  broken: new BrokenRooms(),
  repeat: () => 1,
  later: () => 1,
  never: () => undefined,
  now: () => 0,
  random: () => 0.5,
};

/** A room of Jitsi whose events the test sends. */
async function room(broken = new BrokenRooms(), nowMs = 0, failed = false) {
  const hears = new Map<JitsiEvent, (what: unknown) => void>();
  const sent: FromBrowser[] = [];
  const happened: TalkEvent[] = [];
  let disposed = 0;
  let due = () => {};
  const later: Array<{ run: () => void; ms: number }> = [];
  const frame: JitsiFrame = {
    on: (name, hear) => void hears.set(name, hear),
    dispose: () => {
      disposed += 1;
    },
  };
  const talk = new JitsiTalk({
    ...QUIET,
    meet: async () => frame,
    send: (message) => sent.push(message) > 0,
    happened: (event) => void happened.push(event),
    failed: () => failed,
    broken,
    later: (run, ms) => later.push({ run, ms }),
    now: () => nowMs,
    repeat: (run) => {
      due = run;
      return 1;
    },
    never: () => {
      due = () => {};
    },
  });
  const tells = (name: JitsiEvent, what: unknown = {}) => hears.get(name)?.(what);
  await Promise.resolve();
  return { talk, sent, happened, tells, later, disposed: () => disposed, tenSeconds: () => due() };
}

const attest = (seen: boolean) => ({
  type: "attest",
  seen,
  reason: seen ? null : "no_frames",
  frames: 0,
});

test("two in the room are together, and each says so every ten seconds", async () => {
  const { sent, happened, tells, tenSeconds } = await room();

  tenSeconds();
  expect(sent).toEqual([]);
  tells("videoConferenceJoined");
  tells("participantJoined", { id: "one" });
  tenSeconds();

  expect(sent).toEqual([attest(false), attest(true), attest(true)]);
  expect(happened.at(-1)).toEqual({ type: "connection", connected: true });
});

test("a ghost beside the other does not hide that the other left", async () => {
  const { happened, tells } = await room();
  tells("videoConferenceJoined");
  tells("participantJoined", { id: "ghost" });
  tells("participantJoined", { id: "one" });
  tells("participantLeft", { id: "ghost" });
  expect(happened.at(-1)).toEqual({ type: "connection", connected: true });

  tells("participantLeft", { id: "one" });
  expect(happened.at(-1)).toEqual({ type: "connection", connected: false });
});

test("hanging up in Jitsi leaves the talk", async () => {
  const { happened, tells } = await room();
  tells("readyToClose");
  expect(happened).toEqual([{ type: "leave" }]);
});

test.each([
  [{ error: { isFatal: true, name: "conference.connectionError" } }, 1],
  [{ isFatal: true }, 1],
  [{ error: { isFatal: false } }, 0],
  [null, 0],
  ["rubbish", 0],
])("after %j the room begins anew %i times, with a fresh token", async (what, times) => {
  const { sent, tells, later } = await room();
  tells("errorOccurred", what);
  tells("errorOccurred", what);
  for (const { run, ms } of later) {
    expect(ms).toBe(3_500);
    run();
  }
  expect(sent.filter(({ type }) => type === "restart")).toHaveLength(times);
});

test("a talk that stops takes the frame away and says nothing more", async () => {
  const { talk, sent, tells, disposed, tenSeconds } = await room();
  tells("videoConferenceJoined");
  const before = sent.length;
  talk.stop();
  tenSeconds();
  expect(disposed()).toBe(1);
  expect(sent).toHaveLength(before);
});

const FATAL = { error: { isFatal: true } };

test.each(["videoConferenceLeft", "errorOccurred"] as const)(
  "after %s the other is not said to be seen any more",
  async (name) => {
    const { sent, happened, tells, tenSeconds } = await room();
    tells("videoConferenceJoined");
    tells("participantJoined", { id: "one" });
    tells(name, FATAL);
    tenSeconds();
    expect(sent).toEqual([attest(false), attest(true), attest(false)]);
    expect(happened.at(-1)).toEqual({ type: "connection", connected: false });
  },
);

test.each([
  [59_999, [{ type: "trouble_found", cause: "network" }], 0],
  [60_000, [], 1],
])("a room that breaks off %i ms after another fails the talk, or not", async (ms, told, tries) => {
  const broken = new BrokenRooms();
  (await room(broken)).tells("errorOccurred", FATAL);
  const { happened, later, tells } = await room(broken, ms);
  tells("errorOccurred", FATAL);
  expect(happened).toEqual(told);
  expect(later).toHaveLength(tries);
});

test("nothing begins anew while the talk failed", async () => {
  const { sent, tells, later } = await room(new BrokenRooms(), 0, true);
  tells("errorOccurred", FATAL);
  later[0]?.run();
  expect(sent).toEqual([]);
});

test("a frame that opens after the talk stopped is taken away at once", async () => {
  let open: (frame: JitsiFrame) => void = () => undefined;
  let disposed = false;
  const talk = new JitsiTalk({
    ...QUIET,
    meet: () => new Promise((resolve) => (open = resolve)),
  });
  talk.stop();
  open({ on: () => expect.unreachable(), dispose: () => (disposed = true) });
  await expect.poll(() => disposed).toBe(true);
});

test("where Jitsi cannot be loaded the talk fails by name, so that help comes", async () => {
  const happened: TalkEvent[] = [];
  new JitsiTalk({
    ...QUIET,
    meet: async () => null,
    happened: (event) => void happened.push(event),
  });
  await Promise.resolve();
  expect(happened).toEqual([{ type: "trouble_found", cause: "network" }]);
});

test("a start in Jitsi shows the talk and opens the room, not a connection of our own", () => {
  const before = { ...opened("candidate"), live: true, entered: true, stage: "waiting" } as const;
  const { state, effects } = step(before, { type: "server", message: START });
  expect(state.stage).toBe("talk");
  expect(state.epoch).toBe(3);
  expect(effects.map((effect) => effect.do)).toEqual(["start_jitsi", "wait"]);
});

test("Jitsi is told by name which camera and microphone were chosen before it opens", async () => {
  const given: unknown[] = [];
  const devices = devicesOf([
    { kind: "audio", label: "Headset" },
    { kind: "video", label: "" },
  ]);
  new JitsiTalk({
    ...QUIET,
    devices,
    meet: async (_, found) => {
      given.push(found);
      return null;
    },
  });
  expect(given).toEqual([{ audioInput: "Headset" }]);
  expect(devicesOf([{ kind: "video", label: "Front" }])).toEqual({ videoInput: "Front" });
  expect(devicesOf([])).toEqual({});
});

test("an address that is hidden never goes past the bridge", () => {
  expect(jitsiConfig(false, false)).toMatchObject({ p2p: { enabled: false } });
  expect(jitsiConfig(true, false)).toMatchObject({ p2p: { enabled: true } });
});

test("somebody who takes part without a camera is not filmed at the start", () => {
  expect(jitsiConfig(true, true)).toMatchObject({ startWithVideoMuted: true });
  expect(jitsiConfig(true, false)).toMatchObject({ startWithVideoMuted: false });
});
