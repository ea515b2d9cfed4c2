import { expect, test } from "vitest";
import type { Browser, Verdict } from "../call/classify";
import { type Cause, causeOf } from "./cause";

test.each<[Verdict, Browser, boolean, Cause]>([
  ["UNSUPPORTED", "other", false, "browser"],
  ["INSECURE_CONTEXT", "chrome", false, "browser"],
  ["BROWSER_BLOCKED", "in_app", false, "browser"],
  ["BROWSER_BLOCKED", "chrome", false, "camera"],
  ["DISMISSED", "in_app", false, "camera"],
  ["NO_CAMERA", "firefox", false, "camera"],
  ["NO_MIC", "firefox", false, "microphone"],
  ["BROWSER_BLOCKED", "safari", true, "microphone"],
])("%s in %s, without camera %s: %s", (verdict, browser, unseen, cause) => {
  expect(causeOf(verdict, browser, unseen)).toBe(cause);
});
