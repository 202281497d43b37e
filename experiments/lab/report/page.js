// The statements: search and filters hide rows, of which 20 are shown until all are asked for. The rows are in the page.
"use strict";
(() => {
  const part = document.getElementById("statements");
  const form = part.querySelector("form");
  const rows = [...part.querySelectorAll("tbody tr")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const more = form.querySelector("button");
  let most = Number(more.dataset.shown);

  function fits(row) {
    const words = form.elements.search.value.toLowerCase().split(/\s+/);
    const filters = ["topic", "kind", "outcome"];
    return (
      filters.every((name) => !form.elements[name].value || row.dataset[name] === form.elements[name].value) &&
      words.every((word) => texts.get(row).includes(word))
    );
  }

  function show() {
    const found = rows.filter(fits);
    const shown = new Set(found.slice(0, most));
    for (const row of rows) row.hidden = !shown.has(row);
    form.querySelector("[role=status]").textContent = `${shown.size} of ${found.length} rows that fit, ${rows.length} in all`;
    more.hidden = shown.size === found.length;
  }

  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => ((most = Infinity), show()));
  form.hidden = false;
  show();
})();

// A link to a part that is folded up opens it.
(() => {
  function open() {
    const part = document.getElementById(location.hash.slice(1).split("?")[0]);
    if (part?.matches("details")) part.open = true;
    if (location.hash.includes("?")) part?.scrollIntoView();
  }
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) setTimeout(open);
  });
  open();
})();
