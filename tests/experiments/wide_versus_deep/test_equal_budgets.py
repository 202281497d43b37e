"""Equal budgets: a tiny run, measures against known answers, and draws that no other has."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.verdicts import verdicts
from experiments.wide_versus_deep import equal_budgets, families, seconds, tuned
from nnjax import tuning
from tests.experiments.conftest import check

TINY = dataclasses.replace(
    equal_budgets.QUICK, draws=2, decays=(0.0, 0.1), grow=1, num_steps=32, short_steps=8, timed_steps=10
)
BOTH = ("composition", "composition, signs drawn")


def made_up(deep=0.5, residual=1.0, slower=2.0, names=BOTH, noise=0.01, again=0.0, budget=16_000):
    """An error of 0.1 for one layer, `deep` times as much for three, and after a short training twice as much.

    After the second tuning all errors differ by `again` in log10, up and down in turn.
    """
    deep = np.broadcast_to(deep, len(names))
    ratio = np.stack([np.ones(len(names)), deep, deep * residual], axis=1)
    log = np.log10(0.1 * ratio)[None, :, :, None, None, None] + np.log10([2.0, 1.0])[:, None, None]
    log = log + noise * np.random.default_rng(0).normal(size=(1, len(names), 3, 2, 4, 2))
    second = log + again * np.array([1, -1, 1])[:, None, None, None]
    dims = ("budget", "task", "kind")
    shape = (1, len(names), 3)
    twice = ("tuning", *dims)
    data = xr.Dataset(
        {
            "error": ((*twice, "length", "draw", "seed"), np.stack([log, second])),
            "tuning_error": (twice, np.stack([log, second])[..., 1, :, :].mean(axis=(-1, -2))),
            "rate_at_end": (twice, np.zeros((2, *shape))),
            "seconds": (dims, np.broadcast_to(1e-6 * np.array([1, slower, slower]), shape)),
        },
        {
            "tuning": list(tuned.TUNINGS), "budget": [budget], "task": list(names), "kind": ["1", "3", "3 residual"],
            "length": list(equal_budgets.LENGTHS),
        },
        {"steps": [100, 400]},
    )  # fmt: skip
    data["error"].loc[{"tuning": "second", "length": "short"}] = np.nan
    return data


def outcomes(data: xr.Dataset) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(equal_budgets.STATEMENTS, data)}


def test_outcomes_follow_the_data_and_controls_are_not_counted():
    found = outcomes(made_up(deep=(0.3, 2.0)))
    assert [found[name] for name in ("more layers", "equal seconds", "composition, not size")] == ["reproduced"] * 3
    assert found["residual"] == "not reproduced"  # no better than plain layers
    assert outcomes(made_up(deep=(0.95, 0.1), noise=0.001))["more layers"] == "not reproduced"  # less than the margin
    assert outcomes(made_up(deep=(0.9, 1.0), noise=0.2))["more layers"] == "not settled"
    digits = made_up(deep=1.02, names=("MNIST digits",), noise=0.001)
    assert outcomes(digits)["MNIST digits"] == "reproduced"
    assert equal_budgets.averaged(made_up(names=("MNIST-1D, shuffled",)), 0.95) is None


def test_the_variance_of_tuning_is_counted_once_for_each_network():
    """Second tunings that differ by 0.2: 0.04 / 2, with a degree of freedom for each of the three shapes."""
    data = made_up(deep=(0.8, 1.0), noise=0.0, again=0.2)
    variance, freedom = equal_budgets.tuning_variance(data)
    np.testing.assert_allclose(variance, 0.02)
    assert (freedom == 3).all()
    one = equal_budgets.averaged(data, 0.95)
    t_3, t_6 = 3.182446305284263, 2.4469118511449692
    np.testing.assert_allclose(np.log10([one.low, one.high]), np.log10(0.8) + t_3 * np.sqrt(0.04) * np.array([-1, 1]))
    both = equal_budgets.against_control(data, 0.95)  # four networks
    np.testing.assert_allclose(np.log10([both.low, both.high]), np.log10(0.8) + t_6 * np.sqrt(0.08) * np.array([-1, 1]))


def test_a_task_counts_once_whatever_its_budgets():
    """0.25 and 0.5 at one task's budgets and 1 at another's: the root of sqrt(0.125) x 1."""
    tree = [made_up(deep=ratio, names=BOTH[:1], noise=0.0, budget=n) for ratio, n in ((0.25, 1_000), (0.5, 4_000))]
    data = xr.concat([*tree, made_up(deep=1.0, names=("x squared",), noise=0.0, budget=1_000)], "task", join="outer")
    data = data.groupby("task").first()
    found = equal_budgets.averaged(data, 0.95)
    np.testing.assert_allclose(found.value, 0.125**0.25)
    assert found.attrs["note"] == "0.35 to 1.00 without one family of tasks"


def test_what_nobody_learns_is_left_out():
    data = made_up(deep=(0.3, 1.0))
    data["tuning_error"].loc[{"task": BOTH[0]}] = np.log10(0.6)
    assert equal_budgets.averaged(data, 0.95) is None
    data["tuning_error"].loc[{"task": BOTH[0], "kind": "3", "tuning": "first"}] = np.log10(0.4)
    assert equal_budgets.averaged(data, 0.95).value.item() == pytest.approx(0.3, rel=0.05)


def test_a_rate_at_the_end_of_its_grid_leaves_the_control_open():
    data = made_up(deep=(0.3, 1.0))
    data["rate_at_end"].loc[{"tuning": "first", "kind": "1", "task": BOTH[0]}] = 1
    assert outcomes(data)["composition, not size"] == "not settled"


def test_equal_seconds_are_read_between_the_two_trainings():
    """At twice the seconds 200 steps, half-way from 100 to 400 in logs: sqrt(2) times the last error."""
    found = 10 ** equal_budgets.at_equal_seconds(made_up(noise=0.0)).isel(task=0, draw=0, budget=0)
    np.testing.assert_allclose(found, [0.1, 0.05 * np.sqrt(2), 0.05 * np.sqrt(2)])
    slow = 10 ** equal_budgets.at_equal_seconds(made_up(noise=0.0, slower=8.0)).isel(task=0, draw=0, budget=0)
    np.testing.assert_allclose(slow, 0.1)  # 50 steps are fewer than the short training has


def test_draws_that_split_the_same_digits_count_for_less():
    digits = families.made("mnist", 0, 16_000)["MNIST digits"]
    names = xr.DataArray(["MNIST digits", "x squared"], dims="task")
    assert families.overlap(names).values.tolist() == [len(digits.x_test) / len(digits.x), 0]


def test_digits_that_tune_are_never_reported():
    tuned_on, reported = (families.made("mnist", seed, 16_000)["MNIST digits"] for seed in (tuning.FIRST_SEED, 0))
    held_out = {row.tobytes() for row in tuned_on.x_test}
    assert not held_out & {row.tobytes() for data in (reported.x, reported.x_test, tuned_on.x) for row in data}
    assert not {row.tobytes() for row in reported.x} & {row.tobytes() for row in reported.x_test}


@pytest.mark.parametrize(("budget", "neurons", "pieces"), [(250, 83, 128), (1_000, 333, 512), (4_000, 1333, 2048)])
def test_many_teeth_are_more_than_one_layer_has_neurons(budget, neurons, pieces):
    assert families.many_pieces(budget) == pieces
    assert pieces / 2 <= neurons < pieces


def test_an_end_with_the_error_of_another_rate_is_none():
    """Where no row is wrong at any rate, a rate beyond could not be better."""

    def surface(errors):
        def train(learning_rate, num_steps):
            rates = learning_rate
            if isinstance(rates, list):
                rates = xr.DataArray(rates, dims="learning_rate", coords={"learning_rate": rates})
            return np.maximum(xr.DataArray([errors], dims="kind"), np.log2(rates))

        halved = tuning.halve(train, TINY.rates, TINY.num_steps, grow=TINY.grow)
        return tuned.surface(halved, TINY.num_steps, tuned.num_trials(TINY.rates, TINY.grow))

    assert [surface(errors).rate_at_end.item() for errors in (0.0, -99.0)] == [0, -1]


def test_draws_and_their_networks_are_those_of_no_other():
    """Reported and tuned twice: no two draws are of one seed, and no two networks."""
    made, seeds = [], []
    for own, each, first in ((range(3), 2, 0), (range(4), 2, tuning.FIRST_SEED)):
        data, mine = tuned.drawn(lambda seed: families.made("spirals", seed, 250), own, each, first)
        made += [data[f"spirals, 2 turns/{i}"].x.tobytes() for i in own]
        seeds += [seed for i in own for seed in mine[f"spirals, 2 turns/{i}"]]
        assert all(mine[f"spirals, 2 turns/{i}"] == mine[f"spirals, 3 turns/{i}"] for i in own)
    assert len(set(made)) == 3 + 4
    assert len(set(seeds)) == 2 * (3 + 4)


@pytest.mark.slow
def test_a_tiny_run_is_judged_and_tabulated():
    data = equal_budgets.run(TINY)
    rows = equal_budgets.table(data)
    assert rows.value.notnull().sum() == 2 * 3  # tasks, kinds
    assert (abs(rows.num_params / 250 - 1) <= 0.05).all()
    assert (data.seconds > 0).all()
    assert np.isfinite(data.error.sel(tuning="first")).all()
    assert np.isfinite(data.error.sel(tuning="second", length="long")).all()
    assert not np.isfinite(data.error.sel(tuning="second", length="short")).any()
    assert set(np.unique(data.weight_decay)) <= {0.0, np.float32(0.1)}
    assert len(outcomes(data)) == 3


@pytest.mark.slow
def test_all_draws_in_one_sweep_are_a_sweep_for_each_draw():
    """The same networks, bit for bit, each with the rate that was tuned for its task and shape."""
    kinds, settings = equal_budgets._settings("spirals", 250, False, TINY)
    make = lambda seed: families.made("spirals", seed, 250)  # noqa: E731
    tasks = ["spirals, 2 turns", "spirals, 3 turns"]
    rates = xr.DataArray([[0.01, 0.02], [0.003, 0.03]], {"task": tasks, "kind": kinds})

    def train(data, seeds, numbers, num_steps):
        return tuned.swept(data, kinds, numbers, settings | {"seeds": seeds, "num_steps": num_steps}).test_loss

    numbers = {"learning_rate": rates, "weight_decay": 10 * rates}
    found = tuned.reported(tuned.drawn(make, range(2), 2), train, numbers, 8)
    for draw in range(2):
        hidden = tuned.labels(settings["hidden"])
        own = {name: one.rename(kind="hidden").assign_coords(hidden=hidden) for name, one in numbers.items()}
        runs = nnjax.sweep(make(draw), **settings, **own, seeds=range(2 * draw, 2 * draw + 2), num_steps=8)
        here = found.sel(draw=draw).transpose("kind", "task", "seed").sel(task=runs.task)
        np.testing.assert_array_equal(here, runs.test_loss.transpose("hidden", "task", "seed"))


SETTINGS = {"hidden": [(2,), (3, 3)], "num_steps": 1, "loss": "sigmoid_binary_cross_entropy"}


def test_a_step_is_timed_by_sweeps_of_one_block_that_are_not_kept(monkeypatch, tmp_path):
    """Each step takes a millisecond, and all else 50."""
    plans, stores = [], []
    with nnjax.hooks.reviewing(plans.append), nnjax.hooks.storing(lambda: stores.append(1) or tmp_path / "a.zarr"):
        seconds._seconds(nnjax.tasks.xor(), seconds._block(nnjax.tasks.xor(), SETTINGS, (2,)), 3)
    assert (stores, list(tmp_path.iterdir())) == ([], [])
    (program,) = plans[0].programs
    assert (program.num_blocks, program.num_networks, program.spec.num_steps) == (1, program.lanes, 3)

    taken = []
    monkeypatch.setattr(
        seconds, "_seconds", lambda data, block, steps: taken.append((block["hidden"], steps)) or 0.05 + 0.001 * steps
    )
    found = seconds.per_step(nnjax.tasks.xor(), SETTINGS, (2, 20))
    lanes = [nnjax.plan(nnjax.tasks.xor(), **SETTINGS | {"hidden": h}).programs[0].lanes for h in SETTINGS["hidden"]]
    np.testing.assert_allclose(found * lanes, 0.001)
    assert taken[-4:] == [((2,), 2), ((2,), 80), ((3, 3), 2), ((3, 3), 80)]  # 20 steps are less than all else


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depths": (2, 3)}, r"depths=\(2, 3\) must begin with 1"),
        ({"num_steps": 8}, "short_steps=8 must be less than num_steps=8"),
    ],
)
def test_a_bad_setting_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        check(equal_budgets, dataclasses.replace(TINY, **change))
