// In the talk of a guided practice: the step that whoever guides points at.

import { maybe, show, word } from "./elements";

const LOOK_MS = 4_000;

/** Shows it for as long as it is pointed at; on the page of any other talk nothing happens. */
export function followPointing(): void {
  const line = maybe("pointed");
  const from = line?.dataset.from;
  if (from !== undefined) setInterval(() => void look(from, line), LOOK_MS);
}

async function look(from: string, line: HTMLElement | null): Promise<void> {
  try {
    const answer = await fetch(from);
    if (!answer.ok) return;
    const { text } = (await answer.json()) as { text: string };
    if (line?.textContent !== text) word(line, text);
    show(line, text !== "");
  } catch {
    // The line is away for a moment: the next look tells.
  }
}
