// The look at oneself before the talk: the moving bar, and a word when nothing is heard or seen.

import { Level } from "../call/level";
import { describe, isBlack, luminance } from "../call/seen";
import { type Doubt, doubt, lookAgain, UNDOUBTED } from "../call/selfsight";
import { find, word } from "./elements";
import { smallPicture } from "./videos";

const LOOK_MS = 500;

export interface Check {
  /** What is in doubt right now. */
  readonly doubt: () => Doubt | null;
  readonly stop: () => void;
}

/** Moves the level bar with `stream`, and says each new doubt, until it is stopped. */
export function lookAtOneself(
  audio: AudioContext,
  stream: MediaStream,
  say: (found: Doubt | null) => string,
): Check {
  const bar = find<HTMLMeterElement>("level");
  const level = new Level(audio, stream);
  const picture = smallPicture("own-preview");
  let sight = UNDOUBTED;
  let before: Uint8Array | null = null;
  let loudest = 0;
  let frame = 0;
  let found: Doubt | null = null;
  const draw = () => {
    const value = level.read();
    loudest = Math.max(loudest, value);
    bar.value = bar.max * value;
    frame = requestAnimationFrame(draw);
  };
  const look = () => {
    const rgba = picture();
    const now = rgba === null ? null : luminance(rgba);
    const shape = now === null ? null : describe(now, before);
    before = now;
    const muted = stream.getAudioTracks().some((track) => track.muted);
    const sample = { atMs: performance.now(), level: loudest, muted, picture: shape };
    loudest = 0;
    sight = lookAgain(sight, sample, shape !== null && isBlack(shape));
    found = doubt(sight, sample.atMs);
    word(find("check-hint"), say(found));
  };
  draw();
  const looking = setInterval(look, LOOK_MS);
  return {
    doubt: () => found,
    stop: () => {
      cancelAnimationFrame(frame);
      clearInterval(looking);
      level.stop();
    },
  };
}

/** The key of the words for a doubt. */
export const DOUBTS: Readonly<Record<Doubt, string>> = {
  BLACK: "call.check.black",
  FROZEN: "call.check.frozen",
  MUTED: "call.check.muted",
  SILENT: "call.check.quiet",
};
