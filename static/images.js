// Images in the composer: pasted, dropped or chosen. They go out with the line
// they belong to; until they are at the server, line and images wait in the
// browser and are tried again. Sent however often, they are written once.

import { send as sendForm } from "./forms.js";
import { age, freshKey, sendLate } from "./outbox.js";

const MOST = 4;
const LARGEST = 5 * 1024 * 1024;
const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** How long to wait before what could not be sent is tried again. */
const AGAIN = 3000;
/** The slowest line that an upload is waited for on, in bytes a second; the server waits as long. */
const SLOWEST = 32 * 1024;

/** What waits of one person, kept in the browser; in memory alone where a browser keeps nothing. */
const shelf = {
  name: () => `second-story:${document.body.dataset.me}`,
  open: () =>
    (shelf.database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(shelf.name(), 1);
      request.onupgradeneeded = () => request.result.createObjectStore("images", { keyPath: "key" });
      request.onsuccess = () => {
        // Another tab signs out: it waits for no one.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    })),
  async run(mode, act) {
    const store = (await shelf.open()).transaction("images", mode).objectStore("images");
    return new Promise((resolve, reject) => {
      const request = act(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  },
  all: () => shelf.run("readonly", (store) => store.getAll()).catch(() => []),
  /** Whether it outlives the tab. */
  keep: (line) => shelf.run("readwrite", (store) => store.put(line)).then(() => true, () => false),
  forget: (key) => shelf.run("readwrite", (store) => store.delete(key)).catch(() => {}),
};

/**
 * The keys of what waits, beside the other words that wait: what is no longer
 * named there was given up with them when somebody signed out.
 */
function namesOf(person, incident) {
  const name = `second-story:images:${person}:${incident}`;
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? [];
    } catch {
      return [];
    }
  };
  const store = (keys) => {
    try {
      if (keys.length) localStorage.setItem(name, JSON.stringify(keys));
      else localStorage.removeItem(name);
    } catch {
      // A browser that keeps nothing.
    }
  };
  return {
    has: (key) => read().includes(key),
    add: (key) => store([...read(), key]),
    remove: (key) => store(read().filter((it) => it !== key)),
  };
}

/** On a shared machine nothing of whoever signs out stays behind. */
function forgetAtSignOut() {
  document.addEventListener("submit", (event) => {
    const signsOut = new URL(event.target.action).pathname === "/sign-out" && !event.defaultPrevented;
    if (signsOut) indexedDB.deleteDatabase(shelf.name());
  });
}

export function images() {
  forgetAtSignOut();
  const room = document.querySelector("main[data-room]");
  const form = room && document.getElementById("composer");
  if (!form) return;
  const { body, key, image } = form.elements;
  const error = form.querySelector("#body-error");
  const attached = element("ul", "attached");
  attached.setAttribute("aria-label", "Images to be added");
  const note = element("p", "help");
  note.textContent = "Where it was taken, and with what, is removed from the file.";
  form.querySelector(".composer-line").before(attached, note);
  image.multiple = true;
  // The field itself is not shown where there is a script.
  const choose = document.getElementById("choose-image");
  choose.hidden = false;
  choose.addEventListener("click", () => image.click());

  /** The images that go out with the next line: file and the field for its words. */
  let files = [];
  const waiting = waitingLines(form, room, takeBack);

  function attach(added) {
    const wrong = [...added].map(refusal).find(Boolean);
    const taken = [...added].filter((file) => !refusal(file));
    say(wrong ?? (files.length + taken.length > MOST ? `${MOST} images fit in one entry. Add the others with the next.` : ""));
    for (const file of taken.slice(0, MOST - files.length)) files.push(preview(file));
    arrange();
    files.at(-1)?.words.focus();
  }

  function preview(file, alt = "") {
    const row = element("li");
    const label = element("label");
    label.textContent = "What does it show? For those who can’t see it";
    const words = element("input", "input");
    Object.assign(words, { value: alt, autocomplete: "off", dir: "auto", maxLength: 1000 });
    label.append(words);
    const remove = element("button", "button quiet small");
    Object.assign(remove, { type: "button", textContent: "Remove" });
    const item = { file, words, row };
    remove.addEventListener("click", () => {
      files = files.filter((it) => it !== item);
      arrange();
      body.focus();
    });
    row.append(picture(file), label, remove);
    return item;
  }

  function arrange() {
    attached.replaceChildren(...files.map((it) => it.row));
    attached.hidden = note.hidden = files.length === 0;
    // An image says enough.
    body.required = files.length === 0;
  }

  function say(message) {
    error.textContent = message;
  }

  function takeBack(line) {
    body.value = [line.body, body.value].filter(Boolean).join("\n");
    body.dispatchEvent(new Event("input", { bubbles: true }));
    files.push(...line.images.map(({ file, alt }) => preview(file, alt)));
    arrange();
    say(line.refused);
  }

  arrange();
  // Chosen and not yet added: no browser keeps that.
  addEventListener("beforeunload", (event) => {
    if (files.length > 0) event.preventDefault();
  });
  image.addEventListener("change", () => {
    attach(image.files);
    image.value = "";
  });
  body.addEventListener("paste", (event) => {
    const { files: pasted } = event.clipboardData;
    // A table copied from a spreadsheet is words first.
    if (pasted.length === 0 || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    attach(pasted);
  });
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  room.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  room.addEventListener("dragleave", (event) => {
    if (!room.contains(event.relatedTarget)) form.classList.remove("dropping");
  });
  room.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.remove("dropping");
    attach(event.dataTransfer.files);
  });

  // Before the composer's own: a line without images is its to send.
  form.addEventListener(
    "submit",
    (event) => {
      if (files.length === 0) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { kind, time_zone } = Object.fromEntries(new FormData(form));
      const lines = files.map(({ file, words }) => ({ file, alt: words.value }));
      waiting.add({ key: key.value || freshKey(), kind, time_zone, body: body.value, typed: Date.now(), images: lines });
      key.value = freshKey();
      body.value = "";
      body.dispatchEvent(new Event("input", { bubbles: true }));
      files = [];
      arrange();
      say("");
      body.focus();
    },
    { capture: true },
  );
}

/** What a server would say of a file, said before it travels. */
function refusal(file) {
  if (!TYPES.includes(file.type)) return "Only PNG, JPEG, GIF and WebP images can be added. This is something else.";
  return file.size > LARGEST ? "This image is too large: 5 MB fit." : undefined;
}

/** The lines with images that are on their way, and those that wait for it. */
function waitingLines(form, room, takeBack) {
  const { me, room: incident } = room.dataset;
  const names = namesOf(me, incident);
  const list = element("ul", "waiting");
  list.setAttribute("aria-label", "Images not sent yet");
  list.hidden = true;
  form.before(list);
  let lines = [];
  let sending = false;
  let again;

  shelf.all().then((all) => {
    const ours = all.filter((line) => line.person === me && line.incident === incident);
    for (const line of ours) {
      if (names.has(line.key)) lines.push(line);
      else shelf.forget(line.key);
    }
    send();
  });

  async function add(line) {
    lines.push({ ...line, person: me, incident, fleeting: true });
    names.add(line.key);
    const kept = lines.at(-1);
    send();
    kept.fleeting = !((await shelf.keep({ ...kept, fleeting: false })) && names.has(kept.key));
    // It may have arrived meanwhile.
    if (!lines.includes(kept)) shelf.forget(kept.key);
    show();
  }

  function remove(line) {
    lines = lines.filter((it) => it !== line);
    names.remove(line.key);
    shelf.forget(line.key);
    show();
  }

  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(again);
    for (;;) {
      // What is no longer named was given up when its writer signed out.
      lines = lines.filter((line) => names.has(line.key) || line.fleeting);
      const line = lines.find((it) => !it.refused);
      if (!line) break;
      line.trouble = "on its way…";
      show();
      const answer = await post(form.action, line);
      if (answer.done) {
        remove(line);
      } else if (answer.refused) {
        line.refused = answer.refused;
      } else {
        line.trouble = `waits: ${answer.trouble}`;
        again = setTimeout(send, AGAIN);
        break;
      }
    }
    sending = false;
    show();
  }

  function show() {
    list.hidden = lines.length === 0;
    list.replaceChildren(...lines.map(row));
  }

  function row(line) {
    const row = element("li");
    const text = element("span", "text");
    text.dir = "auto";
    const count = line.images.length === 1 ? "an image" : `${line.images.length} images`;
    text.textContent = [line.body, count].filter(Boolean).join(" + ");
    const state = element("span", "state");
    state.textContent = line.refused ?? line.trouble ?? "";
    if (line.fleeting && !line.refused) state.textContent += " Kept only while this tab is open.";
    row.append(text, state);
    if (line.refused) {
      const look = element("button", "button quiet small");
      Object.assign(look, { type: "button", textContent: "Look over" });
      look.addEventListener("click", () => {
        remove(line);
        takeBack(line);
      });
      row.append(look);
    }
    return row;
  }

  addEventListener("online", send);
  addEventListener("beforeunload", (event) => {
    if (lines.some((line) => line.fleeting)) event.preventDefault();
  });
  return { add };
}

/** Sends a line with its images. Returns { done } | { refused: text } | { trouble: text }. */
function post(action, line) {
  const fields = new FormData();
  for (const name of ["key", "kind", "body", "time_zone"]) fields.set(name, line[name] ?? "");
  fields.set("occurred_at", age(line.typed));
  let bytes = 0;
  for (const { file, alt } of line.images) {
    bytes += file.size;
    fields.append("image", file, "image");
    fields.append("alt", alt);
  }
  return sendLate(line.typed, () => sendForm(action, fields, 30_000 + (1000 * bytes) / SLOWEST));
}

/** A small picture of a file, drawn: nothing of it is loaded from anywhere. */
function picture(file) {
  const canvas = element("canvas");
  createImageBitmap(file).then(
    (bitmap) => {
      const scale = Math.min(1, 160 / bitmap.width, 100 / bitmap.height);
      canvas.width = Math.max(1, bitmap.width * scale);
      canvas.height = Math.max(1, bitmap.height * scale);
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    },
    () => canvas.remove(),
  );
  return canvas;
}

function element(name, className = "") {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
