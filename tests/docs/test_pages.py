"""The pages of `docs/`: their code runs, their numbers are there, their commands exist."""

import itertools
import re
import shlex
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from experiments.lab.report.fill import filled
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from experiments.lab import cli, flags
from experiments.lab.claims import Roles, choose, command, find_claims, with_file
from experiments.lab.report import findings
from experiments.lab.report.read import read

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCKS = Sybil(parsers=[PythonCodeBlockParser()])
CLAIMS = find_claims()
RESULTS = read(CLAIMS, ROOT / "results", ["--preset", "full"])
NAMES = {page: page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in PAGES}


SLOW = ("guides/many-digits",)  # compiles for long


def written(page):
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])
        for page, name in NAMES.items()
        if "```python" in written(page)
    ],
)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = list(BLOCKS.parse(page).examples())
    assert len(examples) == written(page).count("```python\n")
    for example in examples:
        example.evaluate()
    plt.close("all")


SCRIPTS = [
    pytest.param(script, id=NAMES[page])
    for page in PAGES
    for script in re.findall(r"Save this as\s[^\n]*\n\n```python\n(.*?)```", written(page), re.DOTALL)
]
assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_is_to_be_saved_runs_alone(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize("page", [page for page in PAGES if "{{" in written(page)], ids=NAMES.get)
def test_the_numbers_of_a_page_are_among_the_results(page):
    shown = filled(written(page), RESULTS, findings.blocks(RESULTS, "../"))
    assert "{{" not in shown
    assert "This claim is " not in shown  # not yet run, or cannot be read


def test_a_page_names_statements_that_a_new_run_will_judge_again():
    places = {place for page in PAGES for place in re.findall(r"\{\{ *([\w.]+) / ([^|}]*[^|} ])", written(page))}
    asked = {name for name, _ in places if "." in name}
    known = {claim.name: claim for claim in CLAIMS}
    figures = {(one.claim.name, path.stem) for one in RESULTS for path in one.figures}
    stated = {(name, s.id) for name in asked for roles in [Roles(known[name])] for s in roles.statements(roles.FULL)}
    assert len(asked) > 20
    assert places - stated - figures == set()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_the_commands_of_a_page_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)^    make (\S+)|`make ([\w-]+)`", written(page)):
        assert f"\n{''.join(target)}:" in makefile
    for words in re.findall(r"python -m experiments(?!\.)([^`\n#]*)", written(page)):
        check_command(shlex.split(words))


def check_command(words):
    """Raise where the command line would refuse these words, for an experiment, an option or a setting."""
    options, rest = cli._parser(ROOT / "experiments").parse_known_args(words)
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), rest))
    if command(names, ROOT / "experiments") is not None:
        return
    names, fields = with_file(names, rest[len(names) :], CLAIMS, ROOT / "experiments")
    if names in (["NAME"], ["report"], ["xor.mine"]):  # the last is one that the reader writes
        assert fields == []
        return
    chosen = choose(CLAIMS, names)
    cli._check_fields(fields, names, chosen, options.redraw)
    if fields:
        roles = Roles(chosen[0])
        flags.parse(roles.Config, roles.QUICK, fields, "")


@pytest.mark.parametrize(
    "words",
    [
        "xor.tried",
        "xor.trained --sedes 3",
        "xor.trained --seeds many",
        "xor --seeds 3",
        "xor --preset fast",
        "--listt",
        "report --seeds 3",
        "your_table prices.csv --targets price",
    ],
)
def test_a_command_that_does_not_exist_is_found(words):
    check_command(["xor.trained", "--seeds", "3", "--preset", "full"])
    with pytest.raises((ValueError, AssertionError, SystemExit)):
        check_command(words.split())
