"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import nnjax

MODULES = ["nnjax", *(found.name for found in pkgutil.walk_packages(nnjax.__path__, "nnjax."))]
FINDER = doctest.DocTestFinder(exclude_empty=True)
EXAMPLES = [
    example for name in MODULES for example in FINDER.find(importlib.import_module(name), name) if example.examples
]


# The page `guides/your-table` calls the first as well, and is run; the second has tests of its own.
SLOW = ("nnjax.sklearn.estimators.SweepClassifier", "nnjax.tasks.held_out.split")


@pytest.mark.parametrize(
    "example",
    [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.name in SLOW else []) for one in EXAMPLES],
)
def test_an_example_runs(example):
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(example)
    assert result.attempted > 0
    assert result.failed == 0


def test_there_is_an_example_of_a_sweep():
    assert "nnjax.engine.sweep.sweep" in {example.name for example in EXAMPLES}
