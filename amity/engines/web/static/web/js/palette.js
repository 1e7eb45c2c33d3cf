// One combobox for two places: the palette (Ctrl/⌘+K) and linked-record pickers ([data-picker]).
let serial = 0;

function combobox(input, list, urlOf, choose, done = () => {}) {
  let request = null, timer = 0;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector("[aria-selected=true]");

  function select(option) {
    current()?.setAttribute("aria-selected", "false");
    if (!option) { input.removeAttribute("aria-activedescendant"); return; }
    option.id ||= `option-${++serial}`;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  async function load() {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    try {
      const url = new URL(urlOf(), location.href);
      url.searchParams.set("q", input.value);
      const answer = await fetch(url, { signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const html = await answer.text();
      if (signal.aborted) return;
      list.innerHTML = html;
      open(true);
      select(options()[0]);
      done(list);
    } catch (error) {
      if (error.name !== "AbortError") document.dispatchEvent(new CustomEvent("amity:offline"));
    }
  }

  function open(yes) { list.hidden = !yes; input.setAttribute("aria-expanded", yes); }
  function later() { clearTimeout(timer); timer = setTimeout(load, 120); }

  input.addEventListener("input", later);
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    const all = options(), now = all.indexOf(current());
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) { load(); return; }
      const next = Math.abs(step) === 1 ? (now + step + all.length) % all.length : Math.min(all.length - 1, Math.max(0, now + step));
      select(all[next]);
    } else if (event.key === "Enter" && !list.hidden && current()) {
      event.preventDefault();
      event.stopPropagation();
      choose(current(), event);
    }
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== current()) select(option);
  });
  return { load, open, clear() { clearTimeout(timer); request?.abort(); list.replaceChildren(); } };
}

// ---- palette ------------------------------------------------------------------------------------
const dialog = document.getElementById("palette");
if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const count = dialog.querySelector("[role=status]");
  const box = combobox(input, list, () => dialog.dataset.url, (option, event) => {
    if (event.ctrlKey || event.metaKey) { window.open(option.href, "_blank", "noopener"); return; }
    dialog.close();
    option.click();
  }, () => { count.textContent = list.querySelector("template[data-count]")?.dataset.count ?? ""; });
  const start = () => { box.clear(); input.value = ""; input.focus(); box.load(); };
  dialog.addEventListener("amity:open", start);
  dialog.addEventListener("click", (event) => { if (event.target.closest("[role=option]")) dialog.close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dialog.open) { dialog.close(); return; }
    dialog.showModal();
    start();
  });
}

// ---- pickers: made when they are first focused, so swapped-in ones work too ------------------------
function makePicker(box) {
  const input = box.querySelector("[role=combobox]");
  const hidden = box.querySelector("input[type=hidden]");
  const list = box.querySelector("[role=listbox]");
  const set = (value) => { if (hidden.value !== value) { hidden.value = value; hidden.dispatchEvent(new Event("change", { bubbles: true })); } };
  const choose = (option) => { input.value = option.dataset.label; set(option.dataset.value); combo.open(false); };
  const combo = combobox(input, list, () => box.dataset.picker, choose);
  box.dataset.made = "";
  input.addEventListener("input", () => set(""));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); combo.open(false); }
  });
  input.addEventListener("blur", () => setTimeout(() => combo.open(false), 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

document.addEventListener("focusin", (event) => {
  const box = event.target.closest("[data-picker]");
  if (box && !("made" in box.dataset)) makePicker(box);
});
