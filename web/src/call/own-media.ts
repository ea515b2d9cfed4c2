// The own camera and microphone: asks for them, keeps them alive, switches them, lets them go.

import { Interruptions } from "./interruptions";
import { askBoth, askCamera, askSound, type MediaParts, release } from "./media";
import { goesWithoutCamera } from "./talk";
import type { TalkEvent, TalkState } from "./talk-state";
import { afterEnd, letsGoFirst } from "./webkit";

export interface OwnMediaParts {
  readonly media: MediaParts;
  readonly state: () => TalkState;
  /** Whether a connection carries the sound now. */
  readonly sending: () => boolean;
  /** Nobody looks at the page now. */
  readonly hidden: () => boolean;
  readonly happened: (event: TalkEvent) => void;
  /** There is another stream, or none any more. */
  readonly onStream: (stream: MediaStream | null) => void;
}

export class OwnMedia {
  readonly #parts: OwnMediaParts;
  readonly #interruptions: Interruptions;
  #stream: MediaStream | null = null;
  #asking = false;

  constructor(parts: OwnMediaParts) {
    this.#parts = parts;
    this.#interruptions = new Interruptions({
      now: () => performance.now(),
      onChange: (interrupted) => this.#interrupted(interrupted),
      onEnd: () => parts.happened({ type: "camera_lost" }),
    });
  }

  get stream(): MediaStream | null {
    return this.#stream;
  }

  /** Asks again what failed; in the talk what a phone call took and does not give back. */
  tryAgain(): void {
    const { help, live } = this.#parts.state();
    // Back from a phone call: the old tracks may stay silent for good.
    const taken = this.#stream?.getTracks().some((track) => this.#interruptions.taken(track));
    if (live ? taken : help !== null && help !== "DISMISSED") void this.#ask();
    if (!live && help === "DISMISSED") void this.#askWhenAllowed();
  }

  /** Asks now. What ended behind a lock screen is asked for at the return, by `tryAgain`. */
  ask(): void {
    const hidden = this.#parts.state().help === "LOST" && this.#parts.hidden();
    if (afterEnd(this.#parts.media, hidden) === "ask") void this.#ask();
  }

  letGo(): void {
    this.#take(null);
  }

  switch(camera: boolean, microphone: boolean): void {
    for (const track of this.#stream?.getVideoTracks() ?? []) track.enabled = camera;
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = microphone;
  }

  // A box that was sent away comes back by a press only: a browser blocks a page that insists.
  async #askWhenAllowed(): Promise<void> {
    const { permission } = this.#parts.media;
    const states = await Promise.all([permission("camera"), permission("microphone")]);
    if (states.every((state) => state === "granted")) await this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const answer = await this.#askAgainOrAnew();
    this.#asking = false;
    const { happened, state } = this.#parts;
    if (answer.kind === "failed") {
      happened({ type: "media_failed", verdict: answer.verdict });
      return;
    }
    this.#take(answer.stream);
    happened({ type: "media_live" });
    // The talk may be over by the time the person answered the box.
    if (!state().live) this.#take(null);
  }

  // In the talk only the camera is asked again: a new microphone track would interrupt the sound.
  async #askAgainOrAnew(): ReturnType<typeof askBoth> {
    const { media, state } = this.#parts;
    const sound = this.#soundToKeep();
    const old = this.#stream?.getTracks().filter((track) => !sound.includes(track)) ?? [];
    if (letsGoFirst(media)) for (const track of old) track.stop();
    if (goesWithoutCamera(state())) return askSound(media);
    if (sound.length === 0) return askBoth(media);
    const camera = await askCamera(media);
    if (camera === null) return { kind: "failed", verdict: "LOST" };
    return { kind: "live", stream: new MediaStream([camera, ...sound]) };
  }

  #soundToKeep(): MediaStreamTrack[] {
    if (!this.#parts.sending() || this.#stream === null) return [];
    return this.#stream.getAudioTracks().filter((track) => !this.#interruptions.taken(track));
  }

  #take(stream: MediaStream | null): void {
    for (const track of this.#stream?.getTracks() ?? []) this.#interruptions.forget(track);
    this.#interrupted(false);
    if (stream === null) release(this.#stream);
    this.#stream = stream;
    for (const track of stream?.getTracks() ?? []) {
      this.#interruptions.watch(track);
      if (track.kind === "video") track.contentHint = "motion";
    }
    const { camera, microphone } = this.#parts.state();
    this.switch(camera, microphone);
    this.#parts.onStream(stream);
  }

  #interrupted(interrupted: boolean): void {
    if (interrupted === this.#parts.state().care.interrupted) return;
    this.#parts.happened({ type: "cared", found: { interrupted } });
  }
}
