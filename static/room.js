// The room, live: entries arrive once and in order, panels are replaced where
// they stand, nothing jumps, and what is typed is never lost.

import { brief } from "./brief.js";
import { button } from "./forms.js";
import { listen } from "./live.js";
import { offersTo, offerToNotify } from "./offers.js";
import { draftOf, freshKey, whyWaiting } from "./outbox.js";
import { questionsTo } from "./questions.js";
import { relief } from "./relief.js";
import { dayOf, localise } from "./times.js";

/** How near to the end counts as reading along, in pixels. */
const NEAR = 120;

export function room(outbox) {
  const main = document.querySelector("main[data-room]");
  const timeline = document.getElementById("timeline");
  const announce = document.getElementById("announce");
  const pill = document.getElementById("pill");
  const { room: number, kind, person, order } = main.dataset;
  let last = Number(main.dataset.after);
  let unseen = 0;
  /** The panels as they were sent, by id: what has not changed stays in place. */
  const panels = new Map();

  arrange(timeline, order);
  offersTo(main.dataset.me, true);
  questionsTo(main.dataset.me);
  if (location.hash.startsWith("#e")) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  else if (!("past" in main.dataset)) toEnd();
  let readsAlong = isAlong();

  const composer = document.getElementById("composer");
  if (composer) compose(composer, main.dataset.me, number, outbox);
  else shelve(outbox, number);
  const lookForRelief = relief(number, outbox);

  const on = {
    entry({ data, id }) {
      last = id;
      const along = isAlong();
      for (const entry of parse(data)) place(entry);
      arrange(timeline, order);
      if (along) toEnd();
    },
    panels({ data }) {
      for (const panel of parse(data)) {
        const sent = panel.outerHTML;
        if (panels.get(panel.id) === sent) continue;
        panels.set(panel.id, sent);
        document.getElementById(panel.id)?.replaceWith(panel);
        if (panel.id === "live-offers") offersTo(main.dataset.me);
        if (panel.id === "live-questions") questionsTo(main.dataset.me);
      }
      // Who commands may have changed.
      lookForRelief();
    },
    // The line is there, or there again.
    open: outbox.flush,
  };
  listen(number, on, () => last);

  if (composer) document.addEventListener("keydown", eliminate);

  /** One key eliminates the theory that has the focus. */
  function eliminate(event) {
    if (event.key !== "x" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    event.target.closest("#live-theories > li")?.querySelector("button[value=eliminated]")?.click();
  }

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
    // An update is told in full, too, and is not typed into the timeline.
    const typed = !entry.classList.contains("system") && entry.dataset.kind !== "update";
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
    readsAlong = isAlong();
    if (!readsAlong) return;
    unseen = 0;
    pill.hidden = true;
  }

  pill.addEventListener("click", () => {
    toEnd();
    seen();
  });
  document.addEventListener("scroll", seen, { passive: true });
  // A composer that grows, with images say, hides nothing from whoever reads along.
  if (composer) new ResizeObserver(() => readsAlong && toEnd()).observe(composer);
  if (composer) offerToNotify(document.getElementById("panel-work"));
  if (!kind && !person && !order && !("past" in main.dataset)) brief(number, () => readsAlong && toEnd());
}

/** Puts days between the entries of a list, and runs of one person together; sorts it where it is shown as it happened. */
export function arrange(list, order) {
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

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  localise(template.content);
  return [...template.content.children];
}

/** The entries that wait, above the composer. `takeBack` puts one under its writer's hands again. */
function shelve(outbox, incident, takeBack) {
  const shelf = document.getElementById("waiting");
  outbox.watch((trouble) => {
    const rows = outbox.waiting(incident).map((entry) => row(entry, whyWaiting(entry, trouble)));
    shelf.replaceChildren(...rows.filter(Boolean));
    shelf.hidden = !shelf.hasChildNodes();
  });

  function row(entry, why) {
    if (!why) return;
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.className = "text";
    text.dir = "auto";
    text.textContent = entry.body;
    const state = document.createElement("span");
    state.className = "state";
    state.textContent = why;
    item.append(text, state);
    if (takeBack) item.append(button("Edit", () => takeBack(entry), "quiet"));
    item.append(button("Throw away", () => {
      if (confirm(`Throw this away? “${entry.body}”`)) outbox.remove(entry);
    }, "quiet"));
    return item;
  }
}

function compose(form, me, incident, outbox) {
  const { body, key } = form.elements;
  const error = form.querySelector("#body-error");
  const draft = draftOf(me, incident);
  /** When the text was typed, if it was taken back. */
  let typed;

  if (!body.value) body.value = draft.read();
  body.addEventListener("input", () => {
    draft.keep(body.value);
    if (!body.value) typed = undefined;
  });
  shelve(outbox, incident, takeBack);

  /** One line as it waits: what the form holds now. */
  function line() {
    const { kind, time_zone } = Object.fromEntries(new FormData(form));
    return { kind, body: body.value, time_zone, key: key.value || freshKey(), typed: typed ?? Date.now() };
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!body.value.trim()) return;
    const entry = line();
    key.value = freshKey();
    body.value = "";
    typed = undefined;
    say("");
    body.focus();
    // What waits goes first, so that entries arrive in the order they were typed.
    outbox.add(incident, entry);
    draft.keep("");
    await outbox.flush();
    const refused = outbox.waiting(incident).find((it) => it.key === entry.key && it.refused);
    if (refused && !body.value) takeBack(refused);
  });

  /** Puts a line back under its writer's hands, with what was said of it. */
  function takeBack(entry) {
    // Under its own key: if it did arrive and only the answer was lost, the server says so.
    key.value = entry.refused ? freshKey() : entry.key;
    typed = entry.typed;
    // Beside what is being typed now, not in place of it.
    body.value = [entry.body, body.value].filter(Boolean).join("\n");
    draft.keep(body.value);
    outbox.remove(entry);
    const kind = form.querySelector(`[name=kind][value=${CSS.escape(entry.kind)}]`);
    if (kind) kind.checked = true;
    say(entry.refused ?? "");
    body.focus();
  }

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
