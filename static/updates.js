// Writing an update: what is typed is saved on the server as a draft, the words
// that will not travel are marked below the field, and what changed in the room
// is put into the text by a click.

import { localise } from "./times.js";

/** So long after the last key what was typed is saved. */
const PAUSE = 600;

export function updates(form) {
  const address = form.querySelector("[data-save]").formAction;
  let soon;
  let saving;
  /** The field that was written in last: what is inserted goes there. */
  let field;

  // The script saves.
  form.querySelector("[data-save]").hidden = true;

  async function save() {
    saving?.abort();
    saving = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("live", "1");
    try {
      const headers = { "x-person": document.body.dataset.me };
      const answer = await fetch(address, { method: "POST", body: fields, headers, signal: saving.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && !answer.redirected) show(page);
      else say(`Not saved: ${page.querySelector(".error")?.textContent ?? "look at the page again in another tab"}`);
    } catch (error) {
      if (error.name !== "AbortError") say("Not saved: the line is down. It is tried again with the next key.");
    }
  }

  function show(page) {
    localise(page);
    for (const part of page.querySelectorAll("[id]")) {
      const old = document.getElementById(part.id);
      if (old && old.innerHTML !== part.innerHTML) old.replaceWith(document.adoptNode(part));
    }
  }

  function writes(target) {
    if (target.matches("textarea")) field = target;
  }

  function say(words) {
    document.getElementById("draft-saved").textContent = words;
  }

  form.addEventListener("input", ({ target }) => {
    writes(target);
    if (target.name === "next_by") target.dataset.typed = "";
    clearTimeout(soon);
    soon = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(soon);
    saving?.abort();
  });
  form.addEventListener("focusin", ({ target }) => writes(target));

  // The interval of the public may be another one.
  form.addEventListener("change", ({ target }) => {
    const next = form.elements.next_by;
    if (target.name !== "audience" || !next || "typed" in next.dataset) return;
    next.value = target.dataset.minutes ? `${target.dataset.minutes} min` : "";
  });

  for (const insert of document.querySelectorAll("button[data-into]")) {
    insert.hidden = false;
    insert.addEventListener("click", () => {
      const into = field ?? form.elements[insert.dataset.into];
      const said = insert.parentElement.querySelector(".said").textContent;
      into.value = [into.value.trimEnd(), said].filter(Boolean).join("\n");
      into.dispatchEvent(new Event("input", { bubbles: true }));
      insert.textContent = "Inserted";
    });
  }
}
