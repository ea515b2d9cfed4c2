import { expect, test, vi } from "vitest";
import { sendOnce } from "./once";

test("a form goes out once, and again after somebody came back to its page", () => {
  const page = new EventTarget();
  vi.stubGlobal("window", page);
  const form = new EventTarget();
  sendOnce(form as HTMLFormElement);
  const goesOut = () => form.dispatchEvent(new Event("submit", { cancelable: true }));

  expect([goesOut(), goesOut(), goesOut()]).toEqual([true, false, false]);
  page.dispatchEvent(new Event("pageshow"));
  expect(goesOut()).toBe(true);
  vi.unstubAllGlobals();
});
