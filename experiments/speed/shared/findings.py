"""Sentences about times in the verdicts of several claims about speed."""

from collections.abc import Iterable

import xarray as xr

from experiments.lab.rounds import FEWEST, short, verdict
from experiments.lab.text import plural
from experiments.lab.verdicts import Statement, Verdict
from experiments.speed.shared import ratios
from experiments.speed.shared.labels import COMPILES, LABELS


def in_rounds(rounds: int) -> str:
    """Of how many rounds this is the median, and what the brackets hold where these are too few for 95% intervals."""
    few = ", brackets: the least and the greatest" if 1 < rounds < FEWEST else ""
    return f"(median of {plural(rounds, 'round')}{few})"


def judge(data: xr.Dataset, workload: str, method: str, statement: Statement) -> Verdict:
    """The verdict on a statement that the engine is so many times as fast as a method."""
    value, rounds = ratios.times_faster(data, workload, method), data.sizes["round"]
    ratio = value.said(f"times as fast as {LABELS[method]}")
    text = f"Per network and step, nnjax.sweep trains {workload} networks {ratio} {in_rounds(rounds)}."
    return verdict(statement, f"{text} {first_call(data, workload, ('engine', method))}", value, rounds)


def first_call(data: xr.Dataset, workload: str, methods: Iterable[str]) -> str:
    """A sentence: how long a first call takes, compiling included, for the methods that train as much as the engine."""
    one, told = data.sel(workload=workload), []
    whole = one.networks * one.steps
    for method in (name for name in methods if name in COMPILES):
        if whole.sel(way=method) == whole.sel(way="engine"):
            own = one.sel(way=method)
            told.append(f"{float(own.compile_seconds + own.seconds.median()):.2g} s in {LABELS[method]}")
    return f"The first call, which also compiles and is not counted, takes {' and '.join(told)}."


def against_cpp(data: xr.Dataset, workload: str) -> str:
    """The engine's time divided by that of the program in C++, as text."""
    return short(over_cpp(data, workload))


def over_cpp(data: xr.Dataset, workload: str) -> float:
    """The engine's time divided by that of the program in C++; nan where the program was not timed."""
    one = ratios.per_step(data).sel(workload=workload)
    return float((one.sel(way="engine") / one.sel(way="cpp")).median())
