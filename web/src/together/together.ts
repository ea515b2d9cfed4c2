// Everything the two pages do together over their own channel: writing, the screen, the check words.
// Knows no page; the talk's connection comes and goes underneath.

import type { Role } from "../wire/messages";
import { type Check, type Fingerprints, WordCheck } from "./check-words";
import {
  blank,
  correction,
  fellSilent,
  heardLine,
  heardTyping,
  lastOwn,
  pinned,
  problemOf,
  read,
  said,
  type Writing,
} from "./lines";
import { type Allowance, BORNE, HEARD, type Note, readNote, SAID, take, weightOf } from "./notes";
import { noScreen, type Screen, type ScreenEvent, shareStep } from "./screen";

/** Letters go out together for this long; EN 301 549 6.2.1.2 allows 500 ms from key to screen. */
const TYPING_MS = 200;

/** What this needs of the connection of one epoch. */
export interface Common {
  readonly channel: RTCDataChannel;
  fingerprints(): Fingerprints | null;
  /** Sends the picture of a screen, or none any more. */
  share(screen: MediaStream | null): void;
}

export interface TogetherState {
  readonly writing: Writing;
  readonly screen: Screen;
  readonly check: Check;
  /** Whether the other page hears what is written now. */
  readonly joined: boolean;
  /** A sentence for this person: why something did not go, or what became of it. */
  readonly notice: string | null;
}

export interface TogetherParts {
  readonly role: Role;
  readonly call: string;
  readonly pickScreen: () => Promise<MediaStream>;
  /** Tells the server that this person wants to keep `text`; whether both do now, null: not heard. */
  readonly agree: (text: string) => Promise<boolean | null>;
  readonly onState: (state: TogetherState) => void;
  readonly now: () => number;
  readonly later: (run: () => void, ms: number) => void;
  readonly random: () => number;
}

const AT_REST: Pick<TogetherState, "check" | "joined" | "notice"> = {
  check: { kind: "waiting" },
  joined: false,
  notice: null,
};

export class Together {
  readonly #parts: TogetherParts;
  #state: TogetherState;
  #common: Common | null = null;
  #check: WordCheck | null = null;
  #picture: MediaStream | null = null;
  #heard: Allowance | null = null;
  #borne: Allowance | null = null;
  #saying: Allowance | null = null;
  #typed = "";
  #shown = "";
  #isWaiting = false;
  #pickings = 0;

  constructor(parts: TogetherParts) {
    this.#parts = parts;
    this.#state = { ...AT_REST, writing: blank(parts.random), screen: noScreen(parts.role) };
  }

  get state(): TogetherState {
    return this.#state;
  }

  /** The own screen as it is shared; null when it is not. */
  get picture(): MediaStream | null {
    return this.#picture;
  }

  /** A new connection, or none. */
  over(common: Common | null): void {
    if (this.#common !== null) this.#part(this.#common.channel);
    this.#common = common;
    if (common === null) return;
    const { channel } = common;
    channel.onmessage = ({ data }) => this.#hear(data);
    channel.onopen = () => this.#join(common);
    channel.onclose = () => this.#common === common && this.over(null);
    if (channel.readyState === "open") this.#join(common);
  }

  /** The talk is over: nothing of what was written stays on this page. */
  end(): void {
    this.screen({ type: "stop" });
    this.over(null);
    this.#typed = "";
    this.#set({ ...AT_REST, writing: blank(this.#parts.random) });
  }

  /** What stands in the field now; `live` shows it to the other letter by letter. */
  typing(text: string, live: boolean): void {
    this.#typed = live ? text : "";
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#parts.later(() => {
      this.#isWaiting = false;
      this.#showTyping();
    }, TYPING_MS);
  }

  /** Sends a line; false when it stays in the field, with a sentence that says why. */
  say(text: string): boolean {
    const problem = problemOf(text);
    if (problem !== null) return this.#refuse(`call.write.${problem}`);
    if (!this.#state.joined) return this.#refuse("call.write.not_yet");
    const left = take(this.#saying, SAID, this.#parts.now());
    if (left === null) return this.#refuse("call.write.slower");
    const { writing } = this.#state;
    const line = { type: "line", id: writing.nextId, text } as const;
    if (!this.#send(line)) return this.#refuse("call.write.not_yet");
    this.#saying = left;
    this.#typed = "";
    this.#shown = "";
    this.#set({ writing: said(writing, text), notice: null });
    return true;
  }

  /** What was written was seen. */
  seen(): void {
    this.#set({ writing: read(this.#state.writing) });
  }

  /** This person wants to keep a line. It is kept only when the other wants the same. */
  async pin(mine: boolean, id: number): Promise<void> {
    const line = this.#state.writing.lines.find((one) => one.mine === mine && one.id === id);
    if (line === undefined || line.pin === "mine" || line.pin === "both") return;
    const kept = await this.#parts.agree(line.text);
    if (kept === null) return void this.#refuse("call.pin.failed");
    this.#send({ type: "pin", mine, id });
    const writing = pinned(this.#state.writing, mine, id, true);
    this.#set({ writing, notice: kept ? "call.pin.kept" : "call.pin.waits" });
  }

  screen(event: ScreenEvent): void {
    const { screen, effects } = shareStep(this.#state.screen, event);
    this.#set({ screen });
    for (const effect of effects) {
      if (effect.do === "pick") void this.#pick();
      else if (effect.do === "send")
        this.#send({ type: "screen", word: effect.word, round: effect.round });
      else if (effect.do === "say") this.#set({ notice: effect.key });
      else if (effect.do === "share") this.#common?.share(this.#picture);
      else this.#stopPicture();
    }
  }

  async #pick(): Promise<void> {
    this.#pickings += 1;
    const picking = this.#pickings;
    const isOver = () => picking !== this.#pickings;
    try {
      const picture = await this.#parts.pickScreen();
      if (isOver()) return release(picture);
      this.#picture = picture;
      for (const track of picture.getVideoTracks()) {
        track.contentHint = "detail";
        track.onended = () => this.screen({ type: "stop" });
      }
      this.screen({ type: "picked" });
    } catch (error) {
      if (isOver()) return;
      // Chromium and Firefox give one name for a picker that was closed and for a refusal.
      const cancelled = error instanceof DOMException && error.name === "NotAllowedError";
      this.screen({ type: "not_picked", why: cancelled ? "cancelled" : "refused" });
    }
  }

  // A choice that is still open is over too: what is chosen afterwards is let go of at once.
  #stopPicture(): void {
    this.#pickings += 1;
    this.#common?.share(null);
    release(this.#picture);
    this.#picture = null;
  }

  #join(common: Common): void {
    this.#shown = "";
    this.#check = new WordCheck({
      role: this.#parts.role,
      call: this.#parts.call,
      fingerprints: () => common.fingerprints(),
      send: (note) => this.#send(note),
      onCheck: (check) => this.#common === common && this.#set({ check }),
    });
    this.#set({ joined: true, check: { kind: "waiting" } });
    void this.#check.begin();
    this.screen({ type: "joined" });
    // What was written while the connection faltered went nowhere; the other page knows the rest.
    for (const { id, text } of lastOwn(this.#state.writing)) this.#send({ type: "line", id, text });
    this.#showTyping();
  }

  #part(channel: RTCDataChannel): void {
    channel.onmessage = null;
    channel.onopen = null;
    channel.onclose = null;
    this.#check = null;
    const writing = fellSilent(this.#state.writing);
    this.#set({ joined: false, check: { kind: "waiting" }, writing });
    this.screen({ type: "parted" });
  }

  #showTyping(): void {
    const change = correction(this.#shown, this.#typed);
    if (change === null || !this.#send({ type: "typing", ...change })) return;
    this.#shown = this.#typed;
  }

  #hear(data: unknown): void {
    const [nowMs, weight] = [this.#parts.now(), weightOf(data)];
    const left = take(this.#heard, HEARD, nowMs, weight);
    if (left === null) return this.#bear(nowMs, weight);
    this.#heard = left;
    const note = readNote(data);
    if (note !== null) this.#note(note);
  }

  // A page that goes on flooding is not listened to any more; the talk itself goes on.
  #bear(nowMs: number, weight: number): void {
    const left = take(this.#borne, BORNE, nowMs, weight);
    this.#borne = left;
    if (left !== null) return;
    const channel = this.#common?.channel;
    this.over(null);
    channel?.close();
    this.#refuse("call.write.flood");
  }

  #note(note: Note): void {
    const { writing } = this.#state;
    switch (note.type) {
      case "commit":
      case "reveal":
        return void this.#check?.hear(note);
      case "line":
        return this.#set({ writing: heardLine(writing, note.id, note.text) });
      case "typing":
        return this.#set({ writing: heardTyping(writing, note.keep, note.text) });
      case "pin":
        return this.#pinnedByOther(note.mine, note.id);
      case "screen":
        return this.screen({ type: "heard", word: note.word, round: note.round });
      default:
        return note satisfies never;
    }
  }

  // What is the other's own line is not mine.
  #pinnedByOther(theirs: boolean, id: number): void {
    const writing = pinned(this.#state.writing, !theirs, id, false);
    const both = writing.lines.some(
      (one) => one.id === id && one.mine !== theirs && one.pin === "both",
    );
    this.#set({ writing, notice: both ? "call.pin.kept" : "call.pin.asked" });
  }

  #send(note: Note): boolean {
    const channel = this.#common?.channel;
    if (channel?.readyState !== "open") return false;
    try {
      channel.send(JSON.stringify(note));
      return true;
    } catch {
      return false; // it closed at this moment, or holds more than a browser keeps
    }
  }

  #refuse(key: string): false {
    this.#set({ notice: key });
    return false;
  }

  #set(change: Partial<TogetherState>): void {
    this.#state = { ...this.#state, ...change };
    this.#parts.onState(this.#state);
  }
}

function release(picture: MediaStream | null): void {
  for (const track of picture?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}
