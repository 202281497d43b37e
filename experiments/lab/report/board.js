// Filter, sort and search of the board. The rows are in the page already; this hides and orders them, and makes none.
"use strict";
(() => {
  const board = document.getElementById("board");
  const form = board.querySelector("form");
  const body = board.querySelector("tbody");
  const rows = [...body.rows];
  const outcomes = [...form.elements.outcome.options].map((option) => option.value);
  const START = "#board?"; // of an address that holds what is shown
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  // By what a row is sorted. Equals keep the order of the experiments.
  const keys = {
    experiment: () => 0,
    outcome: (row) => outcomes.indexOf(row.dataset.outcome),
    statement: (row) => row.cells[1].textContent,
    kind: (row) => row.dataset.kind,
    source: (row) => row.cells[3].textContent,
  };

  function compare(a, b) {
    return typeof a === "string" ? a.localeCompare(b) : a - b;
  }

  function fits(row) {
    const { topic, kind, outcome, search } = form.elements;
    const own = row.dataset.kind;
    const words = search.value.toLowerCase().split(/\s+/);
    return (
      (!topic.value || row.dataset.topic === topic.value) &&
      (!kind.value || (kind.value === "not aim" ? own && own !== "aim" : own === kind.value)) &&
      (!outcome.value || row.dataset.outcome === outcome.value) &&
      words.every((word) => texts.get(row).includes(word))
    );
  }

  function show() {
    const key = keys[form.elements.sort.value];
    const ordered = rows.map((row) => [key(row), row]).sort(([a], [b]) => compare(a, b));
    if (form.elements.down.checked) ordered.reverse();
    body.replaceChildren(...ordered.map(([, row]) => row));
    for (const row of rows) row.hidden = !fits(row);
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("[role=status]").textContent = `${shown} of ${rows.length} rows`;
  }

  function remember() {
    const held = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    if (form.elements.sort.selectedIndex === 0) held.delete("sort");
    try {
      history.replaceState(null, "", START + held);
    } catch {
      // A page that may not change its address shows the rows all the same.
    }
  }

  function recall() {
    form.reset();
    for (const [name, value] of new URLSearchParams(location.hash.slice(START.length))) {
      const field = form.elements.namedItem(name);
      if (!field) continue;
      if (field.type === "checkbox") field.checked = true;
      else field.value = value;
      if (field.selectedIndex === -1) field.selectedIndex = 0;
    }
    show();
  }

  // An address may hold what is shown. One of a row or of an experiment opens it, also where a filter hides it.
  function open() {
    if (location.hash.startsWith(START)) {
      recall();
      return;
    }
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return; // an address that is no text
    }
    if (!target || !target.matches("#board tr, #experiments details")) return;
    if (target.hidden) {
      form.reset();
      show();
    }
    const details = target.matches("details") ? target : target.querySelector("details");
    if (details) details.open = true;
    target.scrollIntoView();
  }

  form.addEventListener("input", () => (show(), remember()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  form.querySelector("[type=reset]").addEventListener("click", () => setTimeout(remember));
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) setTimeout(open); // a second time, where nothing else tells of it
  });
  form.hidden = false;
  show();
  open();
})();

// An address or a link leads to a part of the page while parts above it are still laid out: the page follows that part
// until it stands still, or until the reader does something.
(() => {
  const STILL = 2000; // ms
  let target = null;
  let last = 0;

  function follow() {
    let name = location.hash.slice(1).split("?")[0];
    try {
      name = decodeURIComponent(name);
    } catch {
      return; // an address that is no text
    }
    target = name ? document.getElementById(name) : null;
    last = performance.now();
    target?.scrollIntoView();
  }

  new ResizeObserver(() => {
    if (!target || performance.now() - last > STILL) return;
    last = performance.now();
    target.scrollIntoView();
  }).observe(document.body);
  let clicked = false;
  let acted = false;
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(kind, () => ((target = null), (acted = true)), { passive: true });
  }
  document.addEventListener("click", (event) => (clicked = Boolean(event.target.closest("a[href^='#']"))));
  // Where the reader goes back or reloads, the browser knows the place. Of a view it does not: no element has its name.
  addEventListener("hashchange", () => {
    if (clicked || location.hash.includes("?")) follow();
    clicked = false;
  });
  addEventListener("load", () => {
    const [how] = performance.getEntriesByType("navigation");
    if (!acted && (location.hash.includes("?") || how?.type === "navigate")) follow();
  });
})();

// A figure is enlarged in the page, which may have been sent without its folder.
(() => {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.tabIndex = -1;
  document.querySelector(".report").append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  for (const link of document.querySelectorAll("a.figure")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // its file, in a new tab
      event.preventDefault();
      const shown = link.querySelector("img").cloneNode();
      const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
      dialog.replaceChildren(close, shown);
      dialog.setAttribute("aria-label", shown.alt);
      dialog.showModal();
      close.focus();
    });
  }
})();
