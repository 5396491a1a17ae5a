// While a title is typed: open incidents that may be the same, to join
// instead. The page that shows them without script is the one that is fetched.

import { localise } from "./times.js";

/** How long typing pauses before it is asked. */
const PAUSE = 250;

export function declare() {
  const title = document.getElementById("title");
  const offer = document.getElementById("similar");
  let later;
  let asked;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const query = new URLSearchParams({ title: title.value });
    let list;
    try {
      const answer = await fetch(`/incidents/similar?${query}`, { signal: asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list = page.getElementById("similar-list");
    } catch {
      // Without a line nothing is offered, and one declares all the same.
      return;
    }
    if (!list) return offer.replaceChildren();
    if (offer.querySelector("ul")?.innerHTML === list.innerHTML) return;
    const says = document.createElement("p");
    says.textContent = "Open already, and it may be the same:";
    offer.replaceChildren(says, document.importNode(list, true));
    localise(offer);
  }

  title.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(ask, PAUSE);
  });
  if (title.value) ask();
}
