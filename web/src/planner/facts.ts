// What the server tells the board, and what a dropped meeting becomes. Knows no page.

export interface Row {
  readonly id: string;
  readonly title: string;
}

export interface BoardMeeting {
  readonly id: string;
  readonly coach: string;
  readonly room: string;
  readonly start: string; // wall time of the organisation, 2027-03-03T14:00
  readonly end: string;
  readonly title: string;
  readonly kind: string;
  readonly mode: string;
  readonly mode_text: string;
  readonly revision: number;
  readonly movable: boolean;
  readonly key: string;
}

/** Something else in the calendar of a coach or a room; where it is not sure, it may be planned over. */
export interface Busy {
  readonly owner: string;
  readonly start: string;
  readonly end: string;
  readonly sure: boolean;
}

export interface BoardFacts {
  readonly csrf: string;
  readonly language: string;
  readonly monday: string;
  readonly weekend: boolean;
  readonly texts: Readonly<Record<string, string>>;
  readonly coaches: readonly Row[];
  readonly rooms: readonly Row[];
  readonly meetings: readonly BoardMeeting[];
  readonly busy: readonly Busy[];
}

export interface Move {
  readonly meeting: string;
  readonly day: string;
  readonly time: string;
  readonly room: string;
  readonly revision: string;
  readonly key: string;
  readonly over_busy?: "yes"; // although something else stands in a calendar
}

/** Reads the facts that our own server wrote into the page. */
export function readBoard(text: string): BoardFacts {
  return JSON.parse(text) as BoardFacts;
}

/** The text of a key, with its places filled. */
export function say(facts: BoardFacts, key: string, fill: Record<string, string> = {}): string {
  const text = facts.texts[`board.${key}`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => fill[name] ?? whole);
}

/**
 * What a drop asks for: another time, or another room for a meeting that has one.
 *
 * Gives "other_coach" when it was dropped in the row of somebody else, which is a hand-over, and
 * "no_room" when a meeting without room was dropped in a room.
 */
export function moveFor(
  facts: BoardFacts,
  meeting: BoardMeeting,
  start: Date,
  row: string | null,
): Move | "other_coach" | "no_room" {
  const isRoom = facts.rooms.some((room) => room.id === row);
  if (row !== null && !isRoom && row !== meeting.coach) return "other_coach";
  if (isRoom && meeting.room === "") return "no_room";
  return {
    meeting: meeting.id,
    ...wall(start),
    room: isRoom && row !== null ? row : meeting.room,
    revision: String(meeting.revision),
    key: meeting.key,
  };
}

/** Day and time of a move as people say them: "do 4 mrt 10:00". */
export function spoken(facts: BoardFacts, move: Move): string {
  const [day, time] = [new Date(`${move.day}T${move.time}`), move.time];
  const parts = { weekday: "short", day: "numeric", month: "short" } as const;
  return `${day.toLocaleDateString(facts.language, parts).replaceAll(".", "")} ${time}`;
}

/** Day and time on the wall, as forms send them. */
export function wall(moment: Date): { day: string; time: string } {
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    day: `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`,
    time: `${two(moment.getHours())}:${two(moment.getMinutes())}`,
  };
}
