"""A setting is found by its name, and its name is found again, or the error says what to write."""

import functools
import math
import statistics

import pytest

import nnjax
from nnjax import activations, initializers, losses, naming
from nnjax.solvers import by_name

TABLE = {"sqrt": math.sqrt, "cosh": math.cosh, "cos": math.cos}


def test_a_known_name_gives_the_function_of_the_table():
    assert naming.lookup("cosh", TABLE, "f") is math.cosh


def test_a_callable_is_returned_as_it_is():
    def anything():
        return 1

    assert naming.lookup(anything, TABLE, "f") is anything


def test_an_address_is_imported():
    assert naming.lookup("statistics:median", TABLE, "f") is statistics.median
    assert naming.lookup("fractions:Fraction.limit_denominator", TABLE, "f").__name__ == "limit_denominator"


def test_what_a_name_means_elsewhere_is_known_here():
    known = {*losses.LOSSES, *activations.ACTIVATIONS, *by_name.SOLVERS, *initializers.INITIALIZERS}
    assert {name for names in naming.ELSEWHERE.values() for name in names} <= known
    assert not known & set(naming.ELSEWHERE)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"^f='sqtr' is unknown; did you mean 'sqrt'\? Known: sqrt, cosh, cos$"):
        naming.lookup("sqtr", TABLE, "f")
    with pytest.raises(ValueError, match=r"^f='CoSH' is unknown; did you mean 'cosh' or 'cos'\?"):
        naming.lookup("CoSH", TABLE, "f")
    with pytest.raises(ValueError, match=r"^f='quaternion' is unknown\. Known: sqrt, cosh, cos$"):
        naming.lookup("quaternion", TABLE, "f")
    with pytest.raises(ValueError, match=r"^f='quaternion' is unknown\.$"):
        naming.lookup("quaternion", {}, "f")


@pytest.mark.parametrize("value", [None, 3, 1.5, ["sqrt"], ("sqrt",)])
def test_what_is_neither_text_nor_callable_is_refused(value):
    with pytest.raises(ValueError, match=r"^f=.* must be a name or a function"):
        naming.lookup(value, TABLE, "f")


@pytest.mark.parametrize(
    "address", ["no_such_module:f", "math:no_such_function", "math:", ":sqrt", ".relative:f", "math:pi"]
)
def test_an_address_that_leads_nowhere_is_refused(address):
    with pytest.raises(ValueError, match=r"^f='.*' (does not lead to a function: |leads to a float)"):
        naming.lookup(address, TABLE, "f")


def test_the_name_of_a_known_function_is_its_name_in_the_table():
    assert naming.name_of(math.cos, TABLE, "f") == "cos"
    assert naming.name_of("cos", TABLE, "f") == "cos"
    assert naming.name_of("math:cos", TABLE, "f") == "cos"


def test_another_function_of_a_module_has_an_address_that_leads_back_to_it():
    name = naming.name_of(statistics.median, TABLE, "f")
    assert name == "statistics:median"
    assert naming.lookup(name, TABLE, "f") is statistics.median


def test_functions_are_told_apart_by_identity():
    # Equal in value and name, but another object than the one that its address leads to.
    impostor = functools.wraps(statistics.median)(lambda data: 0)
    with pytest.raises(ValueError, match=r"^f=.* cannot be found again by name"):
        naming.name_of(impostor, TABLE, "f")


def closure():
    def inside():
        return 1

    return inside


@pytest.mark.parametrize(
    "value",
    [lambda z: z, closure(), functools.partial(math.pow, 2.0), "text".upper],
    ids=["lambda", "closure", "partial", "bound method"],
)
def test_what_no_name_leads_back_to_is_refused(value):
    with pytest.raises(ValueError, match=r"^f=.* cannot be found again by name"):
        naming.name_of(value, TABLE, "f")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; sys.exit('stop')", "does not lead to a function: SystemExit stop"),
        ("1 / 0", "does not lead to a function: ZeroDivisionError division by zero"),
        ("def (", "does not lead to a function: SyntaxError invalid syntax"),
        ("raise ValueError('x\\n' * 1000)", "does not lead to a function: x x "),
        ("f = {'secret': 'x'}", "leads to a dict, which cannot be called"),
    ],
)
def test_a_module_that_cannot_be_imported_is_told_in_one_short_line(tmp_path, monkeypatch, text, message):
    name = f"users_{len(text)}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=f"^f='{name}:f' {message}") as error:
        naming.lookup(f"{name}:f", TABLE, "f")
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("label", ["a\0", "\0", "a\nb", "\x7f", "\x85", "\ud800"])
def test_labels_of_axes_hold_no_control_characters(label):
    """NumPy and netCDF drop a NUL at the end of a text: two tasks would become one."""
    xor = nnjax.tasks.xor()
    with pytest.raises(ValueError, match=r"^data has the label .* must hold no control characters"):
        nnjax.plan({"a": xor, label: xor}, hidden=(2,))
    with pytest.raises(ValueError, match=r"^activation has the label .* must hold no control characters"):
        nnjax.plan(xor, hidden=(2,), activation={"a": "tanh", label: "relu"})


def test_labels_of_axes_may_be_in_any_script():
    labels = ["größe", "高 さ", "a/b", "é", "🙂"]
    assert nnjax.plan(dict.fromkeys(labels, nnjax.tasks.xor()), hidden=(2,)).num_networks == len(labels)
