// Settling by keyboard: j and k walk, 1 to 9 choose that answer of the conflict in focus, or of the first.
const conflicts = () => [...document.querySelectorAll("[data-conflict]")];
const current = () => document.activeElement?.closest?.("[data-conflict]");

function walk(step) {
  const all = conflicts(), now = all.indexOf(current());
  all[Math.min(all.length - 1, Math.max(0, now < 0 ? 0 : now + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
  const off = document.documentElement.dataset.shortcuts === "off" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
    || document.querySelector("dialog[open], [popover]:popover-open") || event.target.closest?.("input, textarea, select");
  if (off) return;
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else if (/^[1-9]$/.test(event.key)) (current() ?? conflicts()[0])?.querySelectorAll("[data-answer]")[event.key - 1]?.click();
  else return;
  event.preventDefault();
});
