// The button that makes the background vague: off until pressed, and off again when it cannot be.

import type { Blur, Stopped } from "../blur/blur";
import type { Peer } from "../call/peer";
import { find, pressed, word } from "./elements";
import { type Facts, sentence } from "./facts";

export interface BlurView {
  /** The own stream came, changed or went. */
  own(stream: MediaStream | null): void;
  over(peer: Peer | null): void;
  /** What of the own stream may go out: no sharp picture of somebody who pressed the button. */
  toSend(stream: MediaStream): MediaStream;
  /** What is shown of oneself: as the other sees it. */
  shown(stream: MediaStream | null): MediaStream | null;
}

/** Brings the button to life; `onChange` when another picture of oneself is to be shown. */
export function blurOn(facts: Facts, onChange: () => void): BlurView {
  const view = new Wearing(facts, onChange);
  pressed("blur", () => view.press());
  return view;
}

class Wearing implements BlurView {
  readonly #facts: Facts;
  readonly #onChange: () => void;
  #camera: MediaStreamTrack | null = null;
  #peer: Peer | null = null;
  #blur: Blur | null = null;
  #worn: MediaStream | null = null;
  #wanted = false;

  constructor(facts: Facts, onChange: () => void) {
    this.#facts = facts;
    this.#onChange = onChange;
  }

  own(stream: MediaStream | null): void {
    const camera = stream?.getVideoTracks()[0] ?? null;
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.#takeOff();
    if (this.#wanted) void this.#putOn();
  }

  over(peer: Peer | null): void {
    this.#peer = peer;
    if (this.#worn !== null) void peer?.replace(this.#worn);
    else if (this.#wanted) peer?.withhold();
  }

  toSend(stream: MediaStream): MediaStream {
    return this.#wanted ? new MediaStream(stream.getAudioTracks()) : stream;
  }

  shown(stream: MediaStream | null): MediaStream | null {
    return stream === null ? null : (this.#worn ?? stream);
  }

  press(): void {
    this.#wanted = !this.#wanted;
    if (this.#wanted) return void this.#putOn();
    this.#showSharp();
    this.#say("off");
  }

  async #putOn(): Promise<void> {
    const camera = this.#camera;
    if (camera === null) return;
    this.#say("wait");
    try {
      const { Blur } = await import("../blur/blur");
      if (!this.#wanted || camera !== this.#camera) return;
      this.#blur = new Blur(
        camera,
        () => this.#wear(),
        (why) => this.#gaveUp(why),
      );
    } catch {
      this.#gaveUp("failed");
    }
  }

  #wear(): void {
    if (this.#blur === null) return;
    this.#worn = new MediaStream([this.#blur.track]);
    void this.#peer?.replace(this.#worn);
    this.#say("on");
    this.#onChange();
  }

  #gaveUp(why: Stopped): void {
    this.#wanted = false;
    this.#showSharp();
    this.#say(why);
  }

  #takeOff(): void {
    this.#blur?.stop();
    this.#blur = null;
    if (this.#worn === null) return;
    this.#worn = null;
    this.#onChange();
  }

  #showSharp(): void {
    this.#takeOff();
    if (this.#camera !== null) void this.#peer?.replace(new MediaStream([this.#camera]));
  }

  #say(what: "wait" | "on" | "off" | Stopped): void {
    find("blur").setAttribute("aria-pressed", String(this.#wanted));
    word(find("together-notice"), sentence(this.#facts, { key: `call.blur.${what}`, values: {} }));
  }
}
