// Strict reading of what the server sends: a frame is one known message, or nothing.

import type { Role, ToBrowser, Unseen } from "./messages";

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && allowed.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** An object with exactly these keys, each passing its check. */
const record =
  (shape: Shape): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value);
    if (entries.length !== Object.keys(shape).length) return false;
    return entries.every(([key, part]) => Object.hasOwn(shape, key) && shape[key]?.(part) === true);
  };

const isRole = oneOf("coach", "candidate" satisfies Role);
const isUnseen = oneOf("black", "frozen", "no_frames" satisfies Unseen);
const presence: Shape = { present: isFlag, camera: isFlag, microphone: isFlag };
const isDescription = record({ type: oneOf("offer", "answer"), sdp: isText });
const isCandidate = record({
  candidate: isText,
  sdpMid: orNull(isText),
  sdpMLineIndex: orNull(isCount),
  usernameFragment: orNull(isText),
});
const isIceServers = listOf(
  record({ urls: listOf(isText), username: orNull(isText), credential: orNull(isText) }),
);

const SHAPES: Readonly<Record<ToBrowser["type"], Shape>> = {
  welcome: {
    role: isRole,
    polite: isFlag,
    epoch: isCount,
    seat_token: isText,
    admitted: isFlag,
    other: record({ name: isText, ...presence }),
  },
  waiting: {},
  knock: { name: isText, camera: isFlag, verdict: orNull(isText) },
  start: { epoch: isCount, offer: isFlag, ice_servers: isIceServers, relay_only: isFlag },
  start_jitsi: { epoch: isCount, host: isText, room: isText, token: isText, direct: isFlag },
  description: { epoch: isCount, description: isDescription, from: isRole },
  candidate: { epoch: isCount, candidate: orNull(isCandidate), from: isRole },
  ice_servers: { ice_servers: isIceServers },
  peer: presence,
  not_seen: { who: isRole, reason: orNull(isUnseen), seconds: isCount },
  seen_again: { who: isRole },
  trouble: { from: isRole, cause: isText, phone: orNull(isText) },
  second_device: {},
  superseded: {},
  third_refused: { count: isCount },
  other_device: {},
  refused: { code: oneOf("third_person", "not_yours", "not_open", "ended") },
  left: { who: isRole },
  ended: { joint_seconds: isCount },
  error: { code: isText, retry: isFlag },
  pong: { n: isCount },
};

/** The message in a text frame, or null when it is none of the protocol's. */
export function parseToBrowser(frame: string): ToBrowser | null {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return null;
  }
  return isMessage(value) ? value : null;
}

function isMessage(value: unknown): value is ToBrowser {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(SHAPES, type)) return false;
  return record({ type: isText, ...SHAPES[type as ToBrowser["type"]] })(value);
}
