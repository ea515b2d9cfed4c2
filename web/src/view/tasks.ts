// The tasks beside the talk: sent and looked at without loading the page, so that the talk goes on.

import type { Stage } from "../call/talk-state";
import { maybe, show, word } from "./elements";
import { type Facts, sentence } from "./facts";

const LOOK_MS = 10_000;
const WIDE = "(min-width: 64rem)";
const LOOKING: readonly Stage[] = ["check", "waiting", "talk"];

/** Hears each stage of the talk; in between it keeps the tasks as they are on the server. */
export function taskSheet(facts: Facts): (stage: Stage) => void {
  const sheet = maybe<HTMLDetailsElement>("tasks");
  if (sheet === null) return () => {};
  let shown: Stage | null = null;
  sheet.addEventListener("submit", (event) => send(event, facts));
  setInterval(() => {
    if (shown !== null && LOOKING.includes(shown) && !isTyping(sheet)) look(facts);
  }, LOOK_MS);
  return (stage) => {
    // Over the picture it opens by itself only where there is room beside it.
    if (stage === "talk" && shown !== "talk") sheet.open = matchMedia(WIDE).matches;
    shown = stage;
  };
}

function send(event: SubmitEvent, facts: Facts): void {
  const form = event.target as HTMLFormElement;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, event.submitter)) fields.set(name, String(value));
  event.preventDefault();
  ask(facts, fields, (found) => replace(found, facts, false));
}

function look(facts: Facts): void {
  ask(facts, null, (found) => replace(found, facts, true));
}

// Not fetch: its text would have to become elements, which our Trusted Types policy forbids.
function ask(facts: Facts, fields: URLSearchParams | null, then: (found: Element) => void): void {
  const call = new XMLHttpRequest();
  call.responseType = "document";
  call.open(fields === null ? "GET" : "POST", facts.tasks_url);
  call.onloadend = () => {
    const found = call.response?.querySelector("#tasks-body");
    if (found) then(found);
  };
  call.send(fields);
}

function replace(found: Element, facts: Facts, told: boolean): void {
  const body = maybe("tasks-body");
  if (body === null || plain(found) === plain(body)) return;
  const focused = body.contains(document.activeElement) ? document.activeElement?.id : "";
  body.replaceChildren(...found.childNodes);
  body.dataset.count = (found as HTMLElement).dataset.count ?? "0";
  if (body.dataset.count !== "0") show(maybe("tasks"), true);
  if (focused) maybe(focused)?.focus();
  if (told) word(maybe("tasks-said"), sentence(facts, { key: "call.tasks.changed", values: {} }));
}

// What a person sees of it; keys and tokens in its forms differ each time.
function plain(element: Element): string {
  return (element.textContent ?? "").replace(/\s+/g, " ").trim();
}

function isTyping(sheet: HTMLElement): boolean {
  const texts = sheet.querySelectorAll<HTMLInputElement>("input:not([type=hidden])");
  return [...texts].some((text) => text.value !== text.defaultValue);
}
