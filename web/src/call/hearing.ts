// Notices sound that keeps breaking up: over 20 % of it lost for a minute (rule R19).

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

const MOST_LOST = 0.2;
const MOST_MS = 60_000;

/** What is known after another count of `sound`; `before` is null at the first of a connection. */
export function hear(before: Hearing | null, sound: Sound, nowMs: number): Hearing {
  if (before === null) return { atMs: nowMs, sound, badSinceMs: null };
  // Repairs may lower the count of what was lost (RFC 3550 6.4.1).
  const lost = Math.max(sound.lost - before.sound.lost, 0);
  const sent = lost + sound.received - before.sound.received;
  const bad = lost > MOST_LOST * sent;
  return { atMs: nowMs, sound, badSinceMs: bad ? (before.badSinceMs ?? before.atMs) : null };
}

/** Whether nobody can follow this any more. */
export function isTrouble({ atMs, badSinceMs }: Hearing): boolean {
  return badSinceMs !== null && atMs - badSinceMs >= MOST_MS;
}
