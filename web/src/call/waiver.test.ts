import { expect, test } from "vitest";
import { shown } from "./talk";
import { WELCOME } from "./talk.play";
import { opened, type TalkState } from "./talk-state";
import { banner } from "./words";

const NAMES = { otherName: "Kees", phone: "", phoneName: "" };
const TALKING = { stage: "talk", live: true, entered: true, lineUp: true } as const;
const DARK = { ...WELCOME.other, camera: false };

const talk = (role: "coach" | "candidate", waived: boolean): TalkState => ({
  ...opened(role, waived),
  ...TALKING,
  connected: true,
  other: role === "coach" ? DARK : WELCOME.other,
});

test("a candidate with a waiver shows no camera, and nothing is wrong with that", () => {
  const state = talk("candidate", true);

  expect(shown(state)).toEqual({ live: false, verdict: null, camera: false, microphone: true });
  expect(banner(state, NAMES)).toBeNull();
});

test("the coach hears nothing of a camera that need not be on", () => {
  expect(banner(talk("coach", true), NAMES)).toBeNull();
  expect(banner(talk("coach", false), NAMES)?.key).toBe("call.banner.other_camera_off");
});

test("a waiver is the candidate's: the coach's camera is on", () => {
  expect(shown(talk("coach", true)).live).toBe(true);
});
