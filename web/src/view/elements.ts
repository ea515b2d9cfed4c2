// Small reach into the page: elements by id, shown, hidden, worded.

/** The element with this id, which the template promises. */
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`talk.html has no #${id}`);
  return element as T;
}

/** The element with this id, when this role's page has it. */
export function maybe<T extends HTMLElement = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

/**
 * Shows an element, or takes it away. A focus that goes with it is taken to the heading of what is
 * shown: one that is nowhere sends keyboard and screen reader to the top of the page.
 */
export function show(element: HTMLElement | null, visible: boolean): void {
  if (element === null || element.hidden !== visible) return;
  const held = !visible && element.contains(document.activeElement);
  element.hidden = !visible;
  if (held) queueMicrotask(keepFocus);
}

// After the rest of this change, for most of what is hidden gives the focus a place of its own.
function keepFocus(): void {
  const at = document.activeElement;
  if (at !== null && at !== document.body && isSeen(at)) return;
  [...document.querySelectorAll<HTMLElement>("main h1")].find(isSeen)?.focus();
}

const isSeen = (element: Element): boolean => element.getClientRects().length > 0;

/** Sets the text only when it differs: a live region speaks at every change. */
export function word(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/**
 * Runs `run` when the button is pressed. One that came disabled can be pressed from now on: a press
 * before the script was there would be lost, and nobody would know.
 */
export function pressed(id: string, run: () => void): void {
  const button = maybe(id);
  button?.addEventListener("click", run);
  if (button instanceof HTMLButtonElement) button.disabled = false;
}
