// Looks twice a second whether the other is seen, and tells it when due.

import type { Unseen } from "../wire/messages";
import { type Attested, describe, isDue, judge, luminance, remember, type Sample } from "./seen";

const LOOK_MS = 500;
/** A person is told when it lasts: a hand before the camera is nobody's business. */
const LASTING_MS = 8_000;

export interface WatchParts {
  readonly framesDecoded: () => Promise<number>;
  /** The other's picture, small, as RGBA; null when there is none or nobody looks. */
  readonly picture: () => Uint8ClampedArray | null;
  readonly repeat: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
  readonly now: () => number;
  /** False when it could not be told; then it is told again. */
  readonly attest: (seen: boolean, reason: Unseen | null, frames: number) => boolean;
  /** Not seen for so long that the person looks at nothing; null when it is over. */
  readonly onLasting: (unseen: Unseen | null) => void;
}

export class Watch {
  readonly #parts: WatchParts;
  readonly #timer: number;
  #samples: readonly Sample[] = [];
  #before: Uint8Array | null = null;
  #told: Attested | null = null;
  #looking = false;
  #unseenSince: number | null = null;
  #lasting: Unseen | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#timer = parts.repeat(() => void this.look(), LOOK_MS);
  }

  /** One look; a slow browser skips the looks it cannot keep up with. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const frames = await this.#parts.framesDecoded().catch(() => null);
    this.#looking = false;
    if (frames !== null) this.#take(frames);
  }

  stop(): void {
    this.#parts.never(this.#timer);
  }

  #take(frames: number): void {
    const atMs = this.#parts.now();
    const rgba = this.#parts.picture();
    const values = rgba === null ? null : luminance(rgba);
    const picture = values === null ? null : describe(values, this.#before);
    this.#before = values;
    this.#samples = remember(this.#samples, { atMs, frames, picture });
    const sight = judge(this.#samples);
    if (sight.known) this.#last(sight.reason, atMs);
    if (!sight.known || !isDue(this.#told, sight, atMs)) return;
    const { seen, reason } = sight;
    if (this.#parts.attest(seen, reason, sight.frames)) this.#told = { atMs, seen, reason };
  }

  #last(reason: Unseen | null, atMs: number): void {
    this.#unseenSince = reason === null ? null : (this.#unseenSince ?? atMs);
    const lasts = this.#unseenSince !== null && atMs - this.#unseenSince >= LASTING_MS;
    const lasting = lasts ? reason : null;
    if (lasting === this.#lasting) return;
    this.#lasting = lasting;
    this.#parts.onLasting(lasting);
  }
}
