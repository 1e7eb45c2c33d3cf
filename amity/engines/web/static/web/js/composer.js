// Ctrl/⌘+Enter sends; what was typed is kept in this tab until it is saved.
const key = (form) => `draft:${form.getAttribute("action")}`;

function restore(scope) {
  scope.querySelectorAll("form[data-draft]").forEach((form) => {
    const area = form.querySelector("textarea");
    if (area && !area.value) area.value = sessionStorage.getItem(key(form)) ?? "";
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("[data-submit-keys]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form && event.target.matches("textarea")) sessionStorage.setItem(key(form), event.target.value);
});

document.addEventListener("htmx:after:request", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  const status = event.detail.ctx.response?.status;
  if (!form || !(status >= 200 && status < 300)) return;
  sessionStorage.removeItem(key(form));
  form.reset();
});
// Sent without htmx: the draft goes with the form, the page that comes back tells whether it was saved.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-draft]") && !window.htmx) sessionStorage.removeItem(key(event.target));
});
// A new entry brings its day along: the heading that stood there goes.
function oneHeadingADay(timeline) {
  const seen = new Set();
  timeline.querySelectorAll(":scope > [data-day]").forEach((day) => {
    if (seen.has(day.dataset.day)) day.remove(); else seen.add(day.dataset.day);
  });
}
document.addEventListener("htmx:after:swap", () => {
  restore(document);
  document.querySelectorAll("[data-timeline]").forEach(oneHeadingADay);
});
restore(document);
