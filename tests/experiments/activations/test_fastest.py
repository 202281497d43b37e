"""`activations.fastest`: what is left to learn, seeds of tuning and of the result, ratios of censored times."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.activations import fastest
from experiments.activations.fastest import TASKS, Config
from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from nnjax.tasks import Data

TINY = Config(("tanh", "relu"), ("XOR",), ("Adam",), (1.0, 2.0), 1, 1, 2, 2, 10)


def made(tanh, sigmoid, seeds=64):
    """Steps [setting] of two activations, those of MNIST-1D and of spirals, with the same factors of the seeds on
    both."""
    factors = np.exp(np.random.default_rng(0).normal(0, 0.2, seeds))
    dims, shape = ("solver", "task", "activation"), (1, 2, 2)
    return xr.Dataset(
        {
            "steps": ((*dims, "seed"), np.stack([tanh, sigmoid], axis=-1)[None, ..., None] * factors + 2),
            "learning_rate": (dims, np.ones(shape)), "init_scale": (dims, np.ones(shape)),
            "at_end": (dims, np.zeros(shape, bool)),
        },
        {"solver": ["Adam"], "task": ["MNIST-1D", "spirals"], "activation": ["tanh", "sigmoid"]},
    )  # fmt: skip


def outcome(data):
    return judged.verdicts(fastest.STATEMENTS, data)[0]["outcome"]


def test_the_speed_is_the_geometric_mean_over_settings():
    """A level that is checked every 5 steps was reached 2 steps before, on average."""
    found = fastest.speedup(made([100.0, 100.0], [200.0, 800.0]), LEVEL, "tanh", "sigmoid")
    assert found is not None
    assert found.value == pytest.approx(4)
    assert found.part_value.values.ravel() == pytest.approx([2, 8])
    assert [row["id"] for row in judged.verdicts(fastest.STATEMENTS, made([1, 1], [1, 1]))] == ["tanh-before-sigmoid"]
    assert outcome(made([100, 100], [200, 800])) == judged.REPRODUCED
    assert outcome(made([100, 100], [110, 120])) == judged.NOT_REPRODUCED


def test_a_network_that_never_arrives_is_the_slower_one():
    assert outcome(made([100, 100], [np.inf, 130])) == judged.REPRODUCED
    assert fastest.ratios(made([np.inf, 10], [np.inf, 10]), "tanh", "sigmoid").values == pytest.approx(1)
    assert (fastest.table(made([np.inf, 10], [20, 30])).arrived.sel(activation="tanh") == [[0, 1]]).all()


def test_a_part_is_open_where_its_slower_activation_is_tuned_to_an_end():
    for name, sides in (("sigmoid", [0, 1]), ("tanh", [1, 1])):
        data = made([100, 100], [200, 200])
        data.at_end.loc[{"task": "MNIST-1D", "activation": name}] = True
        measure = lambda level, data=data: fastest.speedup(data, level, "tanh", "sigmoid")  # noqa: E731
        assert judged.certainly(judged.above(fastest.MARGIN), measure).ravel().tolist() == sides


def test_what_is_left_to_learn():
    kinked, spirals, digits = (TASKS[name].data(0) for name in ("kinked", "spirals", "MNIST-1D"))
    kinked, spirals, digits = (Data(jnp.asarray(d.x, "float32"), jnp.asarray(d.y, "float32")) for d in
                               (kinked, spirals, digits))  # fmt: skip
    assert fastest.variance_left(None, kinked, lambda _, x: kinked.y.mean() + 0 * x) == pytest.approx(1)
    assert fastest.variance_left(None, kinked, lambda _, x: kinked.y) == 0
    assert fastest.wrong_side(None, spirals, lambda _, x: 2 * spirals.y - 1) == 0
    assert fastest.wrong_side(None, spirals, lambda _, x: 1 + 0 * x[:, :1]) == pytest.approx(1 - spirals.y.mean())
    assert digits.x.shape == (1000, 40)
    assert fastest.wrong_class(None, digits, lambda _, x: digits.y) == 0


def test_where_data_are_random_each_seed_has_its_own():
    for name, task in TASKS.items():
        found = task.sample(range(2))
        assert task.drawn == (name in ("spirals", "MNIST-1D"))
        if task.drawn:
            assert found["seeds"] == {"0": [0], "1": [1]}
            assert len({one.x.tobytes() for one in found["data"].values()}) == 2


def test_the_best_pairs_go_into_the_second_round():
    cost = xr.DataArray(
        [[[3.0, 1.0, 2.0], [9.0, 9.0, 0.5]], [[7.0, 7.0, 7.0], [7.0, 7.0, 6.0]]],
        {"activation": ["tanh", "relu"], "learning_rate": [0.1, 0.2], "init_scale": [1.0, 2.0, 4.0]},
    )
    found = fastest.best_pairs(cost, 3)
    assert [one["learning_rate"].values.tolist() for one in found] == [[0.2, 0.2], [0.1, 0.1], [0.1, 0.1]]
    assert [one["init_scale"].values.tolist() for one in found] == [[4.0, 4.0], [2.0, 1.0], [4.0, 2.0]]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["XOR", "spirals"])
def test_a_tiny_run_has_what_the_committed_data_have_and_tunes_on_other_seeds(name, monkeypatch):
    used = []
    sweep = fastest.nnjax.sweep

    def watched(data, **settings):
        seeds = settings["seeds"]
        used.append([one for some in seeds.values() for one in some] if isinstance(seeds, dict) else list(seeds))
        return sweep(data, **settings)

    monkeypatch.setattr(fastest.nnjax, "sweep", watched)
    task = TASKS[name]
    monkeypatch.setitem(TASKS, name, task._replace(settings=task.settings | {"num_steps": 60}))
    data = fastest.run(dataclasses.replace(TINY, tasks=(name,), widen=0))
    first, *second, last = used
    assert second == [second[0]] * TINY.finalists
    assert len({*first, *second[0], *last}) == TINY.tuning_seeds + TINY.final_seeds + TINY.seeds
    assert last == list(range(TINY.seeds))
    committed = results.load(claims.ROOT.parent / "results/activations/fastest/data.nc")
    assert {key: one.dims for key, one in data.variables.items()} == {
        key: one.dims for key, one in committed.variables.items()
    }
    assert data.sizes == {"solver": 1, "task": 1, "activation": 2, "seed": 10, "point": fastest.POINTS}
    if name == "XOR":
        assert data.steps.sel(activation="tanh").median() < 30  # with Adam, and a tuned rate
