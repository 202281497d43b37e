"""What every claim keeps to, for all claims of the repository, and that what is committed follows from its data."""

import ast
import dataclasses
import inspect
import re
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.lab import claims, figures, results, runner, verdicts
from experiments.lab.report.questions import QUESTIONS

CLAIMS = claims.find()
MODULES = {claim.name: claims.load(claim) for claim in CLAIMS}
FOLDERS = {claim.name: claim.folder(claims.ROOT.parent / "results") for claim in CLAIMS}
RUN = [name for name, folder in FOLDERS.items() if (folder / "data.nc").exists()]
OF_EACH = pytest.mark.parametrize("name", MODULES)
OF_EACH_RUN = pytest.mark.parametrize("name", RUN)
# Nothing that a stranger could not open, and no words of our own.
VAGUE = re.compile(r"\bissues?\b|this project|second-hand|\(memory\)|prototype|rule of thumb", re.IGNORECASE)


def committed(name):
    """The committed data of a claim, with its labels."""
    return verdicts.labelled(results.load(FOLDERS[name] / "data.nc"), MODULES[name].NAMES)


def test_every_claim_that_is_named_exists():
    for topic in claims.literal(claims.ROOT, "TOPICS"):
        names = {claim.name for claim in CLAIMS}
        listed = {part: claims.literal(claims.ROOT / topic, part, ()) for part in ("CLAIMS", "ON_REQUEST")}
        assert {f"{topic}.{name}" for name in (*listed["CLAIMS"], *listed["ON_REQUEST"])} <= names


@OF_EACH
def test_a_statement_is_one_plain_sentence_with_a_source(name):
    ids = [one.id for one in MODULES[name].STATEMENTS]
    assert len(set(ids)) == len(ids)
    for one in MODULES[name].STATEMENTS:
        assert len(one.claim.split()) <= 25, one.id
        assert one.claim.endswith("."), one.id
        assert ". " not in one.claim, one.id
        assert one.kind in (verdicts.THEOREM, verdicts.PUBLISHED, verdicts.TEXTBOOK, verdicts.OWN)
        assert one.kind == verdicts.OWN or re.search(r"\d{4}|course chapter|GitHub", one.source), one.source
        assert not VAGUE.search(f"{one.claim} {one.source} {one.revised}"), one.id
        assert "\n" not in one.revised


@OF_EACH
def test_quick_is_smaller_than_full_and_every_field_has_allowed_values(name):
    from experiments.lab import flags

    module = MODULES[name]
    for config in (module.QUICK, module.Config()):
        flags.check(config)
    quick, full = (dataclasses.astuple(one) for one in (module.QUICK, module.Config()))
    sizes = [[len(one) if isinstance(one, tuple) else one for one in pair] for pair in zip(quick, full, strict=True)]
    assert any(small < large for small, large in sizes if isinstance(small, int | float)), "no field is smaller"


@OF_EACH_RUN
def test_the_committed_verdicts_and_table_follow_from_the_data(name, tmp_path):
    module, record = MODULES[name], results.read_json(FOLDERS[name] / "run.json")
    assert record["config"] == results.plain(dataclasses.asdict(module.Config())), "FULL is what was run"
    there = results.read_json(FOLDERS[name] / "verdicts.json")
    now = results.plain(verdicts.verdicts(module.STATEMENTS, committed(name)))
    assert [row["id"] for row in now] == [one.id for one in module.STATEMENTS], "FULL judges every statement"
    for new, old in zip(now, there, strict=True):
        told, found = old["finding"], new.pop("finding")  # repeats are told after it, and one that decides before it
        assert found in told if "confirmed" in old else told.startswith(found)
        decided = {"direction", "published_size"} if "confirmed" in old else set()  # by a run whose data are not kept
        for key in new.keys() - decided:
            value = (old | old["here"])[key]
            # The last digits depend on the processor: some numbers are computed in float32.
            assert new[key] == (pytest.approx(value, rel=1e-5, abs=1e-12) if isinstance(value, float) else value), key
    results.write_table(module.table(committed(name)), list(module.NAMES), tmp_path / "table.csv")
    now, there = (pd.read_csv(folder / "table.csv") for folder in (tmp_path, FOLDERS[name]))
    pd.testing.assert_frame_equal(now, there, rtol=1e-4)  # the last of six digits may be rounded either way
    header = next(iter(results.read_table(tmp_path / "table.csv")), {})
    assert set(header) <= set(module.NAMES), "every column has a long name"


@OF_EACH_RUN
def test_the_committed_run_is_of_the_code_as_it_is(name):
    """Else repeats and parts of runs under way would not count with it."""
    claim = next(one for one in CLAIMS if one.name == name)
    known = runner.ready(claim, runner.Job(full=True, redraw=True))
    assert runner.is_there(known)


def is_below(path, caption, inches):
    """Whether a picture, so many inches wide, ends with this caption. Edges of letters may be smoothed otherwise."""
    with Image.open(path) as picture:
        whole = np.asarray(picture.convert("L"), int)
    strip = np.asarray(figures._pixels(figures._strip(inches, caption), whole.shape[1] / inches).convert("L"), int)
    return np.mean(np.abs(whole[-len(strip) :] - strip) > 100) < 1e-4


def test_a_caption_with_another_word_is_found(tmp_path):
    fig = plt.figure(figsize=(8, 4))
    figures._save_png(fig, tmp_path / "a.png", "Bands are quartiles over the draws of the data.")
    assert is_below(tmp_path / "a.png", "Bands are quartiles over the draws of the data.", 8)
    assert not is_below(tmp_path / "a.png", "Bands are quartiles over all draws of the data.", 8)
    plt.close(fig)


@OF_EACH_RUN
def test_figures_are_few_wide_and_labelled_and_have_captions(name):
    module, data = MODULES[name], committed(name)
    assert len(module.FIGURES) <= 3
    png = {path.stem for path in FOLDERS[name].iterdir() if path.suffix in (".png", ".gif")}
    assert png == {draw.__name__ for draw in module.FIGURES}
    with plt.style.context(figures.STYLE):
        for draw in module.FIGURES:
            assert draw.__doc__
            fig = draw(data)
            if hasattr(fig, "get_figwidth"):
                assert is_below(FOLDERS[name] / f"{draw.__name__}.png", inspect.getdoc(draw), fig.get_figwidth())
            else:  # an animation
                fig = fig._fig
            assert fig.get_figwidth() > fig.get_figheight()
            labels = {text for ax in fig.axes for text in (ax.get_xlabel(), ax.get_ylabel())}
            assert any(labels)
            assert labels & (set(map(str, data.variables)) - set(module.NAMES)) == set(), "a name without a long one"
    plt.close("all")


def test_headlines_are_few_and_questions_are_statements():
    headlines = [(name, one.id) for name, module in MODULES.items() for one in module.STATEMENTS if one.headline]
    assert max(Counter(name for name, _ in headlines).values()) <= 2
    known = {(name, one.id) for name, module in MODULES.items() for one in module.STATEMENTS}
    assert {(one.claim, one.id) for one in QUESTIONS} <= known


def test_the_lab_is_imported_from_claims_alone_and_not_the_other_way():
    for file in (claims.ROOT / "lab").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for module in names:
                assert not module.startswith("experiments.") or module.split(".")[1] in ("lab",), file
