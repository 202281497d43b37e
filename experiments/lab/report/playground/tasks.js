/* The tasks of the playground: data, what counts as solved, and the Python that makes the same data. */
(function (root) {
  "use strict";

  const GATES = {
    xor: "XOR: exactly one is true",
    and: "AND: both are true",
    or: "OR: at least one is true",
    nand: "NAND: not both are true",
    nor: "NOR: none is true",
    xnor: "XNOR: both are the same",
    a: "a: the first input",
    b: "b: the second input",
    not_a: "not a",
    not_b: "not b",
    a_and_not_b: "a and not b",
    not_a_and_b: "not a, and b",
    a_or_not_b: "a or not b",
    not_a_or_b: "not a, or b",
    false: "false: always 0",
    true: "true: always 1",
  };
  // The place of a gate here is its truth table, rows 00, 01, 10, 11, as a binary number: xor is 0110, number 6.
  const BOOLEAN_NAMES = [
    "false",
    "and",
    "a_and_not_b",
    "a",
    "not_a_and_b",
    "b",
    "xor",
    "or",
    "nor",
    "xnor",
    "not_b",
    "a_or_not_b",
    "not_a",
    "not_a_or_b",
    "nand",
    "true",
  ];
  const TARGETS = {
    sine: { text: "sine: sin 2πx", f: (x) => Math.sin(2 * Math.PI * x), from: 0 },
    square: { text: "square: x²", f: (x) => x * x, from: 0 },
    runge: { text: "Runge: 1 / (1 + 25 x²)", f: (x) => 1 / (1 + 25 * x * x), from: -1 },
    exp_cos: { text: "eˣ cos 5x", f: (x) => Math.exp(x) * Math.cos(5 * x), from: -1 },
    kink: { text: "kink: |x|", f: Math.abs, from: -1 },
    jump: { text: "jump: sign of x − 1/π", f: (x) => Math.sign(x - 1 / Math.PI), from: -1 },
  };
  const POINTS = 33; // of a curve

  /** A truth table as data: rows in binary order, 0 and 1 as inputs, or -1 and 1 where low is -1. */
  function booleanFunction(numInputs, output, low) {
    const rows = Array.from({ length: 2 ** numInputs }, (_, row) => row);
    const place = (row, i) => (row >> (numInputs - 1 - i)) & 1;
    const x = rows.map((row) => Array.from({ length: numInputs }, (_, i) => (place(row, i) ? 1 : low)));
    return { x, y: rows.map((row) => [output(row)]) };
  }

  const ones = (row) => row.toString(2).replaceAll("0", "").length;
  const levels = (low, comma) => (low === 0 ? "" : `${comma}low=${low.toFixed(1)}`);

  function ring(radius, n) {
    return Array.from({ length: n }, (_, i) => [
      radius * Math.cos((2 * Math.PI * i) / n),
      radius * Math.sin((2 * Math.PI * i) / n),
    ]);
  }

  /** Two spirals after Lang & Witbrock 1988, whose own are those of three turns: 16 points for half a turn. */
  function spirals(turns) {
    const n = 32 * turns + 1;
    const arm = Array.from({ length: n }, (_, t) => {
      const [radius, angle] = [(n + 7 - t) / (n + 7), (t * Math.PI) / 16];
      return [radius * Math.sin(angle), radius * Math.cos(angle)];
    });
    return { x: [...arm, ...arm.map(([a, b]) => [-a, -b])], y: [...arm.map(() => [1]), ...arm.map(() => [0])] };
  }

  const spiralsPython = (turns) => [
    `t = np.arange(${32 * turns + 1})`,
    `radius, angle = (${32 * turns + 8} - t) / ${32 * turns + 8}, t * np.pi / 16`,
    "arm = radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)",
    "data = nnjax.tasks.data(np.concatenate([arm, -arm]), np.repeat([[1.0], [0.0]], len(arm), axis=0))",
  ];

  const list = (rows) => `[${rows.map((row) => `[${row.map((value) => String(value)).join(", ")}]`).join(", ")}]`;
  const own = ({ x, y }) => [`x = np.array(${list(x)}, float)`, `y = np.array(${list(y)}, float)`];

  /** Every column even between -1 and 1; one that never changes becomes 0. */
  function scaled(x) {
    const ends = x[0].map((_, i) => [Math.min(...x.map((row) => row[i])), Math.max(...x.map((row) => row[i]))]);
    return x.map((row) =>
      row.map((value, i) => (2 * (value - ends[i][0])) / (ends[i][1] - ends[i][0] || 1) - (ends[i][1] > ends[i][0])),
    );
  }

  /** Tasks by name: group, text, kind ("classes" or "numbers"), make(options) -> {x, y}, python(options) -> lines.
      Options are `low`, and `own`: the user's points or table. */
  const TASKS = {};
  for (const [name, text] of Object.entries(GATES)) {
    const table = BOOLEAN_NAMES.indexOf(name);
    TASKS[name] = {
      group: "Gates of two inputs",
      text,
      kind: "classes",
      boolean: true,
      make: ({ low = 0 } = {}) => booleanFunction(2, (row) => (table >> (3 - row)) & 1, low),
      python: ({ low = 0 } = {}) => [`data = nnjax.tasks.boolean("${name}"${levels(low, ", ")})`],
    };
  }
  for (const n of [3, 4, 5, 6]) {
    TASKS[`parity${n}`] = {
      group: "Parity",
      text: `parity of ${n} bits`,
      kind: "classes",
      boolean: true,
      make: ({ low = 0 } = {}) => booleanFunction(n, (row) => ones(row) % 2, low),
      python: ({ low = 0 } = {}) => [`data = nnjax.tasks.parity(${n}${levels(low, ", ")})`],
    };
  }
  Object.assign(TASKS, {
    circles: {
      group: "Points in the plane",
      text: "a disc inside a ring",
      kind: "classes",
      make: () => ({ x: [...ring(0.4, 20), ...ring(0.9, 40)], y: [...Array(20).fill([1]), ...Array(40).fill([0])] }),
      python: () => [
        "angle = np.concatenate([2 * np.pi * np.arange(n) / n for n in (20, 40)])",
        "radius = np.repeat([0.4, 0.9], [20, 40])",
        "x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)",
        "data = nnjax.tasks.data(x, np.repeat([[1.0], [0.0]], [20, 40], axis=0))",
      ],
    },
    spirals: {
      group: "Points in the plane",
      text: "two spirals of one turn",
      kind: "classes",
      make: () => spirals(1),
      python: () => spiralsPython(1),
    },
    spirals3: {
      group: "Points in the plane",
      text: "two spirals of three turns (hard)",
      kind: "classes",
      make: () => spirals(3),
      python: () => spiralsPython(3),
    },
  });
  for (const [name, { text, f, from }] of Object.entries(TARGETS)) {
    const x = Array.from({ length: POINTS }, (_, i) => from + (i * (1 - from)) / (POINTS - 1));
    TASKS[name] = {
      group: "Curves",
      text,
      kind: "numbers",
      make: () => ({ x: x.map((value) => [value]), y: x.map((value) => [f(value)]) }),
      python: () => [`data = nnjax.tasks.target("${name}", num_points=${POINTS})`],
    };
  }
  Object.assign(TASKS, {
    points: {
      group: "Your own",
      text: "points of two classes",
      kind: "classes",
      own: "points",
      make: ({ own: given }) => ({ x: given.map(([a, b]) => [a, b]), y: given.map((point) => [point[2]]) }),
      python: (options) => [...own(TASKS.points.make(options)), "data = nnjax.tasks.data(x, y)"],
    },
    curve: {
      group: "Your own",
      text: "points of a curve",
      kind: "numbers",
      own: "points",
      make: ({ own: given }) => ({ x: given.map(([a]) => [a]), y: given.map((point) => [point[1]]) }),
      python: (options) => [...own(TASKS.curve.make(options)), "data = nnjax.tasks.data(x, y)"],
    },
    table: {
      group: "Your own",
      text: "a table (CSV)",
      kind: "either",
      own: "table",
      make: ({ own: given, scale }) => ({
        x: scale ? scaled(given.x) : given.x,
        y: scale && given.kind === "numbers" ? scaled(given.y) : given.y,
      }),
      python: ({ own: given, scale }) => [
        ...own(given),
        ...(scale ? ["span = np.ptp(x, axis=0)", "x = 2 * (x - x.min(0)) / np.where(span, span, 1) - (span > 0)"] : []),
        ...(scale && given.kind === "numbers" ? ["y = 2 * (y - y.min()) / np.ptp(y) - 1"] : []),
        "data = nnjax.tasks.data(x, y)",
      ],
    },
  });

  const [MOST_ROWS, MOST_COLUMNS] = [1000, 10];

  /** The cells of a line. A cell that begins with a quote ends with one; it may hold the delimiter, and "" is a quote. */
  function cellsOf([number, line], delimiter) {
    const cells = [];
    for (let rest = line; ; ) {
      const quoted = rest.match(/^\s*"((?:[^"]|"")*)"\s*/);
      if (!quoted && /^\s*"/.test(rest)) throw new Error(`Line ${number} has a quote that is not closed.`);
      const end = quoted ? quoted[0].length : rest.indexOf(delimiter) < 0 ? rest.length : rest.indexOf(delimiter);
      cells.push(quoted ? quoted[1].replaceAll('""', '"').trim() : rest.slice(0, end).trim());
      if (end >= rest.length) return [number, cells];
      if (!rest.startsWith(delimiter, end)) throw new Error(`Line ${number} goes on behind a quote.`);
      rest = rest.slice(end + delimiter.length);
    }
  }

  /** {x, y, kind, names} of the text of a CSV: the last column is the target, all others are inputs. A target of two
      values, numbers or texts, names two classes, which become 0 and 1 in order. Throws an Error that says the line. */
  function readTable(text) {
    const lines = text
      .replace(/^\ufeff/, "")
      .split(/\r\n|\r|\n/)
      .map((line, i) => [i + 1, line])
      .filter(([, line]) => line.trim());
    if (!lines.length) throw new Error("There are no rows.");
    const delimiter = [",", ";", "\t"].find((mark) => lines[0][1].replace(/"[^"]*"/g, "").includes(mark));
    if (!delimiter) throw new Error("Line 1 has one column only. A table has inputs, and a target in the last column.");
    const cells = lines.map((line) => cellsOf(line, delimiter));
    const isNumber = (cell) => /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(cell) && Number.isFinite(Number(cell));
    const header = !cells[0][1].some(isNumber);
    const names = header ? cells.shift()[1] : cells[0][1].map((_, i) => `column ${i + 1}`);
    if (cells.length < 2) throw new Error("A table needs two rows of numbers or more.");
    if (cells.length > MOST_ROWS)
      throw new Error(`There are ${cells.length} rows; the playground takes up to ${MOST_ROWS}.`);
    if (names.length - 1 > MOST_COLUMNS)
      throw new Error(`There are ${names.length - 1} inputs; the playground takes up to ${MOST_COLUMNS}.`);
    for (const [number, row] of cells) {
      const comma = row.findIndex((cell) => /^[+-]?\d+,\d+$/.test(cell));
      if (comma >= 0) {
        throw new Error(
          `Line ${number}, ${names[comma]}: "${row[comma]}" has a decimal comma; write ${row[comma].replace(",", ".")}.`,
        );
      }
      if (row.length !== names.length)
        throw new Error(`Line ${number} has ${row.length} columns, and the first has ${names.length}.`);
      const wrong = row.slice(0, -1).findIndex((cell) => !isNumber(cell));
      if (wrong >= 0) {
        const first = header || number !== cells[0][0] ? "" : " (a first row that holds a number is taken for data)";
        throw new Error(`Line ${number}, ${names[wrong]}: "${row[wrong].slice(0, 20)}" is no number${first}.`);
      }
      if (!row[row.length - 1]) throw new Error(`Line ${number}, ${names[names.length - 1]}: the target is missing.`);
    }
    const x = cells.map(([, row]) => row.slice(0, -1).map(Number));
    const targets = cells.map(([, row]) => row[row.length - 1]);
    const numeric = targets.every(isNumber);
    const classes = [...new Set(numeric ? targets.map(Number) : targets)].sort((a, b) => (a < b ? -1 : 1));
    if (classes.length === 2) {
      return { x, y: targets.map((t) => [classes.indexOf(numeric ? Number(t) : t)]), kind: "classes", names, classes };
    }
    if (!numeric)
      throw new Error(`The last column holds ${classes.length} texts: it must hold numbers, or two classes.`);
    if (classes.length < 2) throw new Error("The last column holds one value only: there is nothing to learn.");
    return { x, y: targets.map((t) => [Number(t)]), kind: "numbers", names };
  }

  const kind = (task, options) => (TASKS[task].kind === "either" ? options.own.kind : TASKS[task].kind);

  /** {x, y, kind} of a task, in float32 as nnjax trains on them. */
  function data(task, options = {}) {
    const { x, y } = TASKS[task].make(options);
    const rounded = (rows) => rows.map((row) => row.map(Math.fround));
    return { x: rounded(x), y: rounded(y), kind: kind(task, options) };
  }

  /** What counts as solved: all rows right; of a curve, a mean squared error below 1% of the variance of the targets. */
  function goal({ y, kind: of }) {
    if (of === "classes") return { accuracy: 1 };
    const mean = y.reduce((sum, [value]) => sum + value, 0) / y.length;
    return { loss: (0.01 * y.reduce((sum, [value]) => sum + (value - mean) ** 2, 0)) / y.length };
  }

  const isSolved = (found, aim) => (aim.accuracy ? found.accuracy === 1 : found.loss < aim.loss);

  // ---- As Python

  const COSTS = {
    cross_entropy: { text: "cross-entropy", loss: "sigmoid_binary_cross_entropy", output_activation: "identity" },
    squared_sigmoid: { text: "squared error, sigmoid output", loss: "squared_error", output_activation: "sigmoid" },
    squared_linear: { text: "squared error, linear output", loss: "squared_error", output_activation: "identity" },
  };

  /** {loss, output_activation, decision} of a kind of task. Numbers are trained on their squared error. Two classes are
      0 and 1, and told apart at 0.5, which must be said where a gate has but one of them. */
  function cost(name, of) {
    const { loss, output_activation } = of === "numbers" ? COSTS.squared_linear : COSTS[name];
    return { loss, output_activation, ...(of === "classes" && loss === "squared_error" ? { decision: 0.5 } : {}) };
  }

  /** The seeds that are trained: 0 to 100 and the one shown, so that a hundred stand beside it. */
  const seeds = (shown) => (shown <= 100 ? Array.from({ length: 101 }, (_, i) => i) : [...Array(100).keys(), shown]);

  /** The Python that trains the shown network and the hundred others with nnjax. */
  function python(settings, options) {
    const { task, hidden, seed, num_steps: numSteps, record_every: every } = settings;
    const lines = TASKS[task].python(options);
    const { x, y, kind: of } = data(task, options);
    const text = (value) => JSON.stringify(value);
    const sizes = `(${hidden.join(", ")}${hidden.length === 1 ? "," : ""})`;
    const momentum = settings.solver === "momentum";
    return [
      "import jax",
      "import nnjax",
      ...(lines.some((line) => line.includes("np.")) ? ["import numpy as np"] : []),
      "",
      ...lines,
      "runs = nnjax.sweep(",
      "    data,",
      `    hidden=${sizes},`,
      `    activation=${text(settings.activation)},`,
      `    output_activation=${text(settings.output_activation)},`,
      `    init=${text(settings.init)},`,
      `    bias_init=${text(settings.bias_init)},`,
      `    solver=${text(momentum ? "sgd" : settings.solver)},`,
      ...(momentum ? ["    momentum=0.9,"] : []),
      `    learning_rate=${settings.learning_rate},`,
      `    loss=${text(settings.loss)},`,
      ...(settings.decision === undefined ? [] : [`    decision=${settings.decision},`]),
      `    seeds=${seed <= 100 ? "101" : `[*range(100), ${seed}]`},`,
      `    num_steps=${numSteps},`,
      `    record_every=${every},`,
      ")",
      of === "classes" ? "solved = runs.accuracy == 1" : "solved = runs.train_loss < 0.01 * data.y.var()",
      `print("share solved", float(solved.drop_sel(seed=${seed}).mean()))  # of the hundred`,
      "",
      `run = nnjax.refit(runs, data, seed=${seed})  # the network that is shown`,
      'print("loss", float(run.train_loss))',
      ...(settings.init === "spread"
        ? []
        : [
            "",
            "# Its initial weights, before any step.",
            `key = jax.random.split(jax.random.key(${seed}))[0]`,
            `first = nnjax.mlp.init(key, (${[x[0].length, ...hidden, y[0].length].join(", ")}), ` +
              `init=${text(settings.init)}, bias_init=${text(settings.bias_init)})`,
          ]),
      "",
    ].join("\n");
  }

  const Playground = (root.Playground = root.Playground || {});
  Playground.tasks = { TASKS, COSTS, data, kind, goal, cost, isSolved, readTable, seeds, python };
})(typeof self === "undefined" ? globalThis : self);
