// Rows that follow the first line show its values and cannot be changed until their box is ticked.
const first = document.querySelector(".matrix tbody tr");
const selects = (row) => [...row.querySelectorAll("select")];

function follow(row) {
  const box = row.querySelector("[data-own]");
  if (!box) return;
  row.classList.toggle("inherits", !box.checked);
  selects(row).forEach((select, place) => {
    select.disabled = !box.checked;
    if (!box.checked) select.value = selects(first)[place].value;
  });
}

function followAll() {
  document.querySelectorAll(".matrix tbody tr").forEach(follow);
}

document.querySelector(".matrix")?.addEventListener("change", followAll);
if (first) followAll();
