"""The networks of `activations.signal_propagation`, summarised over networks, and the theory for each column."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xarray as xr

from experiments.activations.signal_propagation import networks
from experiments.activations.signal_propagation.config import (
    FIRST_CORRELATION,
    TANH_BIAS,
    Config,
    check,
    columns,
    layers,
)
from nnjax import machine
from nnjax.theory import mean_field

MEASURED = ("log_q", "correlation", "log_gradient")
# Slopes below and above 0 of the piecewise linear activations, for which the drift of the log variance is measured.
DRIFTING = {"identity": (1.0, 1.0), "leaky_relu": (0.01, 1.0), "relu": (0.0, 1.0)}
LINES = ("tanh", "sigmoid", "relu", "elu", "selu", "gelu", "silu", "sin")  # whose critical lines are drawn
LINE_Q = np.geomspace(1e-3, 200, 90)
SCALE_WEIGHTS = np.unique([*np.linspace(0.8, 4.2, 69), *np.linspace(1.7, 1.82, 25)])


def run(config: Config) -> xr.Dataset:
    """Means and standard deviations over networks [width, layer, column], theory [layer, column], and drifts."""
    check(config)
    given, shown = columns(config), layers(config.depth)
    packed = networks.Columns(*zip(*given, strict=True))

    def one(width: int, count: int) -> xr.Dataset:
        parts = networks.signals(packed, width, config.depth, shown, count, config.seed)
        return xr.merge([_summary(name, part) for name, part in zip(MEASURED, parts, strict=True)])

    # Several at a time, as programs take seconds to compile, each on one core.
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = list(pool.map(one, config.widths, config.networks))
    data = xr.concat(found, xr.Variable("width", list(config.widths)))
    data = data.assign_coords(layer=shown).assign(
        networks=("width", list(config.networks)),
        activation=("column", list(packed.activation)),
        weight_variance=("column", list(packed.weight_variance)),
        bias_variance=("column", list(packed.bias_variance)),
    )
    data = xr.merge([data, _theory(given, config.depth, shown), _drifts(config), _lines(), _scales()])
    return data.assign_attrs(depth=config.depth, drift_networks=config.drift_networks)


def _summary(name: str, values: np.ndarray) -> xr.Dataset:
    """Mean and standard deviation over networks; for the gradient of the step, which is 0, they are -inf and nan."""
    dims = ("layer", "column")
    with np.errstate(invalid="ignore"):
        mean, spread = values.astype(float).mean(axis=0), values.astype(float).std(axis=0, ddof=1)
    return xr.Dataset({name: (dims, mean.astype("float32")), f"{name}_sd": (dims, spread.astype("float32"))})


def _theory(given: list[tuple[str, float, float]], depth: int, shown: list[int]) -> xr.Dataset:
    found = {f"theory_{name}": np.full((len(shown), len(given)), np.nan) for name in MEASURED}
    points = []
    rows = np.array(shown) - 1
    for i, (name, w, b) in enumerate(given):
        f = mean_field.expectations(name)
        q = mean_field.variances(f, 1.0, w, b, depth)
        found["theory_log_q"][:, i] = np.log(q)[rows]
        found["theory_correlation"][:, i] = mean_field.correlations(f, FIRST_CORRELATION, q, w, b)[rows]
        if name != "step":
            # The gradient of layer l has passed the derivatives of the layers l to depth - 1.
            steps = np.append(np.log(mean_field.chi(f, q, w))[:-1], 0.0)
            found["theory_log_gradient"][:, i] = np.cumsum(steps[::-1])[::-1][rows]
        points.append(mean_field.fixed_point(f, w, b))
    names = ("fixed_variance", "fixed_correlation", "chi", "xi_q", "xi_c", "xi_gradient")
    return xr.Dataset(
        {name: (("layer", "column"), values) for name, values in found.items()}
        | {name: ("column", list(values)) for name, values in zip(names, zip(*points, strict=True), strict=True)}
    )


def _drifts(config: Config) -> xr.Dataset:
    """By how much the logarithm of the variance changes from the first layer to the last [width, drifting]."""
    slopes = list(DRIFTING.values())
    drawn = [networks.drift(slopes, width, config.depth, config.drift_networks, config.seed) for width in config.widths]
    dims = ("width", "drifting")
    return xr.Dataset(
        {
            "drift": (dims, [one.mean(axis=0) for one in drawn]),
            "drift_sd": (dims, [one.std(axis=0, ddof=1) for one in drawn]),
            "theory_drift": (
                "drifting",
                [mean_field.log_variance_drift(mean_field.expectations(name)) for name in DRIFTING],
            ),
        },
        {"width": list(config.widths), "drifting": list(DRIFTING)},
    )


def _lines() -> xr.Dataset:
    """The critical line of each activation, point by point [line, point]."""
    found = [mean_field.critical_line(mean_field.expectations(name), LINE_Q) for name in LINES]
    return xr.Dataset(
        {
            "line_weight": (("line", "point"), [w for w, _ in found]),
            "line_bias": (("line", "point"), [b for _, b in found]),
        },
        {"line": list(LINES)},
    )


def _scales() -> xr.Dataset:
    """The depth scale xi_c of tanh by the variance of the weights, and where it is infinite."""
    f = mean_field.expectations("tanh")
    scales = [mean_field.fixed_point(f, float(w), TANH_BIAS).xi_c for w in SCALE_WEIGHTS]
    critical = mean_field.critical_weight_variance(f, TANH_BIAS)
    found = [one if math.isfinite(one) else np.nan for one in scales]
    return xr.Dataset({"scale": ("scale_weight", found), "critical_weight": critical}, {"scale_weight": SCALE_WEIGHTS})
