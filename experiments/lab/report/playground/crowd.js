/* A hundred networks with the same settings and other seeds, trained in slices of time: in a worker where there is one,
   else between the frames of the page. */
(function (root) {
  "use strict";
  const { network, tasks } = root.Playground;

  const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9];

  /** Train all seeds from one recorded step to the next. `slice(ms)` works so long and returns what was finished: for
      each recorded step the quantiles of the losses, how many solved it, the first seed that did and did not, and where
      those that did not are: whether the highest quantile is one of theirs, and whether all lie beyond it. */
  function crowd({ settings, data, seeds }) {
    const aim = tasks.goal(data);
    const states = seeds.map(() => null);
    const found = seeds.map(() => null);
    let [step, next] = [0, 0];

    function summary() {
      const ordered = [...found].sort((a, b) => a.loss - b.loss);
      const place = (q) => Math.round(q * (found.length - 1));
      const isSolved = (one) => tasks.isSolved(one, aim);
      const solved = found.map(isSolved);
      const fan = ordered.slice(0, place(QUANTILES[QUANTILES.length - 1]) + 1);
      return {
        step,
        quantiles: QUANTILES.map((q) => ordered[place(q)].loss),
        unsolved: { edge: !isSolved(fan[fan.length - 1]), beyond: fan.every(isSolved) },
        solved: solved.filter(Boolean).length,
        count: seeds.length,
        first: [seeds[solved.indexOf(true)] ?? null, seeds[solved.indexOf(false)] ?? null],
      };
    }

    function slice(milliseconds) {
      const until = Date.now() + milliseconds;
      const records = [];
      while (step <= settings.num_steps && Date.now() < until) {
        const before = states[next];
        const ahead = before
          ? network.advance(before, data, settings, step - before.step)
          : network.begin(seeds[next], data, settings);
        [states[next], found[next]] = network.judge(ahead, data, settings);
        next += 1;
        if (next === seeds.length) {
          records.push(summary());
          [next, step] = [0, step + settings.record_every];
        }
      }
      return { records, done: step > settings.num_steps };
    }

    return { slice };
  }

  /** Answer messages {id, begin, run} by messages {id, records, done}. It yields after each slice, to hear the next. */
  function serve(scope, milliseconds = 60) {
    let [work, id, running, waiting] = [null, 0, false, false];
    function go() {
      waiting = false;
      if (!running) return;
      const answer = work.slice(milliseconds);
      running = !answer.done;
      waiting = running;
      if (waiting) setTimeout(go, 0);
      scope.postMessage({ id, ...answer });
    }
    scope.onmessage = ({ data: message }) => {
      if (message.begin) [work, id] = [crowd(message.begin), message.id];
      running = message.run && work !== null;
      if (running && !waiting) go();
    };
  }

  Object.assign(root.Playground, { crowd, serve });
})(typeof self === "undefined" ? globalThis : self);
