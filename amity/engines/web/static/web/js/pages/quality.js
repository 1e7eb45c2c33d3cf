// Walking through records to check by keyboard: j and k move on; o opens, r is right, x clears the value, d deletes.
const items = () => [...document.querySelectorAll("[data-item]")];
const current = () => document.activeElement?.closest?.("[data-item]");

function walk(step) {
  const all = items(), now = all.indexOf(current());
  if (now < 0) step = 1;
  all[Math.min(all.length - 1, Math.max(0, now + step))]?.focus();
}

function deed(key) {
  const found = (current() ?? items()[0])?.querySelector(`[data-deed="${key}"]`);
  (found?.matches("form") ? found.querySelector("button") : found)?.click();
}

document.addEventListener("keydown", (event) => {
  const off = document.documentElement.dataset.shortcuts === "off" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
    || document.querySelector("dialog[open], [popover]:popover-open") || event.target.closest?.("input, textarea, select");
  if (off || !"jkorxd".includes(event.key) || event.key.length > 1) return;
  event.preventDefault();
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else deed(event.key);
});
