// Times in the reader's zone, UTC on hover; lengths of time that tick, and
// what is late or promised.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric" });
const longDate = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });
const fullLongDate = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long", year: "numeric" });

const isThisYear = (at) => at.getFullYear() === new Date().getFullYear();

/** The reader's day of a time, as the heading of a timeline says it. */
export const dayOf = (at) => (isThisYear(at) ? longDate : fullLongDate).format(at);

/** Shows the times below an element in the reader's zone. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    time.title = `${time.dateTime.slice(0, 16).replace("T", " ")} UTC`;
    if (time.classList.contains("when")) time.textContent = clock.format(at);
    else if ("dated" in time.dataset || !isThisYear(at)) time.textContent = `${fullDate.format(at)}, ${clock.format(at)}`;
    else if (dayOf(at) === dayOf(new Date())) time.textContent = clock.format(at);
    else time.textContent = `${date.format(at)}, ${clock.format(at)}`;
  }
  // Forms say in which zone they were filled in.
  for (const input of root.querySelectorAll("input[name=time_zone][type=hidden]")) input.value = zone;
  tick(root);
}

function spoken(minutes) {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${String(rest).padStart(2, "0")} min`;
  return `${rest} min`;
}

/** How far a promised time is; at the end of this a minute that has begun counts, late one that is over. */
function countdown(due) {
  const late = Date.now() - due;
  if (late >= 60_000) return `${spoken(Math.floor(late / 60_000))} late`;
  if (late >= 0) return "due now";
  return `in ${spoken(Math.ceil(-late / 60_000))}`;
}

/** From so long before it on, something promised is due. */
const SOON = 5 * 60_000;

function stateOf(due) {
  if (Date.now() >= due) return "overdue";
  return Date.now() >= due - SOON ? "due" : "on_time";
}

function tick(root) {
  for (const length of root.querySelectorAll("[data-since]")) {
    const minutes = Math.max(0, Math.floor((Date.now() - new Date(length.dataset.since)) / 60000));
    const text = spoken(minutes);
    if (length.textContent !== text) length.textContent = text;
  }
  for (const promised of root.querySelectorAll("[data-promised]")) {
    const due = new Date(promised.dataset.promised);
    const text = countdown(due);
    if (promised.textContent !== text) promised.textContent = text;
    promised.dataset.state = stateOf(due);
  }
  for (const late of root.querySelectorAll("[data-due]")) late.hidden = new Date(late.dataset.due) > Date.now();
}

/** Shows all times now, and keeps those that tick ticking. */
export function clocks() {
  localise(document);
  setInterval(() => tick(document), 10_000);
}
