// Lists put in order by dragging: a mouse by the grip, a finger by a long press anywhere on the line.
// [data-sort] holds lines [data-sort-key]; with an address in data-sort the new order is sent there.
const HOLD = 300;
const SLIP = 8;
let held = null;
let waiting = 0;
let start = null;

const lines = (list) => [...list.querySelectorAll(":scope > [data-sort-key]")];
const middle = (line) => { const box = line.getBoundingClientRect(); return box.y + box.height / 2; };

function lift(line) {
  held = { line, list: line.parentElement, after: line.nextElementSibling, order: order(line.parentElement) };
  line.classList.add("dragging");
  getSelection()?.removeAllRanges();
}

const order = (list) => lines(list).map((line) => line.dataset.sortKey).join(",");

function carry(y) {
  const { line, list } = held;
  const others = lines(list).filter((other) => other !== line);
  const next = others.find((other) => y < middle(other));
  if (next) { if (line.nextElementSibling !== next) next.before(line); } else others.at(-1)?.after(line);
  const box = list.closest(".scroll, .dialog-body");
  const edge = box?.getBoundingClientRect();
  if (edge && y < edge.top + 40) box.scrollBy(0, -12);
  if (edge && y > edge.bottom - 40) box.scrollBy(0, 12);
}

function drop(keep) {
  const { line, list, after, order: before } = held;
  held = null;
  line.classList.remove("dragging");
  if (!keep) list.insertBefore(line, after);
  if (!list.dataset.sort || order(list) === before) return;
  window.htmx.ajax("POST", list.dataset.sort, { source: list, target: list, swap: "outerHTML", values: { keys: order(list) } });
}

document.addEventListener("pointerdown", (event) => {
  const line = event.isPrimary && event.target.closest?.("[data-sort] > [data-sort-key]");
  if (!line || event.button) return;
  if (event.pointerType === "touch") {
    start = { x: event.clientX, y: event.clientY };
    waiting = setTimeout(lift, HOLD, line);
  } else if (event.target.closest("[data-grip]")) {
    event.preventDefault();
    lift(line);
  }
});

document.addEventListener("pointermove", (event) => {
  if (held && (event.pointerType === "touch" || event.buttons)) carry(event.clientY);
  else if (held) drop(true);
  else if (start && Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLIP) clearTimeout(waiting);
});

function release(keep) {
  clearTimeout(waiting);
  start = null;
  if (held) drop(keep);
}

document.addEventListener("pointerup", () => {
  if (held) document.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); }, { capture: true, once: true, signal: AbortSignal.timeout(50) });
  release(true);
});
document.addEventListener("pointercancel", () => release(false));
document.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });
document.addEventListener("keydown", (event) => {
  if (!held || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  release(false);
}, true);

// A page that scrolls under the finger would take the line away from it. The mark says that dragging works now.
function holdStill() {
  document.querySelectorAll("[data-sort]").forEach((list) => {
    list.ontouchmove ??= (event) => { if (held) event.preventDefault(); };
    list.dataset.sortReady = "";
  });
}
document.addEventListener("htmx:after:swap", holdStill);
holdStill();
