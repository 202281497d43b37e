/* What can be chosen in the playground: the words for it, the settings at first, and what suits which task. */
(function (root) {
  "use strict";
  const { tasks: T } = root.Playground;

  // The texts of every field of choices but that of the task.
  const NAMES = {
    activation: {
      tanh: "tanh",
      sigmoid: "sigmoid",
      relu: "ReLU",
      leaky_relu: "leaky ReLU",
      elu: "ELU",
      selu: "SELU",
      gelu: "GELU",
      silu: "SiLU (swish)",
      softplus: "softplus",
      sin: "sine",
      step: "step (no gradient)",
      identity: "identity (linear)",
    },
    solver: {
      sgd: "gradient descent",
      momentum: "gradient descent with momentum 0.9",
      rmsprop: "RMSProp",
      adagrad: "Adagrad",
      adam: "Adam",
    },
    init: {
      lecun_normal: "LeCun, normal",
      lecun_uniform: "LeCun, uniform",
      glorot_normal: "Glorot, normal",
      glorot_uniform: "Glorot, uniform",
      he_normal: "He, normal",
      he_uniform: "He, uniform",
      normal: "normal, standard deviation 1",
      uniform: "uniform, −1 to 1",
      zeros: "all zero",
      spread: "spread over the data",
    },
    bias_init: { zeros: "all zero", normal: "normal, standard deviation 1", uniform: "uniform, −1 to 1" },
    cost: Object.fromEntries(Object.entries(T.COSTS).map(([name, { text }]) => [name, text])),
    num_steps: Object.fromEntries(
      [100, 200, 500, 1000, 2000, 5000, 10000, 20000].map((n) => [n, n.toLocaleString("en")]),
    ),
  };
  // At first, as texts of the fields; widths of the hidden layers as numbers.
  const DEFAULTS = {
    task: "xor",
    low: "0",
    hidden: [3],
    activation: "tanh",
    solver: "adam",
    learning_rate: "0.1",
    num_steps: "500",
    init: "lecun_normal",
    bias_init: "zeros",
    cost: "cross_entropy",
    seed: "0",
  };
  const [MOST_LAYERS, MOST_WIDTH] = [4, 16];
  const RECORDS = 250; // a run is recorded at so many steps, at most
  // Points of the tasks "points" (x, y, class) and "curve" (x, y, 0) at first.
  const START = [
    [-0.6, -0.5, 0],
    [0.5, 0.6, 0],
    [0.6, -0.4, 0],
    [-0.5, 0.6, 1],
    [0, 0.1, 1],
    [-0.1, -0.2, 1],
  ];
  const START_CURVE = [-0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9].map((x) => [
    x,
    Number((0.8 * Math.sin(3 * x)).toFixed(2)),
    0,
  ]);

  /** What suits a task, for the settings that the user has not touched. */
  function suggested(task) {
    const { group } = T.TASKS[task];
    if (task === "spirals3") return { hidden: [16, 16], learning_rate: "0.01", num_steps: "2000" };
    if (task === "spirals") return { hidden: [8], learning_rate: "0.03", num_steps: "1000" };
    if (group === "Parity") return { hidden: [Number(task.slice(6)) + 1], num_steps: "1000" };
    if (group === "Curves") return { hidden: [8], learning_rate: "0.03", num_steps: "1000", init: "spread" };
    if (task === "curve") return { hidden: [8], learning_rate: "0.03", num_steps: "1000", init: "spread" };
    if (group !== "Gates of two inputs") return { hidden: [6], num_steps: "1000", learning_rate: "0.03" };
    return {};
  }

  /** Whether a text is a learning rate, as a field of numbers takes it. */
  const isRate = (text) => /^(\d+|\d*\.\d+)(e[+-]?\d+)?$/i.test(text) && Number(text) > 0 && Number(text) < Infinity;

  /** What is trained: the values of the fields as the names and numbers that network.js takes. `kind` is that of the
      data, "classes" or "numbers". */
  function toSettings(values, kind) {
    const numSteps = Number(values.num_steps);
    return {
      task: values.task,
      hidden: values.hidden,
      activation: values.activation,
      solver: values.solver,
      init: values.init,
      bias_init: values.init === "spread" ? "zeros" : values.bias_init,
      learning_rate: Number(values.learning_rate),
      ...T.cost(values.cost, kind),
      seed: Number(values.seed),
      num_steps: numSteps,
      record_every: Math.ceil(numSteps / RECORDS),
    };
  }

  Object.assign(root.Playground, {
    settings: { NAMES, DEFAULTS, MOST_LAYERS, MOST_WIDTH, START, START_CURVE, suggested, isRate, toSettings },
  });
})(typeof self === "undefined" ? globalThis : self);
