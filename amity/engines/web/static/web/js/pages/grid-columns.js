// The grid's columns: an edge that is dragged makes them wider, a head that is dragged moves them. Both are kept in
// the list's address, and so in a view that is saved of it.
const grid = document.querySelector("[data-grid]");
const [LEAST, MOST, SLIP, STEP] = [48, 900, 6, 16];
const colOf = (key) => grid.querySelector(`col[data-key="${CSS.escape(key)}"]`);
const flip = () => (getComputedStyle(grid).direction === "rtl" ? -1 : 1);
const keys = () => [...grid.querySelectorAll("col[data-key]")].map((col) => col.dataset.key);

function size(key, width) {
  const whole = Math.round(Math.min(MOST, Math.max(LEAST, width)));
  colOf(key).dataset.width = whole;
  colOf(key).style.setProperty("inline-size", `${whole}px`);
}

const addressWith = (name, value) => {
  const url = new URL(location.href);
  for (const gone of ["peek", "f"]) url.searchParams.delete(gone);
  url.searchParams.set(name, value);
  return url;
};

/** The widths go into the address; the links around the grid are fetched anew, because they hold it too. */
async function keep() {
  const widths = [...grid.querySelectorAll("col[data-width]")].map((col) => `${col.dataset.key}.${col.dataset.width}`).join(",");
  const url = addressWith("widths", widths);
  history.replaceState(history.state, "", url);
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["main > .tabs", "main > .toolbar", ".list-foot .pager"]) {
    const [old, now] = [document.querySelector(part), page.querySelector(part)];
    if (old && now && !old.contains(document.activeElement)) { old.replaceWith(now); window.htmx?.process(now); }
  }
  for (const head of grid.querySelectorAll("th[data-key] a.sort")) {
    const now = page.querySelector(`th[data-key="${CSS.escape(head.closest("th").dataset.key)}"] a.sort`);
    if (now) head.href = now.getAttribute("href");
  }
  for (const box of document.querySelectorAll("dialog[data-src]")) box.dataset.src = page.getElementById(box.id)?.dataset.src ?? box.dataset.src;
}

// ---- width --------------------------------------------------------------------------------------------------------
let pulled = null, carried = null, timer = 0;

function startPull(event, head) {
  event.preventDefault();
  pulled = { key: head.dataset.key, x: event.clientX, width: head.getBoundingClientRect().width };
  grid.classList.add("sizing");
}

function nudge(event) {
  const step = { ArrowRight: flip(), ArrowLeft: -flip() }[event.key];
  const key = event.target.closest?.("td[data-key], th[data-key]")?.dataset.key;
  if (!step || !key || !event.altKey || !event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  size(key, grid.querySelector(`th[data-key="${CSS.escape(key)}"]`).getBoundingClientRect().width + step * STEP);
  clearTimeout(timer);
  timer = setTimeout(keep, 500);
}

// ---- order --------------------------------------------------------------------------------------------------------
function mark(event) {
  const goal = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-grid] th[data-key]");
  grid.querySelectorAll(".drop").forEach((head) => head.classList.remove("drop"));
  carried.goal = goal && goal !== carried.head && goal.cellIndex > 1 ? goal : null;
  carried.goal?.classList.add("drop");
}

function place() {
  const { head, goal } = carried;
  if (!goal) return;
  const order = keys().filter((key) => key !== head.dataset.key);
  order.splice(order.indexOf(goal.dataset.key) + (goal.cellIndex > head.cellIndex ? 1 : 0), 0, head.dataset.key);
  location.assign(addressWith("columns", order.join(",")));
}

if (grid) {
  grid.querySelectorAll("col[data-width]").forEach((col) => size(col.dataset.key, Number(col.dataset.width)));
  grid.tHead.addEventListener("pointerdown", (event) => {
    const head = event.target.closest("th[data-key]");
    if (!head || event.button) return;
    if (event.target.closest("[data-edge]")) startPull(event, head);
    else if (event.target.closest("[data-move]") && event.pointerType !== "touch") carried = { head, x: event.clientX, moved: false, goal: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (pulled) size(pulled.key, pulled.width + flip() * (event.clientX - pulled.x));
    if (!carried) return;
    carried.moved ||= Math.abs(event.clientX - carried.x) > SLIP;
    carried.head.classList.toggle("carried", carried.moved);
    if (carried.moved) mark(event);
  });
  document.addEventListener("pointerup", () => {
    if (pulled) keep();
    if (carried?.moved) {
      document.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); }, { capture: true, once: true, signal: AbortSignal.timeout(50) });
      carried.head.classList.remove("carried");
      place();
    }
    grid.classList.remove("sizing");
    [pulled, carried] = [null, null];
  });
  grid.tHead.addEventListener("dragstart", (event) => event.preventDefault());
  grid.addEventListener("keydown", nudge, true);
}
