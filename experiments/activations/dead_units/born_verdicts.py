"""The statements and verdicts on random ReLU networks that are born dead: at one input, and on a circle of inputs."""

from typing import Any

import numpy as np
import scipy
import xarray as xr

from experiments.activations.dead_units.config import Config
from experiments.activations.dead_units.together import ALPHA, of_many
from experiments.lab.verdicts import (
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics
from nnjax.theory import dead_units as theory

SHALLOW = 4  # layers with which the greatest depth is compared
NEARER = 0.5  # of the way to the formula of another width

RISTER = "Rister & Rubin (2020), Probabilistic bounds on neuron death in deep rectifier networks, arXiv 2007.06192"
LU = "Lu, Shin, Su & Karniadakis (2020), Dying ReLU and initialization: theory and numerical examples, CiCP 28"

EXACT = Statement(
    id="born-dead-at-one-input",
    claim="At one input other than 0 a random ReLU network is dead (no unit of some hidden layer is on) with "
    "probability 1 - prod (1 - 2^-N_l), where N_l is the width of layer l, if its weights are drawn independently "
    "from any continuous distribution that is symmetric about 0, and its biases are 0 or are drawn in such a way too.",
    kind=THEOREM,
    source=f"{RISTER}: the limit of a set that shrinks to a point; {LU}",
    rule=Rule(
        "For every law, width and depth, the share of dead networks minus the formula, with an exact interval (Clopper "
        f"& Pearson, {1 - ALPHA:.0%} for all together), is held against the way from the formula to that of layers of "
        "one unit more or one less, whichever is nearer. Reproduced when every interval lies within half of the way on "
        "both sides, so that the formula of no other width is as near; not reproduced when one lies outside; otherwise "
        "not settled. The margin was added after the first results: an exact binomial test alone had decided, which "
        "cannot show that two numbers are equal."
    ),
    reference=0.0,
    unit="of the way to the formula of one unit more or less",
    settled_by="more networks",
    interval=EXTREME,
)
SHARP = Statement(
    id="nearer-with-depth",
    claim="On a circle of inputs the formula for one input is approached with depth: the deeper the networks, the "
    "nearer the share of those that are dead comes to it.",
    kind=PUBLISHED,
    source=f"{RISTER}: rapid convergence to the bound with increasing depth",
    rule=Rule(
        f"The share of dead networks divided by the bound, at {SHALLOW} hidden layers and at the most, with Wilson "
        "intervals for all laws and widths together. Reproduced when the interval lies higher at the greater depth for "
        "every law and width of 2 or more, not reproduced when it lies lower for one, otherwise not settled (until "
        "November 2026 it was not reproduced when it lay higher nowhere, which few networks are enough for). After the "
        "first results the claim was cut: that the formula is an upper bound holds by construction, and is a test."
    ),
    reference="nearer",
    unit="times the bound, least of all at the greatest depth",
    settled_by="more networks",
    interval=EXTREME,
)


def statements(config: Config) -> list[Statement]:
    """The share at one input and, where a width of 2 or more was drawn, that on the circle."""
    laws = len(config.laws)
    wide = sum(width >= 2 for width in config.widths)
    exact = of_many(EXACT, laws * len(config.widths) * config.depth)
    sharp = [of_many(SHARP, 2 * laws * wide)] if wide else []  # a width of 1 is at the bound at once
    return [exact, *sharp]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Those on the statements, in their order."""
    sharp = [_sharp(data)] if (data.born_width >= 2).any() else []
    return [_exact(data), *sharp]


def _exact(data: xr.Dataset) -> Verdict:
    n, counts = data.attrs["networks"], data.born_point.values
    p, way = (np.broadcast_to(one, counts.shape) for one in (data.born_exact.values, to_the_next(data)))
    found = [statistics.binomial_test(int(k), n, float(q)) for k, q in zip(counts.ravel(), p.ravel(), strict=True)]
    rejected = statistics.holm(found) < ALPHA
    off, low, high = ((one - p) / way for one in (counts / n, *clopper_pearson(counts, n, ALPHA / counts.size)))
    worst = np.unravel_index(np.maximum(-low, high).argmax(), counts.shape)
    inside, outside = (low >= -NEARER) & (high <= NEARER), (low > NEARER) | (high < -NEARER)
    return of_many(EXACT, counts.size).verdict(
        f"In {counts.size:,} cases (weight distribution, width and depth; {n:,} networks each) the interval of the "
        "share of dead networks (in which no unit of some hidden layer is on) reaches at most "
        f"{max(-low[worst], high[worst]):.2f} of the way from the formula to that for one unit more or less; there "
        f"({_case(data, *worst)}) the share is {counts[worst] / n:.4f} and the formula gives {p[worst]:.4f}. "
        f"{_least_likely(data, np.array(found), rejected)}",
        float(off[worst]), float(low[worst]), float(high[worst]), n,
        outcome=REPRODUCED if inside.all() else NOT_REPRODUCED if outside.any() else NOT_SETTLED,
    )  # fmt: skip


def _case(data: xr.Dataset, law: Any, width: Any, layer: Any) -> str:
    """A weight distribution, width and depth, given by their places, in words."""
    return (
        f"weights: {data.law[law].item()}; width {int(data.born_width[width])}; layers: {int(data.born_layer[layer])}"
    )


def _least_likely(data: xr.Dataset, p_values: np.ndarray, rejected: np.ndarray) -> str:
    """Sentences on where exact binomial tests reject the formula most clearly, and how often they do."""
    counts, least = data.born_point, int(p_values.argmin())
    i, j, k = np.unravel_index(least, counts.shape)
    formula, count = float(data.born_exact[j, k]), int(counts[i, j, k])
    return (
        f"Exact binomial tests with Holm's correction reject the formula for {int(rejected.sum())} of "
        f"{p_values.size:,} shares; the smallest p-value is {p_values[least]:.2g} ({_case(data, i, j, k)}), for a "
        f"share of {count / data.attrs['networks']:.4f} and a formula of {formula:.4f}. All depths of one distribution "
        "and width are counted on the same networks, so their deviations are not independent."
    )


def to_the_next(data: xr.Dataset) -> np.ndarray:
    """The distance, for each width and depth, from the formula to the nearer of those of one unit more or one less."""
    found = []
    for width, of_width in zip(data.born_width.values.tolist(), data.born_exact.values, strict=True):
        others = [[theory.born_dead([other] * depth) for depth in data.born_layer.values.tolist()]
                  for other in (width - 1, width + 1) if other]  # fmt: skip
        found.append(np.abs(np.array(others) - of_width).min(axis=0))
    return np.array(found)


def clopper_pearson(counts: np.ndarray, n: int, miss: float) -> tuple[np.ndarray, np.ndarray]:
    """Exact intervals of the proportions counts / n, each of which misses the true one with probability <= `miss`."""
    low = scipy.stats.beta.ppf(miss / 2, counts, n - counts + 1)
    high = scipy.stats.beta.ppf(1 - miss / 2, counts + 1, n - counts)
    return np.where(counts == 0, 0.0, low), np.where(counts == n, 1.0, high)


def ratio(data: xr.Dataset, layer: int, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share of networks dead on the circle over the bound [law, width], and its interval."""
    n = data.attrs["networks"]
    counts = data.born_domain.sel(born_layer=layer).values
    bound = data.born_exact.sel(born_layer=layer).values
    low, high = statistics.wilson(counts, n, confidence)
    return counts / n / bound, low / bound, high / bound


def _sharp(data: xr.Dataset) -> Verdict:
    wide = data.isel(born_width=data.born_width.values >= 2)
    most = int(data.born_layer.max())
    confidence = 1 - ALPHA / (2 * wide.born_domain.isel(born_layer=0).size)
    (before, low, top), (after, bottom, high) = (ratio(wide, layer, confidence) for layer in (SHALLOW, most))
    nearer = bottom > top
    least = np.unravel_index(after.argmin(), after.shape)
    return of_many(SHARP, 2 * nearer.size).verdict(
        f"The share of networks that are dead on the circle, divided by the formula, is {before.min():.2f} to "
        f"{before.max():.2f} with {SHALLOW} hidden layers and {after.min():.2f} to {after.max():.2f} with {most}. For "
        f"{int(nearer.sum())} of {nearer.size} combinations of weight distribution and width it is significantly "
        f"higher with {most}.",
        float(after[least]), float(bottom[least]), float(high[least]), data.attrs["networks"],
        outcome=REPRODUCED if nearer.all() else NOT_REPRODUCED if (high < low).any() else NOT_SETTLED,
    )  # fmt: skip
