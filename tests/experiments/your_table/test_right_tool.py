"""The answer follows from errors that are known, rows are split as promised, the network handed over is the same."""

import csv
import dataclasses
import importlib.util
import io
import itertools
import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.lab import claims, cli, results
from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.your_table import predict
from experiments.your_table.right_tool import (
    config,
    curve,
    export,
    figures,
    looks,
    methods,
    price,
    report,
    splits,
    summary,
    verdicts,
)
from experiments.your_table.right_tool.summary import BOOSTING, DUMMY, FOREST, LINEAR, METHODS, NETWORK
from experiments.your_table.shared import columns, describe, installed, model, reading
from nnjax import machine
from nnjax.sklearn import Columns
from nnjax.sklearn.columns import category

N = 90
RNG = np.random.default_rng(1)
WEIGHT, TOWN = RNG.normal(70, 12, N).round(2), np.array(["Ulm", "Bonn", "Kiel"])[RNG.integers(0, 3, N)]
DAY = (np.datetime64("2020-02-27") + RNG.integers(0, 99, N).astype("m8[D]")).astype(str)
FRAME = pd.DataFrame({"weight": WEIGHT, "town": TOWN, "day": DAY})
FRAME["price"] = (WEIGHT / 10 + (TOWN == "Ulm") + RNG.normal(0, 0.3, N)).round(3)
FRAME["kind"] = np.where(FRAME.price > 8, "dear", np.where(FRAME.price > 6.5, "fair", "cheap"))
FRAME.loc[[3, 30], "weight"] = np.nan
FRAME.loc[[4, 40], "town"] = None


@pytest.fixture
def path(tmp_path):
    FRAME.to_csv(tmp_path / "prices.csv", index=False)
    return tmp_path / "prices.csv"


# The answer.


def measured(task="classes", splits=6, test=0.1, curve=(0.3, 0.2, 0.1), gap=(0.0, -0.01, 0.01), **error):
    """A Dataset of these errors [split] by method; those that are not given are far behind."""
    spread = 0.002 * np.random.default_rng(0).permutation(splits)
    every = {name: np.asarray(error.get(name, 0.9 if name == DUMMY else 0.5)) + spread for name in METHODS}
    data = xr.Dataset(
        {
            "error": (("tool", "split"), [every[name] for name in METHODS]),
            "curve": (("learner", "part", "split"), [[one + spread for one in curve]] * 2),
            "curve_rows": ("part", [20, 40, 80]),
            "gap": ("end", list(gap)),
            "bin_count": ("bin", [40, 40]),
        },
        {"tool": list(METHODS), "learner": [NETWORK, LINEAR]},
    )
    data["second"] = data.error
    for name in ("test_error", "test_low", "test_high"):
        data[name] = ("tool", [test] * len(METHODS))
    more = {"confidence": 0.9, "right": 0.9, "second": "log_loss", "rows": 80, "tested": 20, "scale": 2.0}
    more |= {"trials": 32, "steps": 0, "members": 8}
    return data.assign_attrs(task=task, overlap=0.25, chosen=dict.fromkeys(METHODS, "c"), **more)


NOISE = 0.1 * np.random.default_rng(3).normal(size=6)


@pytest.mark.parametrize(
    ("kind", "outcome", "begins", "error"),
    [
        ("yes", REPRODUCED, "Yes, a network is the right tool", {NETWORK: 0.1, BOOSTING: 0.2}),
        ("no", NOT_REPRODUCED, "No, boosting is a better tool", {NETWORK: 0.2, BOOSTING: 0.1, LINEAR: 0.3}),
        ("alike", NOT_REPRODUCED, "No, a network is not needed", {NETWORK: 0.2 + 0.02 * NOISE, FOREST: 0.2}),
        ("open", NOT_SETTLED, "It is open whether a network is the right tool", {NETWORK: 0.2 + NOISE, LINEAR: 0.2}),
        ("open", NOT_SETTLED, "It is open", {NETWORK: 0.2, LINEAR: 0.3, FOREST: 0.25 + NOISE}),
    ],
)
@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_the_answer_follows_from_the_errors(task, kind, outcome, begins, error):
    data = measured(task, **error)
    found = verdicts.verdicts(data)
    assert summary.answer(data).kind == kind
    assert found[0].outcome == outcome
    assert found[0].finding.startswith(begins)
    assert found[0].low <= found[0].measured <= found[0].high
    check_verdicts(found, verdicts.statements(config.QUICK))
    assert [row["method"] for row in verdicts.table(data)][-1] == DUMMY


@pytest.mark.parametrize(
    ("trials", "steps", "begins"),
    [
        (4, 500, "A quick look (4 trials of each method, at most 500 steps): Yes, a network"),
        (8, 0, "A quick look (8 trials of each method): Yes, a network"),
        (32, 500, "Yes, a network"),
        (32, 0, "Yes, a network"),
    ],
)
def test_an_answer_of_few_trials_says_that_it_is_a_quick_look(trials, steps, begins):
    data = measured(**{NETWORK: 0.1, BOOSTING: 0.2}).assign_attrs(trials=trials, steps=steps)
    assert verdicts.verdicts(data)[0].finding.startswith(begins)


def test_methods_are_not_alike_only_because_a_class_is_rare():
    """A constant is wrong on 0.75% of the rows: a difference of 0.2% is much of that, one of 0.01% is not."""
    near = dict.fromkeys(METHODS, 0.002) | {DUMMY: 0.0025}
    for more, kind in ((0.002, "no"), (0.002 * NOISE / abs(NOISE).max(), "open"), (1e-3 * NOISE, "alike")):
        data = measured(**near | {NETWORK: near[NETWORK] + more})
        assert summary.margin(data) == pytest.approx(0.1 * float(data.error.sel(tool=DUMMY).mean()))
        assert summary.margin(data) < 0.001
        assert summary.answer(data).kind == kind
    assert "within a margin of 0.075 points" in summary.answer(data).sentence
    assert summary.margin(measured()) == summary.MARGINS["classes"]
    assert summary.margin(measured("numbers", **near)) == summary.MARGINS["numbers"]
    assert "Until November 2026" in verdicts.RIGHT_TOOL.rule.text


@pytest.mark.parametrize(
    ("right", "margin", "outcome"),
    [(0.5, 0.05, REPRODUCED), (0.98, 0.01, NOT_REPRODUCED), (1.0, 1 / 160, NOT_REPRODUCED)],
)
def test_calibration_is_stricter_where_few_answers_are_wrong(right, margin, outcome):
    data = measured(gap=(0.03, 0.02, 0.04)).assign_attrs(right=right)
    assert summary.margin_of_chances(data) == pytest.approx(margin)
    assert verdicts.verdicts(data)[-1].outcome == outcome
    assert "Until November 2026" in verdicts.CALIBRATION.rule.text


def test_what_is_open_is_settled_by_more_rows():
    """And not by more repeats of the folds, which share rows."""
    assert {one.settled_by for one in verdicts.statements(config.FULL)} == {"more rows"}


def test_an_open_answer_names_the_method_that_is_not_surely_beaten():
    """The best of the others may be beaten for certain, and a noisier one not."""
    data = measured(**{NETWORK: 0.2, LINEAR: 0.23, FOREST: 0.27 + NOISE, BOOSTING: 0.4})
    answer = summary.answer(data)
    assert answer.kind == "open"
    assert answer.best.method == FOREST
    assert answer.best.p_value > summary.ALPHA
    assert "ahead of forest, by no more than chance" in answer.sentence


@pytest.mark.parametrize(
    ("constant", "written"), [(0.903, ["folds 0.91, test part 0.9 \N{RIGHTWARDS ARROW} "]), (0.2, [])]
)
def test_a_constant_that_errs_far_more_is_written_at_the_edge(constant, written):
    data = measured(**dict.fromkeys(METHODS, 0.2) | {DUMMY: constant})
    data.test_error.loc[{"tool": DUMMY}] = constant
    with use_style():
        ax = figures._ranking(data.assign_attrs(data="prices.csv", target="kind", trials=8)).axes[0]
    assert [text.get_text() for text in ax.texts] == written
    assert ax.get_xlim()[1] < 0.3


def test_a_difference_counts_only_by_holms_rule():
    """Two others are far behind; the third difference has a p-value of its own, and that of Holm is no less."""
    data = measured(**{NETWORK: 0.2, LINEAR: 0.2 + 0.3 * abs(NOISE)})
    p = {one.method: one.p_value for one in summary.ranking(data)}
    alone = summary.difference(data, NETWORK, LINEAR).p_value
    assert p[LINEAR] == pytest.approx(alone)  # the greatest of all is not made greater
    assert p[FOREST] == pytest.approx(min(1, 2 * summary.difference(data, NETWORK, FOREST).p_value))
    assert np.isnan(p[NETWORK])
    assert np.isnan(p[DUMMY])


@pytest.mark.parametrize(
    ("id", "given", "outcome"),
    [
        ("better than a constant", {NETWORK: 0.1}, REPRODUCED),
        ("better than a constant", {NETWORK: 0.95}, NOT_REPRODUCED),
        ("better than a constant", {NETWORK: 0.9 + NOISE}, NOT_SETTLED),
        ("more rows", {"curve": (0.3, 0.2, 0.1)}, REPRODUCED),
        ("more rows", {"curve": (0.1, 0.1, 0.2)}, NOT_REPRODUCED),
        ("more rows", {"curve": (0.1, 0.1, 0.1 + NOISE)}, NOT_SETTLED),
        ("calibrated", {"gap": (0.01, -0.01, 0.03)}, REPRODUCED),
        ("calibrated", {"gap": (0.2, 0.1, 0.3)}, NOT_REPRODUCED),
        ("calibrated", {"gap": (0.04, 0.0, 0.08)}, NOT_SETTLED),
    ],
)
def test_every_rule_has_all_its_outcomes(id, given, outcome):
    found = {one.id: one.outcome for one in verdicts.verdicts(measured(**given))}
    assert found[id] == outcome


def test_numbers_have_no_calibration():
    assert "calibrated" not in {one.id for one in verdicts.verdicts(measured("numbers"))}
    assert "calibrated" not in {
        one.id for one in verdicts.statements(dataclasses.replace(config.QUICK, task="numbers"))
    }


# Rows.


def table_of(y, classes=(), groups=None, **x):
    frame = pd.DataFrame(x or {"a": np.arange(len(y), dtype=float)})
    kinds = tuple(columns.Column(name, "number", 0, len(y), "", ()) for name in frame)
    return describe.Table("t", "y", frame, np.asarray(y), classes, groups, kinds, ())


@pytest.mark.parametrize("classes", [(), ("no", "yes")])
@pytest.mark.parametrize("grouped", [False, True])
def test_rows_are_tested_once_and_held_out_once(classes, grouped):
    n = 103
    y = (np.arange(n) % 4 == 0).astype(int) if classes else np.arange(n) / 7
    groups = np.arange(n) // 2 if grouped else None
    table = table_of(y, classes, groups)
    found = splits.split(table, 5, 2, 0)
    assert sorted([*found.tested, *found.others]) == list(range(n))
    assert len(found.tested) == pytest.approx(n / splits.TESTED, abs=2)
    assert len({len(train) for train, _ in found.folds}) == 1  # one shape, one program
    for repeat in (found.folds[:5], found.folds[5:]):
        assert sorted(np.concatenate([held_out for _, held_out in repeat])) == sorted(found.others)
    sides = [(found.others, found.tested), *found.folds]
    for train, held_out in sides:
        assert not set(train) & set(held_out)
        if grouped:
            assert not set(groups[train]) & set(groups[held_out])
        if classes:
            assert np.mean(y[held_out]) == pytest.approx(0.25, abs=0.08)
    again = splits.split(table, 5, 2, 0)
    np.testing.assert_array_equal(found.tested, again.tested)
    assert not np.array_equal(splits.split(table, 5, 2, 1).tested, found.tested)


def test_rows_that_belong_together_are_on_one_side(tmp_path):
    patient = np.random.default_rng(2).permutation(np.arange(N) // 3).astype(object)
    patient[[5, 50]] = None
    FRAME.assign(patient=patient).to_csv(tmp_path / "t.csv", index=False)
    table = describe.table(str(tmp_path / "t.csv"), "price", drop=("kind",), group="patient")
    assert "patient" not in table.x
    assert "patient" not in {one.name for one in table.columns}
    assert "rows of equal patient are kept on one side of every split (32 groups); it is no" in table.remarks[0]
    found = splits.split(table, 5, 1, 0)
    splits.check(table, found, 3)
    for train, held_out in [(found.others, found.tested), *found.folds]:
        assert not {*patient[train]} & {*patient[held_out]} - {None}
    with pytest.raises(ValueError, match=r"^inner_folds=20 is more than half of the \d+ different rows or groups"):
        splits.check(table, found, 20)
    with pytest.raises(
        ValueError, match=r"^folds=30 is more than the different rows or groups outside the test part: take fewer"
    ):
        splits.split(table, 30, 1, 0)


@pytest.mark.parametrize("rare", ["of one kind", "of few kinds"])
def test_equal_rows_leave_every_class_on_both_sides(rare, tmp_path):
    """Were they all kept on one side, a class of equal rows would be missing in training or in the test part."""
    a = np.arange(100.0)
    a[:12] = 0.5 if rare == "of one kind" else np.repeat([0.5, 1.5, 2.5], 4)
    pd.DataFrame({"a": a, "y": np.repeat(["rare", "common"], [12, 88])}).to_csv(tmp_path / "t.csv", index=False)
    table = describe.table(str(tmp_path / "t.csv"), "y")
    found = splits.split(table, 5, 2, 0)
    for train, held_out in [(found.others, found.tested), *found.folds]:
        assert set(table.y[train]) == set(table.y[held_out]) == {0, 1}
        assert len(held_out) == pytest.approx((len(train) + len(held_out)) / 5, abs=2)


def test_decimal_commas_are_told_to_the_model(tmp_path):
    texts = pd.Series(["1,5", "2,25", "none", "3"] * 9, dtype=object)
    kind, values = columns.judged("a", texts, ".")
    assert (kind.kind, kind.decimal, kind.missing) == (columns.NUMBER, ",", 9)
    np.testing.assert_array_equal(values[:4], [1.5, 2.25, np.nan, 3])
    table, fit = made((), (3,), ("relu",))
    kinds = tuple(one._replace(decimal="," if one.name == "a" else ".") for one in table.columns)
    network = handed_over(table._replace(columns=kinds), fit, tmp_path)
    assert report._with_commas(table) == "no column"
    assert report._with_commas(table._replace(columns=kinds)) == "a"
    assert [one.get("decimal") for one in network.inputs] == [",", None, None, None]


def test_whole_numbers_of_a_table_with_decimal_commas_may_have_commas_later(tmp_path):
    """Its numbers all have the sign "," for the model; one of thousands has not, nor has a date or a category."""
    people = [f"{i % 9},234,567" if i % 8 else str(i) for i in range(N)]
    FRAME.assign(size=np.arange(N) % 31, people=people).to_csv(tmp_path / "t.csv", sep=";", decimal=",", index=False)
    table = describe.table(str(tmp_path / "t.csv"), "price", drop=("kind",))
    assert {one.name: one.decimal for one in table.columns} == {
        "weight": ",", "town": ".", "day": ".", "size": ",", "people": ".",
    }  # fmt: skip
    assert report._with_commas(table) == "every column of numbers"
    inputs = Columns().fit(table.x)
    zeros = [(np.zeros((inputs.transform(table.x).shape[1], 1)), np.zeros(1))]
    fit = SimpleNamespace(
        transformer_=inputs, networks_=[(zeros, "identity")], target_=SimpleNamespace(mean=0.0, scale=1.0)
    )
    network = handed_over(table, fit, tmp_path / "m")
    signs = {one["column"]: one.get("decimal") for one in network.inputs}
    assert signs == {"weight": ",", "town": None, "day": None, "size": ","}
    (size,) = (one for one in network.inputs if one["column"] == "size")
    assert model.encoded("5,5", size) == 5.5


def test_parts_of_rows_have_every_class_in_its_share():
    y = np.repeat([0, 1, 2], [60, 30, 8])
    rows = np.random.default_rng(0).permutation(98)
    some = curve.some(table_of(y, ("a", "b", "c")), rows, 49)
    assert np.bincount(y[some]).tolist() == [30, 15, 4]
    assert len(set(some)) == 49


# What is looked at.


class Rule:
    """A method that is written down: a function of the inputs."""

    def __init__(self, rule, classes=None):
        self.rule, self.classes_ = rule, classes

    def predict(self, x):
        return self.rule(x)

    def predict_proba(self, x):
        return self.rule(x)


def test_only_the_column_that_is_used_matters():
    a, b = np.random.default_rng(4).normal(size=(2, 200))
    table = table_of(a, a=a, b=b)
    fit = Rule(lambda x: x["a"].to_numpy())
    found = looks.importance(table, [(fit, np.arange(100)), (fit, np.arange(100, 200))], 20, 0)
    # A shuffled column has the variance of the target, and is independent of it: (a - a')^2 is 2 var(a) in the mean.
    assert float(found.importance.sel(column="a")) == pytest.approx(2, rel=0.1)
    assert float(found.importance_low.sel(column="a")) > 1
    assert found.sel(column="b").importance.item() == 0


def test_probabilities_that_are_true_are_called_so():
    p = np.random.default_rng(0).uniform(0.5, 1, 4_000)
    right = np.random.default_rng(1).uniform(size=4_000) < p
    chances = np.stack([p, 1 - p], axis=1)
    true = looks.calibration(chances, np.where(right, 0, 1))
    low, high = true.gap.values[1:]
    assert low < 0 < high
    assert (np.abs(true.bin_chance - true.bin_right) < 0.06).all()
    assert int(true.bin_count.sum()) == 4_000
    sure = looks.calibration(chances**4 / (chances**4).sum(axis=1, keepdims=True), np.where(right, 0, 1))
    assert sure.gap.values[1] > 0.05


def test_an_error_is_a_share_or_a_root_of_the_mean_square():
    classes, numbers = table_of([0, 1], ("a", "b")), table_of([0.0, 1.0])
    assert looks.error(classes, np.array([0.0, 1.0, 1.0, 0.0])) == 0.5
    assert looks.error(numbers, np.array([9.0, 16.0])) == pytest.approx(np.sqrt(12.5))
    found = looks.with_interval(classes, np.array([0.0] * 36))
    assert (found.estimate, found.low) == (0, 0)
    assert found.high == pytest.approx(0.0964, abs=1e-3)  # Wilson: z^2 / (n + z^2)


def test_a_class_that_a_method_has_not_seen_has_probability_0():
    table = table_of([0, 2, 1, 0], ("a", "b", "c"))
    fit = Rule(lambda x: np.tile([0.25, 0.75], (len(x), 1)), np.array([0, 2]))
    chances, errors, losses = methods.losses(table, fit, np.arange(4))
    np.testing.assert_array_equal(chances, np.tile([0.25, 0, 0.75], (4, 1)))
    np.testing.assert_array_equal(errors, [1, 0, 1, 1])
    np.testing.assert_allclose(losses, -np.log([0.25, 0.75, 1e-12, 0.25]))


# What it takes.


def test_what_takes_too_long_or_too_much_is_refused_beforehand():
    price.check(price.Price(10.0, 10.0, 1e6), 1.0)
    with pytest.raises(ValueError, match=r"^most_minutes=1 is less than the 2 minutes.*--rows 20000"):
        price.check(price.Price(60.0, 70.0, 1e6), 1.0)
    with pytest.raises(ValueError, match=r"would take about 1000000.0 GB of memory.*--rows 20000"):
        price.check(price.Price(1.0, 1.0, 1e15), 1.0)
    assert "about 20 s (10 s for networks, 10 s for linear" in price.told(price.Price(10.0, 10.0, 1e6))


def test_more_rows_cost_more_along_a_line():
    few, more = price.PLANNED
    found = [
        price._beyond(rows, price.PLANNED, (2.0, 5.0)) for rows in (10, few, (few + more) // 2, more, 2 * more - few)
    ]
    np.testing.assert_allclose(found, [2.0, 2.0, 3.5, 5.0, 8.0])
    assert price._beyond(64_000, (1_000, 4_000), (1.0, 8.0)) == pytest.approx(8.0**3)  # rows^1.5, which is steeper
    assert price._beyond(64_000, (1_000, 4_000), (2.0, 1.0)) == 2.0


def test_a_table_of_many_rows_is_priced_without_training(monkeypatch):
    monkeypatch.setattr(price, "PLANNED", (200, 400))
    monkeypatch.setattr(price, "_timed", lambda name, table, rows: len(rows) / 1_000)
    n, workers = 30_000, machine.num_workers()
    y, a, b = np.random.default_rng(5).normal(size=(3, n))
    table = table_of(y, a=a, b=b)
    found = price.expected(table, splits.split(table, 5, 1, 0), config.QUICK)
    # A fit takes a second for 1,000 of the 24,000 rows. Of each method there are 6 searches, 4 trials on 2 folds, and
    # a last fit, and a third of the 10 points of the learning curve; a forest is searched with 30 trees of 100.
    fits = 2 * (6 * 8 + 6 + 10 / 3) + 6 * 8 * 0.3 + 6 + 10 / 3
    assert found.others == pytest.approx(24 * fits / workers)
    few = price.expected(table_of(table.y[:400]), splits.split(table_of(table.y[:400]), 5, 1, 0), config.QUICK)
    assert few.others == pytest.approx(0.32 * fits / workers)
    assert found.networks > few.networks > 0
    assert found.memory > 8 * n * 2 * price.COPIES > few.memory / 10


# The network that is handed over.


def columns_of(fit_inputs):
    return SimpleNamespace(describe=lambda: fit_inputs)


def made(classes, hidden, activations, seed=0):
    """A table and something fitted to it, with random weights in place of trained ones."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(5e4, 3, 9), "b": rng.choice(["x", "y"], 9), "c": rng.normal(size=9)})
    frame.loc[2, "a"] = np.nan
    frame.loc[3, "b"] = None
    kinds = tuple(
        columns.Column(n, k, 0, 9, "", ()) for n, k in zip("abc", ("number", "category", "number"), strict=True)
    )
    table = describe.Table("t", "y", frame, np.zeros(9), classes, None, kinds, ())
    told = [
        {"column": "a", "kind": "number", "median": 49_999.5, "mean": 5e4, "scale": 3.25},
        {"column": "b", "kind": "category", "categories": ["x", "y"]},
        {"column": "c", "kind": "number", "median": 0.5, "mean": -0.125, "scale": 0.75},
    ]
    sizes = (4, *hidden, len(classes) or 1)
    networks = [
        ([(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in itertools.pairwise(sizes)], name)
        for name in activations
    ]
    fit = SimpleNamespace(
        transformer_=columns_of(told), networks_=networks, target_=SimpleNamespace(mean=7.0, scale=2.5)
    )
    return table, fit


def by_definition(table, fit):
    """What the networks answer for the rows of the table, step by step from their own parameters."""
    a, b, c = (table.x[name] for name in "abc")
    inputs = [(a.fillna(49_999.5) - 5e4) / 3.25, b == "x", b == "y", (c - -0.125) / 0.75]
    answers = []
    for layers, name in fit.networks_:
        h = np.stack([np.asarray(one, float) for one in inputs], 1)
        for w, bias in layers[:-1]:
            h = model.ACTIVATIONS[name](h @ w + bias)
        h = h @ layers[-1][0] + layers[-1][1]
        answers.append(np.exp(h) / np.exp(h).sum(1, keepdims=True) if table.classes else 7.0 + 2.5 * h)
    return np.mean(answers, axis=0)


def handed_over(table, fit, folder):
    results.write_data(folder, xr.Dataset(), {}, export.files(table, fit))
    return model.load(folder)


CASES = [
    (classes, hidden, activations)
    for classes in ((), ("no", "yes"), ("p", "q", "r"))
    for hidden, activations in (((3,), ("relu", "tanh")), ((5, 4), ("sigmoid",)), ((), ("identity",)))
]


@pytest.mark.parametrize(("classes", "hidden", "activations"), CASES)
def test_the_network_handed_over_is_the_same_in_numpy_and_scikit_learn(classes, hidden, activations, tmp_path):
    table, fit = made(classes, hidden, activations)
    network, expected = handed_over(table, fit, tmp_path), by_definition(table, fit)
    rows = list(csv.DictReader(io.StringIO(table.x.to_csv(index=False))))
    x = network.encode(rows)
    np.testing.assert_allclose(network.outputs(x), expected, rtol=1e-9)
    if not hidden:
        return  # scikit-learn's networks have a hidden layer
    members = [one.predict_proba(x) if classes else one.predict(x)[:, None] for one in model.as_sklearn(network)]
    np.testing.assert_allclose(np.mean(members, axis=0), expected, rtol=1e-8)
    answers = network.predict(rows)
    assert answers == ([classes[i] for i in expected.argmax(1)] if classes else pytest.approx(expected[:, 0].tolist()))


@pytest.mark.parametrize(("classes", "hidden", "activations"), [*CASES, (("p", "q"), (4,), ("gelu", "silu"))])
def test_the_network_handed_over_is_the_same_in_pytorch(classes, hidden, activations, tmp_path):
    torch = pytest.importorskip("torch")
    table, fit = made(classes, hidden, activations)
    network = handed_over(table, fit, tmp_path)
    x = network.encode(table.x.to_dict("records"))
    with torch.no_grad():
        found = model.as_torch(network)(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, by_definition(table, fit), rtol=1e-9)


def test_activations_are_those_of_the_library():
    import jax

    from nnjax import activations

    z = np.linspace(-6, 6, 101)
    with jax.enable_x64(True):
        for name, function in model.ACTIVATIONS.items():
            own = activations.get(name) if name != "identity" else lambda z: z
            np.testing.assert_allclose(function(z), np.asarray(own(z)), rtol=1e-10, atol=1e-14, err_msg=name)


def test_scikit_learn_is_told_which_activation_it_lacks(tmp_path):
    network = handed_over(*made((), (3,), ("gelu",)), tmp_path)
    with pytest.raises(ValueError, match="activation 'gelu': scikit-learn's networks have identity, relu"):
        model.as_sklearn(network)


@pytest.mark.parametrize(
    ("target", "task"), [pytest.param("kind", "classes", marks=pytest.mark.slow), ("price", "numbers")]
)
def test_a_trained_network_is_the_same_when_it_is_loaded_with_numpy_alone(path, tmp_path, target, task):
    """From the cells of the file, through the file model.py that lies beside the weights."""
    tiny = dataclasses.replace(config.QUICK, hidden=((4,),), steps=30, trials=2, inner_folds=2, members=2)
    table = describe.table(str(path), target, drop=("price",) if task == "classes" else ("kind",))
    fit = methods.fitted(NETWORK, table, np.arange(N), tiny, 0)
    folder = tmp_path / "network"
    results.write_data(folder, xr.Dataset(), {}, export.files(table, fit))
    spec = importlib.util.spec_from_file_location(f"model_{task}", folder / "model.py")
    alone = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alone)
    network = alone.load()
    with open(path, newline="") as file:
        outputs = network.outputs(network.encode(list(csv.DictReader(file))))
    expected = fit.predict_proba(table.x) if task == "classes" else fit.predict(table.x)[:, None]
    np.testing.assert_allclose(outputs, expected, rtol=1e-6, atol=1e-9)
    lines = alone.main([str(path)]).splitlines()
    assert lines[0] == target
    assert len(lines) == N + 1


@pytest.mark.parametrize(
    "content",
    [
        "a;b;c\n50001,5;x;7,5\n",
        "\ufeffa,b,c\n50001.5,x,7.5\n",
        "\n a , b ,c \n50001.5, x,7.5\n",
        '"a"\tb\tc\n50001,5\tx\t"7.5"\n',
        ",a,b,c\n0,50001.5,x,7.5\n",
    ],
)
def test_a_file_is_read_with_python_alone_as_the_command_reads_it(content, tmp_path, call):
    table, fit = made((), (3,), ("tanh",))
    kinds = tuple(one._replace(decimal=",") for one in table.columns)
    network = handed_over(table._replace(columns=kinds), fit, tmp_path)
    (tmp_path / "new.csv").write_text(content, encoding="utf-8")
    expected = network.predict([{"a": "50001.5", "b": "x", "c": "7.5"}])
    assert expected != pytest.approx(network.predict([{"a": "50001.5", "b": "x", "c": ""}]))
    assert expected != pytest.approx(network.predict([{"a": "", "b": "x", "c": "7.5"}]))
    assert network.predict(model.read(tmp_path / "new.csv")) == expected
    code, out, _ = call("your_table", "predict", tmp_path, tmp_path / "new.csv")
    assert code == 0
    assert [float(one) for one in out.splitlines()[1:]] == pytest.approx(expected)


# Cells: what is judged when a table is read is what is encoded when the network is used.
CELLS = st.one_of(
    st.floats(-1e6, 1e6, width=32).map(repr),
    st.integers(-999, 999).map(str),
    st.sampled_from(
        [
            "",
            "NA",
            "?",
            "none",
            "inf",
            "-inf",
            "abc",
            "1,5",
            " 7 ",
            "1e3",
            "+4",
            "2020-02-30",
            "12 34",
            "1_000",
            "\u0661\u0662",
        ]
    ),
)


@given(st.lists(CELLS, min_size=1, max_size=4), st.sampled_from([".", ","]))
@example(["1,5", "inf"], ",")
@example(["1,5"], ".")
def test_a_cell_is_the_same_number_when_it_is_read_and_when_it_is_encoded(cells, decimal):
    cells = [*(str(i) for i in range(30)), *cells]
    column = pd.Series([None if c.strip().lower() in model.MISSING else c.strip() for c in cells], dtype=object)
    found, values = columns.judged("a", column, decimal)
    assert found.kind == columns.NUMBER
    one = {"column": "a", "median": np.nan} | ({"decimal": ","} if found.decimal == "," else {})
    np.testing.assert_array_equal(values, [model.encoded(cell, one) for cell in cells])


@given(CELLS | st.floats().map(str) | st.integers().map(str) | st.from_regex("[-+]?0*[0-9]+[.]?[05]*", fullmatch=True))
@example("1.50")
@example("007")
@example("9007199254740993")
def test_a_category_is_the_same_when_a_network_is_fitted_and_when_it_is_used(cell):
    assert model.category(cell) == category(cell)
    assert model.encoded(cell, {"column": "a", "category": category(cell.strip())}) == 1


@given(
    st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")),
    st.sampled_from(["%Y-%m-%d", "%Y-%m-%d %H:%M"]),
)
def test_a_date_is_the_same_number_of_days(moment, form):
    text = moment.strftime(form)
    found, values = columns.judged("a", pd.Series(["1999-12-31", text, None], dtype=object), ".")
    expected = (moment.replace(second=0, microsecond=0) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    if form == "%Y-%m-%d":
        expected = np.floor(expected)
    if found.kind == columns.DATE:
        assert values[1] == pytest.approx(expected)
        assert values[1] == model.encoded(text, {"column": "a", "median": np.nan, "date": True})
        assert model.encoded("", {"column": "a", "median": 3.0, "date": True}) == 3.0
    else:
        assert text == "1999-12-31"


# The command line.


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*argv):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(one) for one in argv])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "unused")
    return run


def test_a_file_behind_the_topic_is_the_data_of_its_claim():
    every = claims.find_claims()
    named = claims.with_file(["your_table", "a b.csv"], ["--target", "price"], every, claims.ROOT)
    assert named == (["your_table.right_tool"], ["--data", "a b.csv", "--target", "price"])
    for other in (["your_table"], ["your_table", "xor"], ["xor", "a.csv"], ["your_table", "a.csv", "b.csv"]):
        assert claims.with_file(other, [], every, claims.ROOT) == (other, [])
    assert claims.command(["your_table", "a.csv"], claims.ROOT) is None
    assert claims.command(["xor", "predict"], claims.ROOT) is None
    assert claims.command(["your_table", "predict"], claims.ROOT) is predict.command


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["gone.csv", "--target", "price"], "there is no such file"),
        (["prices.csv"], "--target=None: name the column that is to be predicted"),
        (["prices.csv", "--target", "prise"], "--target='prise' must be a column of --data=.*did you mean 'price'"),
        (["prices.csv", "--target", "price", "--trials", "1"], "--trials=1 must be a whole number from 2"),
        (["prices.csv", "--target", "price", "--task", "class"], "did you mean classes"),
        (["prices.csv", "--target", "price", "--most-minutes", "1e-9"], "--most-minutes=1e-09 is less than"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(argv, told, call, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    code, _, err = call("your_table", *argv, "--results-dir", path.parent / "r")
    assert code == 2
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert re.search(told, err), err


def test_predict_writes_a_row_for_each_row_and_names_what_it_does_not_know(call, tmp_path):
    handed_over(*made(("no", "yes"), (3,), ("relu",)), tmp_path / "m")
    (tmp_path / "new.csv").write_text("c,b,a\n0.5,x,50001\n,z,\n1.5,y,49999\n")
    code, out, err = call("your_table", "predict", tmp_path / "m", tmp_path / "new.csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert list(rows[0]) == ["y", "probability of no", "probability of yes"]
    network = model.load(tmp_path / "m")
    cells = [{"a": "50001", "b": "x", "c": "0.5"}, {"a": "", "b": "z", "c": ""}, {"a": "49999", "b": "y", "c": "1.5"}]
    assert [row["y"] for row in rows] == network.predict(cells)
    expected = network.outputs(network.encode(cells))
    np.testing.assert_allclose([float(row["probability of no"]) for row in rows], expected[:, 0], rtol=1e-5)
    assert err == "note: b: 1 row has a category that the network does not know: z\n"
    (tmp_path / "other.csv").write_text("c;b;a\n1,5;y;49999\n1.5 kg;z;x\n")
    code, out, err = call("your_table", "predict", tmp_path / "m", tmp_path / "other.csv")
    assert next(csv.reader(io.StringIO(out.splitlines()[1])))[0] == network.predict(cells[2:])[0]
    assert "note: a: 1 row has no number (the median stands in): x\n" in err
    assert "note: c: 1 row has no number (the median stands in): 1.5 kg\n" in err
    (tmp_path / "tabs.csv").write_text("c\tb\ta\n1,5\ty\t49999\n-\tx\t50001\n")
    code, out, err = call("your_table", "predict", tmp_path / "m", tmp_path / "tabs.csv")
    cells = [cells[2], {"a": "50001", "b": "x", "c": ""}]
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == network.predict(cells)
    assert err == ""
    (tmp_path / "few.csv").write_text("c,b\n0.5,x\n")
    for more, told in (
        (("m", "few.csv"), "the rows lack the column 'a': the network needs a, b, c"),
        (("m", "gone.csv"), "there is no such file"),
        (("new.csv", "new.csv"), "holds no model"),
        (("m",), "predict takes two names"),
    ):
        code, out, err = call("your_table", "predict", *(tmp_path / one for one in more))
        assert (code, out) == (2, "")
        assert told in err


def test_a_model_of_one_input_takes_a_file_of_one_column(tmp_path):
    x = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    x.to_csv(tmp_path / "one.csv", index=False)
    assert list(reading.read(str(tmp_path / "one.csv"), least=1)) == ["a"]
    with pytest.raises(ValueError, match="has one column only"):
        reading.read(str(tmp_path / "one.csv"))


def test_a_table_in_the_order_of_its_classes_is_priced(tmp_path):
    """What is timed on few rows has rows of every class."""
    FRAME.sort_values("kind").to_csv(tmp_path / "sorted.csv", index=False)
    table = describe.table(str(tmp_path / "sorted.csv"), "kind")
    few = curve.some(table, splits.split(table, 3, 1, 0).others, 12)
    assert len(set(table.y[few])) == 3
    assert len(set(few)) == 12


def test_a_category_that_is_a_number_is_the_same_in_a_file_of_numbers_alone(tmp_path):
    assert predict._texts(pd.Series([5.0, np.nan, 0.1])) == ["5", "", "0.10000000000000001"]
    assert predict._texts(pd.Series(["5", None], dtype=object)) == ["5", ""]


def test_a_new_file_is_read_as_the_model_means_it_and_not_as_it_looks_alone(call, tmp_path):
    """007 is a category though all cells of the file are numbers, and `true` is one beside a missing cell or not."""
    (tmp_path / "old.csv").write_text("f,code,y\n" + "true,007,1.5\nfalse,8A,2.5\n,007,3.5\n" * 30)
    x = describe.table(str(tmp_path / "old.csv"), "y").x
    assert {*x["f"]} == {"true", "false", None}
    lines = (tmp_path / "old.csv").read_text().splitlines()
    (tmp_path / "index.csv").write_text("\n".join(f"{i - 1 if i else ''},{line}" for i, line in enumerate(lines)))
    pd.testing.assert_frame_equal(describe.table(str(tmp_path / "index.csv"), "y").x, x)
    inputs = [{"column": name, "category": one} for name, one in (("f", "true"), ("f", "false"), ("code", "007"))]
    told = {"target": "y", "inputs": inputs, "classes": [], "activations": ["identity"], "layers": [1]}
    (tmp_path / "model.json").write_text(json.dumps(told))
    np.savez(tmp_path / "model.npz", **{"w0.0": np.array([[100.0], [10.0], [1.0]]), "b0.0": np.zeros(1)})
    rows = "true,007\nfalse,007\n"
    for written in (f"f,code\n{rows}", f"f,code\n{rows},007\n", ",f,code\n0,true,007\n1,false,007\n"):
        (tmp_path / "new.csv").write_text(written)
        code, out, err = call("your_table", "predict", tmp_path, tmp_path / "new.csv")
        assert (code, err) == (0, "")
        assert out.split()[1:3] == ["101", "11"]


def test_a_category_that_is_a_number_is_known_however_it_is_written(call, tmp_path):
    """A model of earlier, which kept the text of the file, knows it too."""
    told = {"target": "y", "classes": [], "activations": ["identity"], "layers": [1]}
    told["inputs"] = [{"column": "size", "category": one} for one in ("1.50", "2", "other")]
    (tmp_path / "model.json").write_text(json.dumps(told))
    np.savez(tmp_path / "model.npz", **{"w0.0": np.array([[100.0], [10.0], [1.0]]), "b0.0": np.zeros(1)})
    (tmp_path / "new.csv").write_text("size\n1.5\n1.50\n2.0\nother\n02\n")
    code, out, err = call("your_table", "predict", tmp_path, tmp_path / "new.csv")
    assert (code, out.split()[1:]) == (0, ["100", "100", "10", "1", "0"])
    assert err == "note: size: 1 row has a category that the network does not know: 02\n"


def test_what_is_not_installed_is_named(monkeypatch):
    installed.check()
    monkeypatch.setattr(installed, "NEEDED", {"no_such_module": "no-such-module", "numpy": "numpy"})
    with pytest.raises(ValueError, match=r"^your_table needs no-such-module: pip install -e '\.\[experiments\]'$"):
        installed.check()


def test_many_columns_are_told_in_few_lines_those_with_remarks_first(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(6).normal(size=(N, 10)), columns=[*(f"c{i}" for i in range(9)), "y"])
    frame.assign(c7=1).to_csv(tmp_path / "t.csv", index=False)
    found = describe.lines(describe.table(str(tmp_path / "t.csv"), "y"), 3)
    assert [line.split(":")[0].strip() for line in found[2:]] == ["c7", "c0", "c1", "and 6 more"]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_table_is_run_drawn_and_handed_over(target, path, tmp_path, call, redrawn):
    drop = "price" if target == "kind" else "kind"
    code, out, err = call(
        "your_table", path, "--target", target, "--drop", drop, "--trials", "2", "--folds", "3", "--hidden", "4",
        "--steps", "30", "--members", "2", "--shuffles", "2", "--results-dir", tmp_path / "r",
    )  # fmt: skip
    assert code == 0, err
    folder = tmp_path / "r" / "quick" / "your_table" / "right_tool"
    assert "This will take about" in out
    assert out.index("columns: ") < out.index("This will take about") < out.index("right tool")
    named = "calibration" if target == "kind" else "predicted"
    files = {
        "ranking.png",
        "rows.png",
        "columns.png",
        f"{named}.png",
        "report.md",
        "model.npz",
        "model.json",
        "model.py",
    }
    assert files <= {one.name for one in folder.iterdir()}
    data = results.load_dataset(folder / "data.nc")
    assert redrawn("your_table.right_tool", data) == sorted(["columns", "ranking", "rows", named])
    verdict = json.loads((folder / "verdicts.json").read_text())[0]
    text = (folder / "report.md").read_text()
    assert verdict["finding"].startswith("A quick look (2 trials of each method, at most 30 steps): ")
    assert verdict["finding"] in text
    assert "boosting 100 rounds; the network is the mean of 2, each trained for at most 30 steps." in text
    assert "python -m experiments your_table predict" in text
    assert not {"columns", "remarks"} & data.attrs.keys()  # report.md has them; wide tables would overflow attributes
    code, out, _ = call("your_table", "predict", folder, path)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == N
    true = FRAME[target].to_numpy()
    if target == "kind":
        assert np.mean([row["kind"] for row in rows] == true) > 0.4
