// The room as it stood, moved through without leaving the page: by a slider,
// by arrow keys, and by itself. Every moment is the page that the server has of
// it; only the parts that differ are put in place.

import { arrange } from "./room.js";
import { localise } from "./times.js";

/** How long a step of the play takes at least and at most, whatever the speed. */
const [SHORTEST, LONGEST] = [400, 3000];

export function replay() {
  const address = document.querySelector("main").dataset.replay;
  const slider = document.getElementById("replay-at");
  const speed = document.getElementById("replay-speed");
  const play = document.querySelector("#replay-play button");
  const moment = () => document.getElementById("replay-moment").dataset;
  let turn = 0;
  /** The entry on the way, for keys that are quicker than the line. */
  let wanted;
  let playing;

  document.getElementById("replay-play").hidden = false;
  settle();

  /** Shows a moment: an entry's number, or a time. Only the last one asked for counts. */
  async function go(at) {
    turn += 1;
    wanted = Number(at) || wanted;
    const mine = turn;
    const answer = await fetch(`${address}?at=${encodeURIComponent(at)}`).catch(() => undefined);
    if (mine !== turn) return;
    if (!answer) {
      stop();
      settle();
      return;
    }
    // What goes wrong, the page itself says best.
    if (!answer?.ok || answer.redirected) return location.assign(`${address}?at=${encodeURIComponent(at)}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== turn) return;
    const focus = document.activeElement?.id;
    for (const part of page.querySelectorAll("[data-moment]")) {
      document.getElementById(part.id).replaceWith(document.importNode(part, true));
    }
    localise(document.querySelector("main"));
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    history.replaceState(null, "", `${address}?at=${moment().at}`);
    settle();
  }

  function settle() {
    document.querySelectorAll(".replay .timeline").forEach((list) => arrange(list));
    wanted = Number(moment().at);
    slider.value = wanted;
    slider.setAttribute("aria-valuetext", `${document.getElementById("replay-moment").textContent}: ${moment().what}`);
    document.getElementById("now").scrollIntoView({ block: "center" });
  }

  function stop() {
    clearTimeout(playing);
    playing = undefined;
    play.querySelector("span").textContent = "Play";
  }

  /** Waits as long as the room did, but for the speed; long gaps are cut short. */
  function next() {
    const { at, recorded, next: later } = moment();
    if (!later) return stop();
    const gap = (new Date(later) - new Date(recorded)) / speed.value;
    // What follows too quickly to be read comes together.
    const to = gap < SHORTEST ? new Date(+new Date(recorded) + SHORTEST * speed.value + 1).toISOString() : Number(at) + 1;
    playing = setTimeout(async () => {
      await go(to);
      if (playing) next();
    }, Math.min(Math.max(gap, SHORTEST), LONGEST));
  }

  play.addEventListener("click", async () => {
    if (playing) return stop();
    play.querySelector("span").textContent = "Pause";
    playing = true;
    if (!moment().next) await go(1);
    if (playing) next();
  });
  slider.addEventListener("input", () => {
    stop();
    go(slider.value);
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.closest("input, select, textarea") || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = wanted + step;
    if (to < 1 || to > Number(moment().end)) return;
    event.preventDefault();
    stop();
    go(to);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || link.pathname !== address || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stop();
    go(new URLSearchParams(link.search).get("at"));
  });
}
