import { expect, test, vi } from "vitest";
import { GOING, renewWhenDone } from "./still-going";

function asked(...answers: (number | Error)[]) {
  const left = [...answers];
  const ask = vi.fn(async () => {
    const answer = left.shift() ?? GOING;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const renew = vi.fn();
  return { ask, renew, pause: async () => undefined };
}

test("a page comes anew once its work has ended, and not before", async () => {
  const page = asked(GOING, GOING, 422);

  await renewWhenDone(page);

  expect([page.ask.mock.calls.length, page.renew.mock.calls.length]).toEqual([3, 1]);
});

test("a line that is gone for a moment is no end", async () => {
  const page = asked(new TypeError("no line"), GOING, 303);

  await renewWhenDone(page);

  expect([page.ask.mock.calls.length, page.renew.mock.calls.length]).toEqual([3, 1]);
});

test("work that never ends leaves the page as it is", async () => {
  const page = asked();

  await renewWhenDone(page);

  expect(page.renew.mock.calls.length).toBe(0);
});
