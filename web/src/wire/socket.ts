// The page's side of the signalling socket: comes in, stays in, comes back. Knows no page.

import { type AfterClose, afterClose, type Ending } from "./ladder";
import { encode, type FromBrowser, type ToBrowser } from "./messages";
import { parseToBrowser } from "./parse";

export type Ticket =
  | { readonly kind: "ticket"; readonly ticket: string }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "unreachable" };

export type LineState = "up" | "down";

/** The part of WebSocket that is used, so that tests bring their own. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(frame: string): void;
  close(code?: number): void;
}

export interface SocketParts {
  readonly connect: () => Wire;
  readonly ticket: () => Promise<Ticket>;
  /** The epoch of the peer connection that this page has, 0 for none. */
  readonly epoch: () => number;
  readonly later: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
  readonly random: () => number;
  readonly onMessage: (message: ToBrowser) => void;
  readonly onLine: (state: LineState) => void;
  readonly onStop: (why: Ending, text: string | null) => void;
}

const PING_MS = 10_000;
const CONNECT_MS = 12_000;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const ABNORMAL = 1006;

export class SignalSocket {
  readonly #parts: SocketParts;
  #wire: Wire | null = null;
  #seatToken: string | null = null;
  #attempt = 0;
  #refusedTickets = 0;
  #pings = 0;
  #heard = true;
  #pingTimer = 0;
  #retryTimer = 0;
  #resuming = false;
  #ending = false;
  #stopped = false;

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  /** Comes in with a new ticket. */
  async open(): Promise<void> {
    const answer = await this.#parts.ticket();
    if (this.#stopped) return;
    switch (answer.kind) {
      case "ticket":
        return this.#connect({ type: "hello", ticket: answer.ticket });
      case "refused":
        return this.#stop("refused", answer.text);
      case "unreachable":
        return this.#closed(ABNORMAL);
    }
  }

  /** Sends when the line is up; whoever cares about loss repeats after the next welcome. */
  send(message: FromBrowser): boolean {
    if (this.#wire === null || this.#tooEarly(message)) return false;
    if (message.type === "leave") this.#ending = true;
    this.#wire.send(encode(message));
    return true;
  }

  /** Comes back now instead of at the next step of the ladder (the network returned). */
  hurry(): void {
    if (this.#stopped || this.#retryTimer === 0) return;
    this.#parts.never(this.#retryTimer);
    this.#again({ kind: "retry", waitMs: 0, fresh: this.#seatToken === null });
  }

  /** Closes for good, without telling the page. */
  close(): void {
    this.#stopped = true;
    this.#drop();
    this.#parts.never(this.#retryTimer);
  }

  // Before the welcome only the answer to "continue here?" may be sent, and a sign of life.
  #tooEarly(message: FromBrowser): boolean {
    return this.#seatToken === null && message.type !== "take_over" && message.type !== "ping";
  }

  #connect(first: FromBrowser): void {
    const wire = this.#parts.connect();
    this.#wire = null;
    this.#resuming = first.type === "resume";
    // A phone between two networks may connect to nowhere for minutes.
    this.#pingTimer = this.#parts.later(() => this.#closed(ABNORMAL), CONNECT_MS);
    wire.onopen = () => {
      this.#parts.never(this.#pingTimer);
      this.#wire = wire;
      wire.send(encode(first));
      this.#listen();
    };
    wire.onmessage = ({ data }) => this.#receive(data);
    wire.onclose = ({ code }) => this.#closed(this.#resuming && code === 4403 ? 4401 : code);
    this.#detach = () => {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    };
  }

  #detach: () => void = () => {};

  #drop(): void {
    this.#parts.never(this.#pingTimer);
    this.#detach();
    this.#detach = () => {};
    this.#wire = null;
  }

  #receive(data: unknown): void {
    this.#heard = true;
    const message = typeof data === "string" ? parseToBrowser(data) : null;
    if (message === null || message.type === "pong") return;
    // An old seat token may be refused while the person still owns the seat: a new ticket decides.
    if (message.type === "refused" && this.#resuming) return;
    if (message.type === "ended") this.#ending = true;
    if (message.type === "welcome") {
      this.#resuming = false;
      this.#seatToken = message.seat_token;
      this.#attempt = 0;
      this.#refusedTickets = 0;
      this.#parts.onLine("up");
    }
    this.#parts.onMessage(message);
  }

  // A phone that changes network leaves a half-open socket: silence counts as a drop.
  #listen(): void {
    this.#heard = true;
    const beat = () => {
      if (!this.#heard) {
        this.#closed(ABNORMAL);
        return;
      }
      this.#heard = false;
      this.#pings += 1;
      this.send({ type: "ping", n: this.#pings });
      this.#pingTimer = this.#parts.later(beat, PING_MS);
    };
    this.#pingTimer = this.#parts.later(beat, PING_MS);
  }

  // Firefox closes the socket of a page that is being reloaded, and hands it the server's polite
  // 1000. An end that nobody announced is none: the page must not forget that it was in the talk.
  #closed(reported: number): void {
    const code = reported === NORMAL && !this.#ending ? GOING_AWAY : reported;
    this.#drop();
    const { random } = this.#parts;
    const next = afterClose({
      code,
      attempt: this.#attempt,
      refusedTickets: this.#refusedTickets,
      random: random(),
    });
    if (next.kind === "stop") {
      this.#stop(next.why, null);
      return;
    }
    if (code === 4401) this.#refusedTickets += 1;
    this.#attempt += 1;
    this.#parts.onLine("down");
    this.#retryTimer = this.#parts.later(() => this.#again(next), next.waitMs);
  }

  #again(next: AfterClose & { kind: "retry" }): void {
    this.#retryTimer = 0;
    if (next.fresh) this.#seatToken = null;
    if (this.#seatToken === null) {
      void this.open();
      return;
    }
    this.#connect({ type: "resume", seat_token: this.#seatToken, epoch: this.#parts.epoch() });
  }

  #stop(why: Ending, text: string | null): void {
    this.close();
    this.#parts.onStop(why, text);
  }
}
