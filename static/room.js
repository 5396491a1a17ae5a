// The room, live: entries arrive once and in order, panels are replaced where
// they stand, nothing jumps, and what is typed is never lost.

import { send } from "./forms.js";
import { listen } from "./live.js";
import { dayOf, localise } from "./times.js";

/** How near to the end counts as reading along, in pixels. */
const NEAR = 120;

export function room() {
  const main = document.querySelector("main[data-room]");
  const timeline = document.getElementById("timeline");
  const announce = document.getElementById("announce");
  const pill = document.getElementById("pill");
  const { room: number, kind, person, order } = main.dataset;
  let last = Number(main.dataset.after);
  let unseen = 0;
  /** The panels as they were sent, by id: what has not changed stays in place. */
  const panels = new Map();

  arrange(timeline);
  if (location.hash.startsWith("#e")) document.querySelector(location.hash)?.scrollIntoView({ block: "center" });
  else if (!("past" in main.dataset)) toEnd();

  listen(() => `/incidents/${number}/events?after=${last}`, {
    entry(event) {
      last = Number(event.lastEventId);
      const along = isAlong();
      for (const entry of parse(event.data)) place(entry);
      arrange(timeline);
      if (along) toEnd();
    },
    panels(event) {
      for (const panel of parse(event.data)) {
        const sent = panel.outerHTML;
        if (panels.get(panel.id) === sent) continue;
        panels.set(panel.id, sent);
        document.getElementById(panel.id)?.replaceWith(panel);
      }
    },
  });

  function place(entry) {
    const shown = document.getElementById(entry.id);
    if (shown) {
      shown.replaceWith(entry);
      return;
    }
    // A correction brings its target along, which this page may not show.
    const isNew = Number(entry.dataset.seq) === last;
    if (!isNew || !matches(entry) || "past" in main.dataset) return;
    entry.classList.add("new");
    timeline.append(entry);
    timeline.parentElement.querySelector(".stream > .empty")?.remove();
    announce.textContent = entry.querySelector(".entry-head, .line")?.textContent ?? "";
    if (!isAlong()) {
      unseen += 1;
      pill.textContent = `${unseen} new ↓`;
      pill.hidden = false;
    }
  }

  function matches(entry) {
    const typed = !entry.classList.contains("system");
    const kindMatches = !kind || entry.dataset.kind === kind || (kind === "typed" && typed);
    return kindMatches && (!person || entry.dataset.author === person);
  }

  function isAlong() {
    const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  function toEnd() {
    document.documentElement.scrollTop = document.documentElement.scrollHeight;
  }

  function seen() {
    if (!isAlong()) return;
    unseen = 0;
    pill.hidden = true;
  }

  pill.addEventListener("click", () => {
    toEnd();
    seen();
  });
  document.addEventListener("scroll", seen, { passive: true });

  function arrange(list) {
    const entries = [...list.querySelectorAll(":scope > .entry")];
    if (order === "happened") {
      const at = (entry) => entry.querySelector(".when").dateTime;
      entries.sort((a, b) => at(a).localeCompare(at(b)) || a.dataset.seq - b.dataset.seq);
      list.append(...entries);
    }
    for (const day of list.querySelectorAll(":scope > .day")) day.remove();
    let before;
    let day;
    for (const entry of entries) {
      const today = dayOf(new Date(entry.querySelector(".when").dateTime));
      if (today !== day) {
        const heading = document.createElement("li");
        heading.className = "day";
        heading.textContent = today;
        entry.before(heading);
      }
      const goesOn = today === day && before && !before.classList.contains("system") && !entry.classList.contains("system");
      entry.classList.toggle("same-author", Boolean(goesOn && before.dataset.author === entry.dataset.author));
      [before, day] = [entry, today];
    }
  }

  const composer = document.getElementById("composer");
  if (composer) compose(composer);
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  localise(template.content);
  return [...template.content.children];
}

/** A client key: the server writes a key's entry once, however often it is sent. */
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function compose(form) {
  const { body, key } = form.elements;
  const error = form.querySelector("#body-error");
  let sending = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending || !body.value.trim()) return;
    sending = true;
    const sent = body.value;
    const answer = await send(form);
    sending = false;
    if (answer.done) {
      key.value = freshKey();
      if (body.value === sent) body.value = "";
      say("");
      body.focus();
    } else if (answer.refused) {
      // Refused: nothing was written under the old key; the page brings a fresh one.
      key.value = answer.refused.querySelector("[name=key]")?.value ?? freshKey();
      say(answer.refused.querySelector(".error:not(:empty)")?.textContent ?? "This can't be taken as it is.");
    } else {
      // Unknown: the same key again writes it once, even if it had arrived.
      say(answer.trouble);
    }
  });

  function say(message) {
    error.textContent = message;
    if (message) body.setAttribute("aria-invalid", "true");
    else body.removeAttribute("aria-invalid");
  }

  body.addEventListener("keydown", (event) => {
    const finger = matchMedia("(pointer: coarse)").matches;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !finger) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "kind") return;
    body.placeholder = event.target.dataset.prompt;
    body.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      body.focus();
    }
  });
}
