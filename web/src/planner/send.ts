// One move to the server, and its answer in one of two shapes.

import type { Move } from "./facts";

export interface Way {
  readonly label: string;
  readonly href: string;
}

export type Answer =
  | { readonly done: true; readonly revision: number; readonly key: string; readonly text: string }
  | {
      readonly done: false;
      readonly text: string;
      readonly rule: string;
      readonly why: string;
      readonly details: string;
      readonly alternatives: readonly Way[];
    };

/** Asks for the move. A line that is down is a refusal with an empty text. */
export async function sendMove(move: Move, csrf: string): Promise<Answer> {
  const silent = { text: "", rule: "", why: "", details: "", alternatives: [] };
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
