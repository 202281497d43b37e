"""One claim: train, write its data, judge and draw them from the disk. A redraw does the second half alone."""

import contextlib
import dataclasses
import hashlib
import json
import os
import shlex
import threading
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any, NamedTuple

from experiments.lab import flags, repeat, results
from experiments.lab.claims import ROOT, Claim, Refused, load

INSTALL = "the experiments need more packages: pip install -e '.[experiments]'"
# Beyond these a sweep of settings that a user has changed needs --yes.
MOST_NETWORKS, MOST_SECONDS, MOST_BYTES = 1_000_000, 3600.0, 4e9
STALE = ("*.png", "*.gif", "table.csv")


class Job(NamedTuple):
    """What the command line asks for, of every claim."""

    root: Path = ROOT
    full: bool = False
    fields: Sequence[str] = ()  # flags of the claim's Config
    out: Path | None = None
    redraw: bool = False
    repeat: int = 0  # the number of a run with other seeds
    fresh: bool = False
    dirty: bool = False
    yes: bool = False
    style: str | None = None
    captions: bool = True

    @property
    def committed(self) -> Path:
        return self.root.parent / "results"


class Ready(NamedTuple):
    """What is known before anything is trained."""

    module: ModuleType
    config: Any
    preset: str  # full, quick or custom
    base: Path  # of the results
    folder: Path
    of: str  # the hash of what is measured: the claim's code and its Config


class Outcome(NamedTuple):
    """What a claim came to: its verdicts, or an error in one line."""

    claim: Claim
    job: Job
    folder: Path = Path()
    verdicts: Sequence[dict[str, Any]] = ()
    seconds: float | None = None
    of: str = ""
    error: str = ""


def ready(claim: Claim, job: Job) -> Ready:
    """Import a claim and check what can be checked before a run; refuses FULL from a tree with changes."""
    from experiments.lab import code
    from nnjax.provenance import commit

    module = load(claim, job.root)
    full, quick = module.Config(), module.QUICK
    start = full if job.full else quick
    config = flags.parse(start, job.fields) if job.fields else start
    if not job.redraw:
        check(module, config)
    preset = "custom" if config not in (full, quick) else "full" if job.full and config == full else "quick"
    base = job.out or (job.committed if preset == "full" else job.committed / "quick")
    folder = claim.folder(base / "repeats" / str(job.repeat) if job.repeat else base)
    if (
        not job.redraw
        and base == job.committed
        and not job.dirty
        and (state := commit(job.root.parent))[1] is not False
    ):
        why = "the code has changes since its last commit" if state[0] else "this is no git repository"
        raise Refused(f"results of FULL are not written: {why} (--dirty writes them, --out DIR elsewhere)")
    try:
        results.check_writable(folder)
    except OSError as error:
        raise Refused(f"{results.relative(folder)} cannot be written: {error.strerror}") from None
    of = _hash(dataclasses.asdict(config), code.of(claim, job.root))
    return Ready(module, config, preset, base, folder, of)


def check(module: ModuleType, config: Any) -> None:
    """Raise Refused where a setting is not allowed: by itself, or by the claim's own `check`."""
    flags.check(config)
    if hasattr(module, "check"):
        try:
            module.check(config)
        except ValueError as error:
            raise Refused(flags.as_flags(str(error), type(config))) from None


def attempt(claim: Claim, job: Job) -> Outcome:
    """Run or redraw a claim; an error is caught, so that the other claims run."""
    try:
        known = ready(claim, job)
        seconds = None if job.redraw else train(claim, job, known)
        return Outcome(claim, job, known.folder, judge(claim, job, known), seconds, known.of)
    except Exception as error:
        return Outcome(claim, job, error=one_line(error, job))


def train(claim: Claim, job: Job, known: Ready) -> float:
    """Run the claim and write data.nc and run.json; returns the seconds, with those of sessions that were killed."""
    from experiments.lab import code, resume
    from nnjax import machine

    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        machine.keep_programs()
    preset = ["--preset", "full"] if job.full else []
    origin = results.provenance(job.root.parent)
    record: dict[str, Any] = {
        "claim": claim.name, "preset": known.preset, "config": dataclasses.asdict(known.config),
        "command": shlex.join(["python", "-m", "experiments", claim.name, *preset, *job.fields]),
        "of": known.of, "judged_by": judged_by(claim, job, known.module), "repeat": job.repeat, **origin,
    }  # fmt: skip
    key = _hash(known.of, job.repeat, code.library(), *(origin[name] for name in ("versions", "device", "devices")))
    place = claim.folder(known.base / "unfinished") / key
    of_parts = {name: origin[name] for name in ("commit", "processor")}
    stores = known.preset != "quick" and getattr(known.module, "STORE", True)
    with (
        repeat.other(job.repeat), _refusing_large_sweeps(job), resume.progress_lines(claim.name),
        resume.resuming(place, of_parts, job.fresh, stores) as spent,
    ):  # fmt: skip
        data = known.module.run(known.config)
        record["versions"] |= data.attrs.pop("versions", {})  # of packages that this claim alone uses
        files = data.attrs.pop("files", {})  # of a user's tool, such as a trained model, by name
        record |= {"seconds": round(spent(), 1), "parts": resume.here().made_by()}
        with results.replacing(known.folder, *STALE, "verdicts.json") as room:
            most = results.MOST_BYTES if known.base == job.committed else float("inf")
            results.save(data, room / "data.nc", most)
            results.write_json(room / "run.json", record)
            for name, content in files.items():
                results.write_file(room / name, content)
    return record["seconds"]


def judge(claim: Claim, job: Job, known: Ready) -> list[dict[str, Any]]:
    """Verdicts, table and figures of the data on disk; of a repeat the verdicts alone."""
    from experiments.lab import figures, verdicts

    record = results.read_json(known.folder / "run.json")
    if record is None or not (known.folder / "data.nc").exists():
        raise Refused(f"there are no results in {results.relative(known.folder)}; run it first")
    module, others = known.module, [] if job.repeat else results.read_table(known.base / "repeats.csv")
    data = verdicts.labelled(results.load(known.folder / "data.nc"), module.NAMES)
    rows = verdicts.verdicts(module.STATEMENTS, data)
    less = "" if record["preset"] == "full" else settings(record["config"], module.Config())
    stated, by = {one.id: one for one in module.STATEMENTS}, judged_by(claim, job, module)
    for row in rows:
        row |= {"code": record["of"], "judged_by": by[row["id"]]}
        row["here"] = {name: row[name] for name in ("outcome", *repeat.NUMBERS)}
        row["finding"] += less and f" Settings: {less}."
        mine = repeat.of_statement(others, claim.name, row) if stated[row["id"]].random else []
        decides = repeat.confirmation(mine, row)
        if decides:
            row |= verdicts.confirmed(stated[row["id"]], row, decides)
        row["finding"] += verdicts.of_size(row)
        row["finding"] += repeat.same([one for one in mine if one is not decides], row["outcome"])
    if not (job.style and job.redraw):  # figures for slides change no other file
        with results.replacing(known.folder, *(() if job.repeat else STALE)) as room:
            results.write_json(room / "verdicts.json", rows)
            if not job.repeat:
                results.write_table(module.table(data), list(module.NAMES), room / "table.csv")
                figures.save(module.FIGURES, data, room, captions=job.captions)
    if job.style:
        with results.replacing(known.folder / "styled", *STALE) as room:
            figures.save(module.FIGURES, data, room, job.style, job.captions)
    return rows


def judged_by(claim: Claim, job: Job, module: ModuleType) -> dict[str, str]:
    """The hash of the rule and the measure of each statement."""
    from experiments.lab import code

    return {one.id: code.of_rule(claim, job.root, one.rule, one.measure) for one in module.STATEMENTS}


def settings(config: dict[str, Any], full: Any) -> str:
    """The settings that differ from FULL: `seeds 200, not 1,000; solvers Adam of 3`."""
    shown = []
    for name, there in results.plain(dataclasses.asdict(full)).items():
        here = config.get(name, there)
        if here == there:
            continue
        if isinstance(here, list) and isinstance(there, list):
            subset = set(map(str, here)) <= set(map(str, there))
            told = f"{', '.join(map(str, here))}{f' of {len(there)}' if subset else ''}"
        else:
            told = f"{_number(here)}, not {_number(there)}"
        shown.append(f"{name.replace('_', ' ')} {told}")
    return "; ".join(shown)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def is_there(known: Ready) -> bool:
    """Whether results of this code and these settings are on disk."""
    return (results.read_json(known.folder / "run.json") or {}).get("of") == known.of


def attempts(tasks: Sequence[tuple[Claim, Job]], side_by_side: int = 1, apart: bool = False) -> Iterator[Outcome]:
    """The outcomes of all tasks: in their order and in this process, or as they end, from so many processes.

    Processes share the cores and take one task after another, the last ones first, as later topics take longest; where
    tasks are kept `apart`, each has a process of its own.
    """
    if side_by_side < 2 and not apart:
        yield from (attempt(*task) for task in tasks)
        return
    if side_by_side > 1:
        os.environ["TQDM_DISABLE"] = "1"  # bars of several processes would mix
    idle = SimpleQueue[_Process]()
    for share in range(side_by_side):
        idle.put(_Process(share, side_by_side))

    def outcome(task: tuple[Claim, Job]) -> Outcome:
        process = idle.get()
        try:
            return process.attempt(*task)
        finally:
            if apart:
                process.end()
            idle.put(process)

    threads = ThreadPoolExecutor(side_by_side)
    try:
        yield from (one.result() for one in as_completed([threads.submit(outcome, task) for task in tasks[::-1]]))
    except BaseException:  # what is under way is not waited for, as it can be resumed
        threads.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.kill()
        raise
    finally:
        threads.shutdown(cancel_futures=True)
        while not idle.empty():
            idle.get().end()


class _Process:
    """A process that attempts one task after another; one that was killed breaks its own task, and is replaced."""

    def __init__(self, share: int, of: int) -> None:
        self.share = share, of
        self.pool: ProcessPoolExecutor | None = None

    def attempt(self, claim: Claim, job: Job) -> Outcome:
        # Spawned, as a process that runs JAX must not be forked.
        self.pool = self.pool or ProcessPoolExecutor(1, get_context("spawn"), _begin, self.share)
        try:
            return self.pool.submit(attempt, claim, job).result()
        except BrokenProcessPool:
            self.end()
            return Outcome(claim, job, error="its process was killed, perhaps for memory; run it again to resume")

    def end(self) -> None:
        if self.pool:
            self.pool.shutdown()
        self.pool = None


def _begin(share: int, of: int) -> None:
    """Begin a process: it has a share of the cores, as sweeps have a worker for each, and it ends with its parent.

    Else a process whose parent was killed trains on, and holds the stores that the next run wants to resume.
    """
    if hasattr(os, "sched_setaffinity") and (cores := sorted(os.sched_getaffinity(0))[share::of]):
        os.sched_setaffinity(0, cores)
    parent = parent_process()
    threading.Thread(target=lambda: (parent and parent.join(), os._exit(1)), daemon=True).start()


def _refusing_large_sweeps(job: Job) -> contextlib.AbstractContextManager[None]:
    """Refuse a very large sweep before it is trained, where the user has changed the settings without --yes."""
    if job.yes or not job.fields:
        return contextlib.nullcontext()
    import nnjax

    def review(plan: Any) -> None:
        seconds = plan.seconds(nnjax.machine.num_workers())
        if plan.num_networks > MOST_NETWORKS or seconds > MOST_SECONDS or plan.result_bytes > MOST_BYTES:
            told = "; ".join(str(plan).splitlines())
            raise Refused(f"this is a large grid; add --yes to train it all the same: {told}")

    return nnjax.hooks.reviewing(review)


def one_line(error: BaseException, job: Job | None = None) -> str:
    """An error for the end of the output; the traceback of a fault in our code is printed before.

    A ValueError or a lack of memory is the user's where the settings are.
    """
    memory = isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
    of_user = bool(job and job.fields) and (isinstance(error, ValueError) or memory)
    if isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] not in ("experiments", "nnjax"):
        return f"{error}; {INSTALL}"
    if memory:
        return f"not enough memory for {' '.join(job.fields) if job else 'it'}"
    if not isinstance(error, Refused) and not of_user:
        traceback.print_exception(error)
    kind = "" if isinstance(error, Refused) or of_user else f"{type(error).__name__}: "
    return f"{kind}{' '.join(str(error).split())[:600]}"


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(results.plain(parts), sort_keys=True).encode()).hexdigest()[:16]
