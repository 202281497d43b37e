"""`your_table.against_peers`: what counts as behind, on hand-made errors; pytabkit itself where it is installed."""

import dataclasses
import importlib.util

import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.your_table.against_peers import config, figures, run, summary, verdicts
from experiments.your_table.against_peers.config import FULL, METHODS, NETWORK, PEERS, QUICK, REALMLP, TABM
from experiments.your_table.shared.benchmark import TABLES

HERE = importlib.util.find_spec("pytabkit") is not None


def synthetic(times, noise=0.0005):
    """Networks that err `times` as often as the others, which err on a tenth of the rows."""
    rng, shape = np.random.default_rng(0), (len(METHODS), len(TABLES), FULL.splits)
    error = np.full(shape, 0.1)
    error[0] = 0.1 * np.broadcast_to(times, len(TABLES))[:, None] + noise * rng.normal(size=shape[1:])
    seconds = np.full(shape, 10.0)
    dims = ("learner", "table", "split")
    sizes = {
        name: ("table", [n] * len(TABLES))
        for name, n in zip(("num_rows", "num_train", "num_test"), (10_000, 800, 2_000), strict=True)
    }
    attrs = {"processor": "a processor", "cores": 2}
    variables = {"error": (dims, error), "seconds": (dims, seconds)} | sizes
    return xr.Dataset(variables, {"learner": list(METHODS), "table": list(TABLES)}, attrs)


def outcomes(data):
    return [one.outcome for one in verdicts.verdicts(data)]


def test_more_than_three_tables_behind_by_more_than_a_tenth_are_too_many():
    behind = np.arange(len(TABLES))
    three, four = (np.where(behind < n, 1.2, 1.05) for n in (3, 4))
    check_verdicts(verdicts.verdicts(synthetic(three)), verdicts.statements(FULL))
    assert outcomes(synthetic(three)) == [REPRODUCED] * 2
    assert outcomes(synthetic(four)) == [NOT_REPRODUCED] * 2
    assert outcomes(synthetic(1.1, noise=0.01)) == [NOT_SETTLED] * 2


def test_a_difference_is_ours_less_theirs_on_the_same_split():
    data = synthetic(1.0)
    data.error.loc[{"learner": REALMLP}] = data.error.sel(learner=NETWORK) / summary.TENTH + 0.01
    data.error.loc[{"learner": TABM}] = data.error.sel(learner=NETWORK) / summary.TENTH - 0.01
    assert summary.difference(data, "wine", TABM, summary.TENTH).estimate == pytest.approx(0.011)
    assert [summary.side(data, "wine", peer) for peer in PEERS] == ["not behind", "behind"]


def test_the_table_and_the_figures_name_every_method():
    data = synthetic(1.0)
    assert {row["method"] for row in verdicts.table(data)} == set(METHODS)
    with use_style():
        assert set(figures.figures(data)) == {"errors", "seconds"}


@pytest.mark.skipif(HERE, reason="pytabkit is installed")
def test_without_pytabkit_it_says_what_to_install():
    with pytest.raises(ValueError, match=r"pip install -e '\.\[peers\]'"):
        config.check(FULL)


@pytest.mark.slow
@pytest.mark.skipif(not HERE, reason="pytabkit is not installed")
def test_a_whole_run():
    data = run.run(dataclasses.replace(QUICK, tables=("diabetes",)))
    assert np.isfinite(data.error).all()
    assert (data.error < 1).all()  # all explain something of it
    check_verdicts(verdicts.verdicts(data), verdicts.statements(QUICK))
