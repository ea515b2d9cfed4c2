// Plays a talk for its tests: events in, the last state and what was asked for out.

import type { Role, Start, ToBrowser, Welcome } from "../wire/messages";
import { step } from "./talk";
import { type Effect, opened, type TalkEvent } from "./talk-state";

export const WELCOME: Welcome = {
  type: "welcome",
  role: "candidate",
  polite: true,
  epoch: 0,
  seat_token: "s",
  admitted: false,
  other: { name: "Anna", present: true, camera: true, microphone: true },
};

export const START: Start = {
  type: "start",
  epoch: 1,
  offer: false,
  ice_servers: [],
  relay_only: false,
};

export const server = (message: ToBrowser): TalkEvent => ({ type: "server", message });
export const stopped = (
  why: "ended" | "refused" | "broken" | "expired" | "superseded",
): TalkEvent => ({
  type: "stopped",
  why,
  text: null,
});

export function live(role: Role, ...events: TalkEvent[]) {
  let state = opened(role);
  const effects: Effect[][] = [];
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    effects.push([...next.effects]);
  }
  return { state, last: effects.at(-1) ?? [], all: effects.flat() };
}

export const TURN_ON: TalkEvent = { type: "turn_on", hurried: false };
export const TO_WAITING: readonly TalkEvent[] = [
  TURN_ON,
  { type: "media_live" },
  { type: "enter" },
  { type: "line", up: true },
  server(WELCOME),
  server({ type: "waiting" }),
];
export const TO_TALK: readonly TalkEvent[] = [
  ...TO_WAITING,
  server(START),
  { type: "connection", connected: true },
];
export const AT_COACH: readonly TalkEvent[] = [
  TURN_ON,
  { type: "media_live" },
  { type: "enter" },
  { type: "line", up: true },
  server({ ...WELCOME, role: "coach", polite: false, other: { ...WELCOME.other, present: false } }),
];

export const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.do);
export const sent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.do === "send" ? [effect.message] : []));
