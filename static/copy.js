// A button that copies what stands on the page. Where a browser can't, there is none.

export function copies() {
  if (!navigator.clipboard) return;
  for (const copy of document.querySelectorAll("button[data-copy]")) {
    copy.hidden = false;
    const label = copy.textContent;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = label), 2_000);
    });
  }
}
