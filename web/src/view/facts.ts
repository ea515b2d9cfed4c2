// What the server wrote into the page for the call.

import type { Limits } from "../call/limits";
import { fill, type Names, type Say } from "../call/words";
import type { Role } from "../wire/messages";

export interface Facts {
  readonly meeting: string;
  readonly role: Role;
  readonly csrf: string;
  /** The candidate takes part without a camera, as was agreed. */
  readonly camera_waiver: boolean;
  readonly limits: Limits;
  /** The host of the Jitsi that carries the talk; empty when it goes from browser to browser. */
  readonly jitsi: string;
  readonly own_name: string;
  readonly title: string;
  readonly other_name: string;
  readonly phone: string;
  readonly phone_name: string;
  readonly starts_at: string;
  readonly done_url: string;
  readonly trouble_url: string;
  readonly fallback_url: string;
  readonly tasks_url: string;
  readonly waiting_url: string;
  /** When the server wrote this page. */
  readonly now: string;
  readonly agreed_url: string;
  readonly texts: Readonly<Record<string, string>>;
}

/** The facts of this page; it is written by our own template, so its form is taken on trust. */
export function readFacts(): Facts {
  const text = document.getElementById("call-facts")?.textContent ?? "";
  return JSON.parse(text) as Facts;
}

/**
 * A moment of the server on the clock of this device, in ms: the clock of a device may be hours off.
 * `readMs` is what that clock said when the page was read.
 */
export function onThisClock(moment: string, { now }: Facts, readMs: number): number {
  return Date.parse(moment) + readMs - Date.parse(now);
}

export function namesOf(facts: Facts): Names {
  return { otherName: facts.other_name, phone: facts.phone, phoneName: facts.phone_name };
}

/** The sentence for `say`; a key without a text shows itself, so that it is noticed. */
export function sentence(facts: Facts, say: Say): string {
  return fill(facts.texts[say.key] ?? say.key, say.values);
}
