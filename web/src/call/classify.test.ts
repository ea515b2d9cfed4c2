import { expect, test } from "vitest";
import { classify, type Evidence, surroundings } from "./classify";

const camera: Evidence = {
  error: "NotAllowedError",
  message: "Permission denied",
  permission: "denied",
  wanted: "camera",
  hasCamera: true,
  hasMicrophone: true,
  os: "windows",
  browser: "chrome",
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
])("classify %s", (_, change, verdict) => {
  expect(classify({ ...camera, ...change })).toBe(verdict);
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
])("surroundings of %s", (agent, os, browser) => {
  expect(surroundings(agent)).toEqual({ os, browser });
});
