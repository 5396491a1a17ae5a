// One live line to the server: says when it is down, comes back by itself,
// and asks for what it missed.

/** The server says something at least every 15 seconds. */
const SILENCE = 40_000;

/**
 * Listens to server-sent events.
 *
 * @param address called at every connect: where to listen, from where on
 * @param on      handlers by event name; they get the MessageEvent. `open` is
 *                called at every connect
 */
export function listen(address, on) {
  const bar = document.getElementById("line");
  let source;
  let alive;
  let later;
  let tries = 0;

  function connect() {
    clearTimeout(later);
    source?.close();
    source = new EventSource(address());
    const heard = () => {
      clearTimeout(alive);
      alive = setTimeout(again, SILENCE);
    };
    source.onopen = () => {
      tries = 0;
      bar.hidden = true;
      document.documentElement.dataset.line = "up";
      heard();
      on.open?.();
    };
    source.onerror = again;
    source.addEventListener("ping", heard);
    source.addEventListener("reset", () => location.reload());
    for (const [name, handle] of Object.entries(on)) {
      if (name === "open") continue;
      source.addEventListener(name, (event) => {
        heard();
        handle(event);
      });
    }
  }

  function again() {
    source.close();
    clearTimeout(alive);
    delete document.documentElement.dataset.line;
    // A server that restarts is back before anybody has read a warning.
    if (tries > 0) tell();
    tries += 1;
    clearTimeout(later);
    later = setTimeout(connect, Math.min(5000, 300 * 2 ** tries) * (0.7 + 0.6 * Math.random()));
  }

  async function tell() {
    bar.hidden = false;
    try {
      const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") {
        bar.textContent = "You are signed out, so this page no longer changes. ";
        const link = document.createElement("a");
        link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
        link.textContent = "Sign in";
        bar.append(link);
        return;
      }
    } catch {
      // No line, no answer: the text below says it.
    }
    bar.textContent = "The line is down. What you see may be old. Trying again…";
  }

  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
  window.addEventListener("online", () => {
    if (source.readyState === EventSource.CLOSED) connect();
  });
  connect();
}
