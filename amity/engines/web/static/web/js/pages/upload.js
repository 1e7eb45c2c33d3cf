// Drop zones, and uploads by XMLHttpRequest because fetch() tells nothing about progress.
document.addEventListener("dragover", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("over");
});
document.addEventListener("dragleave", (event) => event.target.closest?.("[data-drop]")?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.remove("over");
  const input = zone.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-drop] input[type=file]")) return;
  const names = [...event.target.files].map((file) => file.name).join(", ");
  event.target.closest("[data-drop]").querySelector("[data-file-name]").textContent = names;
  if (names && event.target.form?.dataset.upload === "auto") event.target.form.requestSubmit();
});

function show(form, event) {
  const box = form.querySelector("[data-upload-progress]");
  const bar = box?.querySelector("progress");
  if (!bar) return;
  box.hidden = false;
  if (!event.lengthComputable) { bar.removeAttribute("value"); return; }
  bar.max = event.total;
  bar.value = event.loaded;
  const text = box.querySelector(".soft");
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  if (text) text.textContent = format.format(event.loaded / event.total);
}

function replaceForm(form, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const next = page.getElementById(form.id);
  if (!next) return false;
  form.replaceWith(document.adoptNode(next));
  next.querySelector("[aria-invalid=true]")?.focus();
  return true;
}

function failed(form) {
  form.removeAttribute("aria-busy");
  const box = form.querySelector("[data-upload-progress]");
  if (box) box.hidden = true;
  document.dispatchEvent(new CustomEvent("amity:offline"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-upload]")) return;
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const xhr = new XMLHttpRequest();
  xhr.open("POST", form.action);
  xhr.upload.addEventListener("progress", (step) => show(form, step));
  xhr.addEventListener("error", () => failed(form));
  xhr.addEventListener("load", () => {
    if (xhr.status < 400) { location.assign(xhr.responseURL); return; }
    if (!(xhr.status < 500 && form.id && replaceForm(form, xhr.responseText))) failed(form);
  });
  xhr.send(new FormData(form, event.submitter));
});
// Back from the page that followed: the form that was sent may be used again.
window.addEventListener("pageshow", () => document.querySelectorAll("[data-upload][aria-busy]").forEach((form) => {
  form.removeAttribute("aria-busy");
  form.querySelector("[data-upload-progress]")?.setAttribute("hidden", "");
}));
