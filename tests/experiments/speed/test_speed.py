"""The methods train the same thing, times are taken in turns, and tables hold what was timed.

Nothing here asserts how long anything takes.
"""

import jax
import numpy as np
import pytest

from experiments.lab.claims import Refused
from experiments.speed import child, command, limit, peers, plain, timing


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
def test_plain_jax_and_the_engine_train_alike(problem):
    """The initial weights follow other laws of the same variance, so the losses agree as two samples do."""
    vmap, engine = plain.vmap(problem, 512, 200)(), plain.engine(problem, 512, 200)()
    assert vmap.shape == engine.shape == (512,)
    error = np.sqrt((vmap.var() + engine.var()) / 512)
    assert abs(vmap.mean() - engine.mean()) < 4 * error


@pytest.mark.skipif(limit.compiler() is None, reason="there is no C++ compiler")
def test_the_program_in_cpp_trains_alike_and_nothing_but_its_shape():
    """As the engine, it solves XOR or not: the shares of the seeds agree as two samples do."""
    problem = plain.xor(3)
    losses, engine = limit.cpp(problem, 1000, 2000)(), plain.engine(problem, 1000, 2000)()
    assert np.multiply(np.float64(1e-310), 0.5) > 0, "linked with -ffast-math it would switch subnormal numbers off"
    solved = [np.mean(some < 0.1) for some in (losses, engine)]
    assert 0.2 < solved[0] < 1
    assert abs(solved[0] - solved[1]) < 4 * np.sqrt(2 * 0.25 / 1000)
    with pytest.raises(ValueError, match="2-H-1 on XOR alone"):
        limit.cpp(plain.xor(2, 2), 4, 1)


@pytest.mark.parametrize("name", sorted(command.PACKAGE))
def test_peers_train_the_same_thing_where_they_are_installed(name):
    if not peers.versions()[command.PACKAGE[name]]:
        pytest.skip(f"{command.PACKAGE[name]} is not installed")
    problem = plain.curve(4, rows=16)
    before, after = (command.METHODS[name](problem, 8, steps)() for steps in (1, 60))
    assert after.mean() < before.mean()
    # Eight networks of any initial weights: the same task and the same steps leave a loss of the same size.
    assert after.mean() == pytest.approx(plain.vmap(problem, 8, 60)().mean(), rel=0.5)


def test_operations_are_those_of_the_matrix_products():
    assert plain.flops((1, 16, 1), 10) == 320 + 320 + 3 * 320  # no gradient of the first layer's input
    problem = plain.curve(32, 32, 32, rows=256)
    params = plain.init(jax.random.key(0), problem.sizes)
    step = jax.jit(lambda params: jax.grad(plain.mean_loss)(params, problem.x, problem.y, problem))
    counted = step.lower(params).compile().cost_analysis()
    if not counted or "flops" not in counted:
        pytest.skip("the compiler does not count here")
    assert 1 <= counted["flops"] / plain.flops(problem.sizes, 256) < 1.2  # and those of the other operations


def test_calls_alternate_and_short_ones_are_repeated(monkeypatch):
    made = []
    calls = {name: lambda name=name: made.append(name) for name in "abc"}
    with monkeypatch.context() as patch:
        patch.setattr(timing, "seconds", lambda call, repeats=1: float(call() is None))
        times = timing.alternate(calls, 15, 0.0)
    rounds = [tuple(made[at : at + 3]) for at in range(6, len(made), 3)]
    assert all(sorted(order) == list("abc") for order in rounds)
    assert len(set(rounds)) > 3
    assert times.compiling("a") == 0
    made.clear()
    timing.alternate({"a": calls["a"]}, 1, 1e-4)
    assert len(made) > 10


def test_medians_have_intervals_by_order_statistics():
    values = np.arange(11.0)
    assert timing.median(values) == (5, 1, 9)  # the binomial's 2nd and 10th of 11 hold the median with 98.8%
    assert timing.median(values[:3]) == (1, 0, 2)


def test_tables_hold_what_was_timed(monkeypatch):
    for name in command.METHODS:
        monkeypatch.setitem(command.METHODS, name, lambda problem, networks, steps: lambda: np.zeros(networks))
    monkeypatch.setattr(child, "run", lambda *arguments: float(len(arguments)))
    monkeypatch.setattr(timing, "forget", lambda: None)  # the tests after this one need their programs
    product = limit.product
    monkeypatch.setattr(limit, "product", lambda n: product(n // 16))
    tiny = command.Size(2, 0.0, 0.001, (1, 3))
    rows = list(command.of_peers(tiny))
    assert {row["method"] for row in rows} <= set(command.LABELS.values())
    assert all(row["over_engine"] == 1 for row in rows if row["method"] == "nnjax.sweep")
    assert [row["shape"] for row in command.of_shapes(tiny)] == ["1-8-1", "1-16-16-1"]
    assert [row["method"] for row in command.of_grid(tiny)] == ["nnjax.sweep", "one program per shape",
                                                                "nnjax.sweep, saved programs"]  # fmt: skip
    with pytest.raises(Refused, match="did you mean 'peers'"):
        command.command(["peer"], False, None)


@pytest.mark.slow
def test_a_grid_and_the_memory_of_networks_are_measured_in_a_process_of_their_own(tmp_path):
    assert child.run("engine", 2, "small", tmp_path) > 0
    assert list(tmp_path.iterdir())
    assert child.run("plain", 2, "small") > 0
    assert child.run("memory", 2) > 1e8
