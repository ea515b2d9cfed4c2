// The planner's board. The list of the week stands on the same page and works without this.

import { startBoard } from "./planner/board";
import { readBoard } from "./planner/facts";

// Below this a week does not fit: the list, which goes from day to day, reads better. As planner.css.
const WIDE = window.matchMedia("(min-width: 600px)");

const facts = document.getElementById("board-facts");
const place = document.getElementById("board");
if (facts?.textContent && place) showWhatFits(facts.textContent, place);

function showWhatFits(text: string, board: HTMLElement): void {
  if (WIDE.matches) startBoard(board, readBoard(text));
  // The list was made before anything was dragged, the board knows what is wide: begin again.
  WIDE.addEventListener("change", () => location.reload(), { once: true });
}
