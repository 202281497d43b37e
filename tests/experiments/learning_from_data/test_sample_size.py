"""`learning_from_data.sample_size`: measures on errors whose ratios are known."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.learning_from_data import sample_size

ROWS = (64, 256, 1_024, 4_096, 16_384)
LEARNERS = ("logistic regression", "random forest", "1 hidden layer", "4 hidden layers", "mean of 16, 4 hidden layers")
LEVELS = (0.32, 0.24, 0.16, 0.08, 0.0)  # log10 errors at 500 rows, above that of the last


def synthetic(slope=0.5, handicap=0.0, noise=0.01):
    """Classical methods fall by a factor of 10^0.2 per factor of ten in rows, networks by 10^slope, and networks have
    a handicap; of the classical methods the last is best, of the networks the deepest."""
    rng = np.random.default_rng(0)
    rows, old = np.array(ROWS)[:, None], np.array([sample_size.classical(name) for name in LEARNERS])
    log = -0.7 + np.where(old, 0.2, slope) * np.log10(500 / rows) + LEVELS + np.where(old, 0, handicap)
    draws = log[None, :, :, None] + noise * rng.normal(size=(2, len(ROWS), len(LEARNERS), 6))
    error = np.minimum(10**draws, 0.9)
    error[:, -1, :, 4:] = np.nan  # fewer draws with the most rows
    where = ("data_set", "rows", "learner")
    numbers = {name: (where, np.zeros(error.shape[:3])) for name in ("first", "second", "at_end", "fit_seconds")}
    return xr.Dataset(
        numbers
        | {"error": ((*where, "draw"), error), "tuning_error": (where, np.nanmean(error, axis=-1))}
        | {"overlap": ("data_set", [0.0, 0.2]), "test_rows": ("data_set", [5_000, 3_000])},
        {"data_set": ["MNIST-1D", "letter"], "rows": list(ROWS), "learner": list(LEARNERS)},
    )


def outcomes(data):
    return {one["id"]: one["outcome"] for one in verdicts(sample_size.STATEMENTS, data)}


def test_what_the_textbook_says_can_hold_and_can_fail():
    assert set(outcomes(synthetic()).values()) == {REPRODUCED}
    turned = outcomes(synthetic(slope=0.2, handicap=0.6))
    assert turned == {
        "large samples": NOT_REPRODUCED, "small samples": REPRODUCED, "depth": REPRODUCED,
        "gain by rows": NOT_REPRODUCED,
    }  # fmt: skip
    assert outcomes(synthetic(noise=0.5))["large samples"] == NOT_SETTLED


def test_ratios_are_those_that_were_put_in():
    found = {one["id"]: one["measured"] for one in verdicts(sample_size.STATEMENTS, synthetic(noise=1e-6))}
    deep_over_forest = -0.16 - 0.3 * np.log10(np.array([16_384, 64]) / 500)  # the error is 10 to this
    assert found["large samples"] == pytest.approx(10 ** deep_over_forest[0], rel=1e-4)
    assert found["small samples"] == pytest.approx(10 ** -deep_over_forest[1], rel=1e-4)
    assert found["depth"] == pytest.approx(10**-0.08, rel=1e-4)
    assert found["gain by rows"] == pytest.approx((4_096 / 64) ** -0.3, rel=1e-4)


def test_a_method_tuned_to_the_end_of_its_grid_leaves_open_what_it_decides():
    data = synthetic()
    data.at_end.loc[{"learner": "random forest", "rows": 16_384}] = 1
    (row,) = (one for one in verdicts(sample_size.STATEMENTS, data) if one["id"] == "large samples")
    assert (row["outcome"], row["at_edge"]) == (REPRODUCED, 2)  # parts do not overturn the average
    assert "Both parts are open" in row["finding"]


def test_the_most_rows_are_those_at_which_all_methods_were_measured():
    data = synthetic()
    data.error.loc[{"learner": "logistic regression", "rows": 16_384}] = np.nan
    found = sample_size.ratio(data, 0.95, sample_size.deep, sample_size.classical)
    assert found.value == pytest.approx(10 ** (-0.16 - 0.3 * np.log10(4_096 / 500)), rel=0.03)
    assert sample_size.ratio(data.sel(rows=[64]), 0.95, sample_size.deep, sample_size.classical) is None


@pytest.mark.slow
def test_a_tiny_run_has_every_method():
    data = sample_size.run(sample_size.QUICK)
    assert dict(data.error.sizes) == {"data_set": 1, "rows": 2, "learner": 4, "draw": 3}
    assert data.error.notnull().all()
    assert 0.01 < data.error.min() < data.error.max() < 0.9
    assert list(outcomes(data)) == ["small samples"]
