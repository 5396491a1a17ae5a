// Forms without leaving the page. Every form is a page of its own; a link
// marked data-dialog opens that page in a dialog, and a form marked data-quick
// is sent from where it stands. What the server refuses comes back as the same
// form with its messages, the typed text kept.

import { closeMenus } from "./menus.js";
import { draftOf, freshKey } from "./outbox.js";
import { localise } from "./times.js";

/** An answer that takes longer does not come. */
const PATIENCE = 30_000;

/** Sends a form's fields. Returns { done, address } | { refused: main } | { trouble: text }. */
export const sendFields = (action, fields) => send(action, new URLSearchParams(fields), PATIENCE);

/** Sends the body of a form, fields or files, and waits so long. Answers likewise. */
export async function send(action, body, patience) {
  let response;
  let page;
  try {
    response = await fetch(action, {
      method: "POST",
      body,
      headers: { "x-script": "1", "x-person": document.body.dataset.me },
      signal: AbortSignal.timeout(patience),
    });
    page = await response.text();
  } catch (error) {
    return { trouble: error.name === "TimeoutError" ? "the server does not answer" : "the line is down" };
  }
  if (response.status === 204) {
    const address = new URL(response.headers.get("x-location") ?? location.href, location.href);
    if (address.pathname === "/sign-in") {
      return { trouble: "you are signed out; sign in in another tab" };
    }
    return { done: true, address };
  }
  const main = parse(page).querySelector("main");
  // Sent again it would be refused again: by its form, or by a page that says why.
  if (response.status >= 400 && response.status < 500 && main) return { refused: main };
  const said = main?.querySelector("h1")?.textContent ?? "The server did not answer as expected";
  return { trouble: said };
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

/** A small button that a script makes. */
export function button(label, act, look = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button small ${look}`.trim();
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

let dialog;
/** Something was typed into the dialog: a click beside it does not throw that away. */
let touched = false;

function show(main) {
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "sheet";
    dialog.addEventListener("close", () => dialog.replaceChildren());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && !touched) dialog.close();
    });
    dialog.addEventListener("input", () => (touched = true));
    document.body.append(dialog);
  }
  const close = document.createElement("form");
  close.method = "dialog";
  close.innerHTML = '<button class="button quiet sheet-close" aria-label="Close">✕</button>';
  const parts = [...main.children].filter((part) => !part.classList.contains("back"));
  for (const heading of parts.flatMap((part) => [part, ...part.querySelectorAll("h1")])) {
    if (heading.tagName === "H1") dialog.setAttribute("aria-label", heading.textContent);
  }
  dialog.replaceChildren(close, ...parts.map((part) => document.importNode(part, true)));
  localise(dialog);
  touched = restore(dialog) || Boolean(dialog.querySelector("[aria-invalid]"));
  if (!dialog.open) dialog.showModal();
  const wrong = dialog.querySelector("[aria-invalid]");
  (wrong ?? dialog.querySelector("[autofocus], input:not([type=hidden]), textarea, select"))?.focus();
}

/** Shows the page that came back in place of the one that was sent. */
function renew(main) {
  const page = document.importNode(main, true);
  document.querySelector("main").replaceWith(page);
  localise(page);
  page.querySelector("[aria-invalid]")?.focus();
}

async function open(address) {
  let response;
  try {
    response = await fetch(address);
  } catch {
    location.assign(address);
    return;
  }
  const main = response.ok && !response.redirected && parse(await response.text()).querySelector("main");
  if (main) show(main);
  else location.assign(address);
}

function complain(form, text) {
  let error = form.querySelector(".error.trouble");
  if (!error) {
    error = document.createElement("p");
    error.className = "error trouble";
    error.setAttribute("role", "alert");
    form.append(error);
  }
  error.textContent = text;
}

async function submit(form, submitter) {
  const sending = sendFields(form.action, new FormData(form, submitter));
  // Only now: a disabled button would not be part of the form.
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  const answer = await sending;
  for (const button of buttons) button.disabled = false;
  if (answer.trouble) return complain(form, `Not sent, and kept here: ${answer.trouble}. Send it again then.`);
  if (answer.refused) {
    closeMenus();
    return form.matches("main [data-draft]") ? renew(answer.refused) : show(answer.refused);
  }
  draftFor(form)?.keep("");
  // The same form may be sent again for another change.
  if (form.elements.key) form.elements.key.value = freshKey();
  closeMenus();
  document.dispatchEvent(new Event("sent"));
  const here = answer.address.pathname === location.pathname;
  if (here) dialog?.close();
  else if (form.closest("dialog")) await open(answer.address);
  else location.assign(answer.address);
}

/** What was typed into a form marked data-draft outlives the page, until it is sent. */
function draftFor(form) {
  if (form.matches("[data-draft]")) return draftOf(document.body.dataset.me, new URL(form.action).pathname);
}

function typedInto(form) {
  const fields = Object.fromEntries(new FormData(form));
  // Who comes back has a key of their own, and may be somewhere else.
  delete fields.key;
  delete fields.time_zone;
  return fields;
}

function isChanged(form) {
  const changed = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  return [...form.elements].some((field) => "defaultValue" in field && field.type !== "hidden" && changed(field));
}

function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) if (form.elements[name]) form.elements[name].value = value;
}

/** Brings back what was typed below an element and never sent; says so, and whether there was any. */
function restore(root) {
  const form = root.querySelector("form[data-draft]");
  const typed = form && draftFor(form).read();
  // What came back refused has what was typed last.
  if (!typed || form.querySelector("[aria-invalid]")) return false;
  const fresh = typedInto(form);
  fill(form, typed);
  const note = document.createElement("p");
  note.className = "restored small soft";
  note.setAttribute("role", "status");
  note.textContent = "This is what you typed here before. ";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = "Start afresh";
  button.addEventListener("click", () => {
    fill(form, fresh);
    draftFor(form).keep("");
    note.remove();
  });
  note.append(button);
  form.prepend(note);
  return true;
}

export function forms() {
  restore(document);
  document.addEventListener("input", ({ target: { form } }) => {
    if (form) draftFor(form)?.keep(isChanged(form) && typedInto(form));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog], dialog.sheet a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.origin !== location.origin) return;
    event.preventDefault();
    closeMenus();
    if (link.pathname === location.pathname) dialog?.close();
    else open(link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.matches("[data-quick], [data-draft], dialog.sheet form")) return;
    event.preventDefault();
    submit(form, event.submitter);
  });
}
