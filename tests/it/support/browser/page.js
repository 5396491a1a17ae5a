// Runs in the page: finds what a person names, among what a person can see.
function ask(question, about, scope) {
  const root = document.querySelector(scope);
  if (!root) throw new Error(`nothing on the page matches ${scope}`);

  const clean = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...root.querySelectorAll(selector)];
  const matching = (selector) => {
    try { return all(selector); } catch { return []; }
  };
  const referred = (element) => (element.getAttribute("aria-labelledby") ?? "").split(" ")
    .map((id) => document.getElementById(id)?.textContent).join(" ");

  const pressable = "a[href], button, summary, label, input[type=submit], input[type=button], " +
    "[role=button], [role=link], [role=tab], [role=menuitem], [role=option], [role=switch]";
  const names = (element) => [
    element.getAttribute("aria-label"), referred(element), element.matches("input") ? element.value : element.textContent,
  ].map(clean).filter(Boolean);

  const writable = "input:not([type=hidden]), textarea, select, [contenteditable]";
  const labels = (element) => [
    ...[...(element.labels ?? [])].map((label) => label.textContent),
    element.getAttribute("aria-label"), referred(element), element.getAttribute("placeholder"),
  ].map(clean).filter(Boolean);

  // The exact name goes before a selector, and a selector before the beginning of a name.
  const called = (candidates, names) => [
    candidates.filter((element) => names(element).includes(about)),
    matching(about),
    candidates.filter((element) => names(element).some((name) => name.startsWith(about))),
  ].map((tier) => tier.filter(visible)).find((tier) => tier.length) ?? [];

  switch (question) {
    case "click": return called(all(pressable), names);
    case "field": return called(all(writable), labels);
    case "value": return called(all(writable), labels).map((field) => field.value ?? field.textContent);
    case "text": return matching(about).map((element) => clean(element.innerText));
    case "count": return matching(about).filter(visible).length;
    case "page": return clean(root.innerText);
  }
}
