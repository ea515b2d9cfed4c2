// Draws a practice: one screen at a time, the pictures above it, the help below it.

import { find, maybe, show, word } from "../view/elements";
import { IN_TALK, type PracticeState, type Screen, type Step, screenOf } from "./steps";

const LOOK: ReadonlySet<Screen> = new Set<Screen>(["see", "speak"]);
const TWICE = 2;

/** What the guide does at this moment, besides talking. */
export interface GuideDoing {
  readonly mirroring: boolean;
  readonly echoing: "hearing" | "playing" | null;
}

export interface Drawing {
  readonly state: PracticeState;
  /** A person was asked to help. */
  readonly helped: boolean;
  /** Another try on this device cannot help. */
  readonly noDevice: boolean;
  readonly doing: GuideDoing;
}

/** A function that draws each new state; the focus goes along, for whoever listens. */
export function practiceDrawer(text: (key: string) => string): (drawing: Drawing) => void {
  let shown: Screen | null = null;
  return (drawing) => {
    const { state } = drawing;
    const screen = screenOf(state);
    if (screen !== shown) showScreen(screen, shown !== null);
    shown = screen;
    const here = current(screen);
    if (here !== null) turnOver(here, state.acted);
    maybe("small-task")?.setAttribute("aria-pressed", String(state.acted));
    showAll("[data-helped]", drawing.helped);
    showAll("[data-twice]", state.failures >= TWICE && !drawing.noDevice);
    showAll("[data-no-device]", drawing.noDevice);
    showAll("[data-again]", state.fellOut);
    for (const advice of document.querySelectorAll<HTMLElement>("[data-advice]")) {
      show(advice, advice.dataset.advice === state.step);
    }
    word(here?.querySelector<HTMLElement>("[data-said]") ?? null, said(drawing, text));
    drawAround(state, screen);
  };
}

/** The step whose words help with what is on screen. */
export function stepOf(state: PracticeState): Step {
  return state.step === "done" ? "leave" : state.step;
}

function drawAround(state: PracticeState, screen: Screen): void {
  show(find("look"), LOOK.has(screen));
  show(find("bar"), screen === "speak");
  const inCall = state.call === "in" && IN_TALK.has(state.step);
  show(find("stage-talk"), inCall);
  find("toggle-microphone").classList.toggle("is-wanted", inCall && screen === "sound");
  find("toggle-camera").classList.toggle("is-wanted", inCall && screen === "picture");
  find("leave").classList.toggle("is-wanted", inCall && screen === "leave");
  const asks = screen === state.step && state.step !== "done";
  show(find("way-again"), asks && screen !== "camera");
  show(find("way-show"), asks);
  show(find("way-read"), asks && "speechSynthesis" in window);
  for (const one of document.querySelectorAll<HTMLElement>("[data-show]")) {
    show(one, one.dataset.show === stepOf(state));
  }
}

function said({ doing, state }: Drawing, text: (key: string) => string): string {
  if (state.step === "mirror") return doing.mirroring ? text("practise.mirror_on") : "";
  if (state.step !== "echo" || doing.echoing === null) return "";
  return text(doing.echoing === "hearing" ? "practise.echo_hearing" : "practise.echo_playing");
}

function current(screen: Screen): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-screen="${screen}"]`);
}

function showScreen(screen: Screen, moveFocus: boolean): void {
  for (const one of document.querySelectorAll<HTMLElement>("[data-screen]")) {
    show(one, one.dataset.screen === screen);
  }
  document.body.dataset.at = screen;
  show(find("shown"), false);
  find("way-show").setAttribute("aria-expanded", "false");
  if (!moveFocus) return;
  current(screen)?.querySelector("h1")?.focus();
  window.scrollTo({ top: 0 });
}

// What is hidden would lose the focus, and a screen reader its place: it goes to what is asked now.
function turnOver(screen: HTMLElement, acted: boolean): void {
  const focused = document.activeElement;
  const before = [...screen.querySelectorAll<HTMLElement>("[data-before]")];
  const after = [...screen.querySelectorAll<HTMLElement>("[data-after]")];
  const [leaves, comes] = acted ? [before, after] : [after, before];
  const loses = leaves.some((part) => !part.hidden && part.contains(focused));
  for (const part of comes) show(part, true);
  for (const part of leaves) show(part, false);
  if (!loses) return;
  const heading = comes.map((part) => part.querySelector<HTMLElement>("h2")).find(Boolean);
  if (heading) heading.tabIndex = -1;
  (heading ?? comes[0]?.querySelector<HTMLElement>("button"))?.focus();
}

function showAll(selector: string, visible: boolean): void {
  for (const one of document.querySelectorAll<HTMLElement>(selector)) show(one, visible);
}
