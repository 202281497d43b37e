"""The hash of the code that decides a claim's numbers: what changes it, and what does not."""

from types import ModuleType

import pytest

from experiments.lab import code
from experiments.lab.claims import find_claims

RUN = """
from {root}.solo import shared
from {root}.lab.text import duration
def run(config):
    return shared.part(config)  # {comment}
"""


@pytest.fixture
def toy(root):
    (root / "solo" / "shared").mkdir()
    (root / "solo" / "shared" / "__init__.py").write_text(f"from {root.name}.solo.shared.deep import part\n")
    (root / "solo" / "shared" / "deep.py").write_text("def part(config):\n    return 1\n")
    (root / "solo" / "shared" / "other.py").write_text("NUMBER = 1\n")
    (root / "solo" / "only" / "run.py").write_text(RUN.format(root=root.name, comment="one"))
    return root


def test_what_a_run_imports_counts_and_nothing_else(toy):
    claim = next(claim for claim in find_claims(toy) if claim.name == "solo.only")
    folder = toy / "solo"
    before = code.of(claim, toy)
    (folder / "only" / "run.py").write_text(RUN.format(root=toy.name, comment="two"))
    (folder / "only" / "verdicts.py").write_text("changed = True\n")
    (folder / "shared" / "other.py").write_text("NUMBER = 2\n")
    assert code.of(claim, toy) == before
    for path, text in (
        (folder / "shared" / "deep.py", "def part(config):\n    return 2\n"),
        (folder / "only" / "config.py", "FULL = 3\n"),
        (folder / "only" / "run.py", "run = None\n"),
    ):
        path.write_text(text)
        assert code.of(claim, toy) != before
        before = code.of(claim, toy)


def test_the_hash_of_modules_is_that_of_their_code_alone(tmp_path):
    def found(text):
        (tmp_path / "some.py").write_text(text)
        module = ModuleType("some")
        module.__file__ = str(tmp_path / "some.py")
        return code.of_modules(module)

    before = found("x = 1\n")
    assert found('"""Words."""\n\nx = 1  # one\n') == before
    assert found("x = 2\n") != before
    assert code.of_modules(code) != code.of_modules(code, pytest)
