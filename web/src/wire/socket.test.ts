import { expect, test } from "vitest";
import { afterClose } from "./ladder";
import type { ToBrowser } from "./messages";
import { SignalSocket, type Ticket, type Wire } from "./socket";

class Line implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: unknown[] = [];
  closed = false;
  code: number | undefined;
  send(frame: string) {
    this.sent.push(JSON.parse(frame));
  }
  close(code?: number) {
    this.closed = true;
    this.code ??= code;
  }
  say(message: ToBrowser) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const WELCOME: ToBrowser = {
  type: "welcome",
  role: "candidate",
  polite: true,
  epoch: 0,
  seat_token: "seat-1",
  admitted: false,
  other: { name: "Anna", present: false, camera: false, microphone: false },
};

const SHOWN = { live: true, verdict: null, camera: true, microphone: false };

function installed(tickets: readonly Ticket[] = [{ kind: "ticket", ticket: "t1" }]) {
  const lines: Line[] = [];
  const timers = new Map<number, { run: () => void; ms: number }>();
  const heard: string[] = [];
  let asked = 0;
  let timer = 0;
  const socket = new SignalSocket({
    connect: () => {
      const line = new Line();
      lines.push(line);
      return line;
    },
    ticket: async () => tickets[Math.min(asked++, tickets.length - 1)] ?? { kind: "unreachable" },
    epoch: () => 4,
    shown: () => SHOWN,
    later: (run, ms) => {
      timers.set(++timer, { run, ms });
      return timer;
    },
    never: (id) => void timers.delete(id),
    random: () => 0.5,
    onMessage: (message) => heard.push(message.type),
    onLine: (state) => heard.push(state),
    onStop: (why, text) => heard.push(text === null ? why : `${why}: ${text}`),
  });
  const fire = async (ms: number) => {
    const due = [...timers].find(([, timer]) => timer.ms === ms);
    if (due === undefined)
      throw new Error(`no timer of ${ms} ms: ${[...timers.values()].map((t) => t.ms)}`);
    timers.delete(due[0]);
    due[1].run();
    await Promise.resolve();
    await Promise.resolve();
  };
  const line = (n: number) => {
    const found = lines.at(n);
    if (found === undefined) throw new Error(`no line ${n}`);
    return found;
  };
  return { socket, line, lines, fire, heard, timers };
}

async function welcomed(tickets?: readonly Ticket[]) {
  const it = installed(tickets);
  await it.socket.open();
  it.line(0).onopen?.();
  it.line(0).say(WELCOME);
  return it;
}

test("the first message is hello with the ticket", async () => {
  const { line, heard } = await welcomed();

  expect(line(0).sent).toEqual([{ type: "hello", ticket: "t1", ...SHOWN }]);
  expect(heard).toEqual(["up", "welcome"]);
});

test("what the first message told is not said again, what changed is", async () => {
  const { socket, line } = await welcomed();
  const { live, verdict, camera, microphone } = SHOWN;

  socket.send({ type: "camera", live, verdict });
  socket.send({ type: "media", camera, microphone });
  socket.send({ type: "media", camera: false, microphone });
  socket.send({ type: "media", camera: false, microphone });
  socket.send({ type: "media", camera, microphone });

  expect(line(0).sent.slice(1)).toEqual([
    { type: "media", camera: false, microphone },
    { type: "media", camera, microphone },
  ]);
});

test("who was asked to continue here tells anew what it shows", async () => {
  const { socket, line } = installed();
  await socket.open();
  line(0).onopen?.();
  line(0).say({ type: "second_device" });
  socket.send({ type: "take_over" });
  line(0).say(WELCOME);

  socket.send({ type: "camera", live: true, verdict: null });

  expect(
    line(0)
      .sent.slice(1)
      .map((sent) => (sent as { type: string }).type),
  ).toEqual(["take_over", "camera"]);
});

test("a dropped line comes back at once with the seat token and the epoch", async () => {
  const { line, fire, heard } = await welcomed();

  line(0).onclose?.({ code: 1006 });
  await fire(0);
  line(1).onopen?.();

  expect(heard.at(-1)).toBe("down");
  expect(line(1).sent).toEqual([{ type: "resume", seat_token: "seat-1", epoch: 4, ...SHOWN }]);
});

test("the waits grow as the ladder says, and start anew after a welcome", async () => {
  const { line, fire, timers } = await welcomed();
  const waits: number[] = [];

  for (let drop = 0; drop < 8; drop += 1) {
    line(-1).onclose?.({ code: 1006 });
    const wait = [...timers.values()].at(-1)?.ms ?? -1;
    waits.push(wait);
    await fire(wait);
  }
  line(-1).onopen?.();
  line(-1).say(WELCOME);
  line(-1).onclose?.({ code: 1006 });

  expect(waits).toEqual([0, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 30_000]);
  expect([...timers.values()].map(({ ms }) => ms)).toEqual([0]);
});

test("4401 asks one new ticket, and the second time shows the way back", async () => {
  const { line, fire, heard } = await welcomed();

  line(0).onclose?.({ code: 4401 });
  await fire(0);
  line(1).onopen?.();
  line(1).onclose?.({ code: 4401 });

  expect(line(1).sent).toEqual([{ type: "hello", ticket: "t1", ...SHOWN }]);
  expect(heard.at(-1)).toBe("expired");
});

test("the page closes when the end is announced, and does not come back", async () => {
  const { line, heard, timers } = await welcomed();

  line(0).say({ type: "ended", joint_seconds: 60 });

  expect(line(0).code).toBe(1000);
  expect(heard.slice(-2)).toEqual(["ended", "ended"]);
  expect(timers.size).toBe(0);
});

test("close code 1000 after the own leave ends it", async () => {
  const { socket, line, heard } = await welcomed();

  socket.send({ type: "leave" });
  line(0).onclose?.({ code: 1000 });

  expect(heard.at(-1)).toBe("ended");
});

test("close code 1000 that nobody announced is a page being left: it comes back", async () => {
  const { line, fire, heard } = await welcomed();

  line(0).onclose?.({ code: 1000 });
  expect(heard.at(-1)).toBe("down");
  await fire(1500);
  line(1).onopen?.();

  expect(line(1).sent).toEqual([{ type: "resume", seat_token: "seat-1", epoch: 4, ...SHOWN }]);
});

test.each([
  [1003, "broken"],
  [4403, "refused"],
  [4409, "superseded"],
])("close code %i ends it: %s", async (code, why) => {
  const { line, heard, timers } = await welcomed();

  line(0).onclose?.({ code });

  expect(heard.at(-1)).toBe(why);
  expect(timers.size).toBe(0);
});

test.each([
  [1001, 0, 1500],
  [1008, 0, 5000],
  [1009, 0, 0],
  [1011, 0, 0],
  [1013, 0, 1500],
  [1013, 2, 6500],
])("close code %i at attempt %i comes back after %i ms", (code, attempt, waitMs) => {
  const next = afterClose({ code, attempt, refusedTickets: 0, random: 0.5 });
  expect(next).toEqual({ kind: "retry", waitMs, fresh: false });
});

test("a page that hears nothing for ten seconds reconnects", async () => {
  const { line, fire, heard } = await welcomed();

  await fire(10_000);
  line(0).say({ type: "pong", n: 1 });
  await fire(10_000);
  expect(line(0).sent.slice(1)).toEqual([
    { type: "ping", n: 1 },
    { type: "ping", n: 2 },
  ]);
  await fire(10_000);

  expect(line(0).closed).toBe(true);
  expect(heard.at(-1)).toBe("down");
});

test("a probe gives up in two seconds on a line that leads nowhere", async () => {
  const { socket, line, fire, heard } = await welcomed();
  socket.probe();
  socket.probe();
  expect(line(0).sent.slice(1)).toEqual([{ type: "ping", n: 1 }]);
  await fire(2_000);
  expect(heard.at(-1)).toBe("down");
  await fire(0);
  line(1).onopen?.();
  expect(line(1).sent).toEqual([{ type: "resume", seat_token: "seat-1", epoch: 4, ...SHOWN }]);
});

test("a probe that is answered leaves the line alone", async () => {
  const { socket, line, fire, heard, timers } = await welcomed();
  socket.probe();
  line(0).say({ type: "pong", n: 1 });
  await fire(2_000);
  expect(heard.at(-1)).toBe("welcome");
  expect([...timers.values()].map(({ ms }) => ms)).toEqual([10_000]);
});

test("a refused ticket tells why and does not try again", async () => {
  const { socket, heard, lines } = installed([{ kind: "refused", text: "Te vroeg." }]);

  await socket.open();

  expect(heard).toEqual(["refused: Te vroeg."]);
  expect(lines).toHaveLength(0);
});

test("an unreachable server is tried again with a new ticket", async () => {
  const { socket, fire, line } = installed([
    { kind: "unreachable" },
    { kind: "ticket", ticket: "t2" },
  ]);

  await socket.open();
  await fire(0);
  line(0).onopen?.();

  expect(line(0).sent).toEqual([{ type: "hello", ticket: "t2", ...SHOWN }]);
});

test("a refused seat token is answered with a new ticket before it is believed", async () => {
  const { line, fire, heard } = await welcomed();
  line(0).onclose?.({ code: 1006 });
  await fire(0);
  line(1).onopen?.();
  line(1).say({ type: "refused", code: "not_yours" });
  line(1).onclose?.({ code: 4403 });
  await fire(0);
  line(2).onopen?.();

  expect(line(2).sent).toEqual([{ type: "hello", ticket: "t1", ...SHOWN }]);
  expect(heard).not.toContain("refused");
});

test("before the welcome only take_over goes out", async () => {
  const { socket, line } = installed();
  await socket.open();
  line(0).onopen?.();

  expect(socket.send({ type: "leave" })).toBe(false);
  expect(socket.send({ type: "take_over" })).toBe(true);
  expect(line(0).sent.at(-1)).toEqual({ type: "take_over" });
});

test("hurry comes back now, once", async () => {
  const { socket, line, fire, lines } = await welcomed();
  line(0).onclose?.({ code: 1006 });
  await fire(0);
  line(1).onclose?.({ code: 1006 });

  socket.hurry();
  socket.hurry();

  expect(lines).toHaveLength(3);
});

test("garbage from the server is passed over", async () => {
  const { line, heard } = await welcomed();

  line(0).onmessage?.({ data: "{" });
  line(0).onmessage?.({ data: new ArrayBuffer(3) });

  expect(heard).toEqual(["up", "welcome"]);
});

test("a line that never opens is given up and tried again", async () => {
  const { socket, lines, heard, fire } = installed();
  await socket.open();

  await fire(12_000);

  expect(lines[0]?.closed).toBe(true);
  expect(heard).toEqual(["down"]);
  await fire(0);
  expect(lines).toHaveLength(2);
});

test("a line that opened in time is not given up", async () => {
  const { socket, line, timers } = installed();
  await socket.open();
  line(0).onopen?.();

  expect([...timers.values()].map(({ ms }) => ms)).toEqual([10_000]);
});
