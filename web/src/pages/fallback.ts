// The page of a talk that failed: it comes up to date when the candidate chose a time.

import { awaitChoice } from "../view/chosen";

/** Opens the page anew once a time was chosen. */
export function followChoice(times: HTMLElement): void {
  const url = times.dataset.awaits;
  if (url) awaitChoice(url, () => location.assign(url));
}
