"""Taking times: the methods take turns, compiling is timed apart, and the machine is described.

A time is that of a warm call. Methods alternate, so that whatever else the machine does slows all of them, and two
times are compared only within one round.
"""

import contextlib
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, NamedTuple

import jax
import numpy as np
import scipy
from jax.experimental.compilation_cache import compilation_cache

import nnjax
from experiments.lab.claims import ROOT
from experiments.speed import peers
from nnjax import provenance

_CACHE = {
    "jax_enable_compilation_cache": False,
    "jax_compilation_cache_dir": None,
    "jax_persistent_cache_min_compile_time_secs": 0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}


class Times(NamedTuple):
    """Seconds of the first call of each method, and of its warm calls, a round each."""

    first: dict[str, float]
    warm: dict[str, np.ndarray]

    def compiling(self, name: str) -> float:
        """Seconds that the first call took longer than a warm one."""
        return max(self.first[name] - float(np.median(self.warm[name])), 0.0)


def seconds(call: Callable[[], Any], repeats: int = 1) -> float:
    """Seconds per call, the mean of `repeats` calls in a row. A call returns only when it has its numbers."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def alternate(calls: Mapping[str, Callable[[], Any]], rounds: int, at_least: float = 0.1) -> Times:
    """Call every method once cold and once warm, then all in turns, `rounds` times.

    A call shorter than `at_least` seconds is repeated so often that it takes as long. Each round has its own order, so
    that no method always follows the same one.
    """
    first = {name: seconds(call) for name, call in calls.items()}
    repeats = {name: max(1, math.ceil(at_least / seconds(call))) for name, call in calls.items()}
    names = list(calls)
    warm = {name: np.empty(rounds) for name in names}
    for r in range(rounds):
        for i in np.random.default_rng(r).permutation(len(names)):
            warm[names[i]][r] = seconds(calls[names[i]], repeats[names[i]])
    return Times(first, warm)


def median(values: np.ndarray) -> tuple[float, float, float]:
    """The median of rounds, and the ends of its 95% interval by order statistics; of fewer than six, least and most."""
    low, high = values.min(), values.max()
    if len(values) >= 6:
        low, high = scipy.stats.quantile_test(values, p=0.5).confidence_interval(0.95)
    return float(np.median(values)), float(low), float(high)


def forget() -> None:
    """Drop every compiled program that this process holds, those that sweeps keep included."""
    nnjax.clear_caches()
    jax.clear_caches()


@contextlib.contextmanager
def saved_programs(folder: str | None) -> Iterator[None]:
    """Let JAX save compiled programs in `folder` alone, or nowhere if it is None; then restore JAX's settings."""
    before = {name: getattr(jax.config, name) for name in _CACHE}
    try:
        _configure(_CACHE | {"jax_enable_compilation_cache": folder is not None, "jax_compilation_cache_dir": folder})
        yield
    finally:
        _configure(before)


@contextlib.contextmanager
def empty_folder() -> Iterator[str]:
    """A folder for saved programs, which is removed at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield folder


def _configure(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()  # JAX looks at these settings only once


def machine() -> dict[str, Any]:
    """What the times were taken on: device, processor, cores, versions, and which peers are missing."""
    others = peers.versions()
    known: dict[str, str | None] = {name: metadata.version(name) for name in ("jax", "jaxlib", "optax", "numpy")}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": provenance.commit(ROOT.parent)[0],
        "device": jax.devices()[0].device_kind, "processor": nnjax.machine.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "versions": known | {name: version for name, version in others.items() if version},
        "missing": [name for name, version in others.items() if not version],
    }  # fmt: skip
