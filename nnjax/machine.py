"""This machine, and how networks are computed on it: processor, workers, compiler options, precision.

`nnjax.sweep` uses these functions by itself. They are public for users who train with `nnjax.training` in their own
loops and want the same numbers at the same speed:

    with nnjax.machine.precision("float32"):
        step = jax.jit(f, compiler_options=dict(nnjax.machine.compiler_options()))
"""

import contextlib
import hashlib
import os
import platform as python_platform
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jax
from jax.experimental.compilation_cache import compilation_cache

# Precision of matrix products unless the user has set JAX's own; without either, a GPU would round float32 to 11 bits.
MATMUL_PRECISION = "highest"
OPTIMIZATION_LEVEL = "xla_backend_optimization_level"

# Options of the XLA compiler as sorted pairs (name, value).
type Options = tuple[tuple[str, Any], ...]


def platform() -> str:
    """The kind of device that JAX uses by default: "cpu", "gpu" or "tpu"."""
    device = jax.config.jax_default_device
    return jax.default_backend() if device is None else getattr(device, "platform", device)


def num_workers() -> int:
    """The default number of workers: one per core on a CPU, else one per device (one if JAX has a default device)."""
    if platform() != "cpu":
        return 1 if jax.config.jax_default_device is not None else jax.local_device_count()
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def devices(workers: int | None = None) -> list[Any]:
    """The device of each worker, where None stands for JAX's default device; by default for `num_workers()` workers.

    On a CPU, and if a default device is set, all workers share one device. Otherwise they take all devices in turn.
    """
    one = platform() == "cpu" or jax.config.jax_default_device is not None
    known = [jax.config.jax_default_device] if one else jax.local_devices()
    return [known[i % len(known)] for i in range(num_workers() if workers is None else workers)]


def memory_bytes() -> int | None:
    """The memory of this machine in bytes; None if the system does not tell it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # such as on Windows
        return None


def compiler_options() -> Options:
    """The options with which a sweep compiles its programs on this machine, as sorted pairs."""
    if platform() != "cpu":
        return ()
    # Level 1 compiles twice as fast as the default and these programs run no slower; level 0 is many times slower.
    options: dict[str, Any] = {OPTIMIZATION_LEVEL: 1}
    if _has_avx512():
        options["xla_cpu_prefer_vector_width"] = 512
    return tuple(sorted(options.items()))


def keep_programs(folder: str | os.PathLike | None = None) -> Path | None:
    """Keep compiled programs on disk: another process that trains the same shapes need not compile them again.

    It sets JAX's compilation cache for all programs of this process, including those that compile quickly.

    Args:
        folder: where they are kept; nnjax/xla in the user's cache folder if None. It gets one subfolder for each kind
            of processor, because a program made for one may not run on another.

    Returns:
        The subfolder of this processor; None if it cannot be written to, and then nothing is kept.
    """
    # One folder per processor: a home may be shared.
    name = hashlib.sha256(f"{processor()} {instruction_sets()}".encode()).hexdigest()[:12]
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        place = (Path(base or Path.home() / ".cache") / "nnjax" / "xla" if folder is None else Path(folder)) / name
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            pass
    except (OSError, RuntimeError):
        return None
    jax.config.update("jax_compilation_cache_dir", str(place))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()  # JAX looks at these settings only once
    return place


@contextlib.contextmanager
def precision(dtype: str, device: Any = None, products: str | None = None) -> Iterator[None]:
    """Inside the context, this thread computes as a sweep does.

    Args:
        dtype: "float32", or "float64", which turns on JAX's 64-bit mode.
        device: the device to compute on; JAX's default device if None.
        products: precision of matrix products; that of `matmul_precision` if None.
    """
    with (
        jax.enable_x64(dtype == "float64"),
        jax.default_device(jax.config.jax_default_device if device is None else device),
        jax.default_matmul_precision(products or matmul_precision()),
        # A sweep may meet nan, infinity, mixed dtypes and transfers: the user's checks that raise for them are off.
        jax.numpy_dtype_promotion("standard"),
        jax.transfer_guard("allow"),
        jax.debug_nans(False),
        jax.debug_infs(False),
    ):
        yield


@contextlib.contextmanager
def one_blas_thread(needed: bool = True) -> Iterator[None]:
    """Inside the context, linear algebra on the CPU (LAPACK, which JAX takes from SciPy) runs on the calling thread.

    If not `needed`, nothing changes. LAPACK's own threads would compete with the workers: a sweep with variable
    projection took 30 to 66 s instead of 0.4 s. The limit holds for the whole process; the setting before it is
    restored when the last of several overlapping contexts ends.
    """
    if not needed:
        yield
        return
    import scipy.linalg.cython_lapack  # noqa: F401 (the library must be loaded before it can be limited)
    from threadpoolctl import threadpool_limits

    with _BLAS.lock:
        if _BLAS.inside == 0:
            _BLAS.limits = threadpool_limits(1, user_api="blas")
        _BLAS.inside += 1
    try:
        yield
    finally:
        with _BLAS.lock:
            _BLAS.inside -= 1
            if _BLAS.inside == 0:
                _BLAS.limits.restore_original_limits()


class _Blas:
    """The number of open contexts of `one_blas_thread`, and the limits that restore the setting before the first."""

    def __init__(self) -> None:
        self.lock, self.inside = threading.Lock(), 0
        self.limits: Any = None


_BLAS = _Blas()


def matmul_precision() -> str:
    """The precision of matrix products: JAX's own default if the user has set it, else "highest"."""
    return str(jax.config.jax_default_matmul_precision or MATMUL_PRECISION)


@cache
def processor() -> str:
    """The processor's name as its maker gives it; the architecture if the system does not give one."""
    return _cpuinfo("model name", "machdep.cpu.brand_string")


@cache
def instruction_sets() -> str:
    """The processor's features, such as avx512f, because a name like "AMD EPYC" stands for many processors."""
    return _cpuinfo("flags|Features", "machdep.cpu.features")


def _cpuinfo(field: str, sysctl: str) -> str:
    try:
        if sys.platform == "darwin":
            found = subprocess.run(["sysctl", "-n", sysctl], capture_output=True, text=True, check=True, timeout=20)
            return found.stdout.strip()
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        return re.findall(rf"(?m)^(?:{field})\s*:\s*(.+?)\s*$", text)[0]
    except (OSError, IndexError, subprocess.SubprocessError):
        return python_platform.machine()


@cache
def _has_avx512() -> bool:
    """Whether the processor has vectors of 512 bits; False if that is unknown."""
    try:
        return " avx512f " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
