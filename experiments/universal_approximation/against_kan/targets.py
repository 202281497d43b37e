"""The four low-dimensional toy functions of Liu et al. 2024 (section 3.1), with the KANs that the paper gives them.

Nothing here needs JAX or PyTorch: processes that train KANs import it too.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.special

from experiments.universal_approximation.against_kan.config import TARGETS, Config

SPLINE_ORDER = 3  # cubic, as in the paper
INNER = 20  # most iterations in a step of pykan's L-BFGS, which is PyTorch's
VALIDATION = 2_000  # fresh inputs that choose settings, and at which size KANs are compared
TEST = 10_000  # fresh inputs that are reported
DATA_SEED = 20240430


class Target(NamedTuple):
    """A function of x [n, d] on [-1, 1]^d, as it is written, and the KAN that the paper fits to it.

    `shape`: nodes of each layer. `grids`: intervals of its splines, one after another, as far as its test error falls
    or a little further. `num_tuned`: how many of the first grids settings are chosen on, enough for settings to differ.
    `num_rows`: training points; 1,000 is pykan's default, 3,000 what its own tutorial takes in four dimensions.
    """

    formula: str
    function: Callable[[np.ndarray], np.ndarray]
    shape: tuple[int, ...]
    grids: tuple[int, ...]
    num_tuned: int
    num_rows: int

    @property
    def num_inputs(self) -> int:
        return self.shape[0]

    def kan_params(self, grid: int) -> int:
        """The number of trained parameters: for each edge a spline of grid + order coefficients, and two scales."""
        edges = sum(a * b for a, b in zip(self.shape, self.shape[1:], strict=False))
        return edges * (grid + SPLINE_ORDER + 2)


class Sample(NamedTuple):
    """Rows to train on, to choose with, and to report: x [n, d] and y [n, 1] of each."""

    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def _two_rings(x: np.ndarray) -> np.ndarray:
    squares = np.pi * x**2
    return np.exp((np.sin(squares[:, 0] + squares[:, 1]) + np.sin(squares[:, 2] + squares[:, 3])) / 2)


KAN_TARGETS = {
    "bessel": Target(
        r"$J_0(20x)$", lambda x: scipy.special.j0(20 * x[:, 0]), (1, 1), (3, 5, 10, 20, 50, 100, 200), 5, 1_000
    ),
    "exp_sine": Target(
        r"$e^{\sin \pi x + y^2}$",
        lambda x: np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2),
        (2, 1, 1),
        (3, 5, 10, 20, 50),
        3,
        1_000,
    ),
    "product": Target(r"$xy$", lambda x: x[:, 0] * x[:, 1], (2, 2, 1), (3, 5, 10, 20, 50), 3, 1_000),
    "two_rings": Target(
        r"$e^{(\sin \pi(x_1^2+x_2^2) + \sin \pi(x_3^2+x_4^2))/2}$", _two_rings, (4, 4, 2, 1), (3, 5, 10), 2, 3_000
    ),
}


def grids_of(name: str, config: Config) -> tuple[int, ...]:
    """Intervals of a target's splines, one grid after another."""
    return KAN_TARGETS[name].grids[: config.most_grids]


def tuning_grids_of(name: str, config: Config) -> tuple[int, ...]:
    """The first of these grids, on which settings are chosen."""
    return grids_of(name, config)[: KAN_TARGETS[name].num_tuned]


def sample(name: str, draw: int, num_rows: int | None = None) -> Sample:
    """The rows of one draw of a target, uniform on the cube.

    Call it in the process of the run: the processes that train KANs know nothing of a replication.
    """
    target = KAN_TARGETS[name]
    rng = np.random.default_rng([DATA_SEED, TARGETS.index(name), draw])
    found = []
    for rows in (num_rows or target.num_rows, VALIDATION, TEST):
        x = rng.uniform(-1, 1, (rows, target.num_inputs))
        found += [x, target.function(x)[:, None]]
    return Sample(*found)
