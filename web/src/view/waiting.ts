// While somebody waits: what the coach tells, and for the coach what is in the candidate's way.

import type { Stage } from "../call/talk-state";
import { maybe, show, word } from "./elements";
import type { Facts } from "./facts";

const LOOK_MS = 5_000;
const AGAIN_MS = 10_000;

interface News {
  readonly text: string;
  readonly trouble: string;
  /** The coach's word was on the candidate's screen. */
  readonly arrived: boolean;
}

/** Hears each stage of the talk; while one waits it keeps the news as they are on the server. */
export function waitingNews(facts: Facts): (stage: Stage) => void {
  let waits = false;
  maybe<HTMLFormElement>("late")?.addEventListener("submit", (event) => void sayLate(event, facts));
  setInterval(() => {
    if (waits) void look(facts);
  }, LOOK_MS);
  return (stage) => {
    const before = waits;
    waits = stage === "waiting";
    if (waits && !before) void look(facts);
  };
}

async function look(facts: Facts): Promise<void> {
  try {
    const answer = await fetch(facts.waiting_url);
    if (answer.ok) tell(facts, (await answer.json()) as News);
  } catch {
    // The line is away for a moment: the next look tells.
  }
}

function tell(facts: Facts, { text, trouble, arrived }: News): void {
  if (facts.role === "candidate" && text !== "" && !arrived) void sayRead(facts);
  line("waiting-news", text);
  line("waiting-trouble", trouble);
}

function line(id: string, text: string): void {
  const element = maybe(id);
  word(element, text);
  show(element, text !== "");
}

// The coach reads that the word arrived; where this is lost, the next look says it again.
async function sayRead({ meeting, csrf }: Facts): Promise<void> {
  const sent = { method: "POST", body: new URLSearchParams({ csrf }) };
  await fetch(`/talk/${meeting}/waiting`, sent).catch(() => undefined);
}

// The page stays where it is: whoever waits would otherwise leave the waiting room.
async function sayLate(event: SubmitEvent, facts: Facts): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, event.submitter)) fields.set(name, String(value));
  const sent = { method: "POST", body: fields, redirect: "manual" } as const;
  await fetch(form.action, sent).catch(() => undefined);
  await look(facts);
}

/** Tells the server what is in the way of camera or sound, once for each change. */
export function verdictTeller(facts: Facts): (verdict: string) => void {
  let told: string | null = null;
  return (verdict) => {
    if (facts.role !== "candidate" || verdict === told) return;
    told = verdict;
    void kept(facts, verdict).then((isKept) => {
      if (isKept) return;
      // Said again at the first change after a pause: a page that is too old is refused each time.
      setTimeout(() => {
        if (told === verdict) told = null;
      }, AGAIN_MS);
    });
  };
}

async function kept(facts: Facts, verdict: string): Promise<boolean> {
  const answer = await fetch("/api/verdict", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF": facts.csrf },
    body: JSON.stringify({ meeting: facts.meeting, verdict }),
  }).catch(() => null);
  return answer?.ok === true;
}
