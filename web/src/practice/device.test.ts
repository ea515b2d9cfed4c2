import { expect, test } from "vitest";
import { deviceOf } from "./device";

const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari";
const ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-X) AppleWebKit/537.36 Chrome/126.0";

test.each([
  ["an iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit Mobile/15E148", 5, "phone"],
  [
    "an iPad that says so",
    "Mozilla/5.0 (iPad; CPU OS 16_6) AppleWebKit Mobile/15E148",
    5,
    "tablet",
  ],
  ["an iPad that says it is a Mac", MAC, 5, "tablet"],
  ["a Mac", MAC, 0, "computer"],
  ["an Android phone", `${ANDROID} Mobile Safari/537.36`, 5, "phone"],
  ["an Android tablet", `${ANDROID} Safari/537.36`, 10, "tablet"],
  [
    "Windows with a touch screen",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0",
    10,
    "computer",
  ],
  ["Linux", "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36", 0, "computer"],
])("%s", (_name, agent, touches, device) => {
  expect(deviceOf(agent, touches)).toBe(device);
});
