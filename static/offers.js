// What is offered to whoever reads: it stands out in the room, in the title of
// a hidden tab, and as the browser's own notification if they allowed that.

import { button } from "./forms.js";
import { countInTitle } from "./title.js";

/** Offers already told of by this page, by their addresses. */
const told = new Set();

/** Tells what is offered to somebody, of all that stands on the page. */
export function offersTo(me, isFirst = false) {
  const mine = [...document.querySelectorAll(".handoff")].filter((offer) => offer.dataset.to === me);
  countInTitle("⇄", mine.length);
  for (const offer of mine) {
    offer.classList.add("mine");
    const { pathname } = offer.querySelector("a");
    if (!told.has(pathname) && !isFirst) notify(offer, pathname);
    told.add(pathname);
  }
}

function notify(offer, address) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const [from, called] = [...offer.querySelectorAll("bdi")].map((name) => name.textContent);
  // Several tabs of one room show one, by its tag.
  const shown = new Notification(`${from} offers you ${called}`, { body: document.title, tag: address });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
  });
}

/** Asks for the permission where somebody wants to be told, never unasked. */
export function offerToNotify(place) {
  if (!place || !("Notification" in window) || Notification.permission !== "default") return;
  const ask = button("Notify me of hand-offs", async () => {
    await Notification.requestPermission();
    ask.remove();
  }, "quiet");
  ask.title = "When something is offered to you while this tab is hidden";
  place.append(ask);
}
