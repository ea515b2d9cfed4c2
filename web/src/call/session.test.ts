import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A page whose box for camera and microphone is sent away each time; counts the boxes. */
function dismissing() {
  let asked = 0;
  let permission: "prompt" | "granted" = "prompt";
  const session = new Session({
    waived: false,
    role: "candidate",
    media: {
      devices: {
        getUserMedia: async () => {
          asked += 1;
          throw new DOMException("Permission dismissed", "NotAllowedError");
        },
        enumerateDevices: async () => [],
      },
      secure: true,
      permission: async () => permission,
      pause: async () => undefined,
      nowMs: () => 0,
      chosen: () => ({ camera: "", microphone: "" }),
      os: "android",
      browser: "chrome",
    },
    connect: () => ({ onopen: null, onmessage: null, onclose: null, send() {}, close() {} }),
    ticket: async () => ({ kind: "unreachable" }),
    buildPeer: () => new RTCPeerConnection(),
    picture: () => null,
    onState: () => undefined,
    onOwnStream: () => undefined,
    onOtherStream: () => undefined,
    onOtherScreen: () => undefined,
    onPeer: () => undefined,
    onChime: () => undefined,
    onRemember: () => undefined,
    onGoOn: () => undefined,
    onFallBack: () => undefined,
    startsAtMs: Date.now(),
    lowData: false,
  });
  const allow = () => {
    permission = "granted";
  };
  return { session, allow, asked: () => asked };
}

test("a box that was sent away does not come back at each look at the page", async () => {
  const { session, asked, allow } = dismissing();
  session.happened({ type: "turn_on", hurried: false });
  await vi.waitFor(() => expect(session.state.help).toBe("DISMISSED"));

  session.tryAgain();
  session.tryAgain();
  await vi.advanceTimersByTimeAsync(10);
  expect(asked()).toBe(1);

  allow();
  session.tryAgain();
  await vi.waitFor(() => expect(asked()).toBe(2));
});
