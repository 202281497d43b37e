// The explorer: a view of a table, chosen by a form and held by the address. Vega-Lite draws it.
"use strict";
(() => {
  const section = document.getElementById("explorer");
  const form = section.querySelector("form");
  const view = section.querySelector(".view");
  const said = document.getElementById("explorer-said");
  const status = section.querySelector("[role=status]");
  const copy = section.querySelector("[data-do=copy]");
  const copied = copy.nextElementSibling;
  const fixed = form.querySelector(".fixed");
  const START = "#explorer?";
  const FIRST = "xor.trained"; // shown where the address names no other
  const MOST_COLOURS = 9;
  const MOST_PANELS = 12;
  // Okabe and Ito's colours, as in the figures; a shape for each as well, so that colour is never alone.
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F", "#AA3377"];
  const ON_DARK = ["#4DA6E0", "#F08A3C", "#2BC49A", "#DF9BC2", "#E6B450", "#9AD3F5", "#C4A668", "#B0B0B0", "#DD7FB0"];
  const SHAPES = [
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left", "stroke",
  ];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const listed = section.querySelector(".rows");
  const told = section.querySelector(".words");
  let tables = null;
  let started = null; // the promise of the tables and of Vega-Lite
  let drawn = null;

  async function unpacked(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  const distinct = (table, name) => [...new Set(table.columns[name])];
  const isNumeric = (table, name) => table.columns[name].every((value) => typeof value !== "string");
  const finite = (value) => typeof value === "string" || Number.isFinite(value);
  const infinite = (value) => typeof value === "number" && !finite(value);
  const inWords = (value) => (value === "*" ? "(all)" : ["", "null"].includes(value) ? "(empty)" : value);
  const varied = (table) => table.keys.filter((name) => distinct(table, name).length > 1);

  // A first view: along x the setting with the most values, numbers before words; few values as colours and panels.
  // Settings that do not vary where there is a y belong to another part of the table.
  function first(table) {
    const y = table.values.find((name) => name in table.intervals) || table.values[0];
    const count = (name) => new Set(table.columns[name].filter((_, row) => finite(table.columns[y][row]))).size;
    const keys = table.keys.filter((name) => count(name) > 1);
    const by = (a, b) => isNumeric(table, b) - isNumeric(table, a) || count(b) - count(a);
    const x = [...keys].sort(by)[0] || table.keys[0] || table.values[0];
    const all = (name) => distinct(table, name).length;
    const few = keys.filter((name) => name !== x && all(name) <= MOST_COLOURS).sort((a, b) => count(b) - count(a));
    return { x, y, colour: few[0] || "", panel: few.slice(1).find((name) => all(name) <= 6) || "", log: "" };
  }

  function fill(select, names, value) {
    select.replaceChildren(...names.map(([key, words]) => new Option(words, key, false, key === value)));
    if (!names.some(([key]) => key === value) && names.length) select.value = names[0][0];
  }

  // Make the form that of a table, with the values of `wanted` where they are possible.
  function offer(wanted) {
    const name = [wanted.experiment, FIRST, form.elements.experiment.value].find((one) => Object.hasOwn(tables, one));
    const table = tables[name];
    const isKnown = name === (wanted.experiment || name);
    status.textContent = isKnown ? "" : `There is no table of ${wanted.experiment} here; this is that of ${name}.`;
    const view = { ...first(table), ...wanted };
    form.elements.experiment.value = name;
    const keys = varied(table);
    const few = (most) => keys.filter((key) => distinct(table, key).length <= most).map((key) => [key, key]);
    fill(form.elements.x, [...keys, ...table.values].map((key) => [key, key]), view.x);
    fill(form.elements.y, table.values.map((key) => [key, key]), view.y);
    fill(form.elements.colour, [["", "none"], ...few(MOST_COLOURS)], view.colour);
    fill(form.elements.panel, [["", "none"], ...few(MOST_PANELS)], view.panel);
    form.elements.log.checked = view.log === "1";
    hold(table, wanted);
  }

  // A select for each setting that is neither along x nor told apart: one value of it, or all. Where a value that is
  // wanted leaves nothing to draw, as for another y, another is chosen.
  function hold(table, wanted) {
    const used = ["x", "colour", "panel"].map((name) => form.elements[name].value);
    const rest = varied(table).filter((name) => !used.includes(name));
    const view = { x: form.elements.x.value, y: form.elements.y.value };
    fixed.replaceChildren(
      ...rest.map((name) => {
        const label = document.createElement("label");
        const select = document.createElement("select");
        select.dataset.key = name;
        const values = distinct(table, name).map(String);
        const left = (value) => drawnOf(table, { ...view, [`=${name}`]: value }).length;
        const most = values.reduce((best, value) => (left(value) > left(best) ? value : best));
        const asked = wanted[`=${name}`];
        const held = asked !== undefined && left(asked) ? asked : most;
        fill(select, [...values, "*"].map((value) => [value, inWords(value)]), held);
        view[`=${name}`] = select.value;
        label.append(`${name} `, select);
        return label;
      }),
    );
  }

  function chosen() {
    const { experiment, x, y, colour, panel, log } = form.elements;
    const held = [...fixed.querySelectorAll("select")].map((select) => [`=${select.dataset.key}`, select.value]);
    const parts = { experiment: experiment.value, x: x.value, y: y.value, colour: colour.value, panel: panel.value };
    return { ...parts, log: log.checked ? "1" : "", ...Object.fromEntries(held) };
  }

  // The rows of a view that have an x and a y, and of these the ones that can be drawn.
  function rowsOf(table, wanted) {
    const held = Object.entries(wanted).filter(([key, value]) => key[0] === "=" && value !== "*");
    return table.columns[wanted.y]
      .map((_, row) => row)
      .filter((row) => held.every(([key, value]) => String(table.columns[key.slice(1)][row]) === value))
      .filter((row) => table.columns[wanted.y][row] !== null && table.columns[wanted.x][row] !== null);
  }

  function drawnOf(table, wanted) {
    const columns = [wanted.x, wanted.y].map((name) => table.columns[name]);
    return rowsOf(table, wanted).filter((row) => columns.every((column) => finite(column[row])));
  }

  // The columns that hold the interval of y, where one of these rows has it.
  function ends(table, y, rows) {
    const pair = table.intervals[y] || [];
    return pair.some((end) => rows.some((row) => table.columns[end][row] !== null)) ? pair : [];
  }

  // Whether a line may join the points: along a setting of numbers, where each x has one point of a colour.
  function joined(table, wanted, rows) {
    const names = [wanted.x, wanted.colour, wanted.panel].filter(Boolean);
    const places = new Set(rows.map((row) => JSON.stringify(names.map((name) => table.columns[name][row]))));
    return isNumeric(table, wanted.x) && table.keys.includes(wanted.x) && places.size === rows.length;
  }

  // Whether these columns are drawn on logarithmic axes: if that was asked for and can be.
  function logarithmic(table, wanted, rows, names) {
    const known = names.filter(Boolean).flatMap((name) => rows.map((row) => table.columns[name][row]));
    return wanted.log === "1" && known.every((value) => !finite(value) || value > 0);
  }

  // A row for Vega-Lite, which reads dots and brackets in a name, so its columns have names of their own. The infinite
  // end of a bar becomes its y, from where another bar reaches `up` or `down` to the edge.
  function datum(table, names, row) {
    const used = Object.entries(names).filter(([, name]) => name);
    const one = Object.fromEntries(used.map(([key, name]) => [key, table.columns[name][row]]));
    const [down, up] = [infinite(one.low), infinite(one.high)];
    return { ...one, low: down ? one.y : one.low, high: up ? one.y : one.high, down, up };
  }

  function specification(table, wanted, rows) {
    const [low, high] = ends(table, wanted.y, rows);
    const names = { x: wanted.x, y: wanted.y, colour: wanted.colour, panel: wanted.panel, low, high };
    const values = rows.map((row) => datum(table, names, row));
    const scale = (...own) => (logarithmic(table, wanted, rows, own) ? { type: "log", nice: false } : { zero: false });
    const numeric = isNumeric(table, wanted.x);
    const x = { field: "x", title: wanted.x, type: numeric ? "quantitative" : "nominal" };
    if (numeric) x.scale = scale(wanted.x);
    else x.sort = null;
    const heights = { type: "quantitative", title: wanted.y, scale: scale(wanted.y, low, high) };
    const encoding = { x };
    const colours = dark.matches ? ON_DARK : COLOURS;
    if (wanted.colour) {
      const order = distinct(table, wanted.colour);
      const common = { field: "colour", type: "nominal", title: wanted.colour };
      encoding.color = { ...common, scale: { domain: order, range: colours.slice(0, order.length) } };
      encoding.shape = { ...common, scale: { domain: order, range: SHAPES.slice(0, order.length) } };
    }
    const { shape, ...unshaped } = encoding;
    const layer = [{ mark: { type: "point", filled: true, size: 55 }, encoding: { ...encoding, y: { ...heights, field: "y" } } }];
    if (joined(table, wanted, rows)) layer.unshift({ mark: { type: "line" }, encoding: { ...unshaped, y: { ...heights, field: "y" } } });
    const bar = (field, y2) => ({ mark: { type: "rule" }, encoding: { ...unshaped, y: { ...heights, field }, y2 } });
    if (low) layer.unshift(bar("low", { field: "high" }));
    const edges = { down: "height", up: 0 };
    for (const open of Object.keys(edges).filter((name) => values.some((one) => one[name])))
      layer.unshift({ ...bar("y", { value: edges[open] }), transform: [{ filter: `datum.${open}` }] });
    const room = view.clientWidth;
    const count = wanted.panel ? new Set(values.map((one) => one.panel)).size : 1;
    const columns = Math.max(1, Math.min(count, Math.floor(room / 340), 4));
    const width = Math.max(120, Math.min(620, (room - (wanted.colour && room > 500 ? 150 : 0)) / columns - 110));
    const part = { width, height: Math.min(300, 0.75 * width + 40), layer };
    const whole = wanted.panel
      ? { facet: { field: "panel", type: "nominal", title: wanted.panel, sort: distinct(table, wanted.panel) }, columns, spec: part }
      : part;
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim();
    const line = style.getPropertyValue("--line").trim();
    const text = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 13 };
    return {
      ...whole,
      data: { values },
      background: "transparent",
      config: {
        aria: false,
        mark: { color: colours[0] },
        view: { stroke: line },
        axis: { ...text, gridColor: line, domainColor: ink, tickColor: ink, gridOpacity: 0.35 },
        axisX: { labelAngle: numeric ? 0 : -30 },
        legend: { ...text, orient: room > 500 ? "right" : "bottom", columns: room > 500 ? 1 : 2, labelLimit: 220 },
        header: text,
      },
    };
  }

  function inPython(table, wanted, rows) {
    const literal = (value) => (finite(value) ? JSON.stringify(value) : `float("${value}")`);
    const inList = (values) => `[${values.filter((value) => value !== null).map(literal).join(", ")}]`;
    const order = (name) => inList(distinct(table, name));
    const is = (name, value) => {
      if (!isNumeric(table, name)) return ` == ${JSON.stringify(value)}`;
      return value === "null" ? ".isna()" : ` == ${literal(Number(value))}`;
    };
    const held = Object.entries(wanted)
      .filter(([key, value]) => key[0] === "=" && value !== "*")
      .map(([key, value]) => `rows = rows[rows[${JSON.stringify(key.slice(1))}]${is(key.slice(1), value)}]`);
    const field = (name) => JSON.stringify(name.replace(/([.[\]])/g, "\\$1"));
    const kind = isNumeric(table, wanted.x) ? "quantitative" : "nominal";
    const [low, high] = ends(table, wanted.y, rows);
    const scale = (...own) => `alt.Scale(${logarithmic(table, wanted, rows, own) ? 'type="log", nice=False' : "zero=False"})`;
    const along = kind === "nominal" ? "sort=None" : `scale=${scale(wanted.x)}`;
    // pandas would read True and False as truth values, "1" as a number, and an empty word as missing.
    const words = Object.keys(wanted).map((key) => (key[0] === "=" ? key.slice(1) : wanted[key])).filter((name) => name in table.columns && !isNumeric(table, name));
    const each = (what) => `{${[...new Set(words)].map((name) => `${JSON.stringify(name)}: ${what}`).join(", ")}}`;
    const [types, filled] = words.length ? [`, dtype=${each("str")}`, `.fillna(${each('""')})`] : ["", ""];
    const isOpen = (name, some) => name && some.some((row) => infinite(table.columns[name][row]));
    const unfit = [wanted.x, wanted.y].filter((name) => isOpen(name, rowsOf(table, wanted)));
    const open = [
      [low, "-inf", "open_down", '"height"'],
      [high, "inf", "open_up", "0"],
    ].filter(([end]) => isOpen(end, rows));
    const lines = [
      "# In the folder of the repository, which holds results/.",
      "import altair as alt",
      "import pandas as pd",
      "",
      `rows = pd.read_csv(${JSON.stringify(table.file)}${types})${filled}`,
      ...held,
      ...unfit.map((name) => `rows = rows[rows[${JSON.stringify(name)}].abs() < float("inf")]`),
      // The infinite end of a bar becomes its y, from where another bar reaches to the edge.
      ...open.flatMap(([end, infinity, name]) => [
        `rows = rows.assign(${name}=rows[${JSON.stringify(end)}] == float("${infinity}"))`,
        `rows.loc[rows["${name}"], ${JSON.stringify(end)}] = rows[${JSON.stringify(wanted.y)}]`,
      ]),
      `chart = alt.Chart(rows).encode(alt.X(field=${field(wanted.x)}, type="${kind}", ${along}))`,
      `y = alt.Y(field=${field(wanted.y)}, type="quantitative", scale=${scale(wanted.y, low, high)})`,
    ];
    if (wanted.colour) {
      const range = inList(COLOURS.slice(0, distinct(table, wanted.colour).length));
      lines.push(
        `colours = alt.Scale(domain=${order(wanted.colour)}, range=${range})`,
        `chart = chart.encode(alt.Color(field=${field(wanted.colour)}, type="nominal", scale=colours))`,
      );
    }
    lines.push("drawn = chart.mark_point(filled=True).encode(y)");
    if (joined(table, wanted, rows)) lines.push("drawn += chart.mark_line().encode(y)");
    if (low)
      lines.push(
        `low, high = alt.Y(field=${field(low)}, type="quantitative", title=${JSON.stringify(wanted.y)}), alt.Y2(field=${field(high)})`,
        "drawn += chart.mark_rule().encode(low, high)",
        ...open.map(([, , name, edge]) => {
          const bar = `mark_rule().encode(y, y2=alt.value(${edge}))`;
          return `drawn += chart.transform_filter("datum.${name}").${bar}`;
        }),
      );
    if (wanted.panel) lines.push(`drawn = drawn.facet(alt.Facet(field=${field(wanted.panel)}, type="nominal", sort=${order(wanted.panel)}), columns=3)`);
    lines.push('drawn.save("view.html", inline=True)', "", `# The table again: ${table.command}`);
    return lines.join("\n");
  }

  function list(table, rows, name) {
    const names = Object.keys(table.columns);
    const made = (tag, properties, ...parts) => {
      const one = Object.assign(document.createElement(tag), properties);
      one.append(...parts);
      return one;
    };
    const inCell = (value) => (infinite(value) ? (value > 0 ? "∞" : "−∞") : (value ?? ""));
    const cell = (value) => made("td", { textContent: inCell(value) });
    const title = (name) => table.words[name] || "";
    const head = names.map((name) => made("th", { scope: "col", textContent: name, title: title(name) }));
    const lines = rows.map((row) => made("tr", {}, ...names.map((name) => cell(table.columns[name][row]))));
    const caption = made("caption", { textContent: `${rows.length} rows of ${name}` });
    const whole = [caption, made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...lines)];
    listed.replaceChildren(made("table", {}, ...whole));
  }

  // What the columns of the view hold, each once.
  function explain(table, wanted) {
    const held = Object.keys(wanted).filter((key) => key[0] === "=").map((key) => key.slice(1));
    const used = [wanted.y, ...(table.intervals[wanted.y] || []), wanted.x, wanted.colour, wanted.panel, ...held];
    const known = [...new Set(used)].filter((name) => Object.hasOwn(table.words, name));
    const made = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
    told.replaceChildren(...known.flatMap((name) => [made("dt", name), made("dd", table.words[name])]));
  }

  // Rows are many, so they are listed only where they are seen.
  function listOpen() {
    if (!tables || !listed.parentElement.open) return;
    const wanted = chosen();
    list(tables[wanted.experiment], rowsOf(tables[wanted.experiment], wanted), wanted.experiment);
  }

  async function draw() {
    const wanted = chosen();
    const table = tables[wanted.experiment];
    const rows = drawnOf(table, wanted);
    const left = rowsOf(table, wanted).length - rows.length;
    const held = Object.entries(wanted).filter(([key]) => key[0] === "=");
    const [low, high] = ends(table, wanted.y, rows);
    const isOpen = low && [low, high].some((end) => rows.some((row) => infinite(table.columns[end][row])));
    const linear = [[wanted.x], [wanted.y, low, high]].filter(
      (names) => wanted.log === "1" && isNumeric(table, names[0]) && !logarithmic(table, wanted, rows, names),
    );
    const parts = [
      `${wanted.y} over ${wanted.x}: ${rows.length} of ${table.columns[wanted.y].length} rows of ${wanted.experiment}.`,
      left ? `Not drawn, as they have no finite value: ${left} more.` : "",
      low ? `Bars reach from ${low} to ${high}.` : "This number has no interval.",
      isOpen ? "A bar whose end is infinite reaches to the edge." : "",
      linear.length ? `Not logarithmic, as some values are 0 or less: ${linear.map(([name]) => name).join(", ")}.` : "",
      held.length ? `Held fixed: ${held.map(([key, value]) => `${key.slice(1)} ${inWords(value)}`).join(", ")}.` : "",
    ];
    const words = parts.filter(Boolean).join(" ");
    if (said.textContent !== words) said.textContent = words; // it is read out, and not again when the window changes
    section.querySelector("pre code").textContent = inPython(table, wanted, rows);
    copied.textContent = "";
    explain(table, wanted);
    listOpen();
    if (drawn) drawn.finalize();
    drawn = await window.vegaEmbed(view, specification(table, wanted, rows), { actions: false, renderer: "svg" });
    view.querySelector("svg").setAttribute("aria-hidden", "true"); // the sentence and the rows say what is drawn
    view.setAttribute("role", "img");
    view.setAttribute("aria-labelledby", said.id);
  }

  function remember() {
    try {
      history.replaceState(null, "", START + new URLSearchParams(chosen()));
    } catch {
      // A page that may not change its address draws the view all the same.
    }
  }

  function asked() {
    return location.hash.startsWith(START) ? Object.fromEntries(new URLSearchParams(location.hash.slice(START.length))) : null;
  }

  const start = () => (started ??= unpack());

  async function unpack() {
    status.textContent = "Unpacking …";
    try {
      const text = await unpacked("explorer-tables");
      new Function(await unpacked("explorer-vega"))(); // inside a function, as its many names are no one else's
      tables = JSON.parse(text);
    } catch (error) {
      started = null; // so that it can be tried again
      status.textContent = `This browser cannot unpack the explorer (${error}); the tables lie beside the page.`;
      return;
    }
    form.hidden = false;
    offer(asked() || {});
    await draw();
  }

  // From the settings of an experiment, further down the page, to its table.
  addEventListener("DOMContentLoaded", () => {
    for (const { value } of form.elements.experiment.options) {
      const link = document.createElement("p");
      const href = START + new URLSearchParams({ experiment: value });
      link.append(Object.assign(document.createElement("a"), { href, textContent: "Explore its table" }));
      document.getElementById(value)?.append(link);
    }
  });
  listed.parentElement.addEventListener("toggle", listOpen);
  copy.addEventListener("click", async () => {
    copied.textContent = await Playground.copy(section.querySelector("pre code")); // on the same page
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", async (event) => {
    const before = chosen();
    if (event.target === form.elements.experiment) offer({ experiment: before.experiment });
    else if (event.target.name) hold(tables[before.experiment], before);
    remember();
    await draw();
  });
  addEventListener("hashchange", async () => {
    if (!asked()) return;
    if (!started) {
      await start(); // which draws what is asked for
      return;
    }
    await started;
    if (!tables || !asked() || START + new URLSearchParams(chosen()) === location.hash) return;
    offer(asked());
    await draw();
  });
  let waiting = 0;
  const again = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => drawn && draw(), 200);
  };
  addEventListener("resize", again);
  dark.addEventListener("change", again);
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && start(), { rootMargin: "300px" }).observe(section);
})();
