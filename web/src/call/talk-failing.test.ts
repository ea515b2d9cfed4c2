import { expect, test } from "vitest";
import type { ToBrowser } from "../wire/messages";
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
import type { TalkEvent } from "./talk-state";

test("whoever says that it does not work stops, and is shown the way on", () => {
  const { state, last } = live("candidate", ...TO_TALK, { type: "trouble" });

  expect(state).toMatchObject({ stage: "fallback", failed: true, live: false });
  expect(sent(last)).toEqual([{ type: "trouble", cause: "other" }, { type: "leave" }]);
  expect(kinds(last)).toContain("release_media");
  expect(kinds(last)).not.toContain("go_on");
  expect(last).toContainEqual({ do: "fall_back", cause: "other" });
});

test("the cause is what the page knows to be wrong", () => {
  const refused: TalkEvent = { type: "media_failed", verdict: "BROWSER_BLOCKED" };
  const cause = (...events: TalkEvent[]) =>
    live("candidate", ...events, { type: "trouble" }).last.flatMap((effect) =>
      effect.do === "fall_back" ? [effect.cause] : [],
    );

  expect(cause(TURN_ON, refused)).toEqual(["camera"]);
  expect(cause(...TO_WAITING, server(START))).toEqual(["network"]);
  const unseen: ToBrowser = { type: "not_seen", who: "coach", reason: "black", seconds: 30 };
  expect(cause(...TO_TALK, server(unseen))).toEqual(["picture"]);
});

test("the end of a talk that failed leads nobody away from the times", () => {
  const told: TalkEvent = server({ type: "trouble", from: "coach", cause: "other", phone: null });
  const { state, all } = live(
    "candidate",
    ...TO_TALK,
    told,
    server({ type: "left", who: "coach" }),
  );

  expect(state).toMatchObject({ stage: "fallback", live: false });
  expect(kinds(all)).not.toContain("go_on");
  expect(kinds(all).filter((kind) => kind === "fall_back")).toHaveLength(1);
});

test("a talk that failed by itself goes on behind the times, and can be gone back to", () => {
  const unseen: ToBrowser = { type: "not_seen", who: "candidate", reason: "black", seconds: 180 };
  const failed = live("candidate", ...TO_TALK, server(unseen));

  expect(failed.state).toMatchObject({ stage: "fallback", live: true, connected: true });
  expect(failed.last).toEqual([{ do: "fall_back", cause: null }]);
  const back = live("candidate", ...TO_TALK, server(unseen), { type: "go_back" });
  expect(back.state.stage).toBe("talk");
});

test("trouble that was found is told once, whoever finds it again", () => {
  const found: TalkEvent = { type: "trouble_found", cause: "network" };
  const { all } = live("coach", ...AT_COACH, found, found);

  expect(sent(all).filter(({ type }) => type === "trouble")).toHaveLength(1);
});

test("a coach who comes back sees no knock of a candidate who is gone meanwhile", () => {
  const gone = { ...WELCOME.other, present: false };
  const { state } = live(
    "coach",
    ...AT_COACH,
    server({ type: "knock", name: "Sem", camera: true, verdict: null }),
    { type: "line", up: false },
    server({ ...WELCOME, role: "coach", polite: false, other: gone }),
  );

  expect(state.knocking).toBeNull();
});

test("a talk that flows goes on when the server refuses a new ticket", () => {
  const { state, all } = live("candidate", ...TO_TALK, stopped("refused"));

  expect(state.stage).toBe("talk");
  expect(kinds(all)).not.toContain("release_media");
});

test("at the admission the other counts as seen and heard until told otherwise", () => {
  const quiet = { ...WELCOME, other: { ...WELCOME.other, camera: false } };
  const before = [...TO_WAITING.slice(0, 4), server(quiet)];
  const off = server({ type: "peer", present: true, camera: true, microphone: false });

  expect(live("candidate", ...before, server(START)).state.other?.camera).toBe(true);
  const later = live("candidate", ...before, server(START), off, server({ ...START, epoch: 2 }));
  expect(later.state.other?.microphone).toBe(false);
});
