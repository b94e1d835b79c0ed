// Mark the page as offline while the console does not respond, since it then shows old values.
const online = (is) => document.body.classList.toggle("offline", !is);
document.addEventListener("htmx:error", () => online(false));
document.addEventListener("htmx:after:request", ({ detail }) => online(detail.ctx.response.status < 400));

// A hidden page sends no requests, so that the stage is not polled for it.
document.addEventListener("htmx:config:request", (event) => {
  if (document.hidden) event.preventDefault();
});
