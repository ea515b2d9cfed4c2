// Notices that something else took camera or microphone, a phone call or a lock screen for instance.

import { INTERRUPTED_MS, isTaken } from "./webkit";

export interface InterruptionParts {
  readonly now: () => number;
  /** True after five seconds without a track's picture or sound, false when it is back. */
  readonly onChange: (interrupted: boolean) => void;
  readonly onEnd: () => void;
}

export class Interruptions {
  readonly #parts: InterruptionParts;
  readonly #mutedAt = new Map<MediaStreamTrack, number>();

  constructor(parts: InterruptionParts) {
    this.#parts = parts;
  }

  /** Hears of `track` from now on. */
  watch(track: MediaStreamTrack): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    track.onended = () => this.#parts.onEnd();
    track.onmute = () => {
      this.#mutedAt.set(track, this.#parts.now());
      clearTimeout(timer);
      timer = setTimeout(() => track.onmute && this.#parts.onChange(track.muted), INTERRUPTED_MS);
    };
    track.onunmute = () => {
      this.#mutedAt.delete(track);
      clearTimeout(timer);
      this.#parts.onChange(false);
    };
  }

  forget(track: MediaStreamTrack): void {
    this.#mutedAt.delete(track);
    track.onended = null;
    track.onmute = null;
    track.onunmute = null;
  }

  /** Whether `track` does not come back by itself; a page that slept finds it out on its return. */
  taken(track: MediaStreamTrack): boolean {
    const { readyState, muted } = track;
    const since = this.#mutedAt.get(track);
    const mutedMs = since === undefined ? 0 : this.#parts.now() - since;
    return isTaken({ ended: readyState === "ended", muted, mutedMs });
  }
}
