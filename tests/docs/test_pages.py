"""The pages of `docs/`: their code runs, their numbers are there, their commands exist."""

import re
import shlex
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from experiments.lab import claims, cli, flags
from experiments.lab.report import findings
from experiments.lab.report.read import read
from nnjax import machine

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCKS = Sybil(parsers=[PythonCodeBlockParser()])
CLAIMS = claims.find()
RESULTS = read(CLAIMS, ROOT / "results")
NAMES = {page: page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in PAGES}

SLOW = ("guides/many-digits",)  # compiles for long
TRAINS_LONG = ("guides/lessons",)  # fast programs are worth their compiling


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
    if NAMES[page] not in TRAINS_LONG:
        monkeypatch.setattr(machine, "compiler_options", lambda: ((machine.OPTIMIZATION_LEVEL, 0),))  # compiles fastest
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


@pytest.mark.parametrize("page", [page for page in PAGES if "<!-- filled" in written(page)], ids=NAMES.get)
def test_what_is_generated_in_a_page_is_among_the_results(page):
    shown = findings.filled(written(page), RESULTS)
    assert "<!-- filled" not in shown


def test_every_topic_has_a_page_of_findings_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for path, page in findings.pages(RESULTS).items():
        assert path.as_posix() in text
        assert page.count("\n## ") == sum(one.claim.topic == path.stem for one in RESULTS)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_the_commands_of_a_page_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)^    make (\S+)|`make ([\w-]+)`", written(page)):
        assert f"\n{''.join(target)}:" in makefile
    for words in re.findall(r"python -m experiments(?!\.)([^`\n#]*)", written(page)):
        check_command(shlex.split(words))


def check_command(words):
    """Raise where the command line would refuse these words, for an experiment, an option or a setting."""
    root = ROOT / "experiments"
    _, names, fields = cli._parsed(words)
    if (names and names[0] in cli.COMMANDS) or cli._of_topic(names, root):
        return
    names, fields = cli._with_file(names, fields, CLAIMS, root)
    if names in (["NAME"], ["xor.mine"]):  # the last is one that the reader writes
        assert fields == []
        return
    chosen = claims.choose(CLAIMS, names)
    if fields:
        assert len(chosen) == 1
        flags.parse(claims.load(chosen[0]).QUICK, fields)


@pytest.mark.parametrize(
    "words",
    [
        "xor.tried",
        "xor.trained --sedes 3",
        "xor.trained --seeds many",
        "xor --seeds 3",
        "xor --preset fast",
        "--listt",
        "your_table prices.csv --targets price",
    ],
)
def test_a_command_that_does_not_exist_is_found(words):
    check_command(["xor.trained", "--seeds", "3", "--preset", "full"])
    with pytest.raises((ValueError, AssertionError, SystemExit)):
        check_command(words.split())
