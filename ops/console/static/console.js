// A page that shows what was must not look like one that shows what is: it says so while the console does not answer.
const answered = (is) => document.body.classList.toggle("unanswered", !is);
document.addEventListener("htmx:error", () => answered(false));
document.addEventListener("htmx:after:request", ({ detail }) => answered(detail.ctx.response.status < 400));

// A page that nobody sees asks for nothing.
document.addEventListener("htmx:config:request", (event) => {
  if (document.hidden) event.preventDefault();
});
