// The panel beside the talk: writing, sharing a screen, check words. Draws what Together says.

import type { Peer } from "../call/peer";
import type { TalkState } from "../call/talk-state";
import type { Check } from "../together/check-words";
import type { Line, Writing } from "../together/lines";
import { LONGEST_TEXT } from "../together/notes";
import type { Screen } from "../together/screen";
import { Together, type TogetherState } from "../together/together";
import { find, maybe, pressed, show, word } from "./elements";
import { type Facts, sentence } from "./facts";
import { smallWindow } from "./small-window";

const WIDE = "(min-width: 64rem)";

export interface TogetherView {
  /** The connection that it goes over; null when there is none. */
  over(peer: Peer | null): void;
  /** The other's screen as it comes in. */
  screen(stream: MediaStream | null): void;
  /** The talk changed: the panel belongs to the talk, and nothing of it stays afterwards. */
  talk(state: TalkState): void;
}

/** Brings the panel of this page to life. */
export function togetherOn(facts: Facts): TogetherView {
  const text = (key: string, values: Record<string, string | number> = {}) =>
    sentence(facts, { key, values: { name: facts.other_name, ...values } });
  const panel = new Panel(text);
  const lines = new Lines(text, (mine, id) => void together.pin(mine, id));
  const together = new Together({
    role: facts.role,
    call: facts.meeting,
    pickScreen: () => navigator.mediaDevices.getDisplayMedia({ video: true, audio: false }),
    agree: (line) => agree(facts, line),
    onState: (state) => {
      panel.heard(state.writing);
      lines.draw(state.writing);
      draw(state, text);
    },
    now: () => performance.now(),
    later: (run, ms) => setTimeout(run, ms),
    random: Math.random,
  });
  panel.onRead = () => together.seen();
  writeWith(together, text);
  shareWith(together);
  smallWindow(find("remote"), find("small-window"));
  return {
    over: (peer) => together.over(peer),
    screen: (stream) => place(find<HTMLVideoElement>("screen"), stream),
    talk: ({ stage }) => {
      panel.inTalk(stage === "talk");
      // The picture of the talk is gone, and with it the button that stops the sharing.
      if (stage === "fallback" && together.state.screen.mine !== "none") {
        together.screen({ type: "stop" });
      }
      if (stage === "end" || stage === "refused" || stage === "superseded") together.end();
    },
  };
}

type Text = (key: string, values?: Record<string, string | number>) => string;

class Panel {
  onRead: () => void = () => undefined;
  readonly #text: Text;
  readonly #panel = find("together");
  readonly #button = find("more");
  #open = false;
  #closedByPerson = false;
  #inTalk = false;
  #unread = 0;
  #live = false;

  constructor(text: Text) {
    this.#text = text;
    pressed("more", () => this.#toggle());
    pressed("together-close", () => this.#close());
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
    });
  }

  inTalk(now: boolean): void {
    if (now === this.#inTalk) return;
    this.#inTalk = now;
    this.#draw();
  }

  // Opens by itself where there is room beside the picture; letter by letter is like speaking, and
  // shows on every screen. Somebody who closed it is not bothered again.
  heard({ unread, theirs }: Writing): void {
    const news = unread > this.#unread || (theirs !== "" && !this.#live);
    this.#unread = unread;
    this.#live = theirs !== "";
    const room = matchMedia(WIDE).matches || this.#live;
    if (news && room && !this.#closedByPerson) this.#open = true;
    this.#draw();
  }

  #toggle(): void {
    this.#open = !this.#open;
    this.#closedByPerson = !this.#open;
    this.#draw();
    if (this.#open) find("together-title").focus();
  }

  #close(): void {
    this.#open = false;
    this.#closedByPerson = true;
    this.#draw();
    this.#button.focus();
  }

  #draw(): void {
    const open = this.#open && this.#inTalk;
    show(this.#panel, open);
    document.body.toggleAttribute("data-more", open);
    this.#button.setAttribute("aria-expanded", String(open));
    const news = !open && this.#unread > 0;
    this.#button.classList.toggle("is-off", news);
    const key = news ? "call.more.news" : "call.more.label";
    word(this.#button.querySelector(".label"), this.#text(key, { count: this.#unread }));
    if (open && this.#unread > 0) this.onRead();
  }
}

class Lines {
  readonly #text: Text;
  readonly #pin: (mine: boolean, id: number) => void;
  readonly #list = find("written");
  #drawn: readonly Line[] = [];

  constructor(text: Text, pin: (mine: boolean, id: number) => void) {
    this.#text = text;
    this.#pin = pin;
  }

  draw(writing: Writing): void {
    if (writing.lines !== this.#drawn) this.#redraw(writing.lines);
    const live = writing.theirs === "" ? "" : writing.theirs;
    show(find("written-live"), live !== "");
    word(find("written-live-text"), live);
    if (writing.say !== "")
      word(find("together-said"), this.#text("call.write.said", { say: writing.say }));
  }

  // Only what changed is touched: the focus stays on a button that somebody is at, and one line more
  // does not make a browser measure all the others anew.
  #redraw(lines: readonly Line[]): void {
    const items = new Map(this.#drawn.map((line, at) => [line, this.#list.children[at]]));
    const held = this.#drawn.find((line) => items.get(line)?.contains(document.activeElement));
    const kept = new Set(lines);
    for (const [line, item] of items) if (!kept.has(line)) item?.remove();
    lines.forEach((line, at) => {
      const [item, there] = [items.get(line) ?? this.#line(line), this.#list.children[at]];
      if (item !== there) this.#list.insertBefore(item, there ?? null);
    });
    this.#drawn = lines;
    if (held !== undefined && !kept.has(held)) this.#focus(held);
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  // The button that was pressed became the words that it is kept.
  #focus({ mine, id }: Line): void {
    const at = this.#drawn.findIndex((line) => line.mine === mine && line.id === id);
    const pin = this.#list.children[at]?.querySelector<HTMLElement>(".written__pin");
    (pin ?? find("write")).focus();
  }

  #line(line: Line): HTMLElement {
    const item = document.createElement("li");
    item.className = line.mine ? "written__line written__line--mine" : "written__line";
    const who = document.createElement("span");
    who.className = "written__who";
    who.textContent = this.#text(line.mine ? "call.write.you" : "call.write.other");
    const what = document.createElement("span");
    what.className = "written__text";
    what.textContent = line.text;
    item.append(who, what, this.#pinOf(line));
    return item;
  }

  #pinOf({ pin, mine, id }: Line): HTMLElement {
    if (pin === "mine" || pin === "both") {
      const kept = document.createElement("span");
      kept.className = "written__pin";
      kept.tabIndex = -1;
      kept.textContent = this.#text(`call.pin.${pin}`);
      return kept;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "written__pin utrecht-link";
    button.textContent = this.#text(pin === "theirs" ? "call.pin.too" : "call.pin.keep");
    button.onclick = () => this.#pin(mine, id);
    return button;
  }
}

function draw(state: TogetherState, text: Text): void {
  drawScreen(state.screen, text);
  drawWords(state.check, text);
  word(find("together-notice"), state.notice === null ? "" : text(state.notice));
}

function drawScreen({ mine, theirs }: Screen, text: Text): void {
  const pressed = maybe("share")?.matches(":focus") ?? false;
  show(find("sharing"), mine === "sharing");
  word(find("sharing-text"), mine === "sharing" ? text("call.screen.mine") : "");
  show(find("screen"), theirs);
  find("stage-talk").classList.toggle("has-screen", theirs);
  word(find("screen-said"), theirs ? text("call.screen.theirs") : "");
  show(maybe("share"), mine !== "sharing" && "getDisplayMedia" in navigator.mediaDevices);
  if (pressed && mine === "sharing") find("screen-stop").focus();
}

function drawWords(check: Check, text: Text): void {
  const words = check.kind === "words" ? check.words.join(" · ") : "";
  word(find("words-four"), words);
  word(find("words-state"), words === "" ? text(`call.words.${check.kind}`) : "");
}

function writeWith(together: Together, text: Text): void {
  const field = find<HTMLTextAreaElement>("write");
  const live = find<HTMLInputElement>("write-live");
  let before = "";
  const typed = () => together.typing(field.value, live.checked);
  field.addEventListener("input", () => {
    if (field.value.length > LONGEST_TEXT) {
      field.value = before;
      word(find("together-notice"), text("call.write.long"));
    }
    before = field.value;
    typed();
  });
  live.addEventListener("change", typed);
  const send = () => {
    if (!together.say(field.value)) return;
    field.value = "";
    before = "";
  };
  find("write-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
}

function shareWith(together: Together): void {
  pressed("share", () => together.screen({ type: "press" }));
  pressed("screen-stop", () => {
    together.screen({ type: "stop" });
    find("more").focus();
  });
}

function place(video: HTMLVideoElement, stream: MediaStream | null): void {
  if (video.srcObject === stream) return;
  video.muted = true;
  video.srcObject = stream;
  if (stream !== null) void video.play().catch(() => undefined);
}

const AGREE_MS = 8_000;

async function agree(facts: Facts, text: string): Promise<boolean | null> {
  try {
    const answer = await fetch(facts.agreed_url, {
      method: "POST",
      signal: AbortSignal.timeout(AGREE_MS),
      body: new URLSearchParams({ csrf: facts.csrf, text }),
    });
    if (!answer.ok) return null;
    const { kept } = (await answer.json()) as { kept?: unknown };
    return kept === true;
  } catch {
    return null;
  }
}
