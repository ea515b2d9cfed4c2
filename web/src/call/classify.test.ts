import { expect, test } from "vitest";
import { classify, type Evidence, surroundings, VERDICTS } from "./classify";

const camera: Evidence = {
  error: "NotAllowedError",
  message: "Permission denied",
  permission: "denied",
  wanted: "camera",
  hasCamera: true,
  hasMicrophone: true,
  os: "windows",
  browser: "chrome",
  atOnce: false,
};

test.each<[string, Partial<Evidence>, string]>([
  ["refused for good", {}, "BROWSER_BLOCKED"],
  ["refused by the system", { message: "Permission denied by system" }, "OS_BLOCKED"],
  ["refused although granted", { permission: "granted" }, "OS_BLOCKED"],
  ["box closed", { permission: "prompt" }, "DISMISSED"],
  ["nothing known about the permission", { permission: null }, "DISMISSED"],
  ["not found and not listed", { error: "NotFoundError", hasCamera: false }, "NO_CAMERA"],
  [
    "no microphone",
    { error: "NotFoundError", wanted: "microphone", hasMicrophone: false },
    "NO_MIC",
  ],
  ["Firefox on macOS", { error: "NotFoundError", os: "macos", browser: "firefox" }, "OS_BLOCKED"],
  [
    "Firefox on Android",
    { error: "NotFoundError", os: "android", browser: "firefox" },
    "OS_BLOCKED",
  ],
  ["in use on Windows", { error: "NotReadableError" }, "BUSY"],
  ["in use, old name", { error: "TrackStartError" }, "BUSY"],
  ["aborted", { error: "AbortError" }, "BUSY"],
  ["mute", { error: "AbortError", message: "Timeout starting video source" }, "TIMEOUT"],
  ["no https", { error: "Insecure" }, "INSECURE_CONTEXT"],
  ["no getUserMedia", { error: "Unsupported" }, "UNSUPPORTED"],
  ["no answer", { error: "Timeout" }, "TIMEOUT"],
  ["at once, and nobody says why", { permission: null, atOnce: true }, "BROWSER_BLOCKED"],
  [
    "Firefox says prompt whatever was chosen",
    { permission: "prompt", atOnce: true, browser: "firefox" },
    "BROWSER_BLOCKED",
  ],
  ["a quick hand in Chrome", { permission: "prompt", atOnce: true }, "DISMISSED"],
  ["refused by a rule of the page", { error: "SecurityError" }, "BROWSER_BLOCKED"],
  ["not found though listed", { error: "NotFoundError" }, "BUSY"],
  ["cannot be as asked", { error: "OverconstrainedError" }, "BUSY"],
  ["no such method", { error: "TypeError" }, "UNSUPPORTED"],
  ["not possible here", { error: "NotSupportedError" }, "UNSUPPORTED"],
  ["the cable came out", { error: "Lost" }, "LOST"],
  ["a cover before the lens", { error: "Black" }, "BLACK"],
  ["nothing is heard", { error: "Silent" }, "SILENT"],
])("classify %s", (_, change, verdict) => {
  expect(classify({ ...camera, ...change })).toBe(verdict);
});

const STAGED = [
  { permission: "denied" },
  { message: "Permission denied by system" },
  { permission: "prompt" },
  { error: "NotFoundError", hasCamera: false },
  { error: "NotFoundError", wanted: "microphone", hasMicrophone: false },
  ...["NotReadableError", "Lost", "Black", "Silent", "Insecure", "Unsupported", "Timeout"].map(
    (error) => ({ error }),
  ),
] as const;

test("every verdict has evidence that leads to it", () => {
  const found = STAGED.map((change) => classify({ ...camera, ...change }));

  expect(new Set(found)).toEqual(new Set(VERDICTS));
});

test("nobody is called blocked without proof", () => {
  const guesses = (["prompt", null] as const).map((permission) =>
    classify({ ...camera, permission }),
  );

  expect(guesses).toEqual(["DISMISSED", "DISMISSED"]);
});

test.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "linux",
    "chrome",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "windows",
    "edge",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1",
    "ios",
    "safari",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148",
    "ios",
    "in_app",
  ],
  [
    "Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    "android",
    "in_app",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
    "macos",
    "firefox",
  ],
  [
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
    "android",
    "samsung",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile/15E148 Safari/604.1",
    "ios",
    "chrome",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]",
    "ios",
    "in_app",
  ],
  [
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 Instagram 340.0 Android",
    "android",
    "in_app",
  ],
])("surroundings of %s", (agent, os, browser) => {
  expect(surroundings(agent)).toEqual({ os, browser });
});

test("an iPad that calls itself a Mac is told by its fingers", () => {
  const agent =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15";

  expect(surroundings(agent, 5).os).toBe("ios");
  expect(surroundings(agent, 0).os).toBe("macos");
});
