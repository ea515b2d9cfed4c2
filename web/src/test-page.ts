// The page of the test before a talk: joins the steps to the page.

import { askBoth, askSound, release } from "./call/media";
import { fill } from "./call/words";
import { checkLine } from "./getting-in/line";
import {
  BEGIN,
  isRedrawn,
  report,
  type TestEvent,
  type TestStage,
  type TestState,
  take,
} from "./getting-in/steps";
import { around, mediaParts, onSurroundings, permissionOf, reloadWhenKept } from "./view/browser";
import { type Check, DOUBTS, lookAtOneself } from "./view/check";
import { deviceChoice } from "./view/devices";
import { find, maybe, pressed, show, word } from "./view/elements";
import { drawHelp } from "./view/help";
import { placeIn } from "./view/videos";

interface TestFacts {
  readonly csrf: string;
  /** The candidate takes part without a camera, as was agreed. */
  readonly has_camera_waiver: boolean;
  readonly test_url: string;
  readonly phone: string;
  readonly phone_name: string;
  readonly stun_urls: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
}

const STAGES: readonly TestStage[] = [
  "intro",
  "help",
  "see",
  "speak",
  "hear",
  "line",
  "passed",
  "failed",
];
const ONWARD_MS = 5_000;
const facts = JSON.parse(find("test-facts").textContent ?? "") as TestFacts;
const values = { phone: facts.phone, name: facts.phone_name };
const text = (key: string, more = {}) => fill(facts.texts[key] ?? key, { ...values, ...more });
const media = mediaParts();
let state: TestState = BEGIN;
let own: MediaStream | null = null;
let check: Check | null = null;
let audio: AudioContext | null = null;
let asking = false;
let told: string | null = null;
let telling: Promise<void> = Promise.resolve();

function sound(): AudioContext {
  audio ??= new AudioContext();
  return audio;
}

const showDevices = deviceChoice(
  {
    name: (what, number) => text(`call.check.${what}_n`, { number }),
    sounded: text("call.check.sounded"),
  },
  sound,
  () => {
    letGo();
    void turnOn();
  },
);

function happened(event: TestEvent): void {
  const before = state;
  state = take(state, event);
  if (isRedrawn(before, state)) draw();
  const said = report(state);
  if (said !== null && said !== told) telling = tell(said);
}

function draw(): void {
  for (const stage of STAGES) show(maybe(`test-${stage}`), stage === state.stage);
  const asked = state.stage === "see" || state.stage === "speak" || state.stage === "hear";
  show(find("test-beside"), asked);
  if (state.stage === "help" && state.verdict !== null) drawHelpHere();
  maybe(`test-${state.stage}`)?.querySelector("h1")?.focus();
  if (state.stage === "failed") word(find("failed-text"), text(failedKey()));
  if (state.stage === "line") void lookAtLine();
  if (state.stage === "passed" || state.stage === "failed") letGo();
}

function drawHelpHere(): void {
  const verdict = state.verdict as Parameters<typeof drawHelp>[0];
  drawHelp(verdict, around(), ({ key, values: more }) => text(key, more), values);
}

function failedKey(): string {
  const verdict = state.verdict ?? "";
  return verdict in DOUBTS ? DOUBTS[verdict as keyof typeof DOUBTS] : `call.test.${verdict}`;
}

async function turnOn(): Promise<void> {
  if (asking) return;
  asking = true;
  const answer = await (facts.has_camera_waiver ? askSound(media) : askBoth(media));
  asking = false;
  if (answer.kind === "failed") {
    happened({ type: "media_failed", verdict: answer.verdict });
    return;
  }
  own = answer.stream;
  for (const track of own.getTracks()) {
    track.onended = () => happened({ type: "media_failed", verdict: "LOST" });
  }
  placeIn("own-preview", own);
  check?.stop();
  check = lookAtOneself(sound(), own, (found) => (found === null ? "" : text(DOUBTS[found])));
  showDevices(own);
  happened({ type: "live", camera: !facts.has_camera_waiver });
}

function letGo(): void {
  check?.stop();
  check = null;
  placeIn("own-preview", null);
  release(own);
  own = null;
}

async function lookAtLine(): Promise<void> {
  const verdict = own === null ? "NO_ROUTE" : await checkLine(own, facts.stun_urls, askRelays);
  happened({ type: "line", verdict });
}

// A relay that is not given is not tried; what is given counts for a minute.
async function askRelays(): Promise<readonly RTCIceServer[]> {
  const sent = { method: "POST", body: new URLSearchParams({ csrf: facts.csrf }) };
  try {
    const answer = await fetch(`${facts.test_url}/relay`, sent);
    return answer.ok ? (await answer.json()).ice_servers : [];
  } catch {
    return [];
  }
}

// Where the line is what is broken this does not arrive, and the phone number is on the page. What
// was kept leads on to another page; a page that is too old is refused, and says so.
async function tell(verdict: string): Promise<void> {
  told = verdict;
  const fields = new URLSearchParams({ csrf: facts.csrf, verdict });
  const sent = { method: "POST", body: fields, redirect: "manual", keepalive: true } as const;
  const answer = await fetch(facts.test_url, sent).catch(() => null);
  const isKept = answer?.type === "opaqueredirect";
  if (!isKept && told === verdict) told = null;
  sayKept(isKept);
}

function sayKept(isKept: boolean): void {
  const line = find("test-not-kept");
  word(line, isKept ? "" : text("call.test.not_kept"));
  show(line, !isKept);
}

async function tryAgain(): Promise<void> {
  if (state.stage !== "help") return;
  // A box that was sent away comes back by a press only: a browser blocks a page that insists.
  const needed = facts.has_camera_waiver ? [] : [permissionOf("camera")];
  const states = await Promise.all([...needed, permissionOf("microphone")]);
  const granted = states.every((one) => one === "granted");
  if (granted || state.verdict !== "DISMISSED") await turnOn();
}

pressed("turn-on", () => {
  void sound().resume();
  void turnOn();
});
pressed("help-retry", () => void turnOn());
pressed("again", () => {
  told = null;
  sayKept(true);
  happened({ type: "again" });
});
for (const button of document.querySelectorAll<HTMLElement>("[data-answer]")) {
  button.addEventListener("click", () => {
    const measured = check?.doubt() ?? null;
    happened({ type: "answer", yes: button.dataset.answer === "yes", measured });
  });
}
// The next page knows of the test when the server does: whoever is quick is not asked to test again.
const onward = document.querySelector<HTMLAnchorElement>("#test-passed a");
onward?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const patience = new Promise((resolve) => setTimeout(resolve, ONWARD_MS));
  void Promise.race([telling, patience]).then(() => location.assign(onward.href));
});
void onSurroundings(() => void tryAgain());
reloadWhenKept();
