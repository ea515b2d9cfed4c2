// What the server wrote into the practice page.

import type { Reply, Standing } from "./keeper";

export interface PracticeFacts {
  /** The token of the link; empty for staff and on the public page. */
  readonly link: string;
  readonly csrf: string;
  /** What the guide's ticket is asked with, on the public page. */
  readonly pass: string;
  readonly keeps: boolean;
  readonly guided: boolean;
  /** It was agreed that the candidate is not seen. */
  readonly without_camera: boolean;
  readonly language: string;
  readonly guide_name: string;
  readonly helper_name: string;
  readonly phone: string;
  readonly phone_name: string;
  readonly done_url: string;
  readonly texts: Readonly<Record<string, string>>;
}

export type TicketAnswer =
  | { readonly kind: "ticket"; readonly ticket: string }
  | { readonly kind: "full"; readonly position: number }
  | { readonly kind: "old" }
  | { readonly kind: "closed" };

const PATIENCE_MS = 12_000;
const CONFLICT = 409;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const SERVER = 500;

export function readPracticeFacts(): PracticeFacts {
  return JSON.parse(document.getElementById("call-facts")?.textContent ?? "") as PracticeFacts;
}

/** Tells the server an answer, or asks where the practice stands. */
export async function postPractice(
  facts: PracticeFacts,
  fields: Readonly<Record<string, string>>,
): Promise<Reply> {
  const answer = await post("/api/practice", facts.csrf, { link: facts.link, ...fields });
  if (answer === null || answer.status >= SERVER) return { kind: "unreachable" };
  // Somebody ended it in another tab, or it was never begun: both are no reason to begin anew.
  const gone = answer.status === CONFLICT || answer.body.code === "practice_unknown";
  if (gone) return { kind: "over" };
  if (answer.status === FORBIDDEN || answer.status === NOT_FOUND) return { kind: "old" };
  return { kind: "ok", standing: answer.body as unknown as Standing };
}

/** Asks for a way to the guide. */
export async function askGuide(facts: PracticeFacts, pass: string): Promise<TicketAnswer> {
  const answer = await post("/api/practice/ticket", facts.csrf, { pass });
  const { ticket, code, position } = answer?.body ?? {};
  if (typeof ticket === "string") return { kind: "ticket", ticket };
  if (code === "practice_full") return { kind: "full", position: Number(position) || 1 };
  if (code === "practice_old" || code === "page_old") return { kind: "old" };
  return { kind: "closed" };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(
  address: string,
  csrf: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer | null> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, {
      method: "POST",
      signal: patience.signal,
      headers: { "Content-Type": "application/json", "X-CSRF": csrf },
      body: JSON.stringify(fields),
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
