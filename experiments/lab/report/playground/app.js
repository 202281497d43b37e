/* The playground itself: reads the settings, trains, draws, and keeps what was seen for the replay. */
(function (root) {
  "use strict";
  const { network: N, tasks: T, draw: D, settings: S, views: V } = root.Playground;
  const { number, short, percent } = V;

  const SECONDS = 6; // that a run takes at least, so that one sees it learn
  const NEEDED = ["run", "step", "pair", "copy-python"]; // buttons, for which there must be data
  const LEFT = [
    ".score",
    ".answer .key",
    ".replay output",
    ".share strong",
    '[data-part="stuck"]',
    ".numbers div",
    ".python code",
  ]; // texts of a task that are empty where there are no data

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // Put what a field shows on the clipboard, or select it where that is not allowed; a sentence about it.
  async function copy(field) {
    let done = true;
    try {
      await navigator.clipboard.writeText(field.value ?? field.textContent);
    } catch {
      getSelection().selectAllChildren(field);
      if (field.select) {
        field.focus();
        field.select();
      }
      done = document.execCommand("copy");
    }
    return done ? "Copied." : "Not copied, but selected: press Ctrl+C, or ⌘C.";
  }

  function mount(at) {
    at.classList.add("live"); // without it only the heading and what is said without JavaScript are shown
    const find = (selector) => at.querySelector(selector);
    const form = find("form");
    const field = (name) => at.querySelector(`[name="${name}"]`);
    const button = (name) => find(`[data-do="${name}"]`);
    const touched = new Set();
    const own = { points: S.START, curve: S.START_CURVE, table: null };
    let hidden = S.DEFAULTS.hidden;
    // Of the run that is shown: its settings, data, goal, view, records of parameters, and what the crowd has sent.
    let now = null;
    let running = false;
    let wantsPair = false;
    let id = 0;

    // ---- Settings

    function fill(name, texts) {
      field(name).replaceChildren(
        ...Object.entries(texts).map(([value, text]) => element("option", { value, textContent: text })),
      );
    }

    function showLayers(focus) {
      const boxes = hidden.map((width, i) => {
        const input = element("input", { type: "number", min: 1, max: S.MOST_WIDTH, step: 1, value: width });
        input.dataset.layer = i;
        const remove = element("button", { type: "button" }, element("span", { textContent: "×" }));
        remove.firstChild.setAttribute("aria-hidden", "true");
        remove.setAttribute("aria-label", `Remove hidden layer ${i + 1}`);
        remove.dataset.remove = i;
        return element("span", {}, element("label", { textContent: `layer ${i + 1}` }, input), remove);
      });
      boxes.forEach((box, i) =>
        box.querySelector("input").setAttribute("aria-label", `Neurons in hidden layer ${i + 1}`),
      );
      const add = element("button", {
        type: "button",
        textContent: "Add a layer",
        disabled: hidden.length === S.MOST_LAYERS,
      });
      add.dataset.add = "";
      find(".layers").replaceChildren(...boxes, add);
      if (focus) (find(`[data-layer="${focus.layer}"]`) || add).focus();
    }

    function set(values) {
      for (const [name, value] of Object.entries(values)) {
        if (name === "hidden") hidden = value;
        else field(name).value = value;
      }
      if (values.hidden) showLayers();
    }

    /** Values of all settings, as texts and numbers that the address holds. */
    function chosen() {
      const values = Object.fromEntries(
        Object.keys(S.DEFAULTS).map((name) => [name, name === "hidden" ? hidden : field(name).value]),
      );
      const seed = Math.min(2 ** 32 - 1, Math.max(0, Math.round(Number(values.seed)) || 0));
      return { ...values, seed: String(seed) };
    }

    function options() {
      const task = field("task").value;
      const given = { low: Number(field("low").value), scale: field("scale").checked };
      if (T.TASKS[task].own === "points") given.own = own[task];
      if (T.TASKS[task].own === "table") given.own = own.table;
      return given;
    }

    /** Why these settings cannot be trained with, or an empty text. */
    function fault({ task, learning_rate: rate }) {
      if (!S.isRate(rate)) return "The learning rate must be a number above 0.";
      if (task === "table" && !own.table) return "Give a table, then press Use this table.";
      if (task === "points" && new Set(own.points.map((point) => point[2])).size < 2)
        return "Add points of both classes.";
      if (task === "curve" && new Set(own.curve.map((point) => point[1])).size < 2)
        return "Add two points or more, at different heights.";
      return "";
    }

    // ---- The address

    function toHash(values) {
      const parts = new URLSearchParams();
      for (const [name, value] of Object.entries(values)) parts.set(name, name === "hidden" ? value.join("-") : value);
      if (T.TASKS[values.task].own === "points")
        parts.set("points", own[values.task].map((point) => point.join("_")).join("~"));
      // The table itself stays here, but whether it is scaled is a setting.
      if (values.task === "table") parts.set("scale", field("scale").checked ? "1" : "0");
      return `#playground?${parts}`;
    }

    /** Take settings from the address, those that are allowed, if it has any. It holds all of them, so the user's choice
        is what differs from what suits the task. */
    function fromHash() {
      if (!location.hash.startsWith("#playground?")) return false;
      const parts = new URLSearchParams(location.hash.slice("#playground?".length));
      const listed = (name, value) => [...field(name).options].some((option) => option.value === value);
      const checks = { seed: (value) => /^\d{1,10}$/.test(value), learning_rate: S.isRate };
      const allowed = (name, value) => (checks[name] ? checks[name](value) : listed(name, value));
      const task = allowed("task", parts.get("task")) ? parts.get("task") : S.DEFAULTS.task;
      const usual = { ...S.DEFAULTS, ...S.suggested(task), task };
      set(usual);
      for (const name of Object.keys(S.DEFAULTS)) {
        const value = parts.get(name);
        if (value === null) continue;
        if (name === "hidden") {
          const widths = value === "" ? [] : value.split("-").map(Number);
          if (widths.length <= S.MOST_LAYERS && widths.every((n) => Number.isInteger(n) && n >= 1 && n <= S.MOST_WIDTH))
            set({ hidden: widths });
        } else if (allowed(name, value)) {
          field(name).value = value;
        }
      }
      touched.clear();
      for (const [name, value] of Object.entries(chosen()))
        if (String(value) !== String(usual[name])) touched.add(name);
      if (T.TASKS[task].own === "points" && parts.has("points")) {
        const texts = parts.get("points").split("~").filter(Boolean);
        const points = texts.map((text) => text.split("_").map(Number));
        const good = ([x, y, one]) => Math.abs(x) <= 1 && Math.abs(y) <= 1 && (one === 0 || one === 1);
        if (points.length <= 500 && points.every((point) => point.length === 3 && good(point))) own[task] = points;
      }
      if (task === "table") field("scale").checked = parts.get("scale") !== "0";
      return true;
    }

    // ---- A run

    /** Stop, and begin anew with the settings of the form. */
    function reset() {
      stop();
      wantsPair = false;
      id += 1;
      const values = chosen();
      field("seed").value = values.seed;
      const wrong = fault(values);
      showFields(values);
      find(".pair").hidden = true;
      if (wrong) {
        now = null;
        blank(wrong);
        return;
      }
      const data = T.data(values.task, options());
      const settings = S.toSettings(values, data.kind);
      const begun = N.begin(settings.seed, data, settings);
      const [state, found] = N.judge(begun, data, settings);
      const others = T.seeds(settings.seed).filter((seed) => seed !== settings.seed);
      now = {
        settings,
        data,
        state,
        goal: T.goal(data),
        layout: V.layout(data, values.task, own),
        fan: [],
        done: false,
        at: 0,
        records: [{ step: 0, params: state.params, ...found }],
        options: options(),
        unit: null,
        others,
      };
      listUnits();
      crowd.send({ begin: { settings, data, seeds: others }, id, run: false });
      say("Not trained yet: press Run.");
      showAll();
    }

    /** Show what a field is held at, a text, or let it be chosen. Its value, the user's choice, is kept for later. */
    function insist(name, text, why) {
      field(name).disabled = Boolean(text);
      field(name).title = text ? why : "";
      for (const option of field(name).options) option.textContent = text || S.NAMES[name][option.value];
    }

    /** Show the fields that the task needs. */
    function showFields(values) {
      const task = T.TASKS[values.task];
      find('[data-for="boolean"]').hidden = !task.boolean;
      find('[data-for="points"]').hidden = task.own !== "points";
      find('[data-part="class"]').hidden = values.task !== "points";
      find('[data-for="table"]').hidden = task.own !== "table";
      find(".answer").classList.toggle("clickable", task.own === "points");
      const numbers = task.kind === "numbers" || (values.task === "table" && own.table && own.table.kind === "numbers");
      insist("cost", numbers && S.NAMES.cost.squared_linear, "Numbers are trained on their squared error.");
      insist("bias_init", values.init === "spread" && "set with the weights", "Spread sets where neurons bend.");
    }

    function nameRun() {
      const rest = now && now.state.step > 0 ? (ended() && now.done ? "Run again" : "Run on") : "Run";
      button("run").textContent = running ? "Pause" : rest;
    }

    function blank(text) {
      for (const canvas of at.querySelectorAll(".views canvas")) {
        D.prepared(canvas);
        canvas.setAttribute("aria-label", text);
      }
      for (const part of LEFT) find(part).replaceChildren();
      Object.assign(field("replay"), { max: 0, value: 0 });
      field("replay").removeAttribute("aria-valuetext");
      find(".share span").textContent = text;
      unfold();
      for (const name of NEEDED) button(name).disabled = true;
      nameRun();
      if (T.TASKS[field("task").value].own === "points") emptyPlane();
      say(text);
    }

    /** The points alone, while there is nothing to train on. */
    function emptyPlane() {
      const task = field("task").value;
      const data = { ...T.TASKS[task].make({ own: own[task] }), kind: T.TASKS[task].kind };
      const signed = new Float64Array(D.GRID * D.GRID);
      const view = {
        data,
        inputs: task === "curve" ? 1 : 2,
        ranges: [
          [-1, 1],
          [-1, 1],
        ],
        names: ["x", "y"],
        values: [],
        signed,
        isOutput: true,
        low: -1,
        high: 1,
      };
      D.answer(find(".answer canvas"), view, D.theme(at));
    }

    const say = (text) => {
      find(".said").textContent = text;
    };

    /** Train the shown network from one recorded step to the next. */
    function forward() {
      const { settings, data } = now;
      const [state, found] = N.judge(N.advance(now.state, data, settings, settings.record_every), data, settings);
      now.state = state;
      const following = now.at === now.records.length - 1;
      now.records.push({ step: state.step, params: state.params, ...found });
      if (following) now.at = now.records.length - 1;
    }

    const ended = () => now.state.step >= now.settings.num_steps;

    function run() {
      if (!now) return;
      if (ended() && now.done) reset();
      running = true;
      now.at = now.records.length - 1;
      crowd.send({ run: true, id });
      say("Training …");
      const began = performance.now();
      const before = now.records.length;
      const mine = id;
      const pace = (1000 * SECONDS) / (now.settings.num_steps / now.settings.record_every);
      const frame = () => {
        if (!running || mine !== id) return;
        const due = before + (performance.now() - began) / pace;
        const until = performance.now() + 25;
        while (!ended() && now.records.length < due && performance.now() < until) forward();
        showAll();
        if (ended() && now.done) finish();
        else requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }

    function stop() {
      running = false;
      crowd.send({ run: false, id });
    }

    function finish() {
      stop();
      const { solved } = now.fan[now.fan.length - 1];
      say(`Done: ${V.score(now, now.records[now.records.length - 1])}. ${solved} of the hundred others solved it.`);
      showAll();
      if (wantsPair) showPair();
    }

    // ---- The hundred others, in a worker made of this page's own text

    const crowd = (() => {
      function heard({ data: message }) {
        if (!now || message.id !== id) return;
        now.fan.push(...message.records);
        now.done = now.done || message.done;
        if (message.done && wantsPair) showPair();
        if (!running) showAll();
      }
      /** Without a worker they train here, between the frames. */
      function here() {
        const scope = { postMessage: (message) => heard({ data: message }) };
        root.Playground.serve(scope, 12);
        return (message) => scope.onmessage({ data: message });
      }
      let post;
      let told = {}; // all that must be known to begin anew
      try {
        const source = ["network", "tasks", "crowd"].map(
          (name) => document.getElementById(`playground-${name}`).textContent,
        );
        const blob = new Blob([...source, "\nPlayground.serve(self);"], { type: "text/javascript" });
        const worker = new Worker(URL.createObjectURL(blob));
        worker.onmessage = heard;
        worker.onerror = () => {
          // A page may forbid workers, and some browsers tell it only when one begins.
          worker.onerror = null;
          worker.terminate();
          if (now) Object.assign(now, { fan: [], done: false });
          post = here();
          post(told);
        };
        post = (message) => worker.postMessage(message);
      } catch {
        post = here();
      }
      return {
        send: (message) => {
          told = { ...told, ...message };
          post(message);
        },
      };
    })();

    // ---- What is seen

    function listUnits() {
      const names = V.unitNames(now.state.params.sizes);
      const order = [names.length - 1, ...names.keys()].slice(0, names.length);
      field("unit").replaceChildren(
        ...order.map((unit) => element("option", { value: unit, textContent: names[unit] })),
      );
      now.unit = names.length - 1;
    }

    /** Draw the recorded step that the slider shows. */
    function showAll() {
      if (!now) return;
      const {
        data,
        settings,
        records,
        fan,
        layout: { names },
      } = now;
      const colors = D.theme(at);
      const record = records[now.at];
      const seen = V.look(now, record.params);
      const d = data.x[0].length;
      const view = V.viewOf(now, seen, now.unit);
      D.answer(find(".answer canvas"), view, colors);
      D.network(
        find(".net canvas"),
        { sizes: record.params.sizes, layers: N.layers(record.params), signed: seen.signed, selected: now.unit, data },
        colors,
      );
      const limit = now.goal.loss;
      D.losses(
        find(".losses canvas"),
        { curve: records, fan, numSteps: settings.num_steps, at: now.at, limit },
        colors,
      );
      find(".score").textContent = V.score(now, record);
      find(".answer .key").textContent = D.key(view);
      find('[data-part="limit"]').hidden = !limit;
      const slider = field("replay");
      slider.max = records.length - 1;
      slider.value = now.at;
      const place = `step ${number(record.step)} of ${number(settings.num_steps)}`;
      slider.setAttribute("aria-valuetext", place);
      find(".replay output").textContent = `${place}: ${V.score(now, record)}`;
      const last = fan[fan.length - 1];
      const [low, high] = last ? N.wilson(last.solved, last.count) : [0, 0];
      find(".share strong").textContent = last
        ? `${last.solved} of the hundred others solved it`
        : "The hundred others have not trained yet.";
      const meaning =
        data.kind === "classes"
          ? `all ${number(data.x.length)} training rows right`
          : `a loss below ${short(limit)} on the training rows, 1% of the variance`;
      find(".share span").textContent = last
        ? ` at step ${number(last.step)}: ${percent(last.solved / last.count)}, 95% interval ${percent(low)} to ${percent(high)}. Solved means ${meaning}.`
        : ` Solved means ${meaning}.`;
      find('[data-part="stuck"]').textContent = now.done ? V.stuck(last) : "";
      for (const name of NEEDED) button(name).disabled = false;
      nameRun();
      button("step").disabled = running || ended();
      button("step").textContent = `Train ${settings.record_every} step${settings.record_every === 1 ? "" : "s"}`;
      if (!running) settled(record, seen, d, names);
    }

    /** What changes only while nothing runs: texts for readers of screens, tables, the Python. */
    function settled(record, seen, d, names) {
      const { data, records, fan } = now;
      const kind =
        d === 2
          ? `the plane of ${names[0]} and ${names[1]}`
          : d === 1
            ? `a curve over ${names[0]}`
            : "one mark for each row";
      const unit = field("unit").selectedOptions[0].textContent;
      find(".answer canvas").setAttribute(
        "aria-label",
        `What is shown of ${unit}: ${kind}. ${V.score(now, record)}. The numbers below hold it as a table.`,
      );
      find(".net canvas").setAttribute(
        "aria-label",
        `The network: ${record.params.sizes.join(", ")} units from inputs to output, with their weights. The numbers below hold them as a table.`,
      );
      const ends = fan.length
        ? ` Median of the hundred: ${short(fan[0].quantiles[2])} at first, ${short(fan[fan.length - 1].quantiles[2])} at step ${fan[fan.length - 1].step}.`
        : "";
      find(".losses canvas").setAttribute(
        "aria-label",
        `Loss over steps. This network: ${short(records[0].loss)} at first, ${short(records[records.length - 1].loss)} at step ${records[records.length - 1].step}.${ends}`,
      );
      unfold();
    }

    /** Fill what is open below the pictures: the numbers and the Python of what is trained, and the address. */
    function unfold() {
      if (now && find(".numbers").open) showNumbers();
      if (now && find(".python").open) find(".python code").textContent = T.python(now.settings, now.options);
      if (find(".address").open) showAddress();
    }

    function table(caption, head, rows) {
      const cell = (name, scope) => (value) => element(name, { textContent: value, ...(scope ? { scope } : {}) });
      const body = rows.map(([first, ...rest]) => element("tr", {}, cell("th", "row")(first), ...rest.map(cell("td"))));
      return element(
        "table",
        {},
        element("caption", { textContent: caption }),
        element("thead", {}, element("tr", {}, ...head.map(cell("th", "col")))),
        element("tbody", {}, ...body),
      );
    }

    function showNumbers() {
      const { data, settings, records } = now;
      const { params } = records[now.at];
      const layers = N.layers(params);
      const text = (value) => value.toFixed(3).replace("-", "−");
      const tables = layers.map(({ w, b }, l) => {
        const name = l === layers.length - 1 ? "the output" : `hidden layer ${l + 1}`;
        const rows = w.map((row, i) => [l === 0 ? `input ${i + 1}` : `neuron ${i + 1}`, ...row.map(text)]);
        return table(
          `Weights into ${name}`,
          ["from", ...b.map((_, j) => (l === layers.length - 1 ? "output" : `neuron ${j + 1}`))],
          [...rows, ["bias", ...b.map(text)]],
        );
      });
      const see = N.eyes(params, settings);
      const read = V.reading(settings);
      const some = data.x.slice(0, 64);
      const rows = some.map((row, r) => [
        r + 1,
        ...row.map((value) => String(Number(value.toPrecision(4)))),
        String(Number(data.y[r][0].toPrecision(4))),
        text(read(see(row)[N.unitsOf(params.sizes) - 1])),
      ]);
      const more = data.x.length > some.length ? `, the first ${some.length} of ${data.x.length} rows` : "";
      tables.push(
        table(
          `Answers at step ${number(records[now.at].step)}${more}`,
          ["row", ...data.x[0].map((_, i) => `input ${i + 1}`), "target", "answer"],
          rows,
        ),
      );
      const box = element("div", { className: "scroll", tabIndex: 0 }, ...tables);
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Weights and answers");
      find(".numbers div").replaceChildren(box);
    }

    function showAddress() {
      field("address").value = location.href.split("#")[0] + toHash(chosen());
      const isTable = field("task").value === "table";
      find(".address .hint").textContent = isTable
        ? "The address holds the settings; your table stays here, so give the file along with it."
        : "It holds all settings, the seed and points of your own.";
    }

    // ---- One that solved and one that stuck

    function askPair() {
      if (!now) return;
      wantsPair = true;
      const box = find(".pair");
      box.hidden = false;
      find(".two").replaceChildren();
      if (now.done) {
        showPair();
        return;
      }
      find(".pair .note").textContent = "The hundred are training; two of them appear here when they are done.";
      if (!running) run();
    }

    /** Train a seed to the end between frames. */
    function trained(seed, mine) {
      const { settings, data } = now;
      let [state, found] = N.judge(N.begin(seed, data, settings), data, settings);
      const curve = [{ step: 0, ...found }];
      return new Promise((resolve) => {
        const go = () => {
          if (mine !== id) return;
          const until = performance.now() + 20;
          while (state.step < settings.num_steps && performance.now() < until) {
            [state, found] = N.judge(N.advance(state, data, settings, settings.record_every), data, settings);
            curve.push({ step: state.step, ...found });
          }
          if (state.step < settings.num_steps) setTimeout(go, 0);
          else resolve({ params: state.params, curve });
        };
        go();
      });
    }

    let pair = [];
    async function showPair() {
      wantsPair = false;
      const last = now.fan[now.fan.length - 1];
      const mine = id;
      const [solved, stuck] = last.first;
      const note = find(".pair .note");
      if (solved === null || stuck === null) {
        note.textContent =
          solved === null
            ? "None of the hundred solved it. Try more neurons, more steps or another learning rate."
            : "All of the hundred solved it. Try fewer neurons, fewer steps or another learning rate, and some may get stuck.";
        find(".two").replaceChildren();
        return;
      }
      note.textContent = "The same task, network and settings: only the initial weights differ.";
      const made = [];
      for (const [seed, word] of [
        [solved, "solved"],
        [stuck, "stuck"],
      ]) {
        const found = await trained(seed, mine);
        const end = found.curve[found.curve.length - 1];
        const said = word === "solved" ? "solved it" : Number.isFinite(end.loss) ? "got stuck" : "diverged";
        const watch = element("button", { type: "button", textContent: "Watch this one" });
        watch.setAttribute("aria-label", `Watch this one: seed ${seed}, which ${said}`);
        watch.dataset.watch = seed;
        const caption = element(
          "figcaption",
          {},
          element("strong", { className: word, textContent: `Seed ${seed} ${said}` }),
          element("span", { textContent: V.score(now, end) }),
          watch,
        );
        const [plane, curve] = ["plane", "curve"].map((className) => element("canvas", { className }));
        plane.setAttribute("role", "img");
        plane.setAttribute("aria-label", `What seed ${seed} says at the end: ${V.score(now, end)}`);
        curve.setAttribute("role", "img");
        curve.setAttribute(
          "aria-label",
          `Loss of seed ${seed} from ${short(found.curve[0].loss)} to ${short(end.loss)}`,
        );
        const figure = element("figure", { className: "answer" }, caption, plane, curve);
        made.push({ ...found, figure, plane, curve, losses: found.curve });
      }
      pair = made;
      find(".two").replaceChildren(...made.map((one) => one.figure));
      drawPair();
      find(".pair").scrollIntoView();
    }

    function drawPair() {
      if (find(".pair").hidden || !now || !pair.length || !pair[0].figure.isConnected) return;
      const colors = D.theme(at);
      const all = pair
        .flatMap(({ losses }) => losses.map((one) => one.loss))
        .filter((loss) => Number.isFinite(loss) && loss > 0);
      const least = Math.min(0.3, ...all);
      for (const { params, plane, curve, losses } of pair) {
        const seen = V.look(now, params);
        D.answer(plane, V.viewOf(now, seen, seen.values.length - 1), colors);
        D.losses(
          curve,
          { curve: losses, fan: [], numSteps: now.settings.num_steps, limit: now.goal.loss, least },
          colors,
        );
      }
    }

    // ---- Points and tables of one's own

    function addPoint(x, y) {
      const task = field("task").value;
      const clamp = (value) => Math.max(-1, Math.min(1, Number(value.toFixed(2)) || 0));
      const one = task === "points" ? Number(find('[name="class"]:checked').value) : 0;
      own[task] = [...own[task], [clamp(x), clamp(y), one]].slice(-500);
      changed();
    }

    function useTable(text) {
      const wrong = find(".wrong");
      wrong.textContent = "";
      try {
        own.table = T.readTable(text);
      } catch (error) {
        own.table = null;
        wrong.textContent = error.message;
      }
      changed();
      if (own.table) {
        const classes = own.table.classes
          ? ` ${own.table.classes.map((name, i) => `class ${i} is ${name}`).join(", ")}.`
          : "";
        say(`Read ${own.table.x.length} rows of ${own.table.x[0].length} inputs.${classes} Press Run.`);
      }
    }

    // ---- What the user does

    function changed() {
      reset();
      const hash = toHash(chosen());
      try {
        history.replaceState(null, "", hash);
      } catch {
        // A page that may not change its address has it in the field all the same.
      }
    }

    function takeSeed(seed) {
      field("seed").value = seed;
      touched.add("seed");
      changed();
    }

    const ACTIONS = {
      run: () => {
        if (!running) run();
        else {
          stop();
          say(`Paused at step ${number(now.state.step)}.`);
          showAll();
        }
      },
      step: () => {
        forward();
        stop();
        say(`Step ${number(now.state.step)}: ${V.score(now, now.records[now.records.length - 1])}.`);
        showAll();
      },
      reset: () => reset(),
      pair: askPair,
      "next-seed": () => takeSeed(Number(chosen().seed) + 1),
      "add-point": () => addPoint(Number(field("pointx").value), Number(field("pointy").value)),
      "undo-point": () => {
        own[field("task").value] = own[field("task").value].slice(0, -1);
        changed();
      },
      "clear-points": () => {
        own[field("task").value] = [];
        changed();
      },
      "use-table": () => useTable(field("csv").value),
      "copy-python": async () => say(await copy(find(".python code"))),
      "copy-address": async () => say(await copy(field("address"))),
    };

    at.addEventListener("click", (event) => {
      const clicked = event.target.closest("button");
      if (!clicked) return;
      const { do: action, remove, add, watch } = clicked.dataset;
      if (action) ACTIONS[action]();
      if (remove !== undefined || add !== undefined) {
        touched.add("hidden");
        hidden =
          remove !== undefined
            ? hidden.filter((_, i) => i !== Number(remove))
            : [...hidden, hidden[hidden.length - 1] || 3];
        showLayers({ layer: remove !== undefined ? Math.min(Number(remove), hidden.length - 1) : hidden.length - 1 });
        changed();
      }
      if (watch !== undefined) {
        takeSeed(watch);
        find(".views").scrollIntoView();
        button("run").focus({ preventScroll: true });
      }
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => {
      const { name, dataset, value, files } = event.target;
      if (dataset.layer !== undefined) {
        const width = Math.max(1, Math.min(S.MOST_WIDTH, Math.round(Number(value)) || 1));
        event.target.value = width;
        hidden = hidden.map((old, i) => (i === Number(dataset.layer) ? width : old));
        touched.add("hidden");
        changed();
      } else if (name === "file") {
        if (files[0]) {
          files[0].text().then((text) => {
            field("csv").value = text.slice(0, 200_000);
            useTable(text);
          });
          event.target.value = ""; // so that the same file, corrected, can be chosen again
        }
      } else if (name in S.DEFAULTS || name === "scale") {
        touched.add(name);
        if (name === "task") {
          const free = Object.entries({ ...S.DEFAULTS, ...S.suggested(value) }).filter(([one]) => !touched.has(one));
          set(Object.fromEntries(free.filter(([one]) => one !== "task")));
        }
        changed();
      }
    });
    field("unit").addEventListener("change", (event) => {
      if (!now) return;
      now.unit = Number(event.target.value);
      showAll();
    });
    field("replay").addEventListener("input", (event) => {
      if (!now) return;
      now.at = Number(event.target.value);
      showAll();
    });
    for (const details of at.querySelectorAll("details")) details.addEventListener("toggle", unfold);

    const within = (canvas, event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    find(".answer canvas").addEventListener("click", (event) => {
      if (T.TASKS[field("task").value].own !== "points") return;
      const canvas = event.target;
      const [x, y] = within(canvas, event);
      const box = D.inside(canvas.clientWidth, canvas.clientHeight);
      const [a, b] = [(x - box.x) / box.width, 1 - (y - box.y) / box.height];
      if (a >= 0 && a <= 1 && b >= 0 && b <= 1) addPoint(2 * a - 1, 2 * b - 1);
    });
    find(".net canvas").addEventListener("click", (event) => {
      if (!now) return;
      const [x, y] = within(event.target, event);
      const all = D.tiles(now.state.params.sizes, event.target.clientWidth, event.target.clientHeight);
      const unit = all.findIndex(
        (tile) => x >= tile.x && x <= tile.x + tile.size && y >= tile.y && y <= tile.y + tile.size,
      );
      if (unit < 0) return;
      now.unit = unit;
      field("unit").value = unit;
      showAll();
    });

    const redraw = () => {
      if (now) showAll();
      else blank(fault(chosen()));
      drawPair();
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    let wide = 0;
    new ResizeObserver(() => {
      if (Math.abs(at.clientWidth - wide) < 1) return;
      wide = at.clientWidth;
      redraw();
    }).observe(at);
    addEventListener("hashchange", () => {
      if (location.hash !== toHash(chosen()) && fromHash()) reset();
    });

    // ---- Begin

    const groups = {};
    for (const [value, { group, text }] of Object.entries(T.TASKS)) {
      groups[group] = groups[group] || element("optgroup", { label: group });
      groups[group].append(element("option", { value, textContent: text }));
    }
    field("task").replaceChildren(...Object.values(groups));
    for (const [name, texts] of Object.entries(S.NAMES)) fill(name, texts);
    if (at.clientWidth < 640) find(".more").open = false;
    set(S.DEFAULTS);
    fromHash();
    reset();
  }

  Object.assign(root.Playground, { mount, copy });
  if (typeof document !== "undefined" && document.getElementById("playground"))
    mount(document.getElementById("playground"));
})(typeof self === "undefined" ? globalThis : self);
