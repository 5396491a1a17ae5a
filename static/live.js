// What is new, as the page hears of it: through the one line that all tabs of
// the browser share. Says when it is down; it comes back by itself.

import { lineOf } from "./line.js";
import { freshKey } from "./outbox.js";
import { localise } from "./times.js";

/** The line asks every 10 seconds. One that says nothing has died; it is begun anew. */
const SILENCE = 45_000;

const SAID = {
  down: "The line is down. What you see may be old. Trying again…",
  gone: "This room is not open to you any more.",
  "signed-out": "You are signed out, so this page no longer changes. ",
};

/**
 * Listens to a topic.
 *
 * @param topic a room's number, or "list"
 * @param on    handlers by event name; they get { data, id }. `open` is called
 *              whenever the line is there, or there again
 * @param after the last entry that the page has
 */
export function listen(topic, on, after = () => 0) {
  const { me, line } = document.body.dataset;
  const bar = document.getElementById("line");
  const root = document.documentElement;
  const life = `tab ${freshKey()}`;
  let port;
  let silence;
  let over = false;

  function shared() {
    if (!globalThis.SharedWorker) return own();
    const worker = new SharedWorker(line, { type: "module", name: me });
    worker.onerror = () => join(own());
    return worker.port;
  }

  function own() {
    const { port1, port2 } = new MessageChannel();
    lineOf(me)(port2);
    return port1;
  }

  function join(to) {
    leave();
    port = to;
    port.onmessage = ({ data }) => receive(data);
    here();
  }

  function leave() {
    if (!port) return;
    port.onmessage = null;
    port.postMessage("bye");
    port = undefined;
  }

  function here() {
    clearTimeout(silence);
    silence = setTimeout(() => join(shared()), SILENCE);
    port.postMessage({ topic, after: after(), life: navigator.locks && life });
  }

  function receive(message) {
    const { name } = message;
    if (name === "ask") here();
    else if (name === "full") join(own());
    else if (name === "reset") location.reload();
    else if (name === "up") up();
    else if (name in SAID || name === "lost") down(name);
    else on[name]?.(message);
  }

  function up() {
    bar.hidden = true;
    root.dataset.line = "up";
    on.open?.();
  }

  function down(name) {
    delete root.dataset.line;
    if (name === "lost") return;
    bar.hidden = false;
    bar.textContent = SAID[name];
    if (name === "signed-out") {
      const link = document.createElement("a");
      link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = "Sign in";
      bar.append(link);
    }
    if (name === "gone") {
      over = true;
      clearTimeout(silence);
      leave();
    }
  }

  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && !over) join(shared());
  });
  addEventListener("online", () => port?.postMessage("retry"));
  // Held for as long as the tab lives.
  const live = () => {
    join(shared());
    return new Promise(() => {});
  };
  if (navigator.locks) navigator.locks.request(life, live);
  else live();
}
