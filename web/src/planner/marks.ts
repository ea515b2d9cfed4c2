// Whose busy times the plain week shows: of the coach and the room of the meeting that was looked at
// last. A column of a day has no rows: the busy times of everybody in it would be nobody's.

import { type BoardFacts, type BoardMeeting, say } from "./facts";

/** The class of the busy times of a coach or a room. */
export function markOf(owner: string): string {
  return `board-busy--of-${owner}`;
}

/** The coach and the room of a meeting: whoever has to be free where it is put. */
export function ownersOf(meeting: BoardMeeting): readonly string[] {
  return [meeting.coach, meeting.room].filter((owner) => owner !== "");
}

/** The style that shows the busy times of these owners in the plain week. */
export function shownMarks(owners: readonly string[]): string {
  const places = owners.map((owner) => `.board:not(.board--one) .ec-time-grid .${markOf(owner)}`);
  return `${places.join(", ")} { display: block; }`;
}

/** Says whose busy times those are. */
export function whoseMarks(facts: BoardFacts, owners: readonly string[]): string {
  const rows = [...facts.coaches, ...facts.rooms].filter((row) => owners.includes(row.id));
  return say(facts, "marks_of", { names: rows.map((row) => row.title).join("; ") });
}

/** A function that is told which meeting is looked at: pointed at, in the focus, or dragged. */
export function marks(facts: BoardFacts): (meeting: BoardMeeting | undefined) => void {
  const style = new CSSStyleSheet();
  document.adoptedStyleSheets.push(style);
  const line = document.getElementById("marks-of");
  return (meeting) => {
    if (!meeting || !line) return;
    const owners = ownersOf(meeting);
    style.replaceSync(shownMarks(owners));
    line.textContent = whoseMarks(facts, owners);
  };
}
