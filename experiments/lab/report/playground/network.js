/* nnjax in the browser: the same random numbers, initial weights, gradients and solvers, as pure functions.

   A network is {sizes: [2, 3, 1], values: Float64Array}: for each layer its weights [fan_in, fan_out], row by row, and
   then its biases [fan_out]. First weights are drawn as nnjax draws them in float32; all else is computed in float64.
   Data are {x: [n][d], y: [n][k]}; settings have the names and the words of nnjax.sweep. */
(function (root) {
  "use strict";

  // ---- Random numbers: JAX's keys (threefry, partitionable), uniform and normal numbers in float32

  const ROTATIONS = [
    [13, 15, 26, 6],
    [17, 29, 16, 24],
  ];

  /** Threefry-2x32 with 20 rounds (Salmon et al. 2011) of a counter of two words under a key of two words. */
  function threefry(key, counter) {
    const schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
    let a = (counter[0] + schedule[0]) | 0;
    let b = (counter[1] + schedule[1]) | 0;
    for (let i = 0; i < 5; i++) {
      for (const turn of ROTATIONS[i % 2]) {
        a = (a + b) | 0;
        b = a ^ ((b << turn) | (b >>> (32 - turn)));
      }
      a = (a + schedule[(i + 1) % 3]) | 0;
      b = (b + schedule[(i + 2) % 3] + i + 1) | 0;
    }
    return [a >>> 0, b >>> 0];
  }

  /** jax.random.key(seed), for a whole number from 0 to 2^32 - 1. */
  const key = (seed) => [0, seed >>> 0];

  /** jax.random.fold_in(key, number), which is also jax.random.split(key, n)[number], whatever n is. */
  const foldIn = (parent, number) => threefry(parent, [0, number]);

  /** jax.random.split(key, n). */
  const split = (parent, n = 2) => Array.from({ length: n }, (_, i) => foldIn(parent, i));

  /** Entry i of jax.random.bits(key, (n,)), whatever n is. */
  function bits(source, i) {
    const [a, b] = threefry(source, [0, i]);
    return (a ^ b) >>> 0;
  }

  const f32 = Math.fround;

  /** Entry i of jax.random.uniform(key, (n,), float32, low, high): 23 random bits behind the point. */
  function uniform(source, i, low = 0, high = 1) {
    const [least, span] = [f32(low), f32(f32(high) - f32(low))];
    return Math.max(least, f32((bits(source, i) >>> 9) * 2 ** -23 * span + least));
  }

  const NEAR = [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
  ];
  const FAR = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
  ];

  /** sqrt(2) erfinv(u) by the single-precision polynomials that XLA takes (Giles 2010). The square of u is rounded to
      float32 as it is there, which moves numbers beyond 3.5 by up to 2e-5. */
  function normalOf(u) {
    const w = f32(-Math.log1p(-f32(u * u)));
    const [coefficients, t] = w < 5 ? [NEAR, w - 2.5] : [FAR, Math.sqrt(w) - 3];
    return Math.SQRT2 * u * coefficients.reduce((sum, c) => sum * t + c, 0);
  }

  /** Entry i of jax.random.normal(key, (n,), float32). */
  const normal = (source, i) => f32(normalOf(uniform(source, i, -1 + 2 ** -24, 1)));

  const ERF = f32(0.9544997361036416); // of sqrt(2): the share of a normal variable within two standard deviations

  /** Entry i of jax.random.truncated_normal(key, -2, 2, (n,), float32). */
  function truncated(source, i) {
    const most = 2 - 2 ** -23;
    return Math.min(most, Math.max(-most, f32(normalOf(uniform(source, i, -ERF, ERF)))));
  }

  const symmetric = (source, i) => uniform(source, i, -1, 1);

  // ---- First weights, as in nnjax.initializers and nnjax.mlp

  const TRUNCATED_STD = 0.87962566103423978; // of a normal variable cut at two standard deviations

  /** Weights of variance gain / n, where n is the fan-in or the mean of fan-in and fan-out. */
  function varianceScaling(gain, mean, even) {
    const scale = (fanIn, fanOut) => {
      const std = Math.sqrt(gain / (mean ? (fanIn + fanOut) / 2 : fanIn));
      return even ? std * Math.sqrt(3) : std / TRUNCATED_STD;
    };
    return { draw: even ? symmetric : truncated, scale };
  }

  const INITIALIZERS = {
    lecun_normal: varianceScaling(1, false, false),
    lecun_uniform: varianceScaling(1, false, true),
    glorot_normal: varianceScaling(1, true, false),
    glorot_uniform: varianceScaling(1, true, true),
    he_normal: varianceScaling(2, false, false),
    he_uniform: varianceScaling(2, false, true),
    normal: { draw: normal, scale: () => 1 },
    uniform: { draw: symmetric, scale: () => 1 },
    zeros: { draw: () => 0, scale: () => 1 },
    spread: { ...varianceScaling(1, false, false), units: spread },
  };

  /** nnjax.initializers.spread: units whose bends lie all over the box of the data, from `low` [d] to `high` [d]. */
  function spread(source, fanIn, fanOut, low, high) {
    const [directions, slopes, centres] = split(source, 3).map((parent) => split(parent, fanOut));
    const w = new Float64Array(fanIn * fanOut);
    const b = new Float64Array(fanOut);
    for (let j = 0; j < fanOut; j++) {
      const direction = Array.from({ length: fanIn }, (_, i) => normal(directions[j], i));
      const length = Math.hypot(...direction);
      const slope = 1 + (3 - 1) * ((symmetric(slopes[j], 0) + 1) / 2);
      for (let i = 0; i < fanIn; i++) {
        const half = (high[i] - low[i]) / 2;
        const centre = (low[i] + high[i]) / 2 + half * symmetric(centres[j], i);
        w[i * fanOut + j] = (slope * direction[i]) / length / (half || 1);
        b[j] -= w[i * fanOut + j] * centre;
      }
    }
    return { w: w.map(f32), b: b.map(f32) };
  }

  const numParams = (sizes) => sizes.slice(1).reduce((sum, fanOut, l) => sum + (sizes[l] + 1) * fanOut, 0);

  /** nnjax.mlp.init(key, sizes, init=..., bias_init=...) in float32: every neuron draws from a key of its own. */
  function init(source, sizes, { init: law = "lecun_normal", bias_init: biasLaw = "zeros", low, high } = {}) {
    const values = new Float64Array(numParams(sizes));
    let start = 0;
    split(source, sizes.length - 1).forEach((layerKey, l) => {
      const [fanIn, fanOut] = [sizes[l], sizes[l + 1]];
      if (INITIALIZERS[law].units && l === 0 && sizes.length > 2) {
        const units = INITIALIZERS[law].units(layerKey, fanIn, fanOut, low, high);
        values.set(units.w, start);
        values.set(units.b, start + fanIn * fanOut);
      } else {
        const [weights, biases] = split(layerKey).map((parent) => split(parent, fanOut));
        const fill = ({ draw, scale }, keys, rows, at) => {
          const factor = f32(scale(fanIn, fanOut));
          for (let j = 0; j < fanOut; j++) {
            for (let i = 0; i < rows; i++) values[at + i * fanOut + j] = f32(draw(keys[j], i) * factor);
          }
        };
        fill(INITIALIZERS[law], weights, fanIn, start);
        fill(INITIALIZERS[biasLaw], biases, 1, start + fanIn * fanOut);
      }
      start += (fanIn + 1) * fanOut;
    });
    return { sizes, values };
  }

  /** The layers of a network as nested lists: [{w: [fan_in][fan_out], b: [fan_out]}]. */
  function layers({ sizes, values }) {
    let start = 0;
    return sizes.slice(1).map((fanOut, l) => {
      const w = Array.from({ length: sizes[l] }, (_, i) => [
        ...values.subarray(start + i * fanOut, start + (i + 1) * fanOut),
      ]);
      const b = [...values.subarray(start + sizes[l] * fanOut, start + (sizes[l] + 1) * fanOut)];
      start += (sizes[l] + 1) * fanOut;
      return { w, b };
    });
  }

  // ---- Activations with their derivatives, from the sum z and the activation a; losses with theirs

  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
  const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  const [SELU, SELU_ALPHA] = [1.0507009873554805, 1.6732632423543772];
  const GELU = Math.sqrt(2 / Math.PI);
  const geluTanh = (z) => Math.tanh(GELU * (z + 0.044715 * z * z * z));

  const ACTIVATIONS = {
    tanh: { f: Math.tanh, d: (z, a) => 1 - a * a },
    sigmoid: { f: sigmoid, d: (z, a) => a * (1 - a) },
    relu: { f: (z) => Math.max(z, 0), d: (z) => (z > 0 ? 1 : 0) },
    leaky_relu: { f: (z) => (z >= 0 ? z : 0.01 * z), d: (z) => (z >= 0 ? 1 : 0.01) },
    elu: { f: (z) => (z > 0 ? z : Math.expm1(z)), d: (z) => (z > 0 ? 1 : Math.exp(z)) },
    selu: {
      f: (z) => SELU * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
      d: (z) => SELU * (z > 0 ? 1 : SELU_ALPHA * Math.exp(z)),
    },
    gelu: {
      f: (z) => (z / 2) * (1 + geluTanh(z)),
      d: (z) => {
        const t = geluTanh(z);
        return (1 + t) / 2 + (z / 2) * (1 - t * t) * GELU * (1 + 3 * 0.044715 * z * z);
      },
    },
    silu: { f: (z) => z * sigmoid(z), d: (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z))) },
    softplus: { f: softplus, d: sigmoid },
    sin: { f: Math.sin, d: Math.cos },
    step: { f: (z) => (z > 0 ? 1 : 0), d: () => 0 },
    identity: { f: (z) => z, d: () => 1 },
  };

  const LOSSES = {
    squared_error: { f: (o, t) => (o - t) * (o - t), d: (o, t) => 2 * (o - t) },
    sigmoid_binary_cross_entropy: {
      f: (o, t) => Math.max(o, 0) - o * t + Math.log1p(Math.exp(-Math.abs(o))),
      d: (o, t) => (1 - t) * sigmoid(o) - t * sigmoid(-o),
    },
  };

  // ---- A network's outputs, its loss and the gradient of it

  const functions = (settings) => [
    ACTIVATIONS[settings.activation],
    ACTIVATIONS[settings.output_activation || "identity"],
  ];

  /** One row through the network: sums z and activations a of all units in a row, the inputs first; returns a. */
  function forward(sizes, values, row, hidden, output, z, a) {
    a.set(row);
    let [from, start] = [0, 0];
    for (let l = 1; l < sizes.length; l++) {
      const [fanIn, fanOut, to] = [sizes[l - 1], sizes[l], from + sizes[l - 1]];
      const { f } = l === sizes.length - 1 ? output : hidden;
      for (let j = 0; j < fanOut; j++) {
        let sum = values[start + fanIn * fanOut + j];
        for (let i = 0; i < fanIn; i++) sum += a[from + i] * values[start + i * fanOut + j];
        z[to + j] = sum;
        a[to + j] = f(sum);
      }
      start += (fanIn + 1) * fanOut;
      from = to;
    }
    return a;
  }

  const unitsOf = (sizes) => sizes.reduce((sum, n) => sum + n, 0);

  /** A function of a row x [d] that gives the activations of every unit: inputs, hidden neurons, outputs. It keeps its
      memory, so what it returns holds until it is called again. */
  function eyes({ sizes, values }, settings) {
    const [hidden, output] = functions(settings);
    const [z, a] = [new Float64Array(unitsOf(sizes)), new Float64Array(unitsOf(sizes))];
    return (row) => forward(sizes, values, row, hidden, output, z, a);
  }

  /** The mean loss over the rows, and its gradient by backpropagation, laid out as the parameters are. */
  function gradients({ sizes, values }, { x, y }, settings) {
    const [hidden, output] = functions(settings);
    const loss = LOSSES[settings.loss];
    const units = unitsOf(sizes);
    const [z, a, delta] = [new Float64Array(units), new Float64Array(units), new Float64Array(units)];
    const gradient = new Float64Array(values.length);
    const [k, top] = [sizes[sizes.length - 1], units - sizes[sizes.length - 1]];
    const share = 1 / (x.length * k);
    let total = 0;
    for (let r = 0; r < x.length; r++) {
      forward(sizes, values, x[r], hidden, output, z, a);
      for (let j = 0; j < k; j++) {
        total += loss.f(a[top + j], y[r][j]);
        delta[top + j] = loss.d(a[top + j], y[r][j]) * output.d(z[top + j], a[top + j]) * share;
      }
      let [to, start] = [top, values.length];
      for (let l = sizes.length - 1; l > 0; l--) {
        const [fanIn, fanOut, from] = [sizes[l - 1], sizes[l], to - sizes[l - 1]];
        start -= (fanIn + 1) * fanOut;
        for (let j = 0; j < fanOut; j++) gradient[start + fanIn * fanOut + j] += delta[to + j];
        for (let i = 0; i < fanIn; i++) {
          let sum = 0;
          for (let j = 0; j < fanOut; j++) {
            gradient[start + i * fanOut + j] += a[from + i] * delta[to + j];
            sum += values[start + i * fanOut + j] * delta[to + j];
          }
          if (l > 1) delta[from + i] = sum * hidden.d(z[from + i], a[from + i]);
        }
        to = from;
      }
    }
    return { loss: total * share, gradient };
  }

  /** The rule by which outputs count as right (nnjax.losses.decision): [threshold of outputs, of targets], or null.
      `decision` of the settings is a threshold for both, as in nnjax.sweep. */
  function decision(y, settings) {
    if (settings.decision !== undefined) return [settings.decision, settings.decision];
    if (settings.loss === "sigmoid_binary_cross_entropy") return [0, 0.5];
    const levels = new Set(y.flat());
    if (levels.size !== 2) return null;
    const [low, high] = levels;
    return [(low + high) / 2, (low + high) / 2];
  }

  /** The mean loss over the rows, and the share of them that is answered right, or null. */
  function measure(params, { x, y }, settings) {
    const see = eyes(params, settings);
    const k = params.sizes[params.sizes.length - 1];
    const top = unitsOf(params.sizes) - k;
    const rule = decision(y, settings);
    let [total, right] = [0, 0];
    x.forEach((row, r) => {
      const a = see(row);
      let all = true;
      for (let j = 0; j < k; j++) {
        total += LOSSES[settings.loss].f(a[top + j], y[r][j]);
        all = all && rule !== null && a[top + j] > rule[0] === y[r][j] > rule[1];
      }
      right += all;
    });
    return { loss: total / (x.length * k), accuracy: rule && right / x.length };
  }

  const loss = (params, data, settings) => measure(params, data, settings).loss;

  // ---- Solvers: the constants are those of optax; `init(n) -> state`, `step(gradient, state, rate) -> [change, state]`

  /** Numbers [n] of their places; faster than map of typed arrays. */
  function numbers(n, f) {
    const made = new Float64Array(n);
    for (let i = 0; i < n; i++) made[i] = f(i);
    return made;
  }

  const zeros = (n) => new Float64Array(n);

  const SOLVERS = {
    sgd: { init: () => null, step: (g, state, rate) => [numbers(g.length, (i) => -rate * g[i]), null] },
    momentum: {
      init: zeros,
      step: (g, trace, rate) => {
        const next = numbers(g.length, (i) => g[i] + 0.9 * trace[i]);
        return [numbers(g.length, (i) => -rate * next[i]), next];
      },
    },
    rmsprop: {
      init: zeros,
      step: (g, squares, rate) => {
        const next = numbers(g.length, (i) => 0.9 * squares[i] + 0.1 * g[i] * g[i]);
        return [numbers(g.length, (i) => (-rate * g[i]) / Math.sqrt(next[i] + 1e-8)), next];
      },
    },
    adagrad: {
      init: (n) => zeros(n).fill(0.1),
      step: (g, squares, rate) => {
        const next = numbers(g.length, (i) => squares[i] + g[i] * g[i]);
        return [numbers(g.length, (i) => (-rate * g[i]) / Math.sqrt(next[i] + 1e-7)), next];
      },
    },
    adam: {
      init: (n) => ({ mean: zeros(n), squares: zeros(n), count: 0 }),
      step: (g, old, rate) => {
        const mean = numbers(g.length, (i) => 0.9 * old.mean[i] + 0.1 * g[i]);
        const squares = numbers(g.length, (i) => 0.999 * old.squares[i] + 0.001 * g[i] * g[i]);
        const count = old.count + 1;
        const [first, second] = [1 - 0.9 ** count, 1 - 0.999 ** count];
        const change = (i) => (-rate * (mean[i] / first)) / (Math.sqrt(squares[i] / second) + 1e-8);
        return [numbers(g.length, change), { mean, squares, count }];
      },
    },
  };

  // ---- Training, as in nnjax.training

  /** The first state of the network that nnjax.sweep trains with this seed and these settings: hidden, activation,
      output_activation, init, bias_init, solver, learning_rate, loss. */
  function begin(seed, data, settings) {
    const sizes = [data.x[0].length, ...settings.hidden, data.y[0].length];
    const column = (i) => data.x.map((row) => row[i]);
    const ends = (best) => data.x[0].map((_, i) => column(i).reduce((one, other) => best(one, other)));
    const range = { low: ends(Math.min), high: ends(Math.max) };
    const params = init(foldIn(key(seed), 0), sizes, { ...settings, ...range });
    return { params, solver: SOLVERS[settings.solver].init(params.values.length), step: 0, diverged: false };
  }

  /** The state some steps on. A network that has diverged stays as it is. */
  function advance(state, data, settings, steps = 1) {
    let { params, solver } = state;
    if (state.diverged) return { ...state, step: state.step + steps };
    for (let i = 0; i < steps; i++) {
      const { gradient } = gradients(params, data, settings);
      const [change, next] = SOLVERS[settings.solver].step(gradient, solver, settings.learning_rate);
      const old = params.values;
      params = { sizes: params.sizes, values: numbers(old.length, (j) => old[j] + change[j]) };
      solver = next;
    }
    return { params, solver, step: state.step + steps, diverged: state.diverged };
  }

  /** [state, {loss, accuracy}]. The loss of a network that has diverged, beyond what float32 holds, is infinite. */
  function judge(state, data, settings) {
    const found = measure(state.params, data, settings);
    const healthy =
      Number.isFinite(f32(found.loss)) && state.params.values.every((value) => Number.isFinite(f32(value)));
    if (healthy && !state.diverged) return [state, found];
    return [
      { ...state, diverged: true },
      { loss: Infinity, accuracy: found.accuracy === null ? null : 0 },
    ];
  }

  /** nnjax.statistics.wilson: the 95% interval of a share of k out of n (Wilson 1927). */
  function wilson(k, n) {
    const [p, z] = [k / n, 1.959963984540054];
    const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
  }

  const Playground = (root.Playground = root.Playground || {});
  Playground.network = {
    key,
    foldIn,
    split,
    bits,
    uniform,
    normal,
    truncated,
    INITIALIZERS,
    ACTIVATIONS,
    SOLVERS,
    init,
    layers,
    unitsOf,
    eyes,
    gradients,
    loss,
    begin,
    advance,
    judge,
    wilson,
  };
})(typeof self === "undefined" ? globalThis : self);
