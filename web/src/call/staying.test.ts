import { expect, test } from "vitest";
import type { Connection } from "./recovery";
import { Staying } from "./staying";
import type { Care } from "./talk-state";

/** A page in a talk, with a clock, a line and a connection that the test holds. */
function page() {
  const now = { ms: 0, asleepMs: 0, lineUp: true };
  const done: string[] = [];
  const said: Array<Partial<Care>> = [];
  const staying = new Staying({
    lineUp: () => now.lineUp,
    send: (message) => done.push(message.type) > 0,
    probe: () => done.push("probe"),
    onCare: (found) => said.push(found),
    now: () => now.ms,
    wall: () => now.ms + now.asleepMs,
    random: () => 0,
  });
  const go = (seconds: number, connection: Connection) => {
    for (let i = 0; i < seconds * 2; i += 1) {
      now.ms += 500;
      staying.look(connection, 1);
    }
  };
  staying.built(1);
  go(1, "connected");
  done.length = 0;
  said.length = 0;
  return { now, done, said, staying, go };
}

test("a laptop that slept asks for a sign of life and for new routes, once", () => {
  const { now, done, go } = page();
  now.asleepMs = 3_600_000;
  go(3, "connected");
  expect(done).toEqual(["probe", "renew_ice"]);
});

test("a clock that was set back changes nothing", () => {
  const { now, done, go } = page();
  now.asleepMs = -3_600_000;
  go(3, "connected");
  expect(done).toEqual([]);
});

test("another network is renewed again when the line turns out to be gone", () => {
  const { now, done, staying, go } = page();
  staying.networkChanged();
  now.lineUp = false;
  go(4, "connected");
  now.lineUp = true;
  staying.lineBack(true);
  expect(done).toEqual(["probe", "renew_ice", "renew_ice"]);
});

test("a line that returns while picture and sound flow is nobody's worry", () => {
  const { done, staying } = page();
  staying.lineBack(true);
  expect(done).toEqual([]);
});

test("a line that returns to a broken connection brings new routes", () => {
  const { now, done, staying, go } = page();
  now.lineUp = false;
  go(6, "disconnected");
  now.lineUp = true;
  staying.lineBack(false);
  expect(done).toEqual(["probe", "renew_ice"]);
});

test("what comes from the other stops: the line is asked, and brings new routes when it was gone", () => {
  const { now, done, staying, go } = page();
  const arrives = (seconds: number, packets: number) => {
    for (let i = 0, all = 1_000; i < seconds; i += 1) {
      go(1, "connected");
      all += packets;
      staying.heard(all);
    }
  };
  arrives(5, 50);
  arrives(5, 0);
  expect(done).toEqual(["probe"]);
  now.lineUp = false;
  go(1, "connected");
  now.lineUp = true;
  staying.lineBack(true);
  expect(done).toEqual(["probe", "renew_ice"]);
});

test("a line that is there while nothing comes means a mute or a phone call: nothing is renewed", () => {
  const { done, staying, go } = page();
  for (let second = 0; second < 600; second += 1) {
    go(1, "connected");
    staying.heard(7);
  }
  expect(done).toEqual(["probe"]);
});

test("a connection that has carried nothing yet is not silent", () => {
  const { done, staying, go } = page();
  for (let second = 0; second < 10; second += 1) {
    go(1, "connected");
    staying.heard(0);
  }
  expect(done).toEqual([]);
});

test("a person hears nothing of routes, of a new connection a countdown, and then the number", () => {
  const { said, go } = page();
  go(18, "disconnected");
  expect(said).toEqual([]);
  go(62, "disconnected");
  expect(said[0]).toEqual({ told: "again", retryIn: null });
  expect(said.some(({ retryIn }) => retryIn === 3)).toBe(true);
  expect(said.at(-1)?.told).toBe("phone");
});

test("a press begins a new connection at once", () => {
  const { done, staying, go } = page();
  go(1, "failed");
  staying.pressed();
  expect(done).toEqual(["renew_ice", "probe", "restart"]);
});

test("when it is over nothing is said of it any more", () => {
  const { said, staying, go } = page();
  go(20, "disconnected");
  staying.over();
  expect(said.at(-1)).toEqual({ told: "nothing", retryIn: null });
});
