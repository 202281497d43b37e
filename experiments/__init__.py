"""The textbook's claims about neural networks, measured: one file per claim, found without importing any.

A claim is a module: `experiments/<name>.py`, or `experiments/<name>/<claim>.py` where an experiment makes
several. `lab`, and names that begin with an underscore, are no experiments. A folder's `__init__.py` may
give the order of its claims as a literal, `CLAIMS = ("written_down", "trained")`; claims that it leaves out
follow alphabetically. Those in its literal `ON_REQUEST` run only when they are named in full.
"""

import ast
import difflib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
# `lab` is the workshop; `results/` has folders of these names for the quick runs, those that were given a name, and
# the stores of those that are under way, so no experiment may bear them.
NOT_EXPERIMENTS = ("lab",)
RESERVED = ("quick", "runs", "stores")


class Claim(NamedTuple):
    """Where one claim is written: its dotted name (`xor.trained`), its file, its docstring's first line."""

    name: str
    path: Path
    summary: str
    on_request: bool = False


def find_claims(root: Path = ROOT) -> list[Claim]:
    """Every claim under `root`, in the order in which they run. Reads files, imports none.

    Raises ValueError where a name is reserved, or both a file and a folder.
    """
    claims: list[Claim] = []
    for path in sorted(Path(root).iterdir(), key=lambda path: path.stem):
        is_folder = path.is_dir() and any(path.glob("*.py"))
        if not (is_folder or path.suffix == ".py") or not _is_claim_name(path.stem):
            continue
        if path.stem in NOT_EXPERIMENTS:
            continue
        if path.stem in RESERVED:
            raise ValueError(f"{path.name}: the name {path.stem!r} belongs to a folder of results/")
        modules = _claims_of_folder(path) if is_folder else {path.stem: path}
        asked = {f"{path.stem}.{name}" for name in literal(path, "ON_REQUEST")} if is_folder else set()
        claims += [Claim(name, module, _summary(module), name in asked) for name, module in modules.items()]
    experiments = [claim.name.partition(".")[0] for claim in claims if claim.path.parent == Path(root)]
    for name in experiments:
        if any(claim.name.startswith(f"{name}.") for claim in claims):
            raise ValueError(f"the experiment {name!r} is both a file and a folder; keep one")
    return claims


def choose(claims: list[Claim], names: list[str]) -> list[Claim]:
    """The claims meant by `names`, each `experiment` or `experiment.claim`, in that order and each once.

    No names mean every claim; those that run on request alone must be named in full. Raises ValueError naming an
    unknown name and the nearest known one.
    """
    if not names:
        return [claim for claim in claims if not claim.on_request]
    chosen: dict[str, Claim] = {}
    for name in names:
        inside = [claim for claim in claims if claim.name.startswith(f"{name}.") and not claim.on_request]
        found = [claim for claim in claims if claim.name == name] or inside
        if not found:
            known = {claim.name for claim in claims} | {claim.name.partition(".")[0] for claim in claims}
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"unknown experiment {name!r}; {hint} (--list shows them all)")
        chosen |= {claim.name: claim for claim in found}
    return list(chosen.values())


def _is_claim_name(name: str) -> bool:
    # Identifiers alone: a name becomes a module and a folder of results, and must not climb out of either.
    return name.isidentifier() and not name.startswith("_")


def _claims_of_folder(folder: Path) -> dict[str, Path]:
    modules = {path.stem: path for path in sorted(folder.glob("*.py")) if _is_claim_name(path.stem)}
    # CLAIMS orders what is there: a name without a file stops no other (a test of the repository reports it).
    order = [name for name in literal(folder, "CLAIMS") if name in modules]
    names = [*order, *(name for name in modules if name not in order)]
    return {f"{folder.name}.{name}": modules[name] for name in names}


def literal(folder: Path, name: str) -> tuple[str, ...]:
    """What the folder's `__init__.py` says a name is, such as CLAIMS, or nothing."""
    init = folder / "__init__.py"
    if not init.exists():
        return ()
    for statement in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return tuple(ast.literal_eval(statement.value))
    return ()


def _summary(path: Path) -> str:
    try:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    except SyntaxError as error:  # one broken file must not hide the others; running it tells more
        return f"(line {error.lineno} does not parse)"
    return (docstring or "(no docstring)").splitlines()[0]
