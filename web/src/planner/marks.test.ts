import { describe, expect, it } from "vitest";
import type { BoardFacts, BoardMeeting } from "./facts";
import { markOf, ownersOf, shownMarks, whoseMarks } from "./marks";

const MEETING: BoardMeeting = {
  id: "m1",
  coach: "anna",
  room: "k1",
  start: "2027-03-03T14:00",
  end: "2027-03-03T14:45",
  title: "Karim",
  kind: "Voortgang",
  mode: "offline",
  mode_text: "Op locatie",
  revision: 3,
  movable: true,
  key: "key1",
};
const FACTS: BoardFacts = {
  csrf: "c",
  language: "nl",
  monday: "2027-03-01",
  weekend: false,
  texts: { "board.marks_of": "Nu te zien: {names}." },
  coaches: [
    { id: "anna", title: "Anna" },
    { id: "bram", title: "Bram" },
  ],
  rooms: [{ id: "k1", title: "Kamer 1" }],
  meetings: [MEETING],
  busy: [],
};

describe("the busy times in the plain week of everybody", () => {
  it("are those of the coach and the room of the meeting that is looked at", () => {
    const style = shownMarks(ownersOf(MEETING));

    expect(style).toContain(markOf("anna"));
    expect(style).toContain(markOf("k1"));
    expect(style).not.toContain(markOf("bram"));
  });

  it("of a meeting without a room are those of its coach", () => {
    expect(ownersOf({ ...MEETING, room: "" })).toEqual(["anna"]);
  });

  it("are named, so that nobody takes them for those of somebody else", () => {
    expect(whoseMarks(FACTS, ownersOf(MEETING))).toBe("Nu te zien: Anna; Kamer 1.");
  });
});
