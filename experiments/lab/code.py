"""The hash of the code that decides a claim's numbers: what `run` and `Config` reach by name, in all files of claims.

A caption or a rule must not discard hours, so that the hash of the file would not do. Comments, docstrings and layout
do not count, nor does the lab, which decides no number of a run. Not followed: relative imports, which a test refuses,
getattr and data files.
"""

import ast
import functools
import hashlib
import inspect
import symtable
from pathlib import Path
from types import ModuleType
from typing import Any

from experiments.lab.claims import Claim
from nnjax import provenance

START = ("run", "Config")


def of(claim: Claim, root: Path) -> str:
    """The hash for a claim; `root` is the folder of the topics."""
    return hashlib.sha256(reached(f"{root.name}.{claim.name}", root).encode()).hexdigest()[:16]


def of_rule(claim: Claim, root: Path, rule: Any, measure: Any) -> str:
    """The hash of a statement's rule and of the code of its measure, a function of the claim or a `partial` of one."""
    names: list[str] = []

    def spelled(value: Any) -> Any:
        if isinstance(value, functools.partial):
            return spelled(value.func), spelled(value.args), spelled(value.keywords)
        if isinstance(value, dict):
            return {name: spelled(one) for name, one in sorted(value.items())}
        if isinstance(value, list | tuple):
            return [spelled(one) for one in value]
        if callable(value):
            names.append(value.__name__)
            return inspect.getsource(value) if value.__name__ == "<lambda>" else value.__name__
        return value

    called = spelled(measure)
    text = reached(f"{root.name}.{claim.name}", root, tuple(names))
    return hashlib.sha256(f"{rule!r}\n{called!r}\n{text}".encode()).hexdigest()[:16]


def of_modules(*modules: ModuleType) -> str:
    """The hash of the code of these modules, without what they import."""
    texts = [provenance.code_of(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in modules]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def library() -> str:
    """The hash of the code of nnjax that may decide the numbers of claims, which make data and do more than sweeps."""
    others = tuple(name for name in provenance.NO_NUMBERS if name != "nnjax.tasks")
    return provenance.source(frozenset(name for name in provenance.MODULES if not name.startswith(others)))


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
            elif whole.startswith(f"{root.name}.") and not whole.startswith(f"{root.name}.lab."):
                file = _file(whole, root)
                waiting += [(whole, one) for one in definitions(file)] if file.exists() else [(source, name)]
    return "\n".join(f"{module}.{name}\n{text}" for (module, name), text in sorted(found.items()) if text)


def _file(module: str, root: Path) -> Path:
    place = root.parent.joinpath(*module.split("."))
    return file if (file := place.with_suffix(".py")).exists() else place / "__init__.py"


def _definitions(file: Path) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
    """What a file defines at its top: the code of each name, and what that uses: names of this file, as ("", "name"),
    or of another, as ("experiments.xor.solved", "name").
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
        text = "\n".join(lines[first - 1 : node.end_lineno]) + "\n"
        code, names = provenance.code_of(text), sorted(_globals(text, str(file)))
        inside = [one for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom)]
        for name in dict.fromkeys([node.name] if is_named else stored):
            texts, used = found.setdefault(name, ([], []))
            texts.append(code)
            used += [("", one) for one in names]
            used += [place for one in inside for alias in one.names for place in _uses(one, alias)]
    return found


def _globals(text: str, file: str) -> set[str]:
    """The names of the file that a definition uses; a local variable that shares a function's name is none of them."""
    names, waiting = set[str](), [symtable.symtable(text, file, "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        top = table.get_type() == "module"
        names |= {one.get_name() for one in table.get_symbols() if one.is_referenced() and (top or one.is_global())}
    return names


def _uses(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[tuple[str, str]]:
    """The place of an imported name: `from a.b import c` and `import a.b.c` are both ("a.b", "c")."""
    whole = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
    source, _, name = whole.rpartition(".")
    return [(source, name)] if source else []
