"""Checks of numbers: what counts as one, what is refused, and that every module says the same."""

import numpy as np
import pytest

from nnjax import mlp, statistics, tasks, theory, tuning
from nnjax.checks import flag, is_number, real_numbers, whole_number
from nnjax.theory import constructions, regions, separability


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_whole_numbers_become_ints(value):
    found = whole_number(value, "n", 3, 3)
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, [3], np.array([3]), np.timedelta64(3, "D"), 0, -3])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=r"^n=.* must be a whole number of 1 or more$"):
        whole_number(value, "n")
    with pytest.raises(ValueError, match=r"^n=.* must be a whole number from 1 to 2$"):
        whole_number(value, "n", most=2)


def test_a_number_is_no_truth_and_no_duration():
    assert all(map(is_number, (1, 1.5, np.float32(2), np.nan)))
    assert not any(map(is_number, (True, np.False_, np.timedelta64(1, "D"), "1", 1j, None)))


def test_a_flag_is_true_or_false_alone():
    assert (flag(True, "on"), type(flag(np.False_, "on"))) == (True, bool)
    for value in (1, 0.0, "yes", None, [True], np.array([True])):
        with pytest.raises(ValueError, match=r"^on=.* must be True or False$"):
            flag(value, "on")


def test_real_numbers_keep_their_dtype_and_tell_what_they_are_not():
    assert real_numbers([1, 2], "x").dtype == int
    assert real_numbers([True], "x").dtype == bool
    assert real_numbers(np.float32([np.inf]), "x").dtype == np.float32
    for value in (np.ma.masked_equal([1, 2], 1), [np.ma.masked_equal([1, 2], 1)]):
        with pytest.raises(ValueError, match=r"^x has masked entries: leave them out$"):
            real_numbers(value, "x")
    for value in ([1j], ["1"], [None], np.zeros(2, "m8[s]")):
        with pytest.raises(ValueError, match=r"^x has dtype .*: it must hold real numbers"):
            real_numbers(value, "x")


@pytest.mark.parametrize(
    "use",
    [
        lambda n: theory.cover_count(n, 2),
        lambda n: tasks.parity(n),
        lambda n: tasks.sampled(np.sin, n),
        lambda n: tasks.folds(tasks.xor(), k=n),
        lambda n: constructions.deep_sawtooth(n),
        lambda n: mlp.width_for_budget(100, n, 1, 1),
        lambda n: statistics.bootstrap([1.0, 2.0], num_resamples=n),
        lambda n: tuning.tune(print, widen=n, learning_rate=[0.1, 1.0]),
        lambda n: tasks.table(__file__.removesuffix("py") + "csv", target=0, max_bytes=n),
    ],
)
def test_counts_are_checked_alike(use, as_users_call):
    """NumPy's durations, which are integers by type, once passed for counts."""
    for value in (np.timedelta64(3, "D"), 3.5, -1):
        with pytest.raises(ValueError, match="must be a whole number"):
            use(value)


def test_arrays_are_checked_alike(as_users_call):
    masked = np.ma.masked_equal([[0.0, 1.0], [1.0, 0.0]], 1)
    layer = mlp.Layer(np.eye(2), np.zeros(2))
    for use in (
        lambda x: tasks.data(x, x),
        lambda x: separability.separate(x, [0, 1]),
        lambda x: statistics.mean(x[0]),
        lambda x: regions.along_lines((layer, layer), x, x),
        lambda x: constructions.relu_interpolant(x[0], x[0]),
    ):
        with pytest.raises(ValueError, match="has masked entries"):
            use(masked)
        with pytest.raises(ValueError, match="must hold real numbers"):
            use(np.array([["0", "1"], ["1", "0"]]))
