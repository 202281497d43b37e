"""Trained networks against N: exact errors, bounds, rules that can say no, and figures from what is on disk."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.universal_approximation.trained import (
    config,
    figures,
    films,
    networks,
    references,
    run,
    summary,
    verdicts,
)
from nnjax import tasks

WIDTHS = (1, 4, 16, 64)
SOLVERS = ("Adam", "L-BFGS", "variable projection")
STEPS = {part.solver: part.steps for part in networks.parts(config.FULL)}
TINY = dataclasses.replace(
    config.QUICK, activations=("relu",), targets=("sine", "kink"), widths=(2,), adam=(),
    projection=((2, 128, 3, 20),), fit_widths=(2,), film_widths=(2,), cases=(("relu", "sine", 2),), seconds=0.02,
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    return run.run(TINY)


@pytest.fixture
def made_up():
    """Data of the form of `run`, where ReLU is twice the bound and tanh falls exponentially, on two smooth targets."""
    seeds, n = 8, np.array(WIDTHS, float)
    bound = 0.8 * (n + 1) ** -2
    spread = np.linspace(0.9, 1.1, seeds)
    relu, tanh = 2 * bound[:, None] * spread, np.exp(-0.3 * n)[:, None] * spread
    one = np.stack([relu, tanh])[:, None]
    error = np.broadcast_to(one, (3, 2, 2, len(n), seeds)).copy()
    dims = ("solver", "activation", "task", "width")
    flat = np.broadcast_to(np.median(error, axis=-1), error.shape[:-1]).copy()
    shapes = {
        "shown": ["relu", "tanh"], "fit_width": [4, 16], "fit_x": np.linspace(-1, 1, 21), "film_width": [4, 16],
        "film_x": np.linspace(-1, 1, 11),
    }  # fmt: skip
    rng = np.random.default_rng(0)
    return xr.Dataset(
        {
            "error": ((*dims, "seed"), error.astype("float32")),
            "earlier": ((*dims, "seed"), 1.05 * error.astype("float32")),
            "tuning_error": (dims, flat),
            "rate": (dims, np.full_like(flat, 0.03)),
            "scale": (dims, np.full_like(flat, 4.0)),
            "bound": (("task", "width"), np.stack([bound, bound])),
            "best": (("task", "width"), 1.1 * np.stack([bound, bound])),
            "fit": (("shown", "fit_width", "fit_x"), rng.normal(size=(2, 2, 21))),
            "fit_knots": (("shown", "fit_width", "fit_knot"), rng.uniform(-1, 1, (2, 2, 16))),
            "fit_error": (("shown", "fit_width"), np.full((2, 2), 0.1)),
            "fit_target": ("fit_x", np.sin(np.linspace(0, 6, 21))),
            "film": (("shown", "film_width", "moment", "film_x"), rng.normal(size=(2, 2, 2, 11))),
            "film_error": (("shown", "film_width", "moment"), rng.uniform(0.01, 1, (2, 2, 2))),
            "film_knots": (("shown", "film_width", "moment", "film_knot"), rng.uniform(-1, 1, (2, 2, 2, 16))),
            "film_step": (("film_width", "moment"), [[0, 3], [0, 5]]),
            "case_seconds": (("case", "solver", "point"), np.cumsum(np.ones((1, 3, 4)), axis=2)),
            "case_error": (("case", "solver", "point", "quartile"), rng.uniform(0.1, 1, (1, 3, 4, 3))),
        },
        coords={
            "solver": list(SOLVERS), "activation": ["relu", "tanh"], "task": ["sine", "exp"], "width": list(WIDTHS),
            "seed": np.arange(seeds), "case": ["relu, sine, 16"], "quartile": [0.25, 0.5, 0.75],
        } | shapes,
        attrs={"shown_target": "sine", "scales": list(config.FULL.scales), "rates": config.RATES, "steps": STEPS},
    )  # fmt: skip


MADE_UP = config.Config(activations=("relu", "tanh"), targets=("sine", "exp"), widths=WIDTHS)


def judged(data, settings=MADE_UP):
    """The verdicts by their names."""
    return {v.id: v for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))}


def outcomes(data, settings=MADE_UP):
    return {name: v.outcome for name, v in judged(data, settings).items()}


def test_verdicts_say_yes_where_it_is_so(made_up):
    found = outcomes(made_up)
    assert found["accuracy rises, Adam"] == found["hard bound"] == found["smooth is faster"] == REPRODUCED
    assert found["ReLU slope, Adam"] == REPRODUCED


def test_verdicts_say_no(made_up):
    level = made_up.copy(deep=True)
    level.error[:] = level.earlier[:] = 0.3
    found = outcomes(level)
    assert found["accuracy rises, Adam"] == found["smooth is faster"] == found["ReLU slope, Adam"] == NOT_REPRODUCED
    impossible = made_up.copy(deep=True)
    impossible.error.loc[{"activation": "relu", "seed": 0, "width": 16}] = 1e-6
    assert outcomes(impossible)["hard bound"] == NOT_REPRODUCED


def test_a_step_whose_interval_holds_1_is_open_and_no_failure(made_up):
    """Seeds are paired: a small fall of every seed counts, though the intervals of both medians overlap."""
    data, at = made_up.copy(deep=True), {"solver": "Adam", "width": 64}
    data.error.loc[at] = 0.95 * data.error.sel(solver="Adam", width=16)
    found = summary.rises(data, "Adam")
    assert found.parts.holds.all()
    _, low, high = summary.medians(data)
    assert (high.sel(at) > low.sel(solver="Adam", width=16)).all()
    factors = np.array([0.5, 2.0] * 4)
    data.error.loc[at] = factors * data.error.sel(solver="Adam", width=16)
    found = summary.rises(data, "Adam")
    assert found.open.all()
    rises = judged(data)["accuracy rises, Adam"]
    assert rises.outcome == NOT_SETTLED
    assert "In 0 it does not fall at some increase; the intervals leave 4 open" in rises.finding
    data.error.loc[at | {"task": "sine"}] = 1.1 * data.error.sel(solver="Adam", width=16, task="sine")
    found = summary.rises(data, "Adam")
    assert found.fails.tolist() == [[True, False], [True, False]]


def test_fewer_seeds_at_the_wider_network_are_paired_with_their_own(made_up):
    data = made_up.copy(deep=True)
    data.error.loc[{"solver": "L-BFGS", "width": 64, "seed": [4, 5, 6, 7]}] = np.nan
    found = summary.rises(data, "L-BFGS")
    assert found.parts.holds.all()


@pytest.mark.parametrize("number", ["rate", "scale"])
def test_what_rests_on_the_end_of_a_grid_is_not_settled(made_up, number):
    data = made_up.copy(deep=True)
    data[number].loc[{"solver": "Adam"}] = data[number].sel(solver="Adam") * 0 + (3.0 if number == "rate" else 256.0)
    found = judged(data)
    told = {name for name, v in found.items() if v.outcome == NOT_SETTLED}
    assert told == {"accuracy rises, Adam", "ReLU slope, Adam"}
    assert "Undecided: 2 of 2 targets" in found["ReLU slope, Adam"].finding
    assert found["hard bound"].outcome == REPRODUCED  # it holds of every network


def test_an_end_that_cannot_change_the_outcome_does_not_unsettle_it(made_up):
    """The wider network of a success may only get better."""
    made_up.scale.loc[{"width": 64}] = 256.0
    found = outcomes(made_up)
    assert found["accuracy rises, Adam"] == REPRODUCED
    assert found["ReLU slope, Adam"] == NOT_SETTLED


def test_where_training_had_not_ended_is_told(made_up):
    """All is judged after equal steps: an error that rises at N = 64 counts, and it is told that it still fell."""
    data = made_up.copy(deep=True)
    data.error.loc[{"width": 64}] = 0.3
    data.earlier.loc[{"width": 64}] = 0.3 * 1.05
    data.earlier.loc[{"width": 64, "solver": "L-BFGS"}] = 0.3 * 1.2
    found = judged(data)
    lbfgs, adam = found["accuracy rises, L-BFGS"], found["accuracy rises, Adam"]
    assert lbfgs.outcome == NOT_REPRODUCED
    assert "nearly stopped lowering the error at 12 of 16 combinations of" in lbfgs.finding
    assert "nearly stopped lowering the error at 16 of 16 combinations of" in adam.finding


def test_a_law_that_half_of_the_steps_would_not_show_is_undecided(made_up):
    data = made_up.copy(deep=True)
    data.earlier.loc[{"activation": "tanh"}] = 2.0 * data.earlier.sel(activation="tanh")
    assert outcomes(data)["smooth is faster"] == REPRODUCED  # as fast, wherever it began
    data.earlier.loc[{"activation": "tanh"}] = data.width.astype(float) ** -2.0
    assert outcomes(data)["smooth is faster"] == NOT_SETTLED


def test_the_values_tried_are_read_from_the_data(made_up):
    data = made_up.assign_attrs(scales=[4.0, 16.0, 64.0])
    assert bool(summary.at_end(data).all())
    assert not summary.at_end(made_up).any()
    assert not summary.at_end(made_up.assign_attrs(scales=[4.0, 16.0])).any()  # two values are no grid
    made_up.scale[:] = 16.0
    assert not summary.at_end(made_up).any()


@pytest.mark.parametrize(("order", "sigma"), [(2.0, 0.5), (4.5, 0.5), (4.5, 1.0)])
def test_a_power_law_with_noise_is_not_faster_than_a_power(order, sigma):
    """Of 36 pairs at most one is taken for faster; see `summary.laws`."""
    rng, n = np.random.default_rng(0), 2.0 ** np.arange(1, 7)
    noise = np.exp(sigma * rng.normal(size=(36, 6, 8)))
    found = [summary._law(n, error, n < 0) for error in 0.3 * n[:, None] ** -order * noise]
    assert sum(one[0] for one in found if one) <= 1
    assert np.median([one[1] for one in found if one]) == pytest.approx(order, abs=0.5)


@pytest.mark.parametrize("law", [lambda n: np.exp(-0.3 * n), lambda n: np.exp(-4 * np.sqrt(n))])
def test_what_is_faster_than_a_power_is_found_in_spite_of_noise(law):
    rng, n = np.random.default_rng(0), 2.0 ** np.arange(1, 7)
    error = law(n)[:, None] * np.exp(0.5 * rng.normal(size=(20, 6, 8)))
    assert np.mean([summary._law(n, one, n < 0)[0] for one in error]) >= 0.9


def test_pairs_that_cannot_be_judged_are_counted(made_up):
    data = made_up.copy(deep=True)
    data.error.loc[{"activation": "tanh", "task": "sine", "width": [4, 16, 64]}] = 1e-13
    laws = summary.laws(data)
    assert (len(laws.order), laws.dropped) == (1, 1)
    assert "reach rounding too early to be judged: 1 pair." in judged(data)["smooth is faster"].finding


def test_networks_that_diverged_spoil_a_slope(made_up):
    """With 7 of 8 networks lost at N = 64 the median there is infinite, whatever the eighth did."""
    data = made_up.copy(deep=True)
    data.error.loc[{"activation": "relu", "width": 64, "seed": np.arange(7)}] = np.inf
    slope = summary.slope(data, "Adam", "relu", "sine")
    assert slope is not None
    assert slope.slope > 5
    found = judged(data)["ReLU slope, Adam"]
    assert found.outcome == NOT_REPRODUCED
    assert summary.diverged(data) == (3 * 2 * 7, 3 * 2 * 2 * 4 * 8)
    assert "14 of 32 networks diverged" in found.finding


def test_a_slope_keeps_the_errors_of_a_seed_together(made_up):
    """Seeds that differ by a factor, the same at all N, have one slope, so the interval is narrow; fewer at large N."""
    data = made_up.copy(deep=True)
    factors = np.exp(np.random.default_rng(0).normal(size=8))
    data.error.loc[{"activation": "relu", "task": "sine"}] = data.width.values[:, None] ** -2.0 * factors
    slope = summary.slope(data, "Adam", "relu", "sine")
    assert slope is not None
    np.testing.assert_allclose(slope[:3], -2, atol=1e-4)
    data.error.loc[{"seed": 7, "width": 64}] = np.nan
    fewer = summary.slope(data, "Adam", "relu", "sine")
    assert fewer is not None
    assert fewer.low < -2.05 or fewer.high > -1.95


@pytest.mark.parametrize(("seeds", "chance"), [(4, 0.875), (6, 0.96875), (8, 0.9921875)])
def test_intervals_tell_their_real_chance(made_up, seeds, chance):
    """The extremes of n hold the median with the chance 1 - 2^(1 - n)."""
    assert summary.coverage(made_up.isel(seed=slice(seeds))) == pytest.approx(chance)


def test_every_stage_of_the_full_preset_has_intervals_of_95_percent():
    assert min(part.seeds for part in networks.parts(config.FULL)) >= 6


def test_networks_that_diverged_or_were_not_trained(made_up):
    data = made_up.copy(deep=True)
    data.error.loc[{"seed": [0, 1, 2, 3, 4]}] = np.inf
    assert np.isinf(summary.medians(data)[0]).all()
    assert outcomes(data)["accuracy rises, Adam"] == NOT_SETTLED  # of other seeds less than half might diverge
    data.error.loc[{"seed": [5, 6]}] = np.inf
    assert outcomes(data)["accuracy rises, Adam"] == NOT_REPRODUCED
    data = made_up.copy(deep=True)
    data.error.loc[{"solver": "variable projection", "width": 64}] = np.nan
    assert np.isnan(summary.medians(data)[0].sel(solver="variable projection", width=64)).all()
    assert len(verdicts.table(data)) == 4 * (3 * len(WIDTHS) - 1)


# The median of 8 lies between the 1st and 8th value with a chance of 99.2%, between the 2nd and 7th of 93.0%
# (David & Nagaraja 2003, section 7.1).
def test_the_interval_of_a_median(made_up):
    data = made_up.isel(activation=[1], task=[0], width=[0], solver=[0])
    middle, low, high = (float(a.squeeze()) for a in summary.medians(data))
    assert np.allclose([low, middle, high], np.exp(-0.3) * np.array([0.9, 1.0, 1.1]), rtol=1e-6)


def test_a_line_is_not_drawn_where_a_target_becomes_exact():
    error = xr.DataArray([1.0, 1e-16, 1e-15, 1e-4], {"width": [1, 2, 4, 8]})
    places, values = figures._broken(error)
    np.testing.assert_array_equal(places, [1, np.nan, 2, 4, np.nan, 8])
    np.testing.assert_array_equal(values, [1, np.nan, 1e-11, 1e-11, np.nan, 1e-4])


def test_everything_is_drawn_from_what_is_on_disk(made_up, redrawn):
    drawn = redrawn("universal_approximation.trained", made_up, MADE_UP)
    assert drawn == ["error_by_target", "film", "fits", "rates", "seconds"]


def test_the_exact_error_of_a_relu_network():
    """One unit, relu(x): on |x| it errs by |x| left of 0, so the mean square is 1/6."""
    packed = np.array([[1.0, 0.0, 1.0, 0.0], [np.nan] * 4])
    errors = networks.relu_errors("kink", packed)
    assert np.isclose(errors[0], 6**-0.5, rtol=1e-14)
    assert errors[1] == np.inf
    x = np.linspace(-1, 1, 9)
    assert np.allclose(networks.curve(packed[0], "relu", x), np.maximum(x, 0))


# references.md, section 4: E(n) n^2 of sin 2 pi x; best networks of 4 units over the bound, e^x 1.53, x^2 1.235.
def test_what_is_possible():
    few = dataclasses.replace(config.QUICK, targets=("sine", "kink", "exp", "square"), widths=(4, 256))
    found = references.references(few)
    assert np.isclose(found.bound.sel(task="sine", width=256) * 257**2, 0.8360, rtol=1e-3)
    assert np.isnan(found.bound.sel(task="kink")).all()
    ratio = (found.best / found.bound).sel(width=4)
    assert np.allclose(ratio.sel(task=["exp", "square"]), [1.530, 1.235], atol=1e-3)
    assert np.isnan(found.best.sel(width=256)).all()


def test_tuning_looks_at_other_points_than_those_reported():
    for rows in (256, 1024):
        one, other = (networks.problem("sine", rows, interleaved=False, for_tuning=t) for t in (False, True))
        assert np.array_equal(one.x, other.x)
        assert one.x_test.shape == other.x_test.shape
        between = np.diff(np.sort(np.concatenate([one.x_test, other.x_test, one.x]).ravel()))
        assert between.min() > 0.4 * np.diff(np.sort(one.x_test.ravel())).min()
        assert np.allclose(other.y_test, np.sin(np.pi * (other.x_test + 1)))


def test_mini_batches_are_grids_all_over_the_interval():
    data = networks.problem("runge", 512, interleaved=True)
    batches = data.x.reshape(-1, networks.BATCH)
    assert np.allclose(np.diff(batches, axis=1), 2 * 8 / 511)
    assert np.allclose(data.y[:, 0], 1 / (1 + 25 * data.x[:, 0] ** 2))
    assert len(data.x_test) == 511 * 6
    assert not np.isin(data.x_test, data.x).any()


def test_units_begin_all_over_the_interval_and_networks_nest():
    laws: dict[str, Any] = {"init": "lecun_normal", "bias_init": "zeros", "init_scale": 4.0}
    make = jax.jit(partial(networks.init_spread, **laws), static_argnames="sizes")
    small, large = (make(jax.random.key(3), sizes=(1, n, 1))[0] for n in (8, 400))
    assert np.allclose(small.w, large.w[:, :8], rtol=1e-6)
    centres, sizes = -large.b / large.w[0], np.abs(large.w[0])
    assert -1 <= centres.min() < -0.9
    assert 0.9 < centres.max() <= 1
    assert 2 <= sizes.min() < sizes.max() <= 6


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-6), ("float64", 1e-14)])
def test_the_sine(dtype, error):
    with jax.enable_x64(dtype == "float64"):
        x = jnp.linspace(-200, 200, 4001, dtype=dtype)
        values, slopes = jax.jit(jax.vmap(jax.value_and_grad(networks.sin)))(x)
        exact = np.asarray(x, float)
        assert np.abs(values - np.sin(exact)).max() < error
        assert np.abs(slopes - np.cos(exact)).max() < error


def test_tuning_takes_the_least_typical_loss():
    loss = xr.DataArray(
        np.array([[[1e-2, 1e-2], [1e-9, np.inf]], [[1e-4, 1e-4], [np.nan, 1e-3]]]),
        dims=("learning_rate", "init_scale", "seed"),
        coords={"learning_rate": [0.1, 1.0], "init_scale": [1.0, 4.0]},
    )
    chosen = networks.choose(loss.fillna(np.inf))
    assert (float(chosen.rate), float(chosen.scale)) == (1.0, 1.0)
    assert np.isclose(chosen.tuning_error, 1e-2)


def test_an_end_of_a_grid_is_chosen_only_where_it_is_better_by_a_tenth():
    """Errors are the roots of losses."""
    scales = [0.25, 1.0, 4.0]
    for error, chosen in ((0.95, 1.0), (0.85, 0.25)):
        loss = np.array([error, 1.0, 1.5])[None, :, None] ** 2 * np.ones(2)
        axes = {"learning_rate": [0.1], "init_scale": scales}
        found = networks.choose(xr.DataArray(loss, axes, ("learning_rate", "init_scale", "seed")))
        assert float(found.scale) == chosen
        assert np.isclose(found.tuning_error, 1.0 if chosen == 1.0 else error)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": ("sines",)}, "targets="),
        ({"widths": (4, 2)}, "widths="),
        ({"adam": ((8, 256, 1, 10),)}, "adam="),
        ({"projection": ((4, 256, 6, 30), (16, 256, 6, 20))}, "the same even number of steps"),
        ({"projection": ((16, 256, 6, 31),)}, "the same even number of steps"),
        ({"projection": ((4, 256, 4, 10),)}, "must reach the width 16"),
        ({"projection": ()}, "projection=.. must be groups of 4 whole numbers"),
        ({"cases": (("gelu", "sine", 4),)}, "cases="),
        ({"cases": ()}, "cases="),
        ({"film_widths": (64,)}, "film_widths="),
    ],
)
def test_bad_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        config.check(dataclasses.replace(config.QUICK, **change))


def test_test_points_to_every_unit():
    for part in networks.parts(config.FULL):
        data = networks.problem("sine", part.rows, interleaved=False)
        assert len(data.x_test) >= 11 * (part.width + 1)


@pytest.mark.slow
def test_a_tiny_run(tiny):
    found = outcomes(tiny, TINY)
    assert found["hard bound"] == REPRODUCED
    # Two ReLU units are |x|: variable projection finds that to rounding.
    kink = tiny.error.sel(solver="variable projection", activation="relu", task="kink", width=2)
    assert kink.min() < 1e-10
    assert tasks.TARGETS["kink"].formula == "$|x|$"
    assert list(tiny.solver.values) == ["variable projection"]  # a solver without stages is left out


@pytest.mark.slow
def test_what_is_drawn_was_reported_and_is_exact(tiny):
    """The film ends with the reported network of the middle error, whose error is exact at every moment."""
    errors = np.sort(tiny.error.sel(solver=films.SOLVER, activation="relu", task="sine", width=2).values)
    assert float(tiny.fit_error.squeeze()) == pytest.approx(errors[1], rel=1e-6)
    assert float(tiny.film_error.squeeze()[-1]) == pytest.approx(errors[1], rel=1e-6)
    assert (tiny.film_error >= float(tiny.bound.sel(task="sine", width=2)) * (1 - 1e-9)).all()
    assert tiny.film_step.values[0, [0, -1]].tolist() == [0, 20]
    target = np.sin(np.pi * (tiny.film_x.values + 1))
    rough = np.sqrt(np.mean((tiny.film.squeeze().values - target) ** 2, axis=1))
    np.testing.assert_allclose(tiny.film_error.squeeze(), rough, rtol=0.05)


@pytest.mark.slow
def test_errors_against_seconds_are_exact_for_relu(tiny):
    known = tiny.case_error.values[np.isfinite(tiny.case_error.values)]
    assert known.min() >= float(tiny.bound.sel(task="sine", width=2)) * (1 - 1e-9)
    steps = np.diff(tiny.case_seconds.values.ravel())
    assert (steps[np.isfinite(steps)] > 0).all()


@pytest.mark.slow
def test_a_small_run():
    settings = dataclasses.replace(config.QUICK, activations=("tanh", "relu"), lbfgs=((4, 256, 6, 20),))
    found = outcomes(run.run(settings), settings)
    assert found["hard bound"] == REPRODUCED
    assert "ReLU slope, L-BFGS" not in found  # one width has no slope
