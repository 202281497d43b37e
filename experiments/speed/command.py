"""`python -m experiments speed [peers | shapes | number | grid] [--preset full]`: benchmarks of the engine.

Without a name all four run; they print their tables. With `--preset full` (70 minutes, on a machine that runs nothing
else) they are kept in results/speed/, with a figure. Methods take turns in rounds in one process; a time is the median
of warm calls with its 95% interval, and compiling is timed apart. Two machines differ by a factor of two, so compare
ratios, and those of one run alone. Networks train full batch by Adam at 0.01, in float32.

- peers: time per network and step, of every method on five shapes
- shapes: the engine and plain jit(vmap(scan)) by width and by depth
- number: time and memory by the number of networks of 2-2-1
- grid: 72 shapes x 8 rates x 16 seeds, from nothing to all losses, compiling included
"""

import functools
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from experiments.lab import results
from experiments.lab.claims import ROOT, Refused, hint
from experiments.speed import child, limit, peers, plain, timing
from experiments.speed.plain import Call, Problem

type Row = dict[str, Any]

FOLDER = ROOT.parent / "results" / "speed"
LABELS = {
    "engine": "nnjax.sweep",
    "cpp": "C++ for this shape alone",
    "vmap": "plain jit(vmap(scan))",
    "scan": "one jitted scan per network",
    "loop": "Python loop of jitted steps",
    "torch_batched": "PyTorch, batched",
    "turbanet": "TurbaNet",
    "torch_loop": "PyTorch, one by one",
    "sklearn": "scikit-learn, one by one",
}
METHODS: dict[str, Callable[[Problem, int, int], Call]] = {
    "engine": plain.engine, "cpp": limit.cpp, "vmap": plain.vmap, "scan": plain.scan, "loop": plain.loop,
    "torch_batched": peers.torch_batched, "turbanet": peers.turbanet, "torch_loop": peers.torch_loop,
    "sklearn": peers.sklearn,
}  # fmt: skip
PACKAGE = {"torch_batched": "torch", "torch_loop": "torch", "turbanet": "turbanet", "sklearn": "scikit-learn"}


class Size(NamedTuple):
    """How much is trained, and how often it is timed; slow methods train fewer networks or steps, as tables say."""

    rounds: int = 11
    at_least: float = 0.1  # seconds; shorter calls are repeated until they take as long
    share: float = 1.0  # of networks and steps
    networks: Sequence[int] = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


FULL, QUICK = Size(), Size(3, 0.0, 0.02, (1, 100, 1_000))


def of_peers(size: Size) -> Iterable[Row]:
    """Every installed method on five shapes: nanoseconds per network and step, and times those of the engine."""
    work = [(plain.xor(n), 10_000) for n in (2, 8)] + [(plain.curve(n, rows=256), 256) for n in (16, 64)]
    work.append((plain.curve(32, 32, 32, rows=256), 64))
    versions = peers.versions()
    for problem, networks in work:
        there = [name for name in METHODS if name not in PACKAGE or versions[PACKAGE[name]]]
        steps = max(int(1_000 * size.share), 2)
        fewer = max(int(networks * size.share), 2)
        amounts = {name: _amount(name, fewer, steps) for name in there if _fits(name, problem)}
        calls = {name: METHODS[name](problem, *amount) for name, amount in amounts.items()}
        with timing.saved_programs(None):
            timing.forget()
            times = timing.alternate(calls | {"peak": limit.product(2_048)}, size.rounds, size.at_least)
        per_step = {name: times.warm[name] / (n * steps) for name, (n, steps) in amounts.items()}
        flops = 2 * 2_048**3 / times.warm["peak"]
        arithmetic = 1e9 * plain.flops(problem.sizes, len(problem.x)) / timing.median(flops)[0]
        for name, (n, steps) in amounts.items():
            row = {"shape": problem.name, "method": LABELS[name], "networks": n, "steps": steps}
            row |= _timed("ns", 1e9 * per_step[name]) | _timed("over_engine", per_step[name] / per_step["engine"])
            yield row | {"compile_seconds": times.compiling(name), "arithmetic_ns": arithmetic}


def _fits(method: str, problem: Problem) -> bool:
    return method != "cpp" or (limit.compiler() is not None and problem.sizes[0] == 2)


def _amount(method: str, networks: int, steps: int) -> tuple[int, int]:
    """(networks, steps) that a method trains; times are compared per network and step."""
    fewer = {"loop": 1, "torch_loop": 1, "sklearn": 1, "scan": 20}
    shorter = {"torch_batched": 200, "turbanet": 50}
    return min(fewer.get(method, networks), networks), min(shorter.get(method, steps), steps)


def of_shapes(size: Size) -> Iterable[Row]:
    """The engine and plain jit(vmap(scan)): one hidden layer by width, and layers of 16 by depth; a sine of 64 rows."""
    widths, depths = ((2, 4, 8, 16, 32, 64, 128, 256), (2, 3, 4, 5, 6)) if size.share == 1 else ((8,), (2,))
    networks, steps = max(int(256 * size.share), 2), max(int(300 * size.share), 2)
    for hidden in [*((n,) for n in widths), *((16,) * n for n in depths)]:
        problem = plain.curve(*hidden, rows=64)
        with timing.saved_programs(None):
            times = timing.alternate(
                {name: METHODS[name](problem, networks, steps) for name in ("engine", "vmap")},
                size.rounds,
                size.at_least,
            )
        ratio = _timed("plain_over_engine", times.warm["vmap"] / times.warm["engine"])
        yield {"shape": problem.name} | _timed("ns", 1e9 * times.warm["engine"] / (networks * steps)) | ratio


def of_number(size: Size) -> Iterable[Row]:
    """Time and memory by the number of networks of 2-2-1 on XOR; memory is that of a process that trains them."""
    steps = max(int(1_000 * size.share), 2)
    calls = {str(n): plain.engine(plain.xor(2), n, steps) for n in size.networks}
    with timing.saved_programs(None):
        times = timing.alternate(calls, size.rounds, size.at_least)
    for n in size.networks:
        warm = times.warm[str(n)]
        memory = child.run("memory", n) / 2**20
        yield {"networks": n} | _timed("seconds", warm) | _timed("ns", 1e9 * warm / (n * steps)) | {"peak_MiB": memory}


def of_grid(size: Size) -> Iterable[Row]:
    """A whole grid of shapes, each time in a process of its own; `saved` finds its compiled programs on disk."""
    which, steps = ("whole", (200, 1_000)) if size.share == 1 else ("small", (20,))
    rounds = 6 if size.share == 1 else 1
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        child.run("engine", steps[0], which, folder)  # fills the folder
        ways = {("nnjax.sweep", n): functools.partial(child.run, "engine", n, which) for n in steps}
        ways |= {("one program per shape", n): functools.partial(child.run, "plain", n, which) for n in steps}
        ways |= {
            ("nnjax.sweep, saved programs", steps[0]): functools.partial(child.run, "engine", steps[0], which, folder)
        }
        taken = [{way: train() for way, train in ways.items()} for _ in range(rounds)]
    found = pd.DataFrame(taken)
    for way, n in ways:
        own = found[("nnjax.sweep", n)]
        yield (
            {"method": way, "steps": n}
            | _timed("seconds", found[(way, n)])
            | _timed("over_engine", found[(way, n)] / own)
        )


BENCHMARKS = {"peers": of_peers, "shapes": of_shapes, "number": of_number, "grid": of_grid}


def _timed(name: str, rounds: Any) -> Row:
    """A median with its interval, as columns of a table."""
    value, low, high = timing.median(pd.Series(rounds).to_numpy())
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def command(names: Sequence[str], help: bool, preset: str | None) -> str:
    """Run the benchmarks of these names, print their tables, and keep those of FULL; returns what is said then."""
    if help:
        return __doc__ or ""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise Refused(f"there is no benchmark {unknown[0]!r}; {hint(unknown[0], BENCHMARKS)}")
    full = preset == "full"
    for name in names or BENCHMARKS:
        table = pd.DataFrame(BENCHMARKS[name](FULL if full else QUICK))
        print(f"\n{name}\n{table.to_string(index=False, float_format='{:,.3g}'.format)}", flush=True)
        if full:
            with results.replacing(FOLDER) as room:
                results.write_frame(table, room / f"{name}.csv", digits=4)
                results.write_json(room / f"{name}.json", timing.machine())
    if not full:
        return "\nThese are toys, too small to compare; --preset full measures, and keeps results/speed/"
    draw()
    return f"\nkept in {results.relative(FOLDER)}"


def draw() -> None:
    """The figure of the committed tables: time per network and step by method, and by number of networks."""
    from experiments.lab import figures
    from experiments.speed.figure import times

    with results.replacing(FOLDER) as room:
        figures.save([times], None, room)  # pyright: ignore[reportArgumentType] - it reads the tables
