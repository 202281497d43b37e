"""Where the claims are and what they consist of. Finding them reads files and imports none.

A claim is a file `experiments/<topic>/<claim>.py` that defines `adapter.PARTS`; STATEMENTS tells that it is one. Older
claims are folders `experiments/<topic>/<claim>/` with fixed roles: `__init__.py` is its docstring, `config.py` has
Config, QUICK, FULL and maybe check(config), `run.py` run(config), `verdicts.py` statements(config), table(data) and
verdicts(data), `figures.py` figures(data); `columns.toml` may say what the columns of its table hold. A topic's
`__init__.py` may give literals: `CLAIMS`, the order of its claims; `ON_REQUEST`, those that run only when they are
named in full; `ENGINE = True` for a topic that tests the engine or our own intervals, which runs when it is named;
`STORE = False` where sweeps must not be kept on disk; `DATA`, its claim for a user's file; `COMMANDS`, modules beside
its claims whose `command(arguments)` returns what to print.
"""

import ast
import dataclasses
import difflib
import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from experiments.lab import checks

ROOT = Path(__file__).resolve().parents[1]
NOT_TOPICS = ("lab", "judge")
# Names that no topic may have: folders of results/ that hold none, and `report`, which is a command.
RESERVED = ("quick", "runs", "stores", "replications", "report")
# Options of the command line, whose names no field of a Config may have.
OPTIONS = (
    "preset", "redraw", "list", "readme", "results_dir", "name", "fresh", "keep_stores", "style", "compare", "yes",
    "verbose", "help", "replicate", "replication",
)  # fmt: skip


class Claim(NamedTuple):
    """One claim: its dotted name (`xor.trained`), its file or folder, the first line of its docstring, and when it
    runs."""

    name: str
    path: Path
    summary: str
    on_request: bool = False
    engine: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is one file, not a folder of roles."""
        return self.path.suffix == ".py"

    def folder_in(self, results: Path) -> Path:
        """Where its results lie in a folder of results."""
        return results.joinpath(*self.name.split("."))


def find_claims(root: Path = ROOT) -> list[Claim]:
    """Every claim under `root`, topic by topic, in the order in which they run.

    Raises ValueError where a topic has the name of a folder of results.
    """
    found: list[Claim] = []
    ranks = {name: rank for rank, name in enumerate(literal(Path(root), "TOPICS", ()))}
    for folder in sorted(Path(root).iterdir(), key=lambda path: (ranks.get(path.name, len(ranks)), path.name)):
        if not folder.is_dir() or not _is_name(folder.name) or folder.name in NOT_TOPICS:
            continue
        paths = _claims_of(folder)
        if paths and folder.name in RESERVED:
            raise ValueError(f"{folder.name}: the name belongs to a folder of results/")
        asked, engine = literal(folder, "ON_REQUEST", ()), bool(literal(folder, "ENGINE", False))
        found += [
            Claim(f"{folder.name}.{name}", path, _summary(path), name in asked, engine) for name, path in paths.items()
        ]
    return sorted(found, key=lambda claim: claim.engine)  # stable: the textbook's topics first


def choose(claims: list[Claim], names: list[str]) -> list[Claim]:
    """The claims meant by `names`, each `topic` or `topic.claim`, in that order and each once.

    No names mean every claim about the textbook; those that run on request must be named in full. Raises ValueError
    naming an unknown name and the nearest known one.
    """
    if not names:
        return [claim for claim in claims if not (claim.on_request or claim.engine)]
    chosen: dict[str, Claim] = {}
    for name in names:
        inside = [claim for claim in claims if claim.name.startswith(f"{name}.") and not claim.on_request]
        found = [claim for claim in claims if claim.name == name] or inside
        if not found:
            known = {claim.name for claim in claims} | {claim.name.partition(".")[0] for claim in claims}
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
            topics = sorted({one.partition(".")[0] for one in known})
            hint = f"did you mean {near[0]!r}?" if near else f"the topics are {', '.join(topics)}"
            if "=" in name:
                hint = f"a setting is a flag, as in --{checks.cut(name.replace('=', ' '))}"
            raise ValueError(f"unknown experiment {checks.cut(repr(name))}; {hint} (--list shows them all)")
        chosen |= {claim.name: claim for claim in found}
    return list(chosen.values())


def with_file(names: list[str], fields: list[str], claims: list[Claim], root: Path) -> tuple[list[str], list[str]]:
    """Turn `your_table prices.csv` into `your_table.right_tool --data prices.csv`, if the topic has DATA."""
    known = {part for claim in claims for part in (claim.name, claim.name.partition(".")[0])}
    if len(names) != 2 or names[0] not in known or names[1] in known:
        return names, fields
    claim = literal(Path(root) / names[0], "DATA", None)
    return (names, fields) if claim is None else ([f"{names[0]}.{claim}"], ["--data", names[1], *fields])


def command(names: list[str], root: Path) -> Callable[[list[str]], str] | None:
    """The function for `your_table predict ...`, if the topic says COMMANDS = ("predict",); else None."""
    if len(names) < 2 or not _is_name(names[0]) or names[1] not in literal(Path(root) / names[0], "COMMANDS", ()):
        return None
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    return importlib.import_module(f"{root.name}.{names[0]}.{names[1]}").command


def literal(place: Path, name: str, default: Any) -> Any:
    """The literal that a file, or a folder's `__init__.py`, assigns to a name such as CLAIMS; else `default`."""
    file = place if place.suffix == ".py" else place / "__init__.py"
    if file.exists():
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
                return ast.literal_eval(statement.value)
    return default


class Roles:
    """The parts of one claim, each imported when it is first asked for."""

    def __init__(self, claim: Claim, root: Path = ROOT) -> None:
        if str(root.parent) not in sys.path:
            sys.path.insert(0, str(root.parent))
        self._package, self._is_file = f"{root.name}.{claim.name}", claim.is_file
        config = self._role("config")
        self.Config, self.QUICK, self.FULL = (self._part(config, name) for name in ("Config", "QUICK", "FULL"))
        self.check = getattr(config, "check", checks.check)
        topic = importlib.import_module(self._package.rpartition(".")[0])
        self.store = getattr(config, "STORE", getattr(topic, "STORE", True))
        if taken := [field.name for field in dataclasses.fields(self.Config) if field.name in OPTIONS]:
            raise ValueError(f"{claim.name}: Config.{taken[0]} has the name of an option; call it something else")

    def require(self) -> None:
        """Import every role, so that what is missing shows before anything is trained."""
        for role, name in (("run", "run"), ("verdicts", "statements"), ("verdicts", "table"), ("verdicts", "verdicts")):
            self._part(self._role(role), name)
        self._part(self._role("figures"), "figures")

    def run(self, config: Any) -> Any:
        return self._part(self._role("run"), "run")(config)

    def figures(self, data: Any) -> Any:
        return self._part(self._role("figures"), "figures")(data)

    def table(self, data: Any) -> Any:
        return self._part(self._role("verdicts"), "table")(data)

    def verdicts(self, data: Any) -> Any:
        return self._part(self._role("verdicts"), "verdicts")(data)

    def statements(self, config: Any) -> Any:
        return self._part(self._role("verdicts"), "statements")(config)

    def _role(self, role: str) -> Any:
        if self._is_file:
            from experiments.lab import adapter  # it loads xarray, for which `--help` would wait

            return adapter.Parts(importlib.import_module(self._package))
        return importlib.import_module(f"{self._package}.{role}")

    def _part(self, module: ModuleType, name: str) -> Any:
        if not hasattr(module, name):
            raise ValueError(f"{module.__name__} defines no {name}; see CONTRIBUTING.md for the parts of a claim")
        return getattr(module, name)


def _is_name(name: str) -> bool:
    # Identifiers only: a name becomes a module and a folder of results, and must not lead out of either.
    return name.isidentifier() and not name.startswith("_")


def _claims_of(topic: Path) -> dict[str, Path]:
    paths = {path.stem: path for path in sorted(topic.iterdir()) if _is_name(path.stem) and _is_claim(path)}
    # CLAIMS orders the claims that exist; a name without one is skipped (a test of the repository reports it).
    order = [name for name in literal(topic, "CLAIMS", ()) if name in paths]
    return {name: paths[name] for name in [*order, *(name for name in paths if name not in order)]}


def _is_claim(path: Path) -> bool:
    if path.suffix == ".py":  # by its text, as a file may not parse
        return bool(re.search(r"^STATEMENTS\b", path.read_text(encoding="utf-8"), re.MULTILINE))
    return (path / "config.py").exists()


def _summary(path: Path) -> str:
    file = path if path.suffix == ".py" else path / "__init__.py"
    try:
        docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) if file.exists() else None
    except SyntaxError as error:  # one broken file must not hide the others; running it tells more
        return f"(line {error.lineno} does not parse)"
    return (docstring or "(no docstring)").splitlines()[0]
