// The talk as the page lives it: what happened and what was pressed in, what to show and do out.

import type { Ending } from "../wire/ladder";
import type {
  Cause,
  FromBrowser,
  Other,
  Presence,
  Shown,
  Start,
  StartJitsi,
  ToBrowser,
  Welcome,
} from "../wire/messages";
import type { Verdict } from "./classify";
import type { Effect, Next, Patience, Stage, TalkEvent, TalkState } from "./talk-state";

/** What becomes of `state` by `event`, and what is to be done. */
export function step(state: TalkState, event: TalkEvent): Next {
  if (isOver(state) && event.type !== "stopped") return same(state);
  switch (event.type) {
    case "turn_on":
      return next({ ...state, hurried: state.hurried || event.hurried }, { do: "ask_media" });
    case "media_live":
      return mediaLive(state);
    case "media_failed":
      return mediaFailed(state, event.verdict);
    case "camera_lost":
      return cameraLost(state);
    case "enter":
      return enter(state);
    case "admit":
      return next({ ...state, notice: null }, send({ type: "admit" }));
    case "toggle_camera":
      return switched({ ...state, camera: !state.camera });
    case "toggle_microphone":
      return switched({ ...state, microphone: !state.microphone });
    case "leave":
      return finish(state, send({ type: "leave" }));
    case "trouble":
      return giveUp(state);
    case "trouble_found":
      return state.failed ? same(state) : fallBack(state, event.cause);
    case "go_back":
      return next(state.connected ? { ...state, stage: "talk" } : state);
    case "take_over":
      return next(state, send({ type: "take_over" }));
    case "not_here":
      return away(state, "superseded");
    case "line":
      return line(state, event.up);
    case "stopped":
      return stopped(state, event.why, event.text);
    case "connection":
      return connection(state, event.connected);
    case "cared":
      return next({ ...state, care: { ...state.care, ...event.found } });
    case "out_of_patience":
      return outOfPatience(state, event.over);
    case "server":
      return heard(state, event.message);
    default:
      return event satisfies never;
  }
}

function isOver({ stage }: TalkState): boolean {
  return stage === "end" || stage === "refused" || stage === "superseded";
}

const same = (state: TalkState): Next => ({ state, effects: [] });
const next = (state: TalkState, ...effects: Effect[]): Next => ({ state, effects });
const send = (message: FromBrowser): Effect => ({ do: "send", message });

function mediaLive(state: TalkState): Next {
  const live = { ...state, live: true, help: null };
  if (!state.entered) {
    const checked: TalkState = { ...live, stage: "check" };
    return state.hurried ? enter(checked) : next(checked);
  }
  const stage = state.stage === "help" ? stageInRoom(state) : state.stage;
  return next({ ...live, stage }, ...cameraReport(live));
}

const stageInRoom = ({ epoch }: TalkState): Stage => (epoch > 0 ? "talk" : "waiting");

function mediaFailed(state: TalkState, verdict: Verdict): Next {
  // In the talk the help must not cover the other: the text beside the picture is enough.
  const stage = state.stage === "talk" || state.stage === "fallback" ? state.stage : "help";
  const failed: TalkState = { ...state, live: false, stage, help: verdict };
  return next(failed, ...(state.entered ? cameraReport(failed) : []));
}

function cameraLost(state: TalkState): Next {
  const { state: lost, effects } = mediaFailed(state, "LOST");
  return next(lost, ...effects, { do: "ask_media" });
}

/** What the others may know of this page's camera and microphone. */
export function shown(state: TalkState): Shown {
  const { help, camera, microphone } = state;
  const live = state.live && !goesWithoutCamera(state);
  return { live, verdict: state.live ? null : help, camera: camera && live, microphone };
}

/** Whether this page asks for no camera: that of the candidate alone can be waived. */
export const goesWithoutCamera = ({ waived, role }: Pick<TalkState, "waived" | "role">): boolean =>
  waived && role === "candidate";

// What the server knows already the line does not say again.
function cameraReport(state: TalkState): Effect[] {
  const { live, verdict, camera, microphone } = shown(state);
  return [send({ type: "camera", live, verdict }), send({ type: "media", camera, microphone })];
}

// Rule R4: nobody enters without a live camera. Remembered at the press, not at the welcome: on a
// slow line the page may be loaded again before that, and would ask again for what was answered.
function enter(state: TalkState): Next {
  if (!state.live || state.entered) return same(state);
  return next(
    { ...state, stage: "waiting", entered: true, hurried: false },
    { do: "remember", inTalk: true },
    { do: "open_line" },
  );
}

function switched(state: TalkState): Next {
  const { camera, microphone } = state;
  return next(
    state,
    { do: "switch", camera, microphone },
    send({ type: "media", camera, microphone }),
  );
}

// A talk that failed ends on the page with the phone number and the times.
function finish(state: TalkState, ...first: Effect[]): Next {
  const over: Effect[] = [
    { do: "remember", inTalk: false },
    { do: "stop_peer" },
    { do: "release_media" },
  ];
  const stage = state.failed ? "fallback" : "end";
  const ended: TalkState = { ...state, stage, live: false, knocking: null, connected: false };
  return next(ended, ...first, ...over, ...(state.failed ? [] : [{ do: "go_on" } as const]));
}

// Pressed: this person stops, and camera and microphone with them.
function giveUp(state: TalkState): Next {
  const cause = causeOf(state);
  const { state: failed, effects } = fallBack(state, cause);
  const { state: ended, effects: more } = finish(failed, send({ type: "leave" }));
  return next(ended, ...effects, ...more);
}

// Found out, or told by the other side: sound may still flow, so nothing is cut off.
function fallBack(state: TalkState, cause: Cause | null): Next {
  const failed: TalkState = { ...state, failed: true, stage: "fallback", knocking: null };
  const told: Effect[] = cause === null ? [] : [send({ type: "trouble", cause })];
  return next(failed, ...told, { do: "fall_back", cause });
}

function causeOf({ live, help, epoch, connected, unseen }: TalkState): Cause {
  if (!live && help !== null)
    return help === "NO_MIC" || help === "SILENT" ? "microphone" : "camera";
  if (epoch > 0 && !connected) return "network";
  return unseen === null ? "other" : "picture";
}

function away(state: TalkState, stage: "superseded" | "refused"): Next {
  return next(
    { ...state, stage, live: false, knocking: null },
    { do: "remember", inTalk: false },
    { do: "close_line" },
    { do: "stop_peer" },
    { do: "release_media" },
  );
}

function line(state: TalkState, up: boolean): Next {
  if (up) return next({ ...state, lineUp: true, lineSlow: false });
  return next({ ...state, lineUp: false }, { do: "wait", over: "line" });
}

function connection(state: TalkState, connected: boolean): Next {
  if (connected) return next({ ...state, connected, mediaSlow: false });
  return next({ ...state, connected }, { do: "wait", over: "media" });
}

function outOfPatience(state: TalkState, over: Patience): Next {
  if (over === "line") return next({ ...state, lineSlow: !state.lineUp });
  return next({ ...state, mediaSlow: state.epoch > 0 && !state.connected });
}

function stopped(state: TalkState, why: Ending, text: string | null): Next {
  if (isOver(state) || (state.failed && !state.live)) return same(state);
  switch (why) {
    case "ended":
      return finish(state);
    case "superseded":
      return away(state, "superseded");
    case "refused":
    case "broken":
    case "expired":
      // Picture and sound need no server: the talk goes on, with the phone number beside it.
      if (state.connected) return next({ ...state, lineUp: false, lineSlow: true });
      return away({ ...state, refusal: { code: why, text } }, "refused");
    default:
      return why satisfies never;
  }
}

function heard(state: TalkState, message: ToBrowser): Next {
  switch (message.type) {
    case "welcome":
      return welcomed(state, message);
    case "waiting":
      return next(state.failed ? state : { ...state, stage: "waiting" });
    case "knock":
      return atTheDoor(state, { camera: message.camera });
    case "start":
    case "start_jitsi":
      return started(state, message);
    case "description":
      return next(state, { do: "describe", message });
    case "candidate":
      return next(state, { do: "candidate", message });
    case "ice_servers":
      return next(state, { do: "new_routes", iceServers: message.ice_servers });
    case "peer":
      return peer(state, message);
    case "not_seen":
      return notSeen(state, message);
    case "seen_again":
      return next(state.unseen?.who === message.who ? { ...state, unseen: null } : state);
    case "trouble":
      return troubled({ ...state, notice: { kind: "trouble", phone: message.phone } });
    case "second_device":
      return next({ ...state, stage: "second-device" });
    case "superseded":
      return away(state, "superseded");
    case "third_refused":
      return next({ ...state, notice: { kind: "third", count: message.count } });
    case "other_device":
      return next({ ...state, notice: { kind: "other_device" } });
    case "refused":
      return away({ ...state, refusal: { code: message.code, text: null } }, "refused");
    case "left":
      return left(state);
    case "ended":
      return finish(state);
    case "error":
      return next(
        message.code === "camera_needed" ? { ...state, notice: { kind: "camera_needed" } } : state,
      );
    case "pong":
      return same(state);
    default:
      return message satisfies never;
  }
}

const troubled = (state: TalkState): Next => (state.failed ? next(state) : fallBack(state, null));

// Rule R5 ends in rule R19: the server lets the talk fail by itself.
function notSeen(
  state: TalkState,
  { who, reason, seconds }: ToBrowser & { type: "not_seen" },
): Next {
  const unseen = { ...state, unseen: { who, reason, seconds } };
  return seconds >= state.limits.unseen_seconds ? troubled(unseen) : next(unseen);
}

function welcomed(state: TalkState, { other, admitted, epoch }: Welcome): Next {
  const inTalk = state.stage === "talk" || state.stage === "fallback";
  const goesOn = inTalk && admitted && epoch === state.epoch;
  const known: TalkState = {
    ...state,
    other,
    stage: goesOn || state.stage === "help" || state.failed ? state.stage : "waiting",
    epoch: goesOn ? epoch : 0,
    admitted,
    knocking: other.present && !admitted ? state.knocking : null,
    otherLeft: false,
  };
  const effects: Effect[] = [...cameraReport(known), { do: "remember", inTalk: true }];
  if (!goesOn) effects.push({ do: "stop_peer" });
  if (state.role !== "coach" || admitted || !other.present) return next(known, ...effects);
  const { state: rung, effects: more } = knocked(known, { camera: other.camera });
  return next(rung, ...effects, ...more);
}

// A knock in the talk: the candidate is on another device, and has to be let in anew.
function atTheDoor(state: TalkState, knocking: { camera: boolean }): Next {
  if (!state.admitted) return knocked(state, knocking);
  const { other } = state;
  const again: TalkState = {
    ...state,
    stage: state.stage === "talk" ? "waiting" : state.stage,
    other: other && { ...other, present: true, camera: knocking.camera },
    epoch: 0,
    admitted: false,
    connected: false,
    unseen: null,
    otherLeft: false,
  };
  const { state: known, effects } = knocked(again, knocking);
  return next(known, { do: "stop_peer" }, ...effects);
}

function knocked(state: TalkState, knocking: { camera: boolean }): Next {
  const ring: Effect[] = state.knocking === null ? [{ do: "chime" }] : [];
  // Where it is another device still, the server says so right after.
  const notice = state.notice?.kind === "other_device" ? null : state.notice;
  return next({ ...state, knocking, notice }, ...ring);
}

function started(state: TalkState, start: Start | StartJitsi): Next {
  const talking: TalkState = {
    ...state,
    stage: state.stage === "fallback" ? "fallback" : "talk",
    epoch: start.epoch,
    connected: false,
    admitted: true,
    other: state.admitted ? state.other : withAllOn(state.other),
    knocking: null,
    unseen: null,
    otherLeft: false,
    notice: state.notice?.kind === "camera_needed" ? null : state.notice,
  };
  const slow: Effect = { do: "wait", over: "media" };
  if (start.type === "start_jitsi") return next(talking, { do: "start_jitsi", start }, slow);
  const polite = state.role === "candidate";
  return next(talking, { do: "start_peer", start, polite }, slow);
}

// Nobody is let in without a live camera (R4); what is switched off is told right after.
const withAllOn = (other: Other | null): Other | null =>
  other && { ...other, present: true, camera: true, microphone: true };

function peer(state: TalkState, { present, camera, microphone }: Presence): Next {
  if (state.other === null) return same(state);
  const other = { ...state.other, present, camera, microphone };
  const knocking = state.knocking === null || !present ? null : { camera };
  return next({ ...state, other, knocking, otherLeft: state.otherLeft && !present });
}

// When the coach hangs up the talk is over for the candidate; a candidate who hung up may return.
function left(state: TalkState): Next {
  if (state.role === "candidate" || state.failed) return finish(state, send({ type: "leave" }));
  const unseen = null;
  return next(
    { ...state, otherLeft: true, connected: false, knocking: null, unseen },
    { do: "stop_peer" },
  );
}
