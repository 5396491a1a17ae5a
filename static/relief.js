// Relief that was asked for: what one person may see is asked for by that
// person's page, and comes in no event that others get. Where there may be news
// the page looks every few seconds, whether or not there is any, so that nothing
// on the line tells that somebody asked.

import { localise } from "./times.js";

/** How often the page looks. */
const OFTEN = 4000;
/** What comes together is looked for once. */
const SOON = 200;

/** Keeps the room's notices of relief up to date. Returns what looks again soon. */
export function relief(incident, outbox) {
  const place = document.getElementById("relief");
  if (!place) return () => {};
  let shown = place.innerHTML.trim();
  let soon;

  async function look() {
    soon = undefined;
    let html;
    try {
      const response = await fetch(`/incidents/${incident}/relief`, { headers: { "x-person": document.body.dataset.me } });
      if (!response.ok || response.redirected) return;
      html = (await response.text()).trim();
    } catch {
      return;
    }
    if (html !== shown) show(html);
  }

  function show(html) {
    shown = html;
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const details of place.querySelectorAll("details[open]")) {
      const same = template.content.querySelector(`[data-of="${details.dataset.of}"]`);
      if (same) same.open = true;
    }
    localise(template.content);
    place.replaceChildren(template.content);
  }

  function again() {
    soon ??= setTimeout(look, SOON);
  }

  setInterval(() => {
    if (!document.hidden && place.querySelector("[data-live]")) again();
  }, OFTEN);
  document.addEventListener("visibilitychange", again);
  document.addEventListener("sent", again);
  outbox.watch(again);
  return again;
}
