// Draws a state of the talk: which part of the page shows, and its words.

import type { Stage, TalkState } from "../call/talk-state";
import { banner, notice, refusal, type Say } from "../call/words";
import { find, maybe, show, word } from "./elements";
import { type Facts, namesOf, sentence } from "./facts";
import { drawHelp, type Surroundings } from "./help";

const STAGES: readonly Stage[] = [
  "intro",
  "check",
  "waiting",
  "talk",
  "help",
  "fallback",
  "end",
  "refused",
  "second-device",
  "superseded",
];

/** A function that draws each new state. */
export function drawer(facts: Facts, around: Surroundings): (state: TalkState) => void {
  const names = namesOf(facts);
  const say = (line: Say | null) => (line === null ? "" : sentence(facts, line));
  const phone = { phone: facts.phone, name: facts.phone_name };
  let shown: Stage | null = null;
  return (state) => {
    if (state.stage !== shown) showStage(state.stage, shown !== null);
    shown = state.stage;
    line("banner", say(banner(state, names)));
    line("notice", say(notice(state, names)));
    drawKnock(state, say);
    drawSwitches(state, say);
    show(find("fallback-back"), state.connected);
    show(maybe("waiting-known"), state.lineUp);
    if (state.stage === "help") drawHelp(state.help ?? "LOST", around, say, phone);
    if (state.stage === "refused") {
      word(find("refused-text"), state.refusal?.text ?? say(refusal(state, names)));
    }
  };
}

// A screen reader follows the focus: without it a new stage would pass unnoticed.
function showStage(stage: Stage, moveFocus: boolean): void {
  for (const name of STAGES) show(maybe(`stage-${name}`), name === stage);
  document.body.dataset.stage = stage;
  if (!moveFocus) return;
  // What a new stage has to say stands at its top, a banner of the coach above it too.
  scrollTo(0, 0);
  maybe(`stage-${stage}`)?.querySelector("h1")?.focus();
}

function line(id: string, text: string): void {
  const element = maybe(id);
  word(element, text);
  show(element, text !== "");
}

type Sayer = (line: Say | null) => string;

function drawKnock(state: TalkState, say: Sayer): void {
  show(maybe("knock"), state.knocking !== null);
  if (state.knocking === null) return;
  const values = { name: state.other?.name ?? "" };
  const without = state.waived ? "call.knock.waived" : "call.knock.camera_off";
  const key = state.knocking.camera ? "call.knock.text" : without;
  word(maybe("knock-text"), say({ key, values }));
}

/** The two switches of the talk, with the words for what a press does. */
export function drawSwitches(state: TalkState, say: Sayer): void {
  drawSwitch("toggle-microphone", state.microphone, say, "microphone");
  drawSwitch("toggle-camera", state.camera, say, "camera");
}

function drawSwitch(id: string, on: boolean, say: Sayer, thing: string): void {
  const button = find(id);
  const label = button.querySelector<HTMLElement>(".label") ?? button;
  word(label, say({ key: `call.${thing}.${on ? "turn_off" : "turn_on"}`, values: {} }));
  // The words say what a press does; a pressed state beside them would say the opposite.
  button.removeAttribute("aria-pressed");
  button.classList.toggle("is-off", !on);
}
