// Notices that a talk does not work although nobody says so (rule R19).

import type { Cause } from "../wire/messages";
import type { TalkState } from "./talk-state";

/** Somebody whose page is gone gets the time to come back. */
const AWAY_MS = 120_000;

export interface Lookout {
  readonly cameraSince: number | null;
  readonly brokenSince: number | null;
  readonly wasConnected: boolean;
  readonly reconnects: readonly number[];
}

export const CALM: Lookout = {
  cameraSince: null,
  brokenSince: null,
  wasConnected: false,
  reconnects: [],
};

type Told = "stage" | "role" | "live" | "epoch" | "connected" | "otherLeft" | "limits";
type Seen = Pick<TalkState, Told> & {
  readonly other: { readonly present: boolean } | null;
};

/**
 * What is remembered after a look at `state`, and what is wrong, if anything. `beforeMs` is the
 * time until the talk was to begin: whoever comes early has until then to get the camera going.
 */
export function lookOut(
  lookout: Lookout,
  state: Seen,
  beforeMs: number,
  nowMs: number,
): { readonly lookout: Lookout; readonly cause: Cause | null } {
  const next: Lookout = {
    ...connections(lookout, state, nowMs),
    cameraSince: state.stage === "help" && !state.live ? (lookout.cameraSince ?? nowMs) : null,
  };
  return { lookout: next, cause: cause(next, state, beforeMs, nowMs) };
}

type Connections = Omit<Lookout, "cameraSince">;

function connections(lookout: Lookout, state: Seen, nowMs: number): Connections {
  const { wasConnected, brokenSince, reconnects } = lookout;
  if (state.epoch === 0 || state.otherLeft) return CALM;
  if (!state.connected) return { wasConnected, brokenSince: brokenSince ?? nowMs, reconnects };
  const again = wasConnected && brokenSince !== null;
  const windowMs = 1000 * state.limits.reconnect_window_seconds;
  const recent = reconnects.filter((at) => nowMs - at < windowMs);
  return {
    wasConnected: true,
    brokenSince: null,
    reconnects: again ? [...recent, nowMs] : recent,
  };
}

function cause(lookout: Lookout, state: Seen, beforeMs: number, nowMs: number): Cause | null {
  const { cameraSince, brokenSince, reconnects } = lookout;
  const { limits } = state;
  const cameraMs = 1000 * limits.camera_wait_seconds;
  if (cameraSince !== null && beforeMs <= 0 && nowMs - cameraSince >= cameraMs) return "camera";
  if (reconnects.length >= limits.reconnects) return "network";
  const slowMs = 1000 * limits.connect_tries * limits.connect_seconds;
  const patience = state.other?.present === false ? AWAY_MS : slowMs;
  return brokenSince !== null && nowMs - brokenSince >= patience ? "network" : null;
}
