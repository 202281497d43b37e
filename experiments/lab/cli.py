"""The command line of the experiments: `python -m experiments`.

Claims are imported only when they run (or to show their own flags), so `--help` and `--list` answer at once.
"""

import argparse
import contextlib
import difflib
import functools
import inspect
import itertools
import os
import shlex
import signal
import sys
import textwrap
import time
import traceback
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple, NoReturn

from experiments.lab import estimates, flags, records, replication, runner, text
from experiments.lab.checks import cut
from experiments.lab.claims import OPTIONS, ROOT, Claim, Roles, choose, command, find_claims, with_file
from experiments.lab.drawing import drawing_process
from experiments.lab.text import ClaimResult

_EPILOG = """\
  python -m experiments                            the textbook's topics, QUICK, into results/quick/
  python -m experiments speed survival intervals   the engine and our own intervals, which run only when named
  python -m experiments xor --preset full          the committed results, into results/xor/
  python -m experiments xor.trained --seeds 200    one claim: every field of its Config is a flag
  python -m experiments xor.trained --help         these flags
  python -m experiments xor --redraw               figures, table and verdicts again, no training
  python -m experiments your_table prices.csv --target price    a table of your own
  python -m experiments report                     the page of the committed results, results/index.html
  python -m experiments report --preset quick      the same of the QUICK results, results/quick/index.html
"""
_MOST_REFUSED = 3
_INSTALL = "the experiments need more packages: pip install -e '.[experiments]'"


def main(argv: list[str] | None = None, root: Path | str = ROOT) -> NoReturn:
    """Run the command line and exit: 0, 1 (a claim failed), 2 (refused) or 130 (stopped). `root` holds the topics."""
    # Set first, because libraries read these when they are loaded. Figures go to files, so no display is needed. The
    # engine already has a thread for each core, with which threads of a linear algebra library would compete.
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    before = signal.signal(signal.SIGTERM, _interrupt)  # a batch system sends it when time is up
    try:
        status = _command(sys.argv[1:] if argv is None else argv, Path(root).resolve())
        sys.stdout.flush()
        sys.exit(status)
    except KeyboardInterrupt as stop:
        print(f"\n{str(stop) or 'stopped'}", file=sys.stderr)
        print(
            "What has ended is on disk, and most runs that are not QUICK resume where they were: name them again",
            file=sys.stderr,
        )
        sys.exit(130)
    except OSError as error:  # nothing more can be printed, for example after `| head` has ended
        if error.filename is not None:
            raise
        if not isinstance(error, BrokenPipeError):
            print(f"failed: the output cannot be written: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes the rest when it exits
        sys.exit(1)
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not disturb an orderly end
    raise KeyboardInterrupt


def _command(argv: list[str], root: Path) -> int:
    parser = _parser(root)
    options, rest = parser.parse_known_args(argv)
    names = list(itertools.takewhile(lambda token: not token.startswith("-"), rest))
    fields = rest[len(names) :]
    try:
        if (own := command(names, root)) is not None:
            print(inspect.getdoc(inspect.getmodule(own)) if options.help else own([*names[2:], *fields]))
            return 0
        every = find_claims(root)
        names, fields = with_file(names, fields, every, root)
        told = options.list or options.readme or options.help
        report = _is_report(names, fields)
        _check_names(names, every)
        claims = every if report or (told and not names) else choose(every, names)
        _check_fields(fields, names, claims, options.redraw)
        _check_name(options.name)
        _check_replicate(options, report)
        if not told:
            _check_results(str(options.results_dir))
            options.style = _check_style(options.style)
    except ValueError as error:
        parser.error(text.one_line(error))
    more = {name: getattr(options, name) for name in ("yes", "name", "fresh", "keep_stores", "style")}
    job = runner.Job(claims, options.preset, fields, Path(options.results_dir), root, **more)
    if options.replication:
        job = job._replace(results=estimates.folder(job.results, options.replication), replication=options.replication)
    if options.help:
        if names and len(claims) == 1:
            parser.description = f"{claims[0].name}: {claims[0].summary}"
            _add_fields(parser, claims[0], job)
        print(parser.format_help(), end="")
        if len(claims) > 1:
            print(f"\nexperiments:\n{text.listing(claims, root.parent / 'results')}")
    elif options.list:
        print(text.listing(claims, root.parent / "results"))
    elif options.readme:
        return _readme(job)
    elif report:
        print(f"The page: {text.relative(_report(job, job.preset == 'quick'))}")
    elif options.replicate:
        return _replicate(job, options.replicate, every)
    else:
        if options.redraw and not names:  # nothing is trained, so none is left out for the time that it takes
            job = job._replace(claims=[claim for claim in every if runner.can_be_redrawn(claim, job)] or claims)
        return _run_or_redraw(job, options.redraw, options.verbose or len(claims) == 1, options.compare)
    return 0


def _replicate(job: runner.Job, asked: str, every: list[Claim]) -> int:
    """Run claims again with other random numbers; at FULL, gather the estimates of all replications that exist."""
    full, committed = job.preset == "full", job.root.parent / "results"
    plan = replication.planned(job.claims, committed, asked)
    refused: dict[str, str] = {}
    if full:
        try:
            estimates.check_committed(every, job.results)
        except ValueError as error:
            print(f"failed: {error}", file=sys.stderr)
            return 2
        # Those with settings of the user's own are never gathered, and whoever names settings asks for them.
        planned = [] if job.fields else [claim for claim in job.claims if plan[claim.name]]
        refused = {one.name: why for one in planned if (why := replication.not_counted(one, job.results))}
        for name, why in refused.items():
            print(f"failed: {name}: its replications would not count, as {why}", file=sys.stderr, flush=True)
        job = job._replace(claims=[claim for claim in job.claims if claim.name not in refused])
        plan = {claim.name: plan[claim.name] for claim in job.claims}
        if refused and not any(plan.values()):
            return 2
    how = [f"--{name.replace('_', '-')}" for name in ("yes", "fresh", "keep_stores") if getattr(job, name)]
    if full:
        print(replication.described(plan, job.claims, committed), flush=True)
    status = replication.run(job.claims, job.results, plan, [*(["--preset", "full"] if full else []), *job.fields], how)
    if full:
        path, left_out = estimates.gather(every, job.results, functools.partial(runner.judged, root=job.root))
        print("\n".join([f"Estimates of every replication: {text.relative(path)}", *left_out]))
    return status or int(bool(refused))


def _report(job: runner.Job, quick: bool) -> Path:
    """Write the page of all results that exist, for every experiment; a named run has a page of its own."""
    from experiments.lab.report import index

    quick = job.preset != "full" if job.name else quick
    return index.write(find_claims(job.root), job.results, quick, job.name, _results_dir(job))


def _results_dir(job: runner.Job) -> list[str]:
    """The option by which another command finds the results of this one."""
    return [] if job.results == job.root.parent / "results" else ["--results-dir", str(job.results)]


def _redraw(job: runner.Job, name: str) -> str:
    """The command that draws again what this one has trained, and prints the verdicts."""
    which = ["--preset", job.preset or "quick"] if job.name is None else ["--name", job.name]
    return shlex.join(["python", "-m", "experiments", name, "--redraw", *which, *_results_dir(job)])


def _readme(job: runner.Job) -> int:
    """Fill the numbers of README.md in again, and return the exit status."""
    from experiments.lab.report import readme
    from experiments.lab.report.read import read

    path = job.root.parent / "README.md"
    try:
        changed = readme.rewrite(path, read(find_claims(job.root), job.root.parent / "results", ["--preset", "full"]))
    except (OSError, ValueError) as error:
        print(f"failed: {text.one_line(error)}", file=sys.stderr)
        return 1
    print(f"{text.relative(path)}: {'filled in anew' if changed else 'nothing has changed'}")
    return 0


def _parser(root: Path) -> argparse.ArgumentParser:
    program = "python -m experiments"
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} [NAME ...] [options] [fields of the Config]",
        description="Measure the textbook's claims about neural networks, on many trained networks.",
        epilog=f"examples:\n{_EPILOG}",
        formatter_class=functools.partial(argparse.RawDescriptionHelpFormatter, width=text.columns()),
        allow_abbrev=False,  # `--res 3` may be a field of a Config
        add_help=False,
    )
    add, results = parser.add_argument, root.parent / "results"
    add("--preset", choices=("quick", "full"), help="quick (the default), or full: the committed results")
    add(
        "--redraw",
        action="store_true",
        help="draw the committed results again (--preset quick: yours), no training; without a name, all there are",
    )
    add("--list", action="store_true", help="the experiments and what they claim")
    add("--readme", action="store_true", help="fill the numbers of the committed results into README.md")
    add("--results-dir", default=results, metavar="DIR", help="where results go (default: results)")
    add("--name", metavar="NAME", help="a name for this run: results go to results/runs/NAME")
    add("--fresh", action="store_true", help="start over; stores and parts of an unfinished run are moved aside")
    add("--keep-stores", action="store_true", help="keep every trained network's numbers, in results/stores")
    add(
        "--replicate",
        type=_replicates,
        metavar="K",
        help="run K times with other seeds, into results/replications/1 to K; auto: by how long FULL took",
    )
    add("--replication", type=_count, metavar="NUMBER", help="run with the other seeds of that replication alone")
    add("--compare", action="store_true", help="set each claim beside its committed results: settings and verdicts")
    add("--style", metavar="FILE", help="draw once more in this style of matplotlib, into styled/ beside the figures")
    add("--verbose", action="store_true", help="print every verdict (always on for a single claim)")
    add("--yes", action="store_true", help="train a very large grid without asking")
    add("-h", "--help", action="store_true", help="this text, and the flags of a claim that is named")
    return parser


def _replicates(token: str) -> str:
    """Check a number of replications given as text; `auto` is allowed too."""
    return token if token == replication.AUTO else str(_count(token))


def _count(token: str) -> int:
    """Parse a whole number from 1 to the most replications that have seeds of their own."""
    if not token.isdecimal() or not 1 <= int(token) <= replication.MOST:
        raise argparse.ArgumentTypeError(f"{token!r} must be a whole number from 1 to {replication.MOST}")
    return int(token)


def _is_report(names: list[str], fields: list[str]) -> bool:
    """Whether the page is asked for. It is about every experiment, so it takes no other name."""
    if "report" in names and (len(names) > 1 or fields):
        raise ValueError(f"report is a page of every experiment and takes no more, here {' '.join([*names, *fields])}")
    return names == ["report"]


def _check_names(names: list[str], every: list[Claim]) -> None:
    """Refuse two kinds of unknown names with what was probably meant: a table, and a claim of another topic."""
    known = {claim.name for claim in every} | {claim.name.partition(".")[0] for claim in every} | {"report"}
    for name in names:
        if name in known or "=" in name:  # a setting, of which `choose` tells how it is written
            continue
        told = f"unknown experiment {cut(repr(name))}"
        if Path(name).suffix in (".csv", ".tsv", ".txt", ".npz", ".parquet"):
            raise ValueError(
                f"{told}; for a table of yours write: your_table FILE --target COLUMN; other data are settings (--help)"
            )
        last = name.lower().rpartition(".")[2]
        if same := [one for one in sorted(known) if one.rpartition(".")[2] == last]:
            near = [one for one in same if one.partition(".")[0] in names] or same  # `xor trained`
            raise ValueError(f"{told}; did you mean {' or '.join(map(repr, near))}? (--list shows them all)")


def _check_fields(fields: list[str], names: list[str], claims: list[Claim], redraw: bool) -> None:
    if not fields:
        return
    if len(claims) != 1 or not names:
        near = difflib.get_close_matches(fields[0], map(flags.flag, OPTIONS), n=1, cutoff=0.75)
        hint = f"did you mean {near[0]}?" if near else "name exactly one claim, and its settings after it"
        raise ValueError(f"unknown option {fields[0]}; {hint} (--help lists the options)")
    if "--" in fields:
        raise ValueError("unknown option --; settings follow the name of their experiment as they are")
    if redraw:
        raise ValueError(f"--redraw draws what was run and takes no other settings, here {' '.join(fields)}")


def _add_fields(parser: argparse.ArgumentParser, claim: Claim, job: runner.Job) -> None:
    roles = Roles(claim, job.root)
    preset = "FULL" if job.preset == "full" else "QUICK"
    group = parser.add_argument_group(
        f"settings of {claim.name}, and their default in {preset} (scientific: what the experiment is about; nuisance: "
        "what is tuned; fixed: the same for all networks)"
    )
    for flag, told in flags.described(roles.Config, roles.FULL if preset == "FULL" else roles.QUICK).items():
        group.add_argument(flag, metavar="", help=told.replace("%", "%%"))


def _check_style(style: str | None) -> str | Path | None:
    if style is None:
        return None
    from experiments.lab.figures import style_sheet

    try:
        return style_sheet(style)
    except ValueError as error:
        raise ValueError(f"--style {error}") from None


def _check_name(name: str | None) -> None:
    if name is not None:
        from experiments.lab.results import checked_name

        checked_name(name)


def _check_replicate(options: argparse.Namespace, report: bool) -> None:
    without = ("name", "redraw", "compare", "style", "replication", "list", "readme")
    others = [f"--{name}" for name in without if getattr(options, name)] + ["report"] * report
    if options.replicate and others:
        raise ValueError(f"--replicate writes into results/replications/ and draws nothing; it takes no {others[0]}")
    if options.replicate == replication.AUTO and options.preset != "full":
        raise ValueError("--replicate auto goes by how long FULL took, and needs --preset full")


def _check_results(folder: str) -> None:
    try:
        if not folder:
            raise ValueError("takes the name of a folder")
        runner.check_writable(Path(folder))
    except ValueError as error:
        raise ValueError(f"--results-dir {cut(repr(folder))}: {error}") from None


def _run_or_redraw(job: runner.Job, redraw: bool, verbose: bool, compare: bool) -> int:
    """Run or redraw claim by claim. One that fails is reported at the end and stops no other."""
    waiting: list[Drawing] = []
    outcomes: list[ClaimResult] = []
    failures: list[tuple[str, BaseException]] = []
    claims, code, checked = job.claims, dict[str, str | None](), dict[str, runner.Ready]()
    try:
        if not redraw:
            runner.use_compilation_cache()
            code = {claim.name: runner.code_now(claim, job.root) for claim in job.claims}
            checked = _ready(job, failures)
            claims = [claim for claim in job.claims if claim.name in checked]
    except ModuleNotFoundError as error:
        print(f"{error}\n{_INSTALL}", file=sys.stderr)
        return 1
    if job.preset == "full" and len(claims) > 1 and not redraw:
        print(text.full_times(claims, job.root.parent / "results"), flush=True)
    column = max((len(claim.name) for claim in claims), default=0)
    with drawing_process(len(claims)) as draw, contextlib.ExitStack() as at_end:

        def finish(every: bool = False) -> None:
            while waiting and (every or waiting[0].future.done()):
                _print_claim(waiting.pop(0), job, outcomes, failures, verbose)

        at_end.callback(finish, every=True)  # also after Ctrl-C
        for number, claim in enumerate(claims, start=1):
            start = time.perf_counter()
            try:
                # Shared modules are imported once: after an edit, old and new code would mix unnoticed.
                if not redraw and runner.code_now(claim, job.root) != code[claim.name]:
                    raise runner.Refused("its code has changed since this process began; run it again")
                # Read before a run overwrites it.
                committed = records.recorded(claim.folder_in(job.root.parent / "results")) if compare else None
                folder = runner.folder_to_redraw(claim, job) if redraw else runner.run(claim, job, checked[claim.name])
                seconds = None if redraw else time.perf_counter() - start
                head = f"[{number:>{len(str(len(claims)))}}/{len(claims)}] {claim.name:<{column}}"
                drawing = draw(claim, job.root, folder, job.style, not job.replication)
                waiting.append(Drawing(claim, head, seconds, committed, drawing))
            except BrokenPipeError:
                raise
            except (Exception, SystemExit) as error:
                failures.append((claim.name, _reported(error, claim, job)))
            finish()
    _print_end(job, redraw, outcomes, failures)
    refused = all(isinstance(error, runner.Refused) for _, error in failures)
    return 0 if not failures else 2 if refused and not outcomes else 1


def _ready(job: runner.Job, failures: list[tuple[str, BaseException]]) -> dict[str, runner.Ready]:
    """The claims that can run, by their names. What stands against the others is added to `failures`, and told at once
    if anything is trained, which may take hours.
    """
    found, before = {}, len(failures)
    for claim in job.claims:
        try:
            found[claim.name] = runner.ready(claim, job)
        except (Exception, SystemExit) as error:
            failures.append((claim.name, _reported(error, claim, job)))
    for name, error in failures[before:] if found else []:
        print(f"not run: {name}: {text.one_line(error)}", file=sys.stderr, flush=True)
    return found


def _reported(error: BaseException, claim: Claim, job: runner.Job) -> BaseException:
    """An error that the user's settings caused is reported in one line; one of ours keeps its traceback."""
    if job.fields and _is_told(error, job.root):
        said = str(error) or f"not enough memory for {' '.join(job.fields)}"
        error = runner.Refused(flags.as_flags(said, Roles(claim, job.root).Config))
    if not isinstance(error, runner.Refused):
        traceback.print_exception(error)
    return error


def _is_told(error: BaseException, root: Path) -> bool:
    """Whether the user's settings caused an error: a lack of memory, or a ValueError that our code raises on purpose.

    A ValueError that comes out of numpy or jax, or of an operation such as float("x"), is a fault in our code.
    """
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return True
    last = traceback.extract_tb(error.__traceback__)[-1]
    ours = (ROOT.parent / "nnjax", ROOT, root)
    return (
        isinstance(error, ValueError)
        and any(Path(last.filename).is_relative_to(folder) for folder in ours)
        and str(last.line).lstrip().startswith("raise ")
    )


class Drawing(NamedTuple):
    """A claim that has run and is being drawn: the beginning of its line, how long it ran (None for a redraw), the
    committed results if they are to be compared, and the future that gives its outcome.
    """

    claim: Claim
    head: str
    seconds: float | None
    committed: records.Recorded | None
    future: Future[ClaimResult]


def _print_claim(
    drawing: Drawing,
    job: runner.Job,
    outcomes: list[ClaimResult],
    failures: list[tuple[str, BaseException]],
    verbose: bool,
) -> None:
    """Print a claim's line once it is drawn, and its verdicts and the comparison where they are wanted."""
    try:
        outcome = drawing.future.result()
    except Exception as error:
        if not isinstance(error, runner.Refused | BrokenProcessPool):
            traceback.print_exception(error)
        failures.append((drawing.claim.name, error))
        return
    outcomes.append(outcome)
    seconds = "" if drawing.seconds is None else f"  ({drawing.seconds:.1f} s)"
    print(f"{drawing.head}  {text.counts(outcome.verdicts)}{seconds}", flush=True)
    if verbose:
        terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        if outcome.verdicts:
            print(text.verdict_table(outcome.verdicts, text.columns(), terminal and not os.environ.get("NO_COLOR")))
        files = f"in {text.relative(outcome.folder)}/: table.csv, {', '.join(outcome.figures) or 'no figures'}"
        files += "" if job.style is None else "; the figures in your style are in styled/ there"
        print(textwrap.fill(files, text.columns(), subsequent_indent="    ", break_on_hyphens=False))
    if drawing.committed is not None:
        print(f"\n{text.comparison(drawing.committed, records.recorded(outcome.folder))}", flush=True)


def _print_end(
    job: runner.Job, redraw: bool, outcomes: list[ClaimResult], failures: list[tuple[str, BaseException]]
) -> None:
    """Print what comes last: a row for each topic, where the figures are, what failed, and what to do next."""
    if len(outcomes) > 1:
        print(f"\n{text.topics(outcomes)}\n")
        places = {text.relative(outcome.folder.parents[1]) for outcome in outcomes}
        print(f"Figures, tables and verdicts: {' and '.join(f'{place}/<topic>/<claim>/' for place in sorted(places))}")
        if not job.replication:
            with contextlib.suppress(OSError):  # the results are written, and `report` can make the page later
                kinds = {outcome.folder.is_relative_to(job.results / "quick") for outcome in outcomes}
                pages = [text.relative(_report(job, quick)) for quick in sorted(kinds)]
                print(f"All of them, for a browser: {' and '.join(pages)}")
        if job.preset != "full" and not redraw:
            print("QUICK trains a few small networks; the committed results under results/ are FULL.")
        if not redraw:
            print(f"Next: {_redraw(job, outcomes[0].name)}   (prints its verdicts; --help lists everything)")
    elif outcomes and not job.replication:
        _tell_page(job, outcomes[0].folder)
    # If every claim was refused, for example because none has results to redraw, only the first reasons are shown.
    refused = not outcomes and all(isinstance(error, runner.Refused) for _, error in failures)
    shown = failures[:_MOST_REFUSED] if refused else failures
    for name, error in shown:
        kind = "" if isinstance(error, runner.Refused) else f"{type(error).__name__}: "
        gap = "" if kind == "" and not outcomes else "\n"  # no blank line where nothing was printed before
        print(f"{gap}failed: {name}: {kind}{text.one_line(error)}", file=sys.stderr)
        if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith(f"{job.root.name}."):
            print(f"    {_INSTALL}", file=sys.stderr)
        if isinstance(error, BrokenProcessPool) and not redraw:
            print(f"    it has been trained; draw it with {_redraw(job, name)}", file=sys.stderr)
        for note in getattr(error, "__notes__", []):
            print(f"    {note}", file=sys.stderr)
    if len(shown) < len(failures):
        print(f"failed: {len(failures) - len(shown)} more", file=sys.stderr)


def _tell_page(job: runner.Job, folder: Path) -> None:
    """Say how a page that is older than these results is made anew."""
    quick = folder.is_relative_to(job.results / "quick")
    page = (
        job.results / "runs" / job.name if job.name else job.results / "quick" if quick else job.results
    ) / "index.html"
    if page.exists():
        preset = ["--preset", job.preset or "quick"] if job.name or quick else []
        which = [*(["--name", job.name] if job.name else []), *preset]
        made = shlex.join(["python", "-m", "experiments", "report", *which, *_results_dir(job)])
        print(f"{text.relative(page)} is from before this run; make it anew with: {made}")
