// What was typed and is not at the server yet: the draft, and the entries that
// wait for the line. Kept in the browser, per person and incident, so that
// neither a reload nor a closed window loses a word. Every entry has its
// client key from the start: however often it is sent, it is written once.

const PREFIX = "second-story";
/** How long to wait before what could not be sent is tried again. */
const AGAIN = 3000;

function load(name, empty) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? empty;
  } catch {
    return empty;
  }
}

function store(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: the text stays on the page.
  }
}

/** A client key, a random UUID. `crypto.randomUUID` wants https; a LAN has none. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The draft of one person in one incident. */
export function draftOf(person, incident) {
  const name = `${PREFIX}:draft:${person}:${incident}`;
  return {
    read: () => load(name, ""),
    keep: (text) => store(name, text),
  };
}

/**
 * The entries of one person in one incident that wait to be sent, in order.
 *
 * @param send    sends one: resolves to { done } | { refused: message } | { trouble: message }
 * @param changed called with those that wait, and with what keeps them waiting
 */
export function outboxOf(person, incident, send, changed) {
  const name = `${PREFIX}:outbox:${person}:${incident}`;
  // A browser may keep nothing (blocked, or full): then it waits on the page.
  let here = load(name, []);
  const waiting = () => (here = load(name, here));
  let flushing;
  let trouble;
  let again;

  function keep(entries) {
    here = entries;
    store(name, entries);
    changed(entries, trouble);
  }

  async function flush() {
    for (;;) {
      const next = waiting().find((entry) => !entry.refused);
      if (!next) return;
      const answer = await send(next);
      trouble = answer.trouble;
      // Read again: another tab may have added or sent some meanwhile.
      if (answer.done) keep(waiting().filter((entry) => entry.key !== next.key));
      else if (answer.refused) {
        const refused = { ...next, refused: answer.refused };
        keep(waiting().map((entry) => (entry.key === next.key ? refused : entry)));
      } else {
        changed(waiting(), trouble);
        again ??= setTimeout(() => {
          again = undefined;
          start();
        }, AGAIN);
        return;
      }
    }
  }

  function start() {
    flushing ??= flush().finally(() => (flushing = undefined));
    return flushing;
  }

  return {
    waiting,
    /** Adds an entry; it waits behind those that wait already. */
    add(entry) {
      keep([...waiting(), entry]);
    },
    /** Takes one out, to be looked over or thrown away. */
    remove(key) {
      keep(waiting().filter((entry) => entry.key !== key));
    },
    /** Sends what waits, one after the other. What cannot be sent is tried again by itself. */
    flush: start,
  };
}

/** Whatever this browser still keeps that was not sent. */
function kept() {
  const ours = Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}:`));
  return ours.filter((name) => load(name, "").length > 0);
}

/** Asks before signing out leaves unsent words behind on a shared machine. */
export function askAtSignOut() {
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname !== "/sign-out" || kept().length === 0) return;
    const question = "This browser keeps words of yours that were not sent. Signing out deletes them. Sign out?";
    if (confirm(question)) for (const name of kept()) localStorage.removeItem(name);
    else event.preventDefault();
  });
}
