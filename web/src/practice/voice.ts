// The voice before the talk: a recorded sentence, and the browser's own voice for what is written.

import { find, show } from "../view/elements";
import english from "./voice-en.mp3";
import dutch from "./voice-nl.mp3";

const SAY_MS = 6_000;

export class Voice {
  readonly #language: string;

  constructor(language: string) {
    this.#language = language;
    find<HTMLAudioElement>("voice").src = language === "nl" ? dutch : english;
  }

  /** Lets the voice be heard, and tells when it was; the words stand beside it. */
  async play(onHeard: () => void): Promise<void> {
    const audio = find<HTMLAudioElement>("voice");
    show(find("voice-text"), true);
    audio.currentTime = 0;
    const timer = setTimeout(onHeard, SAY_MS);
    audio.onended = () => {
      clearTimeout(timer);
      onHeard();
    };
    await audio.play().catch(() => undefined);
  }

  /** Reads `words` aloud with a voice of this device. */
  read(words: string): void {
    if (!("speechSynthesis" in window)) return;
    speechSynthesis.cancel();
    const spoken = new SpeechSynthesisUtterance(words);
    spoken.lang = this.#language === "nl" ? "nl-NL" : "en-GB";
    spoken.rate = 0.9;
    speechSynthesis.speak(spoken);
  }

  stop(): void {
    find<HTMLAudioElement>("voice").pause();
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }
}
