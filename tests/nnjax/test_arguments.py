"""The table of arguments agrees with the signature of `sweep`, the fields of `Spec` and the solvers, and is obeyed."""

import dataclasses
import inspect

import pytest

import nnjax
from nnjax import arguments, solvers
from nnjax.arguments import ARGUMENTS, COMMON, DEFAULTS, RANGES, ROWS, SOLVERS_NUMBER, VALUES
from nnjax.solvers import by_name
from nnjax.training import Spec

# An allowed value of each argument that needs another.
VALUE = {
    "depth": 2,
    "decay_biases": False,
    "schedule_steps": 3,
    "final_ratio": 0.5,
    "early_stop": ("train_loss", 0.1),
    "patience": 3,
    "fresh": True,
    "shard": (0, 2),
}


def test_the_arguments_of_a_sweep_are_those_of_the_table():
    given = inspect.signature(nnjax.sweep).parameters.values()
    defaults = {p.name: p.default for p in given if p.default is not p.empty}
    assert defaults == DEFAULTS | {"learning_rate": ROWS["learning_rate"].default}


def test_no_argument_has_two_rows_and_no_other_name_is_one_of_them():
    assert len(ROWS) == len(ARGUMENTS) == len(RANGES) + len(VALUES)
    assert not set(arguments.ELSEWHERE) & set(ROWS)


@pytest.mark.parametrize("name", [name for name in VALUES if DEFAULTS[name] is not None])
def test_defaults_are_allowed(name):
    arguments.checked(name, DEFAULTS[name])


def test_a_spec_has_the_defaults_of_a_sweep():
    fields = {field.name: field.default for field in dataclasses.fields(Spec) if field.name in VALUES}
    same = {name: default for name, default in fields.items() if name not in ("init", "layout", "measure")}
    assert {name: arguments.checked(name, default) for name, default in same.items()} == {
        name: arguments.checked(name, DEFAULTS[name]) if DEFAULTS[name] is not None else None for name in same
    }


def test_the_numbers_of_the_table_are_those_of_the_solvers():
    assert set(COMMON) == {*by_name.COMMON, "init_scale", "bias_scale", "candidate"}
    taken = {name for factory in by_name.SOLVERS.values() for name in solvers.hyperparameters(factory)}
    assert {row.name for row in ARGUMENTS if row.kind == SOLVERS_NUMBER} <= taken


@pytest.mark.parametrize("row", [row for row in ARGUMENTS if row.needs], ids=lambda row: row.name)
def test_what_needs_another_argument_is_refused_without_it(row, as_users_call):
    sizes = {"width": None} if row.name == "depth" else {"hidden": (2,)}
    data = nnjax.tasks.xor()
    data = data._replace(x_valid=data.x, y_valid=data.y)
    with pytest.raises(ValueError, match=rf"^{row.name}=.*{row.needs}"):
        nnjax.sweep(data, **sizes, **{row.name: VALUE[row.name]}, num_steps=4, progress=False)
