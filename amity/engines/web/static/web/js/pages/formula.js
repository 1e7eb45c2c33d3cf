// Fields and functions that are clicked go into the formula where the cursor stands.
const formula = document.getElementById("formula");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button || !formula) return;
  const { selectionStart: start, selectionEnd: end, value } = formula;
  const glue = start > 0 && /[^\s(]/.test(value[start - 1]) ? " " : "";
  formula.setRangeText(glue + button.dataset.insert, start, end, "end");
  const place = formula.selectionEnd - Number(button.dataset.back || 0);
  formula.focus();
  formula.setSelectionRange(place, place);
  formula.dispatchEvent(new Event("input", { bubbles: true }));
});
