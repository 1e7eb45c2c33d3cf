// Walking and selecting rows, cells, and the side peek with its own address.
const list = document.querySelector("[data-list]");
const peek = document.getElementById("peek");
const rows = () => [...(list?.querySelectorAll("tr[data-row]") ?? [])];
const active = () => list?.querySelector("tr.active");
const linkOf = (row) => row.querySelector(".c-title a[href]");
const off = (event) => document.documentElement.dataset.shortcuts === "off" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
  || document.querySelector("dialog[open], [popover]:popover-open")
  || event.target.closest?.("input:not([type=checkbox]), textarea, select, [data-editor], td[data-edit]");

// ---- rows ---------------------------------------------------------------------------------------
function activate(row, focus = true) {
  if (!row) return;
  active()?.classList.remove("active");
  row.classList.add("active");
  row.scrollIntoView({ block: "nearest" });
  if (focus) linkOf(row)?.focus({ preventScroll: true });
}

let walking = 0;
function walk(step) {
  const all = rows();
  const now = all.indexOf(active());
  const next = all[Math.min(all.length - 1, Math.max(0, now + step))];
  activate(next);
  if (!peek || peek.hidden || !next) return;
  clearTimeout(walking);
  walking = setTimeout(() => { const link = linkOf(next); if (link?.dataset.peek) openPeek(link, true); }, 150);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && peek && !peek.hidden && !event.defaultPrevented && !document.querySelector("dialog[open], [popover]:popover-open") && !event.target.closest?.("[data-editor]")) {
    event.preventDefault();
    closePeek();
    return;
  }
  if (!list || off(event)) return;
  const onTitle = event.target.matches?.(".c-title a");
  const step = { j: 1, k: -1, J: 1, K: -1, ArrowDown: onTitle && 1, ArrowUp: onTitle && -1 }[event.key];
  if (step) {
    event.preventDefault();
    const from = active();
    walk(step);
    if (event.shiftKey) [from, active()].forEach((row) => { const box = row?.querySelector("[data-check]"); if (box && !box.checked) tick(box); });
  }
  if (event.key === "x" && active()) { event.preventDefault(); tick(active().querySelector("[data-check]")); }
});

// ---- ticking ------------------------------------------------------------------------------------
let lastTicked = null;
const boxes = () => [...(list?.querySelectorAll("[data-check]") ?? [])];

function tick(box) {
  if (!box) return;
  box.checked = !box.checked;
  lastTicked = box;
  count();
}

function count() {
  const all = boxes(), n = all.filter((b) => b.checked).length;
  const head = list.querySelector("[data-check-all]");
  if (head) { head.checked = n > 0 && n === all.length; head.indeterminate = n > 0 && n < all.length; }
  list.classList.toggle("selecting", n > 0);
  const bar = list.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = n === 0;
  const rule = new Intl.PluralRules(document.documentElement.lang).select(n);
  const text = (rule === "one" && bar.dataset.one) || bar.dataset.other;
  bar.querySelector("[data-bulk-count]").textContent = text.replace("{count}", n.toLocaleString(document.documentElement.lang));
}

list?.addEventListener("click", (event) => {
  const box = event.target.closest("[data-check]");
  if (box) {
    if (event.shiftKey && lastTicked) {
      const all = boxes(), [a, b] = [all.indexOf(lastTicked), all.indexOf(box)].sort((x, y) => x - y);
      all.slice(a, b + 1).forEach((other) => { other.checked = box.checked; });
    }
    lastTicked = box;
    count();
  } else if (event.target.closest("[data-check-all]")) {
    boxes().forEach((other) => { other.checked = event.target.checked; });
    count();
  } else if (event.target.closest("[data-bulk-clear]")) {
    boxes().forEach((other) => { other.checked = false; });
    count();
  }
});
list?.addEventListener("contextmenu", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && matchMedia("(pointer: coarse)").matches) { event.preventDefault(); tick(row.querySelector("[data-check]")); }
});

// ---- cells: first click or arrows select, second click, Enter or F2 edit ---------------------------
const edit = (cell) => cell.dispatchEvent(new CustomEvent("amity:edit", { bubbles: true }));
let selected = null;
list?.addEventListener("pointerdown", (event) => {
  const cell = event.target.closest("td[data-edit]");
  selected = cell && document.activeElement === cell ? cell : null;
});
list?.addEventListener("click", (event) => {
  const cell = event.target.closest("td[data-edit]");
  if (!cell || event.target.closest("a, button, .edit-slot")) return;
  if (matchMedia("(max-width: 48rem)").matches) return;
  activate(cell.parentElement, false);
  if (selected === cell) edit(cell); else cell.focus();
});
list?.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (cell.matches(".c-title a") && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    cell.closest("tr").querySelector("td[data-edit]")?.focus();
  }
  if (!cell.matches("td[data-edit]")) return;
  const row = cell.parentElement, at = [...row.cells].indexOf(cell);
  const flip = getComputedStyle(row).direction === "rtl" ? -1 : 1;
  const beside = (step) => { const line = [...row.querySelectorAll("td[data-edit]")]; return line[line.indexOf(cell) + step]; };
  const to = {
    ArrowRight: () => beside(flip), ArrowLeft: () => beside(-flip),
    ArrowDown: () => row.nextElementSibling?.cells[at], ArrowUp: () => row.previousElementSibling?.cells[at],
  }[event.key];
  if (to) {
    event.preventDefault();
    const next = to();
    if (next) { next.focus(); activate(next.parentElement, false); }
  } else if (event.key === "Enter" || event.key === "F2") {
    event.preventDefault();
    edit(cell);
  } else if (event.key === "Escape") {
    event.preventDefault();
    linkOf(row)?.focus();
  }
});
list?.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && row !== active()) activate(row, false);
});

// ---- peek ---------------------------------------------------------------------------------------
let opener = null;
const peekId = () => new URL(location.href).searchParams.get("peek");
const rest = () => { const url = new URL(location.href); url.searchParams.delete("peek"); return url.pathname + url.search; };
let place = rest();

function remember(id, replace) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("peek", id); else url.searchParams.delete("peek");
  if (url.href !== location.href) history[replace ? "replaceState" : "pushState"]({ peek: id }, "", url);
}

async function showPeek(link, url = link.dataset.peek) {
  opener = link;
  list?.querySelector(".peeked")?.classList.remove("peeked");
  link?.closest("tr")?.classList.add("peeked");
  peek.hidden = false;
  await window.htmx.ajax("GET", url, { source: peek, target: peek, swap: "innerHTML" });
}

function openPeek(link, replace = false) {
  const id = link.closest("[data-id]")?.dataset.id;
  const already = !peek.hidden;
  if (id) remember(id, replace || already);
  return showPeek(link).then(() => { if (!replace) peek.focus({ preventScroll: true }); });
}

function hidePeek() {
  peek.hidden = true;
  peek.replaceChildren();
  list?.querySelector(".peeked")?.classList.remove("peeked");
  if (opener?.isConnected) opener.focus(); else list?.querySelector(".c-title a")?.focus();
}

function closePeek() {
  hidePeek();
  if (history.state?.peek) history.back(); else remember(null, true);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-peek-close]")) { event.preventDefault(); closePeek(); return; }
  const link = event.target.closest("[data-peek]");
  if (!link || !peek || !window.htmx || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("tr");
  if (row) activate(row, false);
  openPeek(link);
});

window.addEventListener("popstate", () => {
  if (rest() !== place) { location.reload(); return; }
  const id = peekId();
  if (!id && peek && !peek.hidden) hidePeek();
  if (id) followAddress(id);
});
document.addEventListener("htmx:after:history:update", () => { place = rest(); });

function followAddress(id) {
  const link = list?.querySelector(`[data-id="${CSS.escape(id)}"] [data-peek]`);
  const listed = location.pathname.match(/^\/[\w-]+\/$/);
  if (link) showPeek(link);
  else if (listed && /^\d+$/.test(id)) showPeek(null, `${listed[0]}${id}/peek/?list=${encodeURIComponent(rest().split("?")[1] ?? "")}`);
}
if (peek && peek.hidden && peekId()) window.addEventListener("load", () => followAddress(peekId()));
if (list) count();
