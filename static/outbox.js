// What was typed and is not at the server yet: drafts, and the entries that
// wait for the line. Kept in the browser, per person, so that neither a reload
// nor a closed window loses a word. Every entry has its client key from the
// start: however often it is sent, it is written once.

const PREFIX = "second-story";
/** How long to wait before what could not be sent is tried again. */
const AGAIN = 3000;
/** What is sent for longer than this is shown meanwhile. */
const SLOW = 1000;
/** The server knows a key for seven days. What has waited longer is not sent by itself. */
const OLD = 6 * 86_400_000;

/** What the browser does not keep, blocked or full: it lives as long as the page. */
const unkept = new Map();

function keep(name, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(name, text);
    unkept.delete(name);
  } catch {
    unkept.set(name, text);
  }
}

function load(name) {
  try {
    return JSON.parse(unkept.get(name) ?? localStorage.getItem(name));
  } catch {
    return null;
  }
}

function forget(name) {
  unkept.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing is kept.
  }
}

function names(prefix) {
  let kept = [];
  try {
    kept = Object.keys(localStorage);
  } catch {
    // Nothing is kept.
  }
  return [...new Set([...kept, ...unkept.keys()])].filter((name) => name.startsWith(prefix)).sort();
}

/** A client key, a random UUID. `crypto.randomUUID` wants https; a LAN has none. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** When it was typed, for an entry that waited: told as an age, since clocks differ. */
export function age(typed) {
  const seconds = Math.round((Date.now() - typed) / 1000);
  if (seconds < 30) return "";
  return seconds < 3600 ? `-${seconds}s` : `-${Math.round(seconds / 60)}m`;
}

/** Sends what has waited since then, unless for too long. A refusal comes back in words: { refused: text }. */
export async function sendLate(since, send) {
  if (Date.now() - since > OLD) return { refused: "It has waited for days. Look it over, and send it again." };
  const answer = await send();
  if (!answer.refused) return answer;
  const said = answer.refused.querySelector(".error:not(:empty)") ?? answer.refused.querySelector("h1");
  return { refused: said?.textContent ?? "This can't be taken as it is." };
}

/** The draft of one person in one place: an incident's composer, or a form. */
export function draftOf(person, place) {
  const name = `${PREFIX}:draft:${person}:${place}`;
  return {
    read: () => load(name) ?? "",
    keep: (typed) => (typed ? keep(name, typed) : forget(name)),
  };
}

/**
 * The entries of one person that wait to be sent, of all incidents.
 *
 * @param send sends fields to an address: { done } | { refused: main } | { trouble: text }
 */
export function outboxOf(person, send) {
  const prefix = `${PREFIX}:outbox:${person}:`;
  const watchers = [];
  let trouble;
  let running;
  let again;

  /** What waits, of one incident or all, in the order in which it was typed. */
  function waiting(incident) {
    const entries = names(prefix).map((name) => ({ ...load(name), name }));
    return entries.filter((entry) => !incident || entry.incident === incident);
  }

  function changed() {
    for (const watcher of watchers) watcher(trouble);
  }

  function post({ incident, kind, body, time_zone, key, typed, at }) {
    const fields = { key, kind, body, time_zone, occurred_at: age(typed) };
    return sendLate(at, () => send(`/incidents/${incident}/timeline`, fields));
  }

  /** Sends what waits, one after the other. An incident whose entry cannot be sent now waits as a whole. */
  async function run() {
    const stuck = new Set();
    for (;;) {
      const next = waiting().find((entry) => !entry.refused && !stuck.has(entry.incident));
      if (!next) break;
      const answer = await post(next);
      trouble = answer.trouble;
      if (answer.done) forget(next.name);
      else if (trouble) stuck.add(next.incident);
      // Unless it was taken back meanwhile.
      else if (load(next.name)) keep(next.name, { ...next, refused: answer.refused });
      changed();
    }
    running = undefined;
    if (stuck.size) later();
  }

  /** In one tab at a time. Where there are no locks, on plain http, the keys alone keep things single. */
  function flush() {
    running ??= navigator.locks?.request(prefix, run) ?? Promise.resolve().then(run);
    return running;
  }

  function later() {
    again ??= setTimeout(() => {
      again = undefined;
      flush();
    }, AGAIN);
  }

  addEventListener("online", flush);
  // Another tab typed or sent something, and may be gone before it is done.
  addEventListener("storage", () => {
    if (waiting().some((entry) => !entry.refused)) later();
    changed();
  });
  addEventListener("beforeunload", (event) => {
    if (unkept.size) event.preventDefault();
  });

  return {
    waiting,
    /** Adds an entry; it waits behind those of its incident that wait already. */
    add(incident, entry) {
      const last = waiting(incident).at(-1)?.at ?? 0;
      const at = Math.max(Date.now(), last + 1);
      // One name each, so that no tab overwrites what another one adds.
      keep(`${prefix}${incident}:${at}:${entry.key}`, { ...entry, incident, at });
      setTimeout(changed, SLOW);
      changed();
    },
    /** Takes one out, to be looked over or thrown away. */
    remove(entry) {
      forget(entry.name);
      changed();
    },
    /** Calls back now and whenever something changes, with what keeps entries waiting. */
    watch(watcher) {
      watchers.push(watcher);
      watcher(trouble);
    },
    flush,
  };
}

/** Why an entry is not sent yet; nothing while it is only on its way. */
export function whyWaiting(entry, trouble) {
  if (entry.refused) return entry.refused;
  if (trouble) return `waits: ${trouble}`;
  return Date.now() - entry.at >= SLOW ? "being sent…" : "";
}

/** Says on every page what waits for the rooms that are not open here. */
export function showUnsent(outbox) {
  const own = document.querySelector("main[data-room]:has(#composer)")?.dataset.room;
  const list = document.createElement("ul");
  list.className = "waiting unsent";
  list.setAttribute("aria-label", "Not sent yet");
  const dock = document.querySelector(".dock");
  if (dock) dock.prepend(list);
  else document.querySelector(".top").append(list);

  outbox.watch((trouble) => {
    const rows = [];
    if (unkept.size) rows.push("This browser keeps nothing: its storage is full or blocked. Leave this page open until all is sent.");
    const others = outbox.waiting().filter((entry) => entry.incident !== own && whyWaiting(entry, trouble));
    for (const incident of new Set(others.map((entry) => entry.incident))) {
      const its = others.filter((entry) => entry.incident === incident);
      const link = document.createElement("a");
      link.href = `/incidents/${incident}`;
      link.textContent = `${its.length} ${its.length === 1 ? "entry" : "entries"} of #${incident}`;
      rows.push([link, ` not sent: ${whyWaiting(its[0], trouble)}`]);
    }
    list.hidden = rows.length === 0;
    list.replaceChildren(...rows.map((row) => {
      const item = document.createElement("li");
      item.append(...[row].flat());
      return item;
    }));
  });
}

/** Asks before signing out leaves unsent words behind on a shared machine. */
export function askAtSignOut(person) {
  document.addEventListener("submit", (event) => {
    const kept = ["draft", "outbox", "images"].flatMap((what) => names(`${PREFIX}:${what}:${person}:`));
    if (new URL(event.target.action).pathname !== "/sign-out" || kept.length === 0) return;
    const question = "This browser keeps words of yours that were not sent. Signing out deletes them. Sign out?";
    if (confirm(question)) kept.forEach(forget);
    else event.preventDefault();
  });
}
