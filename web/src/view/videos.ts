// The pictures on the page: own and other, and the small copy that tells whether the other is seen.

import type { TalkState } from "../call/talk-state";
import { afterRefusedPlay, type Engine, isShownAgain } from "../call/webkit";
import { find, maybe, show } from "./elements";

const WIDTH = 32;
const HEIGHT = 24;
/** A video with this `readyState` shows a picture. */
const SHOWN = 2;

/**
 * Shows the own stream where `state` has a place for it, and nowhere else: painting a picture that
 * nobody looks at costs a slow phone the first picture of the other.
 */
export function placeOwn(stream: MediaStream | null, state: TalkState): void {
  placeIn("own-preview", state.stage === "check" ? stream : null);
  placeIn("own-waiting", state.stage === "waiting" && !state.admitted ? stream : null);
  const otherFirst = find<HTMLVideoElement>("remote").readyState >= SHOWN || state.mediaSlow;
  placeIn("own", state.stage === "talk" && otherFirst ? stream : null);
}

/** Shows `stream` in the video with this id, without its sound; null takes it away. */
export function placeIn(id: string, stream: MediaStream | null): void {
  const video = find<HTMLVideoElement>(id);
  if (video.srcObject === stream) return;
  video.muted = true;
  video.srcObject = stream;
  if (stream !== null) void video.play().catch(() => undefined);
}

/** Shows and sounds the other; a browser that wants a press for sound gets a button, and shows. */
export function showOther(stream: MediaStream | null): void {
  const video = find<HTMLVideoElement>("remote");
  if (video.srcObject === stream) return;
  video.srcObject = stream;
  video.muted = false;
  show(maybe("sound-on"), false);
  if (stream === null) return;
  // Not within the event that brought the stream: Safari refuses some of those.
  setTimeout(() => {
    if (video.srcObject === stream) void playOther(video);
  });
}

async function playOther(video: HTMLVideoElement): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (afterRefusedPlay(name) === "play_muted_and_offer_sound") offerSound(video);
  }
}

/** Puts the other's stream into its video again, where a lock screen may have stopped it. */
export function showOtherAgain(engine: Engine): void {
  const video = find<HTMLVideoElement>("remote");
  const stream = video.srcObject as MediaStream | null;
  if (stream === null || document.pictureInPictureElement === video) return;
  if (!isShownAgain(engine, video.paused)) return;
  video.srcObject = null;
  showOther(stream);
}

/** Without its sound a picture may play: else the other would seem to be black. */
function offerSound(video: HTMLVideoElement): void {
  const button = find("sound-on");
  video.muted = true;
  void video.play().catch(() => undefined);
  button.onclick = () => {
    show(button, false);
    video.muted = false;
    void video.play();
  };
  show(button, true);
}

/** A reader of a picture, 32 by 24; null while hidden or before the first frame. */
export function smallPicture(id: "remote" | "own-preview"): () => Uint8ClampedArray | null {
  const video = find<HTMLVideoElement>(id);
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return () => {
    if (pen === null || document.hidden || video.readyState < SHOWN) {
      return null;
    }
    pen.drawImage(video, 0, 0, WIDTH, HEIGHT);
    return pen.getImageData(0, 0, WIDTH, HEIGHT).data;
  };
}
