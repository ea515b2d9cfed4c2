import { afterEach, expect, test, vi } from "vitest";
import { smallWindow } from "./small-window";

afterEach(() => void vi.unstubAllGlobals());

class Button extends EventTarget {
  hidden = true;
  press(): void {
    this.dispatchEvent(new Event("click"));
  }
}

function page(enabled: boolean, refused = false) {
  const left = vi.fn(async () => undefined);
  const shown = { pictureInPictureElement: null as unknown };
  const opened = vi.fn(async () => {
    if (refused) throw new DOMException("no picture yet", "InvalidStateError");
    shown.pictureInPictureElement = "video";
  });
  vi.stubGlobal(
    "document",
    Object.assign(shown, { pictureInPictureEnabled: enabled, exitPictureInPicture: left }),
  );
  const button = new Button();
  smallWindow(
    { requestPictureInPicture: opened } as unknown as HTMLVideoElement,
    button as unknown as HTMLElement,
  );
  return { button, opened, left };
}

test("a press puts the other's face in a small window, and another one takes it back", async () => {
  const { button, opened, left } = page(true);
  expect(button.hidden).toBe(false);

  button.press();
  await opened.mock.results[0]?.value;
  button.press();

  expect([opened.mock.calls.length, left.mock.calls.length]).toEqual([1, 1]);
});

test("a browser that has no small window shows no button for it", () => {
  expect(page(false).button.hidden).toBe(true);
});

test("before the first picture there is nothing to show, and the next press tries again", async () => {
  const { button, opened } = page(true, true);
  button.press();
  button.press();
  await Promise.allSettled(opened.mock.results.map(({ value }) => value));

  expect(opened).toHaveBeenCalledTimes(2);
});
