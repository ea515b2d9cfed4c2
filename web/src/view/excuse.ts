// A camera that does not work: the coach may excuse it, and the candidate's page hears of that.

import type { TalkState } from "../call/talk-state";
import { mayExcuse } from "../call/words";
import { maybe, show } from "./elements";
import type { Facts } from "./facts";

const LOOK_MS = 5_000;

/** Gives what draws each new state: for the coach the choice, for the candidate the outcome. */
export function excuses(facts: Facts): (state: TalkState) => void {
  if (facts.camera_waiver) return () => undefined;
  if (facts.role === "coach") return (state) => show(maybe("excuse"), mayExcuse(state));
  let stuck = false;
  setInterval(() => {
    if (stuck) void look(facts);
  }, LOOK_MS);
  return ({ stage, live, camera, unseen }) => {
    const open = stage === "help" || stage === "waiting" || stage === "talk";
    stuck = open && (!live || !camera || unseen?.who === "candidate");
  };
}

// A reload would take a half-written line away; a later look finds it sent or wiped.
const isWriting = (): boolean => (maybe<HTMLTextAreaElement>("write")?.value ?? "") !== "";

// With the excuse the page is another one: it asks for sound alone.
async function look(facts: Facts): Promise<void> {
  try {
    const answer = await fetch(facts.waiting_url);
    if (!answer.ok) return;
    const { waived } = (await answer.json()) as { waived?: boolean };
    if (waived === true && !isWriting()) location.reload();
  } catch {
    // The line is away for a moment: the next look tells.
  }
}
