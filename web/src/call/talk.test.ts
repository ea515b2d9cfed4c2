import { expect, test } from "vitest";
import type { Role } from "../wire/messages";
import { step } from "./talk";
import {
  AT_COACH,
  kinds,
  live,
  START,
  sent,
  server,
  stopped,
  TO_TALK,
  TO_WAITING,
  TURN_ON,
  WELCOME,
} from "./talk.play";
import { opened, type TalkEvent, type TalkState } from "./talk-state";

test("a candidate goes from the first press through the waiting room to the talk", () => {
  const stages: string[] = [];
  let state = opened("candidate");
  for (const event of TO_TALK) {
    state = step(state, event).state;
    if (stages.at(-1) !== state.stage) stages.push(state.stage);
  }

  expect(stages).toEqual(["intro", "check", "waiting", "talk"]);
  expect(state).toMatchObject({ epoch: 1, connected: true, live: true });
});

test("nobody enters without a live camera", () => {
  const { state, last } = live("candidate", TURN_ON, { type: "enter" });

  expect(state.entered).toBe(false);
  expect(last).toEqual([]);
});

test("a failed camera shows the help for it, and the help goes when it lives", () => {
  const failed: TalkEvent = { type: "media_failed", verdict: "BROWSER_BLOCKED" };
  expect(live("candidate", TURN_ON, failed).state).toMatchObject({
    stage: "help",
    help: "BROWSER_BLOCKED",
  });
  expect(live("candidate", TURN_ON, failed, { type: "media_live" }).state).toMatchObject({
    stage: "check",
    help: null,
  });
});

test("pressing enter twice opens one line", () => {
  const { all } = live(
    "candidate",
    TURN_ON,
    { type: "media_live" },
    { type: "enter" },
    { type: "enter" },
  );
  expect(kinds(all).filter((kind) => kind === "open_line")).toEqual(["open_line"]);
});

test("after a reload the page goes through to the line by itself", () => {
  const { state, last } = live(
    "candidate",
    { type: "turn_on", hurried: true },
    { type: "media_live" },
  );

  expect(state.stage).toBe("waiting");
  expect(kinds(last)).toEqual(["remember", "open_line"]);
});

test("whoever enters is remembered before the line is there", () => {
  const { last } = live("candidate", TURN_ON, { type: "media_live" }, { type: "enter" });

  expect(last).toContainEqual({ do: "remember", inTalk: true });
});

test("welcome is answered with the state of the camera", () => {
  const { last } = live("candidate", ...TO_WAITING.slice(0, -1));

  expect(sent(last)).toEqual([
    { type: "camera", live: true, verdict: null },
    { type: "media", camera: true, microphone: true },
  ]);
});

test("a camera lost in the waiting room is told with its cause, asked for again, and told back", () => {
  const lost = live("candidate", ...TO_WAITING, { type: "camera_lost" });
  expect(lost.state).toMatchObject({ stage: "help", help: "LOST", live: false });
  expect(sent(lost.last)[0]).toEqual({ type: "camera", live: false, verdict: "LOST" });
  expect(kinds(lost.last)).toContain("ask_media");

  const back = step(lost.state, { type: "media_live" });
  expect(back.state.stage).toBe("waiting");
  expect(sent(back.effects)[0]).toEqual({ type: "camera", live: true, verdict: null });
});

test("a camera lost in the talk does not cover the other", () => {
  const { state } = live("candidate", ...TO_TALK, { type: "camera_lost" });
  expect(state).toMatchObject({ stage: "talk", live: false });
});

test("the coach hears one chime for one knock and admits", () => {
  const knock = server({ type: "knock", name: "Sem", camera: false, verdict: null });
  const again = server({ type: "knock", name: "Sem", camera: true, verdict: null });
  const { state, all } = live("coach", ...AT_COACH, knock, again, { type: "admit" });

  expect(kinds(all).filter((kind) => kind === "chime")).toHaveLength(1);
  expect(state.knocking).toEqual({ camera: true });
  expect(sent(all).at(-1)).toEqual({ type: "admit" });
});

test("a coach who comes later hears of the candidate in the welcome", () => {
  const { state, all } = live(
    "coach",
    ...AT_COACH.slice(0, -1),
    server({ ...WELCOME, role: "coach" }),
  );

  expect(state.knocking).toEqual({ camera: true });
  expect(kinds(all)).toContain("chime");
});

test("the knock goes when the candidate goes, and when the talk starts", () => {
  const knock = server({ type: "knock", name: "Sem", camera: true, verdict: null });
  const gone = server({ type: "peer", present: false, camera: false, microphone: false });

  expect(live("coach", ...AT_COACH, knock, gone).state.knocking).toBeNull();
  expect(live("coach", ...AT_COACH, knock, server(START)).state.knocking).toBeNull();
});

test("every start builds the peer connection of its epoch", () => {
  const { last } = live("candidate", ...TO_TALK, server({ ...START, epoch: 2 }));
  expect(last[0]).toMatchObject({ do: "start_peer", polite: true, start: { epoch: 2 } });
});

test("a dropped line leaves the talk alone and is told after a while", () => {
  const down = live("candidate", ...TO_TALK, { type: "line", up: false });
  expect(down.state).toMatchObject({ stage: "talk", lineSlow: false });
  expect(down.last).toEqual([{ do: "wait", over: "line" }]);

  const late = step(down.state, { type: "out_of_patience", over: "line" }).state;
  expect(late.lineSlow).toBe(true);
  expect(step(late, { type: "line", up: true }).state.lineSlow).toBe(false);
});

test("a resumed line with the running epoch keeps the peer connection", () => {
  const { state, last } = live(
    "candidate",
    ...TO_TALK,
    { type: "line", up: false },
    { type: "line", up: true },
    server({ ...WELCOME, admitted: true, epoch: 1 }),
  );

  expect(state.stage).toBe("talk");
  expect(kinds(last)).not.toContain("stop_peer");
});

test("a resumed line in a room that begins anew goes back to the waiting room", () => {
  const { state, last } = live("candidate", ...TO_TALK, server({ ...WELCOME, epoch: 0 }));

  expect(state.stage).toBe("waiting");
  expect(kinds(last)).toContain("stop_peer");
});

test.each(["expired", "broken"] as const)("%s does not end a talk that flows", (why) => {
  expect(live("candidate", ...TO_TALK, stopped(why)).state.stage).toBe("talk");
  expect(live("candidate", ...TO_WAITING, stopped(why)).state).toMatchObject({
    stage: "refused",
    refusal: { code: why },
  });
});

test("leaving tells the server, lets the camera go and shows what is next", () => {
  const { state, last } = live("candidate", ...TO_TALK, { type: "leave" });

  expect(state.stage).toBe("end");
  expect(kinds(last)).toEqual(["send", "remember", "stop_peer", "release_media", "go_on"]);
});

test("after the end nothing counts any more", () => {
  const end = live("candidate", ...TO_TALK, { type: "leave" }).state;
  const events: TalkEvent[] = [
    TURN_ON,
    { type: "media_live" },
    { type: "enter" },
    { type: "line", up: false },
    server(START),
    stopped("ended"),
  ];
  for (const event of events) expect(step(end, event)).toEqual({ state: end, effects: [] });
});

test("when the coach hangs up the candidate's talk is over; the coach stays for a return", () => {
  const left = (who: Role) => server({ type: "left", who });

  expect(live("candidate", ...TO_TALK, left("coach")).state.stage).toBe("end");
  const coach = live("coach", ...AT_COACH, server(START), left("candidate"));
  expect(coach.state).toMatchObject({ stage: "talk", otherLeft: true });
  expect(kinds(coach.last)).toEqual(["stop_peer"]);
  expect(step(coach.state, server({ ...START, epoch: 2 })).state.otherLeft).toBe(false);
});

test("a second device is asked, takes over, or lets go", () => {
  const asked = live("candidate", ...TO_WAITING.slice(0, 4), server({ type: "second_device" }));
  expect(asked.state.stage).toBe("second-device");

  expect(sent(step(asked.state, { type: "take_over" }).effects)).toEqual([{ type: "take_over" }]);
  expect(step(asked.state, server(WELCOME)).state.stage).toBe("waiting");
  const stays = step(asked.state, { type: "not_here" });
  expect(stays.state.stage).toBe("superseded");
  expect(kinds(stays.effects)).toContain("close_line");
});

test("a superseded page lets everything go", () => {
  const { state, last } = live("candidate", ...TO_TALK, server({ type: "superseded" }));

  expect(state).toMatchObject({ stage: "superseded", live: false });
  expect(kinds(last)).toEqual(["remember", "close_line", "stop_peer", "release_media"]);
});

test("the other's camera switched off is seen again only for who was not seen", () => {
  const unseen = server({ type: "not_seen", who: "coach", reason: "black", seconds: 30 });
  const other = server({ type: "seen_again", who: "candidate" });
  const same = server({ type: "seen_again", who: "coach" });

  expect(live("candidate", ...TO_TALK, unseen, other).state.unseen).toMatchObject({ who: "coach" });
  expect(live("candidate", ...TO_TALK, unseen, same).state.unseen).toBeNull();
});

test("switching tells the other side and touches the tracks", () => {
  const { state, last } = live("candidate", ...TO_TALK, { type: "toggle_camera" });

  expect(state.camera).toBe(false);
  expect(last).toEqual([
    { do: "switch", camera: false, microphone: true },
    { do: "send", message: { type: "media", camera: false, microphone: true } },
  ]);
});

test("the coach is told of a third person, and stays in the talk", () => {
  const { state } = live(
    "coach",
    ...AT_COACH,
    server(START),
    server({ type: "third_refused", count: 2 }),
  );
  expect(state).toMatchObject({ stage: "talk", notice: { kind: "third", count: 2 } });
});

test("the coach is told of another device until the one of before knocks again", () => {
  const told = [...AT_COACH, server({ type: "other_device" })];
  const { state } = live("coach", ...told, server(START));
  expect(state).toMatchObject({ stage: "talk", notice: { kind: "other_device" } });

  const knock = server({ type: "knock", name: "Sem", camera: true, verdict: null });
  expect(live("coach", ...told, knock).state.notice).toBeNull();
});

test("in the talk another device of the candidate waits until the coach lets it in", () => {
  const knock = server({ type: "knock", name: "Sem", camera: true, verdict: null });
  const waits = [
    server({ type: "left", who: "candidate" }),
    knock,
    server({ type: "other_device" }),
  ];
  const { state, all } = live("coach", ...AT_COACH, server(START), ...waits);
  expect(state).toMatchObject({ stage: "waiting", admitted: false, otherLeft: false, epoch: 0 });
  expect(state).toMatchObject({ knocking: { camera: true }, notice: { kind: "other_device" } });
  expect(all).toContainEqual({ do: "stop_peer" });

  const inside = live(
    "coach",
    ...AT_COACH,
    server(START),
    ...waits,
    server({ ...START, epoch: 2 }),
  );
  expect(inside.state).toMatchObject({ stage: "talk", other: { present: true }, knocking: null });
});

// The whole of the pure step under every order of events: it always has an answer, and never
// shows the talk to who was refused or superseded.
test("no order of events breaks the page (seeded)", () => {
  let seed = 20261121;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return seed / 4294967296;
  };
  const events: TalkEvent[] = [
    ...TO_TALK,
    { type: "camera_lost" },
    { type: "media_failed", verdict: "BUSY" },
    { type: "admit" },
    { type: "toggle_camera" },
    { type: "take_over" },
    { type: "line", up: false },
    { type: "out_of_patience", over: "line" },
    { type: "out_of_patience", over: "media" },
    { type: "connection", connected: false },
    server({ type: "knock", name: "Sem", camera: true, verdict: null }),
    server({ type: "second_device" }),
    server({ type: "peer", present: false, camera: false, microphone: false }),
    server({ ...START, epoch: 2 }),
    stopped("expired"),
  ];
  for (let run = 0; run < 2_000; run += 1) {
    let state: TalkState = opened(random() < 0.5 ? "coach" : "candidate");
    for (let i = 0; i < 30; i += 1) {
      const event = events[Math.floor(random() * events.length)] ?? TURN_ON;
      const next = step(state, event);
      if (state.stage === "refused") expect(next.state.stage).toBe("refused");
      if (next.effects.some((effect) => effect.do === "open_line"))
        expect(state.entered).toBe(false);
      if (next.state.stage === "talk") expect(next.state.epoch).toBeGreaterThan(0);
      state = next.state;
    }
  }
});
