"""What holds for every test: shapes and dtypes are checked, shapes are never guessed, numbers repeat."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")

import jax
import jaxtyping
import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# Checks every jaxtyping annotation of the library by running; must come before nnjax is first imported.
jaxtyping.install_import_hook("nnjax", "beartype.beartype")

# An [n] array never silently becomes [1, n].
jax.config.update("jax_numpy_rank_promotion", "raise")

# Same examples every time; no deadline, as the first example compiles. The fixture `dtype` may be
# used inside `@given`: it does not change from one example to the next.
settings.register_profile(
    "nnjax",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("nnjax")


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    """Run the test once in each precision; 64 bits are switched on for the second run alone."""
    with jax.enable_x64(request.param == "float64"):
        yield np.dtype(request.param)
