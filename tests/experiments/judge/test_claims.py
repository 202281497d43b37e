"""What every claim that is one file keeps to. That verdicts follow from data is tested for all claims together."""

import dataclasses
import importlib
from collections import Counter

import matplotlib.pyplot as plt
import pytest

from experiments.lab import claims, results
from experiments.lab.figures import use_style
from experiments.lab.report.questions import QUESTIONS

CLAIMS = [claim for claim in claims.find_claims() if claim.is_file]
MODULES = {claim.name: importlib.import_module(f"experiments.{claim.name}") for claim in CLAIMS}
OF_EACH = pytest.mark.parametrize("name", MODULES)


def committed(name):
    return results.load_dataset(results.claim_folder(claims.ROOT.parent / "results", name, True) / "data.nc")


@OF_EACH
def test_a_claim_is_one_plain_sentence(name):
    for one in MODULES[name].STATEMENTS:
        assert len(one.claim.split()) <= 25, one.id
        assert one.claim.endswith("."), one.id
        assert ". " not in one.claim, one.id


@OF_EACH
def test_at_most_three_figures_draw_and_columns_and_axes_have_long_names(name):
    module, data = MODULES[name], committed(name)
    parts = claims.Roles(next(claim for claim in CLAIMS if claim.name == name))
    assert {column for row in parts.table(data) for column in row} - set(module.NAMES) == set()
    assert len(module.FIGURES) <= 3
    with use_style():
        for figure in parts.figures(data).values():
            assert figure.get_figwidth() > figure.get_figheight()
            labels = {text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel())}
            assert any(labels)
            assert labels & (set(map(str, data.variables)) - set(module.NAMES)) == set()
    plt.close("all")


@OF_EACH
def test_quick_is_smaller_than_full(name):
    quick, full = (dataclasses.astuple(one) for one in (MODULES[name].QUICK, MODULES[name].Config()))
    sizes = [[len(one) if isinstance(one, tuple) else one for one in pair] for pair in zip(quick, full, strict=True)]
    assert any(small < large for small, large in sizes if isinstance(small, int | float))


def test_headlines_are_few_and_in_the_readme():
    shown = {one.statements[short.statement] for one in QUESTIONS for short in one.claims}
    headlines = [(name, one.id) for name, module in MODULES.items() for one in module.STATEMENTS if one.headline]
    assert set(headlines) <= shown
    assert max(Counter(name.partition(".")[0] for name, _ in headlines).values(), default=0) <= 2
