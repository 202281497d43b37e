"""One claim at work: its settings, its run, its figures. The command line decides which claims, and reports."""

import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import shlex
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from experiments import Claim
from experiments.lab import Outcome, check_verdicts, short

PARTS = ("Config", "QUICK", "FULL", "run", "figures", "table", "verdicts")
OPTIONS = ("preset", "redraw", "list", "markdown", "results_dir", "name", "fresh", "keep_stores", "yes", "help")
# A sweep of more networks, expected seconds on this machine or bytes of results asks for --yes, but for a preset's.
MOST_NETWORKS, MOST_SECONDS, MOST_BYTES = 1_000_000, 3600.0, 4e9


class Job(NamedTuple):
    """What the command line asked for. `fields` are flags of the one claim's Config, still as text."""

    claims: list[Claim]
    preset: str | None
    fields: list[str]
    results: Path
    root: Path
    yes: bool = False
    name: str | None = None
    fresh: bool = False
    keep_stores: bool = False


class Refused(ValueError):
    """A sweep is larger than one would start without being asked."""


def load(claim: Claim, root: Path) -> ModuleType:
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    module = importlib.import_module(f"{root.name}.{claim.name}")
    if missing := [part for part in PARTS if not hasattr(module, part)]:
        raise ValueError(f"{claim.name} defines no {', '.join(missing)}; a claim has {', '.join(PARTS)}")
    if taken := [f.name for f in dataclasses.fields(module.Config) if f.name in OPTIONS]:
        raise ValueError(f"{claim.name}: Config.{taken[0]} has the name of an option; call it something else")
    return module


def configure(module: ModuleType, job: Job) -> tuple[Any, bool]:
    """The Config asked for, and whether it is FULL and thus belongs to the committed results."""
    preset = module.FULL if job.preset == "full" else module.QUICK
    config = preset
    if job.fields:
        import tyro

        program = f"python -m experiments {job.claims[0].name}"
        config = tyro.cli(module.Config, args=job.fields, default=preset, prog=program)
    # Where QUICK and FULL are the same, a quick run still writes to results/quick/.
    untouched_quick = job.preset != "full" and config == module.QUICK
    return config, bool(config == module.FULL) and not untouched_quick


def run(claim: Claim, job: Job) -> Path:
    """Train, and write data.nc and run.json into the folder that is returned."""
    from experiments.lab import results

    module = load(claim, job.root)
    config, committed = configure(module, job)
    folder = results.claim_folder(job.results, claim.name, committed, job.name)
    origin = results.provenance(job.root.parent)  # before the run: the code may be edited while it goes on
    start = time.perf_counter()
    with _guard(job), _stores(claim, module, config, job) as shelf:
        data = module.run(config)
        total = time.perf_counter() - start + (shelf.earlier_seconds if shelf else 0.0)
        # Times differ from run to run: they belong to the provenance, and data.nc stays the same.
        data = data.assign_attrs()
        split = data.attrs.pop("seconds", {})
        seconds = {"total": round(total, 3)} | (json.loads(split) if isinstance(split, str) else dict(split))
        results.write_data(folder, data, _record(claim, module, config, committed, job) | {"seconds": seconds} | origin)
    return folder


def _record(claim: Claim, module: ModuleType, config: Any, committed: bool, job: Job) -> dict[str, Any]:
    """What was run, and by which command."""
    preset = ["--preset", "full"] if job.preset == "full" else []
    return {
        "experiment": claim.name.partition(".")[0],
        "claim": claim.name,
        "command": shlex.join(["python", "-m", "experiments", claim.name, *preset, *job.fields]),
        "preset": "full" if committed else "quick" if config == module.QUICK else "custom",
        "config": dataclasses.asdict(config),
    }


def _stores(claim: Claim, module: ModuleType, config: Any, job: Job) -> contextlib.AbstractContextManager:
    """Where the sweeps of this run are kept, so that it goes on if it is killed; nowhere for a quick one.

    A claim about times or about stores says `STORE = False`, in its own file or in its folder's `__init__`.
    """
    from experiments.lab import stores

    package = sys.modules.get(module.__package__ or "")
    wanted = getattr(module, "STORE", getattr(package, "STORE", True))
    full = config == module.FULL
    if not wanted or (config == module.QUICK and not full):
        return contextlib.nullcontext()
    folder = job.results / "stores" / claim.name / (job.name or stores.key(config, full))
    return stores.kept(folder, job.fresh, job.keep_stores)


def _guard(job: Job) -> contextlib.AbstractContextManager:
    """Look at every sweep before it runs, where the user has set its size."""
    if job.yes or not job.fields:
        return contextlib.nullcontext()
    from nnjax.engine import reviewing
    from nnjax.engine.workers import default_workers

    def review(plan: Any) -> None:
        seconds = plan.seconds(default_workers())
        if plan.num_networks > MOST_NETWORKS or seconds > MOST_SECONDS or plan.result_bytes > MOST_BYTES:
            raise Refused(f"{plan}\nThis is a large grid; add --yes to train it all the same.")

    return reviewing(review)


def folders_to_redraw(claim: Claim, job: Job) -> list[Path]:
    from experiments.lab import results

    kinds = {None: (True, False), "full": (True,), "quick": (False,)}[job.preset]
    if job.name is not None:
        kinds = (False,)
    folders = [results.claim_folder(job.results, claim.name, committed, job.name) for committed in kinds]
    found = [folder for folder in folders if (folder / "data.nc").exists()]
    if not found:
        raise ValueError(f"{claim.name} has no data.nc in {' or '.join(map(short, folders))}; run it first")
    return found


def draw(claim: Claim, root: Path, folder: Path) -> Outcome:
    """Figures, table and verdicts from the data on disk: drawing and drawing again are the same thing."""
    import matplotlib.pyplot as plt

    from experiments.lab import results
    from experiments.lab.figures import use_style

    module = load(claim, root)
    data = results.load_dataset(folder / "data.nc")
    verdicts = check_verdicts(module.verdicts(data))
    try:
        with use_style():
            names = results.write_drawn(folder, module.figures(data), module.table(data), verdicts)
    finally:
        plt.close("all")
    return Outcome(claim.name, folder, [name for name in names if name.endswith((".png", ".gif"))], verdicts)


def use_compilation_cache() -> None:
    """Keep compiled programs between processes, in the user's cache; do without if it cannot be written."""
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    import jax

    from experiments.lab import cache
    from nnjax.engine.provenance import instruction_sets, processor

    # One folder per processor: a home may be shared, and a program made for one may not run on another.
    machine = hashlib.sha256(f"{processor()} {instruction_sets()}".encode()).hexdigest()[:12]
    folder = cache.folder("xla", machine)
    if folder is None:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
