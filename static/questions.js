// The questions that wait, for whoever speaks for the response: theirs stand
// out, in the room and in the title of a hidden tab. Nobody else is interrupted.

import { countInTitle } from "./title.js";

/** Tells what waits for somebody. */
export function questionsTo(me) {
  const queue = document.getElementById("live-questions");
  const waiting = queue.dataset.to === me ? Number(queue.dataset.waiting) : 0;
  for (const id of ["panel-questions", "live-asked"]) document.getElementById(id).classList.toggle("mine", waiting > 0);
  countInTitle("?", waiting);
}
