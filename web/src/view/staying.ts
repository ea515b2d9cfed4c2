// How good the line is, an attempt that need not be waited for, and being careful with data.

import type { Session } from "../call/session";
import type { TalkState } from "../call/talk-state";
import { quality, tryNow } from "../call/words";
import { maybe, pressed, show, word } from "./elements";
import { type Facts, sentence } from "./facts";

interface NetworkInformation extends EventTarget {
  readonly saveData?: boolean;
}

const network = (navigator as { connection?: NetworkInformation }).connection;
const KEY = "careful";

/** Whether this person, or the device by itself, is careful with data. */
export function isCareful(): boolean {
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen !== null) return chosen === "yes";
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  return network?.saveData === true;
}

function keepCareful(careful: boolean): void {
  try {
    localStorage.setItem(KEY, careful ? "yes" : "no");
  } catch {
    // The same.
  }
}

/** Joins the page to what keeps the talk going; gives what draws each new state. */
export function stayingOn(session: Session, facts: Facts): (state: TalkState) => void {
  window.addEventListener("online", () => session.networkChanged());
  network?.addEventListener("change", () => session.networkChanged());
  pressed("try-now", () => session.tryNow());
  drawCareful(isCareful());
  pressed("low-data", () => {
    const careful = !isCareful();
    keepCareful(careful);
    drawCareful(careful);
    session.careful(careful);
  });
  return (state) => draw(state, facts);
}

function drawCareful(careful: boolean): void {
  maybe("low-data")?.setAttribute("aria-pressed", String(careful));
}

function draw(state: TalkState, facts: Facts): void {
  const line = maybe("quality");
  const said = quality(state);
  word(line, said.map((say) => sentence(facts, say)).join(" "));
  show(line, said.length > 0);
  line?.classList.toggle("is-weak", state.care.quality.level !== "good");
  const again = tryNow(state);
  show(maybe("try-now"), again !== null);
  if (again !== null) word(maybe("try-now-label"), sentence(facts, again));
}
