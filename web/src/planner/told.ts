// What became of a drag, in words: a line that is read aloud, with ways on where it was refused.

import { type BoardFacts, type BoardMeeting, type Move, say, spoken } from "./facts";
import type { Refusal } from "./send";

let unanswered: (() => void) | null = null;

/** Says one line under the head of the page; a question that stood there is answered with no. */
export function tell(text: string, good: boolean, more: readonly Node[] = []): void {
  unanswered?.();
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
export function tellRefusal(facts: BoardFacts, meeting: BoardMeeting, answer: Refusal): void {
  const reason = answer.text || say(facts, "silent");
  const rule = answer.rule ? ` (${answer.rule})` : "";
  const text = say(facts, "sprang_back", { name: meeting.title, reason: `${reason}${rule}` });
  tell(text, false, [waysOn(facts, answer)]);
}

/** Says that something else stands there, and asks whether the meeting is moved all the same. */
export function askOver(
  facts: BoardFacts,
  meeting: BoardMeeting,
  move: Move,
  answer: Refusal,
): Promise<boolean> {
  const reason = say(facts, "over_ask", { reason: answer.text, when: spoken(facts, move) });
  return new Promise((resolve) => {
    const [yes, no] = [button(say(facts, "over_yes")), button(say(facts, "over_no"))];
    const row = ways([yes, no]);
    tell(say(facts, "sprang_back", { name: meeting.title, reason }), false, [
      row,
      waysOn(facts, answer),
    ]);
    const answered = (wanted: boolean) => {
      unanswered = null;
      row.remove();
      document.getElementById("board-told")?.focus();
      resolve(wanted);
    };
    unanswered = () => answered(false);
    yes.onclick = () => answered(true);
    no.onclick = () => {
      answered(false);
      tell(say(facts, "over_left", { name: meeting.title }), true);
    };
  });
}

function waysOn(facts: BoardFacts, answer: Refusal): HTMLElement {
  const found = answer.alternatives.map(({ label, href }) =>
    href ? link(label, href) : said(label),
  );
  if (answer.why) found.push(link(say(facts, "why"), answer.why));
  if (answer.details) found.push(link(say(facts, "details"), answer.details));
  return ways(found);
}

function ways(found: readonly Node[]): HTMLElement {
  const row = document.createElement("p");
  row.className = "board-told__ways";
  row.append(...found);
  return row;
}

function button(text: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "utrecht-button utrecht-button--secondary-action";
  made.textContent = text;
  return made;
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
