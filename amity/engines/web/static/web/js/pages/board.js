// Cards that go to another column of a board or another day of a calendar: by mouse, by a long press, with Alt and
// the arrow keys, and by the menu of the card. [data-places] holds places [data-place], these a list [data-cards].
const root = document.querySelector("[data-places]");
const HOLD = 300, SLIP = 6, EDGE = 48, PAUSE = 500;
const places = () => [...root.querySelectorAll("[data-place]")];
const placeOf = (card) => card.closest("[data-place]");
const listOf = (place) => place.querySelector("[data-cards]");
const titleOf = (card) => card.querySelector("[data-peek]");
const say = (text) => { document.querySelector("[data-say]").textContent = text; };

// ---- moving: at once here, then on the server, whose answer says where the card really stands ---------------
function put(card, place, before = listOf(place).firstElementChild) {
  const focused = card.contains(document.activeElement) ? document.activeElement : null;
  listOf(place).insertBefore(card, before);
  focused?.focus({ preventScroll: true });
}

function refused(card) {
  if (!("locked" in card.dataset)) return false;
  document.getElementById("toasts").append(document.getElementById("card-locked").content.cloneNode(true));
  return true;
}

async function send(card, to, origin) {
  const focused = card.contains(document.activeElement);
  card.setAttribute("aria-busy", "true");
  const values = { to, old: card.dataset.old, list: root.dataset.list };
  await window.htmx.ajax("POST", `${root.dataset.base}${card.dataset.id}/move/`, { source: card, target: card, swap: "none", values });
  const now = document.getElementById(card.id);
  if (now === card) {
    card.removeAttribute("aria-busy");
    put(card, origin.place, origin.next?.isConnected ? origin.next : null);
  } else if (now) settle(now);
  if (focused) titleOf(now ?? root)?.focus({ preventScroll: true });
}

/** Puts a card that came from the server into the place it names; one whose place is not on this page goes. */
function settle(card) {
  const place = places().find((one) => one.dataset.place === card.dataset.value);
  if (!place) card.remove(); else if (place !== placeOf(card)) put(card, place);
  place?.classList.remove("free");
}

const originOf = (card) => ({ place: placeOf(card), next: card.nextElementSibling });

function move(card, place) {
  const origin = originOf(card);
  if (!place || place === origin.place || refused(card)) return;
  put(card, place);
  send(card, place.dataset.place, origin);
}

// ---- pointer ----------------------------------------------------------------------------------------------
let held = null, start = null, waiting = 0, scrolling = 0;

function lift(card, x, y) {
  clearTimeout(waiting);
  start = null;
  if (refused(card)) return;
  const box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.classList.add("ghost");
  ghost.setAttribute("aria-hidden", "true");
  for (const [name, size] of [["inline-size", box.width], ["block-size", box.height]]) ghost.style.setProperty(name, `${size}px`);
  document.body.append(ghost);
  card.classList.add("lifted");
  root.classList.add("carrying");
  getSelection()?.removeAllRanges();
  held = { card, ghost, dx: x - box.x, dy: y - box.y, x, y, place: null };
  scrolling = setInterval(scrollAtEdge, 16);
  carry(x, y);
}

function carry(x, y) {
  Object.assign(held, { x, y });
  held.ghost.style.setProperty("transform", `translate(${x - held.dx}px, ${y - held.dy}px)`);
  const place = document.elementFromPoint(x, y)?.closest("[data-place]") ?? null;
  if (place === held.place) return;
  held.place?.classList.remove("over");
  place?.classList.add("over");
  held.place = place;
}

function scrollAtEdge() {
  const { x, y, place } = held;
  const step = (at, from, to) => (at < from + EDGE ? -12 : at > to - EDGE ? 12 : 0);
  for (const box of [root, root.closest(".scroll")]) {
    const edge = box.getBoundingClientRect();
    box.scrollBy(step(x, edge.left, edge.right), box === root ? 0 : step(y, edge.top, edge.bottom));
  }
  const list = place && listOf(place), edge = list?.getBoundingClientRect();
  if (edge && list.scrollHeight > list.clientHeight) list.scrollBy(0, step(y, edge.top, edge.bottom));
}

function letGo(keep) {
  clearTimeout(waiting);
  start = null;
  if (!held) return;
  const { card, ghost, place } = held;
  clearInterval(scrolling);
  held = null;
  ghost.remove();
  place?.classList.remove("over");
  card.classList.remove("lifted");
  root.classList.remove("carrying");
  if (keep) move(card, place);
}

const noClick = (event) => { event.preventDefault(); event.stopPropagation(); };
root?.addEventListener("pointerdown", (event) => {
  const card = event.isPrimary && !event.button && event.target.closest("[data-card]");
  if (!card || card.hasAttribute("aria-busy") || event.target.closest("[data-move], input, textarea, select")) return;
  start = { card, x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
  if (start.touch) waiting = setTimeout(lift, HOLD, card, event.clientX, event.clientY);
});
document.addEventListener("pointermove", (event) => {
  if (held) { carry(event.clientX, event.clientY); return; }
  if (!start || Math.hypot(event.clientX - start.x, event.clientY - start.y) < SLIP) return;
  if (start.touch) letGo(false); else lift(start.card, start.x, start.y);
});
document.addEventListener("pointerup", () => {
  if (held) document.addEventListener("click", noClick, { capture: true, once: true, signal: AbortSignal.timeout(50) });
  letGo(true);
});
document.addEventListener("pointercancel", () => letGo(false));
document.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });
document.addEventListener("keydown", (event) => { if (held && event.key === "Escape") { noClick(event); letGo(false); } }, true);
root?.addEventListener("dragstart", (event) => event.preventDefault());
root?.addEventListener("touchmove", (event) => { if (held) event.preventDefault(); }, { passive: false });

// ---- keyboard: Alt and arrows carry, arrows walk; sent when the card has come to rest -----------------------
let resting = null;

function rest() {
  if (!resting) return;
  const { card, origin, timer } = resting;
  clearTimeout(timer);
  resting = null;
  if (placeOf(card) !== origin.place) send(card, placeOf(card).dataset.place, origin);
}

function shift(card, step) {
  if (resting && resting.card !== card) rest();
  if (refused(card)) return;
  const all = places(), to = all[all.indexOf(placeOf(card)) + step];
  if (!to || card.hasAttribute("aria-busy")) return;
  const origin = resting?.origin ?? originOf(card);
  clearTimeout(resting?.timer);
  put(card, to);
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(to.dataset.label);
  resting = { card, origin, timer: setTimeout(rest, PAUSE) };
}

function walk(card, step, across) {
  const all = places(), here = placeOf(card);
  const beside = (at) => { for (let n = all.indexOf(here) + at; all[n]; n += at) { const found = all[n].querySelector("[data-card]"); if (found) return found; } return null; };
  const cards = [...listOf(here).querySelectorAll("[data-card]")];
  const next = across ? beside(step) : cards[cards.indexOf(card) + step];
  if (next) titleOf(next).focus();
}

root?.addEventListener("keydown", (event) => {
  const card = event.target.closest("[data-card]");
  if (!card || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const flip = getComputedStyle(root).direction === "rtl" ? -1 : 1;
  const [side, down] = { ArrowRight: [flip, 0], ArrowLeft: [-flip, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key] ?? [0, 0];
  if (!side && !down) return;
  event.preventDefault();
  if (event.altKey) shift(card, side || down * Number(root.dataset.across) || 0);
  else walk(card, side || down, Boolean(side));
});
window.addEventListener("pagehide", rest);

// ---- the card's menu ----------------------------------------------------------------------------------------
const menu = document.getElementById("move-menu");
let chosen = null;
root?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button || !menu?.showPopover || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  root.querySelector("[popovertarget]")?.removeAttribute("popovertarget");
  button.setAttribute("popovertarget", menu.id);
  chosen = button.closest("[data-card]");
  menu.querySelectorAll("[data-to]").forEach((item) => { item.hidden = item.dataset.to === chosen.dataset.value; });
  const day = menu.querySelector("[name=day]");
  if (day) day.value = JSON.parse(chosen.dataset.value);
  menu.showPopover();
  (day ?? menu.querySelector("[data-to]:not([hidden])")).focus();
});

function choose(to) {
  const card = chosen, place = places().find((one) => one.dataset.place === to);
  menu.hidePopover();
  titleOf(card).focus();
  if (place) move(card, place); else if (!refused(card)) send(card, to, originOf(card));
}
menu?.addEventListener("click", (event) => { const item = event.target.closest("[data-to]"); if (item) choose(item.dataset.to); });
menu?.addEventListener("submit", (event) => { event.preventDefault(); choose(JSON.stringify(event.target.elements.day.value)); });

// ---- what changes beside the board ---------------------------------------------------------------------------
document.addEventListener("amity:saved", (event) => {
  const id = event.target.closest?.("#peek") && new URL(location.href).searchParams.get("peek");
  const card = id && document.getElementById(`card-${id}`);
  if (!card || !root) return;
  window.htmx.ajax("GET", `${root.dataset.base}${id}/move/`, { source: card, target: card, swap: "none", values: { list: root.dataset.list } })
    .then(() => { const now = document.getElementById(card.id); if (now && now !== card) settle(now); });
});
root?.addEventListener("htmx:after:swap", () => {
  const seen = new Set();
  for (const card of root.querySelectorAll("[data-card]")) if (seen.has(card.id)) card.remove(); else seen.add(card.id);
});
