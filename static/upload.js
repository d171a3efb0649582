// Progress and a place to drop a file on; without it the form is an ordinary multipart form.
(() => {
  const area = document.querySelector("[data-drop]");
  const form = area?.closest("form");
  if (!form) return;
  const input = area.querySelector("input[type=file]");
  const box = area.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const said = box.querySelector("[role=status]");

  const over = (on) => (event) => { event.preventDefault(); area.classList.toggle("over", on); };
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });

  const tell = (text) => { said.textContent = text; };
  const onProgress = (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    bar.value = percent;
    tell(percent < 100 ? area.dataset.sending.replace("{n}", percent) : area.dataset.checking);
  };
  const show = (request) => {
    // Refusals are whole pages, and so is the card that a good upload leads to.
    if (request.status < 400) { location.assign(request.responseURL); return; }
    if (request.status === 401) { location.reload(); return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    if (!main) { tell(area.dataset.failed); return; }
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    document.querySelector(".error-summary")?.focus();
    start();
  };
  const start = () => {
    const again = document.createElement("script");
    again.src = document.querySelector('script[src*="upload.js"]').src;
    document.head.append(again);
  };

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", onProgress);
    request.addEventListener("load", () => show(request));
    request.addEventListener("error", () => { tell(area.dataset.failed); for (const each of form.elements) each.disabled = false; });
    const data = new FormData(form, event.submitter);
    box.hidden = false;
    tell(area.dataset.sending.replace("{n}", 0));
    for (const each of form.elements) each.disabled = true;
    request.open("POST", form.action || location.href);
    request.send(data);
  });
})();
