"""All methods on some workloads, in turns, and the time of each per network and step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab.rounds import Spread, spread
from experiments.speed.shared import limit, peers, plain, timing
from experiments.speed.shared.labels import COMPILES, LABELS, PACKAGE
from experiments.speed.shared.plain import Call, Method, Problem

METHODS: dict[str, Method] = {
    "engine": plain.engine,
    "cpp": limit.cpp,
    "vmap": plain.vmap,
    "scan": plain.scan,
    "loop": plain.loop,
    "torch_batched": peers.torch_batched,
    "turbanet": peers.turbanet,
    "torch_loop": peers.torch_loop,
    "sklearn": peers.sklearn,
}


class Workload(NamedTuple):
    """A problem, how many networks, and how many steps each."""

    problem: Problem
    networks: int
    steps: int


class Effort(NamedTuple):
    """How much of a workload slow methods train; times are compared per network and step."""

    loops: int  # networks that are trained one by one in Python
    scans: int  # networks that are trained one by one, each in one jitted scan
    batched_steps: int  # steps of PyTorch's ensemble
    turbanet_steps: int

    def of(self, method: str, whole: Workload) -> tuple[int, int]:
        """(networks, steps) that this method trains."""
        _, networks, steps = whole
        if method in ("loop", "torch_loop", "sklearn"):
            return min(self.loops, networks), steps
        if method == "scan":
            return min(self.scans, networks), steps
        few = {"torch_batched": self.batched_steps, "turbanet": self.turbanet_steps}
        return networks, min(few.get(method, steps), steps)


def packages(methods: Iterable[str]) -> list[str]:
    """The packages of peers that these methods need."""
    return list(dict.fromkeys(PACKAGE[name] for name in methods if name in PACKAGE))


def installed(methods: Iterable[str]) -> list[str]:
    """Those of the methods that can run here, in the order of METHODS."""
    methods = list(methods)
    versions = peers.versions(packages(methods))
    there = [name for name in METHODS if name in methods and (name not in PACKAGE or versions[PACKAGE[name]])]
    return there if limit.compiler() else [name for name in there if name != "cpp"]


def compare(
    workloads: Sequence[Workload],
    methods: Sequence[str],
    effort: Effort,
    rounds: int,
    at_least: float,
    beside: Mapping[str, Call] | None = None,
) -> xr.Dataset:
    """Seconds of every call [workload, way, round] and what it trained: networks, steps [workload, way].

    Methods whose package or compiler is not installed are left out. `beside` are further calls, which take turns with
    the methods in every workload: beside_seconds [workload, call, round].
    """
    methods = installed(methods)
    with timing.saved_programs(None):
        rows = [_one(work, methods, effort, rounds, at_least, beside or {}) for work in workloads]
    return xr.concat(rows, "workload")


def _one(
    work: Workload, methods: Sequence[str], effort: Effort, rounds: int, at_least: float, beside: Mapping[str, Call]
) -> xr.Dataset:
    amounts = {name: effort.of(name, work) for name in methods}
    calls: dict[str, Call] = {name: METHODS[name](work.problem, *amounts[name]) for name in methods}
    timing.forget()
    times = timing.alternate(calls | dict(beside), rounds, at_least)
    n = len(methods)
    compiling = np.where([name in COMPILES for name in methods], times.compiling[:n], np.nan)
    variables = {
        "seconds": (("way", "round"), times.warm[:n]),
        "compile_seconds": ("way", compiling),
        "networks": ("way", [amounts[name][0] for name in methods]),
        "steps": ("way", [amounts[name][1] for name in methods]),
    }
    coords = {"way": list(methods)}
    if beside:
        variables["beside_seconds"] = (("call", "round"), times.warm[n:])
        coords["call"] = list(beside)
    return xr.Dataset(variables, coords).expand_dims(workload=[work.problem.name])


def per_step(data: xr.Dataset) -> xr.DataArray:
    """Seconds per network and step [workload, way, round]."""
    return data.seconds / (data.networks * data.steps)


def times_faster(data: xr.Dataset, workload: str, method: str) -> Spread:
    """How many times longer than the engine this method takes per network and step, round by round."""
    one = per_step(data).sel(workload=workload)
    return spread((one.sel(way=method) / one.sel(way="engine")).values)


def rows(data: xr.Dataset) -> list[dict]:
    """A table's row for every workload and method; `at_peak` [workload], if given, is seconds of a step's products."""
    found = []
    for workload in data.workload.values:
        for method in data.way.values:
            one = data.sel(workload=workload, way=method)
            nanoseconds = spread(1e9 * per_step(one).values)
            ratio = times_faster(data, workload, method)
            row = {"workload": str(workload), "method": LABELS[str(method)]}
            row |= {"networks": int(one.networks), "steps": int(one.steps), "rounds": data.sizes["round"]}
            row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), nanoseconds, strict=True))
            row |= {"over_engine": ratio.median, "over_engine_low": ratio.low, "over_engine_high": ratio.high}
            row |= {"compile_seconds": float(one.compile_seconds)}
            found.append(row | {"arithmetic_ns": 1e9 * float(one.at_peak)} if "at_peak" in data else row)
    return found
