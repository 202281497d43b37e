"""The answer follows from errors that are known, rows are split as promised, and what is measured is what it says."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.lab import cli, figures, verdicts
from experiments.your_table import answer, methods, report, right_tool
from experiments.your_table.answer import ALIKE, OPEN, WORSE, YES
from experiments.your_table.columns import Column
from experiments.your_table.methods import BOOSTING, CONSTANT, FOREST, LINEAR, METHODS, NETWORK
from experiments.your_table.table import Table, table

NOISE = 0.1 * np.random.default_rng(3).normal(size=6)


def measured(classes=2, curve=(0.3, 0.2, 0.1), gap=(0.0, -0.01, 0.01), trials=32, steps=0, **error):
    """A Dataset of these errors [split] by method; those that are not given are far behind."""
    spread = 0.002 * np.random.default_rng(0).permutation(6)
    every = {name: np.asarray(error.get(name, 0.9 if name == CONSTANT else 0.5)) + spread for name in METHODS}
    data = xr.Dataset(
        {
            "error": (("tool", "split"), [every[name] for name in METHODS]),
            "curve": (("learner", "rows", "split"), [[one + spread for one in curve]] * 2),
            "setting": ("tool", ["C 1"] * len(METHODS)),
            "importance": ("column", [0.1, 0.0]), "least": ("column", [0.05, -0.1]), "most": ("column", [0.2, 0.1]),
        },
        {"tool": list(METHODS), "learner": [NETWORK, LINEAR], "rows": [20, 40, 80], "column": ["a $", "b" * 40]},
    )  # fmt: skip
    data["loss"] = data.error
    for name, value in (("test_error", 0.1), ("test_low", 0.05), ("test_high", 0.2)):
        data[name] = ("tool", [value] * len(METHODS))
    if classes:
        data["gap"], data["share_right"] = ("end", list(gap)), 0.89
        for name, values in (("chance", [0.8, 1.0]), ("right", [0.8, 0.98]), ("low", [0.7, 0.9]), ("high", [0.9, 1.0])):
            data[name] = ("bin", values)
    else:
        data["true"], data["predicted"] = ("point", [1.0, 2.0]), ("point", [1.5, 1.5])
    return data.assign_attrs(
        data="prices.csv", target="price", classes=classes, scale=2.0, tuned_on=80, tested=20, trials=trials,
        steps=steps, members=8, overlap=0.25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "begins", "error"),
    [
        (YES, "Yes, a network is the right tool", {NETWORK: 0.1, BOOSTING: 0.2}),
        (WORSE, "No, boosting is a better tool", {NETWORK: 0.2, BOOSTING: 0.1, LINEAR: 0.3}),
        (ALIKE, "No, a network is not needed", {NETWORK: 0.2 + 0.02 * NOISE, FOREST: 0.2}),
        (OPEN, "It is open whether a network is the right tool", {NETWORK: 0.2 + NOISE, LINEAR: 0.2}),
        (OPEN, "It is open", {NETWORK: 0.2, LINEAR: 0.3, FOREST: 0.25 + NOISE}),
    ],
)
@pytest.mark.parametrize("classes", [2, 0])
def test_the_answer_follows_from_the_errors(classes, kind, begins, error):
    data = measured(classes, **error)
    assert answer.kind(data)[0] == kind
    assert answer.sentence(data).startswith(begins)


def test_an_open_answer_names_the_method_that_is_not_surely_beaten():
    """The best of the others may be beaten for certain, and a noisier one not."""
    data = measured(**{NETWORK: 0.2, LINEAR: 0.23, FOREST: 0.27 + NOISE, BOOSTING: 0.4})
    assert answer.kind(data) == (OPEN, FOREST)


def test_methods_are_not_alike_only_because_a_class_is_rare():
    """A constant is wrong on 0.75% of the rows: a difference of 0.2% is much of that, one of 0.01% is not."""
    near = dict.fromkeys(METHODS, 0.002) | {CONSTANT: 0.0025}
    for more, kind in ((0.002, WORSE), (0.002 * NOISE / abs(NOISE).max(), OPEN), (1e-3 * NOISE, ALIKE)):
        assert answer.kind(measured(**near | {NETWORK: near[NETWORK] + more}))[0] == kind
    assert answer.margin(measured()) == answer.MARGIN_CLASSES
    assert answer.margin(measured(0, **near)) == answer.MARGIN_NUMBERS


@pytest.mark.parametrize(
    ("trials", "steps", "begins"),
    [
        (4, 500, "A quick look (4 trials of each method, at most 500 steps): Yes"),
        (8, 0, "A quick look (8 trials of each method): Yes"),
        (32, 500, "Yes"),
    ],
)
def test_an_answer_of_few_trials_says_that_it_is_a_quick_look(trials, steps, begins):
    assert answer.sentence(measured(trials=trials, steps=steps, **{NETWORK: 0.1})).startswith(begins)


def test_more_rows_and_calibration_have_all_their_answers():
    for curve, says in (((0.3, 0.2, 0.1), "Yes"), ((0.1, 0.1, 0.2), "No"), ((0.1, 0.1, 0.1 + NOISE), "Open")):
        assert answer.more_rows(measured(curve=curve)).startswith(f"Would more rows help? {says}")
    for gap, says in (((0.01, -0.01, 0.03), "Yes"), ((0.2, 0.1, 0.3), "No, it is too certain"),
                      ((-0.2, -0.3, -0.1), "No, it is too uncertain"), ((0.04, 0.0, 0.08), "Open")):  # fmt: skip
        assert f"right on average? {says}:" in answer.calibration(measured(gap=gap))


def of(y, classes=(), groups=None, **x):
    frame = pd.DataFrame(x or {"a": np.arange(len(y), dtype=float)})
    kinds = tuple(Column(str(name), "number") for name in frame)
    return Table("t", "price", frame, np.asarray(y), classes, groups, kinds, ())


@pytest.mark.parametrize("classes", [2, 0])
def test_the_report_and_figures_speak_of_probabilities_only_for_classes(classes):
    data = verdicts.labelled(measured(classes, **{NETWORK: 0.1}), right_tool.NAMES)
    text = report.text(of([0, 1], ("no", "yes")[:classes]), data)
    assert text.startswith("# Is a network the right tool for price in prices.csv?\n\n**Yes, a network")
    assert ("probabilities" in text) is bool(classes)
    assert "not settled" not in text
    assert "calibrat" not in text
    assert right_tool.table(data).sizes == {"tool": 5}
    with plt.style.context(figures.STYLE):
        for draw in right_tool.FIGURES:
            fig = draw(data)
            fig.draw_without_rendering()
            assert all(ax.get_xlabel() for ax in fig.axes)
    plt.close("all")


def test_a_constant_that_errs_far_more_does_not_squeeze_the_others():
    for constant, told in ((0.9, "always the most frequent class: 0.91"), (0.2, "")):
        fig = right_tool.ranking(measured(**dict.fromkeys(METHODS, 0.2) | {CONSTANT: constant}))
        assert fig.axes[0].get_title("right") == told
        assert fig.axes[0].get_xlim()[1] < 0.3
    plt.close("all")


# Rows.


@pytest.mark.parametrize("classes", [(), ("no", "yes")])
@pytest.mark.parametrize("grouped", [False, True])
def test_rows_are_tested_once_and_held_out_once(classes, grouped):
    n = 103
    y = (np.arange(n) % 4 == 0).astype(int) if classes else np.arange(n) / 7
    groups = np.arange(n) // 2 if grouped else None
    found = methods.split(of(y, classes, groups), 5, 2, 0)
    assert sorted([*found.tested, *found.others]) == list(range(n))
    assert len(found.tested) == pytest.approx(n / methods.TESTED, abs=2)
    assert len({len(train) for train, _ in found.folds}) == 1  # one shape, one program
    for repeat in (found.folds[:5], found.folds[5:]):
        assert sorted(np.concatenate([held_out for _, held_out in repeat])) == sorted(found.others)
    for train, held_out in [(found.others, found.tested), *found.folds]:
        assert not set(train) & set(held_out)
        if grouped:
            assert not set(groups[train]) & set(groups[held_out])
        if classes:
            assert np.mean(y[held_out]) == pytest.approx(0.25, abs=0.08)
    np.testing.assert_array_equal(found.tested, methods.split(of(y, classes, groups), 5, 2, 0).tested)


def test_rows_that_belong_together_are_on_one_side(tmp_path):
    rng = np.random.default_rng(2)
    patient = rng.permutation(np.arange(90) // 3).astype(object)
    patient[[5, 50]] = None
    frame = pd.DataFrame({"patient": patient, "a": rng.normal(size=90), "price": rng.normal(size=90)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    found = table(str(tmp_path / "t.csv"), "price", group="patient")
    assert list(found.x) == ["a"]
    assert any("rows of equal patient are kept on one side" in one for one in found.remarks)
    parts = methods.split(found, 5, 1, 0)
    for train, held_out in [(parts.others, parts.tested), *parts.folds]:
        assert not {*patient[train]} & {*patient[held_out]} - {None}
    with pytest.raises(ValueError, match="folds=30 is too many for 25 groups"):
        methods.split(found, 30, 1, 0)


def test_parts_of_rows_have_every_class_in_its_share():
    y = np.repeat([0, 1, 2], [60, 30, 8])
    some = methods.some(of(y, ("a", "b", "c")), np.random.default_rng(0).permutation(98), 49)
    assert np.bincount(y[some]).tolist() == [30, 15, 4]
    assert len(set(some)) == 49


# What is measured.


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
    fit = Rule(lambda x: x["a"].to_numpy())
    found = right_tool.importance(of(a, a=a, b=b), [(fit, np.arange(100)), (fit, np.arange(100, 200))], 0)
    # A shuffled column has the variance of the target, and is independent of it: (a - a')^2 is 2 var(a) in the mean.
    assert float(found.importance.sel(column="a")) == pytest.approx(2, rel=0.15)
    assert float(found.least.sel(column="a")) > 1
    assert found.sel(column="b").importance.item() == 0


def test_probabilities_that_are_true_are_called_so():
    p = np.random.default_rng(0).uniform(0.5, 1, 4_000)
    right = np.random.default_rng(1).uniform(size=4_000) < p
    chances = np.stack([p, 1 - p], axis=1)
    true = right_tool.calibration(chances, np.where(right, 0, 1))
    assert true.gap.values[1] < 0 < true.gap.values[2]
    assert (np.abs(true.chance - true.right) < 0.06).all()
    sure = right_tool.calibration(chances**4 / (chances**4).sum(axis=1, keepdims=True), np.where(right, 0, 1))
    assert sure.gap.values[1] > 0.05


def test_an_error_is_a_share_or_a_root_of_the_mean_square():
    assert right_tool.error_of(of([0, 1], ("a", "b")), np.array([0.0, 1.0, 1.0, 0.0])) == 0.5
    assert right_tool.error_of(of([0.0, 1.0]), np.array([9.0, 16.0])) == pytest.approx(np.sqrt(12.5))


def test_a_class_that_a_method_has_not_seen_has_probability_0():
    fit = Rule(lambda x: np.tile([0.25, 0.75], (len(x), 1)), np.array([0, 2]))
    chances, errors, losses = methods.losses(of([0, 2, 1, 0], ("a", "b", "c")), fit, np.arange(4))
    np.testing.assert_array_equal(chances, np.tile([0.25, 0, 0.75], (4, 1)))
    np.testing.assert_array_equal(errors, [1, 0, 1, 1])
    np.testing.assert_allclose(losses, -np.log([0.25, 0.75, 1e-12, 0.25]))


def test_what_takes_too_long_or_too_much_is_refused_beforehand():
    found = of(np.arange(9.0))
    methods.check(found, 50.0, 1.0)
    with pytest.raises(ValueError, match=r"^--most-minutes 1 is less than the 2.0 minutes.*--rows 20000"):
        methods.check(found, 120.0, 1.0)
    wide = found._replace(y=np.broadcast_to(0.0, 10**14))
    with pytest.raises(ValueError, match=r"would take about 9600000.0 GB of memory.*--rows 20000"):
        methods.check(wide, 1.0, 1.0)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["gone.csv", "--target", "price"], "there is no such file"),
        (["prices.csv"], "--target=None: name the column that is to be predicted"),
        (["prices.csv", "--target", "prise"], "--target='prise' must be a column of --data=.*did you mean 'price'"),
        (["prices.csv", "--target", "price", "--trials", "1"], "--trials 1 must be a whole number of 2 or more"),
        (["prices.csv", "--target", "price", "--task", "class"], "did you mean 'classes'"),
        (["prices.csv", "--target", "price", "--most-minutes", "1e-9"], "--most-minutes 1e-09 is less than"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(argv, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "programs"))
    rng = np.random.default_rng(0)
    pd.DataFrame({"a": rng.normal(size=90), "price": rng.normal(size=90)}).to_csv("prices.csv", index=False)
    with pytest.raises(SystemExit) as stop:
        cli.main(["your_table", *argv, "--out", str(tmp_path / "r")])
    err = capsys.readouterr().err
    assert stop.value.code in (1, 2)
    assert "Traceback" not in err
    assert re.search(told, err), err
