// Four words that both read aloud: the same for both only when nobody sits in between.
//
// Each page knows the fingerprints of the two certificates of its connection. Somebody in between has
// two connections, so two other pairs. Both pages first bind themselves to a random number (commit)
// and show it only then (reveal), so that nobody can go on trying certificates until the words fit:
// a guess is right once in 2^32. After security.md 2.4; the way is that of ZRTP (RFC 6189, 4.4.1.1).

import type { Role } from "../wire/messages";
import type { Note } from "./notes";
import { WORDS } from "./words-nl";

export const WORD_COUNT = 4;
const LABEL = "tweespraak-sas-v1";
const FINGERPRINT = /^a=fingerprint:(\S+) (\S+)\r?$/gm;

export interface Fingerprints {
  readonly own: string;
  readonly other: string;
}

export type Check =
  | { readonly kind: "waiting" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** The other page did not keep to what it bound itself to, or shows no one certificate. */
  | { readonly kind: "wrong" };

/** The one fingerprint of an SDP, "algorithm digest" in capitals; null for none or several. */
export function fingerprintOf(sdp: string): string | null {
  const found = new Set<string>();
  for (const [, algorithm = "", digest = ""] of sdp.matchAll(FINGERPRINT)) {
    found.add(`${algorithm} ${digest}`.toUpperCase());
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}

/** What a page tells before it shows its number; the role keeps it from being sent back. */
export function commitment(role: Role, nonce: string): Promise<string> {
  return digest(`${LABEL} ${role} ${nonce}`);
}

/** The words of a call: `nonces` are those of coach and candidate, in hexadecimal. */
export async function wordsOf(
  call: string,
  fingerprints: Fingerprints,
  nonces: Readonly<Record<Role, string>>,
): Promise<readonly string[]> {
  const sorted = [fingerprints.own, fingerprints.other].sort();
  const key = await crypto.subtle.importKey("raw", bytes(sorted.join("|")), "HKDF", false, [
    "deriveBits",
  ]);
  const salt = bytes(`${call}|${nonces.coach}|${nonces.candidate}`);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: bytes(LABEL) };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(how, key, WORD_COUNT * 8));
  return [...bits].map((value) => WORDS[value] ?? "");
}

export interface CheckParts {
  readonly role: Role;
  /** The meeting: words of one talk say nothing of another. */
  readonly call: string;
  readonly fingerprints: () => Fingerprints | null;
  readonly send: (note: Note) => void;
  readonly onCheck: (check: Check) => void;
}

/** One check over one connection; a new connection needs a new one. */
export class WordCheck {
  readonly #parts: CheckParts;
  readonly #nonce = hex(crypto.getRandomValues(new Uint8Array(32)));
  #theirs: string | null = null;
  #over = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  /** Binds this page to its number. */
  begin(): Promise<void> {
    return this.#inTurn(async () => {
      const commit = await commitment(this.#parts.role, this.#nonce);
      this.#parts.send({ type: "commit", commit });
    });
  }

  hear(note: Note): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#over) return;
      if (note.type === "commit") this.#bind(note.commit);
      if (note.type === "reveal") await this.#open(note.nonce);
    });
  }

  // In the order in which they came, or a reveal could overtake its commitment.
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(() => this.#end({ kind: "wrong" }));
    return this.#turn;
  }

  // The own number is shown only to a page that can no longer choose its own.
  #bind(commit: string): void {
    if (this.#theirs !== null) return this.#end({ kind: "wrong" });
    this.#theirs = commit;
    this.#parts.send({ type: "reveal", nonce: this.#nonce });
  }

  async #open(nonce: string): Promise<void> {
    const { role, call } = this.#parts;
    const other: Role = role === "coach" ? "candidate" : "coach";
    const fingerprints = this.#parts.fingerprints();
    if (this.#theirs === null || fingerprints === null) return this.#end({ kind: "wrong" });
    if ((await commitment(other, nonce)) !== this.#theirs) return this.#end({ kind: "wrong" });
    const nonces =
      role === "coach"
        ? { coach: this.#nonce, candidate: nonce }
        : { coach: nonce, candidate: this.#nonce };
    this.#end({ kind: "words", words: await wordsOf(call, fingerprints, nonces) });
  }

  #end(check: Check): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.onCheck(check);
  }
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function digest(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(text))));
}

function hex(values: Uint8Array): string {
  return [...values].map((value) => value.toString(16).padStart(2, "0")).join("");
}
