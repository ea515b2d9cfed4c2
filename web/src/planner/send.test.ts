import { expect, test } from "vitest";
import type { Move } from "./facts";
import { type Answer, type Refusal, settle } from "./send";

const MOVE: Move = {
  meeting: "m1",
  day: "2027-03-04",
  time: "10:00",
  room: "k1",
  revision: "3",
  key: "key1",
};
const DONE: Answer = { done: true, revision: 4, key: "key2", text: "Verplaatst." };

function refused(over: boolean): Refusal {
  const nothing = { rule: "", why: "", details: "", alternatives: [] };
  return { done: false, text: "Misschien bezet.", may_be_over: over, ...nothing };
}

/** A server that refuses until it is told to plan over what stands in a calendar. */
function server(first: Answer) {
  const sent: Move[] = [];
  const send = async (move: Move) => {
    sent.push(move);
    return move.over_busy ? DONE : first;
  };
  return { sent, send };
}

test.each([
  ["a move that goes", DONE],
  ["a refusal that nobody can go over", refused(false)],
])("%s asks nobody", async (_name, answer) => {
  const { sent, send } = server(answer);

  const found = await settle(MOVE, send, () => Promise.reject(new Error("asked")));

  expect([found, sent]).toEqual([answer, [MOVE]]);
});

test("what is perhaps busy is asked, and a yes moves the meeting with the same key", async () => {
  const { sent, send } = server(refused(true));

  const found = await settle(MOVE, send, async (refusal) => refusal.text === "Misschien bezet.");

  expect(found).toEqual(DONE);
  expect(sent).toEqual([MOVE, { ...MOVE, over_busy: "yes" }]);
});

test("a no leaves the meeting where it is", async () => {
  const { sent, send } = server(refused(true));

  expect(await settle(MOVE, send, async () => false)).toBeNull();
  expect(sent).toEqual([MOVE]);
});
