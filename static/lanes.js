// The lanes: a stretch of time is chosen by dragging over the axis, and its
// times are shown in the reader's zone. Paper shows the tables, too.

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric" });

export function lanes() {
  const axis = document.getElementById("axis");
  const [from, to] = [axis.dataset.from, axis.dataset.to].map((at) => +new Date(at));

  for (const text of document.querySelectorAll(".lanes [data-at]")) {
    const format = text.classList.contains("day") ? date : text.textContent.length > 5 ? seconds : clock;
    text.textContent = format.format(new Date(text.dataset.at));
  }
  if (document.querySelector(".lanes .clock[data-at]")) document.getElementById("zone").textContent = "Your time";

  const chosen = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  chosen.setAttribute("class", "chosen");
  chosen.setAttribute("height", axis.ownerSVGElement.getAttribute("height"));
  let began;

  const [left, width] = ["x", "width"].map((name) => Number(axis.getAttribute(name)));
  /** How far along the axis a pointer is, from 0 to 1. */
  const along = (event) => {
    const box = axis.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const stop = () => {
    began = undefined;
    chosen.remove();
  };
  axis.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    began = along(event);
    axis.setPointerCapture(event.pointerId);
    axis.after(chosen);
    chosen.setAttribute("width", 0);
  });
  axis.addEventListener("pointermove", (event) => {
    if (began === undefined) return;
    const [one, other] = [began, along(event)].sort((a, b) => a - b);
    chosen.setAttribute("x", left + one * width);
    chosen.setAttribute("width", (other - one) * width);
  });
  axis.addEventListener("pointercancel", stop);
  axis.addEventListener("pointerup", (event) => {
    if (began === undefined) return;
    const [one, other] = [began, along(event)].sort((a, b) => a - b);
    stop();
    if ((other - one) * width < 8) return;
    const [since, until] = [one, other].map((part) => new Date(from + part * (to - from)).toISOString());
    location.assign(`?${new URLSearchParams({ from: since, to: until })}`);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && stop());
  addEventListener("beforeprint", () => document.getElementById("as-tables").setAttribute("open", ""));
}
