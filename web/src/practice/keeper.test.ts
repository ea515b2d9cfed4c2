import { expect, test } from "vitest";
import { Keeper, type Reply, type Standing } from "./keeper";

const STANDING: Standing = {
  step: "see",
  answered: ["camera"],
  pointed: null,
  helped: false,
  ended: false,
};
const OK: Reply = { kind: "ok", standing: STANDING };

function keeper(replies: Reply[], keeps = true) {
  const posted: string[] = [];
  const told: string[] = [];
  const made = new Keeper({
    keeps,
    post: async (fields) => {
      posted.push([fields.do, fields.step, fields.given].filter(Boolean).join(" "));
      return replies.shift() ?? OK;
    },
    pause: async () => void told.push("pause"),
    onStanding: ({ step }) => told.push(step),
    onOver: () => told.push("over"),
    onOld: () => told.push("old"),
    onLate: (late) => told.push(late ? "late" : "in time"),
  });
  return { made, posted, told };
}

test("answers go out one by one, in order", async () => {
  const { made, posted } = keeper([]);
  await Promise.all([
    made.begin("phone"),
    made.keep("camera", "yes", true, "phone"),
    made.keep("see", "no", false, "phone"),
  ]);

  expect(posted).toEqual(["begin", "answer camera yes", "try see no"]);
});

test("an answer waits for the internet and is not lost", async () => {
  const { made, posted, told } = keeper([{ kind: "unreachable" }, { kind: "unreachable" }]);
  await made.keep("see", "yes", true, "phone");

  expect(posted).toEqual(["answer see yes", "answer see yes", "answer see yes"]);
  expect(told).toEqual(["late", "pause", "late", "pause", "in time", "see"]);
});

test("of a practice that is over or old the rest is not sent", async () => {
  const over = keeper([{ kind: "over" }]);
  await Promise.all([
    over.made.keep("see", "yes", true, "phone"),
    over.made.keep("speak", "yes", true, "phone"),
  ]);
  expect(over.posted).toEqual(["answer see yes"]);
  expect(over.told).toEqual(["in time", "over"]);

  const old = keeper([{ kind: "old" }]);
  await old.made.begin("phone");
  expect(old.told).toEqual(["in time", "old"]);
});

test("a look that does not come through is given up", async () => {
  const { made, posted } = keeper([{ kind: "unreachable" }]);
  await made.look();

  expect(posted).toEqual(["look"]);
});

test("what waits behind a look before the beginning is sent all the same", async () => {
  const { made, posted, told } = keeper([{ kind: "over" }]);
  await Promise.all([made.look(), made.begin("phone"), made.keep("camera", "no", false, "phone")]);

  expect(posted).toEqual(["look", "begin", "try camera no"]);
  expect(told).toEqual(["in time", "over", "in time", "see", "in time", "see"]);
});

test("of the public page nothing leaves the device", async () => {
  const { made, posted } = keeper([], false);
  await made.begin("phone");
  await made.keep("camera", "yes", true, "phone");
  await made.look();

  expect(posted).toEqual([]);
});
