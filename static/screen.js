// A shared view: renewed whenever it changes, and dark when its link ends.

import { clocks, localise } from "./times.js";

/** How long to wait before a line that was refused is tried again. */
const AGAIN = 5_000;

clocks();
const main = document.querySelector("main[data-screen]");
if (main) watch();

function watch() {
  const events = new EventSource(`${main.dataset.screen}/events`);
  const bar = document.getElementById("line");
  events.addEventListener("open", () => {
    bar.hidden = true;
    document.documentElement.dataset.line = "up";
  });
  events.addEventListener("view", ({ data }) => show(data));
  events.addEventListener("error", () => {
    delete document.documentElement.dataset.line;
    bar.hidden = false;
    bar.textContent = "The line is down. What you see may be old. Trying again…";
    if (events.readyState === EventSource.CLOSED) lookWhy();
  });
}

/** The browser gives up where a server refuses: because the link has ended, or for a moment. */
async function lookWhy() {
  const answer = await fetch(main.dataset.screen, { method: "HEAD" }).catch(() => null);
  if (answer && [404, 410].includes(answer.status)) location.replace(main.dataset.screen);
  else setTimeout(watch, AGAIN);
}

function show(html) {
  const view = document.getElementById("view");
  const said = view.querySelector("#state")?.textContent;
  const latest = view.querySelector(".screen-updates li")?.id;
  const focus = view.contains(document.activeElement) ? document.activeElement.id : "";
  const next = document.createElement("div");
  next.id = "view";
  next.innerHTML = html;
  for (const open of view.querySelectorAll("details[open]")) {
    next.querySelector(`#${CSS.escape(open.closest("li").id)} details`)?.setAttribute("open", "");
  }
  view.replaceWith(next);
  localise(next);
  if (focus) document.getElementById(focus)?.focus();
  const state = next.querySelector("#state")?.textContent ?? "";
  const news = [];
  if (next.querySelector(".screen-updates li")?.id !== latest) news.push("A new update.");
  if (withoutLength(state) !== withoutLength(said)) news.push(state);
  if (news.length > 0) document.getElementById("announce").textContent = news.join(" ");
  const [called, status] = [".screen-title", "#state strong"].map((part) => next.querySelector(part)?.textContent);
  document.title = called ? `${called}: ${status}` : next.querySelector("h1").textContent;
  // What is over takes no more questions.
  const ask = document.getElementById("ask");
  if (ask) ask.hidden = !next.querySelector("#next");
}

const withoutLength = (state = "") => state.replace(/\d+ (d|h|min)/g, "").trim();
