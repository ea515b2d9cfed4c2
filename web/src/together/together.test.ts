import { describe, expect, test } from "vitest";
import type { Role } from "../wire/messages";
import { Together } from "./together";

/** One end of a channel that hands on at once what it is given. */
class End {
  readyState = "open";
  /** The browser calls it open for a while after the line went. */
  falters = false;
  full = false;
  closed = false;
  other: End | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;

  close(): void {
    this.closed = true;
  }

  send(data: unknown): void {
    if (this.full) throw new DOMException("full", "OperationError");
    if (!this.falters) this.other?.onmessage?.({ data });
  }
}

function page(role: Role) {
  const shared: Array<MediaStream | null> = [];
  const later: Array<() => void> = [];
  const kept: string[] = [];
  const stopped: true[] = [];
  let clock = 0;
  const together = new Together({
    role,
    call: "meeting",
    pickScreen: () =>
      Promise.resolve({
        getVideoTracks: () => [],
        getTracks: () => [{ stop: () => stopped.push(true) }],
      } as unknown as MediaStream),
    agree: (text) => Promise.resolve(kept.push(text) > 1),
    onState: () => undefined,
    now: () => clock,
    later: (run) => void later.push(run),
    random: () => 0,
  });
  const end = new End();
  const own = role === "coach" ? "C" : "K";
  const common = {
    channel: end as unknown as RTCDataChannel,
    fingerprints: () => ({ own, other: own === "C" ? "K" : "C" }),
    share: (screen: MediaStream | null) => void shared.push(screen),
  };
  const wait = (ms: number) => {
    clock += ms;
    for (const run of later.splice(0)) run();
  };
  return { together, end, common, shared, kept, stopped, wait };
}

function pair() {
  const coach = page("coach");
  const candidate = page("candidate");
  coach.end.other = candidate.end;
  candidate.end.other = coach.end;
  // Both channels hear before either speaks, as with two browsers.
  coach.end.readyState = candidate.end.readyState = "connecting";
  coach.together.over(coach.common);
  candidate.together.over(candidate.common);
  coach.end.readyState = candidate.end.readyState = "open";
  coach.end.onopen?.();
  candidate.end.onopen?.();
  return { coach, candidate };
}

describe("two pages together", () => {
  test("come to the same check words", async () => {
    const { coach, candidate } = pair();
    await expect.poll(() => coach.together.state.check.kind).toBe("words");
    await expect.poll(() => candidate.together.state.check.kind).toBe("words");
    expect(coach.together.state.check).toEqual(candidate.together.state.check);
  });

  test("show letters, then the line, and nothing of it after the end", () => {
    const { coach, candidate } = pair();
    candidate.together.typing("Ho", true);
    candidate.wait(200);
    expect(coach.together.state.writing.theirs).toBe("Ho");
    candidate.together.typing("Hoi.", false);
    candidate.wait(200);
    expect(coach.together.state.writing.theirs).toBe("");
    expect(candidate.together.say("Hoi.")).toBe(true);
    expect(coach.together.state.writing.lines.map(({ text }) => text)).toEqual(["Hoi."]);
    coach.together.end();
    expect(coach.together.state.writing.lines).toEqual([]);
  });

  test("refuse a megabyte, an empty line, and a person who sends too fast", () => {
    const { coach, candidate } = pair();
    expect(candidate.together.say("x".repeat(1_000_000))).toBe(false);
    expect(candidate.together.state.notice).toBe("call.write.long");
    expect(candidate.together.say("  ")).toBe(false);
    const sent = Array.from({ length: 50 }, () => candidate.together.say("Hoi")).filter(Boolean);
    expect(sent.length).toBeLessThan(10);
    expect(candidate.together.state.notice).toBe("call.write.slower");
    expect(coach.together.state.writing.lines).toHaveLength(sent.length);
  });

  test("bear a flood and garbage, and go on afterwards", () => {
    const { coach, candidate } = pair();
    for (let id = 0; id < 500; id += 1) {
      candidate.end.send(id % 2 ? "{" : JSON.stringify({ type: "line", id, text: "vol" }));
    }
    expect(coach.together.state.writing.lines.length).toBeLessThan(100);
    expect(coach.end.closed).toBe(false);
    coach.wait(5_000);
    candidate.together.say("Nog een keer");
    expect(coach.together.state.writing.lines.at(-1)?.text).toBe("Nog een keer");
  });

  test.each([
    [
      "lines",
      (id: number) => JSON.stringify({ type: "line", id: id + 1_000, text: "x".repeat(4_000) }),
      1_000,
    ],
    ["large pieces", () => "x".repeat(250_000), 100],
  ])("close their ears to a flood of %s, and hear over the next connection", (_, frame, most) => {
    const { coach, candidate } = pair();
    let heard = 0;
    for (let id = 0; id < 100_000 && !coach.end.closed; id += 1) {
      candidate.end.send(frame(id));
      heard += 1;
    }
    expect(heard).toBeLessThan(most);
    expect(coach.end.onmessage).toBeNull();
    expect(coach.together.state).toMatchObject({ joined: false, notice: "call.write.flood" });
    expect(coach.together.state.writing.lines.length).toBeLessThan(100);
    coach.wait(5_000);
    coach.together.over(coach.common);
    candidate.together.say("Nog een keer");
    expect(coach.together.state.writing.lines.at(-1)?.text).toBe("Nog een keer");
  });

  test("keep a line in the eyes of both when both want it", async () => {
    const { coach, candidate } = pair();
    candidate.together.say("Dinsdag");
    await candidate.together.pin(true, 1);
    expect(coach.together.state).toMatchObject({ notice: "call.pin.asked" });
    coach.kept.push("the server knows it of the candidate");
    await coach.together.pin(false, 1);
    for (const { together } of [coach, candidate]) {
      expect(together.state.writing.lines[0]?.pin).toBe("both");
      expect(together.state.notice).toBe("call.pin.kept");
    }
  });

  test("hear after a break what went nowhere, once and in its order", () => {
    const { coach, candidate } = pair();
    candidate.together.say("een");
    candidate.end.falters = true;
    candidate.together.say("twee");
    candidate.together.say("drie");
    candidate.end.falters = false;
    for (const { together, common } of [coach, candidate]) together.over(common);
    expect(coach.together.state.writing.lines.map(({ text }) => text)).toEqual([
      "een",
      "twee",
      "drie",
    ]);
  });

  test("keep a line in the field that the channel does not take", () => {
    const { coach, candidate } = pair();
    candidate.end.full = true;
    expect(candidate.together.say("Hoi")).toBe(false);
    expect(candidate.together.state.notice).toBe("call.write.not_yet");
    candidate.end.full = false;
    expect(candidate.together.say("Hoi")).toBe(true);
    expect(coach.together.state.writing.lines).toHaveLength(1);
  });

  test("let go of a screen that is chosen after the talk was over", async () => {
    const { candidate } = pair();
    candidate.together.screen({ type: "press" });
    candidate.together.end();
    await expect.poll(() => candidate.stopped.length).toBe(1);
    expect(candidate.together.picture).toBeNull();
    expect(candidate.together.state.screen.mine).toBe("none");
    expect(candidate.shared.filter((one) => one !== null)).toEqual([]);
  });

  test("share again by themselves over the next connection", async () => {
    const { coach, candidate } = pair();
    candidate.together.screen({ type: "press" });
    await expect.poll(() => candidate.together.state.screen.mine).toBe("sharing");
    candidate.together.over(null);
    coach.together.over(null);
    expect(coach.together.state.screen.theirs).toBe(false);
    coach.together.over(coach.common);
    candidate.together.over(candidate.common);
    expect(coach.together.state.screen.theirs).toBe(true);
    expect(candidate.shared.filter((one) => one !== null)).toHaveLength(2);
  });
});
