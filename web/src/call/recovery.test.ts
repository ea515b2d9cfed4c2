import { expect, test } from "vitest";
import { type Connection, connectionOf, HEALTHY, type Recovery, recover } from "./recovery";

function watch(states: ReadonlyArray<readonly [number, Connection, boolean?]>) {
  let recovery: Recovery = HEALTHY;
  return states.map(([seconds, connection, lineUp = true]) => {
    const next = recover(recovery, connection, lineUp, seconds * 1000);
    recovery = next.recovery;
    return next.remedy;
  });
}

test("a short hiccup is left alone", () => {
  const remedies = watch([
    [0, "disconnected"],
    [2.5, "disconnected"],
    [2.9, "connected"],
    [9, "disconnected"],
  ]);
  expect(remedies).toEqual(["none", "none", "none", "none"]);
});

test("after three seconds the routes are renewed once, after fifteen all begins anew", () => {
  const remedies = watch([
    [0, "disconnected"],
    [3, "disconnected"],
    [6, "failed"],
    [14.9, "failed"],
    [15, "failed"],
    [15.5, "building"],
    [30, "building"],
    [30.5, "building"],
  ]);
  expect(remedies).toEqual(["none", "renew", "none", "none", "restart", "none", "none", "restart"]);
});

test("a failed connection is not waited for", () => {
  expect(watch([[0, "failed"]])).toEqual(["renew"]);
});

test("while the line is down nothing is asked, and when it returns at once", () => {
  const remedies = watch([
    [0, "disconnected", false],
    [5, "disconnected", false],
    [6, "disconnected", true],
  ]);
  expect(remedies).toEqual(["none", "none", "renew"]);
});

test.each<[RTCPeerConnectionState, RTCIceConnectionState, Connection]>([
  ["failed", "disconnected", "failed"],
  ["connected", "failed", "failed"],
  ["connected", "disconnected", "disconnected"],
  ["connected", "completed", "connected"],
  ["connecting", "checking", "building"],
  ["new", "new", "building"],
])("connectionOf %s and %s is %s", (connection, ice, word) => {
  expect(connectionOf(connection, ice)).toBe(word);
});
