// What goes into the grid's cells and out of them: copy, paste, fill, clear. Everything of one deed is one request,
// whose answer holds the changed rows as they now are, and the cells that were refused.
const grid = document.querySelector("[data-grid]");
const inbox = document.querySelector("[data-grid-inbox]");
const over = document.getElementById("grid-over");
const trouble = document.querySelector("[data-trouble-bar]");
const fresh = new Map(); // what a refused cell holds on the server, by "id:key"
const UNDOS = "grid-undos"; // addresses that take back what was done here, newest last; they outlive a reload
const undos = () => JSON.parse(sessionStorage.getItem(UNDOS) ?? "[]");
const remember = (url) => sessionStorage.setItem(UNDOS, JSON.stringify([...undos(), url].slice(-20)));
const forget = (url) => sessionStorage.setItem(UNDOS, JSON.stringify(undos().filter((one) => one !== url)));
const nameOf = (cell) => `${cell.parentElement.dataset.id}:${cell.dataset.key}`;
const cellNamed = (id, key) => grid.querySelector(`tr[data-line="${id}"] td[data-key="${CSS.escape(key)}"]`);
const here = () => { const cell = document.activeElement; return cell?.matches?.("[data-grid] td[data-key]") ? cell : null; };
const active = () => here() ?? grid.querySelector("td[tabindex='0']");
const say = (id) => document.getElementById("toasts").append(document.getElementById(id).content.cloneNode(true));

/** The selected cells as rows of cells. */
function selected() {
  const rows = new Map();
  for (const cell of grid.querySelectorAll("td[aria-selected]")) rows.set(cell.parentElement, [...(rows.get(cell.parentElement) ?? []), cell]);
  return [...rows.values()];
}

// ---- to the server and back ---------------------------------------------------------------------------------------
/** `wanted`: [cell, text] pairs. */
async function send(wanted) {
  if (!wanted.length) return;
  const cells = wanted.map(([cell, text]) => {
    const { id, version } = cell.parentElement.dataset;
    cell.setAttribute("aria-busy", "true");
    return [Number(id), Number(version), cell.dataset.key, text];
  });
  const sent = new Set(wanted.map(([cell]) => nameOf(cell)));
  await ask("POST", { cells: JSON.stringify(cells) }, sent);
  grid.querySelectorAll("[aria-busy]").forEach((cell) => cell.removeAttribute("aria-busy"));
}

async function ask(verb, values, sent = new Set()) {
  inbox.replaceChildren();
  await window.htmx.ajax(verb, grid.dataset.cells, { source: grid, target: inbox, swap: "innerHTML", values });
  const answer = inbox.querySelector("[data-grid-answer]");
  if (!answer) { if (!document.querySelector(".toast.bad")) document.dispatchEvent(new CustomEvent("amity:failed")); return; }
  if (answer.dataset.undo) remember(answer.dataset.undo);
  const focused = here() && nameOf(here());
  answer.querySelectorAll("tr[data-line]").forEach((row) => draw(row, sent));
  const sums = answer.querySelector("tfoot");
  if (sums && grid.tFoot) grid.tFoot.replaceWith(sums);
  answer.querySelectorAll("[data-trouble]").forEach(refuse);
  inbox.replaceChildren();
  count();
  if (focused) cellNamed(...focused.split(":"))?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("grid:drawn"));
}

/** Puts a row's cells in place; one that is being edited, or that holds a refused text, stays. */
function draw(row, sent) {
  const old = grid.querySelector(`tr[data-line="${row.dataset.line}"]`);
  if (!old) return;
  old.dataset.version = row.dataset.version;
  for (const cell of [...row.querySelectorAll("td[data-key]")]) {
    const now = old.querySelector(`td[data-key="${CSS.escape(cell.dataset.key)}"]`);
    if (!now || now.querySelector(".edit-slot")) continue;
    if (now.classList.contains("refused") && !sent.has(nameOf(now))) { fresh.set(nameOf(now), cell); continue; }
    put(now, cell);
  }
}

function put(old, cell) {
  for (const name of ["tabindex", "aria-selected"]) if (old.hasAttribute(name)) cell.setAttribute(name, old.getAttribute(name));
  old.replaceWith(cell);
}

// ---- refused cells ------------------------------------------------------------------------------------------------
function refuse({ dataset }) {
  const cell = cellNamed(dataset.id, dataset.key);
  if (!cell) return;
  fresh.set(nameOf(cell), cell.cloneNode(true));
  const [typed, why, text, now] = ["span", "span", "span", "span"].map((tag) => document.createElement(tag));
  typed.className = "typed";
  typed.textContent = dataset.typed || "∅";
  why.className = "why";
  why.id = `why-${dataset.id}-${dataset.key}`;
  text.textContent = dataset.why;
  now.className = "now";
  now.dataset.label = grid.dataset.now;
  now.append(...[...cell.childNodes].filter((node) => !node.dataset?.handle));
  why.append(text, now);
  cell.replaceChildren(typed, why);
  cell.classList.add("refused");
  cell.setAttribute("aria-invalid", "true");
  cell.setAttribute("aria-describedby", why.id);
  cell.dataset.typed = dataset.typed;
  if ("mine" in dataset) cell.dataset.mine = "";
}

const refused = (which = "") => [...grid.querySelectorAll(`td.refused${which}`)];

function count() {
  const n = refused().length, text = trouble.querySelector("[data-trouble-text]");
  const one = new Intl.PluralRules(grid.dataset.locale).select(n) === "one";
  trouble.hidden = n === 0;
  if (n) text.textContent = (one ? text.dataset.one : text.dataset.other).replace("{count}", n.toLocaleString(grid.dataset.locale));
  trouble.querySelector("[data-trouble-mine]").hidden = refused("[data-mine]").length === 0;
}

function drop(cells) {
  for (const cell of cells) {
    put(cell, fresh.get(nameOf(cell)));
  }
  count();
  active().focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("grid:drawn"));
}

function next() {
  const all = refused(), now = all.indexOf(here());
  const cell = all[(now + 1) % all.length];
  cell?.scrollIntoView({ block: "center", inline: "center" });
  cell?.focus();
}

// ---- texts of spreadsheets: tabs between cells, lines between rows, quotes around what holds either ---------------------
const quoted = (text) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const copied = () => selected().map((row) => row.map((cell) => quoted(cell.dataset.text ?? "")).join("\t")).join("\n");

function parsed(text) {
  const rows = [[]];
  const cell = /\t|\r\n|\n|\r|"(?:[^"]|"")*"(?=[\t\r\n]|$)|[^\t\r\n]+/gy;
  let value = "", found;
  text = text.replace(/\r?\n$/, "");
  while (cell.lastIndex < text.length && (found = cell.exec(text))) {
    const [part] = found;
    if (part === "\t") { rows.at(-1).push(value); value = ""; }
    else if (/^[\r\n]/.test(part)) { rows.at(-1).push(value); value = ""; rows.push([]); }
    else value += part[0] === '"' && part.length > 1 && part.at(-1) === '"' && !value ? part.slice(1, -1).replaceAll('""', '"') : part;
  }
  rows.at(-1).push(value);
  return rows;
}

/** A block from the first selected cell on, or again and again where the selection is that much larger. */
function paste(text) {
  const block = parsed(text), tall = block.length, wide = Math.max(...block.map((row) => row.length));
  const goal = selected(), from = goal[0][0];
  const repeats = goal.length % tall === 0 && goal[0].length % wide === 0;
  const [rows, columns] = repeats ? [goal.length, goal[0].length] : [tall, wide];
  const lines = [...grid.tBodies[0].rows], top = lines.indexOf(from.parentElement);
  const left = { rows: Math.max(0, top + rows - lines.length), columns: Math.max(0, from.cellIndex + columns - lines[0].cells.length) };
  const wanted = [];
  for (let r = 0; r < rows - left.rows; r += 1) for (let c = 0; c < columns - left.columns; c += 1) {
    const value = block[r % tall][c % wide];
    if (value !== undefined) wanted.push([lines[top + r].cells[from.cellIndex + c], value]);
  }
  if (left.rows || left.columns) askOver(left, wanted); else send(wanted);
}

let waiting = [];
function askOver(left, wanted) {
  waiting = wanted;
  const text = over.querySelector("[data-over-text]");
  text.textContent = text.dataset.rows.replace("{rows}", left.rows).replace("{columns}", left.columns);
  over.showModal();
}

// ---- filling, clearing, taking back ---------------------------------------------------------------------------------
const textOf = (cell) => cell.dataset.text ?? "";

/** The first row goes into those below; a single row takes the one above it. */
function down() {
  const rows = selected();
  const above = rows.length === 1 ? rows[0].map((cell) => cell.parentElement.previousElementSibling?.cells[cell.cellIndex]) : rows[0];
  const below = rows.length === 1 ? rows : rows.slice(1);
  if (above[0]) send(below.flatMap((row) => row.map((cell, c) => [cell, textOf(above[c])])));
}

const clear = () => send(selected().flat().filter((cell) => cell.dataset.text).map((cell) => [cell, ""]));

function undo() {
  const url = undos().at(-1);
  if (!url) return;
  forget(url);
  window.htmx.ajax("POST", url, { source: grid, swap: "none" });
}

// ---- the handle: a mouse fills with it, a finger selects ------------------------------------------------------------------
let filling = null;

function lift(event) {
  const rows = selected();
  event.preventDefault();
  event.target.setPointerCapture?.(event.pointerId);
  filling = { rows, touch: event.pointerType === "touch", goal: [] };
}

function over_(event) {
  const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-grid] td[data-key]");
  if (!cell) return;
  if (filling.touch) { document.dispatchEvent(new CustomEvent("grid:reach", { detail: cell })); return; }
  grid.querySelectorAll(".filling").forEach((one) => one.classList.remove("filling"));
  filling.goal = reached(cell);
  filling.goal.forEach(([one]) => one.classList.add("filling"));
}

/** The cells from the selection to here, down or across, each with the text that comes round to it. */
function reached(cell) {
  const { rows } = filling, lines = [...grid.tBodies[0].rows];
  const [top, bottom] = [rows[0][0], rows.at(-1)[0]].map((one) => lines.indexOf(one.parentElement));
  const [start, end] = [rows[0][0].cellIndex, rows[0].at(-1).cellIndex];
  const r = lines.indexOf(cell.parentElement), c = cell.cellIndex, found = [];
  const round = (n, size) => ((n % size) + size) % size;
  const take = (y, x) => found.push([lines[y].cells[x], textOf(rows[round(y - top, rows.length)][round(x - start, rows[0].length)])]);
  if (r > bottom) for (let y = bottom + 1; y <= r; y += 1) for (let x = start; x <= end; x += 1) take(y, x);
  else if (r < top) for (let y = r; y < top; y += 1) for (let x = start; x <= end; x += 1) take(y, x);
  else if (c > end) for (let y = top; y <= bottom; y += 1) for (let x = end + 1; x <= c; x += 1) take(y, x);
  else if (c < start) for (let y = top; y <= bottom; y += 1) for (let x = c; x < start; x += 1) take(y, x);
  return found;
}

function letGo() {
  if (!filling) return;
  const { goal } = filling;
  filling = null;
  grid.querySelectorAll(".filling").forEach((one) => one.classList.remove("filling"));
  if (goal.length) { document.dispatchEvent(new CustomEvent("grid:reach", { detail: goal.at(-1)[0] })); send(goal); }
}

// ---- keys, clipboard, the bar of phones ---------------------------------------------------------------------------------
const DEEDS = {
  copy: () => navigator.clipboard.writeText(copied()).then(() => say("grid-copied"), () => say("grid-no-clipboard")),
  paste: () => navigator.clipboard.readText().then(paste, () => say("grid-no-clipboard")),
  down, clear,
};

if (grid) {
  document.addEventListener("copy", (event) => { if (!here()) return; event.preventDefault(); event.clipboardData.setData("text/plain", copied()); });
  document.addEventListener("cut", (event) => { if (!here()) return; event.preventDefault(); event.clipboardData.setData("text/plain", copied()); clear(); });
  document.addEventListener("paste", (event) => { if (!here()) return; event.preventDefault(); paste(event.clipboardData.getData("text/plain")); });
  grid.addEventListener("keydown", (event) => {
    const cell = here(), held = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    if (!cell || event.altKey) return;
    if (key === "delete" || key === "backspace") clear();
    else if (held && key === "d") down();
    else if (held && key === "z" && !event.shiftKey) undo();
    else if (key === "escape" && cell.classList.contains("refused")) drop([cell]);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-handle]")) lift(event); });
  document.addEventListener("pointermove", (event) => { if (filling) over_(event); });
  document.addEventListener("pointerup", letGo);
  document.addEventListener("pointercancel", () => { if (filling) { filling.goal = []; letGo(); } });
  document.addEventListener("click", (event) => {
    const deed = event.target.closest("[data-do]")?.dataset.do;
    if (deed) { DEEDS[deed]?.(); active().focus({ preventScroll: true }); }
  });
  over.querySelector("[data-over-go]").addEventListener("click", () => { over.close(); send(waiting); });
  over.addEventListener("close", () => active().focus({ preventScroll: true }));
  trouble.addEventListener("click", (event) => {
    if (event.target.closest("[data-trouble-next]")) next();
    if (event.target.closest("[data-trouble-drop]")) drop(refused());
    if (event.target.closest("[data-trouble-mine]")) send(refused("[data-mine]").map((cell) => [cell, cell.dataset.typed]));
  });
  document.addEventListener("amity:saved", (event) => {
    const id = event.target.closest("tr[data-line]")?.dataset.line ?? (event.target.closest("#peek") && new URL(location.href).searchParams.get("peek"));
    if (!id) return;
    const toast = [...document.querySelectorAll("#toasts [data-toast] .undo")].at(-1);
    if (toast) remember(toast.form.getAttribute("action"));
    const cell = event.target.closest("td.refused");
    if (cell) { for (const name of ["aria-invalid", "aria-describedby", "data-typed", "data-mine"]) cell.removeAttribute(name); cell.classList.remove("refused"); }
    ask("GET", { ids: id });
  });
  document.addEventListener("submit", (event) => { if (event.target.closest("[data-toast]")) forget(event.target.getAttribute("action")); }, true);
  window.addEventListener("beforeunload", (event) => { if (refused().length) event.preventDefault(); });
}
