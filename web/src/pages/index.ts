// Small help on staff pages; every form works without it.

import { followKind } from "./booking";
import { followWork } from "./still-going";

for (const room of document.querySelectorAll("#room-field")) {
  const form = room.closest("form");
  if (form) followKind(form);
}

followWork();
