// The tasks beside the talk: sent and looked at without loading the page, so that the talk goes on.

import type { Stage } from "../call/talk-state";
import { maybe, show, word } from "./elements";
import { type Facts, sentence } from "./facts";

const LOOK_MS = 10_000;
const A_TALK_MS = 120_000;
const WIDE = "(min-width: 64rem)";
const LOOKING: readonly Stage[] = ["check", "waiting", "talk"];

let talkingSince: number | null = null;

/** Hears each stage of the talk; in between it keeps the tasks as they are on the server. */
export function taskSheet(facts: Facts): (stage: Stage) => void {
  const sheet = maybe<HTMLDetailsElement>("tasks");
  if (sheet === null) return () => {};
  let shown: Stage | null = null;
  sheet.addEventListener("submit", (event) => send(event, sheet, facts));
  sheet.addEventListener("click", (event) => follow(event, facts));
  setInterval(() => {
    if (shown !== null && LOOKING.includes(shown) && !isBusy(sheet)) look(sheet, facts);
  }, LOOK_MS);
  return (stage) => {
    // Over the picture it opens by itself only where there is room beside it.
    if (stage === "talk" && shown !== "talk") sheet.open = matchMedia(WIDE).matches;
    if (stage === "talk") talkingSince ??= performance.now();
    shown = stage;
  };
}

/** What is known when the coach wants to go. */
export interface Leaving {
  /** Next step or date is not fixed yet. */
  readonly wantsNext: boolean;
  readonly wasReminded: boolean;
  readonly talkedMs: number;
}

/** Whether the coach is reminded first: once, and not of a talk that hardly began. */
export function isReminded({ wantsNext, wasReminded, talkedMs }: Leaving): boolean {
  return wantsNext && !wasReminded && talkedMs >= A_TALK_MS;
}

/** Whether the coach may go now; if not, the page says why, and the second press counts. */
export function mayLeave(): boolean {
  const [sheet, hint] = [maybe<HTMLDetailsElement>("tasks"), maybe("before-leaving")];
  if (sheet === null || hint === null || talkingSince === null) return true;
  const wantsNext = maybe("tasks-body")?.dataset.wantsNext !== undefined;
  const talkedMs = performance.now() - talkingSince;
  if (!isReminded({ wantsNext, wasReminded: !hint.hidden, talkedMs })) return true;
  sheet.open = true;
  show(hint, true);
  maybe("next_step")?.focus();
  return false;
}

// What is chosen beside the talk is fetched, so that the talk goes on.
function follow(event: Event, facts: Facts): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-inside]");
  if (link === null) return;
  event.preventDefault();
  ask(
    facts,
    null,
    (found) => {
      if (found === null) tell(sentence(facts, { key: "call.tasks.not_sent", values: {} }), true);
      else replace(found);
      (maybe("pick-1") ?? maybe("next-date-title"))?.focus();
    },
    link.href,
  );
}

function send(event: SubmitEvent, sheet: HTMLElement, facts: Facts): void {
  const form = event.target as HTMLFormElement;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, event.submitter)) fields.set(name, String(value));
  event.preventDefault();
  ask(
    facts,
    fields,
    (found) => {
      tell(found === null ? sentence(facts, { key: "call.tasks.not_sent", values: {} }) : "", true);
      if (found === null) return;
      const typed = typedBeside(fieldsOf(sheet), form);
      const lostFocus = replace(found);
      for (const { id, value } of typed) setValue(maybe<HTMLInputElement>(id), value);
      if (lostFocus) goOn(form);
    },
    form.action,
  );
}

// An answer on its way does not wipe what somebody began to type meanwhile: the next look tells.
function look(sheet: HTMLElement, facts: Facts): void {
  ask(facts, null, (found) => {
    const body = maybe("tasks-body");
    if (found === null || body === null || isBusy(sheet) || plain(found) === plain(body)) return;
    if (replace(found)) sheet.querySelector("summary")?.focus();
    tell(sentence(facts, { key: "call.tasks.changed", values: {} }), false);
  });
}

// To the field that was sent, which is empty now, to the date, or to the first field of the sheet.
function goOn(sent: HTMLElement): void {
  const ofDate = sent.closest("#next-date") !== null;
  const id = ofDate ? "next-date-title" : (fieldsOf(sent)[0]?.id ?? "text");
  (maybe(id) ?? maybe("next-date-title"))?.focus();
}

// Not fetch: its text would have to become elements, which our Trusted Types policy forbids.
function ask(
  facts: Facts,
  fields: URLSearchParams | null,
  then: (found: Element | null) => void,
  where = facts.tasks_url,
): void {
  const call = new XMLHttpRequest();
  call.responseType = "document";
  call.open(fields === null ? "GET" : "POST", where);
  call.onloadend = () => {
    then(call.response?.querySelector("#tasks-body") ?? null);
  };
  call.send(fields);
}

/** Puts what the server told in place; whether the focus went with what stood there. */
function replace(found: Element): boolean {
  const body = maybe("tasks-body");
  if (body === null) return false;
  const held = body.contains(document.activeElement);
  const focused = held ? document.activeElement?.id : "";
  body.replaceChildren(...found.childNodes);
  body.dataset.count = (found as HTMLElement).dataset.count ?? "0";
  body.toggleAttribute("data-wants-next", found.hasAttribute("data-wants-next"));
  if (!found.hasAttribute("data-wants-next")) show(maybe("before-leaving"), false);
  if (body.dataset.count !== "0") show(maybe("tasks"), true);
  if (focused) maybe(focused)?.focus();
  return held && !body.contains(document.activeElement);
}

// What changed can be seen; what did not arrive cannot, so that sentence stands on the screen.
function tell(text: string, seen: boolean): void {
  const said = maybe("tasks-said");
  said?.classList.toggle("hidden-visually", !seen || text === "");
  word(said, text);
}

// What a person sees of it; keys and tokens in its forms differ each time.
function plain(element: Element): string {
  return (element.textContent ?? "").replace(/\s+/g, " ").trim();
}

// A form with data-hold is being chosen from: what comes meanwhile does not take it away.
const isBusy = (sheet: HTMLElement): boolean =>
  sheet.querySelector("[data-hold]") !== null || fieldsOf(sheet).some(isTyped);

const fieldsOf = (sheet: HTMLElement): readonly HTMLInputElement[] => [
  ...sheet.querySelectorAll<HTMLInputElement>("input:not([type=hidden])"),
];

type Field = Pick<HTMLInputElement, "id" | "value" | "defaultValue" | "form">;

const isTyped = ({ value, defaultValue }: Field): boolean => value !== defaultValue;

/** What was typed outside the form that was sent, and stays although the sheet is made anew. */
export function typedBeside(
  fields: readonly Field[],
  sent: Field["form"],
): readonly Pick<Field, "id" | "value">[] {
  return fields
    .filter((field) => field.id !== "" && field.form !== sent && isTyped(field))
    .map(({ id, value }) => ({ id, value }));
}

function setValue(field: HTMLInputElement | null, value: string): void {
  if (field !== null) field.value = value;
}
