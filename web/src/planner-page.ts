// The planner's board. The list of the week stands on the same page and works without this.

import { startBoard } from "./planner/board";
import { readBoard } from "./planner/facts";

// Below this a week does not fit: the list, which goes from day to day, reads better. As planner.css.
const WIDE = window.matchMedia("(min-width: 600px)");

const facts = document.getElementById("board-facts");
const board = document.getElementById("board");
const list = document.getElementById("week-list");
if (facts?.textContent && board && list) showWhatFits(facts.textContent, board, list);

function showWhatFits(text: string, board: HTMLElement, list: HTMLElement): void {
  let started = false;
  let moved = false;
  const show = () => {
    if (!WIDE.matches && moved) location.reload(); // the list was made before
    board.hidden = !WIDE.matches;
    list.hidden = WIDE.matches;
    if (!WIDE.matches || started) return;
    started = true;
    startBoard(board, readBoard(text), () => {
      moved = true;
    });
  };
  show();
  WIDE.addEventListener("change", show);
}
