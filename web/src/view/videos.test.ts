import { afterEach, expect, test, vi } from "vitest";
import { showOther } from "./videos";

/** A video in a browser that plays sound only `pressed`, and the button of the page. */
function strictPage() {
  const page = { pressed: false, playing: false };
  const video = {
    srcObject: null as unknown,
    muted: false,
    play: async () => {
      if (!video.muted && !page.pressed) throw new DOMException("", "NotAllowedError");
      page.playing = true;
    },
  };
  const button = { hidden: true, onclick: null as null | (() => void) };
  vi.stubGlobal("document", {
    getElementById: (id: string) => (id === "remote" ? video : button),
  });
  return { page, video, button };
}

afterEach(() => vi.unstubAllGlobals());

test("a browser that wants a press for sound shows the other at once, and sounds when pressed", async () => {
  const { page, video, button } = strictPage();

  showOther({} as MediaStream);
  await vi.waitFor(() => expect(page.playing).toBe(true));
  expect([video.muted, button.hidden]).toEqual([true, false]);

  page.pressed = true;
  button.onclick?.();
  expect([video.muted, button.hidden]).toEqual([false, true]);
});

test("a browser that allows it sounds at once, also a stream that comes after a silent one", async () => {
  const { page, video, button } = strictPage();
  showOther({} as MediaStream);
  await vi.waitFor(() => expect(page.playing).toBe(true));

  page.pressed = true;
  showOther({} as MediaStream);

  expect([video.muted, button.hidden]).toEqual([false, true]);
});
