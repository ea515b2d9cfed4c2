// What to do when the signalling socket closed: protocol chapter 6, and the ladder of waits.

export type Ending = "ended" | "refused" | "superseded" | "broken" | "expired";

export type AfterClose =
  | { readonly kind: "retry"; readonly waitMs: number; readonly fresh: boolean }
  | { readonly kind: "stop"; readonly why: Ending };

const LADDER_SECONDS = [0, 2, 5, 10, 15, 20, 30] as const;

export interface ClosedSocket {
  readonly code: number;
  /** Attempts since the last welcome. */
  readonly attempt: number;
  /** Tickets refused with 4401 since the last welcome. */
  readonly refusedTickets: number;
  /** Between 0 and 1: spreads the return of many pages. */
  readonly random: number;
}

/** Whether and when to come back; `fresh` means with a new ticket. */
export function afterClose(closed: ClosedSocket): AfterClose {
  switch (closed.code) {
    case 1000:
      return { kind: "stop", why: "ended" };
    case 1003:
      return { kind: "stop", why: "broken" };
    case 4401:
      if (closed.refusedTickets > 0) return { kind: "stop", why: "expired" };
      return { kind: "retry", waitMs: 0, fresh: true };
    case 4403:
      return { kind: "stop", why: "refused" };
    case 4409:
      return { kind: "stop", why: "superseded" };
    default:
      return { kind: "retry", waitMs: waitBefore(closed), fresh: false };
  }
}

function waitBefore({ code, attempt, random }: ClosedSocket): number {
  const step = LADDER_SECONDS[Math.min(attempt, LADDER_SECONDS.length - 1)] ?? 30;
  if (code === 1001) return Math.max(step * 1000, random * 3000);
  if (code === 1008) return Math.max(step * 1000, 5000);
  if (code === 1013) return step * 1000 + random * 3000;
  return step * 1000;
}
