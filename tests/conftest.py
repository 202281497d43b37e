"""What holds for every test: shapes and dtypes are checked, shapes are never guessed, numbers repeat."""

import gc
import os
import pkgutil
import re
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each process of the tests has a core, and no more
# Compiling is most of what the tests do. The engine's programs are compiled as for users: their options come with them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")


def pytest_configure(config):
    """Prepare each process that runs tests. The one that only hands them out to others is spared seconds of imports."""
    if "faults" in unasked(config):
        keep_files_in_memory()
    hands_out = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if not hands_out:
        check_annotations()
        keep_programs()
        set_up_libraries()


def keep_files_in_memory() -> None:
    """Put temporary folders where Linux keeps files in memory, if there is room.

    A store waits for the disk at every step, which took a third of the time of its tests.
    """
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def check_annotations() -> None:
    """Check every annotation of the library by running; must come before nnjax is first imported.

    `nnjax.sweep` alone takes what its annotations forbid, as it answers with an error of its own. A name covers all
    that is below it, so that "nnjax" and "nnjax.engine" are not among them.
    """
    import jaxtyping

    from tests.annotations import check

    library = Path(__file__).resolve().parents[1] / "nnjax"
    unchecked = ("nnjax.engine", "nnjax.engine.sweep")
    checked = [
        module.name
        for folder, prefix in ((library, "nnjax."), (library / "engine", "nnjax.engine."))
        for module in pkgutil.iter_modules([str(folder)], prefix)
        if module.name not in unchecked
    ]
    jaxtyping.install_import_hook(checked, f"{check.__module__}.{check.__name__}")


def keep_programs() -> None:
    """Keep what the tests compile in the user's cache, for all their processes: a second run takes half the time.

    The folder is emptied when it has grown large.
    """
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:  # told by the user
        return
    from nnjax import machine

    place = machine.keep_programs(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "nnjax", "tests"))
    if place is None:
        return
    if sum(file.stat().st_size for file in place.iterdir()) > 2**29:
        shutil.rmtree(place, ignore_errors=True)  # another process may be at it as well
        place.mkdir(exist_ok=True)
    # For the processes that tests start.
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(place)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def set_up_libraries() -> None:
    """Settings of Python, JAX and Hypothesis."""
    import jax
    from hypothesis import HealthCheck, settings

    # What is traced is many objects that live on: looking through all of them as often as usual took 7% of the time.
    gc.set_threshold(100_000, 50, 100)
    # An [n] array never silently becomes [1, n].
    jax.config.update("jax_numpy_rank_promotion", "raise")
    # Same examples every time; no deadline, as the first example compiles. The fixture `dtype` may be
    # used inside `@given`: it does not change from one example to the next.
    settings.register_profile(
        "nnjax",
        deadline=None,
        derandomize=True,
        max_examples=30,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    settings.load_profile("nnjax")


def unasked(config) -> set[str]:
    """The marks of tests that run only where `-m` names them, and that it does not name."""
    return {name for name in ("slow", "faults", "browser") if not re.search(rf"\b{name}\b", config.option.markexpr)}


def pytest_ignore_collect(collection_path, config):
    """All cases of this file are slow, and only to write them down takes every worker seconds."""
    return True if collection_path.name == "test_inputs.py" and "slow" in unasked(config) else None


def pytest_collection_modifyitems(config, items):
    """Tests with one of these marks run only where `-m` names it, whatever else `-m` says."""
    marks = unasked(config)
    left_out = [item for item in items if any(mark.name in marks for mark in item.iter_markers())]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        kept = set(items) - set(left_out)
        items[:] = [item for item in items if item in kept]


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    """Run the test once in each precision; 64 bits are switched on for the second run alone."""
    import jax
    import numpy as np

    with jax.enable_x64(request.param == "float64"):
        yield np.dtype(request.param)


@pytest.fixture
def as_users_call():
    """The other tests check annotations by running; a user's call does not, and meets the library's own error."""
    import jaxtyping

    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
