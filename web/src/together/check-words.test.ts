import { describe, expect, test } from "vitest";
import type { Role } from "../wire/messages";
import { type Check, commitment, type Fingerprints, fingerprintOf, WordCheck } from "./check-words";
import type { Note } from "./notes";
import { WORDS } from "./words-nl";

const SWAPS = 1_000;

function page(role: Role, fingerprints: Fingerprints, call = "meeting") {
  const sent: Note[] = [];
  const seen: { check: Check } = { check: { kind: "waiting" } };
  const check = new WordCheck({
    role,
    call,
    fingerprints: () => fingerprints,
    send: (note) => sent.push(note),
    onCheck: (found) => {
      seen.check = found;
    },
  });
  return { check, sent, seen };
}

type TestPage = ReturnType<typeof page>;

/** Passes on what both say until nothing is left to pass on. */
async function together(one: TestPage, other: TestPage): Promise<void> {
  await Promise.all([one.check.begin(), other.check.begin()]);
  for (let at = 0; at < Math.max(one.sent.length, other.sent.length); at += 1) {
    const [mine, theirs] = [one.sent[at], other.sent[at]];
    if (mine !== undefined) await other.check.hear(mine);
    if (theirs !== undefined) await one.check.hear(theirs);
  }
}

const certificate = (name: string) => `SHA-256 ${name}`;
const KARIM = certificate("CA:01");
const ANNA = certificate("C0:01");
const wordsIn = ({ seen }: TestPage) =>
  seen.check.kind === "words" ? seen.check.words.join(" ") : "";

describe("check words", () => {
  test("are the same four on both pages, and others in the next call", async () => {
    const said = new Set<string>();
    for (let call = 0; call < 20; call += 1) {
      const candidate = page("candidate", { own: KARIM, other: ANNA });
      const coach = page("coach", { own: ANNA, other: KARIM });
      await together(candidate, coach);
      expect(wordsIn(candidate)).toBe(wordsIn(coach));
      expect(wordsIn(candidate).split(" ")).toHaveLength(4);
      said.add(wordsIn(candidate));
    }
    expect(said.size).toBe(20);
  });

  test(`differ in ${SWAPS} of ${SWAPS} calls in which somebody sits in between`, async ({
    task,
  }) => {
    let noticed = 0;
    for (let swap = 0; swap < SWAPS; swap += 1) {
      const call = `meeting ${swap}`;
      const candidate = page("candidate", { own: KARIM, other: certificate(`BAD:A${swap}`) }, call);
      const toCandidate = page("coach", { own: certificate(`BAD:A${swap}`), other: KARIM }, call);
      const toCoach = page("candidate", { own: certificate(`BAD:B${swap}`), other: ANNA }, call);
      const coach = page("coach", { own: ANNA, other: certificate(`BAD:B${swap}`) }, call);
      // In between speaks the protocol to both, or only passes on what the two say to each other.
      if (swap % 2 === 0) {
        await together(candidate, toCandidate);
        await together(toCoach, coach);
      } else {
        await together(candidate, coach);
      }
      expect(wordsIn(candidate)).not.toBe("");
      expect(wordsIn(coach)).not.toBe("");
      if (wordsIn(candidate) !== wordsIn(coach)) noticed += 1;
    }
    // The figure `fingerprint swaps` reads it here.
    Object.assign(task.meta, { noticed, swaps: SWAPS });
    expect(noticed).toBe(SWAPS);
  });

  test("show nothing of their own number before the other is bound", async () => {
    const candidate = page("candidate", { own: KARIM, other: ANNA });
    await candidate.check.begin();
    expect(candidate.sent.map(({ type }) => type)).toEqual(["commit"]);
    await candidate.check.hear({ type: "reveal", nonce: "a".repeat(64) });
    expect(candidate.sent.map(({ type }) => type)).toEqual(["commit"]);
    expect(candidate.seen.check.kind).toBe("wrong");
  });

  test("are refused to a page that shows another number than it bound itself to", async () => {
    const coach = page("coach", { own: ANNA, other: KARIM });
    await coach.check.begin();
    const commit = await commitment("candidate", "a".repeat(64));
    await coach.check.hear({ type: "commit", commit });
    await coach.check.hear({ type: "reveal", nonce: "b".repeat(64) });
    expect(coach.seen.check.kind).toBe("wrong");
  });

  test("are refused to somebody who sends back what a page said itself, or binds twice", async () => {
    const coach = page("coach", { own: ANNA, other: KARIM });
    await coach.check.begin();
    const [own] = coach.sent;
    if (own !== undefined) await coach.check.hear(own);
    const shown = coach.sent[1];
    if (shown !== undefined) await coach.check.hear(shown);
    expect(coach.seen.check.kind).toBe("wrong");

    const twice = page("coach", { own: ANNA, other: KARIM });
    await twice.check.begin();
    for (const nonce of ["a", "b"]) {
      const commit = await commitment("candidate", nonce.repeat(64));
      await twice.check.hear({ type: "commit", commit });
    }
    expect(twice.seen.check.kind).toBe("wrong");
  });

  test("come from a list of 256 words that differ and can be said", () => {
    expect(WORDS).toHaveLength(256);
    expect(new Set(WORDS).size).toBe(256);
    for (const word of WORDS) expect(word).toMatch(/^[a-z]{2,9}$/);
  });
});

describe("fingerprintOf", () => {
  const line = (digest: string) => `a=fingerprint:sha-256 ${digest}\r\n`;

  test("is the one that an SDP repeats in its sections", () => {
    expect(fingerprintOf(`v=0\r\n${line("ab:cd")}m=audio\r\n${line("AB:CD")}`)).toBe(
      "SHA-256 AB:CD",
    );
  });

  test("is nothing when an SDP names none, or two", () => {
    expect(fingerprintOf("v=0\r\n")).toBeNull();
    expect(fingerprintOf(line("AB") + line("CD"))).toBeNull();
  });
});
