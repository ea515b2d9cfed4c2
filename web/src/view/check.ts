// The look at oneself before the talk: the moving bar, and a word when nothing is heard.

import { Level } from "../call/level";
import { find, maybe, word } from "./elements";

const QUIET = 0.05;
const QUIET_MS = 10_000;

/** Moves the level bar with `stream` until the returned function is called. */
export function moveBar(audio: AudioContext, stream: MediaStream, quietText: string): () => void {
  const bar = find<HTMLMeterElement>("level");
  const level = new Level(audio, stream);
  let heardAt = performance.now();
  let frame = 0;
  const draw = () => {
    const value = level.read();
    const now = performance.now();
    if (value > QUIET) heardAt = now;
    bar.value = bar.max * value;
    word(hint(), now - heardAt > QUIET_MS ? quietText : "");
    frame = requestAnimationFrame(draw);
  };
  draw();
  return () => {
    cancelAnimationFrame(frame);
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
