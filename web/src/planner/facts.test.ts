import { describe, expect, it } from "vitest";
import { type BoardFacts, type BoardMeeting, moveFor, say, spoken, wall } from "./facts";

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
  texts: { "board.moved": "{name} staat nu op {day}." },
  coaches: [
    { id: "anna", title: "Anna" },
    { id: "bram", title: "Bram" },
  ],
  rooms: [
    { id: "k1", title: "Kamer 1" },
    { id: "k2", title: "Kamer 2" },
  ],
  meetings: [MEETING],
  busy: [],
};
const START = new Date(2027, 2, 28, 9, 5);

describe("a dropped meeting", () => {
  it("keeps its room in the row of its own coach", () => {
    expect(moveFor(FACTS, MEETING, START, "anna")).toEqual({
      meeting: "m1",
      day: "2027-03-28",
      time: "09:05",
      room: "k1",
      revision: "3",
      key: "key1",
    });
  });

  it("takes the room in whose row it was dropped", () => {
    expect(moveFor(FACTS, MEETING, START, "k2")).toMatchObject({ room: "k2" });
  });

  it("is a hand-over in the row of another coach", () => {
    expect(moveFor(FACTS, MEETING, START, "bram")).toBe("other_coach");
  });

  it("that is no meeting at a location fits in no room", () => {
    expect(moveFor(FACTS, { ...MEETING, room: "" }, START, "k1")).toBe("no_room");
  });
});

it("fills the places of a text and leaves unknown ones", () => {
  expect(say(FACTS, "moved", { name: "Karim" })).toBe("Karim staat nu op {day}.");
});

it("writes days and times with two digits", () => {
  expect(wall(new Date(2027, 0, 2, 3, 4))).toEqual({ day: "2027-01-02", time: "03:04" });
});

it("says day and time of a move in the language of the page", () => {
  const move = {
    meeting: "m1",
    room: "",
    revision: "1",
    key: "k",
    day: "2027-03-04",
    time: "10:00",
  };
  expect(spoken(FACTS, move)).toBe("do 4 mrt 10:00");
});
