// Lists of incidents, live: rows change where they stand; what is new waits
// behind a notice, so that nothing moves under a finger.

import { listen } from "./live.js";
import { localise } from "./times.js";

export function list() {
  const notice = document.getElementById("changed");
  const number = (row) => Number(row.id.slice(1));
  const newest = Math.max(0, ...[...document.querySelectorAll(".incident")].map(number));
  let heard = false;

  function show(row) {
    const shown = document.getElementById(row.id);
    if (shown) {
      localise(row);
      shown.replaceWith(row);
    } else if (number(row) > newest) {
      // An older one that changed is on another page of the list.
      notice.hidden = false;
    }
  }

  /** What changed while there was no line: the rows as the page has them now. */
  async function catchUp() {
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll(".incident").forEach(show);
  }

  listen("list", {
    incident({ data }) {
      const template = document.createElement("template");
      template.innerHTML = data;
      show(template.content.firstElementChild);
    },
    open() {
      if (heard) catchUp();
      heard = true;
    },
  });
}
