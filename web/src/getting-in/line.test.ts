import { expect, test } from "vitest";
import { lineVerdict } from "./line";

test.each([
  ["all of it works", true, true, true, null],
  ["there is no relay to try", true, true, null, null],
  ["only the relay comes through", true, false, true, null],
  ["the relay is out of reach", true, true, false, "NO_RELAY"],
  ["nothing comes through", true, false, false, "NO_ROUTE"],
  ["nothing comes through, and there is no relay", true, false, null, "NO_ROUTE"],
  ["the server is out of reach", false, true, true, "NO_SOCKET"],
] as const)("%s", (_, socket, direct, relayed, expected) => {
  expect(lineVerdict({ socket, direct, relayed })).toBe(expected);
});
