// The reconnect ladder as a state machine: what to do about a connection that falters, and when.

export type Connection = "building" | "connected" | "disconnected" | "failed";

export type Rung =
  /** Picture and sound flow. */
  | "well"
  /** No connection was ever made on this page; the first one gets its time. */
  | "first"
  /** It stopped a moment ago; most of the time it comes back by itself. */
  | "doubt"
  /** Fresh routes were asked for, on the same connection. */
  | "renewed"
  /** A new connection was asked for, on the same seat. */
  | "rebuilt"
  /** The new one failed too; the next is due later. */
  | "pause";

export interface Recovery {
  readonly rung: Rung;
  /** Since when there is trouble, in the caller's milliseconds; null while all is well. */
  readonly since: number | null;
  /** When this rung was reached. */
  readonly at: number;
  /** New connections asked for since the trouble began. */
  readonly attempts: number;
  /** When the next new connection is due, on the rung `pause`. */
  readonly due: number;
  /** What was due while the line to the server was down, and has to be done when it is back. */
  readonly owed: Remedy;
}

/** `probe`: is the line to the server really there? `renew` and `restart` are said over it. */
export type Remedy = "none" | "probe" | "renew" | "restart";

export type RecoveryEvent =
  /** A look at the connection, at each change and twice a second. */
  | { readonly type: "look"; readonly connection: Connection }
  /** Another network, awake again, or the line to the server is back: old routes may be dead. */
  | { readonly type: "changed" }
  /** "Try now" was pressed. */
  | { readonly type: "pressed" }
  /** The server began a new epoch. */
  | { readonly type: "built" };

export interface Moment {
  readonly lineUp: boolean;
  readonly nowMs: number;
  /** Between 0 and 1: spreads two pages that fail together. */
  readonly random: number;
}

const DOUBT_MS = 3_000;
const ROUTES_MS = 15_000;
const ATTEMPT_MS = 8_000;
/** What changed twice within this is one change. */
const ONCE_MS = 2_000;
const PAUSES_MS = [0, 300, 1_200, 2_700, 4_800, 7_000] as const;
const JITTER_MS = 500;
const SLOW_AT_MS = 60_000;

export const HEALTHY: Recovery = {
  rung: "well",
  since: null,
  at: 0,
  attempts: 0,
  due: 0,
  owed: "none",
};

export interface Recovered {
  readonly recovery: Recovery;
  readonly remedy: Remedy;
}

/** What is known after `event`, and what to do now (call ladder: routes first, then anew). */
export function recover(before: Recovery, event: RecoveryEvent, moment: Moment): Recovered {
  const wanted = answer(before, event, moment);
  return settle(wanted, moment);
}

function answer(before: Recovery, event: RecoveryEvent, moment: Moment): Recovered {
  switch (event.type) {
    case "look":
      return look(before, event.connection, moment);
    case "changed":
      return changed(before, moment);
    case "pressed":
      return before.since === null ? still(before) : rebuild(before, moment);
    case "built":
      return built(before, moment);
    default:
      return event satisfies never;
  }
}

// Renewing and restarting are said over the line: without one they wait for it.
function settle({ recovery, remedy }: Recovered, { lineUp, nowMs }: Moment): Recovered {
  if (remedy === "probe") return { recovery, remedy };
  const due = stronger(recovery.owed, remedy);
  if (due === "none") return { recovery, remedy: "none" };
  if (!lineUp) return { recovery: { ...recovery, owed: due }, remedy: "none" };
  if (recovery.owed === "none") return { recovery, remedy: due };
  const rung: Rung = due === "restart" ? "rebuilt" : "renewed";
  return { recovery: { ...recovery, rung, at: nowMs, owed: "none" }, remedy: due };
}

const stronger = (one: Remedy, other: Remedy): Remedy =>
  one === "restart" || other === "restart" ? "restart" : one === "none" ? other : one;

const still = (recovery: Recovery): Recovered => ({ recovery, remedy: "none" });

function look(before: Recovery, connection: Connection, moment: Moment): Recovered {
  // What a changed network owes is still due: "connected" may be from before the change.
  if (connection === "connected") return still({ ...HEALTHY, owed: renewOnly(before.owed) });
  const waited = moment.nowMs - before.at;
  switch (before.rung) {
    case "well":
      return worse(before, connection, moment);
    case "first":
      return waited >= ROUTES_MS || connection === "failed"
        ? rebuild(before, moment)
        : still(before);
    case "doubt":
      return waited >= DOUBT_MS || connection === "failed" ? renew(before, moment) : still(before);
    case "renewed":
      return waited >= ROUTES_MS ? rebuild(before, moment) : still(before);
    case "rebuilt":
      return waited >= ATTEMPT_MS || (connection === "failed" && waited >= ONCE_MS)
        ? still(pause(before, moment))
        : still(before);
    case "pause":
      return moment.nowMs >= before.due ? rebuild(before, moment) : still(before);
    default:
      return before.rung satisfies never;
  }
}

const renewOnly = (owed: Remedy): Remedy => (owed === "renew" ? "renew" : "none");

function worse(before: Recovery, connection: Connection, moment: Moment): Recovered {
  const since = { ...before, since: moment.nowMs, at: moment.nowMs };
  if (connection === "building") return still({ ...since, rung: "first" });
  if (connection === "failed") return renew(since, moment);
  return { recovery: { ...since, rung: "doubt" }, remedy: "probe" };
}

function changed(before: Recovery, moment: Moment): Recovered {
  const justNow = moment.nowMs - before.at < ONCE_MS;
  switch (before.rung) {
    case "well":
    case "doubt":
      return renew(before, moment);
    case "renewed":
      return justNow ? still(before) : renew(before, moment);
    case "first":
    case "rebuilt":
    case "pause":
      return justNow ? still(before) : rebuild(before, moment);
    default:
      return before.rung satisfies never;
  }
}

// A new connection of the server's own accord, or one that was asked for: its time begins now.
function built(before: Recovery, { nowMs }: Moment): Recovered {
  const since = before.since ?? nowMs;
  const rung = before.rung === "well" || before.rung === "first" ? "first" : "rebuilt";
  return still({ ...before, rung, since, at: nowMs, owed: "none" });
}

function renew(before: Recovery, { nowMs }: Moment): Recovered {
  const recovery: Recovery = {
    ...before,
    rung: "renewed",
    since: before.since ?? nowMs,
    at: nowMs,
  };
  return { recovery, remedy: "renew" };
}

function rebuild(before: Recovery, { nowMs }: Moment): Recovered {
  const attempts = before.attempts + 1;
  const recovery: Recovery = { ...before, rung: "rebuilt", at: nowMs, attempts };
  return { recovery, remedy: "restart" };
}

function pause(before: Recovery, { nowMs, random }: Moment): Recovery {
  const wait = PAUSES_MS[Math.min(before.attempts, PAUSES_MS.length - 1)] ?? 0;
  return { ...before, rung: "pause", at: nowMs, due: nowMs + wait + random * JITTER_MS };
}

export type Told = "nothing" | "again" | "phone";

/** What a person may know of the ladder: nothing, that a new connection is made, or the number. */
export function told({ rung, since }: Recovery, nowMs: number): Told {
  if (since === null) return "nothing";
  if (nowMs - since >= SLOW_AT_MS) return "phone";
  return rung === "rebuilt" || rung === "pause" ? "again" : "nothing";
}

/** Seconds until the next new connection; null while none is due. */
export function secondsLeft({ rung, due }: Recovery, nowMs: number): number | null {
  return rung === "pause" ? Math.max(0, Math.ceil((due - nowMs) / 1000)) : null;
}

const ASLEEP_MS = 8_000;

/** Whether the device slept between two looks that should be half a second apart. */
export const slept = (lastMs: number, nowMs: number): boolean => nowMs - lastMs >= ASLEEP_MS;

/** One word for the two states that browsers keep; Chromium may leave one of them behind. */
export function connectionOf(
  connection: RTCPeerConnectionState,
  ice: RTCIceConnectionState,
): Connection {
  if (connection === "failed" || ice === "failed") return "failed";
  if (connection === "disconnected" || ice === "disconnected") return "disconnected";
  return connection === "connected" ? "connected" : "building";
}
