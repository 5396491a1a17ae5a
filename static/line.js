// The one line of a browser. Browsers allow six connections to a host, and
// every tab wants what is new: a shared worker holds one stream for all of
// them. Where there are no shared workers, the same code serves one tab.
//
// A tab posts { topic, after, life }: a room's number or "list", the last entry
// it has, and the lock that it holds if it can. It does so at first and whenever
// it is asked; it posts "bye" when it goes, and "retry" when it has reason to
// hope. It is posted { name, data, id }.

/** The server says something at least every 15 seconds. */
const SILENCE = 40_000;
/** How often tabs are asked whether they are still there. One that dies says nothing; its lock is free then, where a browser has locks: plain http has none. */
const ASK = 10_000;
/** How often they may not answer. */
const UNANSWERED = 3;
/** Tabs that open or close at the same time change the stream once. */
const GATHER = 50;
/** As many rooms as the server puts on one stream. */
const ROOMS = 32;

/** The line of one person. Returns what takes a tab's port. */
export function lineOf(person) {
  /** By port: what the tab shows, the last entry it has, the state it was told, how often it did not answer. */
  const tabs = new Map();
  /** What the last stream brings, by topic: its last entry, and the panels as they are. */
  let topics = new Map();
  let stream;
  /** The next stream, until it is there; so that nothing is missed between the two. */
  let next;
  let state;
  let tries = 0;
  let silence;
  let later;

  function say(message, topic) {
    for (const [port, tab] of tabs) if (tab.topic === topic) port.postMessage(message);
  }

  function tell(name) {
    state = name;
    for (const [port, tab] of tabs) {
      if (tab.told !== state) port.postMessage({ name });
      tab.told = state;
    }
  }

  function soon(ms) {
    clearTimeout(later);
    later = setTimeout(connect, ms);
  }

  function connect() {
    clearTimeout(later);
    next?.close();
    const brings = new Map();
    for (const { topic, after } of tabs.values()) {
      brings.set(topic, { last: Math.min(after, brings.get(topic)?.last ?? after) });
    }
    topics = brings;
    next = undefined;
    if (topics.size === 0) return close();
    const query = new URLSearchParams({ person });
    for (const [topic, { last }] of topics) {
      if (topic === "list") query.append("list", "");
      else query.append("room", `${topic}:${last}`);
    }
    next = open(`/events?${query}`, brings);
  }

  function close() {
    stream?.close();
    next?.close();
    stream = next = undefined;
    clearTimeout(silence);
  }

  function open(address, brings) {
    const source = new EventSource(address);
    let topic;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => again(address), SILENCE);
    };
    const on = (name, act) =>
      source.addEventListener(name, (event) => {
        heard();
        act?.(event.data, event);
      });
    source.onerror = () => again(address);
    on("open", () => {
      stream?.close();
      stream = source;
      next = undefined;
      tries = 0;
      tell("up");
    });
    on("ping");
    on("from", (data) => (topic = data));
    on("entry", (data, event) => {
      const id = Number(event.lastEventId);
      brings.get(topic).last = id;
      for (const [port, tab] of tabs) {
        if (tab.topic !== topic || tab.after >= id) continue;
        tab.after = id;
        port.postMessage({ name: "entry", data, id });
      }
    });
    on("panels", (data) => {
      const panels = { name: "panels", data };
      brings.get(topic).panels = panels;
      say(panels, topic);
    });
    on("incident", (data) => say({ name: "incident", data }, topic));
    on("reset", () => say({ name: "reset" }, topic));
    on("gone", () => {
      say({ name: "gone" }, topic);
      brings.delete(topic);
      for (const [port, tab] of tabs) if (tab.topic === topic) tabs.delete(port);
    });
    return source;
  }

  /** The line was lost, or the server wants to be asked again. */
  function again(address) {
    close();
    topics = new Map();
    tell("lost");
    // A server that restarts is back before anybody has read a warning.
    if (tries > 0) explain(address);
    tries += 1;
    soon(Math.min(5000, 300 * 2 ** tries) * (0.7 + 0.6 * Math.random()));
  }

  async function explain(address) {
    let name = "down";
    try {
      const answer = await fetch(address, { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") name = "signed-out";
    } catch {
      // No line, no answer.
    }
    if (state !== "up") tell(name);
  }

  function here(port, { topic, after, life }) {
    const known = tabs.get(port);
    if (known) {
      known.unanswered = 0;
      return;
    }
    const shown = new Set([...tabs.values()].map((tab) => tab.topic)).add("list");
    if (shown.size > ROOMS && !shown.has(topic)) return port.postMessage({ name: "full" });
    tabs.set(port, { topic, after, unanswered: 0 });
    if (life) navigator.locks.request(life, () => leave(port));
    const brought = topics.get(topic);
    // A page older than what the stream has brought by now needs what lies between.
    if (!brought || after < brought.last) return soon(GATHER);
    if (brought.panels) port.postMessage(brought.panels);
    if (state) tell(state);
  }

  function leave(port) {
    const topic = tabs.get(port)?.topic;
    tabs.delete(port);
    if (topic && ![...tabs.values()].some((tab) => tab.topic === topic)) soon(GATHER);
  }

  function retry() {
    if (state !== "up") connect();
  }

  setInterval(() => {
    for (const [port, tab] of tabs) {
      if (tab.unanswered === UNANSWERED) leave(port);
      else port.postMessage({ name: "ask" });
      tab.unanswered += 1;
    }
  }, ASK);

  return (port) => {
    port.onmessage = ({ data }) => {
      if (data === "bye") leave(port);
      else if (data === "retry") retry();
      else here(port, data);
    };
  };
}

if (globalThis.SharedWorkerGlobalScope) {
  const take = lineOf(self.name);
  self.onconnect = ({ ports: [port] }) => take(port);
}
