// What became of a drag, in words: a line that is read aloud, with ways on where it was refused.

import { type BoardFacts, type BoardMeeting, say } from "./facts";
import type { Answer } from "./send";

/** Says one line under the head of the page. */
export function tell(text: string, good: boolean, more: readonly Node[] = []): void {
  const box = document.getElementById("board-told");
  if (!box) return;
  box.className = `utrecht-alert utrecht-alert--${good ? "ok" : "error"}`;
  const line = document.createElement("p");
  line.className = "utrecht-paragraph";
  line.textContent = text;
  box.replaceChildren(line, ...more);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

/** Says why a meeting sprang back, and what can be done instead. */
export function tellRefusal(
  facts: BoardFacts,
  meeting: BoardMeeting,
  answer: Answer & { done: false },
): void {
  const ways = answer.alternatives.map(({ label, href }) =>
    href ? link(label, href) : said(label),
  );
  if (answer.why) ways.push(link(say(facts, "why"), answer.why));
  if (answer.details) ways.push(link(say(facts, "details"), answer.details));
  const row = document.createElement("p");
  row.className = "board-told__ways";
  row.append(...ways);
  const reason = answer.text || say(facts, "silent");
  const rule = answer.rule ? ` (${answer.rule})` : "";
  tell(say(facts, "sprang_back", { name: meeting.title, reason: `${reason}${rule}` }), false, [
    row,
  ]);
}

function link(text: string, href: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.className = "utrecht-link utrecht-link--html-a";
  made.href = href;
  made.textContent = text;
  return made;
}

function said(text: string): HTMLSpanElement {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}
