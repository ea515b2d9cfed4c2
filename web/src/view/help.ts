// What to do when camera or microphone does not work yet, in the words of this browser and system.

import type { Browser, Os, Verdict } from "../call/classify";
import { help, type Say } from "../call/words";
import { find, maybe, show, word } from "./elements";

export interface Surroundings {
  readonly os: Os;
  readonly browser: Browser;
}

/** Shows the help for `verdict`; drawn again with the same words it changes nothing on the page. */
export function drawHelp(
  verdict: Verdict,
  around: Surroundings,
  say: (line: Say) => string,
  values: Say["values"],
): void {
  const { title, steps, settings, elsewhere } = help(verdict, around.os, around.browser);
  word(find("help-title"), say({ key: title, values }));
  const items = steps.map((key) => {
    const item = document.createElement("li");
    item.textContent = say({ key, values });
    return item;
  });
  if (settings !== null) items.push(settingsItem(settings, say));
  replaceSteps(items);
  show(maybe("help-elsewhere"), elsewhere);
}

// Who reads or has the focus here must not lose the place.
function replaceSteps(items: readonly HTMLElement[]): void {
  const list = find("help-steps");
  const told = (all: Iterable<Element>) => [...all].map(({ textContent }) => textContent).join();
  if (told(list.children) !== told(items)) list.replaceChildren(...items);
}

function settingsItem(address: string, say: (line: Say) => string): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.className = "utrecht-link";
  link.textContent = say({ key: "call.help.settings", values: {} });
  item.append(link);
  return item;
}
