// The call page: joins the session to the page, and nothing more.

import { chime } from "./call/chime";
import { Session } from "./call/session";
import type { TalkState } from "./call/talk-state";
import { screenKeeper } from "./view/awake";
import { titleBlinker } from "./view/bell";
import { blurOn } from "./view/blur";
import {
  around,
  askTicket,
  mediaParts,
  memory,
  onReturn,
  onSurroundings,
  openSocket,
  permissionOf,
  reloadWhenKept,
  videoCodecs,
} from "./view/browser";
import { type Check, DOUBTS, lookAtOneself } from "./view/check";
import { deviceChoice, sendSoundTo } from "./view/devices";
import { find, pressed } from "./view/elements";
import { excuses } from "./view/excuse";
import { onThisClock, readFacts, sentence } from "./view/facts";
import { fallBack } from "./view/fallback";
import { openJitsi } from "./view/jitsi";
import { facesStay } from "./view/mood";
import { followPointing } from "./view/pointed";
import { drawer } from "./view/stages";
import { isCareful, stayingOn } from "./view/staying";
import { mayLeave, taskSheet } from "./view/tasks";
import { togetherOn } from "./view/together";
import { placeOwn, showOther, showOtherAgain, smallPicture } from "./view/videos";
import { verdictTeller, waitingNews } from "./view/waiting";

const facts = readFacts();
facesStay();
const readMs = Date.now();
const text = (key: string) => sentence(facts, { key, values: { name: facts.other_name } });
const remembered = memory(facts.meeting);
const draw = drawer(facts, around());
const tasks = taskSheet(facts);
const together = togetherOn(facts);
const news = waitingNews(facts);
followPointing();
const tellVerdict = verdictTeller(facts);
const blink = titleBlinker(text("call.knock.title"));
const keepAwake = screenKeeper();
let own: MediaStream | null = null;
let check: Check | null = null;
let audio: AudioContext | null = null;

// Made at the first use: before a press a browser allows no sound, and says so in its console.
function sound(): AudioContext {
  audio ??= new AudioContext();
  return audio;
}

const showDevices = deviceChoice(
  {
    name: (what, number) => sentence(facts, { key: `call.check.${what}_n`, values: { number } }),
    sounded: text("call.check.sounded"),
  },
  sound,
  () => {
    // Some phones open a second camera only when the first one is let go.
    stopLeftOver(null);
    turnOn(false);
  },
);

const blur = blurOn(facts, () => placeOwn(blur.shown(own), session.state));
const session = new Session({
  role: facts.role,
  waived: facts.camera_waiver,
  limits: facts.limits,
  media: mediaParts(),
  connect: () => openSocket(),
  ticket: () => askTicket(facts),
  buildPeer: (configuration) => new RTCPeerConnection(configuration),
  videoCodecs,
  hidden: () => document.hidden,
  picture: smallPicture("remote"),
  onState,
  onOwnStream: (stream) => {
    blur.own(stream);
    stopLeftOver(stream);
    own = stream;
    check?.stop();
    check = null;
    if (stream !== null) showDevices(stream);
  },
  toSend: (stream) => blur.toSend(stream),
  onOtherStream: showOther,
  onOtherScreen: (stream) => together.screen(stream),
  onPeer: (peer) => {
    together.over(peer);
    blur.over(peer);
  },
  onJitsi: facts.jitsi ? openJitsi(facts) : undefined,
  onChime: () => chime(sound()),
  onRemember: remembered.remember,
  onGoOn: () => setTimeout(() => location.assign(facts.done_url), 300),
  onFallBack: (cause) => fallBack(facts, cause),
  lowData: isCareful(),
  startsAtMs: onThisClock(facts.starts_at, facts, readMs),
});

const drawStaying = stayingOn(session, facts);
const drawExcuse = excuses(facts);

function onState(state: TalkState): void {
  draw(state);
  drawStaying(state);
  drawExcuse(state);
  tasks(state.stage);
  news(state.stage);
  tellState(state);
  together.talk(state);
  blink(state.knocking !== null);
  placeOwn(blur.shown(own), state);
  keepAwake(state.stage === "waiting" || state.stage === "talk");
  if (state.stage !== "check") {
    check?.stop();
    check = null;
  } else if (own !== null) {
    check ??= lookAtOneself(sound(), own, (found) => {
      tellVerdict(found ?? "");
      return found === null ? "" : text(DOUBTS[found]);
    });
  }
}

function tellState({ live, help, stage }: TalkState): void {
  if (!live && help !== null) tellVerdict(help);
  else if (live && stage === "talk") tellVerdict("");
}

// A camera that was exchanged would keep its light on.
function stopLeftOver(stream: MediaStream | null): void {
  const kept = stream?.getTracks() ?? [];
  for (const track of own?.getTracks() ?? []) if (!kept.includes(track)) track.stop();
}

function turnOn(hurried: boolean): void {
  session.happened({ type: "turn_on", hurried });
}

pressed("turn-on", () => {
  void sound().resume();
  turnOn(remembered.recall());
});
pressed("help-retry", () => turnOn(false));
pressed("enter", () => session.happened({ type: "enter" }));
pressed("admit", () => session.happened({ type: "admit" }));
pressed("toggle-camera", () => session.happened({ type: "toggle_camera" }));
pressed("toggle-microphone", () => session.happened({ type: "toggle_microphone" }));
pressed("leave", () => {
  if (session.state.stage !== "talk" || mayLeave()) session.happened({ type: "leave" });
});
pressed("fallback-back", () => session.happened({ type: "go_back" }));
for (const button of document.querySelectorAll("button[data-trouble]")) {
  button.addEventListener("click", () => session.happened({ type: "trouble" }));
}
pressed("take-over", () => session.happened({ type: "take_over" }));
pressed("not-here", () => session.happened({ type: "not_here" }));

draw(session.state);
find("remote").addEventListener("loadeddata", () => placeOwn(blur.shown(own), session.state));
void sendSoundTo(find<HTMLVideoElement>("remote"));
void onSurroundings(() => session.tryAgain());
onReturn(() => showOtherAgain(around()));
reloadWhenKept();

// Back from a reload: where the browser still allows camera and microphone, nothing is asked.
if (remembered.recall()) {
  const allowed = await Promise.all([permissionOf("camera"), permissionOf("microphone")]);
  if (allowed.every((state) => state === "granted")) turnOn(true);
}
