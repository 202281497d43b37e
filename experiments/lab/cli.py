"""The command line. Claims are imported only when they run, or to show their own settings."""

import argparse
import difflib
import inspect
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from experiments.lab import claims, flags, repeat, results, runner, terminal
from experiments.lab.claims import ROOT, Claim, Refused

EXAMPLES = """examples:
  python -m experiments                              every claim, QUICK, into results/quick/
  python -m experiments xor --preset full            a topic, as committed, into results/
  python -m experiments xor.trained --seeds 200      a claim: its settings are flags (xor.trained --help)
  python -m experiments xor.trained --redraw         verdicts, table and figures again, from the committed data
  python -m experiments xor.trained --repeat 8       and eight times with other seeds
  python -m experiments your_table prices.csv --target price      a table of your own
  python -m experiments speed                        how fast the engine is
  python -m experiments report                       the page of the committed results (--preset quick: of yours)"""
COMMANDS = ("report", "speed", "repeats")  # names that are no topics


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> NoReturn:
    """Run the command line and exit: 0, 1 (a claim failed), 2 (refused), 130 (stopped). `root` holds the topics."""
    # Set before libraries are loaded: figures go to files, and the engine has a thread for each core.
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as batch systems send
    try:
        status = _command(sys.argv[1:] if argv is None else list(argv), Path(root))
        sys.stdout.flush()
        sys.exit(status)
    except Refused as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # as after `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(argv: list[str], root: Path) -> int:
    options, names, fields = _parsed(argv)
    if names[:1] and names[0] in COMMANDS:
        return _other_command(names, fields, options, root)
    every = claims.find(root)
    if command := _of_topic(names, root):
        preset = [] if options.preset is None else ["--preset", options.preset]
        print(inspect.getdoc(inspect.getmodule(command)) if options.help else command([*names[2:], *preset, *fields]))
        return 0
    names, fields = _with_file(names, fields, every, root)
    chosen = claims.choose(every, names) if names or not options.redraw else every
    if fields and (len(chosen) != 1 or not names):
        near = difflib.get_close_matches(fields[0], OPTIONS, n=1, cutoff=0.75)
        told = f"did you mean {near[0]}?" if near else "settings follow the name of exactly one experiment"
        raise Refused(f"there is no option {fields[0]}; {told}")
    if options.redraw and fields:
        raise Refused(f"--redraw draws what was run and takes no settings, here {' '.join(fields)}")
    full = options.preset == "full" or (options.redraw and options.preset is None)  # committed ones are drawn again
    job = runner.Job(
        root, full, fields, options.out and options.out.resolve(), options.redraw, fresh=options.fresh,
        dirty=options.dirty, yes=options.yes, style=_style(options.style), captions=not options.no_caption,
    )  # fmt: skip
    if options.help:
        print(_parser().format_help())
        if names and len(chosen) == 1:
            module = claims.load(chosen[0], root)
            preset = module.Config() if job.full else module.QUICK
            print(f"settings of {chosen[0].name}, with their values in {'FULL' if job.full else 'QUICK'}:")
            print(flags.help_of(preset))
    elif options.list:
        print(terminal.listing(every if not names else chosen, job.committed))
    elif options.readme:
        from experiments.lab.report import readme

        print("filled in anew" if readme.write(root.parent / "README.md", every, job.committed) else "unchanged")
    else:
        return _run(chosen, job, options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m experiments", usage="%(prog)s [topic | topic.claim ...] [options] [settings of one claim]",
        description="Measure what is claimed about small networks, on many trained networks.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, add_help=False,
    )  # fmt: skip
    add = parser.add_argument
    add("--preset", choices=("quick", "full"), help="quick (the default), or full: what is committed")
    add("--list", action="store_true", help="the experiments, the time of FULL, their outcomes and questions")
    add("--out", type=Path, metavar="DIR", help="where results go (default: results/quick; FULL: results)")
    add("--redraw", action="store_true", help="verdicts, table and figures of the data there, without training")
    add("--compare", action="store_true", help="beside the committed results: settings and outcomes")
    add("--repeat", type=_count, default=0, metavar="K", help="and K times with seeds that nobody has seen")
    add("--jobs", type=_count, default=1, metavar="N", help="so many claims side by side, in processes")
    add("--fresh", action="store_true", help="do not resume what was killed")
    add("--dirty", action="store_true", help="write results of FULL although the code has uncommitted changes")
    add("--yes", action="store_true", help="train a very large grid without asking")
    add("--style", metavar="FILE", help="draw in this style of matplotlib, into styled/ beside the figures")
    add("--no-caption", action="store_true", help="figures without their captions, as for slides")
    add("--readme", action="store_true", help="write what is generated in README.md")
    add("--help", "-h", action="store_true", help="this text, and the settings of a claim that is named")
    return parser


def _count(token: str) -> int:
    if not token.isdecimal() or not 1 <= int(token) <= repeat.MOST:
        raise argparse.ArgumentTypeError(f"{token!r} must be a whole number from 1 to {repeat.MOST}")
    return int(token)


OPTIONS = [flag for action in _parser()._actions for flag in action.option_strings]


def _parsed(argv: list[str]) -> tuple[argparse.Namespace, list[str], list[str]]:
    """The options, the names of claims, and what is left: settings."""
    parser = _parser()
    parser.error = _refuse  # in one line, without the usage
    options, rest = parser.parse_known_args(argv)
    first = next((i for i, token in enumerate(rest) if token.startswith("-")), len(rest))
    return options, rest[:first], rest[first:]


def _refuse(message: str) -> NoReturn:
    raise Refused(message)


def _other_command(names: list[str], fields: list[str], options: argparse.Namespace, root: Path) -> int:
    """`report`, `speed` or `repeats`."""
    every, committed = claims.find(root), root.parent / "results"
    base = committed / "quick" if options.preset == "quick" else options.out or committed
    if names[0] == "speed":
        os.environ.pop("OPENBLAS_CORETYPE", None)  # before NumPy is loaded, which is slow where it is set
        print(claims.imported("speed.command", root).command([*names[1:], *fields], options.help, options.preset))
        return 0
    if names[1:] or fields:
        raise Refused(f"{names[0]} is about all experiments and takes no more, here {' '.join([*names[1:], *fields])}")
    if names[0] == "repeats":
        verdicts = {claim.name: _recorded(claim.folder(base))[1] or [] for claim in every}
        known = {name: {one["id"]: one for one in some} for name, some in verdicts.items()}
        print(repeat.summary(results.read_table(base / "repeats.csv"), known))
    else:
        from experiments.lab.report import page

        print(f"The page: {results.relative(page.write(every, base))}")
    return 0


def _of_topic(names: list[str], root: Path) -> Any:
    """The function for `your_table predict ...`, where the topic has COMMANDS = ("predict",); else None."""
    folder = root / (names or [""])[0]
    if len(names) < 2 or not (folder / "__init__.py").exists():
        return None
    known = claims.literal(folder, "COMMANDS", ())
    return claims.imported(f"{names[0]}.{names[1]}", root).command if names[1] in known else None


def _with_file(names: list[str], fields: list[str], every: list[Claim], root: Path) -> tuple[list[str], list[str]]:
    """`your_table prices.csv` as `your_table.right_tool --data prices.csv`, where the topic has FILE = "right_tool"."""
    known = {part for claim in every for part in (claim.name, claim.topic)}
    if len(names) != 2 or names[0] not in known or names[1] in known or "." not in names[1]:
        return names, fields
    topic = names[0].partition(".")[0]
    claim = claims.literal(root / topic, "FILE", None)
    return (names, fields) if claim is None else ([f"{topic}.{claim}"], ["--data", names[1], *fields])


def _style(file: str | None) -> str | None:
    if file is not None:
        import matplotlib.style

        if not Path(file).exists() and file not in matplotlib.style.available:
            raise Refused(f"--style {file}: {claims.hint(file, matplotlib.style.available)}")
    return file


def _run(chosen: list[Claim], job: runner.Job, options: argparse.Namespace) -> int:
    """Run, repeat or redraw claim by claim; a failure is reported at the end and stops no other claim."""
    failed: list[tuple[Claim, str]] = []
    ready = {claim: known for claim in chosen if (known := _ready(claim, job, failed))}
    if job.redraw and len(ready) > 1:  # those of a topic that were run
        ready = {claim: known for claim, known in ready.items() if runner.is_there(known)}
    before = {claim: _recorded(claim.folder(job.committed)) for claim in ready}  # a run may overwrite it
    if not job.redraw:
        _announce(ready, before, job)
    _repeats(ready, job, options, failed)
    there = {claim for claim, known in ready.items() if options.repeat and runner.is_there(known)}
    due = [(claim, job._replace(redraw=job.redraw or claim in there)) for claim in ready]
    good: list[runner.Outcome] = []
    for number, outcome in enumerate(runner.attempts(due, options.jobs), start=1):
        _report(outcome, f"[{number}/{len(due)}]", failed)
        if not outcome.error:
            good.append(outcome)
            if options.compare:
                print(terminal.comparison(before[outcome.claim], _recorded(outcome.folder)), flush=True)
    _end(good, job, {ready[outcome.claim].base for outcome in good})
    for claim, error in failed:
        print(f"failed: {claim.name}: {error}", file=sys.stderr)
    return 0 if not failed else 1 if ready else 2


def _ready(claim: Claim, job: runner.Job, failed: list[tuple[Claim, str]]) -> runner.Ready | None:
    """What is known of a claim before anything is trained; None, and why, where it cannot run."""
    try:
        return runner.ready(claim, job)
    except Exception as error:  # a broken claim too
        failed.append((claim, runner.one_line(error, job)))
        return None


def _announce(ready: dict[Claim, runner.Ready], before: dict[Claim, tuple[Any, Any]], job: runner.Job) -> None:
    """Where the results of changed settings begin, and how long FULL took."""
    if job.fields:
        start = "FULL" if job.full else "QUICK (--preset full starts from FULL)"
        print(f"settings start from {start}; results go to {results.relative(next(iter(ready.values())).folder)}"
              if ready else "", flush=True)  # fmt: skip
    if times := [before[claim][0]["seconds"] for claim, known in ready.items()
                 if known.preset == "full" and before[claim][0]]:  # fmt: skip
        print(f"FULL took {terminal.duration(sum(times))} when it was committed", flush=True)


def _repeats(
    ready: dict[Claim, runner.Ready], job: runner.Job, options: argparse.Namespace, failed: list[tuple[Claim, str]]
) -> None:
    """Run the repeats that repeats.csv lacks, and write their rows into it. What no seed enters is not repeated."""
    if not options.repeat:
        return
    random = {claim: {one.id for one in known.module.STATEMENTS if one.random} for claim, known in ready.items()}
    for claim, statements in random.items():
        if not statements:
            print(f"{claim.name} is not repeated: nothing that it states depends on random numbers", flush=True)
    numbers = range(repeat.SEEN + 1, repeat.SEEN + options.repeat + 1)
    tasks = [(claim, job._replace(repeat=k)) for k in numbers for claim in ready if random[claim]]
    there = {base: results.read_table(base / "repeats.csv") for base in {known.base for known in ready.values()}}
    due = []
    for claim, one in tasks:
        known = runner.ready(claim, one)
        key = (claim.name, str(one.repeat), known.of)
        kept = any((row["claim"], row["repeat"], row["of"]) == key for row in there[known.base])
        if job.redraw or job.fresh or not kept:
            ended = runner.is_there(known) and not job.fresh  # its rows were not written, as the run was killed
            due.append((claim, one._replace(redraw=job.redraw or ended)))
    for outcome in runner.attempts(due, options.jobs, apart=True):  # never two repeats in one process
        _report(outcome, f"repeat {outcome.job.repeat}", failed)
        if not outcome.error:
            file = ready[outcome.claim].base / "repeats.csv"
            record = results.read_json(outcome.folder / "run.json")
            rows = [row for row in outcome.verdicts if row["id"] in random[outcome.claim]]
            repeat.write(file, outcome.claim.name, outcome.job.repeat, record, rows)


def _recorded(folder: Path) -> tuple[Any, Any]:
    return results.read_json(folder / "run.json"), results.read_json(folder / "verdicts.json")


def _report(outcome: runner.Outcome, head: str, failed: list[tuple[Claim, str]]) -> None:
    """Print the line of a claim that has ended."""
    if outcome.error:
        failed.append((outcome.claim, outcome.error))
    took = "" if outcome.seconds is None else f"  ({terminal.duration(outcome.seconds)})"
    came_to = f"{terminal.counts(outcome.verdicts)}{took}  {results.relative(outcome.folder)}"
    print(f"{head} {outcome.claim.name}  {'failed' if outcome.error else came_to}", flush=True)


def _end(good: list[runner.Outcome], job: runner.Job, bases: set[Path]) -> None:
    """What comes last: the statements of one claim, or the answers of several and the page of all."""
    if len(good) == 1:
        print(f"\n{terminal.statements(good[0].verdicts)}")
    elif good:
        from experiments.lab.report import page, questions

        print(f"\n{questions.answers([(one.claim, one.verdicts) for one in good])}")
        if not (job.style and job.redraw):  # figures for slides change no other file
            pages = [results.relative(page.write(claims.find(job.root), base)) for base in sorted(bases)]
            print(f"\nAll of them, for a browser: {', '.join(pages)}")
