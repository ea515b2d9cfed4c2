// The way on after a talk that failed: number and times, from the server's own page for it.

import type { Cause } from "../wire/messages";
import { awaitChoice, type Chosen } from "./chosen";
import { find, word } from "./elements";
import { type Facts, namesOf, sentence } from "./facts";

const AGAIN_MS = 400;
const MOST_TRIES = 60;

/** Shows number and times; with a `cause` the server is told first, over HTTP: a socket may be what fails. */
export function fallBack(facts: Facts, cause: Cause | null, tries = 0): void {
  // Not fetch: its text would have to become elements, which our Trusted Types policy forbids.
  const call = new XMLHttpRequest();
  call.responseType = "document";
  call.open(
    cause === null ? "GET" : "POST",
    cause === null ? facts.fallback_url : facts.trouble_url,
  );
  call.onloadend = () => {
    const found = call.response?.querySelector("#fallback[data-failed]");
    const refused = call.status >= 400 && call.status < 500;
    if (found) showTimes(facts, { page: call.response, part: found });
    // It had been held: somebody who leaves by closing the page has done nothing wrong.
    else if (cause !== null && call.status === 200) location.assign(facts.done_url);
    else if (refused || tries >= MOST_TRIES) find("fallback").textContent = noTimes(facts);
    else setTimeout(() => fallBack(facts, cause, tries + 1), AGAIN_MS);
  };
  call.send(cause === null ? null : new URLSearchParams({ csrf: facts.csrf, cause }));
}

// Who of the two chose is the same: both read what it became.
function showTimes(facts: Facts, { page, part }: Chosen): void {
  const shown = find("fallback");
  const title = document.querySelector<HTMLElement>("#stage-fallback h1");
  const held = shown.contains(document.activeElement);
  const chosen = part.hasAttribute("data-chosen");
  shown.replaceChildren(...part.childNodes);
  if (!chosen) awaitChoice(facts.fallback_url, (news) => showTimes(facts, news));
  else word(title, page.querySelector("h1")?.textContent ?? "");
  if (held) title?.focus();
}

function noTimes(facts: Facts): string {
  const { phone, phoneName: name } = namesOf(facts);
  return sentence(facts, { key: "call.fallback.none", values: { name, phone } });
}
