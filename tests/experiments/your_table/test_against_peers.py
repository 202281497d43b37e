"""`your_table.against_peers`: what counts as behind, on hand-made errors; pytabkit itself where it is installed."""

import dataclasses
import importlib.util
import sys
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.your_table.against_peers import config, figures, run, summary, verdicts
from experiments.your_table.against_peers.config import FULL, METHODS, NETWORK, PEERS, QUICK, REALMLP, TABM
from experiments.your_table.shared.benchmark import TABLES, Split
from experiments.your_table.shared.timing import Fitted

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
    assert outcomes(synthetic(three))[::2] == [REPRODUCED] * 2
    assert outcomes(synthetic(four))[::2] == [NOT_REPRODUCED] * 2
    told = verdicts.verdicts(synthetic(three))[0].finding
    assert "on 3 of 11 tables (wine, breast_cancer, diabetes), at most 1.1 times on 8, and this is open on 0" in told
    assert outcomes(synthetic(1.1, noise=0.01))[::2] == [NOT_SETTLED] * 2


def test_the_mean_over_tables_can_be_settled_where_tables_are_open():
    one_off = np.where(np.arange(len(TABLES)) == 0, 1.3, 1.0)
    assert outcomes(synthetic(one_off, noise=0.005))[1::2] == [REPRODUCED] * 2
    assert outcomes(synthetic(1.2, noise=0.005))[1::2] == [NOT_REPRODUCED] * 2
    assert outcomes(synthetic(np.linspace(0.8, 1.4, len(TABLES))))[1::2] == [NOT_SETTLED] * 2
    data = synthetic(np.full(len(TABLES), 2.0), noise=0.0)
    assert summary.mean_ratio(data, TABM) == pytest.approx((2.0, 2.0, 2.0))
    data.error.loc[{"learner": TABM, "table": "wine"}] = 0.0
    least = 0.5 / (2_000 * FULL.splits)  # half of a row of all splits
    expected = np.exp((10 * np.log(2) + np.log(0.2 / least)) / 11)
    assert summary.mean_ratio(data, TABM).estimate == pytest.approx(expected)
    alone = data.isel(table=[0])
    check_verdicts(verdicts.verdicts(alone), verdicts.statements(dataclasses.replace(FULL, tables=("wine",))))
    assert outcomes(alone)[1::2] == [NOT_SETTLED] * 2


def test_of_fewer_tables_as_large_a_share_may_be_behind():
    assert [verdicts.most_behind(n) for n in (11, 8, 4, 3, 1)] == [3, 2, 1, 0, 0]


def test_a_difference_is_ours_less_theirs_on_the_same_split():
    data = synthetic(1.0, noise=0.05)
    data.error.loc[{"learner": REALMLP}] = data.error.sel(learner=NETWORK) / summary.TENTH + 0.01
    data.error.loc[{"learner": TABM}] = data.error.sel(learner=NETWORK) / summary.TENTH - 0.01
    paired = summary.difference(data, "wine", TABM, summary.TENTH)
    assert paired.estimate == pytest.approx(0.011)
    assert paired.high - paired.low < 1e-9  # the noise of a split is in both
    assert [summary.side(data, "wine", peer) for peer in PEERS] == ["not behind", "behind"]


def test_a_ratio_lies_where_the_side_says():
    data = synthetic(np.where(np.arange(len(TABLES)) < 5, 1.2, 1.0))
    for name in TABLES:
        ratio = summary.ratio(data, name, REALMLP)
        ours, theirs = (summary.mean_error(data, name, learner) for learner in (NETWORK, REALMLP))
        assert ratio.estimate == pytest.approx(ours / theirs)
        side = summary.side(data, name, REALMLP)
        assert side == ("behind" if ratio.low > 1.1 else "not behind" if ratio.high <= 1.1 else "open")
    data.error.loc[{"learner": TABM}] = 0.0
    assert np.isnan(summary.ratio(data, "wine", TABM)).all()
    data.error.loc[{"learner": TABM, "table": "wine"}] = np.linspace(0.0, 0.01, FULL.splits)
    assert summary.ratio(data, "wine", TABM).low >= 0
    wild = synthetic(1.0, noise=0.1)
    assert min(summary.ratio(wild, name, REALMLP).low for name in TABLES) == 0
    assert summary.side(data, "wine", TABM) == "behind"


def test_the_table_and_the_figures_name_every_method():
    data = synthetic(1.0)
    assert {row["method"] for row in verdicts.table(data)} == set(METHODS)
    with use_style():
        drawn = figures.figures(data)
    told = [text.get_text() for text in drawn["seconds"].legends[0].get_texts()]
    assert told == list(METHODS)
    told = [text.get_text() for text in drawn["errors"].legends[0].get_texts()]
    assert drawn["errors"].axes[0].get_xscale() == "log"
    assert told == ["from 1 to 1.1 times", "divided by that of RealMLP", "divided by that of TabM"]


def test_every_fit_is_at_its_method_table_and_split(monkeypatch):
    def peer_fit(peer, regression, one, seed):
        assert regression == (len(one.y) == 40)
        return Fitted(10.0 * PEERS.index(peer) + float(one.y[0]) + 0.1 * seed, 3.0)

    def split(name, rows, test_rows, seed):
        y = np.full(40 if name == "diabetes" else 50, 100.0 * TABLES.index(name))
        return Split(y[:, None], y, y[:20, None], y[:20])

    monkeypatch.setattr(run, "check", lambda _: None)
    monkeypatch.setattr(run, "split", split)
    monkeypatch.setattr(run, "peer_fit", peer_fit)
    monkeypatch.setattr(run, "_network", lambda regression, seed: seed)
    monkeypatch.setattr(run.timing, "timed", lambda seed, one: Fitted(-float(one.y[0]) - 0.1 * seed, 2.0))
    names = ("wine", "diabetes", "letter")
    with joblib.parallel_config(backend="sequential"):
        data = run.run(dataclasses.replace(QUICK, tables=names, splits=3))
    for name in names:
        for i in range(3):
            found = data.sel(table=name).isel(split=i)
            base = 100.0 * TABLES.index(name) + 0.1 * (5 + i)  # the splits before 5 were seen
            assert found.error.values.tolist() == pytest.approx([-base, base, base + 10.0])
            assert found.seconds.values.tolist() == [2.0 * nnjax.machine.num_workers(), 3.0, 3.0]
    assert data.num_train.values.tolist() == [50, 40, 50]


@pytest.mark.parametrize(("peer", "regression", "name"), [
    (REALMLP, False, "RealMLP_TD_Classifier"), (TABM, True, "TabM_D_Regressor"),
])  # fmt: skip
def test_a_peer_has_its_defaults_but_for_one_thread(peer, regression, name, monkeypatch):
    class Model:
        def __init__(self, **given):
            self.given = given

        def fit(self, x, y):
            assert self.given == {"device": "cpu", "n_threads": 1, "random_state": 7}

        def score(self, x, y):
            return 0.75

    monkeypatch.setitem(sys.modules, "pytabkit", SimpleNamespace(**{name: Model}))
    rows = np.zeros((4, 1))
    assert run.peer_fit(peer, regression, Split(rows, rows[:, 0], rows, rows[:, 0]), 7).error == 0.25


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
