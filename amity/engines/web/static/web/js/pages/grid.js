// The grid's cells: walking, selecting and editing. One cell has tabindex 0; what is selected says aria-selected.
// The texts of cells are sent by grid-send.js, the columns are moved by grid-columns.js.
const grid = document.querySelector("[data-grid]");
const stats = document.querySelector("[data-selection]");
const lines = () => [...grid.tBodies[0].rows];
const width = () => lines()[0].cells.length - 1;
const at = (r, c) => lines()[r]?.cells[c + 1];
const cellOf = (target) => target?.closest?.("[data-grid] td[data-key]");
const placeOf = (cell) => ({ r: lines().indexOf(cell.parentElement), c: cell.cellIndex - 1 });
const editing = (cell) => Boolean(cell?.querySelector(".edit-slot"));
const coarse = () => matchMedia("(pointer: coarse)").matches;
const flip = () => (getComputedStyle(grid).direction === "rtl" ? -1 : 1);
const clamp = (value, most) => Math.min(most, Math.max(0, value));
let anchor = { r: 0, c: 0 }, head = { r: 0, c: 0 };

const handle = document.createElement("i");
handle.className = "handle";
handle.dataset.handle = "";
handle.setAttribute("aria-hidden", "true");

// ---- what is selected -----------------------------------------------------------------------------------------
const box = () => ({
  top: Math.min(anchor.r, head.r), bottom: Math.max(anchor.r, head.r), start: Math.min(anchor.c, head.c), end: Math.max(anchor.c, head.c),
});

function paint() {
  const { top, bottom, start, end } = box();
  grid.querySelectorAll("td[aria-selected]").forEach((cell) => cell.removeAttribute("aria-selected"));
  for (let r = top; r <= bottom; r += 1) for (let c = start; c <= end; c += 1) at(r, c).setAttribute("aria-selected", "true");
  grid.querySelectorAll("td[tabindex='0']").forEach((cell) => { cell.tabIndex = -1; });
  const active = at(anchor.r, anchor.c);
  active.tabIndex = 0;
  grid.classList.toggle("range", top !== bottom || start !== end);
  const corner = at(bottom, end);
  if (grid.getAttribute("aria-readonly") !== "true" && !editing(corner)) corner.append(handle); else handle.remove();
  tell();
}

/** Goes to a cell; with `extend` the selection reaches from where it began to there. */
function go(r, c, extend = false) {
  head = { r: clamp(r, lines().length - 1), c: clamp(c, width() - 1) };
  if (!extend) anchor = head;
  paint();
  const cell = at(head.r, head.c);
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  at(anchor.r, anchor.c).focus({ preventScroll: true });
}

const money = (amount, unit) => new Intl.NumberFormat(grid.dataset.locale, unit ? { style: "currency", currency: unit } : { maximumFractionDigits: 2 }).format(amount);

/** How many cells are selected and what their numbers come to; a locked cell says why it is. */
function tell() {
  const cells = [...grid.querySelectorAll("td[aria-selected]")];
  const sums = new Map();
  for (const { dataset } of cells) {
    if (!dataset.n) continue;
    const one = sums.get(dataset.unit ?? "") ?? { sum: 0, count: 0 };
    sums.set(dataset.unit ?? "", { sum: one.sum + Number(dataset.n), count: one.count + 1 });
  }
  const rule = new Intl.PluralRules(grid.dataset.locale).select(cells.length);
  const count = (rule === "one" ? stats.dataset.one : stats.dataset.other).replace("{count}", cells.length.toLocaleString(grid.dataset.locale));
  const told = [...sums].map(([unit, { sum, count: n }]) => stats.dataset.sum.replace("{sum}", money(sum, unit)).replace("{average}", money(sum / n, unit)));
  stats.textContent = cells.length > 1 ? [count, ...told].join(" · ") : cells[0]?.dataset.why ?? "";
  const bar = document.querySelector("[data-grid-bar]");
  if (bar) bar.hidden = !coarse() || !grid.contains(document.activeElement);
}

// ---- editing: with the field's own editor (edit.js) ---------------------------------------------------------------
let seed = null, leaving = null;

function edit(cell, text = null) {
  if (!cell.dataset.edit) return;
  handle.remove();
  seed = { cell, text: text ?? cell.dataset.typed ?? null };
  cell.dispatchEvent(new CustomEvent("amity:edit", { bubbles: true }));
}

/** What was typed before the editor stood there goes into it. */
function sow(input) {
  const { cell, text, done } = seed;
  seed = null;
  if (done) setTimeout(() => finish(cell, input.form, done), 0);
  if (text === null) return;
  if (input.matches("select")) {
    const fits = [...input.options].find((option) => option.label.toLocaleLowerCase().startsWith(text.toLocaleLowerCase()));
    if (fits) input.value = fits.value;
  } else if (input.matches("textarea, input:not([type=checkbox], [type=radio], [type=file])")) {
    input.value = text;
  }
  input.dispatchEvent(new Event("input", { bubbles: true }));
  if (input.matches("textarea, [type=text], [type=search], [type=tel], [type=url]")) setTimeout(() => input.setSelectionRange(text.length, text.length), 0);
}

/** Enter or Tab that came before the editor did. */
function finish(cell, form, key) {
  const { r, c } = placeOf(cell);
  if (key === "Tab") { go(r, c + 1); return; }
  leaving = { cell, r: r + 1, c };
  form.requestSubmit();
}

const inner = (cell) => [...cell.querySelectorAll("[data-editor] :is(input:not([type=hidden]), select, textarea)")].filter((el) => !el.disabled && el.checkVisibility());

function onEditorKey(event, cell) {
  const { r, c } = placeOf(cell);
  if (event.key === "Enter" && !event.isComposing && (!event.target.matches("textarea") || event.ctrlKey || event.metaKey)) {
    leaving = { cell, r: r + (event.shiftKey ? -1 : 1), c };
  } else if (event.key === "Tab") {
    const all = inner(cell), last = event.shiftKey ? all[0] : all.at(-1);
    if (event.target !== last && !event.target.matches("button")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    go(r, c + (event.shiftKey ? -1 : 1));
  } else {
    leaving = null;
  }
}

// ---- keys -----------------------------------------------------------------------------------------------------
function step(event) {
  const far = event.ctrlKey || event.metaKey, from = event.shiftKey ? head : anchor;
  const [last, end] = [lines().length - 1, width() - 1];
  const by = (r, c) => [far && r ? (r < 0 ? 0 : last) : from.r + r, far && c ? (c < 0 ? 0 : end) : from.c + c];
  return {
    ArrowDown: () => by(1, 0), ArrowUp: () => by(-1, 0), ArrowRight: () => by(0, flip()), ArrowLeft: () => by(0, -flip()),
    Home: () => [far ? 0 : from.r, 0], End: () => [far ? last : from.r, end], PageDown: () => [from.r + 12, from.c], PageUp: () => [from.r - 12, from.c],
  }[event.key]?.();
}

function select(from, to) {
  anchor = from;
  head = to;
  paint();
  at(anchor.r, anchor.c).focus({ preventScroll: true });
}

function onKey(event, cell) {
  if (event.altKey || event.isComposing) return;
  const held = event.ctrlKey || event.metaKey, [last, end] = [lines().length - 1, width() - 1];
  const to = step(event);
  if (seed && !editing(cell)) seed = null;
  if (seed) {
    if (event.key.length === 1 && !held) seed.text = (seed.text ?? "") + event.key;
    else if (["Enter", "Tab"].includes(event.key)) seed.done ??= event.key;
  } else if (to) {
    go(...to, event.shiftKey);
  } else if (event.key === "Tab") {
    const next = anchor.r * (end + 1) + anchor.c + (event.shiftKey ? -1 : 1);
    if (next < 0 || next > (last + 1) * (end + 1) - 1) return;
    go(Math.floor(next / (end + 1)), next % (end + 1));
  } else if (event.key === "Enter" || event.key === "F2") {
    if (cell.dataset.edit) edit(cell); else if (event.key === "Enter") go(anchor.r + 1, anchor.c);
  } else if (held && event.key.toLowerCase() === "a") {
    select({ r: 0, c: 0 }, { r: last, c: end });
  } else if (event.key === " " && (held || event.shiftKey)) {
    if (held) select({ r: 0, c: anchor.c }, { r: last, c: anchor.c }); else select({ r: anchor.r, c: 0 }, { r: anchor.r, c: end });
  } else if (event.key === "Escape" && grid.classList.contains("range")) {
    go(anchor.r, anchor.c);
  } else if (event.key.length === 1 && !held) {
    edit(cell, event.key); // a locked cell takes no text, and no key means anything else here
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

// ---- pointer: a drag selects, a second click edits; fingers scroll, and select by the handle ------------------------
let dragging = false, again = null;

// ---- a page that comes again at once, as after Undo, is where it was ---------------------------------------------------
const PLACE = "grid-place", AT_ONCE = 10_000;
const scroller = () => grid.closest(".scroll");

function keepPlace() {
  const cell = at(anchor.r, anchor.c);
  if (!cell || document.activeElement !== cell) { sessionStorage.removeItem(PLACE); return; }
  const { scrollLeft: left, scrollTop: top } = scroller();
  sessionStorage.setItem(PLACE, JSON.stringify({ url: location.href, id: cell.parentElement.dataset.id, key: cell.dataset.key, left, top, time: Date.now() }));
}

function backToPlace() {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  if (kept?.url !== location.href || Date.now() - kept.time > AT_ONCE) return false;
  const cell = grid.querySelector(`tr[data-line="${kept.id}"] td[data-key="${CSS.escape(kept.key)}"]`);
  if (!cell) return false;
  const { r, c } = placeOf(cell);
  scroller().scrollTo(kept.left, kept.top);
  go(r, c);
  return true;
}

function under(event) {
  return cellOf(document.elementFromPoint(event.clientX, event.clientY));
}

if (grid) {
  grid.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (event.target === cell) onKey(event, cell); else if (event.target.closest("[data-editor]")) onEditorKey(event, cell);
  }, true);
  grid.addEventListener("focusin", (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (seed?.cell === cell && event.target.matches("[data-editor] *")) { sow(event.target); event.target.form?.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    if (event.target !== cell) return;
    const { r, c } = placeOf(cell);
    if (leaving?.cell === cell) { const to = leaving; leaving = null; go(to.r, to.c); return; }
    leaving = null;
    if (r !== anchor.r || c !== anchor.c) go(r, c); else if (!editing(cell)) paint();
  });
  grid.addEventListener("focusout", () => setTimeout(() => { if (!document.activeElement?.closest("[data-grid-bar]")) tell(); }, 0));
  grid.addEventListener("pointerdown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || editing(cell) || event.button || event.target.closest("[data-handle]")) return;
    const { r, c } = placeOf(cell), alone = !grid.classList.contains("range");
    again = alone && document.activeElement === cell ? cell : null;
    if (event.pointerType === "touch") return;
    dragging = true;
    event.preventDefault();
    go(r, c, event.shiftKey);
  });
  document.addEventListener("pointermove", (event) => {
    const cell = dragging && event.buttons && under(event);
    if (!cell) return;
    const { r, c } = placeOf(cell);
    if (r !== head.r || c !== head.c) { again = null; go(r, c, true); }
  });
  document.addEventListener("pointerup", () => { dragging = false; });
  grid.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    if (!cell || editing(cell)) return;
    if (event.target.closest("a") && !(event.ctrlKey || event.metaKey)) event.preventDefault();
    if (event.pointerType === "touch") {
      const { r, c } = placeOf(cell);
      go(r, c);
    }
    if (again === cell && !event.shiftKey) edit(cell);
    again = null;
  });
  grid.addEventListener("dragstart", (event) => { if (cellOf(event.target)) event.preventDefault(); });
  addEventListener("pagehide", keepPlace);
  document.addEventListener("grid:reach", ({ detail }) => { head = placeOf(detail); paint(); });
  document.addEventListener("grid:drawn", paint);
  if (!backToPlace()) at(0, 0).tabIndex = 0;
}
