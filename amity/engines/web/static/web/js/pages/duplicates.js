// Walking through pairs by keyboard: j, k and s move on, m merges, n says that they are not the same.
const pairs = () => [...document.querySelectorAll("[data-pair]")];
const current = () => document.activeElement?.closest?.("[data-pair]");

function walk(step) {
  const all = pairs(), now = all.indexOf(current());
  if (now < 0) step = 1;
  all[Math.min(all.length - 1, Math.max(0, now + step))]?.focus();
}

const deeds = {
  j: () => walk(1),
  s: () => walk(1),
  k: () => walk(-1),
  m: () => (current() ?? pairs()[0])?.querySelector("[data-merge]")?.click(),
  n: () => (current() ?? pairs()[0])?.querySelector("[data-different] button, button[data-different]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const off = document.documentElement.dataset.shortcuts === "off" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
    || document.querySelector("dialog[open], [popover]:popover-open") || event.target.closest?.("input, textarea, select");
  if (off || !deeds[event.key]) return;
  event.preventDefault();
  deeds[event.key]();
});
