"""The hash of the code that decides a claim's numbers. Verdicts and figures do not, as they are made from the data.

Of a claim that is one file this is what `run` and `Config` reach by name, in its file and in others of the experiments:
a caption or a rule must not discard hours. Of a claim that is a folder it is its `config.py`, its `run.py`, and the
files that they import in turn, without NO_NUMBERS. `library` hashes nnjax.

Relative imports are not followed; `tests/test_layers.py` refuses them. Nor is getattr. A program that is started by its
name must be imported for its name. Data and C++ do not count, nor do comments, docstrings and layout.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from experiments.lab.claims import Claim
from nnjax import provenance

ROLES = ("config", "run")  # of a folder
START = ("run", "Config")  # of a file
# Modules of the lab that a run may import and that decide no number.
NO_NUMBERS = (
    "checks", "claims", "code", "estimates", "flags", "figures", "over_tunings", "parts", "records", "results", "rules",
    "sources", "stores", "text", "verdicts",
)  # fmt: skip


def of(claim: Claim, root: Path) -> str:
    """The hash of the code that decides the numbers of a claim; `root` is the folder of the topics."""
    if claim.is_file:
        return hashlib.sha256(reached(f"{root.name}.{claim.name}", root).encode()).hexdigest()[:16]
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


def reached(module: str, root: Path, start: tuple[str, ...] = START) -> str:
    """The code that names in a module such as `experiments.xor.trained` reach, each with the place of its definition.

    A module of the experiments that they name counts with all that it defines.
    """
    definitions = functools.cache(_definitions)  # of this call alone, as files may be edited later
    waiting, found = [(module, name) for name in start], dict[tuple[str, str], str]()
    while waiting:
        module, name = place = waiting.pop()
        if place in found:
            continue
        texts, used = definitions(_file(module, root)).get(name, ([], []))
        found[place] = "\n".join(texts)
        for source, name in used:
            whole = f"{source}.{name}".removeprefix(".")
            if not source:
                waiting.append((module, name))
            elif whole.partition(".")[0] == root.name:
                file = _file(whole, root)
                waiting += [(whole, one) for one in definitions(file)] if file.exists() else [(source, name)]
    return "\n".join(f"{module}.{name}\n{text}" for (module, name), text in sorted(found.items()) if text)


def _file(module: str, root: Path) -> Path:
    place = root.parent.joinpath(*module.split("."))
    return file if (file := place.with_suffix(".py")).exists() else place / "__init__.py"


def _definitions(file: Path) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
    """What a file defines at its top: the code of each name, and what that uses: names of this file, as ("", "name"),
    or of another, as ("experiments.xor.shared", "name").
    """
    text = file.read_text(encoding="utf-8")
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):  # each name on its own: others may be those of figures
            for alias in node.names:
                texts, used = found.setdefault(alias.asname or alias.name.partition(".")[0], ([], []))
                source = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
                texts.append(f"{source} {alias.name}")
                used += _uses(node, alias)
            continue
        is_named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        stored = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        code = provenance.code_of("\n".join(lines[first - 1 : node.end_lineno]) + "\n")
        for name in dict.fromkeys([node.name] if is_named else stored):
            texts, used = found.setdefault(name, ([], []))
            texts.append(code)
            for one in ast.walk(node):
                if isinstance(one, ast.Name):
                    used.append(("", one.id))
                elif isinstance(one, ast.Import | ast.ImportFrom):
                    used += [place for alias in one.names for place in _uses(one, alias)]
    return found


def _uses(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[tuple[str, str]]:
    """The place of an imported name: `from a.b import c` and `import a.b.c` are both ("a.b", "c")."""
    whole = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
    source, _, name = whole.rpartition(".")
    return [(source, name)] if source else []
