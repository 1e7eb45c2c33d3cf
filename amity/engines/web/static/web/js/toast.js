// Toasts: eight seconds, paused while hovered or focused; failures of requests are said here too.
const region = document.getElementById("toasts");
const LIFE = 8000;

function start(toast) {
  let left = LIFE, since = 0, timer = 0;
  const run = () => { since = Date.now(); timer = setTimeout(() => toast.remove(), left); };
  const hold = () => { clearTimeout(timer); left = Math.max(1500, left - (Date.now() - since)); };
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("mouseleave", run);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", run);
  toast.addEventListener("click", (event) => { if (event.target.closest("[data-toast-close]")) toast.remove(); });
  toast.addEventListener("htmx:after:request", () => toast.remove());
  run();
  while (region.querySelectorAll("[data-toast]").length > 3) region.querySelector("[data-toast]").remove();
}

function say(id) {
  const template = document.getElementById(id);
  if (template) region.append(template.content.cloneNode(true));
}

// The bell asks every minute by itself: nobody who waits for nothing need hear that it failed.
const quiet = (event) => event.target.id === "told-count";

if (region) {
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) start(node);
  }).observe(region, { childList: true });
  region.querySelectorAll("[data-toast]").forEach(start);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500 && !quiet(event)) say("toast-failed");
  });
  document.addEventListener("htmx:error", (event) => { if (event.detail.ctx && !quiet(event)) say("toast-offline"); });
  document.addEventListener("amity:failed", () => say("toast-failed"));
  document.addEventListener("amity:offline", () => say("toast-offline"));
}
