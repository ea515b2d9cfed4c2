// One button: the link onto the clipboard, where this program has one.

import { find, show, word } from "./view/elements";

const button = find<HTMLButtonElement>("copy-link");
const said = find("copied");

show(find("copy"), "clipboard" in navigator);
button.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(button.dataset.link ?? "");
    word(said, said.dataset.said ?? "");
  } catch {
    // The program forbids it; the short code below needs no clipboard.
    show(find("copy"), false);
    find("make-code").focus();
  }
});
