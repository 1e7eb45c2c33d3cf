// Keys, dialogs, menus, theme, row editors. No words here: texts come as data attributes.
const root = document.documentElement;
const typing = (el) => el?.closest?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable], [data-editor]");
const visible = (el) => el.checkVisibility?.({ visibilityProperty: true }) ?? el.offsetParent !== null;

// ---- single-key shortcuts -------------------------------------------------------------------
let goUntil = 0;

function shortcutsOff(event) {
  const el = document.activeElement;
  return root.dataset.shortcuts === "off" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.isComposing
    || (event.altKey && !event.getModifierState("AltGraph")) || typing(el) || el?.closest("td[data-edit]")
    || document.querySelector("dialog[open]");
}

function press(key) {
  const name = CSS.escape(key);
  const scopes = [document.querySelector("#peek:not([hidden])"), document].filter(Boolean);
  for (const scope of scopes) {
    const el = [...scope.querySelectorAll(`[data-key="${name}"]`)].find(visible);
    if (!el) continue;
    if (el.matches("input:not([type=radio],[type=checkbox]), textarea")) { el.focus(); el.select?.(); } else { el.click(); }
    if (el.matches("[type=radio]")) el.form?.querySelector("textarea")?.focus();
    return true;
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.key.length !== 1 || shortcutsOff(event)) return;
  if (goUntil > Date.now()) {
    goUntil = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (event.key === "g") { goUntil = Date.now() + 1200; return; }
  if (press(event.key)) event.preventDefault();
});

// ---- dialogs --------------------------------------------------------------------------------
function openDialog(dialog) {
  if (dialog.open) return;
  const body = dialog.querySelector(".dialog-body");
  if (dialog.dataset.src && body && window.htmx) {
    body.replaceChildren();
    window.htmx.ajax("GET", dialog.dataset.src, { source: body, target: body, swap: "innerHTML" })
      .then(() => focusFirst(body));
  }
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("amity:open"));
}

function focusFirst(scope) {
  const wrong = scope.querySelector("[data-focus-first], [aria-invalid=true]");
  (wrong || scope.querySelector("[autofocus], input:not([type=hidden]), select, textarea"))?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      opener.closest("[popover]")?.hidePopover(); // its button gets focus
      openDialog(dialog);
    }
  }
  if (event.target.matches("dialog[open]") && !event.target.querySelector(":user-invalid, .input:focus")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.x && event.clientX <= box.x + box.width && event.clientY >= box.y && event.clientY <= box.y + box.height;
    if (!inside) event.target.close();
  }
});

// ---- popovers: beside the button that opened them; arrow keys walk ---------------------------
let invoker = null;
document.addEventListener("click", (event) => { invoker = event.target.closest("[popovertarget]") || invoker; }, true);

function place(pop) {
  const button = invoker?.getAttribute("popovertarget") === pop.id ? invoker : document.querySelector(`[popovertarget="${CSS.escape(pop.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const [w, h, W, H] = [pop.offsetWidth, pop.offsetHeight, root.clientWidth, window.innerHeight];
  const rtl = getComputedStyle(root).direction === "rtl";
  const startX = rtl ? W - (at.x + at.width) : at.x;
  const fits = startX + w <= W - 8;
  const inline = Math.max(8, fits ? startX : Math.min(startX + at.width - w, W - w - 8));
  const below = at.y + at.height + 4;
  const block = below + h <= H - 8 ? below : Math.max(8, at.y - h - 4 >= 8 ? at.y - h - 4 : H - h - 8);
  pop.dataset.placed = "";
  pop.style.setProperty("position", "fixed");
  pop.style.setProperty("inset-inline-start", `${inline}px`);
  pop.style.setProperty("inset-block-start", `${block}px`);
}

document.addEventListener("toggle", (event) => {
  const pop = event.target;
  if (!pop.matches?.("[popover]")) return;
  const open = event.newState === "open";
  document.querySelectorAll(`[popovertarget="${CSS.escape(pop.id)}"]`).forEach((b) => b.setAttribute("aria-expanded", open));
  if (!open) return;
  place(pop);
  const first = pop.querySelector(".menu-item, .input, button, a");
  if (invoker?.matches(":focus-visible") || pop.matches(".filter-editor")) first?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.(".menu .menu-item");
  if (!item || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const all = [...item.closest(".menu").querySelectorAll(".menu-item")].filter(visible);
  const now = all.indexOf(item);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  all.at(next % all.length)?.focus();
});

// ---- appearance: at once here, remembered by the server ---------------------------------------
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-appearance]") || !event.submitter) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  root.dataset[name] = value;
  event.target.querySelectorAll(`[name="${name}"]`).forEach((b) => b.setAttribute("aria-pressed", b.value === value));
  const body = new FormData(event.target, event.submitter);
  fetch(event.target.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
});

// ---- rows that can be added and removed -------------------------------------------------------
function readyRows(scope) {
  scope.querySelectorAll("[data-row-add][hidden]").forEach((b) => { b.hidden = false; });
}

function addRow(button) {
  const box = button.closest("[data-rows]");
  const template = box.querySelector("template");
  const next = Number(box.dataset.next || box.querySelectorAll("[data-row]").length);
  box.dataset.next = next + 1;
  const row = document.createElement("div");
  row.innerHTML = template.innerHTML.replaceAll("__i__", String(next));
  template.before(row.firstElementChild);
  template.previousElementSibling.querySelector("input, select")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row-add]");
  if (button) addRow(button);
});

document.addEventListener("change", (event) => {
  const el = event.target;
  if (el.matches("[data-autosubmit], [data-autosubmit] *")) el.form.requestSubmit();
  const form = el.closest("form[data-row-url]");
  if (form && el.matches("[data-filter-field], [data-filter-op], [data-filter-match], .remove input")) redrawFilter(form, el.id);
});

// ---- the filter editor: the server draws it again with what stands in it ------------------------
function redrawFilter(form, id, add = "") {
  const box = form.parentElement;
  const sent = new URLSearchParams(new FormData(form));
  if (add) sent.set("add", add);
  window.htmx.ajax("GET", `${form.dataset.rowUrl}?${sent}`, { source: box, target: form, swap: "outerHTML" }).then(() => {
    (box.querySelector("[data-focus-first]") ?? document.getElementById(id))?.focus();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("form[data-row-url] button[name=add]");
  if (!button || !window.htmx) return;
  event.preventDefault();
  redrawFilter(button.form, "", button.value);
});

// ---- waiting, errors, start --------------------------------------------------------------------
let waiting = 0;
const busy = (step) => { waiting = Math.max(0, waiting + step); root.toggleAttribute("data-busy", waiting > 0); };
document.addEventListener("htmx:before:request", () => busy(1));
document.addEventListener("htmx:finally:request", () => busy(-1));
document.addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.method !== "dialog" && !event.submitter?.matches("[data-file]")) busy(1); });
window.addEventListener("pageshow", () => busy(-99));
document.addEventListener("htmx:after:swap", (event) => {
  readyRows(document);
  if (event.detail.ctx.response?.status === 422) focusFirst(event.detail.ctx.target);
});
readyRows(document);
document.querySelectorAll("main :is(.tabs, .side-nav) [aria-current]").forEach((el) => el.scrollIntoView({ block: "nearest", inline: "center" }));
document.querySelector("main [data-focus-first], main [aria-invalid=true]")?.focus();
root.dataset.ready = "";
