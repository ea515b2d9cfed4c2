// One move to the server, its answer in one of two shapes, and the question in between.

import type { Move } from "./facts";

export interface Way {
  readonly label: string;
  readonly href: string;
}

export interface Refusal {
  readonly done: false;
  readonly text: string;
  readonly rule: string;
  readonly why: string;
  readonly details: string;
  readonly may_be_over: boolean; // only something in a calendar is in the way
  readonly alternatives: readonly Way[];
}

export type Answer =
  | { readonly done: true; readonly revision: number; readonly key: string; readonly text: string }
  | Refusal;

/**
 * Asks for a move; where only something in a calendar is in the way, the person, and then again.
 *
 * Gives null when the person would rather leave it.
 */
export async function settle(
  move: Move,
  send: (move: Move) => Promise<Answer>,
  ask: (refusal: Refusal) => Promise<boolean>,
): Promise<Answer | null> {
  const answer = await send(move);
  if (answer.done || !answer.may_be_over) return answer;
  return (await ask(answer)) ? send({ ...move, over_busy: "yes" }) : null;
}

/** Asks for the move. A line that is down is a refusal with an empty text. */
export async function sendMove(move: Move, csrf: string): Promise<Answer> {
  const silent = { text: "", rule: "", why: "", details: "", may_be_over: false, alternatives: [] };
  try {
    const response = await fetch("/api/board/move", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF": csrf },
      body: JSON.stringify(move),
    });
    const answer = (await response.json()) as object;
    return response.ok
      ? ({ done: true, ...answer } as Answer)
      : ({ ...silent, ...answer, done: false } as Answer);
  } catch {
    return { done: false, ...silent };
  }
}
