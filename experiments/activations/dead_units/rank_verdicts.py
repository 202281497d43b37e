"""The statements and verdicts on ranks by depth: what bounds the rank of random layers, and the published law."""

from typing import Any

import numpy as np
import scipy
import xarray as xr

from experiments.activations.dead_units.config import Config
from experiments.activations.dead_units.ranks import LEAKY, ORTHOGONAL, PLAIN, SLOPE
from experiments.activations.dead_units.together import ALPHA, of_many, outcome
from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics

LAYERS = 12  # up to which ranks are judged
LAW, HOLDS, FULL_RANK, REVIVAL = 0.05, 0.05, 0.95, 0.02  # parts of the number of examples or units
LAYERS_OF = {
    ORTHOGONAL: "orthogonal weights and ReLU",
    LEAKY: f"normal weights and a leaky ReLU of slope {SLOPE:g} below 0",
}

MAKWANA = (
    "Makwana (2025), Some theoretical results on layerwise effective dimension oscillations in finite width ReLU "
    "networks, arXiv 2507.07675, abstract"
)

COUNTED = Statement(
    id="rank-is-units-on",
    claim="The rank of a random layer's outputs is the number of its units that are on for some example, or the number "
    "of examples where that is less: what is lost is lost to units that are off for all of them.",
    kind=AIM,
    source="",
    rule=Rule(
        f"The greatest mean distance over layers 1 to {LAYERS} and shapes, as a part of the lesser of examples and "
        f"units. {rules.below(HOLDS, 'its 95% interval (Student, for all layers and shapes together)').text}",
        rules.below(HOLDS).judge,
    ),
    reference=0.0,
    unit="of m, the greatest distance",
    settled_by="more draws",
    interval=EXTREME,
)
WIDE = Statement(
    id="units-on-by-depth",
    claim="The share of units that are on for some example is that of infinitely wide layers, where a pair of examples "
    "becomes more alike from layer to layer.",
    kind=AIM,
    source="Cho & Saul (2009), Kernel methods for deep learning, NeurIPS, equation 6; Dunnett & Sobel (1955), "
    "Biometrika 42",
    rule=Rule(
        f"The greatest deviation over layers 1 to {LAYERS} and shapes. "
        f"{rules.within(-HOLDS, HOLDS, 'its 95% interval (Student, for all layers and shapes together)').text}",
        rules.within(-HOLDS, HOLDS).judge,
    ),
    reference=0.0,
    unit="of the units, the greatest deviation",
    settled_by="more draws",
    interval=EXTREME,
)
RANK_LAW = Statement(
    id="rank-law",
    claim="The outputs of layer l of a random ReLU network have the mean rank m (1 - (1 - 2 / pi)^l), where m is the "
    "number of examples or the number of units, whichever is less (in the source m is the number of examples; a rank "
    "can reach it only if there are at least as many units).",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        "For every shape of the output matrix the mean rank over m, the lesser of examples and units, is compared with "
        f"the law at layers 1 to {LAYERS}, at every tolerance of what counts as 0, and so is the effective rank; the "
        "definition of rank counts at which the law is worst off by least. "
        f"{rules.below(LAW, 'the interval of that worst deviation (95%, Student, for all layers together)').text} "
        f"{rules.together('shapes')}"
    ),
    reference="m (1 - (1 - 2 / pi)^l)",
    unit="of m, the least of the worst deviations",
    settled_by="more draws",
    interval=EXTREME,
    level=1 - ALPHA / LAYERS,
)
RISES_AGAIN = Statement(
    id="rank-revives",
    claim="With depth the mean rank of a random ReLU network falls and rises again: it has local maxima.",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        f"At 40 examples and 40 units, from each of the first {LAYERS} layers to the next, paired by draw, Student's t "
        f"with Holm's correction ({ALPHA:.0%}). Reproduced when the rank rises significantly anywhere; not reproduced "
        f"when it does not, and no interval (for all layers together) reaches a rise of {REVIVAL:.0%} of 40; otherwise "
        "not settled."
    ),
    reference="rises",
    unit="of 40, the greatest rise from a layer to the next",
    settled_by="more draws",
    interval=EXTREME,
    level=1 - ALPHA / (LAYERS - 1),
)
KEEPS_RANK = Statement(
    id="orthogonal-or-leaky-keep-rank",
    claim="With orthogonal weights, or with a leaky ReLU of a great slope below 0, the rank stays nearly full.",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        f"At 40 examples and 40 units, layer {LAYERS}. "
        f"{rules.above(FULL_RANK, 'the 95% interval of the mean rank over 40 (Student)').text} "
        f"{rules.together('two kinds')}"
    ),
    reference=1.0,
    unit="of full rank, the lesser of the two",
    settled_by="more draws",
    interval=EXTREME,
)


def statements(config: Config) -> list[Statement]:
    """What bounds the rank, for all shapes, and then what was published on it."""
    counted, wide = (of_many(one, LAYERS * len(config.shapes)) for one in (COUNTED, WIDE))
    return [counted, wide, RANK_LAW, RISES_AGAIN, KEEPS_RANK]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Those on the statements, in their order."""
    return [_counted(data), _wide(data), _law(data), _rises(data), _keeps(data)]


def plain(data: xr.Dataset) -> xr.Dataset:
    """The cases of normal weights and ReLU, up to the last judged layer."""
    return data.isel(case=data.kind.values == PLAIN).sel(layer=slice(1, LAYERS))


def lesser(data: xr.Dataset) -> np.ndarray:
    """The lesser of the numbers of examples and units [case]."""
    return np.minimum(data.examples.values, data.units.values)


def _student(values: np.ndarray, comparisons: int) -> tuple[np.ndarray, np.ndarray]:
    """Means over the last axis, and half the widths of their intervals, of which `comparisons` hold together."""
    n = values.shape[-1]
    quantile = float(scipy.stats.t.ppf(1 - ALPHA / (2 * comparisons), n - 1))
    return values.mean(axis=-1), quantile * values.std(axis=-1, ddof=1) / np.sqrt(n)


def _counted(data: xr.Dataset) -> Verdict:
    some = plain(data)
    most = np.minimum(some.on.values, some.examples.values[:, None, None])
    mean, half = _student(np.abs(some["rank"].values - most) / lesser(some)[:, None, None], some.wide_share.size)
    case, layer = np.unravel_index((mean + half).argmax(), mean.shape)
    return of_many(COUNTED, some.wide_share.size).verdict(
        "The mean distance of the rank from the number of units that are on (or of examples, if fewer) is greatest in "
        f"layer {layer + 1} with {_shape(some, case)}: {mean[case, layer]:.3f} of m, the lesser of examples and units. "
        f"There the mean rank is {float(some['rank'][case, layer].mean()):.1f}, and "
        f"{float(some.on[case, layer].mean()):.1f} units are on for some example.",
        float(mean[case, layer]), float((mean - half)[case, layer]), float((mean + half)[case, layer]),
        data.sizes["draw"],
    )  # fmt: skip


def _wide(data: xr.Dataset) -> Verdict:
    some = plain(data)
    share = some.on.values / some.units.values[:, None, None]
    mean, half = _student(share - some.wide_share.values[..., None], some.wide_share.size)
    case, layer = np.unravel_index((np.abs(mean) + half).argmax(), mean.shape)
    theory = float(some.wide_share[case, layer])
    return of_many(WIDE, some.wide_share.size).verdict(
        "The share of units that are on for some example differs most from that of infinitely wide layers in layer "
        f"{layer + 1} with {_shape(some, case)}: there it is {theory + mean[case, layer]:.3f}, against {theory:.3f} in "
        f"theory ({mean[case, layer]:+.3f}).",
        float(mean[case, layer]), float((mean - half)[case, layer]), float((mean + half)[case, layer]),
        data.sizes["draw"],
    )  # fmt: skip


def _shape(data: xr.Dataset, case: Any) -> str:
    return f"{int(data.examples[case])} examples and {int(data.units[case])} units"


def law(layers: np.ndarray) -> np.ndarray:
    """The published mean rank, divided by m."""
    return 1 - (1 - 2 / np.pi) ** np.asarray(layers, float)


def _law(data: xr.Dataset) -> Verdict:
    some = plain(data)
    m = lesser(some)
    mean = np.concatenate([some.at_tolerance.values, some.effective.values[..., None]], axis=2) / m[:, None, None]
    error = np.concatenate([some.at_tolerance_error.values, some.effective_error.values[..., None]], axis=2)
    quantile = float(scipy.stats.t.ppf(1 - ALPHA / (2 * LAYERS), data.sizes["draw"] - 1))
    off = np.abs(mean - law(some.layer.values)[:, None])  # [case, layer, definition]
    names = [*(f"tolerance {tolerance:g}" for tolerance in some.tolerance.values), "effective rank"]
    outcomes, told, worst = [], [], []
    for case in range(len(m)):
        best = int(off[case].max(axis=0).argmin())
        layer = int(off[case, :, best].argmax())
        half = quantile * error[case, layer, best] / m[case]
        at = float(off[case, layer, best])
        worst.append((at, max(0.0, at - half), at + half))
        outcomes.append(outcome(rules.below(LAW), *worst[-1]))
        shape = f"{int(some.examples[case])} by {int(some.units[case])}"
        told.append(f"{at:.2f} ({shape}, layer {layer + 1}, {names[best]})")
    least = min(worst)
    case = int(np.flatnonzero((some.examples.values == 40) & (some.units.values == 40))[0])
    ranks = ", ".join(f"{value:.2f}" for value in some["rank"].values[case].mean(axis=1)[[0, 1, 2, 3, LAYERS - 1]] / 40)
    return RANK_LAW.verdict(
        "With the definition of rank that fits the law best, the mean rank over m (the lesser of examples and units) "
        f"deviates from the law by up to {', '.join(told)}; in brackets: examples by units, the layer and the "
        "definition (tolerance: singular values that are smaller than this part of the greatest one count as 0). By "
        f"the law the rank over m rises with l from {law(np.array([1]))[0]:.2f} to 1; with 40 examples "
        f"and 40 units it is {ranks} in layers 1, 2, 3, 4 and {LAYERS}.",
        least[0], least[1], least[2], data.sizes["draw"], outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip


def _rises(data: xr.Dataset) -> Verdict:
    some = plain(data)
    case = (some.examples.values == 40) & (some.units.values == 40)
    rise = np.diff(some["rank"].values[case][0].astype(float), axis=0) / 40  # [layer, draw]
    mean, half = _student(rise, len(rise))
    p = [statistics.mean(one).p_value if mean_ > 0 else 1.0 for one, mean_ in zip(rise, mean, strict=True)]
    risen = statistics.holm(p) < ALPHA
    greatest = int(mean.argmax())
    reaches = bool((mean + half >= REVIVAL).any())
    most = float(mean[greatest])
    told = f"Its greatest rise from one layer to the next, after layer {greatest + 1}, is {most:.4f}"
    if most < 0:
        told = f"It falls from every layer to the next, least after layer {greatest + 1}: there by {-most:.4f}"
    return RISES_AGAIN.verdict(
        f"The mean rank rises significantly after {int(risen.sum())} of {len(rise)} layers. {told} "
        "of full rank, which is 40.",
        most, float((mean - half)[greatest]), float((mean + half)[greatest]), data.sizes["draw"],
        outcome=REPRODUCED if risen.any() else NOT_SETTLED if reaches else NOT_REPRODUCED,
    )  # fmt: skip


def _keeps(data: xr.Dataset) -> Verdict:
    found = {}
    for kind in (ORTHOGONAL, LEAKY):
        one = data.isel(case=data.kind.values == kind).sel(layer=LAYERS)
        found[kind] = statistics.mean(one["rank"].values[0] / 40)
    outcomes = [outcome(rules.above(FULL_RANK), *one[:3]) for one in found.values()]
    least = min(found.values(), key=lambda one: one.estimate)
    told = ", and ".join(
        f"{one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}] with {LAYERS_OF[kind]}" for kind, one in found.items()
    )
    return KEEPS_RANK.verdict(
        f"In layer {LAYERS}, with 40 examples and 40 units, the mean rank divided by 40 is {told}.",
        least.estimate, least.low, least.high, data.sizes["draw"], outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip
