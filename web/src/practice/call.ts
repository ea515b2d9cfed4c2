// The talk with the guide: the same session as in a real talk, with a queue before it.

import { Session, type SessionParts } from "../call/session";
import type { TalkState } from "../call/talk-state";
import { openSocket, videoCodecs } from "../view/browser";
import type { Ticket } from "../wire/socket";
import { GuideChannel, type Heard } from "./channel";
import type { TicketAnswer } from "./facts";
import type { Call } from "./steps";

const QUEUE_MS = 3_000;
const CLOSED_MS = 10_000;
const ALONE_MS = 10_000;

type Given =
  | "media"
  | "picture"
  | "onOwnStream"
  | "onOtherStream"
  | "onChime"
  | "onPeer"
  | "onOtherScreen";

export interface GuideCallParts extends Pick<SessionParts, Given> {
  readonly heard: Heard;
  /** The candidate need not be seen. */
  readonly unseen: boolean;
  readonly ask: () => Promise<TicketAnswer>;
  readonly onState: (state: TalkState) => void;
  readonly onCall: (call: Call) => void;
  /** The place in the queue, 0 for none. */
  readonly onQueue: (position: number) => void;
  readonly onOld: () => void;
  /** Nobody has sat with the candidate for a while, and another guide was asked; or one is back. */
  readonly onAlone: (alone: boolean) => void;
}

/** One talk with the guide after another; the camera stays on in between. */
export class GuideCall {
  readonly guide: GuideChannel;
  readonly #parts: GuideCallParts;
  #session: Session;
  #ticket: string | null = null;
  #ringing = false;
  #wake: (() => void) | null = null;
  #alone: ReturnType<typeof setInterval> | null = null;

  constructor(parts: GuideCallParts) {
    this.#parts = parts;
    this.guide = new GuideChannel(parts.heard);
    this.#session = this.#make();
  }

  get session(): Session {
    return this.#session;
  }

  /** Turns camera and microphone on, or tries again. */
  turnOn(): void {
    this.#session.happened({ type: "turn_on", hurried: false });
  }

  /** Gets in line for the guide, and calls when it is our turn. */
  async ring(): Promise<void> {
    if (this.#ringing) return this.#wake?.();
    this.#ringing = true;
    this.#ticket = await this.#waitForTurn();
    this.#ringing = false;
    this.#parts.onQueue(0);
    if (this.#ticket === null) return;
    if (this.#session.state.live && !this.#session.state.entered) {
      this.#session.happened({ type: "enter" });
      return;
    }
    this.#session = this.#make();
    this.#session.happened({ type: "turn_on", hurried: true });
  }

  hangUp(): void {
    this.#session.happened({ type: "leave" });
    this.guide.drop();
  }

  async #waitForTurn(): Promise<string | null> {
    for (;;) {
      const answer = await this.#parts.ask();
      switch (answer.kind) {
        case "ticket":
          return answer.ticket;
        case "full":
          this.#parts.onQueue(answer.position);
          await this.#pause(QUEUE_MS);
          break;
        case "old":
          this.#parts.onOld();
          return null;
        case "closed":
          this.#parts.onCall("closed");
          await this.#pause(CLOSED_MS);
          break;
        default:
          return answer satisfies never;
      }
    }
  }

  // A press ends the waiting.
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  // The first ticket was waited for; a page that comes back to its call asks for another one.
  async #spend(): Promise<Ticket> {
    const ticket = this.#ticket;
    this.#ticket = null;
    if (ticket !== null) return { kind: "ticket", ticket };
    const answer = await this.#parts.ask();
    if (answer.kind === "ticket") return answer;
    return answer.kind === "old" ? { kind: "refused", text: "" } : { kind: "unreachable" };
  }

  #make(): Session {
    const {
      heard: _,
      ask: __,
      onState: ___,
      onCall: ____,
      onAlone: _____,
      unseen,
      ...given
    } = this.#parts;
    const session: Session = new Session({
      ...given,
      role: "candidate",
      waived: unseen,
      lowData: false,
      connect: () => openSocket("/ws/practice"),
      ticket: () => this.#spend(),
      buildPeer: (configuration) => this.#build(configuration),
      videoCodecs,
      hidden: () => document.hidden,
      onState: (state) => {
        if (this.#session === session || this.#session === undefined) this.#changed(state);
      },
      onRemember: () => undefined,
      onGoOn: () => undefined,
      onFallBack: () => undefined,
      startsAtMs: 0,
    });
    return session;
  }

  #build(configuration: RTCConfiguration): RTCPeerConnection {
    const connection = new RTCPeerConnection(configuration);
    connection.addEventListener("datachannel", ({ channel }) => this.guide.take(channel));
    return connection;
  }

  #changed(state: TalkState): void {
    this.#parts.onState(state);
    const call = callOf(state);
    if (call !== null) this.#parts.onCall(call);
    if (call === "none" || call === "elsewhere") this.guide.drop();
    this.#mindAlone(isAlone(state));
  }

  // A guide whose process stopped does not come back by itself: asking sends one, and only one.
  #mindAlone(alone: boolean): void {
    if (alone === (this.#alone !== null)) return;
    if (alone) {
      this.#alone = setInterval(() => void this.#callBack(), ALONE_MS);
      return;
    }
    clearInterval(this.#alone ?? undefined);
    this.#alone = null;
    this.#parts.onAlone(false);
  }

  async #callBack(): Promise<void> {
    this.#parts.onAlone(true);
    const answer = await this.#parts.ask();
    if (answer.kind === "old") this.#parts.onOld();
  }
}

/** Whether the candidate sits in the waiting room or the talk with nobody. */
export function isAlone({ stage, other, otherLeft }: TalkState): boolean {
  return (stage === "waiting" || stage === "talk") && (otherLeft || other?.present !== true);
}

/** How the call stands in `state`; null where it was not asked for yet. */
export function callOf({ stage, entered, live }: TalkState): Call | null {
  switch (stage) {
    case "talk":
      return "in";
    case "waiting":
      return "ringing";
    case "second-device":
      return "second";
    case "superseded":
      return "elsewhere";
    case "end":
    case "fallback":
      return "none";
    case "refused":
      return "closed";
    case "help":
      return entered && !live ? "none" : null;
    case "intro":
    case "check":
      return null;
    default:
      return stage satisfies never;
  }
}
