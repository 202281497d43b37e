"""The methods train the same thing, times are taken in turns, and peers that are missing are left out.

Nothing here asserts how long anything takes.
"""

import importlib
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.lab import rounds
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.speed.shared import compare, labels, limit, peers, plain, ratios, timing

EVERY = list(compare.METHODS)


# --- the methods


@pytest.mark.slow
def test_a_loop_of_steps_a_scan_and_a_vmap_train_the_same_networks_and_a_grid_has_them_at_each_rate():
    problem = plain.xor(3)
    loop, scan, vmap = (method(problem, 3, 20)() for method in (plain.loop, plain.scan, plain.vmap))
    np.testing.assert_allclose(scan, loop, rtol=1e-5)
    np.testing.assert_allclose(vmap, loop, rtol=1e-5)
    both = plain.vmap_rates(problem, 3, 20, np.asarray([0.1, problem.learning_rate]))()
    assert both.shape == (2, 3)
    np.testing.assert_allclose(both[1], vmap, rtol=1e-5)
    assert not np.allclose(both[0], both[1], rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("problem", [plain.xor(2), plain.curve(8, rows=16)], ids=["xor", "curve"])
def test_plain_jax_and_the_engine_train_alike(problem: plain.Problem):
    """The initial weights follow other laws of the same variance, so the losses agree as two samples do."""
    vmap, engine = plain.vmap(problem, 512, 200)(), plain.engine(problem, 512, 200)()
    assert vmap.shape == engine.shape == (512,)
    constant = np.log(2) if problem.loss == "sigmoid_binary_cross_entropy" else problem.y.var()
    assert vmap.mean() < 0.95 * constant
    error = np.sqrt((vmap.var() + engine.var()) / 512)
    assert abs(vmap.mean() - engine.mean()) < 4 * error


@pytest.mark.skipif(limit.compiler() is None, reason="there is no C++ compiler")
def test_the_program_in_cpp_trains_alike_and_nothing_but_its_shape():
    """As the engine, it solves XOR or not: the shares of the seeds agree as two samples do."""
    problem = plain.xor(3)
    found, engine = limit.cpp(problem, 1000, 2000)(), plain.engine(problem, 1000, 2000)()
    assert np.isfinite(found).all()
    assert np.multiply(np.float64(1e-310), 0.5) > 0, (
        "a library that was linked with -ffast-math switches subnormal numbers off"
    )
    solved = [np.mean(losses < 0.1) for losses in (found, engine)]
    assert 0.2 < solved[0] < 1
    assert abs(solved[0] - solved[1]) < 4 * np.sqrt(2 * 0.25 / 1000)
    for other in (plain.xor(2, 2), plain.curve(2, rows=4)):
        with pytest.raises(ValueError, match="2-H-1 on XOR alone"):
            limit.cpp(other, 4, 1)


def test_the_peak_is_that_of_the_fastest_product(compared):
    data = compared({"2-2-1": {}}).isel(round=[0, 1]).drop_dims("size").assign_coords(size=[10, 100])
    data["product_seconds"] = (("workload", "size", "round"), [[[1e-6, 2e-6], [1e-2, 1e-4]]])
    np.testing.assert_allclose(ratios.peak(data), [[2e9, 2e10]])
    assert limit.product(8)().shape == (8, 8)


@pytest.mark.parametrize("name", sorted(labels.PACKAGE))
@pytest.mark.parametrize("problem", [plain.xor(4), plain.curve(4, rows=16)], ids=["xor", "curve"])
def test_peers_train_the_same_thing_where_they_are_installed(name: str, problem: plain.Problem):
    if not compare.installed([name]):
        pytest.skip(f"{labels.PACKAGE[name]} is not installed")
    before, after = (compare.METHODS[name](problem, 8, steps)() for steps in (1, 60))
    assert after.shape == (8,)
    assert after.mean() < before.mean()
    # Eight networks of any initial weights: the same task and the same steps leave a loss of the same size.
    assert after.mean() == pytest.approx(plain.vmap(problem, 8, 60)().mean(), rel=0.5)


def test_scikit_learn_takes_every_step():
    if not compare.installed(["sklearn"]):
        pytest.skip("scikit-learn is not installed")
    neural, problem = peers.load("sklearn.neural_network"), plain.xor(2)
    taken = []

    class Counted(neural.MLPClassifier):
        def fit(self, x, y):
            super().fit(x, y)
            taken.append((self.n_iter_, self.t_))  # epochs, examples seen
            return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neural, "MLPClassifier", Counted)
        peers.sklearn(problem, 2, 700)()
    assert taken == [(700, 2800)] * 2


def test_operations_are_those_of_the_matrix_products():
    assert plain.flops((1, 16, 1), 10) == 320 + 320 + 3 * 320  # no gradient of the first layer's input
    problem = plain.curve(32, 32, 32, rows=256)
    params = plain.init(jax.random.key(0), problem.sizes)
    step = jax.jit(lambda params: jax.grad(plain.mean_loss)(params, problem.x, problem.y, problem))
    counted = step.lower(params).compile().cost_analysis()
    if not counted or "flops" not in counted:
        pytest.skip("the compiler does not count here")
    # It counts sums and products of the other operations as well.
    assert 1 <= counted["flops"] / plain.flops(problem.sizes, 256) < 1.2


# --- taking times


def test_calls_alternate_and_each_round_has_its_order(monkeypatch: pytest.MonkeyPatch):
    made = []
    calls = {name: lambda name=name: made.append(name) for name in "abc"}
    monkeypatch.setattr(timing, "seconds", lambda call, repeats=1: float(call() is None))
    times = timing.alternate(calls, 3, 0.0)
    rounds = ["".join(made[at : at + 3]) for at in range(0, len(made), 3)]
    assert rounds == ["abc", "abc", *("".join("abc"[i] for i in timing.order(r, 3)) for r in range(3))]
    assert times.warm.shape == (3, 3)
    np.testing.assert_array_equal(times.compiling, np.zeros(3))


def test_no_call_always_follows_the_same():
    orders = [timing.order(r, 9).tolist() for r in range(15)]
    assert all(sorted(one) == list(range(9)) for one in orders)
    assert all(len({one[one.index(i) - 1] for one in orders}) > 3 for i in range(9))


def test_short_calls_are_repeated():
    made = []
    timing.alternate({"a": lambda: made.append(1)}, 1, 1e-4)
    assert len(made) > 10
    made.clear()
    timing.seconds(lambda: made.append(1), repeats=7)
    assert len(made) == 7


def test_saved_programs_are_found_in_their_folder_alone():
    names = ("jax_enable_compilation_cache", "jax_compilation_cache_dir")
    before = [getattr(jax.config, name) for name in names]
    hits = []

    def listen(event, **_):
        hits.append(event.endswith("/cache_hits"))

    jax.monitoring.register_event_listener(listen)

    def compile_again() -> int:
        hits.clear()
        timing.forget()
        assert jax.jit(lambda x: x * 3 + 1)(jnp.float32(2)) == 7
        return sum(hits)

    with timing.empty_folder() as folder:
        with timing.saved_programs(folder):
            assert compile_again() == 0
            assert compile_again() >= 1
        with timing.saved_programs(None):
            assert compile_again() == 0
    jax.monitoring.unregister_event_listener(listen)
    assert [getattr(jax.config, name) for name in names] == before


def test_programs_that_sweeps_keep_are_forgotten():
    hits = []

    def listen(event, **_):
        hits.append(event.endswith("/cache_hits"))

    jax.monitoring.register_event_listener(listen)

    def trained_again() -> int:
        hits.clear()
        plain.engine_runs(plain.xor(2), 4, 5)
        return sum(hits)

    with timing.empty_folder() as folder, timing.saved_programs(folder):
        timing.forget()
        assert trained_again() == 0
        assert trained_again() == 0
        timing.forget()
        assert trained_again() >= 3  # draw, begin, advance
    jax.monitoring.unregister_event_listener(listen)


@pytest.mark.parametrize(
    ("ratios", "outcome"),
    [
        ((1.1, 1.2, 1.3, 1.4, 1.5, 1.6), REPRODUCED),
        ((0.9, 1.2, 1.3, 1.4, 1.5, 1.6), NOT_SETTLED),
        ((0.4, 0.5, 0.6, 0.7, 0.8, 0.9), NOT_REPRODUCED),
        ((1.1, 1.2, 1.3, 1.4, 1.5), NOT_SETTLED),  # too few
    ],
)
def test_the_interval_of_the_median_decides(ratios, outcome):
    statement = rounds.faster("a", "It is faster.", 1.0)
    assert rounds.verdict(statement, "So fast.", rounds.median_interval(ratios), len(ratios)).outcome == outcome


def test_the_interval_holds_the_median_of_all_rounds_often_enough():
    assert rounds.median_interval(range(2)) == (0.0, 0.5, 1.0)
    assert rounds.median_interval([8, 0, 1, 7, 2, 6, 3, 5, 4]) == (1.0, 4.0, 7.0)
    for n in range(1, 40):
        # So many rounds lie below the lower end, and above the upper one.
        below = int(rounds.median_interval(range(n)).low)
        missed = [2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n for k in (below, below + 1)]
        assert (missed[0] <= 0.05) == (n >= rounds.FEWEST)
        assert missed[1] > 0.05  # no narrower interval would do


def test_a_number_is_told_with_three_digits_and_never_in_powers_of_ten():
    told = {0.12345: "0.123", 12.345: "12.3", 999.4: "999", 999.9: "1,000", 12_345.6: "12,346"}
    assert {value: rounds.short(value) for value in told} == told


# --- peers that are not there


def missing(module: str):
    raise ImportError(module)


def test_a_peer_that_is_there_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(peers, "load", lambda module: importlib.import_module("numpy"))
    monkeypatch.setattr(peers.metadata, "version", lambda package: "1.2.3")
    assert peers.versions(["scikit-learn"]) == {"scikit-learn": "1.2.3"}
    assert compare.installed(["sklearn", "engine"]) == ["engine", "sklearn"]


@pytest.mark.parametrize("method", EVERY)
def test_slow_methods_train_less(method: str):
    work = compare.Workload(plain.xor(2), 1_000, 100)
    networks, steps = compare.Effort(1, 20, 10, 5).of(method, work)
    alone = {"loop": 1, "scan": 20, "torch_loop": 1, "sklearn": 1}
    assert networks == alone.get(method, 1_000)
    assert steps == {"torch_batched": 10, "turbanet": 5}.get(method, 100)
