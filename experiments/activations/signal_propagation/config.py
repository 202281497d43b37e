"""The settings of `activations.signal_propagation`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of

ACTIVATIONS = (
    "identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "elu", "selu", "gelu", "silu", "sin",
    "cos",
)  # fmt: skip
GLOROT, HE, LARGE = 1.0, 2.0, 4.0  # variances of weights times fan-in, in layers of one width; biases are 0
TANH_BIAS = 0.05  # variance of the biases with which the published depth scales are given
SHOWN = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)  # layers that are recorded
FIRST_CORRELATION = 0.5  # of two inputs, in the first layer


@dataclass(frozen=True)
class Config:
    """Which random networks are drawn, and how many."""

    # scientific
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    weight_variances: tuple[float, ...] = (GLOROT, HE, LARGE)  # scientific: of weights, times fan-in
    bias_variances: Annotated[tuple[float, ...], at_least(0)] = (0.0, TANH_BIAS)  # scientific
    # scientific: further weight variances for tanh, with biases of variance 0.05
    tanh_weight_variances: Annotated[tuple[float, ...], at_least(0.1, count=2)] = (1.0, 1.5, 1.75, 2.0, 3.0, 4.0)
    widths: Annotated[tuple[int, ...], at_least(8, 4096, count=2)] = (128, 256, 512, 1024)  # scientific
    networks: Annotated[tuple[int, ...], any_order(2)] = (2048, 2048, 2048, 2048)  # fixed: for each width
    depth: Annotated[int, at_least(4, 100)] = 100  # fixed: layers
    drift_networks: Annotated[int, at_least(2)] = 32_768  # fixed: of each width, with only the variance followed
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed


FULL = Config()
QUICK = Config(
    activations=("sigmoid", "tanh", "relu"), bias_variances=(0.0,), widths=(64, 128), networks=(512, 512),
    depth=40, drift_networks=2048, tanh_weight_variances=(1.5, 2.0),
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if len(config.networks) != len(config.widths):
        raise ValueError(f"networks={config.networks!r} must hold a number for each of widths={config.widths!r}")


def columns(config: Config) -> list[tuple[str, float, float]]:
    """The activation, weight variance and bias variance of every combination that is sent through the networks."""
    found = [(f, w, b) for f in config.activations for w in config.weight_variances for b in config.bias_variances]
    if "tanh" in config.activations:
        found += [("tanh", w, TANH_BIAS) for w in config.tanh_weight_variances]
    return sorted(set(found), key=lambda one: (ACTIVATIONS.index(one[0]), one[2], one[1]))


def layers(depth: int) -> list[int]:
    """The layers that are recorded, the middle and the last among them."""
    return sorted({*(one for one in SHOWN if one <= depth), depth // 2, depth})
