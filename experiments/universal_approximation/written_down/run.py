"""The networks of `universal_approximation.written_down`, and how far each is from its target."""

import jax
import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.universal_approximation.written_down import networks
from experiments.universal_approximation.written_down.config import Config
from nnjax import tasks
from nnjax.theory import approximation

LOOKS = 601  # points at which the networks that are drawn are evaluated
DRAWN_SHARPNESS = (2.0, 6.0, 40.0)
DRAWN_UNITS = 9
PLACES = 4096  # points at which rounding is measured
PIECES = 33  # pieces for which the free-knot optimum itself is computed, to compare it with its asymptotic value


def run(config: Config) -> xr.Dataset:
    """Errors [target, kind, width, dtype] with their predictions, the study of gains and that of rounding."""
    checks.check(config)
    with jax.enable_x64(True):
        parts = [_errors(config), _gains(config), _roundings(config), _looks()]
    return xr.merge(parts).assign_attrs(sharpness=config.sharpness, pieces=PIECES, gain_target=config.gain_target)


def _errors(config: Config) -> xr.Dataset:
    """Every construction on every target: the L2 error, the largest error, and the predictions of both."""
    shape = (len(config.targets), len(networks.KINDS), len(config.widths))
    l2, largest = np.empty((*shape, 2)), np.empty((*shape, 2))
    expected, expected_largest = np.empty(shape), np.empty(shape)
    for i, name in enumerate(config.targets):
        target = tasks.TARGETS[name]
        panels = approximation.panels(target.function, target.interval, target.breakpoints)
        for j, kind in enumerate(networks.KINDS):
            expected[i, j] = networks.predicted(kind, target, config.widths, config.sharpness)
            expected_largest[i, j] = networks.predicted_largest(kind, target, config.widths)
            for k, width in enumerate(config.widths):
                network = networks.build(kind, target, width, config.sharpness)
                found = [networks.error(network, target, panels, dtype) for dtype in ("float32", "float64")]
                l2[i, j, k], largest[i, j, k] = [one.l2 for one in found], [one.largest for one in found]
    dims = ("target", "kind", "width")
    coords = {"target": list(config.targets), "kind": list(networks.KINDS), "width": list(config.widths)}
    return xr.Dataset(
        {
            "l2": ((*dims, "dtype"), l2),
            "largest": ((*dims, "dtype"), largest),
            "predicted": (dims, expected),
            "predicted_largest": (dims, expected_largest),
            "optimum": ("target", [networks.optimum(tasks.TARGETS[name], PIECES) for name in config.targets]),
        },
        coords=coords | {"dtype": ["float32", "float64"]},
    )


def _gains(config: Config) -> xr.Dataset:
    """Sigmoid steps on one target: by their gain at two widths, and by N with the gain held fixed."""
    target = tasks.TARGETS[config.gain_target]
    panels = approximation.panels(target.function, target.interval, target.breakpoints)

    def error(units: int, sharpness: float) -> float:
        network = networks.build("sigmoid steps", target, units, sharpness)
        return networks.error(network, target, panels, "float64").l2

    sharpness, at = np.geomspace(1, 256, 17), (config.widths[len(config.widths) // 2], config.widths[-1])
    by_sharpness = [[error(units, float(s)) for s in sharpness] for units in at]
    bumps = [networks.build("step bumps", target, units, 1.0) for units in at]
    fixed = [[error(units, gain / (units + 1)) for units in config.widths] for gain in config.gains]
    return xr.Dataset(
        {
            "by_sharpness": (("gain_width", "sharp"), by_sharpness),
            "smoothing": ("sharp", [networks.smoothing(float(s)) for s in sharpness]),
            "bumps": ("gain_width", [networks.error(one, target, panels, "float64").l2 for one in bumps]),
            "fixed_gain": (("gain", "width"), fixed),
        },
        coords={"gain_width": list(at), "sharp": sharpness, "gain": list(config.gains), "width": list(config.widths)},
    )


def _roundings(config: Config) -> xr.Dataset:
    """Root mean squares of what rounding adds to straight lines on equal knots, and of the error of these lines."""
    rng = np.random.default_rng(config.seed)
    rounding = np.empty((len(config.targets), len(config.rounding_widths), 2))
    exact = np.empty(rounding.shape[:2])
    for i, name in enumerate(config.targets):
        target = tasks.TARGETS[name]
        x = rng.uniform(*target.interval, PLACES)
        l2 = networks.predicted("ReLU, equal knots", target, config.rounding_widths, config.sharpness)
        exact[i] = l2 / np.sqrt(np.ptp(target.interval))
        for j, units in enumerate(config.rounding_widths):
            network = networks.build("ReLU, equal knots", target, units, config.sharpness)
            rounding[i, j] = [networks.rounding(network, target, dtype, x) for dtype in ("float32", "float64")]
    coords = {"target": list(config.targets), "rounding_width": list(config.rounding_widths)}
    return xr.Dataset(
        {
            "rounding": (("target", "rounding_width", "dtype"), rounding),
            "lines": (("target", "rounding_width"), exact),
        },
        coords=coords | {"dtype": ["float32", "float64"]},
    )


def _looks() -> xr.Dataset:
    """The networks that are drawn: bumps and sigmoid steps on the sine, lines with their knots on Runge's function."""
    sine, runge = tasks.TARGETS["sine"], tasks.TARGETS["runge"]
    x, across = np.linspace(*sine.interval, LOOKS), np.linspace(*runge.interval, LOOKS)
    steps = [networks.build("sigmoid steps", sine, DRAWN_UNITS, s) for s in DRAWN_SHARPNESS]
    lines = [networks.build(kind, runge, DRAWN_UNITS + 1, 1.0) for kind in networks.KINDS[2:4]]
    bumps = networks.build("step bumps", sine, DRAWN_UNITS, 1.0)
    return xr.Dataset(
        {
            "drawn_bumps": ("place", networks.outputs(bumps, x, "float64")[0]),
            "drawn_steps": (("drawn_sharpness", "place"), [networks.outputs(one, x, "float64")[0] for one in steps]),
            "drawn_lines": (("spread", "place"), [networks.outputs(one, across, "float64")[0] for one in lines]),
            "drawn_knots": (("spread", "knot"), [one.edges for one in lines]),
            "sine": ("place", sine.function(x)),
            "runge": ("place", runge.function(across)),
        },
        coords={"place": np.linspace(0, 1, LOOKS), "drawn_sharpness": list(DRAWN_SHARPNESS), "spread": [False, True]},
    )
