import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  begun,
  type Given,
  IN_TALK,
  OF_THE_DEVICE,
  OF_THE_PICTURE,
  ORDER,
  type PracticeEffect,
  type PracticeEvent,
  practise,
  type Screen,
  type Step,
  screenOf,
} from "./steps";

const TABLE = JSON.parse(
  readFileSync(new URL("../../../tests/data/practice_steps.json", import.meta.url), "utf-8"),
);
const YES: PracticeEvent = { type: "answer", given: "yes" };
const NO: PracticeEvent = { type: "answer", given: "no" };
const LIVE: PracticeEvent = { type: "media_live" };
const FAILED: PracticeEvent = { type: "media_failed" };
const IN: PracticeEvent = { type: "call", call: "in" };
const yes = (count: number): PracticeEvent[] => Array.from({ length: count }, () => YES);

function play(events: readonly PracticeEvent[], guided = false, canShare = true, unseen = false) {
  let state = begun(guided, canShare, unseen);
  const screens: Screen[] = [screenOf(state)];
  const effects: PracticeEffect[] = [];
  for (const event of events) {
    const next = practise(state, event);
    state = next.state;
    effects.push(...next.effects);
    if (screens.at(-1) !== screenOf(state)) screens.push(screenOf(state));
  }
  const kept = effects.flatMap((one) =>
    one.do === "keep" ? [`${one.step}:${one.given}${one.final ? "" : "?"}`] : [],
  );
  return { state, screens, effects, kept };
}

const WHOLE: PracticeEvent[] = [LIVE, ...yes(3), { type: "ring" }, IN, ...yes(8), { type: "left" }];

test("the table is the one that the server has", () => {
  expect(TABLE.order).toEqual(ORDER);
  expect(TABLE.in_talk).toEqual([...IN_TALK]);
  expect(TABLE.of_the_device).toEqual([...OF_THE_DEVICE]);
  expect(TABLE.of_the_picture).toEqual([...OF_THE_PICTURE]);
});

test("somebody goes from the camera through the talk to the end, one screen after the other", () => {
  const { screens, kept } = play(WHOLE);

  expect(screens).toEqual(["camera", "see", "speak", "hear", "ring", "waiting", ...ORDER.slice(4)]);
  expect(kept).toEqual(ORDER.slice(0, -1).map((step) => `${step}:yes`));
});

test("a device that cannot share its screen is not asked to", () => {
  const { screens, kept } = play(
    [LIVE, ...yes(3), { type: "ring" }, IN, ...yes(7), { type: "left" }],
    false,
    false,
  );

  expect(screens).not.toContain("share");
  expect(kept).toContain("share:otherwise");
});

test("who takes part without a camera is asked nothing about a picture", () => {
  const { screens, kept } = play(
    [LIVE, ...yes(2), { type: "ring" }, IN, ...yes(6), { type: "left" }],
    false,
    true,
    true,
  );

  expect(screens.filter((screen) => OF_THE_PICTURE.has(screen as Step))).toEqual([]);
  expect(screens.at(-1)).toBe("done");
  for (const step of OF_THE_PICTURE) expect(kept).toContain(`${step}:otherwise`);
});

test("who is pointed to a step of the picture without a camera goes on where they were", () => {
  const { screens } = play([LIVE, ...yes(1), { type: "go_to", step: "see" }], false, true, true);

  expect(screens).toEqual(["camera", "speak", "hear"]);
});

test("a no gives advice and another try, and is kept only when somebody goes on all the same", () => {
  const once = play([LIVE, NO, { type: "again" }, YES]);
  expect(once.screens).toEqual(["camera", "see", "no", "see", "speak"]);
  expect(once.kept).toEqual(["camera:yes", "see:no?", "see:yes"]);

  const twice = play([LIVE, NO, { type: "again" }, NO, { type: "go_on" }]);
  expect(twice.screens.at(-1)).toBe("speak");
  expect(twice.kept.slice(1)).toEqual(["see:no?", "see:no?", "see:no"]);
});

test("permission that is refused twice is told twice, and a later yes goes on", () => {
  const { screens, kept, state } = play([FAILED, { type: "again" }, FAILED, LIVE]);

  expect(screens).toEqual(["camera", "camera_help", "see"]);
  expect(kept).toEqual(["camera:no?", "camera:no?", "camera:yes"]);
  expect(state.failures).toBe(0);
});

test.each(ORDER.slice(0, -1).map((step, number) => [step, number] as const))(
  "who left at %s comes back there, with the camera first",
  (_step, number) => {
    const resumed: PracticeEvent = { type: "resumed", answered: ORDER.slice(0, number) };
    const answered = new Set<Step>(ORDER.slice(0, number));
    const { state, screens } = play([resumed, LIVE]);

    const expected = number === 0 ? "see" : ORDER.slice(1).find((one) => !answered.has(one));
    expect(screens[0]).toBe("camera");
    expect(state.step).toBe(expected);
    expect(screens.at(-1)).toBe(IN_TALK.has(state.step) ? "ring" : expected);
  },
);

test("a step of the talk begins when the talk is there, and again when it came back", () => {
  const { screens, effects } = play([
    LIVE,
    ...yes(3),
    { type: "ring" },
    IN,
    YES,
    { type: "call", call: "none" },
    { type: "ring" },
    IN,
  ]);

  expect(screens.slice(-5)).toEqual(["meet", "sound", "ring", "waiting", "sound"]);
  const begins = effects.flatMap((one) => (one.do === "begin" ? [one.step] : []));
  expect(begins).toEqual(["see", "speak", "hear", "meet", "sound", "sound"]);
});

test("who hangs up before the end can come back, and nothing is kept of it", () => {
  const { screens, kept, state } = play([LIVE, ...yes(3), { type: "ring" }, IN, { type: "left" }]);

  expect(screens.at(-1)).toBe("ring");
  expect(state.fellOut).toBe(true);
  expect(kept).not.toContain("leave:yes");
});

test.each<[Given]>([["yes"], ["otherwise"]])("an answer %s goes to the next step", (given) => {
  const { state, kept } = play([LIVE, { type: "answer", given }]);

  expect(state.step).toBe("speak");
  expect(kept.at(-1)).toBe(`see:${given}`);
});

test("with a person who guides the talk is with them", () => {
  expect(play([LIVE, ...yes(3)], true).screens.at(-1)).toBe("together");
});

test("a step that is pointed at is asked again, and then it goes on where it was", () => {
  const { screens } = play([LIVE, ...yes(2), { type: "go_to", step: "see" }, YES]);

  expect(screens).toEqual(["camera", "see", "speak", "hear", "see", "hear"]);
});

test("a server without room, another device and an end elsewhere show themselves", () => {
  const ring: PracticeEvent[] = [LIVE, ...yes(3), { type: "ring" }];

  expect(play([...ring, { type: "call", call: "closed" }]).screens.at(-1)).toBe("closed");
  expect(play([...ring, { type: "call", call: "second" }]).screens.at(-1)).toBe("second");
  expect(play([...ring, { type: "call", call: "elsewhere" }]).screens.at(-1)).toBe("elsewhere");
  expect(play([...ring, { type: "over" }, YES]).screens.at(-1)).toBe("over");
});

test("what the server knows late still lets somebody go on where they were", () => {
  const { state, screens } = play([
    LIVE,
    { type: "resumed", answered: ["camera", "see", "speak"] },
  ]);

  expect(state.step).toBe("hear");
  expect(screens).toEqual(["camera", "see", "hear"]);
});

test("who is pointed to the camera starts it again, and then goes on where they were", () => {
  const point: PracticeEvent = { type: "go_to", step: "camera" };
  const { screens, state, kept } = play([LIVE, ...yes(2), point, LIVE]);

  expect(screens).toEqual(["camera", "see", "speak", "hear", "camera", "hear"]);
  expect(state.live).toBe(true);
  expect(kept.at(-1)).toBe("camera:yes");
});
