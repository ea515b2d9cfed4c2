import { afterEach, expect, test, vi } from "vitest";
import { reloadWhenKept } from "./browser";
import { showOther, showOtherAgain } from "./videos";

/** A video in a browser that plays sound only `pressed`, and the button of the page. */
function strictPage() {
  const page = { pressed: false, playing: false, plays: 0 };
  const video = {
    srcObject: null as unknown,
    muted: false,
    paused: false,
    play: async () => {
      page.plays += 1;
      if (!video.muted && !page.pressed) throw new DOMException("", "NotAllowedError");
      page.playing = true;
    },
  };
  const button = { hidden: true, onclick: null as null | (() => void), contains: () => false };
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

test.each([
  ["on an iPhone", { os: "ios", browser: "safari" }, 2],
  ["on a laptop", { os: "windows", browser: "chrome" }, 1],
] as const)("back on the page, the other's picture begins again %s", async (_, engine, plays) => {
  const { page, video } = strictPage();
  page.pressed = true;
  const stream = {} as MediaStream;
  showOther(stream);
  await vi.waitFor(() => expect(page.plays).toBe(1));

  showOtherAgain(engine);

  await vi.waitFor(() => expect(page.plays).toBe(plays));
  expect(video.srcObject).toBe(stream);
});

test("a page that the browser kept whole is loaded anew, and no other", () => {
  const page = new EventTarget();
  const reload = vi.fn();
  reloadWhenKept(page, reload);

  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  expect(reload).not.toHaveBeenCalled();
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  expect(reload).toHaveBeenCalledOnce();
});
