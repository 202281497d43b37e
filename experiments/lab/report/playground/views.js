/* How a run is seen: the layout of its pictures, what its units say there, and words for its numbers. Pure functions;
   `now` is the run that is shown, as app.js keeps it, and `params` a network, as network.js has it. */
(function (root) {
  "use strict";
  const { network: N, tasks: T, draw: D } = root.Playground;

  // Activations whose values have bounds; those of all others are drawn by the largest of a unit.
  const [FROM_0_TO_1, FROM_MINUS_1_TO_1] = [
    ["sigmoid", "step"],
    ["tanh", "sin"],
  ];

  // ---- Words

  const number = (value) => value.toLocaleString("en");
  const short = (value) =>
    Number.isFinite(value)
      ? value >= 1e-3 || value === 0
        ? String(Number(value.toPrecision(3)))
        : value.toExponential(1).replace("-", "−")
      : "∞";
  const percent = (share) => `${Math.round(100 * share)}%`;

  /** What a recorded step came to. */
  function score(now, record) {
    const { data } = now;
    if (!Number.isFinite(record.loss)) return "it has diverged";
    const loss = `loss ${short(record.loss)}`;
    if (data.kind === "numbers") return loss;
    const right = number(Math.round(record.accuracy * data.x.length));
    return `${right} of ${number(data.x.length)} training rows right, ${loss}`;
  }

  /** Where the fan shows those of the hundred that did not solve it: it leaves out a tenth at each end. */
  function stuck({ solved, count, quantiles, unsolved }) {
    if (solved === count) return "";
    const edge = `: the upper edge of the fan, a loss of ${short(quantiles[4])}, is one of theirs`;
    const beyond = ": they lie beyond the fan, which leaves out the highest tenth";
    const where = unsolved.edge ? edge : unsolved.beyond ? beyond : "";
    return `${count - solved} of the hundred did not solve it${where}.`;
  }

  /** The name of every unit, in the order of `N.eyes`. */
  function unitNames(sizes) {
    return sizes.flatMap((n, layer) =>
      Array.from({ length: n }, (_, i) => {
        if (layer === 0) return `input ${i + 1}`;
        return layer === sizes.length - 1 ? "the answer" : `layer ${layer}, neuron ${i + 1}`;
      }),
    );
  }

  // ---- Pictures

  /** How pictures of a task are laid out: ranges, names of the axes, places at which units are looked at.
      `own` holds the user's table. */
  function layout(data, task, own) {
    const d = data.x[0].length;
    const column = (i) => data.x.map((row) => row[i]);
    const y = data.y.map(([value]) => value);
    const free = T.TASKS[task].own === "points";
    const ranges = d > 2 ? [] : data.x[0].map((_, i) => (free ? [-1, 1] : D.range(column(i), d === 1 ? 0.02 : 0.2)));
    const heights = data.kind === "classes" ? [0, 1] : free ? [-1, 1] : D.range(y, 0.1);
    const table = task === "table" ? own.table.names : null;
    const words =
      d === 2
        ? ["first input", "second input"]
        : d === 1
          ? ["x", "y"]
          : ["rows, by how many inputs are true", "answer"];
    const names = table ? (d > 2 ? ["rows, by their target", "answer"] : [table[0], table[1]]) : words;
    const ones = (row) => row.reduce((sum, value) => sum + value, 0);
    const order = data.x
      .map((_, i) => i)
      .sort((a, b) => (table ? y[a] - y[b] : ones(data.x[a]) - ones(data.x[b])) || a - b);
    return { ranges, heights, names, order, places: D.places(data, ranges) };
  }

  /** The output as it is read: a probability for classes, else the number itself. */
  function reading(settings) {
    const squash = N.ACTIVATIONS.sigmoid.f;
    return settings.loss === "sigmoid_binary_cross_entropy" ? squash : (value) => value;
  }

  /** Values of every unit at the places of the layout, as they are and from -1 to 1. */
  function look(now, params) {
    const {
      settings,
      data,
      layout: { places, ranges, heights },
    } = now;
    const see = N.eyes(params, settings);
    const units = N.unitsOf(params.sizes);
    const d = data.x[0].length;
    const values = Array.from({ length: units }, () => new Float64Array(places.length));
    places.forEach((place, p) => {
      const a = see(place);
      for (let u = 0; u < units; u++) values[u][p] = a[u];
    });
    const read = reading(settings);
    values[units - 1] = values[units - 1].map(read);
    const most = (of) => of.reduce((best, value) => Math.max(best, Math.abs(value)), 1e-12);
    const signed = values.map((of, u) => {
      if (u === units - 1) return of.map((value) => (2 * (value - heights[0])) / (heights[1] - heights[0]) - 1);
      if (u < d) {
        const [low, high] =
          ranges[u] ||
          D.range(
            data.x.map((row) => row[u]),
            0.1,
          );
        return of.map((value) => (2 * (value - low)) / (high - low) - 1);
      }
      if (FROM_0_TO_1.includes(settings.activation)) return of.map((value) => 2 * value - 1);
      if (FROM_MINUS_1_TO_1.includes(settings.activation)) return of;
      const largest = most(of);
      return of.map((value) => value / largest);
    });
    return { values, signed };
  }

  /** What draw.js needs for the picture of one unit. `seen` is what `look` returns. */
  function viewOf(now, seen, unit) {
    const {
      data,
      settings,
      layout: { ranges, heights, names, order },
    } = now;
    const isOutput = unit === seen.values.length - 1;
    const [low, high] = isOutput
      ? data.kind === "classes"
        ? [-0.05, 1.05]
        : heights
      : D.range([...seen.values[unit], 0], 0.05);
    const upright = data.x[0].length === 2 || isOutput ? names : [names[0], "activation"];
    return {
      data,
      ranges,
      heights,
      names: upright,
      order,
      isOutput,
      halfway: unit < data.x[0].length || [...FROM_0_TO_1, ...FROM_MINUS_1_TO_1].includes(settings.activation),
      values: seen.values[unit],
      signed: seen.signed[unit],
      low,
      high,
    };
  }

  Object.assign(root.Playground, {
    views: { number, short, percent, score, stuck, unitNames, layout, reading, look, viewOf },
  });
})(typeof self === "undefined" ? globalThis : self);
