// Small help on staff pages; every form works without it.

import { followKind } from "./booking";
import { followChoice } from "./fallback";
import { sendOnce } from "./once";
import { followWork } from "./still-going";

for (const room of document.querySelectorAll("#room-field")) {
  const form = room.closest("form");
  if (form) followKind(form);
}

followWork();
for (const times of document.querySelectorAll<HTMLElement>("[data-awaits]")) followChoice(times);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) sendOnce(form);
