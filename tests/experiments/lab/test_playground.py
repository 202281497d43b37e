"""The playground computes what nnjax computes: its JavaScript, run by node, against JAX and nnjax."""

import contextlib
import io
import json
import math
import re
import shutil
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nnjax
from experiments.lab.report import page, playground
from nnjax import activations, initializers, mlp, objective, solvers, training
from nnjax.statistics import wilson

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node, which runs the JavaScript of the playground")

XOR = {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]]}
SETTINGS = dict(
    task="xor", hidden=[3], activation="tanh", output_activation="identity", init="lecun_normal", bias_init="zeros",
    solver="adam", learning_rate=0.1, loss="sigmoid_binary_cross_entropy", seed=4, num_steps=100, record_every=10,
)  # fmt: skip


def node(script, **given):
    """What JavaScript returns, given numbers by name; N, T and P are network.js, tasks.js, and all but app.js."""
    files = [str(playground.FOLDER / name) for name in playground.SCRIPTS[:-1]]
    begin = f"{json.dumps(files)}.forEach((file) => require(file)); const P = globalThis.Playground;"
    begin += "const [N, T] = [P.network, P.tasks];"
    names = ", ".join(given)
    text = f"{begin} const {{ {names} }} = {json.dumps(given)}; const answer = (() => {{ {script} }})();"
    text += "process.stdout.write(JSON.stringify(answer));"
    done = subprocess.run([NODE or "", "-e", text], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def layers(found, dtype=np.float32):
    return tuple(mlp.Layer(np.array(one["w"], dtype), np.array(one["b"], dtype)) for one in found)


def largest_difference(one, other):
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return max(float(np.abs(np.asarray(a, float) - np.asarray(b, float)).max()) for a, b in pairs)


@needs_node
def test_keys_and_words_are_those_of_jax():
    seeds = [0, 1, 2**31 + 5, 2**32 - 1]
    found = node(
        """return seeds.map((seed) => {
             const folded = N.foldIn(N.key(seed), 77);
             return [N.key(seed), folded, ...N.split(folded, 3), [0, 1, 9].map((i) => N.bits(folded, i))];
           });""",
        seeds=seeds,
    )
    for seed, (key, folded, *split, bits) in zip(seeds, found, strict=True):
        one = jax.random.fold_in(jax.random.key(np.uint32(seed)), 77)
        assert key == jax.random.key_data(jax.random.key(np.uint32(seed))).tolist()
        assert folded == jax.random.key_data(one).tolist()
        assert split == jax.random.key_data(jax.random.split(one, 3)).tolist()
        assert bits == jax.random.bits(one, (10,))[np.array([0, 1, 9])].tolist()


@needs_node
def test_uniform_numbers_are_exact_and_normal_ones_within_a_millionth():
    n = 20_000  # among them some beyond 3.7 standard deviations
    found = node(
        """const key = N.foldIn(N.key(7), 3);
           const draw = (f) => Array.from({ length: n }, (_, i) => f(key, i));
           return [draw((k, i) => N.uniform(k, i, -1, 1)), draw(N.normal), draw(N.truncated)];""",
        n=n,
    )
    even, normal, truncated = (np.array(one) for one in found)
    key = jax.random.fold_in(jax.random.key(7), 3)
    assert (even == np.asarray(initializers.symmetric(key, (n,), "float32"), float)).all()
    there = np.asarray(jax.random.normal(key, (n,)), float)
    assert np.abs(there).max() > 3.7
    assert np.abs(normal - there).max() < 1e-6
    assert np.abs(truncated - np.asarray(initializers.truncated(key, (n,), "float32"), float)).max() < 1e-6


@needs_node
def test_every_law_on_offer_has_the_scale_and_the_numbers_of_nnjax():
    laws = node(
        """const key = N.key(0);
           const of = (draw) => draw === undefined ? null : [0, 1, 2].map((i) => draw(key, i));
           return Object.fromEntries(Object.entries(N.INITIALIZERS).map(
             ([name, { draw, scale }]) => [name, [of(draw), scale(5, 2)]]));"""
    )
    assert len(laws) == 10
    kinds = {
        draw: np.asarray(draw(jax.random.key(0), (3,), "float32"), float)
        for draw in (initializers.truncated, initializers.symmetric, initializers.zeros, jax.random.normal)
    }
    for name, (numbers, scale) in laws.items():
        law = initializers.get(name)
        entries = law.entries or initializers.truncated  # of "spread", in the later layers
        assert scale == pytest.approx(law.scale(5, 2), rel=1e-15), name
        assert np.abs(numbers - kinds[entries]).max() < 1e-6, name


@needs_node
@pytest.mark.parametrize(
    ("law", "bias", "limit"),
    # Slopes of "spread" are up to 3, and divided by half the range of an input, a quarter here.
    [("he_normal", "uniform", 1e-6 * math.sqrt(2)), ("spread", "zeros", 2e-5)],
)
def test_first_weights_are_those_of_the_seed(law, bias, limit):
    sizes, low, high = (2, 17, 1), [-1.0, 0.0], [3.0, 0.5]
    found = node(
        "return N.layers(N.init(N.foldIn(N.key(12), 0), sizes, { init: law, bias_init: bias, low, high }));",
        sizes=sizes, law=law, bias=bias, low=low, high=high,
    )  # fmt: skip
    ranges = dict(x_low=jnp.array(low), x_high=jnp.array(high)) if law == "spread" else {}
    key = jax.random.split(jax.random.key(12))[0]
    there = jax.jit(lambda key: mlp.init(key, sizes, init=law, bias_init=bias, **ranges))(key)
    assert largest_difference(layers(found), there) < limit
    if bias == "uniform":
        assert largest_difference([layer.b for layer in layers(found)], [layer.b for layer in there]) == 0


@needs_node
def test_activations_and_their_derivatives_are_those_of_nnjax():
    z = [-30.0, -3.0, -0.75, -1e-3, 0.0, 1e-3, 0.5, 2.0, 30.0]
    found = node(
        """return Object.entries(N.ACTIVATIONS).map(
             ([name, { f, d }]) => [name, z.map((one) => [f(one), d(one, f(one))])]);""",
        z=z,
    )
    assert len(found) == 12
    with jax.enable_x64(True):
        both = [jax.vmap(jax.value_and_grad(activations.get(name))) for name, _ in found]
        there = jax.jit(lambda z: [f(z) for f in both])(jnp.array(z))
    for (name, here), pair in zip(found, there, strict=True):
        assert np.abs(np.array(here) - np.stack(pair, axis=1)).max() < 1e-6, name


@needs_node
def test_gradients_agree_with_float64():
    sizes = (2, 3, 2, 1)
    cases = [
        ("tanh", "identity", "sigmoid_binary_cross_entropy"), ("gelu", "sigmoid", "squared_error"),
        ("relu", "identity", "squared_error"),
    ]  # fmt: skip
    params, results = node(
        """const params = N.init(N.key(3), sizes, { init: "normal", bias_init: "normal" });
           return [N.layers(params), cases.map(([activation, output_activation, loss]) => {
             const found = N.gradients(params, XOR, { activation, output_activation, loss });
             return [found.loss, N.layers({ sizes, values: found.gradient })];
           })];""",
        sizes=sizes, cases=cases, XOR=XOR,
    )  # fmt: skip
    with jax.enable_x64(True):
        x, y = jnp.array(XOR["x"], float), jnp.array(XOR["y"], float)

        def everything(params):
            specs = [training.Spec(sizes, a, o, loss=c, dtype="float64") for a, o, c in cases]
            goals = [lambda p, spec=spec: objective.mean_loss(p, x, y, None, spec) for spec in specs]
            return [jax.value_and_grad(goal)(params) for goal in goals]

        there = jax.jit(everything)(layers(params, np.float64))
    for case, (loss, gradient), (loss_there, gradient_there) in zip(cases, results, there, strict=True):
        assert loss == pytest.approx(float(loss_there), abs=1e-12), case
        assert largest_difference(layers(gradient, float), gradient_there) < 1e-6, case
        assert largest_difference(gradient_there, jax.tree.map(np.zeros_like, gradient_there)) > 1e-3, case


# Cases in which no gradient vanishes over 100 steps: where one does, Adam and its like turn rounding into steps.
CASES = [
    ("sgd", 0.3, "sigmoid_binary_cross_entropy", "identity"),
    ("momentum", 0.05, "squared_error", "sigmoid"),
    ("rmsprop", 0.003, "squared_error", "identity"),
    ("adagrad", 0.05, "sigmoid_binary_cross_entropy", "identity"),
    ("adam", 0.01, "sigmoid_binary_cross_entropy", "identity"),
]


@needs_node
def test_trajectories_of_100_steps_agree_with_float32():
    first, found = node(
        """const runs = cases.map(([solver, learning_rate, loss, output_activation]) => {
             const settings = { ...SETTINGS, solver, learning_rate, loss, output_activation };
             const begun = N.begin(settings.seed, XOR, settings);
             const ended = N.advance(begun, XOR, settings, 100);
             return [begun, ended].map(({ params }) => [N.layers(params), N.loss(params, XOR, settings)]);
           });
           return [runs[0][0][0], runs.map(([[, before], [params, after]]) => [before, after, params])];""",
        cases=CASES, SETTINGS=SETTINGS, XOR=XOR,
    )  # fmt: skip
    data = training.Data(*(jnp.array(XOR[name], "float32") for name in "xy"))

    @jax.jit
    def everything(params):
        ends = []
        for solver, rate, loss, output in CASES:
            name, extra = ("sgd", {"momentum": 0.9}) if solver == "momentum" else (solver, {})
            spec = training.Spec((2, 3, 1), output_activation=output, solver=name, loss=loss, num_steps=100)
            hyper = {"learning_rate": rate, **extra}
            state = training.begin(jax.random.key(0), params, hyper, data, spec)
            ends.append(training.advance(state, hyper, data, 0, 100, spec).params)
        return ends

    for case, (before, after, params), there in zip(CASES, found, everything(layers(first)), strict=True):
        assert after < 0.99 * before, case
        assert largest_difference(layers(params), there) < 1e-5, case


@needs_node
def test_solvers_take_the_steps_of_optax_where_gradients_are_small():
    gradient = [1e-6, -1e-4, 1e-2, 1.0]
    found = node(
        """return Object.entries(N.SOLVERS).map(([name, { init, step }]) => {
             let [state, total] = [init(4), [0, 0, 0, 0]];
             for (let i = 0; i < 3; i++) {
               const [change, next] = step(Float64Array.from(gradient), state, 0.1);
               [state, total] = [next, total.map((sum, j) => sum + change[j])];
             }
             return [name, total];
           });""",
        gradient=gradient,
    )

    @jax.jit
    def everything(start):
        ends = []
        for name, _ in found:
            named, extra = ("sgd", {"momentum": 0.9}) if name == "momentum" else (name, {})
            solver = solvers.build(named, {"learning_rate": 0.1, **extra})
            params, state = start, solver.init(start)
            for _ in range(3):
                params, state = solver.step(params, state, lambda p: p @ jnp.array(gradient))
            ends.append(params)
        return ends

    with jax.enable_x64(True):
        there = everything(jnp.zeros(4))
    for (name, total), end in zip(found, there, strict=True):
        assert np.array(total) == pytest.approx(np.asarray(end), rel=1e-9), name


@needs_node
def test_as_python_trains_the_same_network_and_the_same_share_of_200():
    settings = {**SETTINGS, "init": "glorot_uniform", "activation": "relu", "num_steps": 200, "record_every": 50}
    text, first, loss, record = node(
        """const data = T.data("xor");
           const begun = N.begin(settings.seed, data, settings);
           const [, end] = N.judge(N.advance(begun, data, settings, settings.num_steps), data, settings);
           const crowd = P.crowd({ settings, data, seeds: [...Array(200).keys()] });
           return [T.python(settings, {}), N.layers(begun.params), end.loss, crowd.slice(60000).records.at(-1)];""",
        settings=settings,
    )
    assert "seeds=101" in text
    scope = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(text.replace("seeds=101", "seeds=200"), scope)
    assert printed.getvalue().startswith("share solved 0.")
    assert largest_difference(layers(first), scope["first"]) == 0
    assert loss == pytest.approx(float(scope["run"].train_loss), abs=1e-4)
    there = int(scope["solved"].sum())
    assert 20 < there < 180  # else any two would agree
    assert abs(record["solved"] - there) <= 4  # of the same seeds; a few end near the threshold
    assert record["count"] == 200


@needs_node
def test_intervals_are_those_of_wilson():
    counts = [0, 1, 50, 99, 100]
    found = node("return counts.map((k) => N.wilson(k, 100));", counts=counts)
    assert np.array(found) == pytest.approx(np.stack(wilson(np.array(counts), np.full(5, 100)), axis=1), abs=1e-12)


@needs_node
def test_every_task_has_the_data_of_its_python():
    options = {
        "points": {"own": [[0.25, -1, 0], [0.5, 0.125, 1]]},
        "curve": {"own": [[0.25, -1, 0], [0.5, 0.1, 1]]},
        "table": {"own": {"x": [[1, 5, 7], [2, 9, 7]], "y": [[3], [8]], "kind": "numbers"}, "scale": True},
    }
    found = node(
        """return Object.fromEntries(Object.keys(T.TASKS).map((name) => {
             const given = { low: -1, ...options[name] };
             const data = T.data(name, given);
             return [name, { python: T.TASKS[name].python(given), goal: T.goal(data), ...data }];
           }));""",
        options=options,
    )
    assert set(found) > set(nnjax.tasks.BOOLEAN_NAMES)
    for name, task in found.items():
        scope = {"nnjax": nnjax, "np": np}
        exec("\n".join(task["python"]), scope)  # the text that a user copies
        data = scope["data"]
        assert np.abs(np.array(task["x"]) - data.x).max() < 1e-7, name
        assert np.abs(np.array(task["y"]) - data.y).max() < 1e-6, name
        if task["kind"] == "numbers":
            assert task["goal"]["loss"] == pytest.approx(0.01 * data.y.var(), rel=1e-6), name


@needs_node
def test_a_gate_of_one_class_can_be_solved_by_squared_error():
    found, text, cross = node(
        """const data = T.data("true");
           const given = (name) => ({ ...SETTINGS, task: "true", ...T.cost(name, data.kind) });
           const settings = given("squared_linear");
           const work = P.crowd({ settings, data, seeds: [0, 1, 2] });
           return [work.slice(60000).records.at(-1), T.python(settings, {}), T.python(given("cross_entropy"), {})];""",
        SETTINGS=SETTINGS,
    )
    assert found["solved"] == 3
    # Without it nnjax, too, would have no threshold between targets that are all the same, and no accuracy.
    assert "decision=0.5," in text
    assert "decision" not in cross


@needs_node
def test_tables_are_read_or_refused_with_the_line():
    texts = [
        "a,b,kind\n1,2,no\n\n3,4,yes", "1;2\n2;4,5", "1,2\n3", "1\t2\t3\n4\tx\t5", "1,2,u\n1,2,v\n1,2,w", "1,2",
        "a,kind\n1,no\n2,\n3,yes", "1,oops,3\n4,5,6\n7,8,9", '"a, in m","b"\n"1","no, never"\n2,yes', 'a,b\n1,"2\n3,4',
        '"a""b",5" pipe\n1,2\n2,3\n3,5', '"a"b,c\n1,2', "a,b,\n1,2,3\n4,5,6",
    ]  # fmt: skip
    found = node(
        "return texts.map((text) => { try { return T.readTable(text); } catch (error) { return error.message; } });",
        texts=texts,
    )
    assert found[0]["x"] == [[1, 2], [3, 4]]
    assert found[0]["y"] == [[0], [1]]
    assert found[0]["classes"] == ["no", "yes"]
    assert found[1] == 'Line 2, column 2: "4,5" has a decimal comma; write 4.5.'
    assert found[2] == "Line 2 has 1 columns, and the first has 2."
    assert found[3] == 'Line 2, column 2: "x" is no number.'
    assert "3 texts" in found[4]
    assert "two rows" in found[5]
    assert found[6] == "Line 3, kind: the target is missing."
    assert found[7] == 'Line 1, column 2: "oops" is no number (a first row that holds a number is taken for data).'
    assert found[8]["names"] == ["a, in m", "b"]
    assert found[8]["classes"] == ["no, never", "yes"]
    assert found[9] == "Line 2 has a quote that is not closed."
    assert found[10]["names"] == ['a"b', '5" pipe']
    assert found[11] == "Line 1 goes on behind a quote."
    assert found[12]["names"] == ["a", "b", ""]


@needs_node
def test_the_crowd_tells_where_those_are_that_did_not_solve_it():
    settings = {**SETTINGS, "num_steps": 60, "record_every": 20}
    found = node(
        """const data = T.data("xor");
           const of = (seeds) => P.crowd({ settings, data, seeds }).slice(60000).records.at(-1);
           const solves = (seed) => of([seed]).solved === 1;
           const all = [...Array(60).keys()];
           const [good, bad] = [all.filter(solves), all.filter((seed) => !solves(seed))];
           return [[...good.slice(0, 10), bad[0]], [bad[0]], good.slice(0, 2)].map((seeds) => of(seeds).unsolved);""",
        settings=settings,
    )
    assert found == [{"edge": False, "beyond": True}, {"edge": True, "beyond": False}, {"edge": False, "beyond": True}]


@needs_node
def test_what_can_be_chosen_is_what_can_be_trained_with():
    offered, known, suggested = node(
        """const { NAMES, DEFAULTS, suggested } = P.settings;
           const keys = (of) => Object.keys(of).sort();
           const known = { activation: N.ACTIVATIONS, solver: N.SOLVERS, init: N.INITIALIZERS, cost: T.COSTS };
           const both = Object.entries(known);
           return [both.map(([name]) => keys(NAMES[name])), both.map(([, of]) => keys(of)),
             Object.keys(T.TASKS).flatMap((task) => Object.entries({ ...DEFAULTS, ...suggested(task) })
               .filter(([name, value]) => name in NAMES && !(value in NAMES[name])))];"""
    )
    assert offered == known
    assert suggested == []


@needs_node
def test_a_view_has_the_values_of_every_unit_and_a_score_its_words():
    names, seen, score, stuck = node(
        """const V = P.views;
           const data = T.data("xor");
           const begun = N.begin(SETTINGS.seed, data, SETTINGS);
           const now = { data, settings: SETTINGS, layout: V.layout(data, "xor", {}) };
           const { signed } = V.look(now, begun.params);
           const last = { solved: 60, count: 100, quantiles: [0, 0, 0, 0, 0.6931], unsolved: { edge: true } };
           return [V.unitNames(begun.params.sizes), signed.map((of) => Array.from(of)),
             [{ loss: 0.25, accuracy: 0.75 }, { loss: NaN }].map((one) => V.score(now, one)),
             [last, { ...last, solved: 100 }].map(V.stuck)];""",
        SETTINGS=SETTINGS,
    )
    assert names == ["input 1", "input 2", *(f"layer 1, neuron {i}" for i in (1, 2, 3)), "the answer"]
    assert len(seen) == len(names)
    assert all(-1 <= value <= 1 for values in seen[2:] for value in values)
    assert score == ["3 of 4 training rows right, loss 0.25", "it has diverged"]
    assert stuck[0] == (
        "40 of the hundred did not solve it: the upper edge of the fan, a loss of 0.693, is one of theirs."
    )
    assert stuck[1] == ""


@needs_node
def test_the_key_says_what_is_drawn():
    found = node(
        """const key = (d, kind, isOutput, halfway) =>
             P.draw.key({ data: { x: [Array(d).fill(0)], kind }, isOutput, halfway });
           return cases.map((one) => key(...one));""",
        cases=[
            (2, "classes", True), (2, "classes", False, True), (2, "classes", False, False), (2, "numbers", True),
            (1, "numbers", True), (1, "numbers", False), (3, "classes", True), (3, "classes", False),
            (3, "numbers", False),
        ],
    )  # fmt: skip
    said = [
        "where the answer changes", "the line is halfway", "where it crosses 0", "the colour of its target",
        "the points are the task", "its value over x", "above it for ▲", "of class 1.", "for a row.",
    ]  # fmt: skip
    assert [words in key for words, key in zip(said, found, strict=True)] == [True] * len(said)
    assert "dashed" not in found[7]


@needs_node
def test_what_is_not_finite_is_painted_as_paper():
    colors = {"zero": "#000001", "one": "#0000ff", "paper": "#102030"}
    found = node(
        "return [NaN, Infinity, 0, 1].map((value) => [0, 1, 2].map((part) => P.draw.shades(colors)(value, part)));",
        colors=colors,
    )
    assert found[:3] == [[16, 32, 48]] * 3
    assert found[3] == pytest.approx([5.6, 11.2, 182.55])


def test_the_page_is_one_small_file_that_asks_for_nothing():
    text = page.document(playground.playground(), "Playground")
    assert len(text.encode()) < 120_000
    for forbidden in (
        "http:",
        "https:",
        "import(",
        "fetch(",
        "XMLHttpRequest",
        "localStorage",
        "sessionStorage",
        "indexedDB",
    ):
        assert forbidden not in text.replace("http://www.w3.org/2000/svg", ""), forbidden
    assert 'type="module"' not in text
    assert " src=" not in text


def test_its_style_sheet_leaves_the_rest_of_a_page_alone():
    selectors = re.findall(r"([^{}]+)\{", (playground.FOLDER / "playground.css").read_text("utf-8"))
    parts = [part.strip() for group in selectors if "@" not in group for part in group.split(",")]
    assert len(parts) > 50
    assert [part for part in parts if not part.startswith(".playground")] == []
