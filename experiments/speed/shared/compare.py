"""All methods on some workloads, in turns, and the time of each per network and step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.speed.shared import limit, peers, plain, timing
from experiments.speed.shared.labels import COMPILES, PACKAGE
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
    peak_sizes: Sequence[int],
) -> xr.Dataset:
    """Seconds of every call [workload, way, round], and what it trained: networks, steps [workload, way].

    Products of square matrices of `peak_sizes` rows take turns with the methods in every workload: product_seconds
    [workload, size, round]. `flops` [workload] are the operations in the matrix products of one step of one network.
    Methods whose package or compiler is not installed are left out.
    """
    methods = installed(methods)
    products = {str(size): limit.product(size) for size in peak_sizes}
    with timing.saved_programs(None):
        rows = [_one(work, methods, effort, rounds, at_least, products) for work in workloads]
    return xr.concat(rows, "workload").assign_coords(size=list(peak_sizes))


def _one(
    work: Workload, methods: Sequence[str], effort: Effort, rounds: int, at_least: float, products: Mapping[str, Call]
) -> xr.Dataset:
    amounts = {name: effort.of(name, work) for name in methods}
    calls: dict[str, Call] = {name: METHODS[name](work.problem, *amounts[name]) for name in methods}
    timing.forget()
    times = timing.alternate(calls | dict(products), rounds, at_least)
    n = len(methods)
    compiling = np.where([name in COMPILES for name in methods], times.compiling[:n], np.nan)
    variables = {
        "seconds": (("way", "round"), times.warm[:n]),
        "compile_seconds": ("way", compiling),
        "networks": ("way", [amounts[name][0] for name in methods]),
        "steps": ("way", [amounts[name][1] for name in methods]),
        "product_seconds": (("size", "round"), times.warm[n:]),
        "flops": plain.flops(work.problem.sizes, len(work.problem.x)),
    }
    return xr.Dataset(variables, {"way": list(methods)}).expand_dims(workload=[work.problem.name])
