"""The command line of the experiments: `python -m experiments`, or a claim's own file as a script.

Claims are imported only when they run (or to show their own flags), so `--help` and `--list` answer at once.
"""

import argparse
import contextlib
import dataclasses
import difflib
import functools
import hashlib
import importlib
import itertools
import json
import multiprocessing
import os
import shlex
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import experiments
from experiments import Claim
from experiments.lab import Outcome, check_verdicts, listing, markdown, report, short

_PARTS = ("Config", "QUICK", "FULL", "run", "figures", "table", "verdicts")
_OPTIONS = ("preset", "redraw", "list", "markdown", "results_dir", "yes", "help")
# A sweep of more networks, expected seconds on this machine or bytes of results asks for --yes, but for a preset's.
MOST_NETWORKS, MOST_SECONDS, MOST_BYTES = 1_000_000, 3600.0, 4e9
_EPILOG = """\
  python -m experiments                            every experiment, QUICK, into results/quick/
  python -m experiments xor --preset full          the committed results, into results/xor/
  python -m experiments xor.trained --seeds 200    one claim: every field of its Config is a flag
  python -m experiments xor.trained --help         these flags
  python -m experiments xor --redraw               figures, table and verdicts again, no training
"""


class Job(NamedTuple):
    """What the command line asked for. `fields` are flags of the one claim's Config, still as text."""

    claims: list[Claim]
    preset: str | None
    fields: list[str]
    results: Path
    root: Path
    yes: bool = False


class Refused(ValueError):
    """A sweep is larger than one would start without being asked."""


def main(script: str | None = None, argv: list[str] | None = None, root: Path | str = experiments.ROOT) -> NoReturn:
    """Run the command line and exit: 0, 1 where a claim failed, 2 for a bad command.

    A claim's file ends in `if __name__ == "__main__": cli.main(__file__)`; `python -m experiments` gives no
    script. `root` is the folder of experiments.
    """
    try:
        sys.exit(_command(script, sys.argv[1:] if argv is None else argv, Path(root).resolve()))
    except KeyboardInterrupt:
        print("\nstopped; claims that had finished are kept", file=sys.stderr)
        sys.exit(130)


def _command(script: str | None, argv: list[str], root: Path) -> int:
    parser = _parser(script, root)
    options, rest = parser.parse_known_args(argv)
    names = list(itertools.takewhile(lambda token: not token.startswith("-"), rest))
    fields = rest[len(names) :]
    if script is not None:
        names, fields = [".".join(Path(script).resolve().relative_to(root).with_suffix("").parts)], rest
    try:
        claims = experiments.choose(experiments.find_claims(root), names)
        _check_fields(fields, names, claims, options.redraw)
    except ValueError as error:
        parser.error(str(error))
    job = Job(claims, options.preset, fields, Path(options.results_dir), root, options.yes)
    if options.list:
        print(listing(claims))
    elif options.markdown:
        print(markdown(claims, job.results))
    elif options.help:
        print(parser.format_help() + (f"\nexperiments:\n{listing(claims)}" if len(claims) > 1 else ""))
        if names and len(claims) == 1:
            _configure(_load(claims[0], root), job._replace(fields=["--help"]))
    else:
        return _work(job, options.redraw)
    return 0


def _parser(script: str | None, root: Path) -> argparse.ArgumentParser:
    file = Path(script).resolve().relative_to(root.parent).as_posix() if script else "-m experiments"
    program = f"python {file}"
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} {'' if script else '[NAME ...] '}[options] [fields of the Config]",
        description="Measure the textbook's claims about neural networks, on many trained networks.",
        epilog=None if script else f"examples:\n{_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # `--res 3` may be a field of a Config
        add_help=False,
    )
    add, results = parser.add_argument, root.parent / "results"
    add("--preset", choices=("quick", "full"), help="quick (the default), or full: the committed results")
    add("--redraw", action="store_true", help="draw again from data.nc, without training")
    add("--list", action="store_true", help="the experiments and what they claim")
    add("--markdown", action="store_true", help="the README's table, from the committed results")
    add("--results-dir", default=results, metavar="DIR", help="where results go (default: results)")
    add("--yes", action="store_true", help="train a very large grid without asking")
    add("-h", "--help", action="store_true", help="this text, and the flags of a claim that is named")
    return parser


def _check_fields(fields: list[str], names: list[str], claims: list[Claim], redraw: bool) -> None:
    if not fields:
        return
    if len(claims) != 1 or not names:
        known = [f"--{name.replace('_', '-')}" for name in _OPTIONS]
        near = difflib.get_close_matches(fields[0], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        hint += "; fields of a Config are flags when exactly one claim is named"
        raise ValueError(f"unknown option {fields[0]}; {hint}")
    if redraw:
        raise ValueError(f"--redraw draws what was run and takes no other settings, here {' '.join(fields)}")


def _load(claim: Claim, root: Path) -> ModuleType:
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    module = importlib.import_module(f"{root.name}.{claim.name}")
    if missing := [part for part in _PARTS if not hasattr(module, part)]:
        raise ValueError(f"{claim.name} defines no {', '.join(missing)}; a claim has {', '.join(_PARTS)}")
    if taken := [f.name for f in dataclasses.fields(module.Config) if f.name in _OPTIONS]:
        raise ValueError(f"{claim.name}: Config.{taken[0]} has the name of an option; call it something else")
    return module


def _configure(module: ModuleType, job: Job) -> tuple[Any, bool]:
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


def _work(job: Job, redraw: bool) -> int:
    """Run or redraw claim by claim. One that fails is reported at the end and stops no other."""
    os.environ["MPLBACKEND"] = "Agg"  # figures go to files, also where no screen is
    drawn: list[tuple[str, Callable[[], Outcome]]] = []
    outcomes: list[Outcome] = []
    failures: list[tuple[str, Exception]] = []
    if not redraw:
        _use_compilation_cache()
    with _artist(len(job.claims)) as draw:
        for number, claim in enumerate(job.claims, start=1):
            print(f"[{number}/{len(job.claims)}] {claim.name}: {claim.summary}", flush=True)
            start = time.perf_counter()
            try:
                folders = _folders_to_redraw(claim, job) if redraw else [_run(claim, job)]
                drawn += [(claim.name, draw(claim, job.root, folder)) for folder in folders]
            except Refused as error:
                print(error)
                failures.append((claim.name, error))
            except Exception as error:
                traceback.print_exc()
                failures.append((claim.name, error))
            print(f"      {time.perf_counter() - start:.1f} s", flush=True)
        for name, result in drawn:
            try:
                outcomes.append(result())
            except Exception as error:
                traceback.print_exception(error)
                failures.append((name, error))
    report(outcomes, failures)
    return 1 if failures else 0


@contextlib.contextmanager
def _artist(num_claims: int) -> Iterator[Callable[[Claim, Path, Path], Callable[[], Outcome]]]:
    """A function that has a claim drawn and returns where to ask for the outcome.

    With several claims a process of its own draws, so that the next claim trains meanwhile.
    """
    if num_claims == 1:
        yield lambda *claim: functools.partial(_draw, *claim)
        return
    # Spawned, as a process that runs JAX must not be forked.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda *claim: pool.submit(_draw, *claim).result


def _run(claim: Claim, job: Job) -> Path:
    """Train, and write data.nc and run.json into the folder that is returned."""
    from experiments.lab import results

    module = _load(claim, job.root)
    config, committed = _configure(module, job)
    folder = results.claim_folder(job.results, claim.name, committed)
    origin = results.provenance(job.root.parent)  # before the run: the code may be edited while it goes on
    preset = ["--preset", "full"] if job.preset == "full" else []
    start = time.perf_counter()
    with _guard(job):
        data = module.run(config)
    seconds = {"total": round(time.perf_counter() - start, 3)}
    # Times differ from run to run: they belong to the provenance, and data.nc stays the same.
    split = data.attrs.get("seconds", {})
    data = data.assign_attrs()
    data.attrs.pop("seconds", None)
    run = {
        "experiment": claim.name.partition(".")[0],
        "claim": claim.name,
        "command": shlex.join(["python", "-m", "experiments", claim.name, *preset, *job.fields]),
        "preset": "full" if committed else "quick" if config == module.QUICK else "custom",
        "config": dataclasses.asdict(config),
        "seconds": seconds | (json.loads(split) if isinstance(split, str) else dict(split)),
        **origin,
    }
    results.write_data(folder, data, run)
    return folder


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


def _folders_to_redraw(claim: Claim, job: Job) -> list[Path]:
    from experiments.lab import results

    kinds = {None: (True, False), "full": (True,), "quick": (False,)}[job.preset]
    folders = [results.claim_folder(job.results, claim.name, committed) for committed in kinds]
    found = [folder for folder in folders if (folder / "data.nc").exists()]
    if not found:
        raise ValueError(f"{claim.name} has no data.nc in {' or '.join(map(short, folders))}; run it first")
    return found


def _draw(claim: Claim, root: Path, folder: Path) -> Outcome:
    """Figures, table and verdicts from the data on disk: drawing and drawing again are the same thing."""
    import matplotlib.pyplot as plt

    from experiments.lab import results
    from experiments.lab.figures import use_style

    module = _load(claim, root)
    data = results.load_dataset(folder / "data.nc")
    verdicts = check_verdicts(module.verdicts(data))
    try:
        with use_style():
            names = results.write_drawn(folder, module.figures(data), module.table(data), verdicts)
    finally:
        plt.close("all")
    return Outcome(claim.name, folder, [name for name in names if name.endswith(".png")], verdicts)


def _use_compilation_cache() -> None:
    """Keep compiled programs between processes, in the user's cache; do without if it cannot be written."""
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    import jax

    from experiments.lab.results import instruction_sets, processor

    # One folder per processor: a home may be shared, and a program made for one may not run on another.
    machine = hashlib.sha256(f"{processor()} {instruction_sets()}".encode()).hexdigest()[:12]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "nnjax" / "xla" / machine
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
