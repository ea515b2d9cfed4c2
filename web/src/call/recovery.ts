// When a connection falters: first fresh routes on the same connection, then a new one.

export type Connection = "building" | "connected" | "disconnected" | "failed";

export interface Recovery {
  readonly since: number | null;
  readonly renewed: boolean;
}

export type Remedy = "none" | "renew" | "restart";

const PATIENCE_MS = 3_000;
const RESTART_MS = 15_000;

export const HEALTHY: Recovery = { since: null, renewed: false };

/** What to do now about `connection`; nothing can be done while the line to the server is down. */
export function recover(
  recovery: Recovery,
  connection: Connection,
  lineUp: boolean,
  nowMs: number,
): { readonly recovery: Recovery; readonly remedy: Remedy } {
  if (connection === "connected") return { recovery: HEALTHY, remedy: "none" };
  const since = recovery.since ?? nowMs;
  const waited = { since, renewed: recovery.renewed };
  if (!lineUp) return { recovery: waited, remedy: "none" };
  if (nowMs - since >= RESTART_MS) return { recovery: HEALTHY, remedy: "restart" };
  const tired = connection === "failed" || nowMs - since >= PATIENCE_MS;
  if (connection === "building" || recovery.renewed || !tired) {
    return { recovery: waited, remedy: "none" };
  }
  return { recovery: { since, renewed: true }, remedy: "renew" };
}

/** One word for the two states that browsers keep; Chromium may leave one of them behind. */
export function connectionOf(
  connection: RTCPeerConnectionState,
  ice: RTCIceConnectionState,
): Connection {
  if (connection === "failed" || ice === "failed") return "failed";
  if (connection === "disconnected" || ice === "disconnected") return "disconnected";
  return connection === "connected" ? "connected" : "building";
}
