"""Truth tables by hand, and data that no network could be trained on refused by name."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nnjax import tasks
from nnjax.tasks.examples import given_examples

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]

FUNCTIONS = {
    "false": lambda a, b: False,
    "and": lambda a, b: a and b,
    "a_and_not_b": lambda a, b: a and not b,
    "a": lambda a, b: a,
    "not_a_and_b": lambda a, b: not a and b,
    "b": lambda a, b: b,
    "xor": lambda a, b: a != b,
    "or": lambda a, b: a or b,
    "nor": lambda a, b: not (a or b),
    "xnor": lambda a, b: a == b,
    "not_b": lambda a, b: not b,
    "a_or_not_b": lambda a, b: a or not b,
    "not_a": lambda a, b: not a,
    "not_a_or_b": lambda a, b: not a or b,
    "nand": lambda a, b: not (a and b),
    "true": lambda a, b: True,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_boolean_functions_are_what_their_names_say(name):
    data = tasks.boolean(name)
    assert data.x.tolist() == X
    assert data.y.tolist() == [[float(FUNCTIONS[name](bool(a), bool(b)))] for a, b in X]


def test_all_sixteen_are_there_and_numbered_by_their_truth_tables():
    everything = tasks.all_boolean()
    assert list(everything) == list(FUNCTIONS) == list(tasks.BOOLEAN_NAMES)
    for number, data in enumerate(everything.values()):
        assert int("".join(str(int(bit)) for bit in data.y[:, 0]), base=2) == number
        assert tasks.boolean(number).y.tolist() == data.y.tolist()


def test_levels_stand_for_false_and_true():
    data = tasks.xor(low=-1.0, target_low=0.1, target_high=0.9)
    assert data.x.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert data.y.tolist() == [[0.1], [0.9], [0.9], [0.1]]
    assert tasks.all_boolean(high=2.0)["true"].x.max() == 2


def test_a_truth_table_of_three_inputs():
    majority = tasks.boolean_function([0, 0, 0, 1, 0, 1, 1, 1])
    assert majority.x.tolist() == [list(row) for row in itertools.product([0, 1], repeat=3)]
    assert majority.y[:, 0].tolist() == [float(a + b + c >= 2) for a, b, c in majority.x]


@given(st.integers(1, 10))
def test_parity_counts_the_ones(num_bits):
    data = tasks.parity(num_bits, low=-1.0)
    assert (data.x.shape, data.y.shape) == ((2**num_bits, num_bits), (2**num_bits, 1))
    np.testing.assert_array_equal(data.y[:, 0], (data.x == 1).sum(axis=1) % 2)
    # Binary order: each row read as a number is its own place.
    np.testing.assert_array_equal((data.x == 1) @ 2.0 ** np.arange(num_bits)[::-1], np.arange(2**num_bits))


def test_small_and_great_parities():
    assert tasks.parity(1).y.tolist() == [[0], [1]]
    assert tasks.parity(2).y.tolist() == tasks.xor().y.tolist()
    assert tasks.parity(16).x.shape == (65_536, 16)
    assert tasks.parity(16).y.sum() == 32_768


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tasks.boolean("xro"), r"^function='xro' is unknown; did you mean 'xor'"),
        (lambda: tasks.boolean("XOR"), r"^function='XOR' is unknown; did you mean 'xor'"),
        (lambda: tasks.boolean(16), r"^function=16 must be a name or a whole number from 0 to 15"),
        (lambda: tasks.boolean(-1), r"^function=-1 must be"),
        (lambda: tasks.boolean(True), r"^function=True must be"),
        (lambda: tasks.parity(0), r"^num_bits=0 must be a whole number from 1 to 16"),
        (lambda: tasks.parity(17), r"^num_bits=17 must be"),
        (lambda: tasks.parity(True), r"^num_bits=True must be"),
        (lambda: tasks.boolean_function([0, 1, 1]), r"^bits has shape \(3,\): .* 2\^n outputs"),
        (lambda: tasks.boolean_function([1]), r"^bits has shape \(1,\)"),
        (lambda: tasks.boolean_function([]), r"^bits has shape \(0,\)"),
        (lambda: tasks.boolean_function([0, 2]), r"^bits=\[0, 2\] must hold only 0 and 1"),
        (lambda: tasks.xor(low=1.0), r"^low, high=\(1.0, 1.0\) must be two different finite numbers"),
        (
            lambda: tasks.xor(target_high=np.inf),
            r"^target_low, target_high=\(0.0, inf\) must be two different",
        ),
    ],
)
def test_bad_functions_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_data_is_float64_on_the_host_whatever_it_was():
    data = tasks.data(
        jnp.ones((3, 2), jnp.int32), [[True], [False], [True]], [[1, 2]], [[3]], (0, 1, 2), ((1, 2),), np.ones((1, 1))
    )
    for array in data:
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.float64
    assert [array.shape for array in data] == [(3, 2), (3, 1), (1, 2), (1, 1), (3,), (1, 2), (1, 1)]


def test_float32_stays_as_it_is_and_takes_no_more_memory():
    x = np.ones((3, 2), np.float32)
    data = tasks.data(x, np.ones((3, 1), np.float16), jnp.ones((1, 2), jnp.float32), [[1]])
    assert data.x is x
    assert [array.dtype for array in data if array is not None] == [np.float32, np.float64, np.float32, np.float64]
    with pytest.raises(ValueError, match="nan or infinite"):
        tasks.data(x * np.float32(np.inf), x)


def test_what_is_not_given_stays_none():
    data = tasks.data(X, np.zeros((4, 3)))
    assert (data.x_test, data.y_test, data.weight) == (None, None, None)


def test_valid_data_is_valid_again_and_a_copy():
    x = np.array(X)
    data = tasks.data(x, x)
    again = tasks.validate(data)
    np.testing.assert_array_equal(again.x, data.x)
    x[0, 0] = np.nan
    assert np.isfinite(data.x).all()


class Foreign:
    """An object of another library that does not become an array."""

    def __array__(self, *args, **options):
        raise RuntimeError("no array today")


NAN, INF = float("nan"), float("inf")
Y = [[0], [1], [1], [0]]
FRAME = pd.DataFrame({"a": [0.5, 1, 2, 3], "b": [True, False, True, True], "price": [3, 1, 4, 1]})
AB, PRICE = FRAME[["a", "b"]], FRAME["price"]
BAD = [
    (dict(x=[0, 1, 2], y=Y), r"^y has 4 rows, but x has 3"),
    (dict(x=X, y=Y, x_test=[0, 1], y_test=[1]), r"^x_test has shape \(2,\): it must be \[examples, columns\]"),
    (dict(x=np.zeros((4, 2, 1)), y=Y), r"^x has shape \(4, 2, 1\): it must be \[examples, columns\]; .*flatten=True"),
    (dict(x=X, y=Y, flatten=1), r"^flatten=1 must be True or False"),
    (dict(x=X, y=["a", "b", 1, "b"]), r"^y\[2\]=1, but y\[0\]='a': all must be strings, or all numbers"),
    (dict(x=X, y=["a", "a", "a", "a"]), r"^y holds labels of classes: labels holds only 'a'"),
    (dict(x=X, y=["1.5", "2", "0", "7"]), r"^y holds a different label in every row, such as '0', so it holds no"),
    (dict(x=X, y=[["a", "b"]] * 4), r"^y has dtype <U1: it must hold real numbers"),
    (dict(x=X, y=["a", "b"] * 2, x_test=X, y_test=Y), r"^y holds texts in some places and numbers in others"),
    (dict(x=FRAME), r"^y=None with a DataFrame x: name its target, one of a, b, price, as target="),
    (dict(x=FRAME, target="prize"), r"^target='prize' is unknown; did you mean 'price'"),
    (
        dict(x=pd.get_dummies(FRAME.assign(kind=list("pqpq"))), target="kind"),
        r"^target='kind' is not a column of x. Did pandas.get_dummies split it into kind_p, kind_q, ...\? Then take",
    ),
    (dict(x=FRAME, y=Y, target="price"), r"^target='price' with y: give y, or the name of its column"),
    (dict(x=X, target="price"), r"^target='price' must name a column of a DataFrame, but x is of type list"),
    (dict(x=FRAME, target=["a", "b", "price"]), r"^target=\['a', 'b', 'price'\] of the columns a, b, price: "),
    (dict(x=FRAME, x_test=FRAME[["b", "a", "price"]], target="price"), r"^x_test has the columns b, a, but x has a, b"),
    (dict(x=AB, y=Y, x_test=FRAME[["b", "a"]], y_test=Y), r"^x_test has the columns b, a, but x has a, b"),
    (dict(x=AB, y=Y, x_valid=FRAME[["b", "a"]], y_valid=Y), r"^x_valid has the columns b, a, but x has a, b"),
    (dict(x=X, y=AB, x_test=X, y_test=FRAME[["b", "a"]]), r"^y_test has the columns b, a, but y has a, b"),
    (
        dict(x=AB, y=PRICE[::-1]),
        r"^y has the label 3 in row 0, where x has 0: .* another order; give y.loc\[x.index\], or y.to_numpy\(\)",
    ),
    (dict(x=AB, y=Y, x_test=AB, y_test=PRICE[::-1]), r"^y_test has the label 3 in row 0, where x_test has 0"),
    (dict(x=AB, y=Y, x_valid=AB, y_valid=PRICE[::-1]), r"^y_valid has the label 3 in row 0, where x_valid has 0"),
    (dict(x=AB, y=Y, weight=PRICE[::-1]), r"^weight has the label 3 in row 0, where x has 0"),
    (
        dict(x=pd.concat([FRAME, AB], axis=1), target="a"),
        r"^target='a' names 2 columns of x: it must be the name of one$",
    ),
    (dict(x=FRAME, x_test=AB, target="price"), r"^x_test lacks the target 'price'; it has the columns a, b$"),
    (
        dict(x=FRAME.assign(b=list("pqrs")), target=["price", "b"]),
        r"^y has dtype object.* column 'b' holds 'p', but targets must be numbers or booleans, or texts in a single",
    ),
    (
        dict(x=np.multiply(X, 1e200), y=Y, standardize=True),
        r"^standardize=True: column 0 of x goes from 0 to 1e\+200",
    ),
    (dict(x=np.multiply(X, 1e-200), y=Y, standardize=True), r"spread is beyond float64: multiply it by a number that"),
    (
        dict(x=np.float32(X) * 1e-20, y=Y, x_test=np.float32(X) * 1e20, y_test=Y, standardize=True),
        r"column 0 of x_test goes from 0 to 1e\+20, and its spread is beyond float32",
    ),
    (dict(x=tasks.xor(), standardize=True), r"^x=Data must be an array: give its arrays, .*data\(\*x\)"),
    (dict(x=1.0, y=Y), r"^x has shape \(\)"),
    (dict(x=X, y=Y[:3]), r"^y has 3 rows, but x has 4"),
    (dict(x=np.zeros((0, 2)), y=np.zeros((0, 1))), r"^x has shape \(0, 2\): it needs at least one row"),
    (dict(x=np.zeros((4, 0)), y=Y), r"^x has shape \(4, 0\): .* one column"),
    (dict(x=[[0, NAN]], y=[[0]]), r"^x has 1 values of 2 that are nan or infinite"),
    (dict(x=[[0, 1]], y=[[-INF]]), r"^y has 1 values of 1 that are nan or infinite"),
    (dict(x=[["0", "1"]], y=[[0]]), r"^x has dtype <U1: it must hold real numbers"),
    (dict(x=[[1j]], y=[[0]]), r"^x has dtype complex128"),
    (dict(x=None, y=Y), r"^x has dtype object"),
    (dict(x=[[0, 1], [0]], y=[[0], [1]]), r"^x is not an array of numbers"),
    (dict(x=jax.random.split(jax.random.key(0), (4, 2)), y=Y), r"^x is not an array of numbers"),
    (dict(x=np.ma.masked_equal(X, 1), y=Y), r"^x has masked entries: leave out those rows"),
    (dict(x=list(np.ma.masked_equal(X, 1)), y=Y), r"^x has masked entries"),  # NumPy would drop the masks
    (dict(x=X, y=(Y[0], [np.ma.masked], *Y[2:])), r"^y has masked entries"),
    (dict(x=X, y=Y, weight=np.ma.masked_equal([0, 1, 1, 1], 0)), r"^weight has masked entries"),
    (
        dict(x=[[2**53 + 1]], y=[[0]]),
        r"^x goes from 9007199254740993 to 9007199254740993, but float64 holds all whole numbers only up to 2\^53",
    ),
    (
        dict(x=[[1]], y=np.array([[-(2**62)]])),
        r"^y goes from -4611686018427387904 to -4611686018427387904, but float64",
    ),
    (dict(x=[[2**64]], y=[[0]]), r"^x has dtype object, made from a list"),
    (
        dict(x=scipy.sparse.csr_array(np.eye(2)), y=Y[:2]),
        r"^x has dtype object, made from a csr_array: it must",
    ),
    (dict(x=pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), y=Y[:2]), r"^x has dtype object, .* 'b' holds 'x'.*sklearn"),
    (dict(x=pd.DataFrame({"a": [1, None]}, dtype="Int64"), y=Y[:2]), r"^x has 1 values of 2 that are nan or infinite"),
    (dict(x=pd.DataFrame({"a": [1, None]}), y=Y[:2]), r"^x has 1 values of 2 that are nan or infinite"),
    (dict(x=pd.DataFrame({"a": pd.to_datetime(["2024-01-05"])}), y=Y[:1]), r"^x has dtype datetime64"),
    (dict(x=np.zeros((2, 1), "m8[s]"), y=Y[:2]), r"^x has dtype timedelta64\[s\]: it must hold real numbers"),
    (dict(x=xr.DataArray([[1.0], [np.nan]]), y=Y[:2]), r"^x has 1 values of 2 that are nan"),
    (dict(x=np.zeros(2, [("a", "f8")]), y=Y[:2]), r"^x has dtype \[\('a', '<f8'\)\]"),
    (dict(x=(one for one in X), y=Y), r"^x has dtype object, made from a generator"),
    (dict(x=Foreign(), y=Y), r"^x is not an array of numbers: no array today"),
    (dict(x=X, y=np.zeros((4, 1, 1))), r"^y has shape \(4, 1, 1\): it must be \[examples, columns\]$"),
    (dict(x=X, y=Y, weight=[1e-40] * 4), r"^weight goes up to 1e-40: the greatest must lie between 1e-20 and 1e\+20"),
    (dict(x=X, y=Y, weight=[3e38] * 4), r"^weight goes up to 3e\+38: .*infinite or 0 in float32; only their ratios"),
    (dict(x=X, y=Y, x_test=X), r"^y_test=None though x_test is given"),
    (dict(x=X, y=Y, y_test=Y), r"^x_test=None though y_test is given"),
    (dict(x=X, y=Y, x_test=X, y_test=Y[:2]), r"^y_test has 2 rows, but x_test has 4"),
    (
        dict(x=X, y=Y, x_test=Y, y_test=Y),
        r"^x_test has shape \(4, 1\), x \(4, 2\): both must have the same number of columns",
    ),
    (dict(x=X, y=Y, x_test=X, y_test=X), r"^y_test has shape \(4, 2\), y \(4, 1\)"),
    (dict(x=X, y=Y, x_test=[[0, NAN]], y_test=[[0]]), r"^x_test has 1 values"),
    (dict(x=X, y=Y, x_valid=X), r"^y_valid=None though x_valid is given"),
    (dict(x=X, y=Y, x_valid=Y, y_valid=Y), r"^x_valid has shape \(4, 1\), x \(4, 2\)"),
    (dict(x=X, y=Y, weight=[1, 1, 1]), r"^weight has shape \(3,\): it must be \(4,\)"),
    (dict(x=X, y=Y, weight=Y), r"^weight has shape \(4, 1\)"),
    (dict(x=X, y=Y, weight=[1, 1, 1, -1]), r"^weight goes from -1.0 to 1.0"),
    (dict(x=X, y=Y, weight=[0, 0, 0, 0]), r"^weight goes from 0.0 to 0.0: .* one positive"),
    (dict(x=X, y=Y, weight=[1, 1, 1, NAN]), r"^weight has 1 values"),
]


@pytest.mark.parametrize(("arrays", "message"), BAD)
def test_bad_data_is_refused_by_name(arrays, message, as_users_call):
    with pytest.raises(ValueError, match=message):
        tasks.data(**arrays)


def test_arrays_of_other_libraries_become_the_same_numbers():
    expected = [[0, 1], [2, 3]]
    frame = pd.DataFrame(expected, columns=["a", "b"])
    for x in (frame, frame.astype("Int64").to_numpy(float), xr.DataArray(expected), np.ma.masked_array(expected)):
        data = tasks.data(x, x)
        assert data.x.dtype == np.float64
        assert type(data.x) is np.ndarray
        assert data.x.tolist() == expected
    assert tasks.data(frame > 1, frame).x.tolist() == [[0, 0], [1, 1]]
    assert tasks.data([[2**53], [-(2**53)]], [[True], [False]]).x.tolist() == [[2.0**53], [-(2.0**53)]]


def test_one_column_may_come_in_one_dimension_and_a_frame_with_its_target():
    data = tasks.data([0, 1, 2], (3, 4, 5), np.zeros(2), [1, 1])
    assert [array.shape for array in data if array is not None] == [(3, 1), (3, 1), (2, 1), (2, 1)]
    images = tasks.data(np.arange(24).reshape(3, 2, 4), [0, 1, 2], flatten=True)
    assert images.x.tolist() == np.arange(24).reshape(3, 8).tolist()
    data = tasks.data(FRAME, x_test=FRAME[:2], target="price")
    assert data.x.tolist() == [[0.5, 1], [1, 0], [2, 1], [3, 1]]
    assert (data.y.tolist(), data.y_test.tolist()) == ([[3], [1], [4], [1]], [[3], [1]])
    assert tasks.data(FRAME, target=["price", "a"]).y.tolist() == [[3, 0.5], [1, 1], [4, 2], [1, 3]]
    whole = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, dtype="Int64")
    assert tasks.data(whole, target="b").x.tolist() == [[1], [2]]


def test_tuples_of_six_have_validation_rows_and_other_indexes_pair_by_position():
    found = given_examples((X, Y, X[:1], Y[:1], X[:2], Y[:2]))
    wanted = tasks.data(X, Y, X[:1], Y[:1], x_valid=X[:2], y_valid=Y[:2])
    assert str(found) == str(wanted)
    assert given_examples((X, Y, None, None, X, Y)).x_test is None
    with pytest.raises(ValueError, match=r"^x_test has the columns b, a, but x has a, b"):
        given_examples((AB, Y, FRAME[["b", "a"]], Y))
    assert tasks.data(AB, PRICE.set_axis(range(4, 8))).y.tolist() == [[3], [1], [4], [1]]


def test_texts_become_classes_of_training_and_test_rows_together():
    frame = FRAME.assign(tree=pd.Categorical(["oak", "elm", "oak", "elm"]))
    assert tasks.data(frame, target="tree").y.tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]
    data = tasks.data(X, ["b", "a", "b", "a"], X[:1], ["c"])
    assert (data.y[:2].tolist(), data.y_test.tolist()) == ([[0, 1, 0], [1, 0, 0]], [[0, 0, 1]])


def test_standardizing_uses_the_training_rows_that_count_alone():
    x = np.array([[1.0, 7.0, 0.1], [3.0, 7.0, 0.1], [1e6, 9.0, 5.0]], np.float32)
    data = tasks.data(x, [0, 1, 2], x[:1] + 1, [0], weight=[1, 2, 0], standardize=True)
    assert data.x[:2].tolist() == [[-1, 0, 0], [1, 0, 0]]
    np.testing.assert_allclose(data.x_test, [[0, 1, 1]])
    assert data.x.dtype == np.float32


def test_a_constant_column_and_weights_of_any_ratio_are_good():
    data = tasks.data([[1, 0], [1, 1]], Y[:2], weight=[1e-300, 1e19])
    assert data.x[:, 0].tolist() == [1, 1]


def test_what_is_public_is_reachable():
    assert all(hasattr(tasks, name) for name in tasks.__all__)
    assert callable(tasks.data)  # and not the file of that name
    assert callable(tasks.boolean)


def test_validate_takes_data_alone():
    with pytest.raises(ValueError, match=r"^data=tuple must be Data"):
        tasks.validate((X, Y))


def test_data_are_shown_by_their_shapes():
    assert repr(tasks.data([[0, 1], [1, 0]], [0, 1], [[0, 0]], [1])) == (
        "Data(x=(2, 2), y=(2, 1), x_test=(1, 2), y_test=(1, 1))"
    )
