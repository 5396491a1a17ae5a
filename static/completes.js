// Fields that take several names separated by commas: the browser completes
// the one that is being typed, so each choice carries what stands before it.

export function completes() {
  document.addEventListener("focusin", ({ target }) => offer(target));
  document.addEventListener("input", ({ target }) => offer(target));
}

function offer(field) {
  if (!field.matches?.("input[data-completes]")) return;
  const end = field.value.lastIndexOf(",") + 1;
  const before = end === 0 ? "" : `${field.value.slice(0, end)} `;
  const named = field.value.slice(0, end).toLowerCase().split(",").map((name) => name.trim());
  for (const option of field.list?.options ?? []) {
    option.dataset.name ??= option.value;
    option.disabled = named.includes(option.dataset.name.toLowerCase());
    option.value = before + option.dataset.name;
  }
}
