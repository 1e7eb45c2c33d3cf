// What is ticked waits while one looks at another shape of the list.
const boxes = () => [...document.querySelectorAll("[data-list] [data-check]")];

document.querySelector(".segmented")?.addEventListener("click", () => {
  const ids = boxes().filter((box) => box.checked).map((box) => box.value);
  if (boxes().length) sessionStorage.setItem("ticked", JSON.stringify({ path: location.pathname, ids }));
});

const waiting = JSON.parse(sessionStorage.getItem("ticked") ?? "{}");
if (boxes().length && waiting.path === location.pathname) {
  sessionStorage.removeItem("ticked");
  boxes().filter((box) => waiting.ids.includes(box.value)).forEach((box) => box.click());
}
