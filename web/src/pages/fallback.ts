// The page of a talk that failed: it comes up to date when the candidate chose a time.

import { awaitChoice } from "../view/chosen";

/** Opens the page anew once a time was chosen, and nothing is being typed. */
export function followChoice(times: HTMLElement): void {
  const url = times.dataset.awaits;
  if (!url) return;
  const follow = (): void =>
    awaitChoice(url, () => {
      if (isTypedIn()) follow();
      else location.assign(url);
    });
  follow();
}

function isTypedIn(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement>("main input:not([type=hidden])");
  return [...fields].some(({ value, defaultValue }) => value !== defaultValue);
}
