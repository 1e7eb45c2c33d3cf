// In-place editing. [data-edit] holds the address; the server answers a form [data-editor] or, after saving, the display.
const originals = new WeakMap();
const snapshot = (form) => new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, v.name ?? v])).toString();
const formOf = (cell) => cell.querySelector(":scope > .edit-slot [data-editor]");
const pencil = (cell) => cell.querySelector(":scope > [data-pencil]");
const focusOn = (cell) => (pencil(cell) || cell).focus();
const htmx = () => window.htmx;

function prepare(cell) {
  const old = document.createElement("span");
  old.className = "edit-old";
  old.append(...[...cell.childNodes].filter((node) => node !== pencil(cell)));
  const slot = document.createElement("div");
  slot.className = "edit-slot";
  cell.prepend(old, slot);
  return slot;
}

function restore(cell, focus = true) {
  const old = cell.querySelector(":scope > .edit-old");
  if (!old) return;
  show(cell, old);
  delete cell.dataset.saving;
  if (focus) focusOn(cell);
}

function show(cell, source) {
  const button = pencil(cell);
  cell.replaceChildren(...source.childNodes, ...(button ? [button] : []));
  originals.delete(cell);
}

async function open(cell) {
  if (!htmx() || cell.querySelector(":scope > .edit-slot")) return;
  const slot = prepare(cell);
  await htmx().ajax("GET", cell.dataset.edit, { source: cell, target: slot, swap: "innerHTML" });
  if (formOf(cell)) began(cell); else restore(cell);
}

function began(cell) {
  const form = formOf(cell);
  originals.set(cell, snapshot(form));
  focusIn(form);
}

function focusIn(form) {
  if (!inner(form).length) form.querySelector("details")?.setAttribute("open", "");
  const input = form.querySelector("[aria-invalid=true]:is(input,select,textarea), [autofocus]")
    || form.querySelector("input:checked, input:not([type=hidden], .hide), select, textarea");
  input?.focus();
  if (input?.matches("input[type=text], input[type=email], input[type=tel], input[type=url], input:not([type])")) input.select();
}

/** Sends the form. Resolves to true when the cell shows its (new or old) value again; on failure the input stays. */
async function save(cell) {
  const form = formOf(cell);
  if (!form || "saving" in cell.dataset) return false;
  if (snapshot(form) === originals.get(cell)) { restore(cell, false); return true; }
  const slot = form.parentElement;
  cell.dataset.saving = "";
  const sent = snapshot(form);
  await htmx().ajax("POST", form.getAttribute("action"), { source: form, target: slot, swap: "innerHTML" });
  delete cell.dataset.saving;
  const again = formOf(cell);
  if (!again) { finish(cell, slot); return true; }
  if (again !== form) { originals.set(cell, ""); focusIn(again); } else if (snapshot(again) === sent) { again.dataset.failed = ""; }
  return false;
}

function finish(cell, slot) {
  show(cell, slot);
  document.querySelector(`[data-fill="${cell.dataset.field}"]`)?.remove();
  cell.dispatchEvent(new CustomEvent("amity:saved", { bubbles: true }));
}

function neighbour(cell, back) {
  const scope = cell.closest("tr, [data-edit-scope], .peek, main, body");
  const all = [...scope.querySelectorAll("[data-edit]")].filter((el) => el.checkVisibility?.() ?? true);
  return all[all.indexOf(cell) + (back ? -1 : 1)];
}

async function saveAndMove(cell, back) {
  const next = neighbour(cell, back);
  if (!(await save(cell))) return;
  if (next?.isConnected) open(next); else focusOn(cell);
}

const inner = (form) => [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((el) => !el.disabled && (el.checkVisibility?.() ?? true));

function onEditorKey(event, cell, form) {
  const many = event.target.matches("textarea");
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    restore(cell);
  } else if (event.key === "Enter" && !event.isComposing && !event.target.matches("button") && (!many || event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.stopPropagation();
    save(cell).then((ok) => ok && focusOn(cell));
  } else if (event.key === "Tab") {
    const group = event.target.name;
    const all = inner(form).filter((el) => el === event.target || el.type !== "radio" || el.name !== group);
    const last = event.shiftKey ? all[0] : all.at(-1);
    if (event.target !== last) return;
    event.preventDefault();
    saveAndMove(cell, event.shiftKey);
  }
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-editor]");
  const cell = event.target.closest?.("[data-edit]");
  if (form && cell) { onEditorKey(event, cell, form); return; }
  if (cell && event.key === "F2" && event.target.matches("[data-pencil]")) open(cell);
});

// A chip that names an empty fact opens its editor.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-fill]");
  const cell = chip && htmx() && document.querySelector(`.record-facts [data-edit][data-field="${chip.dataset.fill}"]`);
  if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  cell.closest("details")?.setAttribute("open", "");
  cell.scrollIntoView({ block: "center" });
  open(cell);
});

document.addEventListener("click", (event) => {
  const cell = event.target.closest("[data-edit]");
  if (!cell) return;
  if (event.target.closest("[data-cancel]")) { restore(cell); return; }
  if (event.target.closest("[data-pencil]")) { open(cell); return; }
  if (cell.closest("[data-list], [data-grid]") || event.target.closest("a, button, summary, .edit-slot") || getSelection()?.toString()) return;
  open(cell);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-editor]");
  const cell = form?.closest("[data-edit]");
  if (!cell) return;
  event.preventDefault();
  save(cell).then((ok) => ok && focusOn(cell));
}, true);

document.addEventListener("focusout", (event) => {
  const cell = event.target.closest?.("[data-edit]");
  if (!cell || !formOf(cell)) return;
  setTimeout(() => {
    const form = formOf(cell);
    if (form && document.hasFocus() && !cell.contains(document.activeElement) && !("failed" in form.dataset)) save(cell);
  }, 0);
});

// A refusal without an editor (forbidden, gone, an error page) must not become the cell's text.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!ctx.target?.matches?.(".edit-slot") || ctx.response.status < 400 || ctx.text.includes("data-editor")) return;
  event.preventDefault();
  if (ctx.response.status < 500) document.dispatchEvent(new CustomEvent("amity:failed"));
});

document.addEventListener("amity:edit", (event) => open(event.target));
window.addEventListener("beforeunload", (event) => {
  const dirty = [...document.querySelectorAll("[data-editor]")].some((form) => {
    const cell = form.closest("[data-edit]");
    return cell && snapshot(form) !== originals.get(cell);
  });
  if (dirty) event.preventDefault();
});
