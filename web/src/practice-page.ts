// The practice page: joins the steps, the camera, the guide and the server, and nothing more.

import { chime } from "./call/chime";
import type { Peer } from "./call/peer";
import type { TalkState } from "./call/talk-state";
import { fill, type Say } from "./call/words";
import { GuideCall } from "./practice/call";
import { type Cause, causeOf } from "./practice/cause";
import { clipOf } from "./practice/channel";
import { deviceOf } from "./practice/device";
import { practiceDrawer, stepOf } from "./practice/draw";
import { askGuide, postPractice, readPracticeFacts } from "./practice/facts";
import { Keeper, type Standing } from "./practice/keeper";
import { Screens } from "./practice/screens";
import {
  begun,
  type PracticeEffect,
  type PracticeEvent,
  practise,
  type Step,
} from "./practice/steps";
import { Voice } from "./practice/voice";
import { screenKeeper } from "./view/awake";
import { around, mediaParts, onReturn, onSurroundings, reloadWhenKept } from "./view/browser";
import { type Check, DOUBTS, lookAtOneself } from "./view/check";
import { deviceChoice, sendSoundTo } from "./view/devices";
import { find, pressed, show, word } from "./view/elements";
import { drawHelp } from "./view/help";
import { drawSwitches } from "./view/stages";
import { placeIn, showOther, showOtherAgain, smallPicture } from "./view/videos";

const MIRROR_SECONDS = 8;
const ECHO_SECONDS = 5;
const LOOK_MS = 4_000;
const SHOWN = 2;

const facts = readPracticeFacts();
const device = deviceOf(navigator.userAgent, navigator.maxTouchPoints);
const say = (line: Say | null) =>
  line === null ? "" : fill(facts.texts[line.key] ?? line.key, line.values);
const text = (key: string) =>
  say({
    key,
    values: { name: facts.guide_name, phone: facts.phone, phone_name: facts.phone_name },
  });
const draw = practiceDrawer(text);
const keepAwake = screenKeeper();
const voice = new Voice(facts.language);
let state = begun(facts.guided, canShare(), facts.without_camera);
let helped = false;
let noDevice = false;
let inTheWay: Cause | "" = "";
let doing: { mirroring: boolean; echoing: "hearing" | "playing" | null } = {
  mirroring: false,
  echoing: null,
};
let own: MediaStream | null = null;
let peer: Peer | null = null;
let check: Check | null = null;
let audio: AudioContext | null = null;
let readsAlong = false;
let asked = false;
let pass = facts.pass;
// Opening the page begins nothing: only who turns the camera on has begun.
let begins = false;
let knows = false;

function sound(): AudioContext {
  audio ??= new AudioContext();
  return audio;
}

function canShare(): boolean {
  return "getDisplayMedia" in (navigator.mediaDevices ?? {});
}

// Some phones open a second camera only when the first one is let go.
const showDevices = deviceChoice(
  {
    name: (what, number) => say({ key: `call.check.${what}_n`, values: { number } }),
    sounded: text("call.check.sounded"),
  },
  sound,
  () => {
    for (const track of own?.getTracks() ?? []) track.stop();
    turnOn();
  },
);

const keeper = new Keeper({
  keeps: facts.keeps,
  post: (fields) => postPractice(facts, fields),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onStanding: standing,
  onOver: () => {
    if (knows) happened({ type: "over" });
  },
  onOld: () => location.reload(),
  onLate: (late) => banner(late ? text("practise.offline") : ""),
});

const call = new GuideCall({
  media: mediaParts(),
  picture: smallPicture("remote"),
  unseen: facts.without_camera,
  heard: {
    onCaption: (caption) => {
      word(find("caption-text"), caption);
      show(find("caption"), caption !== "");
    },
    onMirroring: (mirroring) => didAtGuide({ ...doing, mirroring }, doing.mirroring && !mirroring),
    onEchoing: (echoing) =>
      didAtGuide({ ...doing, echoing }, doing.echoing !== null && echoing === null),
    onEnding: () => banner(text("practise.ending")),
  },
  ask: () => askGuide(facts, pass),
  onState: talkChanged,
  onCall: (now) => happened({ type: "call", call: now }),
  onQueue: queue,
  onOld: () => location.reload(),
  onAlone: (alone) => banner(alone ? text("practise.alone") : ""),
  onOwnStream: (stream) => {
    own = stream;
    check?.stop();
    check = null;
    placeMine();
  },
  onOtherStream: showOther,
  onOtherScreen: () => undefined,
  onPeer: (now) => {
    peer = now;
  },
  onChime: () => chime(sound()),
});

const screens = new Screens({
  pick: () => navigator.mediaDevices.getDisplayMedia({ video: true, audio: false }),
  share: (stream) => peer?.share(stream),
  onShared: () => happened({ type: "acted" }),
});

function happened(event: PracticeEvent): void {
  const next = practise(state, event);
  state = next.state;
  redraw();
  for (const effect of next.effects) perform(effect);
}

function redraw(): void {
  draw({ state, helped, noDevice, doing });
  placeMine();
  keepAwake(state.call !== "none");
}

function perform(effect: PracticeEffect): void {
  switch (effect.do) {
    case "keep":
      if (effect.step === "hear") readsAlong = effect.given === "otherwise";
      return void keep(effect.step, effect.given, effect.final);
    case "turn_on":
      return turnOn();
    case "ring":
      asked = true;
      return void call.ring();
    case "begin":
      return begin(effect.step);
    case "act":
      return act(effect.step);
    case "hang_up":
      screens.stop();
      return call.hangUp();
    default:
      return effect satisfies never;
  }
}

function turnOn(): void {
  asked = true;
  call.turnOn();
}

async function keep(step: Step, given: "yes" | "no" | "otherwise", final: boolean): Promise<void> {
  const cause = step === "camera" && given === "no" ? inTheWay : "";
  await keeper.keep(step, given, final, device, cause);
  if (state.step === "done" && facts.keeps) location.assign(facts.done_url);
}

function begin(step: Step): void {
  voice.stop();
  screens.stop();
  if (state.call !== "in") return;
  if (step === "meet") call.guide.sound(!readsAlong);
  if (step === "leave") call.guide.done();
  call.guide.say(clipOf(step));
}

function act(step: Step): void {
  if (step === "hear") void sendSoundTo(find<HTMLAudioElement>("voice"));
  if (step === "hear") void voice.play(() => happened({ type: "acted" }));
  // Whoever presses again while it runs waits no longer for it.
  if (step === "mirror" && !doing.mirroring) call.guide.mirror(MIRROR_SECONDS);
  if (step === "echo" && doing.echoing === null) call.guide.echo(ECHO_SECONDS);
  if (step === "share") void screens.start();
  if (step === "task") happened({ type: "acted" });
}

function didAtGuide(now: typeof doing, ended: boolean): void {
  doing = now;
  if (ended && (state.step === "mirror" || state.step === "echo")) happened({ type: "acted" });
  else redraw();
}

function standing(found: Standing): void {
  if (!begins) {
    show(find("again-text"), found.answered.length > 0);
    return;
  }
  if (!knows) {
    knows = true;
    happened({ type: "resumed", answered: found.answered });
  }
  pass = found.pass ?? pass;
  helped = found.helped;
  showPointed(found.pointed);
  if (found.ended) happened({ type: "over" });
  else redraw();
}

function talkChanged(talk: TalkState): void {
  drawSwitches(talk, say);
  if (talk.stage === "help") {
    const verdict = talk.help ?? "LOST";
    noDevice = verdict === "NO_CAMERA" || verdict === "UNSUPPORTED";
    inTheWay = causeOf(verdict, around().browser, facts.without_camera);
    drawHelp(verdict, around(), say, { phone: facts.phone, name: facts.phone_name });
  }
  if (talk.live) asked = false;
  if (talk.live && !state.live) happened({ type: "media_live" });
  else if (talk.stage === "help" && asked) failed();
  else redraw();
}

// Only a press counts: what the page tries by itself is nobody's second try.
function failed(): void {
  asked = false;
  happened({ type: "media_failed" });
}

function queue(position: number): void {
  const values = { number: position - 1 };
  const key = position === 2 ? "practise.queue_place.one" : "practise.queue_place";
  const place = position > 1 ? say({ key, values }) : "";
  word(find("queue"), position > 0 ? `${text("practise.queue_text")} ${place}`.trim() : "");
}

function placeMine(): void {
  const looks = state.live && (state.step === "see" || state.step === "speak");
  const mine = facts.without_camera ? null : own;
  placeIn("own-preview", looks && state.call !== "in" ? mine : null);
  placeIn("own-waiting", state.call === "ringing" ? mine : null);
  const otherFirst = find<HTMLVideoElement>("remote").readyState >= SHOWN;
  placeIn("own", state.call === "in" && otherFirst ? mine : null);
  if (looks) showDevices(own);
  if (looks && own !== null) {
    check ??= lookAtOneself(sound(), own, (doubt) => (doubt === null ? "" : text(DOUBTS[doubt])));
    return;
  }
  check?.stop();
  check = null;
}

function banner(words: string): void {
  word(find("banner"), words);
  show(find("banner"), words !== "");
}

function showPointed(step: Step | null): void {
  show(find("pointed"), step !== null);
  if (step === null) return;
  const values = { name: facts.helper_name, step: text(`practise.title_${step}`) };
  word(find("pointed-text"), say({ key: "practise.pointed", values }));
  find("pointed-go").onclick = () => happened({ type: "go_to", step });
}

// Off and on again: what the step asked for.
function toggled(which: "camera" | "microphone", step: Step): void {
  call.session.happened({ type: `toggle_${which}` });
  if (state.step === step && call.session.state[which]) happened({ type: "acted" });
}

const DO: Readonly<Record<string, () => void>> = {
  yes: () => happened({ type: "answer", given: "yes" }),
  no: () => happened({ type: "answer", given: "no" }),
  otherwise: () => happened({ type: "answer", given: "otherwise" }),
  act: () => happened({ type: "act" }),
  again: () => happened({ type: "again" }),
  go_on: () => happened({ type: "go_on" }),
  ring: () => happened({ type: "ring" }),
  take_over: () => call.session.happened({ type: "take_over" }),
};
for (const button of document.querySelectorAll<HTMLElement>("[data-do]")) {
  button.addEventListener("click", () => DO[button.dataset.do ?? ""]?.());
}
pressed("turn-on", () => {
  void sound().resume();
  if (!begins) void keeper.begin(device);
  begins = true;
  turnOn();
});
pressed("toggle-microphone", () => toggled("microphone", "sound"));
pressed("toggle-camera", () => toggled("camera", "picture"));
pressed("leave", () => happened({ type: "left" }));
pressed("way-again", () => happened({ type: "again" }));
pressed("way-show", () => {
  const shown = find("shown").hidden !== false;
  show(find("shown"), shown);
  find("way-show").setAttribute("aria-expanded", String(shown));
});
pressed("way-read", () => {
  const lines = document.querySelectorAll(`[data-screen="${stepOf(state)}"] :is(h1, p)`);
  voice.read([...lines].map(({ textContent }) => textContent ?? "").join(" "));
});
void sendSoundTo(find<HTMLVideoElement>("remote"));
find("remote").addEventListener("loadeddata", placeMine);
void onSurroundings(() => call.session.tryAgain());
onReturn(() => showOtherAgain(around()));
reloadWhenKept();
drawSwitches(call.session.state, say);
redraw();
void keeper.look();
if (facts.link !== "") setInterval(() => begins && void keeper.look(), LOOK_MS);
