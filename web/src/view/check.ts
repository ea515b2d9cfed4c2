// The look at oneself before the talk: the moving bar, and a word when nothing is heard or seen.

import { Level } from "../call/level";
import { describe, isBlack, luminance } from "../call/seen";
import { find, maybe, word } from "./elements";
import { smallPicture } from "./videos";

const QUIET = 0.05;
const QUIET_MS = 10_000;
const BLACK_MS = 3_000;
const LOOK_MS = 500;

export interface CheckTexts {
  readonly quiet: string;
  readonly black: string;
}

/** Moves the level bar with `stream` and looks for a black picture, until the result is called. */
export function lookAtOneself(
  audio: AudioContext,
  stream: MediaStream,
  texts: CheckTexts,
): () => void {
  const bar = find<HTMLMeterElement>("level");
  const level = new Level(audio, stream);
  const picture = smallPicture("own-preview");
  let heardAt = performance.now();
  let seenAt = heardAt;
  let frame = 0;
  const draw = () => {
    const value = level.read();
    if (value > QUIET) heardAt = performance.now();
    bar.value = bar.max * value;
    frame = requestAnimationFrame(draw);
  };
  const look = () => {
    const now = performance.now();
    const rgba = picture();
    if (rgba === null || !isBlack(describe(luminance(rgba), null))) seenAt = now;
    const quiet = now - heardAt > QUIET_MS ? texts.quiet : "";
    word(hint(), now - seenAt >= BLACK_MS ? texts.black : quiet);
  };
  draw();
  const looking = setInterval(look, LOOK_MS);
  return () => {
    cancelAnimationFrame(frame);
    clearInterval(looking);
    level.stop();
  };
}

function hint(): HTMLElement {
  const existing = maybe("check-hint");
  if (existing !== null) return existing;
  const made = document.createElement("p");
  made.id = "check-hint";
  made.className = "utrecht-paragraph";
  made.setAttribute("role", "status");
  find("level").after(made);
  return made;
}
