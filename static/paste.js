// Many lines with times, pasted into the composer: each can be an entry of its
// own. The pasted text stays where it is until those entries are written.

import { button } from "./forms.js";

const PASTED = "second-story:pasted";
const WRITTEN = "second-story:written";

/** Two lines at least, and two times at least: worth asking the server what it reads in them. */
const looksLikeMany = (text) => (text.match(/\S.*/g) ?? []).length > 1 && (text.match(/\d[:.]\d\d|\d ?[ap]\.?m\b/gi) ?? []).length > 1;

/** How many entries the server reads in a text; 0 where nobody answers. */
async function entriesIn(address, fields) {
  try {
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return Number(page.querySelector("[data-entries]")?.dataset.entries ?? 0);
  } catch {
    return 0;
  }
}

function inRoom(composer, incident) {
  const { body, time_zone: zone } = composer.elements;
  const address = `/incidents/${incident}/import`;
  takeOut(body, incident);

  const offer = document.createElement("p");
  offer.className = "offer";
  offer.setAttribute("role", "status");
  offer.hidden = true;
  composer.before(offer);
  let text = "";

  body.addEventListener("paste", async (event) => {
    const pasted = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    offer.hidden = true;
    if (!looksLikeMany(pasted)) return;
    text = pasted;
    const fields = { step: "preview", text, time_zone: zone.value };
    const count = await entriesIn(address, fields);
    if (count < 2 || text !== pasted || !body.value.includes(pasted)) return;
    const many = button(`Add as ${count} entries…`, () => send(address, fields, incident));
    offer.replaceChildren(many, button("Keep as one", () => (offer.hidden = true)));
    offer.hidden = false;
  });
  // Sent, or taken out again: nothing is left to offer.
  const gone = () => {
    if (!body.value.includes(text)) offer.hidden = true;
  };
  body.addEventListener("input", gone);
  composer.addEventListener("submit", () => (offer.hidden = true));
}

/** Opens the page on which the rows are looked over. */
function send(action, fields, incident) {
  sessionStorage.setItem(PASTED, JSON.stringify({ incident, text: fields.text }));
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("textarea");
    Object.assign(field, { name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

/** What was written as entries no longer waits in the composer. */
function takeOut(body, incident) {
  const { incident: where, text } = JSON.parse(sessionStorage.getItem(WRITTEN) ?? "{}");
  sessionStorage.removeItem(WRITTEN);
  if (where !== incident || !body.value.includes(text)) return;
  body.value = body.value.replace(text, () => "").trim();
  body.dispatchEvent(new Event("input", { bubbles: true }));
}

function onImportPage(main) {
  // A form that was refused comes back here: then nothing was written.
  sessionStorage.removeItem(WRITTEN);
  main.addEventListener("submit", (event) => {
    const pasted = sessionStorage.getItem(PASTED);
    if (event.submitter?.value === "write" && pasted) sessionStorage.setItem(WRITTEN, pasted);
  });
}

export function paste() {
  const room = document.querySelector("main[data-room]");
  const composer = document.getElementById("composer");
  const importing = document.querySelector("main[data-import]");
  if (room && composer) inRoom(composer, room.dataset.room);
  if (importing) onImportPage(importing);
}
