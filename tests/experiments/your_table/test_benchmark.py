"""The benchmark: splits, what is compared with what, and the tables that are kept."""

import numpy as np
import pandas as pd
import pytest

from experiments.lab import cli
from experiments.your_table import benchmark
from experiments.your_table.benchmark import BOOSTING, MLP, SAME_TRIALS


def test_splits_are_random_and_keep_equal_rows_on_one_side(monkeypatch):
    x = np.repeat(np.arange(50.0), 2)[:, None]
    monkeypatch.setattr(benchmark.tables, "TABLES", ("copies",))
    monkeypatch.setattr(benchmark.tables, "table", lambda name: (x, x[:, 0]))
    one, other = (benchmark.split("copies", 60, 20, seed) for seed in (0, 1))
    assert (len(one.y), one.total) == (60, 100)
    assert len(one.y_test) in (19, 20)
    assert not {*one.y} & {*one.y_test}
    assert {*one.y_test} != {*other.y_test}


def errors(method, table, values, seconds):
    rows = {"training_rows": 80, "test_rows": 20, "total": 100}
    return [
        {"method": method, "table": table, "split": i, "error": value, "core_seconds": seconds} | rows
        for i, value in enumerate(values)
    ]


def test_the_network_is_compared_with_each_method_on_the_same_splits():
    found = pd.DataFrame(
        [
            *errors(SAME_TRIALS, "a", [0.1, 0.2, 0.3], 4.0), *errors(MLP, "a", [0.2, 0.3, 0.4], 2.0),
            *errors(SAME_TRIALS, "b", [0.0, 0.0, 0.0], 8.0), *errors(MLP, "b", [0.1, 0.1, 0.1], 2.0),
        ]
    )  # fmt: skip
    rows = benchmark.by_table(found).set_index(["table", "method"])
    assert rows.loc[("a", MLP), "network_minus_this"] == pytest.approx(-0.1)
    assert np.isnan(rows.loc[("a", SAME_TRIALS), "network_minus_this"])
    short = benchmark.by_method(rows.reset_index()).set_index("method")
    # On b the network errs on no row, which counts as half of one of 60: 0.2 / 0.3 and (1 / 120) / 0.1.
    assert short.loc[MLP, "network_over_this"] == pytest.approx(np.sqrt(2 / 3 * 1 / 12))
    assert short.loc[MLP, "network_errs_less"] == 2
    assert short.loc[SAME_TRIALS, "core_seconds"] == 6


def test_the_committed_tables_are_of_one_kind():
    rows = pd.read_csv(benchmark.FOLDER / "benchmark.csv")
    short = pd.read_csv(benchmark.FOLDER / "benchmark_methods.csv")
    assert set(benchmark.TABLES) == set(rows.table)
    assert {MLP, BOOSTING, *benchmark.PEERS} <= set(short.method) == set(rows.method)
    assert (rows.splits == benchmark.FULL.splits).all()
    assert rows[["processor", "date"]].notna().all(axis=None)
    again = benchmark.by_method(rows[rows.date == rows.date.iloc[0]]).set_index("method").loc[MLP]
    assert short.set_index("method").loc[MLP, "network_over_this"] == pytest.approx(again.network_over_this, rel=1e-3)


def test_a_wrong_argument_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["your_table", "benchmark", "wine"])
    assert stop.value.code == 2
    assert "takes nothing but --preset full, here wine" in capsys.readouterr().err


@pytest.mark.slow
def test_the_benchmark_runs(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path)
    with pytest.raises(SystemExit) as stop:
        cli.main(["your_table", "benchmark"])
    out = capsys.readouterr().out
    assert not stop.value.code
    assert all(method in out for method in (SAME_TRIALS, MLP, BOOSTING, "This is a toy"))
    assert list(tmp_path.iterdir()) == []
