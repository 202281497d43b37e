"""Taking times: the methods take turns, compiling is timed apart, and the machine is described.

A time is that of a warm call. Methods alternate, so that whatever else the machine does slows all of them, and two
times are compared only within one round.
"""

import contextlib
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import metadata
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.experimental.compilation_cache import compilation_cache

import nnjax
from experiments.speed.shared import peers

_CACHE = {
    "jax_enable_compilation_cache": False,
    "jax_compilation_cache_dir": None,
    "jax_persistent_cache_min_compile_time_secs": 0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}


class Times(NamedTuple):
    """Seconds of the first call of each method [methods], and of its warm calls [methods, rounds]."""

    first: np.ndarray
    warm: np.ndarray

    @property
    def compiling(self) -> np.ndarray:
        """Seconds [methods] that the first call took longer than a warm one."""
        return np.maximum(self.first - np.median(self.warm, axis=1), 0)


def seconds(call: Callable[[], Any], repeats: int = 1) -> float:
    """Seconds per call, the mean of `repeats` calls in a row. A call returns only when it has its numbers."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def alternate(calls: Mapping[str, Callable[[], Any]], rounds: int, at_least: float) -> Times:
    """Call every method once cold and once warm, then all in turns, `rounds` times.

    A call shorter than `at_least` seconds is repeated so often that it takes as long. Each round has its own order.
    """
    first = np.asarray([seconds(call) for call in calls.values()])
    repeats = [max(1, math.ceil(at_least / seconds(call))) for call in calls.values()]
    listed = list(calls.values())
    warm = np.empty((len(listed), rounds))
    for r in range(rounds):
        for i in order(r, len(listed)):
            warm[i, r] = seconds(listed[i], repeats[i])
    return Times(first, warm)


def order(turn: int, calls: int) -> np.ndarray:
    """The order of the calls in a round: drawn at random, so that no method always follows the same one."""
    return np.random.default_rng(turn).permutation(calls)


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


def machine(packages: Iterable[str] = ()) -> dict[str, Any]:
    """What the times were taken on: device, processor, cores, versions, and which packages of peers are missing."""
    affinity = getattr(os, "sched_getaffinity", None)
    found = {"device": jax.devices()[0].device_kind, "backend": jax.default_backend()}
    found |= {"processor": nnjax.machine.processor(), "cores": len(affinity(0)) if affinity else os.cpu_count()}
    known: dict[str, str | None] = {name: metadata.version(name) for name in ("jax", "jaxlib", "optax", "numpy")}
    others = peers.versions(packages)
    found |= {"versions": known | {name: version for name, version in others.items() if version}}
    found |= {"missing": [name for name, version in others.items() if not version]}
    if others.get("torch"):
        found |= {"torch_device": peers.torch_device(), "torch_threads": peers.load("torch").get_num_threads()}
    return found


def where(attrs: Mapping[str, Any]) -> str:
    """The machine in words, for captions."""
    cores = f"{attrs['cores']} core{'s' if attrs['cores'] != 1 else ''}"
    device = attrs["processor"] if attrs["backend"] == "cpu" else attrs["device"]
    missing = f" Not installed, so not measured: {', '.join(attrs['missing'])}." if attrs["missing"] else ""
    return f"Measured on {device} ({cores}, jax {attrs['versions']['jax']}).{missing}"
