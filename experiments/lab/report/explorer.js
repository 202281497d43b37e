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
  const MOST_COLOURS = 9;
  const MOST_PANELS = 12;
  // Okabe and Ito's colours, as in the figures; a shape for each as well, so that colour is never alone.
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F", "#AA3377"];
  const ON_DARK = ["#4DA6E0", "#F08A3C", "#2BC49A", "#DF9BC2", "#E6B450", "#9AD3F5", "#C4A668", "#B0B0B0", "#DD7FB0"];
  const SHAPES = [
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left", "stroke",
  ];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let tables = null;
  let drawn = null;

  async function unpacked(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  const distinct = (table, name) => [...new Set(table.columns[name])];
  const isNumeric = (table, name) => table.columns[name].every((value) => typeof value !== "string");
  const inWords = (value) => (value === "*" ? "(all)" : ["", "null"].includes(value) ? "(empty)" : value);
  const varied = (table) => table.keys.filter((name) => distinct(table, name).length > 1);

  // A first view: along x the setting with the most values, numbers before words; few values as colours and panels.
  // Settings that do not vary where there is a y belong to another part of the table.
  function first(table) {
    const y = table.values.find((name) => name in table.intervals) || table.values[0];
    const count = (name) => new Set(table.columns[name].filter((_, row) => table.columns[y][row] !== null)).size;
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
    const name = wanted.experiment in tables ? wanted.experiment : form.elements.experiment.value;
    const table = tables[name];
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

  // A select for each setting that is neither along x nor told apart: one value of it, or all.
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
        // Held at the value that leaves the most to draw.
        const left = (value) => rowsOf(table, { ...view, [`=${name}`]: value }).length;
        const most = values.reduce((best, value) => (left(value) > left(best) ? value : best));
        fill(select, [...values, "*"].map((value) => [value, inWords(value)]), wanted[`=${name}`] ?? most);
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

  function rowsOf(table, wanted) {
    const held = Object.entries(wanted).filter(([key, value]) => key[0] === "=" && value !== "*");
    return table.columns[wanted.y]
      .map((_, row) => row)
      .filter((row) => held.every(([key, value]) => String(table.columns[key.slice(1)][row]) === value))
      .filter((row) => table.columns[wanted.y][row] !== null && table.columns[wanted.x][row] !== null);
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
    return wanted.log === "1" && known.every((value) => value === null || value > 0);
  }

  // Vega-Lite reads dots and brackets in a name, so the rows that it is given have names of their own.
  function specification(table, wanted, rows) {
    const [low, high] = ends(table, wanted.y, rows);
    const names = { x: wanted.x, y: wanted.y, colour: wanted.colour, panel: wanted.panel, low, high };
    const values = rows.map((row) =>
      Object.fromEntries(Object.entries(names).filter(([, name]) => name).map(([key, name]) => [key, table.columns[name][row]])),
    );
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
    if (low) layer.unshift({ mark: { type: "rule" }, encoding: { ...unshaped, y: { ...heights, field: "low" }, y2: { field: "high" } } });
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
    const listed = (values) => `[${values.filter((value) => value !== null).map((value) => JSON.stringify(value)).join(", ")}]`;
    const order = (name) => listed(distinct(table, name));
    const is = (name, value) => {
      if (!isNumeric(table, name)) return ` == ${JSON.stringify(value)}`;
      return value === "null" ? ".isna()" : ` == ${value}`;
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
    const lines = [
      "# In the folder of the repository, which holds results/.",
      "import altair as alt",
      "import pandas as pd",
      "",
      `rows = pd.read_csv(${JSON.stringify(table.file)}${types})${filled}`,
      ...held,
      `chart = alt.Chart(rows).encode(alt.X(field=${field(wanted.x)}, type="${kind}", ${along}))`,
      `y = alt.Y(field=${field(wanted.y)}, type="quantitative", scale=${scale(wanted.y, low, high)})`,
    ];
    if (wanted.colour) {
      const range = listed(COLOURS.slice(0, distinct(table, wanted.colour).length));
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
    const cell = (value) => made("td", { textContent: value ?? "" });
    const head = names.map((name) => made("th", { scope: "col", textContent: name }));
    const lines = rows.map((row) => made("tr", {}, ...names.map((name) => cell(table.columns[name][row]))));
    const caption = made("caption", { textContent: `${rows.length} rows of ${name}` });
    const whole = [caption, made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...lines)];
    section.querySelector(".rows").replaceChildren(made("table", {}, ...whole));
  }

  async function draw() {
    const wanted = chosen();
    const table = tables[wanted.experiment];
    const rows = rowsOf(table, wanted);
    const held = Object.entries(wanted).filter(([key]) => key[0] === "=");
    const [low, high] = ends(table, wanted.y, rows);
    const parts = [
      `${wanted.y} over ${wanted.x}: ${rows.length} of ${table.columns[wanted.y].length} rows of ${wanted.experiment}.`,
      low ? `Bars reach from ${low} to ${high}.` : "This number has no interval.",
      held.length ? `Held fixed: ${held.map(([key, value]) => `${key.slice(1)} ${inWords(value)}`).join(", ")}.` : "",
    ];
    const words = parts.join(" ");
    if (said.textContent !== words) said.textContent = words; // it is read out, and not again when the window changes
    section.querySelector("pre code").textContent = inPython(table, wanted, rows);
    copied.textContent = "";
    list(table, rows, wanted.experiment);
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

  async function start() {
    if (tables) return;
    tables = {};
    status.textContent = "Unpacking …";
    try {
      tables = JSON.parse(await unpacked("explorer-tables"));
      new Function(await unpacked("explorer-vega"))(); // inside a function, as its many names are no one else's
    } catch (error) {
      status.textContent = `This browser cannot unpack the explorer (${error}); the tables lie beside the page.`;
      return;
    }
    status.textContent = "";
    form.hidden = false;
    offer(asked() || { experiment: "xor.trained" });
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
    if (!tables) await start();
    else if (START + new URLSearchParams(chosen()) !== location.hash) {
      offer(asked());
      await draw();
    }
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
