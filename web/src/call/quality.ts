// Looks once a second at what the line carries, sets the own picture to it, and words it.

import type { Summary } from "../wire/messages";
import { atTop, climb, type Ladder, type Room, SIZES, STILL } from "./quality-ladder";
import type { Counts } from "./quality-stats";
import { SUMMARY_MS, sumUp } from "./quality-summary";
import { FINE, type Level, type Shown, STRETCH_MS, show, TIPS } from "./quality-words";

const LOOK_MS = 1_000;

/** What the page may say of the line. */
export interface Quality {
  readonly level: Level;
  /** Which of the tips fits now, from 1; null while all is well. */
  readonly tip: number | null;
  /** The own picture stands still, so that the sound goes through. */
  readonly still: boolean;
}

export const ALL_GOOD: Quality = { level: "good", tip: null, still: false };

export interface QualityParts {
  readonly counts: () => Promise<Counts>;
  /** Whether the connection carries anything now: a broken one says nothing about the line. */
  readonly connected: () => boolean;
  readonly lowData: () => boolean;
  readonly onStep: (step: number) => void;
  readonly onQuality: (quality: Quality) => void;
  /** What the line brought, every 15 s; a time that it was broken in between is in no summary. */
  readonly onSummary: (summary: Summary) => void;
  readonly repeat: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
  readonly now: () => number;
}

export class QualityCare {
  readonly #parts: QualityParts;
  readonly #timer: number;
  #ladder: Ladder;
  #shown: Shown = FINE;
  #began: Counts | null = null;
  #told: Quality = ALL_GOOD;
  #summed: Counts | null = null;
  #looking = false;

  constructor(parts: QualityParts) {
    this.#parts = parts;
    this.#ladder = atTop(parts.now());
    this.#timer = parts.repeat(() => void this.look(), LOOK_MS);
  }

  /** One look; a slow browser skips those it cannot keep up with. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const counts = await this.#parts.counts().catch(() => null);
    this.#looking = false;
    if (counts === null) return;
    if (this.#parts.connected()) this.#take(counts);
    else this.#began = this.#summed = null;
  }

  stop(): void {
    this.#parts.never(this.#timer);
  }

  #take(counts: Counts): void {
    this.#climb({ kbps: counts.kbps, limited: counts.limited, lost: counts.ownLost });
    this.#measure(counts);
    this.#sumUp(counts);
    const { level, warnings } = this.#shown;
    const tip = level === "good" ? null : ((warnings - 1) % TIPS) + 1;
    this.#tell({ level, tip, still: this.#ladder.step === STILL });
  }

  #climb(room: Room): void {
    const { step } = this.#ladder;
    this.#ladder = climb(this.#ladder, room, this.#parts.lowData(), this.#parts.now());
    if (this.#ladder.step !== step) this.#parts.onStep(this.#ladder.step);
  }

  #measure(counts: Counts): void {
    const began = this.#began ?? counts;
    this.#began = began;
    const seconds = (counts.atMs - began.atMs) / 1000;
    if (seconds * 1000 < STRETCH_MS) return;
    const received = counts.received - began.received;
    // Repairs may lower the count of what was lost (RFC 3550 6.4.1).
    const lost = Math.max(counts.lost - began.lost, 0);
    this.#began = counts;
    this.#shown = show(this.#shown, {
      lost: received + lost > 0 ? lost / (received + lost) : 0,
      packets: received / seconds,
      rttMs: counts.rttMs,
      squeezed: !this.#parts.lowData() && this.#ladder.step >= SIZES.length - 1,
    });
  }

  #sumUp(counts: Counts): void {
    this.#summed ??= counts;
    if (counts.atMs - this.#summed.atMs < SUMMARY_MS) return;
    this.#parts.onSummary(sumUp(this.#summed, counts));
    this.#summed = counts;
  }

  #tell(quality: Quality): void {
    const { level, tip, still } = this.#told;
    if (level === quality.level && tip === quality.tip && still === quality.still) return;
    this.#told = quality;
    this.#parts.onQuality(quality);
  }
}
