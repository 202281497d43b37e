"""Run one claim, redraw one claim. The command line chooses the claims and prints their outcomes."""

import contextlib
import dataclasses
import json
import os
import shlex
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from experiments.lab import flags
from experiments.lab.checks import MOST_CHARACTERS
from experiments.lab.claims import Claim, Roles
from experiments.lab.records import read_run
from experiments.lab.text import ClaimResult, duration, full_times, relative
from experiments.lab.verdicts import Verdict, check_statements, check_verdicts, completed

# Packages whose versions may decide numbers.
PACKAGES = ("scipy", "scikit-learn", "mnist1d", "mlxtend", "espeakng-loader", "wordfreq")
KEEPS_NONE = "it keeps no stores (STORE = False in its config or its topic)"
PULSE = 60.0  # seconds between two lines on the progress of a run
# Beyond these a sweep needs --yes, unless it belongs to a preset.
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
    style: str | Path | None = None
    replication: int = 0  # which one; 0 is the experiment itself


class Refused(ValueError):
    """What the user asked for cannot be done, or needs --yes; told in one line, without a traceback."""


def configure(roles: Roles, job: Job) -> tuple[Any, bool]:
    """The Config asked for, and whether it is FULL and thus belongs to the committed results.

    Raises:
        Refused: for a flag that is no field of the Config, and for a value that is not allowed.
    """
    preset = roles.FULL if job.preset == "full" else roles.QUICK
    config = preset
    if job.fields:
        try:
            config = flags.parse(roles.Config, preset, job.fields, f"python -m experiments {job.claims[0].name}")
        except ValueError as error:
            raise Refused(str(error)) from None
    # Where QUICK and FULL are the same, a quick run still writes to results/quick/.
    untouched_quick = job.preset != "full" and config == roles.QUICK
    return config, bool(config == roles.FULL) and not untouched_quick


def check_writable(folder: Path) -> None:
    """Check, before anything is trained, that results can be written into a folder, which may not exist yet.

    Raises:
        Refused: naming the folder and what stands in the way.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.exists(path))
    try:
        # By an attempt, because file modes allow root to write even where it cannot.
        with tempfile.TemporaryDirectory(dir=there) as trial:
            Path(trial, folder.absolute().relative_to(there)).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"results cannot be written to {_end(folder)}: {_end(there)}: {error.strerror}") from None


def _end(path: Path) -> str:
    """A path for a message; of a long one, only its end."""
    text = relative(path)
    return text if len(text) <= 2 * MOST_CHARACTERS else f"...{text[3 - 2 * MOST_CHARACTERS :]}"


class Ready(NamedTuple):
    """What is known of a run before anything is trained; `stores` is None where its sweeps are not kept on disk."""

    roles: Roles
    config: Any
    committed: bool
    folder: Path
    stores: Path | None


def ready(claim: Claim, job: Job) -> Ready:
    """Check everything that can be checked before a run, and return what it needs.

    Raises:
        Refused: for a setting that is not allowed, and where results or stores cannot be written.
        ImportError: where a package is missing.
        ValueError: where a part of the claim is missing, or a statement is not complete.
    """
    from experiments.lab import results

    roles = Roles(claim, job.root)
    config, committed = configure(roles, job)
    _check_settings(roles, config, claim, job)
    folder = results.claim_folder(job.results, claim.name, committed, job.name)
    stores = _stores_folder(claim, roles, config, job)
    for place in [folder, *([stores] if stores else [])]:
        check_writable(place)
    roles.require()
    check_statements(roles.statements(config))
    return Ready(roles, config, committed, folder, stores)


def _check_settings(roles: Roles, config: Any, claim: Claim, job: Job) -> None:
    """Check the user's settings by the claim's own `check(config)`, or by `checks.check` where it has none.

    Raises:
        Refused: in the words of the ValueError, and for --keep-stores with a single claim that keeps no stores.
    """
    try:
        roles.check(config)
    except ValueError as error:
        raise Refused(flags.as_flags(str(error), roles.Config)) from error
    if job.keep_stores and not roles.store and len(job.claims) == 1:
        raise Refused(f"{KEEPS_NONE}, and takes no --keep-stores")


def run(claim: Claim, job: Job, checked: Ready) -> Path:
    """Train, and write data.nc and run.json into the folder that is returned; `checked` is what `ready` has found."""
    from experiments.lab import chance, code, parts, results, stores

    roles, config, committed, folder, own_stores = checked
    if job.keep_stores and not roles.store:
        print(f"{claim.name}: {KEEPS_NONE}", file=sys.stderr, flush=True)
    if told := _beginning(claim, roles, config, folder, job):
        print(told, flush=True)
    # Hashed before the run, because the code may be edited meanwhile.
    made_by = {"nnjax": code.library(), "claim": code.of(claim, job.root)}
    origin = results.of_this_process(job.root.parent) | {"code": made_by}
    start = time.perf_counter()
    own = folder / "parts" if committed and job.name is None else None
    limited = _in_git(claim, folder, job.root)
    with (
        chance.other(job.replication), _refuse_large_sweeps(job), _progress_lines(claim.name),
        _stores_of_run(own_stores, job, own) as kept, _parts_of_run(own, kept, origin, config, job, limited),
    ):  # fmt: skip
        data = roles.run(config)
        if not hasattr(data, "data_vars"):
            raise ValueError(f"run of {claim.name} returned a {type(data).__name__}: it must return an xarray.Dataset")
        of_parts = parts.of_this_run()
        earlier = of_parts.earlier_seconds + (kept.earlier_seconds if kept else 0.0)
        total = time.perf_counter() - start + earlier
        # Times differ from run to run: they belong to the provenance, and data.nc stays the same.
        data = data.assign_attrs()
        split, files = data.attrs.pop("seconds", {}), data.attrs.pop("files", {})
        seconds = {"total": round(total, 3)} | (json.loads(split) if isinstance(split, str) else dict(split))
        record = _record(claim, roles, config, committed, job) | {"seconds": seconds} | origin
        record["versions"] = origin["versions"] | _versions() | dict(data.attrs.get("versions", {}))  # and of peers
        record |= {"files": sorted(files)} if files else {}
        record |= {"parts": of_parts.origins()} if of_parts.used else {}
        if not limited and _is_replaced(folder, config):
            stores.move_aside(folder)
        results.write_data(folder, data, record, files, limited=limited)
        if of_parts.folder is not None:
            shutil.rmtree(of_parts.folder, ignore_errors=True)
    return folder


def _in_git(claim: Claim, folder: Path, root: Path) -> bool:
    """Whether a folder is that of the committed results of a claim, whose files must be small."""
    return folder.resolve() == claim.folder_in(root.parent / "results").resolve()


def _beginning(claim: Claim, roles: Roles, config: Any, folder: Path, job: Job) -> str:
    """Return what to print before a run: how long FULL took, where the results go, and those there that it moves.

    A QUICK run that moves none needs no line.
    """
    from experiments.lab import stores

    moved = ""
    if not _in_git(claim, folder, job.root) and _is_replaced(folder, config):
        moved = f"; those of other settings there are moved to {relative(stores.aside(folder))}/"
    if config == roles.QUICK and not job.fields and not moved:
        return ""
    took = f"{full_times([claim], job.root.parent / 'results')}; " if config == roles.FULL else f"{claim.name}: "
    changed = ", as these settings are not FULL" if job.preset == "full" and config != roles.FULL else ""
    return f"{took}results go to {relative(folder)}/{changed}{moved}"


def _is_replaced(folder: Path, config: Any) -> bool:
    """Whether a folder holds results of other settings than `config`. Those of QUICK do not count."""
    from experiments.lab import results

    there = read_run(folder) or {}
    return there.get("preset", "quick") != "quick" and there["config"] != results.to_json(dataclasses.asdict(config))


@contextlib.contextmanager
def _progress_lines(name: str) -> Iterator[None]:
    """If stderr is not a terminal, which shows a progress bar for each sweep, print a line of progress every minute."""
    if sys.stderr.isatty():
        yield
        return
    from nnjax import hooks

    start, over, plans, begun = time.perf_counter(), threading.Event(), [], []

    def review(plan: Any) -> None:
        plans.append(plan.num_networks)
        begun.clear()

    def listen(event: Any) -> None:
        if event.kind == "train":
            begun.append(event.num_networks)

    def tick() -> None:
        while not over.wait(PULSE):
            sweep = f"; sweep {len(plans)}, {sum(begun):,} of {plans[-1]:,} networks begun" if plans else ""
            print(f"{name}: {duration(time.perf_counter() - start)} so far{sweep}", file=sys.stderr, flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        with hooks.reviewing(review), hooks.listening(listen):
            yield
    finally:
        over.set()
        ticker.join()


def _record(claim: Claim, roles: Roles, config: Any, committed: bool, job: Job) -> dict[str, Any]:
    """What was run, and by which command."""
    preset = ["--preset", "full"] if job.preset == "full" else []
    return {
        "experiment": claim.name.partition(".")[0],
        "claim": claim.name,
        "command": shlex.join(["python", "-m", "experiments", claim.name, *preset, *job.fields]),
        "preset": "full" if committed else "quick" if config == roles.QUICK else "custom",
        "config": dataclasses.asdict(config),
        **({"replication": job.replication} if job.replication else {}),
    }


def _stores_folder(claim: Claim, roles: Roles, config: Any, job: Job) -> Path | None:
    """Where the sweeps of this run are kept, so that it can be resumed; a quick run keeps them only with --keep-stores.

    A claim about times or about stores says `STORE = False`, in its `config.py` or in its topic's `__init__.py`.
    """
    from experiments.lab import stores

    full = config == roles.FULL
    quick = config == roles.QUICK and not full
    if not roles.store or (quick and not job.keep_stores):
        return None
    key = "quick" if quick else stores.key(config, full)
    return job.results / "stores" / claim.name / (key if job.name is None else f"name-{job.name}-{key}")


def _stores_of_run(folder: Path | None, job: Job, parts: Path | None) -> contextlib.AbstractContextManager[Any]:
    """Keep the sweeps of this run in `folder`; with --fresh the `parts` of an earlier run are moved into it."""
    from experiments.lab import stores

    if folder is None:
        return contextlib.nullcontext()
    if job.fresh and parts is not None and parts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(parts, stores.aside(folder / "parts"))
    return stores.kept(folder, job.fresh, job.keep_stores)


def _versions() -> dict[str, str | None]:
    from nnjax import provenance

    return {name: provenance.version(name) for name in PACKAGES}


def _parts_of_run(
    folder: Path | None, kept: Any, origin: Mapping[str, Any], config: Any, job: Job, limited: bool
) -> contextlib.AbstractContextManager[Any]:
    """Keep the parts of this run in `folder`, or with its stores if that is None; without stores, keep no parts."""
    from experiments.lab import parts

    if kept is None:
        return contextlib.nullcontext()
    # Unlike the store of a sweep, a part holds what other packages computed.
    versions = {**origin["versions"], **_versions()}
    stamp = {**origin, "config": dataclasses.asdict(config), "versions": versions}
    place = folder or kept.folder / "parts"
    return parts.keeping(place, stamp, keep_stores=job.keep_stores, limited=limited)


def _refuse_large_sweeps(job: Job) -> contextlib.AbstractContextManager:
    """Refuse a very large sweep before it runs, if the user has changed the settings and has not said --yes."""
    if job.yes or not job.fields:
        return contextlib.nullcontext()
    import nnjax

    def review(plan: Any) -> None:
        seconds = plan.seconds(nnjax.machine.num_workers())
        if plan.num_networks > MOST_NETWORKS or seconds > MOST_SECONDS or plan.result_bytes > MOST_BYTES:
            lines = "; ".join(str(plan).splitlines())
            raise Refused(f"This is a large grid; add --yes to train it all the same: {lines}")

    return nnjax.hooks.reviewing(review)


def folder_to_redraw(claim: Claim, job: Job) -> Path:
    """The folder whose data are drawn again: the committed results, or the quick run where these have no data.nc.

    With a preset it is only the one or the other, and with --name only the run of that name.

    Raises:
        Refused: if no such folder has a data.nc, and if the one that has it cannot be written.
        ValueError: for a name of a run that may not be the name of a folder.
    """
    folders = _to_redraw(claim, job)
    if folder := _with_data(folders):
        check_writable(folder)
        return folder
    raise Refused(f"no data.nc in {' or '.join(map(relative, folders))}; run it first")


def can_be_redrawn(claim: Claim, job: Job) -> bool:
    """Whether a folder from which `folder_to_redraw` chooses has a data.nc. Whether it can be written is not checked.

    Raises:
        ValueError: for a name of a run that may not be the name of a folder.
    """
    return _with_data(_to_redraw(claim, job)) is not None


def _to_redraw(claim: Claim, job: Job) -> list[Path]:
    """The committed results, or a quick run where there are none; --preset quick asks for the quick run."""
    from experiments.lab import results

    kinds = {None: (True, False), "full": (True,), "quick": (False,)}[job.preset] if job.name is None else (False,)
    return [results.claim_folder(job.results, claim.name, committed, job.name) for committed in kinds]


def _with_data(folders: list[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / "data.nc").exists()), None)


def code_now(claim: Claim, root: Path) -> str | None:
    """The hash of the code of a claim as it is on disk; None if it cannot be read, which a run then reports."""
    from experiments.lab import code

    try:
        return code.of(claim, root)
    except (OSError, SyntaxError, ValueError):
        return None


def judged(claim: Claim, folder: Path, root: Path) -> list[Verdict]:
    """The verdicts on the data on disk, by the rules as they are now."""
    from experiments.lab import results

    record = _recorded(folder)
    with _seeds_of(record):
        return judge(Roles(claim, root), results.load_dataset(folder / "data.nc"), record)


def _seeds_of(record: Mapping[str, Any]) -> contextlib.AbstractContextManager[Any]:
    """The random seeds of the replication that was run, as a claim may draw samples of its data to judge them."""
    from experiments.lab import chance

    return chance.other(record.get("replication", 0))


def draw(claim: Claim, root: Path, folder: Path, style: str | Path | None = None, figures: bool = True) -> ClaimResult:
    """Make figures, table and verdicts from the data on disk; a redraw does exactly the same.

    With a style sheet they are made once more, in the subfolder `styled`. Without `figures`, as for a replication, no
    figure is drawn. If drawing fails and the data are of an earlier state of the claim, a note on the error says so.
    """
    record = _recorded(folder)
    try:
        with _seeds_of(record):
            return _drawn(claim, root, folder, record, style, figures)
    except (KeyError, AttributeError, ValueError) as error:
        if (record.get("code") or {}).get("claim") not in (None, code_now(claim, root)):
            told = f"were measured by an earlier state of {claim.name}, which has changed since; run it again"
            error.add_note(f"perhaps because the data in {relative(folder)} {told}")
        raise


def _recorded(folder: Path) -> dict[str, Any]:
    record = read_run(folder)
    if record is None:
        raise Refused(f"run.json in {relative(folder)} cannot be read; run it again")
    return record


def _drawn(
    claim: Claim, root: Path, folder: Path, record: Mapping[str, Any], style: str | Path | None, figures: bool
) -> ClaimResult:
    import matplotlib.pyplot as plt

    from experiments.lab import results
    from experiments.lab.figures import use_style

    roles = Roles(claim, root)
    data = results.load_dataset(folder / "data.nc")
    verdicts = judge(roles, data, record)
    names, places = [], {folder: None} | ({} if style is None else {folder / "styled": style})
    for place, sheet in places.items():
        limited = _in_git(claim, place, root)
        try:
            with use_style(sheet):
                drawn = roles.figures(data) if figures else {}
                if not isinstance(drawn, Mapping):
                    kind = type(drawn).__name__
                    raise ValueError(f"figures of {claim.name} returned a {kind}: it must return {{name: Figure}}")
                names = results.write_drawn(place, drawn, roles.table(data), verdicts, limited=limited)
        finally:
            plt.close("all")
    results.note_drawn(folder, root.parent)
    shown = [name for name in names if name.endswith((".png", ".gif"))]
    return ClaimResult(claim.name, folder, [*shown, *record.get("files", [])], verdicts)


def judge(roles: Roles, data: Any, record: Mapping[str, Any]) -> list[Verdict]:
    """The verdicts on `data`, checked against the statements for the Config of that run, with the command that ran."""
    verdicts = roles.verdicts(data)
    statements = roles.statements(recorded_config(roles, record["config"]))
    every = completed(check_verdicts(verdicts, statements), statements)
    return [v._replace(command=record["command"]) for v in every]


def recorded_config(roles: Roles, recorded: Mapping[str, Any]) -> Any:
    """The Config of a run.json. Settings that no longer exist are ignored; newer ones have their value in FULL."""
    known = {field.name for field in dataclasses.fields(roles.Config)}
    return dataclasses.replace(roles.FULL, **{k: _frozen(v) for k, v in recorded.items() if k in known})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def use_compilation_cache() -> None:
    """Keep compiled programs in the user's cache, unless JAX_COMPILATION_CACHE_DIR names another folder."""
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        from nnjax import machine

        machine.keep_programs()
