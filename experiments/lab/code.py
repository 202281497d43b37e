"""The hash of the code that decides a claim's numbers: its `config.py`, its `run.py`, and what they import in turn.

That is what they import of the experiments, without NO_NUMBERS; `library` hashes nnjax. Relative imports are not
followed; `tests/test_layers.py` refuses them. A program that is started by its name must be imported for its name.
Data and C++ do not count.

Comments, docstrings and layout do not count, nor do verdicts and figures, which are made anew from the data.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from experiments.lab.claims import Claim
from nnjax import provenance

ROLES = ("config", "run")
# Modules of the lab that a run may import and that decide no number.
NO_NUMBERS = (
    "checks", "code", "estimates", "flags", "figures", "over_tunings", "parts", "records", "results", "rules",
    "sources", "stores", "text", "verdicts",
)  # fmt: skip


def of(claim: Claim, root: Path) -> str:
    """The hash of the code that decides the numbers of a claim; `root` is the folder of the topics."""
    digest = hashlib.sha256()
    for path in sorted(files(claim, root)):
        text = provenance.code_of(path.read_text(encoding="utf-8"))
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()[:16]


def of_modules(*modules: ModuleType) -> str:
    """The hash of the code of these modules, without what they import."""
    digest = hashlib.sha256()
    for module in modules:
        text = provenance.code_of(Path(str(module.__file__)).read_text(encoding="utf-8"))
        digest.update(module.__name__.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()[:16]


def library() -> str:
    """The hash of the code of nnjax that decides the numbers of claims.

    It includes what the hash in the store of a sweep leaves out, as a store holds neither what tuning tried nor what
    `refit` returns, and claims may hold both.
    """
    return provenance.source(tuple(name for name in provenance.NO_NUMBERS if name not in ("tuning", "engine/refit")))


def files(claim: Claim, root: Path) -> set[Path]:
    """The files of the experiments that a claim's run imports, those that these import, and so on."""
    waiting = [claim.path / f"{role}.py" for role in ROLES]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path, root)
    return found


def _imported(path: Path, root: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        for name in names:
            top, *inside = name.split(".")
            if top != root.name or not inside or (inside[0] == "lab" and inside[1:2] and inside[1] in NO_NUMBERS):
                continue
            module = root.joinpath(*inside)
            yield from (one for one in (module.with_suffix(".py"), module / "__init__.py") if one.exists())
