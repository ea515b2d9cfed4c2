// The page's side of the signalling socket: comes in, stays in, comes back. Knows no page.

import { type AfterClose, afterClose, type Ending } from "./ladder";
import { encode, type FromBrowser, type Shown, type ToBrowser } from "./messages";
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
  /** What this page shows of its person now. */
  readonly shown: () => Shown;
  readonly later: (run: () => void, ms: number) => number;
  readonly never: (timer: number) => void;
  readonly random: () => number;
  readonly onMessage: (message: ToBrowser) => void;
  readonly onLine: (state: LineState) => void;
  readonly onStop: (why: Ending, text: string | null) => void;
}

type Knock =
  | { readonly type: "hello"; readonly ticket: string }
  | { readonly type: "resume"; readonly seat_token: string; readonly epoch: number };

const PING_MS = 10_000;
const PROBE_MS = 2_000;
const CONNECT_MS = 12_000;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const ABNORMAL = 1006;

export class SignalSocket {
  readonly #parts: SocketParts;
  #wire: Wire | null = null;
  #seatToken: string | null = null;
  /** What the server knows of this page's camera and microphone, word for word. */
  readonly #told = new Map<FromBrowser["type"], string>();
  #attempt = 0;
  #refusedTickets = 0;
  #pings = 0;
  #heard = true;
  #probing = false;
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
        return this.#connect(() => ({ type: "hello", ticket: answer.ticket }));
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
    const frame = encode(message);
    if (this.#told.get(message.type) === frame) return true;
    if (message.type === "camera" || message.type === "media") this.#told.set(message.type, frame);
    this.#wire.send(frame);
    return true;
  }

  /** Comes back now instead of at the next step of the ladder (the network returned). */
  hurry(): void {
    if (this.#stopped || this.#retryTimer === 0) return;
    this.#parts.never(this.#retryTimer);
    this.#again({ kind: "retry", waitMs: 0, fresh: this.#seatToken === null });
  }

  /** Asks for a sign of life now: after a change of network an open line may lead nowhere. */
  probe(): void {
    this.hurry();
    if (this.#wire === null || this.#probing) return;
    this.#probing = true;
    this.#parts.never(this.#pingTimer);
    this.#beat(PROBE_MS);
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

  #connect(knock: () => Knock): void {
    const wire = this.#parts.connect();
    this.#wire = null;
    this.#resuming = this.#seatToken !== null;
    // A phone between two networks may connect to nowhere for minutes.
    this.#pingTimer = this.#parts.later(() => this.#closed(ABNORMAL), CONNECT_MS);
    wire.onopen = () => {
      this.#parts.never(this.#pingTimer);
      this.#wire = wire;
      const shown = this.#parts.shown();
      this.#tell(shown);
      wire.send(encode({ ...knock(), ...shown }));
      this.#listen();
    };
    wire.onmessage = ({ data }) => this.#receive(data);
    wire.onclose = ({ code }) => this.#closed(this.#resuming && code === 4403 ? 4401 : code);
    this.#detach = () => {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    };
  }

  // The first message tells what else `camera` and `media` would.
  #tell({ live, verdict, camera, microphone }: Shown): void {
    this.#told.set("camera", encode({ type: "camera", live, verdict }));
    this.#told.set("media", encode({ type: "media", camera, microphone }));
  }

  #detach: () => void = () => {};

  #drop(): void {
    this.#probing = false;
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
    // The page sits down later, by pressing "continue here", and tells again what it shows.
    if (message.type === "second_device") this.#told.clear();
    if (message.type === "welcome") {
      this.#resuming = false;
      this.#seatToken = message.seat_token;
      this.#attempt = 0;
      this.#refusedTickets = 0;
      this.#parts.onLine("up");
    }
    this.#parts.onMessage(message);
    if (message.type === "ended") this.#end();
  }

  // The server waits a moment for the page to close, so that it need not do so itself.
  #end(): void {
    this.#wire?.close(NORMAL);
    this.#stop("ended", null);
  }

  // A phone that changes network leaves a half-open socket: silence counts as a drop.
  #listen(): void {
    this.#pingTimer = this.#parts.later(() => this.#beat(PING_MS), PING_MS);
  }

  #beat(patienceMs: number): void {
    this.#heard = false;
    this.#pings += 1;
    this.send({ type: "ping", n: this.#pings });
    this.#pingTimer = this.#parts.later(() => {
      this.#probing = false;
      if (this.#heard) this.#beat(PING_MS);
      else this.#closed(ABNORMAL);
    }, patienceMs);
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
    const seat_token = this.#seatToken;
    this.#connect(() => ({ type: "resume", seat_token, epoch: this.#parts.epoch() }));
  }

  #stop(why: Ending, text: string | null): void {
    this.close();
    this.#parts.onStop(why, text);
  }
}
