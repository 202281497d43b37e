"""Which claims there are, and what a claim is made of. Finding them reads files and imports none.

A claim is a file `experiments/<topic>/<claim>.py` that defines PARTS; STATEMENTS tells that it is a claim. It may also
define `check(config)`, and `STORE = False` where its sweeps are timed. The order is
that of TOPICS in `experiments/__init__.py` and of CLAIMS in `experiments/<topic>/__init__.py`. A topic may also name
claims that run ON_REQUEST, when they are named in full; FILE, its claim for a user's file; and COMMANDS, modules beside
its claims.
"""

import ast
import difflib
import importlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Config", "QUICK", "NAMES", "run", "STATEMENTS", "table", "FIGURES")


class Refused(ValueError):
    """What was asked for cannot be done; said in one line, before anything is trained."""


class Claim(NamedTuple):
    """A claim: its name such as `xor.trained`, its file, the first line of its docstring, and when it runs."""

    name: str
    file: Path
    question: str
    on_request: bool = False

    @property
    def topic(self) -> str:
        return self.name.partition(".")[0]

    def folder(self, results: Path) -> Path:
        """Where its results are, in a folder of results."""
        return results.joinpath(*self.name.split("."))


def find(root: Path = ROOT) -> list[Claim]:
    """All claims, in order; topics and claims that are not named in an order come last."""
    found = []
    for topic in _ordered(
        literal(root, "TOPICS", ()), (path.parent.name for path in sorted(root.glob("*/__init__.py")))
    ):
        files = {path.stem: path for path in sorted((root / topic).glob("*.py")) if _is_claim(path)}
        asked = literal(root / topic, "ON_REQUEST", ())
        for name in _ordered(literal(root / topic, "CLAIMS", ()), files):
            if name in files:  # a test reports a name without a claim
                found.append(Claim(f"{topic}.{name}", files[name], question(files[name]), name in asked))
    return found


def _ordered(first: Iterable[str], names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *names]))


def _is_claim(file: Path) -> bool:
    # By its text, as a file may not parse.
    return bool(re.search(r"^STATEMENTS\b", file.read_text(encoding="utf-8"), re.MULTILINE))


def choose(claims: Sequence[Claim], names: Iterable[str]) -> list[Claim]:
    """The claims and topics of these names, each claim once; no names mean all that run without a request.

    Raises:
        Refused: for an unknown name, with the nearest known one.
    """
    chosen: dict[str, Claim] = {}
    for name in names:
        some = [claim for claim in claims if claim.name == name or (claim.topic == name and not claim.on_request)]
        if not some:
            known = [*dict.fromkeys(claim.topic for claim in claims), *(claim.name for claim in claims)]
            told = "a setting is a flag, such as --seeds 8" if "=" in name else hint(name, known)
            raise Refused(f"there is no experiment {name!r}; {told} (--list shows all)")
        chosen |= {claim.name: claim for claim in some}
    return list(chosen.values()) if chosen else [claim for claim in claims if not claim.on_request]


def load(claim: Claim, root: Path = ROOT) -> ModuleType:
    """The module of a claim, which defines all PARTS."""
    module = imported(claim.name, root)
    if missing := [part for part in PARTS if not hasattr(module, part)]:
        raise Refused(f"{claim.name} defines no {', '.join(missing)}")
    return module


def imported(name: str, root: Path = ROOT) -> ModuleType:
    """The module of this name below `root`, such as `xor.trained`."""
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    return importlib.import_module(f"{root.name}.{name}")


def hint(word: str, known: Iterable[str]) -> str:
    """`did you mean 'xor'?`, or all that is known where nothing is near."""
    known = list(dict.fromkeys(map(str, known)))
    near = [one for one in known if one.rpartition(".")[2] == word.rpartition(".")[2]]  # `trained` for `xor.trained`
    near = near or difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def literal(folder: Path, name: str, *default: Any) -> Any:
    """The literal that a folder's `__init__.py` assigns to a name, or else the default."""
    found = assigned(folder / "__init__.py", name)
    if found is None and not default:
        raise Refused(f"{folder / '__init__.py'} defines no {name}")
    return default[0] if found is None else found


def assigned(file: Path, name: str, names: bool = False) -> Any:
    """The literal that a file assigns to a name, without importing it; or the `names` in it. None where there is none.

    A literal may be extended, as in `NAMES |= {...}`.
    """
    found = None
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == name and (value := getattr(node, "value", None)):
            if names:
                return [one.id for one in ast.walk(value) if isinstance(one, ast.Name)]
            new = ast.literal_eval(value)
            found = found | new if isinstance(node, ast.AugAssign) else new
    return found


def docstring(file: Path, of: str = "") -> str:
    """The docstring of a file, or of a function in it, without importing it; running a broken file says more."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError) as error:
        return f"(cannot be read: {error})"
    nodes = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == of] if of else [tree]
    return (ast.get_docstring(nodes[0]) if nodes else None) or "(no docstring)"


def question(file: Path) -> str:
    """The first line of a claim's docstring."""
    return docstring(file).splitlines()[0]
