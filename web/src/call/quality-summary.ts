// Sums up every 15 s what the line brought (call handbook 3.8): counts, no media and no address.

import type { Summary } from "../wire/messages";
import type { Counts } from "./quality-stats";

export const SUMMARY_MS = 15_000;
const MOST_RTT_MS = 60_000;
const MOST_KBPS = 1_000_000;
const MOST_PIXELS = 8_192;

/** The summary of what lies between two looks at the same connection. */
export function sumUp(began: Counts, now: Counts): Summary {
  const received = Math.max(now.received - began.received, 0);
  // Repairs may lower the count of what was lost (RFC 3550 6.4.1).
  const lost = Math.max(now.lost - began.lost, 0);
  const kilobits = (Math.max(now.bytes - began.bytes, 0) * 8) / 1_000;
  const seconds = Math.max(now.atMs - began.atMs, 1) / 1_000;
  return {
    lost: received + lost > 0 ? Math.round((1_000 * lost) / (received + lost)) : 0,
    rtt_ms: whole(now.rttMs, MOST_RTT_MS),
    kbps: Math.min(Math.ceil(kilobits / seconds), MOST_KBPS),
    width: whole(now.width, MOST_PIXELS),
    height: whole(now.height, MOST_PIXELS),
    relay: now.relay,
  };
}

const whole = (value: number | null, most: number): number | null =>
  value === null ? null : Math.round(Math.min(Math.max(value, 0), most));
