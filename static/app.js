// Copying, shortcuts, menus that close, the alert region of htmx. Every page works without it.
(() => {
  const live = document.getElementById("live");
  const say = (text) => { live.textContent = ""; requestAnimationFrame(() => { live.textContent = text; }); };

  const textOf = (button) => {
    const source = document.getElementById(button.dataset.copy);
    return "value" in source ? source.value : source.textContent.trim();
  };
  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(textOf(button));
      say(button.dataset.done);
    } catch {
      const source = document.getElementById(button.dataset.copy);
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say(button.dataset.failed);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // Filters fill a small screen: there they open when they are wanted.
  const small = matchMedia("(max-width: 991.98px)");
  const fold = () => { for (const each of document.querySelectorAll("[data-fold]")) each.open = !small.matches; };
  small.addEventListener("change", fold);
  fold();

  const typing = (node) => node.closest("input, textarea, select, [contenteditable]");
  const focusSearch = (event) => {
    const box = document.getElementById("search");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  };
  const follow = (letter) => {
    const link = document.querySelector(`.side a[data-key="${letter}"]`);
    if (link) link.click();
  };
  const toggleHelp = () => {
    const help = document.getElementById("keys-help");
    if (!help) return;
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
  };

  let waiting = 0;
  const onLetter = (event) => {
    if (event.key === "/") focusSearch(event);
    else if (event.key === "?") toggleHelp();
    else if (event.key === "g") waiting = event.timeStamp;
    else if (waiting && event.timeStamp - waiting < 1500) { waiting = 0; follow(event.key); }
  };
  const escape = (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (location.hash === "#side") location.hash = "#main";
    else if (event.target.id === "search") event.target.blur();
  };
  const enabled = () => document.body.dataset.shortcuts !== "off";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") escape(event);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") focusSearch(event);
    else if (enabled() && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) onLetter(event);
  });

  // A box that ticks all rows of the table around it.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    for (const box of event.target.closest("table").querySelectorAll(`input[name="${event.target.dataset.all}"]`)) {
      box.checked = event.target.checked;
    }
  });

  // What did not fit into the page is said where alerts are.
  document.addEventListener("htmx:responseError", (event) => {
    const alert = document.getElementById("alert");
    if (!alert) return;
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    alert.textContent = page.querySelector("h1")?.textContent ?? String(event.detail.xhr.status);
    alert.hidden = false;
  });
  document.addEventListener("htmx:sendError", () => {
    const alert = document.getElementById("alert");
    if (alert) { alert.textContent = alert.dataset.offline; alert.hidden = false; }
  });

  document.querySelector(".error-summary")?.focus();
})();
