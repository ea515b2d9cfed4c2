// Notices sound that keeps breaking up: too much of it lost for too long (rule R19).

import type { Limits } from "./limits";

/** Packets of the other's sound since the connection began. */
export interface Sound {
  readonly received: number;
  readonly lost: number;
}

export interface Hearing {
  readonly atMs: number;
  readonly sound: Sound;
  readonly badSinceMs: number | null;
}

/** What is known after another count of `sound`; `before` is null at the first of a connection. */
export function hear(before: Hearing | null, sound: Sound, nowMs: number, limits: Limits): Hearing {
  if (before === null) return { atMs: nowMs, sound, badSinceMs: null };
  // Repairs may lower the count of what was lost (RFC 3550 6.4.1).
  const lost = Math.max(sound.lost - before.sound.lost, 0);
  const sent = lost + sound.received - before.sound.received;
  const bad = 100 * lost > limits.audio_loss_percent * sent;
  return { atMs: nowMs, sound, badSinceMs: bad ? (before.badSinceMs ?? before.atMs) : null };
}

/** Whether nobody can follow this any more. */
export function isTrouble({ atMs, badSinceMs }: Hearing, limits: Limits): boolean {
  return badSinceMs !== null && atMs - badSinceMs >= 1000 * limits.audio_loss_seconds;
}
