// What waits for whoever reads, counted in the title of the tab.

const counts = new Map();

/** Shows so many of what a sign stands for; none takes the sign away. */
export function countInTitle(sign, count) {
  counts.set(sign, count);
  const title = document.title.replace(/^(\([⇄?] \d+\) )+/, "");
  const shown = [...counts].filter(([, count]) => count > 0).map(([sign, count]) => `(${sign} ${count}) `);
  document.title = shown.join("") + title;
}
