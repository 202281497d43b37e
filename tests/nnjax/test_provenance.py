"""Provenance: which edits of the library a store survives, and what is written down beside a result."""

import functools
import shutil
import textwrap

import jax
import pytest

import nnjax
from nnjax import provenance
from nnjax.provenance import code_of

SOURCE = '''
"""A module."""

import math


class Disc:
    """A disc."""

    def area(self, radius):
        """Its area."""
        if radius < 0:
            raise ValueError(f"{radius} is too small")
        return math.prod([3.14, radius, radius], start=1.0)


NAME = "disc"
'''
SAME = [
    ('"""A module."""', '"""Another\nmodule."""'),
    ('"""A module."""\n', ""),
    ('    """A disc."""\n', "    # a disc\n"),
    ('        """Its area."""\n', "        '''pi r^2'''\n"),
    ("import math\n", "import math  # for its product\n"),
    ("import math\n\n\n", "import math\n"),
    (
        "[3.14, radius, radius], start=1.0",
        "\n            [3.14, radius,\n  radius],  # pi\n\n            start=1.0\n        ",
    ),
    ("radius < 0", "radius  <  0"),
    ("            raise", "              raise"),
    ('NAME = "disc"\n', 'NAME = "disc"\n\n# The end.\n'),
]
OTHER = [
    ("3.14", "3.15"),
    ('"disc"', '"disk"'),
    ("too small", "too  small"),
    ("{radius} is", "{radius}  is"),
    ("        return", "            return"),
    ("radius < 0", "radius <= 0"),
    ("start=1.0", "start=1.0,"),
    ("import math\n", ""),
    ("def area", "def  area_"),
]


def edited(pair):
    assert SOURCE.count(pair[0]) == 1
    return SOURCE.replace(*pair)


@pytest.mark.parametrize("pair", SAME)
def test_comments_docstrings_and_layout_are_no_code(pair):
    assert edited(pair) != SOURCE
    compile(edited(pair), "edited", "exec")
    assert code_of(edited(pair)) == code_of(SOURCE)


@pytest.mark.parametrize("pair", OTHER)
def test_numbers_texts_and_indentation_are_code(pair):
    compile(edited(pair), "edited", "exec")
    assert code_of(edited(pair)) != code_of(SOURCE)


def test_a_line_that_leaves_a_block_is_another():
    inside, outside = (f"for i in x:\n    y += i\n{indent}z += i\n" for indent in ("    ", ""))
    assert code_of(inside) != code_of(outside)
    assert code_of("x = 'a'\n") != code_of("'a'\n") == code_of("") == code_of("# a\n")


# All tests together read every file once, and again what they edit.
kept = functools.cache(code_of)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of the library in place of the one that was imported, and a function that imports it, as it were."""
    home = tmp_path / "nnjax"
    shutil.copytree(provenance._HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "_HOME", home)
    monkeypatch.setattr(provenance, "code_of", kept)

    def import_again():
        monkeypatch.setattr(provenance, "_TEXTS", provenance._texts())
        provenance.source.cache_clear()

    import_again()
    yield home, import_again
    provenance.source.cache_clear()


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + textwrap.dedent(text), encoding="utf-8")


def test_an_edit_after_the_import_is_not_the_code_that_runs(library):
    home, import_again = library
    before = provenance.source()
    append(home / "losses.py", "\nONE = 1\n")
    provenance.source.cache_clear()
    assert provenance.source() == before
    import_again()
    assert provenance.source() != before


def test_only_what_may_decide_numbers_counts(library):
    home, import_again = library
    before = provenance.source()
    append(home / "losses.py", "\n# A comment.\n")
    append(home / "hooks.py", "\nONE = 1\n")
    append(home / "engine" / "progress.py", "\nONE = 1\n")
    import_again()
    assert provenance.source() == before
    for name in ("mlp.py", "engine/train.py", "solvers/by_name.py", "statistics.py"):
        append(home / name, "\nONE = 1\n")
        import_again()
        assert provenance.source() != before
        before = provenance.source()


def test_a_store_is_resumed_after_an_edit_that_changes_no_number(library, tmp_path):
    home, import_again = library

    def sweep(seeds):
        arguments = {"hidden": (2,), "num_steps": 4, "progress": False}
        return nnjax.sweep(nnjax.tasks.xor(), **arguments, seeds=seeds, store=tmp_path / "runs.zarr")

    sweep(2)
    append(home / "objective.py", "\n# A comment.\n")
    sweep(3)  # edited while it runs
    import_again()
    assert (sweep(4).status != 0).all()
    append(home / "objective.py", "\nONE = 1\n")
    sweep(5)
    import_again()
    with pytest.raises(ValueError, match=r"nnjax_source: '.*' there, '.*' here"):
        sweep(6)


def test_what_is_no_repository_has_no_commit(tmp_path):
    assert provenance.commit(tmp_path) == (None, None)
    assert provenance.version("no-such-package") is None


def test_differences_are_named():
    here = provenance.numerics()
    assert provenance.differences(here) == []
    assert provenance.differences(here | {"jax": "0.1"}) == [f"jax: '0.1' there, {here['jax']!r} here"]
    assert provenance.provenance("float32")["numerics"] == here


def changed(before, monkeypatch):
    """The names of the lines that tell what is not as it was."""
    found = [line.split(":")[0] for line in provenance.differences(before)]
    monkeypatch.undo()
    return found


@pytest.mark.parametrize(
    ("name", "value"), [("jax_random_seed_offset", 1), ("jax_disable_jit", True), ("jax_accurate_erf_inv", True)]
)
def test_settings_of_jax_that_change_numbers_are_recorded(monkeypatch, name, value):
    before = provenance.numerics()
    old = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        assert changed(before, monkeypatch) == [name]
    finally:
        jax.config.update(name, old)
    assert provenance.differences(before) == []


def test_an_unknown_setting_counts_and_a_harmless_one_does_not(monkeypatch):
    before = provenance.numerics()
    known = dict(jax.config.values)
    monkeypatch.setattr(
        type(jax.config), "values", known | {"jax_made_up": True, "jax_log_compiles": True, "jax_debug_nans": True}
    )
    assert changed(before, monkeypatch) == ["jax_made_up"]
    with jax.enable_x64(True), jax.default_matmul_precision("highest"), jax.numpy_rank_promotion("allow"):
        assert provenance.differences(before) == []


def test_what_the_environment_sets_is_recorded_with_the_file_that_it_names(monkeypatch, tmp_path):
    flags = tmp_path / "flags"
    flags.write_text("--xla_cpu_enable_fast_math=false")
    monkeypatch.setenv("XLA_FLAGS", str(flags))
    before = provenance.numerics()
    assert provenance.differences(before) == []
    flags.write_text("--xla_cpu_enable_fast_math=true")
    assert changed(before, monkeypatch) == ["XLA_FLAGS"]
    for name in provenance.ENVIRONMENT:
        before = provenance.numerics()
        monkeypatch.setenv(name, "--other")
        assert changed(before, monkeypatch) == [name]
