"""The user's own target: formulas are parsed and never evaluated, bad targets are refused, errors are integrals."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.lab import claims, cli, results
from experiments.lab.figures import STYLE
from experiments.lab.verdicts import labelled
from experiments.universal_approximation import own_targets, your_target
from experiments.universal_approximation.expressions import FUNCTIONS, MOST_CHARACTERS, expression

TINY = your_target.Config(
    widths=(4,), activations=("relu",), seeds=3, tuning_seeds=1, num_points=128, projection_rates=(1.0,),
    projection_steps=20, adam_rates=(0.03,), adam_steps=100,
)  # fmt: skip
X = np.array([-2.5, -1.0, -0.0, 0.25, 1.0, 3.0])


# Formulas, and what Python's own arithmetic makes of them.


def formulas():
    numbers = st.floats(0, 1e6).map(repr)
    leaves = st.one_of(numbers, st.just("x"), st.just("pi"), st.just("e"))

    def grow(inner):
        signs = st.tuples(st.sampled_from("+-"), inner).map(lambda t: f"({t[0]}{t[1]})")
        pairs = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        return st.one_of(signs, pairs, inner.map(lambda t: f"abs({t})"))

    return st.recursive(leaves, grow, max_leaves=12)


def by_python(text, x):
    return eval(text, {"__builtins__": {}, "x": x, "pi": math.pi, "e": math.e, "abs": abs})


@given(formulas())
@example("(x / (1.0 - 1.0))")
def test_a_formula_is_pythons_own_arithmetic_to_the_last_bit(text):
    found = expression(text)(X)
    assert (found.shape, found.dtype) == (X.shape, np.float64)
    for x, y in zip(X.tolist(), found.tolist(), strict=True):
        try:
            expected = float(by_python(text, x))
        except ZeroDivisionError:  # NumPy goes on with infinity, which may come to anything
            continue
        assert y == expected or (math.isnan(y) and math.isnan(expected))


TOKENS = [*"xy()*+-/^2,.[]:~'=_ ", "pi", "sin", "exp", "**", "1e3", "1e999", "1j", "lambda", "if", "not ", "import"]
TOKENS += ["\n", "\x00", "\u00b2"]


@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)))
@example("(" * 400)
@example("-" * 400 + "x")
@example("not " * 100 + "x")
@example("x" * 501)
@example("__import__('os').system('true')")
@example("9**9**9**9")
@example("().__class__")
def test_any_text_is_a_function_of_numbers_or_refused(text):
    try:
        f = expression(text)
    except ValueError as error:
        f, told = None, str(error)
    else:
        told = "function"
    assert told.startswith("function")
    assert len(told) < 700
    if f is not None:
        found = f(X)
        assert (found.shape, found.dtype) == (X.shape, np.float64)


PYTHONS = {"abs": abs, "sign": lambda x: math.copysign(1, x) if x else 0.0}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_those_of_python_and_of_jax(name):
    x = np.array([0.125, 0.5, 0.75, 1.0])
    own = PYTHONS.get(name) or getattr(math, name)
    expected = [own(value) for value in x.tolist()]
    f = expression(f"{name}(x)")
    np.testing.assert_allclose(f(x), expected, rtol=1e-14)
    np.testing.assert_allclose(jax.jit(f)(jnp.asarray(x, jnp.float32)), expected, rtol=1e-6)


def test_precedence_powers_and_dtypes(dtype):
    f = expression(" -x**2 + 2**3**0.5 - 6/2*3 ")
    np.testing.assert_allclose(f(X), -(X**2) + 2 ** (3**0.5) - 9, rtol=1e-15)
    assert f(np.array([3])).tolist() == f(np.array([3.0])).tolist()
    assert f(np.zeros((2, 3))).shape == (2, 3)
    y = jax.jit(f)(jnp.asarray(X, dtype))
    assert y.dtype == dtype
    np.testing.assert_allclose(y, f(X), rtol=100 * np.finfo(dtype).eps)
    assert expression("3")(X).tolist() == [3.0] * len(X)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sni(x)", "function='sni' is unknown; did you mean 'sin'"),
        ("pie*x", "name='pie' is unknown; did you mean 'pi'"),
        ("x^2", r"'x \^ 2' has an unknown operator; powers are written x\*\*2"),
        ("2x", r"is no formula: .*; products are written 2\*x"),
        ("sin", r"sin is a function and needs an argument, sin\(x\)"),
        ("sin(x, x)", "is not allowed. Allowed: x, numbers"),
        ("x if x else 1", "is not allowed"),
        ("True", "is not allowed"),
        ("1e999", "a number that is too large"),
        ("9" * 400, "a number that is too large"),
        ("-" * 60 + "x", "nested deeper than the 40 levels"),
        ("1" * (MOST_CHARACTERS + 1), "has 501 characters: at most 500"),
        ("", "is no formula"),
        ("lambda x:x", "'lambda x: x' is not allowed"),
        (3, "must be a text"),
    ],
)
def test_what_is_wrong_with_a_formula_is_told(text, message):
    with pytest.raises(ValueError, match=f"^function.*{message}"):
        expression(text)


# Targets.


def not_vectorized(x):
    return math.sin(x)


def of_another_shape(x):
    return x.sum()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"function": "1/x"}, "function='1/x' is inf at x = 0"),
        ({"function": "1/(x - 0.3)"}, "has a pole near x = 0.3"),
        ({"function": "1/(x - 0.123456789)**2"}, "has a pole near x = 0.123457"),
        ({"function": "tan(x)", "low": 1.0, "high": 2.0}, "has a pole near x = 1.5708"),
        ({"function": "sqrt(x)"}, "is nan at x = -1"),
        ({"function": "exp(x)", "high": 1000.0}, "is inf at x = "),
        ({"function": "x*1e200"}, "their squares must be finite"),
        ({"function": "2 + 3"}, "is the constant 5"),
        ({"function": "sin(1000*x)"}, "changes too fast for num_points=128"),
        ({"function": "sys:exit"}, "raises SystemExit on a NumPy array"),
        ({"function": "os:environ"}, "leads to a _Environ, which cannot be called"),
        ({"function": "math:sine"}, "does not lead to a function"),
        ({"function": "lambda x:x"}, "'lambda x: x' is not allowed"),
        ({"function": "x", "data": "points.csv"}, "function='x' and data='points.csv' are both given"),
        ({"function": f"{__name__}:not_vectorized"}, "raises TypeError on a NumPy array"),
        ({"function": f"{__name__}:of_another_shape"}, r"returns shape \(\)"),
        ({"low": 1.0}, "low=1 and high=1: low must be below high"),
        ({"low": 1.0, "high": 1.0 + 1e-12}, "by more than rounding"),
        ({"widths": (64,)}, "num_points=128 must be 650 or more"),
    ],
)
def test_targets_that_make_no_sense_are_refused_before_anything_compiles(change, message):
    with pytest.raises(ValueError, match=message):
        your_target.run(dataclasses.replace(TINY, **change))


@pytest.mark.parametrize(
    ("rows", "change", "message"),
    [
        ([(i, "y") for i in range(50)], {}, r"^data='.*points.csv': "),
        ([(i / 10, i * i) for i in range(20)], {}, "has 20 points at 20 places .*: at most 20000 points, at 40 places"),
        ([(i / 10, 3) for i in range(50)], {}, "there is nothing to learn"),
        ([(1, i) for i in range(50)], {}, "holds nothing but x = 1"),
        ([(i, i, i * i) for i in range(50)], {}, "has 2 columns of inputs"),
        ([(i / 10, i * i) for i in range(90)], {"low": 7.0}, "has 20 points at 20 places from low=7"),
        ([(i, i % 7) for i in range(50)], {"widths": (20,)}, "N must be below 13"),
        ([(i % 11, i) for i in range(60)], {}, "has 60 points at 11 places"),
        ([(i % 44, i) for i in range(88)], {"widths": (11,)}, "data has 33 places .* N must be below 11"),
    ],
)
def test_points_that_make_no_sense_are_refused(rows, change, message, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    with pytest.raises(ValueError, match=message):
        your_target.run(dataclasses.replace(TINY, data=str(path), **change))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"data='.*none.csv' cannot be read"):
        your_target.run(dataclasses.replace(TINY, data=str(tmp_path / "none.csv")))


def problem_of(**change):
    return your_target.problem_of(dataclasses.replace(TINY, **change))


def from_points(tmp_path, rows, **change):
    (tmp_path / "points.csv").write_text("x,y\n" + "\n".join(f"{x},{y}" for x, y in rows))
    return problem_of(data=str(tmp_path / "points.csv"), **change)


def test_targets_are_scaled():
    problem = problem_of(function="3 + 2*x", low=10.0, high=20.0)
    assert problem.function is not None
    assert (round(problem.mean, 9), problem.data.x[[0, -1], 0].tolist()) == (33.0, [-1.0, 1.0])
    np.testing.assert_allclose(problem.scale, 10 * np.sqrt(np.mean(np.linspace(-1, 1, 128) ** 2)), rtol=1e-12)
    np.testing.assert_allclose(problem.function(np.array([1.0])) * problem.scale + problem.mean, [43.0], rtol=1e-12)


def test_points_are_held_out_between_others(tmp_path):
    problem = from_points(tmp_path, [(x, x * x) for x in range(60, 0, -1)], high=43.0)
    assert (problem.places, len(problem.data.x_test), problem.function) == (33, 10, None)  # not the last, the 43rd
    assert problem.data.x[[0, -1], 0].tolist() == [-1, 1]
    assert np.ptp(np.diff(np.sort(np.concatenate([problem.data.x, problem.data.x_test])[:, 0]))) < 1e-12


def test_all_points_of_a_place_are_held_out_together(tmp_path):
    x = np.repeat(np.arange(50) / 7, 3)
    problem = from_points(tmp_path, zip(x + np.tile([0, 1e-12, 0], 50), np.arange(150) % 11, strict=True))
    trained, tested = (np.unique(part[:, 0].round(6)) for part in (problem.data.x, problem.data.x_test))
    assert not set(trained) & set(tested)
    assert (len(problem.data.x), len(problem.data.x_test), problem.places) == (114, 36, 38)


@pytest.mark.parametrize(
    ("function", "jumps"),
    [
        ("sign(x-0.1234)", [0.1234]),
        ("x + 0.001*sign(x)", [0]),
        ("floor(2*x)", [-0.5, 0, 0.5, 1]),
        ("sin(9*x)", []),
        ("abs(x-0.1234)", []),
        ("sqrt(abs(x-0.1234))", []),
        ("tanh(1000*x)", []),
    ],
)
def test_jumps_are_found_and_steep_functions_have_none(function, jumps):
    found = problem_of(function=function).jumps
    np.testing.assert_allclose(found, jumps, atol=1e-8)


# By hand: the network relu(x + 1) / 2 is (x + 1) / 2, so on the target sqrt(3) x, of variance 1, it errs by
# (1/2 - sqrt(3)) x + 1/2, in root mean square sqrt((sqrt(3) - 1/2)^2 / 3 + 1/4); a diverged one without end.
def test_errors_are_integrals():
    problem = problem_of(function="x")._replace(function=lambda u: 3**0.5 * u)
    packed = np.array([[1.0, 1.0, 0.5, 0.0], [np.nan, 1.0, 0.5, 0.0]])
    found = your_target.errors(problem, "relu", packed)
    np.testing.assert_allclose(found, [((3**0.5 - 0.5) ** 2 / 3 + 0.25) ** 0.5, np.inf], rtol=1e-12)
    x = np.linspace(-1, 1, 2_000_001)
    steep = np.array([[300.0, 4.0, -60.0, 3.0, 0.7, 0.2, 0.1]])  # two units: weights, biases, output weights and bias
    sampled = np.sqrt(np.mean((your_target.curve("tanh", steep[0], x) - 3**0.5 * x) ** 2))
    np.testing.assert_allclose(your_target.errors(problem, "tanh", steep), [sampled], rtol=1e-6)


# A line between two sample points passes for the step there, which no sample tells; the integral does.
def test_a_leap_between_two_points_is_seen():
    problem = problem_of(function="sign(x-0.1234)")
    assert problem.function is not None
    x = np.sort(np.concatenate([problem.data.x, problem.data.x_test])[:, 0])
    left, right = x[x < 0.1234].max(), x[x > 0.1234].min()
    w, low, high = 1 / (right - left), *problem.function(np.array([left, right]))
    packed = np.array([w, w, -w * left, -w * right, high - low, low - high, low])
    assert np.abs(your_target.curve("relu", packed, x) - problem.function(x)).max() < 1e-9
    assert 0.02 < float(your_target.errors(problem, "relu", packed)) < 0.2


# Results.


def committed():
    return results.load(claims.ROOT.parent / "results/universal_approximation/your_target/data.nc")


def drawn(data):
    """The titles of the figures, after all of them and the table have been made."""
    data = labelled(data, your_target.NAMES)
    with plt.style.context(STYLE):
        titles = [figure(data).get_suptitle() for figure in your_target.FIGURES]
    assert set(your_target.table(data).data_vars) < set(your_target.NAMES)
    return titles


def test_at_equal_seconds_the_slower_solver_is_on_its_way():
    seconds = xr.DataArray([[0.1, 0.3], [0.2, 0.2]], dims=("solver", "units"))
    share, course = (xr.DataArray(values, dims="record") for values in ([0, 0.5, 1], [4, 2, 1]))
    data = xr.Dataset({"seconds": seconds, "course_seconds": seconds * share, "course": course + 0 * seconds})
    assert your_target.at_equal_seconds(data).values.tolist() == [[1, 2], [2, 1]]


def test_the_best_network_is_a_bound_for_trained_ones():
    one = committed().sel(activation="relu")
    assert (one.best >= one.bound).all()
    assert (one.least >= (1 - 1e-6) * one.bound).all()


def test_widths_of_more_parameters_than_places_are_left_out():
    assert own_targets.fitting((4, 42, 43), problem_of()._replace(places=128)) == (4, 42)
    assert "networks of 43 units" in drawn(committed().assign_attrs(dropped=[43]))[0]


@pytest.mark.slow
def test_a_formula_is_fitted():
    data, there = your_target.run(TINY), committed()
    assert {name: set(one.dims) for name, one in data.variables.items()} == {
        name: set(one.dims) for name, one in there.variables.items()
    }
    assert set(data.attrs) == set(there.attrs)
    np.testing.assert_allclose(data.course.isel(record=-1), data["median"])
    drawn(data)


# Two units come as near to a jump as one likes, so E(N + 1) is 0 and no bound may be drawn.
@pytest.mark.slow
def test_a_jump_has_no_best_network():
    # Not the step alone: of two values the engine would count right answers too, which compiles for seconds.
    data = your_target.run(dataclasses.replace(TINY, function="sign(x-0.1234) + x/100"))
    assert data.best.isnull().all()
    assert data.bound.isnull().all()
    assert "jumps at x = 0.1234" in drawn(data)[1]


@pytest.mark.slow
def test_points_are_fitted(tmp_path):
    rng, x = np.random.default_rng(0), np.linspace(0, 5, 200)
    np.savetxt(tmp_path / "p.csv", np.column_stack([x, np.sin(x) + 0.1 * rng.normal(size=200)]), delimiter=",")
    data = your_target.run(dataclasses.replace(TINY, data=str(tmp_path / "p.csv"), widths=(4, 100)))
    assert data.attrs["dropped"] == [100]
    assert np.isfinite(data["median"]).all()
    drawn(data)


@pytest.mark.slow
def test_the_address_of_a_function_is_fitted_by_tanh():
    drawn(your_target.run(dataclasses.replace(TINY, function="numpy:cosh", activations=("tanh",))))


def test_what_is_wrong_is_told_in_one_line(capsys, tmp_path):
    command = ["universal_approximation.your_target", "--out", str(tmp_path), "--function", "sni(x)"]
    with pytest.raises(SystemExit, match="2"):
        cli.main(argv=command)
    told = capsys.readouterr()
    assert "did you mean 'sin'" in told.err
    assert "Traceback" not in told.out + told.err
