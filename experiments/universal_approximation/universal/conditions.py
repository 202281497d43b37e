"""What the conditions of the theorem are for: biases, polynomials almost everywhere, and bounded activations."""

import numpy as np
import xarray as xr

from experiments.universal_approximation.universal import activations, features
from experiments.universal_approximation.universal.config import SHOWN
from nnjax.mlp import Layer
from nnjax.tasks import TARGETS

UNBIASED_SCALES = (1.0, 4.0, 16.0, 64.0)
SPIKES = 33  # training points, each with a unit whose spike lies on it
POLE = 1 / 3  # inside the interval; the nearest point of every grid is a sixth of the grid's spacing away
GRIDS = tuple(2**k for k in range(5, 15))
OUTSIDE = (1.05, 3.0)  # how far from the middle the poles are
DRAWN = 401


def run(widths: tuple[int, ...], seeds: int, tuning_seeds: int) -> xr.Dataset:
    """Errors with biases and without, errors with spikes, and the effect of poles inside and outside the interval."""
    unit, found, grids = max(widths), {}, features.grids([SHOWN])
    for name, (activation, _) in activations.UNBIASED.items():
        cutoff = features.JUMPY if name in activations.JUMPING else features.CUTOFF
        scales = (1.0,) if name in ("step", "ReLU") else UNBIASED_SCALES
        for biased in (False, True):
            found[name, biased] = features.tuned_errors(
                activation, scales, [unit], seeds, tuning_seeds, grids, biased, cutoff
            )[0][0, 0]
    names = list(activations.UNBIASED)
    data = xr.Dataset(
        {
            "condition_error": (
                ("condition", "biased", "seed"),
                [[found[name, biased] for biased in (False, True)] for name in names],
            ),
            "condition_floor": ("condition", [floor(activations.UNBIASED[name][1]) for name in names]),
        },
        coords={"condition": names, "biased": [False, True]},
        attrs={"condition_units": unit, "condition_target": SHOWN},
    )
    return xr.merge([data, _spikes(), _poles(widths, seeds)], combine_attrs="no_conflicts")


def floor(span: str) -> float:
    """The L2 error of the best function that units without biases, with an output bias, can express.

    An odd activation gives odd functions, and sigmoid - 1/2 is one; softplus(z) - z/2 and GELU(z) - z/2 are even. The
    step gives a constant on each side of 0, the ReLU a line on each side.
    """
    at = features.nodes([SHOWN], features.TEST_PANELS)
    f = TARGETS[SHOWN].function
    even, odd = (f(at.u) + f(-at.u)) / 2, (f(at.u) - f(-at.u)) / 2
    if span == "all":
        return 0.0
    if span == "odd":
        left = even - at.weights @ even / at.weights.sum()
    elif span == "even and x":
        left = odd - at.u * (at.weights @ (odd * at.u)) / (at.weights @ at.u**2)
    else:
        basis = {"sign": [np.sign(at.u)], "lines": [at.u, np.abs(at.u)]}[span]
        design = np.stack([*basis, np.ones_like(at.u)], axis=1)
        left = (at.y - design @ features.best_outputs(features.factorized(design, at), design.shape[1]))[:, 0]
    return float(np.sqrt(at.weights @ left**2))


def _spikes() -> xr.Dataset:
    """Units z^2 with a spike at z = 0, a spike on each training point: no error there, and a parabola elsewhere."""
    f = TARGETS[SHOWN].function
    x = np.linspace(-1, 1, SPIKES)
    layer = Layer(np.ones((1, SPIKES)), -x)
    points = features.Nodes(x, np.ones(SPIKES), f(x)[:, None])
    spiked = features.features(layer, x, activations.spiked_square)
    outputs = features.best_outputs(features.factorized(spiked, points), spiked.shape[1])
    test = features.nodes([SHOWN], features.TEST_PANELS)
    u = np.linspace(-1, 1, DRAWN + 1)[:-1] + 1 / DRAWN

    def said(u: np.ndarray) -> np.ndarray:
        return (features.features(layer, u, activations.spiked_square) @ outputs)[:, 0]

    gap = test.y[:, 0] - said(test.u)
    return xr.Dataset(
        {
            "spike_training_error": float(np.sqrt(np.mean((said(x) - f(x)) ** 2))),
            "spike_error": float(np.sqrt(test.weights @ gap**2)),
            "spike_x": ("spike", x),
            "spike_y": ("spike", f(x)),
            "spike_curve": ("drawn", said(u)),
            "spike_target": ("drawn", f(u)),
            "drawn": u,
        }
    )


def _poles(widths: tuple[int, ...], seeds: int) -> xr.Dataset:
    """1/z: the size of a unit with its pole inside on ever finer grids, and errors of units with poles outside."""
    measured = []
    for points in GRIDS:
        x = -1 + (2 * np.arange(points) + 1) / points
        layer = Layer(np.ones((1, 1)), np.array([-POLE]))
        measured.append(np.sqrt(np.mean(features.features(layer, x, activations.reciprocal)[:, 1] ** 2)))
    at, _, test = features.grids([SHOWN])
    outside = np.empty((seeds, len(widths)))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        t = rng.uniform(*OUTSIDE, max(widths)) * rng.choice([-1, 1], max(widths))
        layer = Layer(np.ones((1, max(widths))), -t)
        outside[seed] = features.errors_of(layer, activations.reciprocal, widths, at, test)[:, 0]
    return xr.Dataset(
        {"pole_size": ("grid", np.array(measured)), "pole_outside": (("seed", "width"), outside)},
        coords={"grid": list(GRIDS), "width": list(widths)},
    )
