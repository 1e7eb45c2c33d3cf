// The rules of a handover: the server draws them again when a choice shows other fields; a preview that no longer holds goes.

const DRAWS = "[data-draws], [data-filter-field], [data-filter-op], [data-filter-match], .remove input";
let back = ""; // where the focus was

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-handover]");
  if (!form) return;
  if (event.target.matches(DRAWS)) {
    back = event.target.id;
    form.requestSubmit(form.querySelector("[data-draw]"));
  } else {
    form.querySelector("[data-preview]")?.remove();
  }
});

document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector("form[data-handover]");
  if (!form) return;
  const wanted = form.querySelector("[data-focus-first], [aria-invalid=true]") ?? (back && document.getElementById(back));
  back = "";
  if (wanted) wanted.focus();
});
