// The planner's board. The list of the week stands on the same page and works without this.

import { startBoard } from "./planner/board";
import { readBoard } from "./planner/facts";

const facts = document.getElementById("board-facts");
const place = document.getElementById("board");
if (facts?.textContent && place) startBoard(place, readBoard(facts.textContent));
