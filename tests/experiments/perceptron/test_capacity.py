"""Random labellings lie on Cover's law, and the measure follows the counts."""

import numpy as np
import pytest

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.perceptron import capacity
from tests.experiments.conftest import check

TINY = capacity.Config(dims=(3, 6), ratios=(1.0, 2.0, 3.0), trials=40, time_out_dim=6, time_outs=(5, 50))


@pytest.fixture(scope="module")
def made():
    return capacity.run(TINY)


def test_every_labelling_is_decided_and_a_time_out_finds_no_more(made):
    assert (made.unproved == 0).all()
    assert (made.separable.sel(ratio=1.0) == TINY.trials).all()  # as many points as weights: all
    assert (made.learned.diff("time_out") >= 0).all()
    assert (made.learned <= made.separable.sel(bias=True, dim=6)).all()


def test_the_committed_counts_lie_on_covers_law_and_not_on_that_of_a_dimension_more():
    """The sum of squared deviations, in variances, of cells that expect 5 labellings or more of either kind."""
    data = results.load(claims.ROOT.parent / "results" / "perceptron" / "capacity" / "data.nc")
    trials = data.attrs["trials"]
    own = data.exact.where((data.exact * trials >= 5) & ((1 - data.exact) * trials >= 5))
    for bias in (False, True):
        p, counts = own.sel(bias=bias), data.separable.sel(bias=bias)
        cells = int(p.count())
        assert ((counts - trials * p) ** 2 / (trials * p * (1 - p))).sum() < cells + 3.3 * np.sqrt(2 * cells)
    without, more = own.sel(bias=False), data.exact.sel(bias=True)
    assert ((trials * (more - without)) ** 2 / (trials * without * (1 - without))).sum() > 10 * without.count()


@pytest.mark.parametrize(
    ("trials", "share", "outcome"),
    [(400, 0.5, REPRODUCED), (400, 0.6, NOT_REPRODUCED), (400, 0.54, NOT_SETTLED), (40, 0.5, NOT_SETTLED)],
)
def test_one_half_needs_a_narrow_interval(made, trials, share, outcome):
    separable = made.separable * 0 + round(share * trials)
    data = made.assign(separable=separable).assign_attrs(trials=trials)
    assert [row["outcome"] for row in verdicts(capacity.STATEMENTS, data)] == [outcome]
    assert verdicts(capacity.STATEMENTS, data.sel(ratio=[1.0, 3.0])) == []


@pytest.mark.parametrize(("change", "message"), [({"trials": 0}, "trials"), ({"time_out_dim": 7}, "time_out_dim")])
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        check(capacity, capacity.Config(**change))
