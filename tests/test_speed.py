"""The speed experiment: every method trains the same thing, times are taken in turns, rules give what they should.

Nothing here asserts how long anything takes.
"""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, check_verdicts, figures, results
from experiments.speed import (
    _compare,
    _memory,
    _peers,
    _plain,
    _rules,
    _timing,
    early_stopping,
    ensembles,
    grid,
    price,
    shapes,
)

MACHINE = {"device": "cpu", "backend": "cpu", "processor": "Toy", "cores": 2, "versions": {"jax": "0"}, "missing": []}
EVERY = list(_compare.METHODS)
OUTCOMES = [((1.1, 1.2, 1.3), REPRODUCED), ((0.8, 0.9, 1.6), PARTLY), ((0.6, 0.7, 0.8), NOT_REPRODUCED)]


# --- the methods


def test_a_loop_of_steps_a_scan_and_a_vmap_train_the_same_networks():
    problem = _plain.xor(3)
    loop, scan, vmap = (method(problem, 3, 20)() for method in (_plain.loop, _plain.scan, _plain.vmap))
    np.testing.assert_allclose(scan, loop, rtol=1e-5)
    np.testing.assert_allclose(vmap, loop, rtol=1e-5)


def test_each_learning_rate_of_a_grid_is_the_rate_alone():
    problem = _plain.curve(4, rows=8, activation="relu")
    both = _plain.vmap_rates(problem, 3, 10, np.asarray([0.1, 0.01]))()
    assert both.shape == (2, 3)
    np.testing.assert_allclose(both[1], _plain.vmap(problem, 3, 10)(), rtol=1e-5)
    assert not np.allclose(both[0], both[1], rtol=1e-3)


@pytest.mark.parametrize(
    "problem", [_plain.xor(2), pytest.param(_plain.curve(8, rows=16), marks=pytest.mark.slow)], ids=["xor", "curve"]
)
def test_plain_jax_and_the_engine_train_alike(problem: _plain.Problem):
    """The first weights follow other laws of the same variance, so the losses agree as two samples do."""
    plain, engine = _plain.vmap(problem, 512, 200)(), _plain.engine(problem, 512, 200)()
    assert plain.shape == engine.shape == (512,)
    constant = np.log(2) if problem.loss == "sigmoid_binary_cross_entropy" else problem.y.var()
    assert plain.mean() < 0.95 * constant
    error = np.sqrt((plain.var() + engine.var()) / 512)
    assert abs(plain.mean() - engine.mean()) < 4 * error


@pytest.mark.parametrize("name", sorted(_compare.PACKAGE))
@pytest.mark.parametrize("problem", [_plain.xor(4), _plain.curve(4, rows=16)], ids=["xor", "curve"])
def test_peers_train_the_same_thing_where_they_are_installed(name: str, problem: _plain.Problem):
    if not _compare.installed([name]):
        pytest.skip(f"{_compare.PACKAGE[name]} is not installed")
    before, after = (_compare.METHODS[name](problem, 8, steps)() for steps in (1, 60))
    assert after.shape == (8,)
    assert after.mean() < before.mean()
    # Eight networks of any first weights: the same task and the same steps leave a loss of the same size.
    assert after.mean() == pytest.approx(_plain.vmap(problem, 8, 60)().mean(), rel=0.5)


def test_scikit_learn_takes_every_step():
    if not _compare.installed(["sklearn"]):
        pytest.skip("scikit-learn is not installed")
    neural, problem = _peers.load("sklearn.neural_network"), _plain.xor(2)
    taken = []

    class Counted(neural.MLPClassifier):
        def fit(self, x, y):
            super().fit(x, y)
            taken.append((self.n_iter_, self.t_))  # epochs, examples seen
            return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neural, "MLPClassifier", Counted)
        _peers.sklearn(problem, 2, 700)()
    assert taken == [(700, 2800)] * 2


def test_operations_are_those_of_the_matrix_products():
    assert _plain.flops((1, 16, 1), 10) == 320 + 320 + 3 * 320  # no gradient of the first layer's input
    problem = _plain.curve(32, 32, 32, rows=256)
    params = _plain.init(jax.random.key(0), problem.sizes)
    step = jax.jit(lambda params: jax.grad(_plain.mean_loss)(params, problem.x, problem.y, problem))
    counted = step.lower(params).compile().cost_analysis()
    if not counted or "flops" not in counted:
        pytest.skip("the compiler does not count here")
    # It counts sums and products of the other operations as well.
    assert 1 <= counted["flops"] / _plain.flops(problem.sizes, 256) < 1.2


# --- taking times


def test_calls_alternate_and_each_round_begins_with_another(monkeypatch: pytest.MonkeyPatch):
    made = []
    calls = {name: lambda name=name: made.append(name) for name in "abc"}
    monkeypatch.setattr(_timing, "seconds", lambda call, repeats=1: float(call() is None))
    times = _timing.alternate(calls, 3, 0.0)
    assert "".join(made) == "abc" + "abc" + "abc" + "bca" + "cab"
    assert times.warm.shape == (3, 3)
    np.testing.assert_array_equal(times.compiling, np.zeros(3))


def test_short_calls_are_repeated():
    made = []
    _timing.alternate({"a": lambda: made.append(1)}, 1, 1e-4)
    assert len(made) > 10
    made.clear()
    _timing.seconds(lambda: made.append(1), repeats=7)
    assert len(made) == 7


def test_saved_programs_are_found_in_their_folder_alone():
    names = ("jax_enable_compilation_cache", "jax_compilation_cache_dir")
    before = [getattr(jax.config, name) for name in names]
    hits = []
    jax.monitoring.register_event_listener(lambda event, **_: hits.append(event.endswith("/cache_hits")))

    def compile_again() -> int:
        hits.clear()
        _timing.forget()
        assert jax.jit(lambda x: x * 3 + 1)(jnp.float32(2)) == 7
        return sum(hits)

    with _timing.empty_folder() as folder:
        with _timing.saved_programs(folder):
            assert compile_again() == 0
            assert compile_again() >= 1
        with _timing.saved_programs(None):
            assert compile_again() == 0
    jax.monitoring.clear_event_listeners()
    assert [getattr(jax.config, name) for name in names] == before


def test_memory_is_measured_in_bytes():
    used = np.zeros(2**22)
    used += 1
    assert used.nbytes < _memory.peak() < 2**40


# --- peers that are not there


def missing(module: str):
    raise ImportError(module)


@pytest.mark.slow
def test_missing_peers_are_named_and_the_rest_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_peers, "load", missing)
    assert _compare.installed(EVERY) == ["engine", "vmap", "scan", "loop"]
    config = price.Config((2,), 16, 5, scans=2, rounds=2, at_least=0.0)
    data = price.run(config)
    assert data.attrs["missing"] == ["torch", "turbanet", "scikit-learn"]
    assert list(data.way.values) == ["engine", "vmap", "scan", "loop"]
    assert np.isfinite(data.seconds).all()
    assert (data.seconds > 0).all()
    assert "Not installed, so not measured: torch, turbanet, scikit-learn." in _timing.where(data.attrs)
    assert {v.id for v in check_verdicts(price.verdicts(data))} == {"price_loop", "price_scan", "2-2-1_vmap"}
    drawn(price, data)


def test_a_peer_that_is_there_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_peers, "load", lambda module: importlib.import_module("numpy"))
    monkeypatch.setattr(_peers.metadata, "version", lambda package: "1.2.3")
    assert _peers.versions(["scikit-learn"]) == {"scikit-learn": "1.2.3"}
    assert _compare.installed(["sklearn", "engine"]) == ["engine", "sklearn"]


# --- rules, tables and figures on made-up times


def drawn(module, data: xr.Dataset) -> list[dict]:
    """Draw the figures and return the table, from data that went through the file format."""
    with figures.use_style():
        for name, figure in module.figures(data).items():
            assert name.isidentifier()
            figure.draw_without_rendering()
            assert all(ax.get_xlabel() or ax.get_shared_x_axes().get_siblings(ax) for ax in figure.axes)
        figures.plt.close("all")
    return module.table(data)


def compared(workloads: dict[str, dict[str, float]], ways=EVERY) -> xr.Dataset:
    """Methods that take `1 + extra` times the engine's 1 us per network and step, in five rounds around it."""
    wobble = np.asarray([0.98, 0.99, 1.0, 1.01, 1.02])
    seconds = np.asarray([[1e-6 * ratios.get(way, 1.0) * wobble for way in ways] for ratios in workloads.values()])
    seconds[:, ways.index("engine")] = 1e-6
    shape = (len(workloads), len(ways))
    amounts = {"networks": np.full(shape, 100), "steps": np.full(shape, 10)}
    return xr.Dataset(
        {
            "seconds": (("workload", "way", "round"), 1000 * seconds),
            "compile_seconds": (("workload", "way"), np.ones(shape)),
            **{name: (("workload", "way"), values) for name, values in amounts.items()},
        },
        {"workload": list(workloads), "way": list(ways)},
        dict(MACHINE),
    )


@pytest.mark.parametrize(("spread", "outcome"), OUTCOMES)
def test_at_least(spread, outcome):
    assert _rules.at_least(_rules.Spread(*spread), 1.0) == outcome


@pytest.mark.parametrize(("spread", "outcome"), OUTCOMES)
def test_at_most(spread, outcome):
    low, median, high = (1 / value for value in reversed(spread))
    assert _rules.at_most(_rules.Spread(low, median, high), 1.0) == outcome


def test_the_spread_is_that_of_the_quartiles():
    assert _rules.spread(range(5)) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, PARTLY), (0.5, NOT_REPRODUCED)])
def test_the_targets_of_price(factor, outcome):
    ratios = {
        work: {way: factor * t for (w, way), t in price.TARGETS.items() if w == work} for work in ("2-2-1", "2-8-1")
    }
    data = compared(ratios)
    found = {v.id: v for v in check_verdicts(price.verdicts(data))}
    for (workload, way), target in price.TARGETS.items():
        verdict = found[f"{workload}_{way}"]
        assert (verdict.reference, verdict.verdict) == (target, outcome)
        assert verdict.measured == pytest.approx(factor * target)
    assert found["price_torch_loop"].measured == pytest.approx(100 / (factor * 12_000))
    assert found["price_scan"].verdict == NOT_REPRODUCED  # as slow per network as the engine: a hundred cost a hundred
    rows = drawn(price, data)
    assert len(rows) == 2 * len(EVERY)
    assert rows[0]["ns_per_network_step"] == pytest.approx(1000)


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, PARTLY), (0.5, NOT_REPRODUCED)])
def test_the_targets_of_shapes(factor, outcome):
    names = ("1-16-1", "1-64-1", "1-32-32-32-1")
    ratios = {work: {way: factor * t for (w, way), t in shapes.TARGETS.items() if w == work} for work in names}
    data = compared(ratios)
    flops = [_plain.flops((1, 16, 1), 256), _plain.flops((1, 64, 1), 256), _plain.flops((1, 32, 32, 32, 1), 256)]
    data["flops"] = ("workload", flops)
    rate = flops[2] / 1e-6  # of the engine, at the deep network
    wobble = np.asarray([0.98, 0.99, 1.0, 1.01, 1.02])
    products = 2 * 100.0**3 / (rate * shapes.SHARE**-1 / factor) * np.stack([wobble, 2 * wobble])
    data["beside_seconds"] = (("workload", "call", "round"), np.broadcast_to(products, (3, 2, 5)))
    data = data.assign_coords(call=["100", "100"])
    for name in ("width", "depth"):
        data[f"{name}_seconds"] = (("line_method", name, "round"), np.full((2, 3, 5), 0.1) * wobble)
        data = data.assign_coords({name: [1, 2, 4]})
    data = data.assign_coords(line_method=list(shapes.LINES))
    data.attrs |= {"line_networks": 8, "line_steps": 2, "line_rows": 4, "depth_width": 16, "rows": 256}
    data.attrs |= {"deep": "1-32-32-32-1"}
    found = {v.id: v for v in check_verdicts(shapes.verdicts(data))}
    assert len(found) == len(shapes.TARGETS) + 1
    assert {v.verdict for v in found.values()} == {outcome}
    assert found["matmul_share"].measured == pytest.approx(factor * shapes.SHARE)
    rows = drawn(shapes, data)
    assert len(rows) == 3 * len(EVERY) + 2 * 2 * 3
    assert rows[-1]["workload"] == "1-16-16-16-16-1"


@pytest.mark.parametrize(
    ("largest", "gibibytes", "flat", "small"),
    [
        (1.1, 1.0, REPRODUCED, REPRODUCED),
        (1.205, 2.5, PARTLY, NOT_REPRODUCED),
        (1.5, 9.0, NOT_REPRODUCED, NOT_REPRODUCED),
    ],
)
def test_flat_and_small(largest, gibibytes, flat, small):
    sizes = [1, 1_000, 10_000, 1_000_000]
    wobble = np.asarray([0.98, 0.99, 1.0, 1.01, 1.02])
    per_step = np.asarray([[50 * wobble, 1 + 0 * wobble, largest * wobble, 1 + 0 * wobble]] * 2)
    per_step[1, -1] = np.nan  # too large for the plain program
    data = xr.Dataset(
        {
            "seconds": (("way", "networks", "round"), 1e-9 * 10 * np.asarray(sizes)[:, None] * per_step),
            "peak_bytes": ("measured_networks", [1e9, gibibytes * 2**30 + 1e6]),
            "result_bytes": ("measured_networks", [1e3, 1e6]),
        },
        {"way": ["engine", "vmap"], "networks": sizes, "measured_networks": [1_000, 1_000_000]},
        MACHINE | {"steps": 10},
    )
    found = {v.id: v for v in check_verdicts(ensembles.verdicts(data))}
    assert (found["flat"].verdict, found["memory"].verdict) == (flat, small)
    assert found["flat"].measured == pytest.approx(largest)
    assert found["memory"].measured == pytest.approx(gibibytes)
    rows = drawn(ensembles, data)
    assert [(row["method"], row["networks"]) for row in rows[-3:]] == [("vmap", n) for n in sizes[:3]]
    assert rows[1]["networks_per_second"] == pytest.approx(1e8)


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, PARTLY), (0.5, NOT_REPRODUCED)])
def test_the_targets_of_the_grid(factor, outcome):
    wobble = np.asarray([0.98, 0.99, 1.0, 1.01, 1.02])
    seconds = np.full((3, 2, 5), np.nan)
    seconds[0] = 1.0
    seconds[1] = np.outer(np.asarray([grid.FEW, grid.MANY]) * factor, wobble)
    seconds[2, 0] = 1 / (grid.WARM * factor * wobble)
    coords = {"way": list(grid.WAYS), "steps": [200, 1_000]}
    attrs = MACHINE | {"networks": 9_216, "shapes": 72, "programs": 72}
    data = xr.Dataset({"seconds": (("way", "steps", "round"), seconds)}, coords, attrs)
    found = {v.id: v for v in check_verdicts(grid.verdicts(data))}
    assert list(found) == ["few_steps", "many_steps", "warm_cache"]
    assert {v.verdict for v in found.values()} == {outcome}
    assert len(drawn(grid, data)) == 5  # saved programs are timed at few steps alone
    assert [v.id for v in grid.verdicts(data.isel(steps=[0]))] == ["few_steps", "warm_cache"]


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, PARTLY), (0.5, NOT_REPRODUCED)])
def test_the_target_of_early_stopping(factor, outcome):
    wobble = np.asarray([0.98, 0.99, 1.0, 1.01, 1.02])
    data = xr.Dataset(
        {
            "seconds": (("way", "round"), np.stack([0 * wobble + 1, 2 * factor * wobble, wobble])),
            "training": ("step", [100, 100, 50, 0]),
        },
        {"way": list(early_stopping.WAYS), "step": [0, 20, 40, 60]},
        MACHINE | {"networks": 100, "learned": 99, "last_step": 60, "loss": 0.01, "shape": "2-8-1"},
    )
    (verdict,) = check_verdicts(early_stopping.verdicts(data))
    assert verdict.verdict == outcome
    assert early_stopping.ideal(data) == pytest.approx(300 / 250)
    assert len(drawn(early_stopping, data)) == 3


# --- tiny runs


@pytest.fixture
def nothing_trained(monkeypatch: pytest.MonkeyPatch):
    """Methods that return at once: what is tested is where the times are put."""
    for name in EVERY:
        monkeypatch.setitem(_compare.METHODS, name, lambda problem, networks, steps: lambda: np.zeros(networks))


@pytest.mark.usefixtures("nothing_trained")
def test_tiny_shapes():
    config = shapes.Config(
        one_layer=(4,), networks=4, deep=(4, 4), deep_networks=4, rows=8, num_steps=3, peak_sizes=(8, 16),
        widths=(2, 3), depths=(1,), depth_width=2, rounds=2, at_least=0.0, methods=("vmap", "engine"),
    )  # fmt: skip
    data = shapes.run(config)
    sizes = {"workload": 2, "way": 2, "round": 2, "call": 2, "line_method": 2, "width": 2, "depth": 1}
    assert dict(data.sizes) == sizes
    assert all(np.isfinite(data[name]).all() for name in data)
    assert data.flops.sel(workload="1-4-4-1") == _plain.flops((1, 4, 4, 1), 8)
    check_verdicts(shapes.verdicts(data))


@pytest.mark.usefixtures("nothing_trained")
def test_tiny_ensembles(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_memory, "measure", lambda networks, steps: [(10**9, 100)] * len(networks))
    data = ensembles.run(ensembles.Config((1, 3), 1, 2, rounds=2, at_least=0.0))
    assert np.isfinite(data.seconds).all("round").values.tolist() == [[True, True], [True, False]]
    assert data.measured_networks == 3


@pytest.mark.parametrize("method", EVERY)
def test_slow_methods_train_less(method: str):
    work = _compare.Workload(_plain.xor(2), 1_000, 100)
    networks, steps = _compare.Effort(1, 20, 10, 5).of(method, work)
    alone = {"loop": 1, "scan": 20, "torch_loop": 1, "sklearn": 1}
    assert networks == alone.get(method, 1_000)
    assert steps == {"torch_batched": 10, "turbanet": 5}.get(method, 100)


@pytest.mark.slow
def test_tiny_early_stopping(tmp_path):
    data = early_stopping.run(early_stopping.Config(2, 64, 2_000, rounds=2, at_least=0.0))
    assert data.attrs["last_step"] % 20 == 0
    assert 0 < data.attrs["learned"] <= 64
    assert data.training[0] == 64
    assert data.training[-1] == 64 - data.attrs["learned"]
    results.save_dataset(data, tmp_path / "data.nc")
    xr.testing.assert_identical(results.load_dataset(tmp_path / "data.nc"), data)


def test_a_tiny_grid(monkeypatch: pytest.MonkeyPatch):
    config = grid.Config((2,), (1, 2), ("tanh",), 2, 3, rows=8, steps=(2, 5), rounds=2)
    trained = []
    for way in ("plain", "sweep"):
        monkeypatch.setattr(grid, way, lambda config, steps, way=way: trained.append((way, steps)))
    data = grid.run(config)
    assert np.isfinite(data.seconds).all("round").values.tolist() == [[True, True], [True, True], [True, False]]
    assert (data.attrs["networks"], data.attrs["shapes"]) == (12, 2)
    one = [("sweep", 2), ("plain", 2), ("sweep", 2), ("sweep", 5), ("plain", 5)]
    assert trained == [("sweep", 2), *one, *one[::-1]]


def test_the_grid_is_the_same_in_both_ways():
    config = grid.Config((2,), (1,), ("relu",), 2, 64, rows=8, steps=(20,))
    plain, engine = grid.plain(config, 20), grid.sweep(config, 20)
    assert plain.shape == engine.shape == (1, 2, 64)
    error = np.sqrt((plain.var(axis=-1) + engine.var(axis=-1)) / 64)
    assert (abs(plain.mean(axis=-1) - engine.mean(axis=-1)) < 4 * error).all()


@pytest.mark.slow
def test_memory_is_measured_in_a_process_of_its_own():
    (small, result), (large, larger) = _memory.measure((10, 20_000), 2)
    assert small <= large
    assert result < larger < large
