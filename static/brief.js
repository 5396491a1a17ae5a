// The brief for whoever arrives: where we are, above the composer until it is
// put away. It takes no focus and moves nothing that is being typed.

import { sendFields } from "./forms.js";
import { localise } from "./times.js";

/** Shows the brief of a room if it is due, and calls back when it came or went. */
export async function brief(number, changed) {
  let page;
  try {
    const answer = await fetch(`/incidents/${number}/brief?arriving=1`);
    if (answer.status !== 200 || answer.redirected) return;
    page = await answer.text();
  } catch {
    return;
  }
  const told = new DOMParser().parseFromString(page, "text/html").getElementById("brief");
  if (!told) return;
  localise(told);
  // It may be longer than the screen: keys scroll it.
  told.tabIndex = 0;
  document.querySelector(".stream > .dock").before(told);
  document.getElementById("announce").textContent = "A brief of where we are stands above the composer.";
  changed();

  const putAway = () => {
    const form = told.querySelector("form");
    // Lost, it is shown once more: no harm.
    sendFields(form.action, new FormData(form));
    const hadFocus = told.contains(document.activeElement);
    told.remove();
    if (hadFocus) document.getElementById("body")?.focus();
    changed();
  };
  told.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    putAway();
  });
  told.addEventListener("keydown", (event) => {
    if (event.key === "Escape") putAway();
  });
}
