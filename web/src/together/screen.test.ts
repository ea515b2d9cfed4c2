import { describe, expect, test } from "vitest";
import { noScreen, type Screen, type ScreenEvent, shareStep } from "./screen";

interface Page {
  screen: Screen;
  outbox: ScreenEvent[];
  done: string[];
}

/** Two pages with a line between them on which words wait until they are let through. */
function pair() {
  const page = (role: "coach" | "candidate"): Page => ({
    screen: noScreen(role),
    outbox: [],
    done: [],
  });
  const coach = page("coach");
  const candidate = page("candidate");
  const happens = (who: Page, event: ScreenEvent) => {
    const { screen, effects } = shareStep(who.screen, event);
    who.screen = screen;
    for (const effect of effects) {
      if (effect.do === "send")
        who.outbox.push({ type: "heard", word: effect.word, round: effect.round });
      else who.done.push(effect.do === "say" ? effect.key : effect.do);
    }
  };
  const deliver = () => {
    while (coach.outbox.length + candidate.outbox.length > 0) {
      const [toCandidate, toCoach] = [coach.outbox.splice(0), candidate.outbox.splice(0)];
      for (const event of toCandidate) happens(candidate, event);
      for (const event of toCoach) happens(coach, event);
    }
  };
  happens(coach, { type: "joined" });
  happens(candidate, { type: "joined" });
  return { coach, candidate, happens, deliver };
}

const PRESS: ScreenEvent = { type: "press" };
const PICKED: ScreenEvent = { type: "picked" };
const STOP: ScreenEvent = { type: "stop" };

describe("sharing a screen", () => {
  test.each(["coach", "candidate"] as const)("by the %s shows on the other page", (role) => {
    const { deliver, happens, ...pages } = pair();
    const other = pages[role === "coach" ? "candidate" : "coach"];
    happens(pages[role], PRESS);
    happens(pages[role], PICKED);
    deliver();
    expect(pages[role].screen.mine).toBe("sharing");
    expect(pages[role].done).toEqual(["pick", "share"]);
    expect(other.screen.theirs).toBe(true);

    happens(other, PRESS);
    expect(other.done).toEqual(["call.screen.taken"]);

    happens(pages[role], STOP);
    deliver();
    expect(other.screen.theirs).toBe(false);
  });

  test("when both ask, the candidate's stands", () => {
    const { coach, candidate, deliver, happens } = pair();
    happens(coach, PRESS);
    happens(candidate, PRESS);
    happens(coach, PICKED);
    happens(candidate, PICKED);
    deliver();
    expect(candidate.screen).toMatchObject({ mine: "sharing", theirs: false });
    expect(coach.screen).toMatchObject({ mine: "none", theirs: true });
    expect(coach.done).toEqual(["pick", "stop", "call.screen.taken"]);
  });

  test("a candidate who is still choosing goes before a coach who has chosen", () => {
    const { coach, candidate, deliver, happens } = pair();
    happens(candidate, PRESS);
    happens(coach, PRESS);
    happens(coach, PICKED);
    deliver();
    expect(coach.screen.mine).toBe("none");
    happens(candidate, { type: "not_picked", why: "cancelled" });
    expect(candidate.done).toEqual(["pick", "call.screen.cancelled"]);
  });

  test("goes on by itself after a new connection, and never twice", () => {
    const { coach, candidate, deliver, happens } = pair();
    happens(coach, PRESS);
    happens(coach, PICKED);
    deliver();
    for (const page of [coach, candidate]) happens(page, { type: "parted" });
    expect(candidate.screen.theirs).toBe(false);
    for (const page of [coach, candidate]) happens(page, { type: "joined" });
    deliver();
    expect(coach.screen.mine).toBe("sharing");
    expect(candidate.screen.theirs).toBe(true);
  });

  test("stopped before the answer came leaves nothing behind", () => {
    const { coach, candidate, deliver, happens } = pair();
    happens(coach, PRESS);
    happens(coach, PICKED);
    happens(coach, STOP);
    deliver();
    expect(coach.screen.mine).toBe("none");
    expect(candidate.screen.theirs).toBe(false);
  });

  test("over 5,000 random turns never both at once, and both pages agree when all was heard", () => {
    let seed = 11;
    const random = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const { coach, candidate, deliver, happens } = pair();
    const events: ScreenEvent[] = [PRESS, PICKED, STOP, { type: "not_picked", why: "cancelled" }];
    for (let turn = 0; turn < 5_000; turn += 1) {
      const who = random(2) === 0 ? coach : candidate;
      const event = events[random(events.length)] ?? PRESS;
      const answers = event.type === "picked" || event.type === "not_picked";
      if (!answers || who.screen.mine === "picking") happens(who, event);
      if (random(3) === 0) deliver();
      expect(coach.screen.mine === "sharing" && candidate.screen.mine === "sharing").toBe(false);
      if (coach.outbox.length + candidate.outbox.length > 0) continue;
      expect(coach.screen.theirs).toBe(candidate.screen.mine === "sharing");
      expect(candidate.screen.theirs).toBe(coach.screen.mine === "sharing");
    }
  });
});
