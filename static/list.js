// Lists of incidents, live: rows change where they stand; what is new waits
// behind a notice, so that nothing moves under a finger.

import { listen } from "./live.js";
import { localise } from "./times.js";

export function list() {
  const { live } = document.querySelector("main[data-live]").dataset;
  const notice = document.getElementById("changed");
  const number = (row) => Number(row.id.slice(1));
  const newest = Math.max(0, ...[...document.querySelectorAll(".incident")].map(number));
  listen(() => live, {
    incident(event) {
      const template = document.createElement("template");
      template.innerHTML = event.data;
      const row = template.content.firstElementChild;
      const shown = document.getElementById(row.id);
      if (!shown) {
        // An older one that changed is on another page of the list.
        if (number(row) > newest) notice.hidden = false;
        return;
      }
      localise(template.content);
      shown.replaceWith(row);
    },
  });
}
