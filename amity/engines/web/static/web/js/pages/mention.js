// @ in a note offers colleagues who may see the record. Arrows choose, Enter or Tab takes, Escape closes.
const WORD = /(?:^|[\s(])@([\p{L}\p{N}][^\s@]*(?: [^\s@]+){0,2}|)$/u;
let asking = null, timer = 0, serial = 0;

const listOf = (area) => area.form.querySelector("[data-mention-list]");
const typed = (area) => WORD.exec(area.value.slice(0, area.selectionStart))?.[1];

function close(area) {
  clearTimeout(timer);
  asking?.abort();
  const list = listOf(area);
  list.hidden = true;
  list.replaceChildren();
  area.removeAttribute("aria-activedescendant");
}

function select(area, option) {
  const list = listOf(area);
  list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  option.id ||= `mention-${++serial}`;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  area.setAttribute("aria-activedescendant", option.id);
}

async function offer(area) {
  const words = typed(area);
  if (words === undefined) { close(area); return; }
  asking?.abort();
  asking = new AbortController();
  const url = new URL(area.dataset.mention, location.href);
  url.searchParams.set("q", words);
  try {
    const answer = await fetch(url, { signal: asking.signal, headers: { "HX-Request": "true" } });
    const html = answer.ok ? await answer.text() : "";
    if (typed(area) !== words) return;
    const list = listOf(area);
    list.innerHTML = html;
    const first = list.querySelector("[role=option]");
    list.hidden = !first;
    if (first) select(area, first); else area.removeAttribute("aria-activedescendant");
  } catch (error) {
    if (error.name !== "AbortError") close(area);
  }
}

function take(area, option) {
  const words = typed(area) ?? "";
  const end = area.selectionStart;
  area.setRangeText(`@${option.dataset.label} `, end - words.length - 1, end, "end");
  const chosen = document.createElement("input");
  Object.assign(chosen, { type: "hidden", name: "mention", value: option.dataset.value });
  area.form.append(chosen);
  close(area);
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches("textarea[data-mention]")) return;
  clearTimeout(timer);
  if (typed(area) === undefined) close(area); else timer = setTimeout(offer, 120, area);
});

document.addEventListener("keydown", (event) => {
  const area = event.target;
  if (!area.matches?.("textarea[data-mention]") || event.isComposing) return;
  const list = listOf(area);
  if (list.hidden) return;
  const all = [...list.querySelectorAll("[role=option]")];
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) select(area, all.at((now + step + all.length) % all.length));
  else if (event.key === "Escape") close(area);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(area, all[now]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[data-mention-list] [role=option]");
  if (!option) return;
  event.preventDefault();
  take(option.closest("form").querySelector("textarea[data-mention]"), option);
});

document.addEventListener("focusout", (event) => { if (event.target.matches("textarea[data-mention]")) close(event.target); });
document.addEventListener("reset", (event) => event.target.querySelectorAll("input[name=mention]").forEach((one) => one.remove()));
