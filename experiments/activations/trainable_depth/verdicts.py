"""The table and the verdicts of `trainable_depth`: boundaries against theory's depths, by rank."""

import functools
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.activations.shared.names import NAMES
from experiments.activations.trainable_depth.config import Config, variances
from experiments.activations.trainable_depth.summary import (
    Boundary,
    Correlated,
    at,
    boundaries,
    by_chance,
    correlated,
    moved,
    out_of_reach,
)
from experiments.lab import rules
from experiments.lab.sources import SCHOENHOLZ
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip

# The greatest depth, by variance of the weights, at which the source's one network is right on half of MNIST's training
# rows after 200 steps: width 300, biases of variance 0.05.
PUBLISHED_DEPTHS = {1.0: 20, 1.5: 91, 1.75: 98, 2.0: 100, 3.0: 44, 4.0: 30}
PUBLISHED_WIDTH, PUBLISHED_STEPS = 300, 200
PUBLISHED_DEEPEST = 100  # layers, the most that the source trained
GRID = "Liu & Theodorou (2019), Deep learning theory review, arXiv 1908.10920; GitHub ghliu/mean-field-fcdnn, arrays"
SETTLED_BY = "more seeds, and more variances of the weights and depths"
EDGE = "the tuned rate of some networks that do not learn is the lowest or the highest tried"
SCALES = {"tanh": "6 xi_c", "relu": "1 / |ln(sigma_w^2 / 2)|"}
RANK = "the 95% interval, over networks, of Spearman's rank correlation at the given variances of the weights"
CHANGED = (
    "Since the first results were seen, the variances of the weights count as given (they were resampled too), more "
    "rates are tried, the digits have learning rates of their own, and the threshold of a rank correlation is that of "
    "random orders, no longer 0."
)
DOUBLINGS = (
    "the 95% interval of the mean, over the given variances of the weights, of the doublings of the depth, for other "
    "networks"
)


def statements(config: Config) -> list[Statement]:
    """The statements on the activations of this Config."""
    found = []
    for activation in config.activations:
        number = len(variances(config, activation))
        found += [_order(activation, number), _moves(activation)]
        if config.digit_seeds:
            found.append(_digits(activation, number))
    if "tanh" in config.activations and (number := len(_shared(np.array(config.tanh_variances)))) > 2:
        found.append(_published(number))
    return found


def _bar(depths: Sequence[float], beside: Sequence[float] | np.ndarray | None = None) -> float:
    return _bar_of(tuple(depths), None if beside is None else tuple(beside))


@functools.cache  # all orders of eight numbers are tried
def _bar_of(depths: tuple[float, ...], beside: tuple[float, ...] | None) -> float:
    return round(by_chance(depths, beside), 3)


def _ordered(number: int) -> Rule:
    """The rule for a rank correlation of `number` numbers."""
    return _tuned(
        Rule(
            f"Reproduced when all of {RANK} lies above the value that random orders of the same depths exceed in at "
            f"most 2.5% of cases ({_bar(range(number)):g} for {number} different depths); not reproduced when all of "
            "it lies at or below 0; otherwise not settled. Until November 2026 depths counted as different where they "
            "are not."
        )
    )


def _outcome(how: Correlated, depths: Sequence[float], beside: Sequence[float] | np.ndarray) -> str:
    if np.isnan(how.rank):  # where all depths are equal
        return NOT_SETTLED
    return REPRODUCED if how.low > _bar(depths, beside) else NOT_REPRODUCED if how.high <= 0 else NOT_SETTLED


def _tuned(rule: Rule) -> Rule:
    """The rule, open where the tuned rate of a network that does not learn lies at an end: it might learn beyond it."""
    one = rules.tuned(rule)
    told = f"{one.text} A network that is at chance at all rates does not count: none of them is best. {CHANGED}"
    return Rule(told, one.judge)


def _stated(activation: str) -> tuple[str, str]:
    """Kind and source of the claim that depth follows the scale: the source claims it for tanh, only we for ReLU."""
    there = f"{SCHOENHOLZ}, section 5"
    return (PUBLISHED, there) if activation == "tanh" else (AIM, f"{there} (there of tanh)")


def _order(activation: str, number: int) -> Statement:
    kind, source = _stated(activation)
    return Statement(
        id=f"order: {activation}",
        claim=f"The deeper the scale {SCALES[activation]} of theory, the deeper {NAMES[activation]} networks learn "
        "MNIST-1D.",
        kind=kind,
        source=source,
        rule=_ordered(number),
        reference="above chance",
        settled_by=SETTLED_BY,
    )


def _moves(activation: str) -> Statement:
    return Statement(
        id=f"longer training: {activation}",
        claim=f"With longer training, deeper {NAMES[activation]} networks learn.",
        kind=AIM,
        source=f"{SCHOENHOLZ}, section 5 (trained for several lengths)",
        rule=_tuned(rules.above(0, DOUBLINGS)),
        reference="above 0",
        unit="doublings",
        settled_by=SETTLED_BY,
    )


def _digits(activation: str, number: int) -> Statement:
    kind, source = _stated(activation)
    return Statement(
        id=f"digits: {activation}",
        claim=f"On the MNIST digits, too, deeper {NAMES[activation]} networks learn where the depth scale of "
        "theory is larger.",
        kind=kind,
        source=source,
        rule=_ordered(number),
        reference="above chance",
        settled_by=SETTLED_BY,
        fixed="the MNIST digits",
    )


def _published(number: int) -> Statement:
    return Statement(
        id="published depths",
        claim="The deepest tanh networks that learn are in the published order over the variance of the weights.",
        kind=PUBLISHED,
        source=GRID,
        rule=_ordered(number),
        reference=", ".join(map(str, PUBLISHED_DEPTHS.values())),
        settled_by=SETTLED_BY,
    )


def _shared(variances: np.ndarray) -> list[int]:
    """The indices of the variances that the published grid has too."""
    return [i for i, one in enumerate(variances) if float(one) in PUBLISHED_DEPTHS]


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation, data, length of training and variance of the weights: theory's depth, and the boundary."""
    rows = []
    for activation in map(str, data.activation.values):
        for length in (*map(int, data.length.values), *([None] if "digits_accuracy" in data else [])):
            one = data.sel(activation=activation)
            for i, known in enumerate(boundaries(data, activation, length)):
                rates = at(data, activation, length).rate.isel(place=i).transpose("depth").values
                rows.append({
                    "activation": activation, "data": "MNIST digits" if length is None else "MNIST-1D",
                    "steps": length or int(data.length.max()), "weight_variance": float(one.variance[i]),
                    "theory_depth": float(one.theory_depth[i]), "boundary": known.depth, "low": known.low,
                    "high": known.high, "rates": ", ".join(f"{rate:g}" for rate in rates),
                })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """All verdicts, in the order of `statements`."""
    found = [one for activation in map(str, data.activation.values) for one in _of_activation(data, activation)]
    return found + _beside_the_published(data) if "tanh" in data.activation.values else found


def _without_ties(expected: np.ndarray, found: list[Boundary], deepest: int) -> str:
    """A sentence on the depths that were reached alone, as those above the deepest networks share a rank."""
    known = np.array([one.depth < deepest for one in found])
    if known.sum() < 3 or (~known).sum() < 2:
        return ""
    rank = correlated(expected[known], [one for one in found if one.depth < deepest], deepest).rank
    more = f" Without the {(~known).sum()} depths above {deepest} layers, which share a rank, the rank correlation is "
    return f"{more}{rank:z.2f}."


def _of_activation(data: xr.Dataset, activation: str) -> list[Verdict]:
    """The verdicts on the order of its depths, on longer training, and on the digits."""
    found = []
    deepest, networks = int(data.depth.max()), data.sizes["seed"]
    short, long = (int(one) for one in data.length.values)
    expected = data.theory_depth.sel(activation=activation).values
    tried = data.variance.sel(activation=activation).values
    given = f"At weight variances of {_listed(tried)}"
    early, late = (boundaries(data, activation, length) for length in (short, long))
    edge = [EDGE if out_of_reach(data, activation, length) else "" for length in (short, long)]
    how = correlated(expected, late, deepest)
    ratios = [b.depth / e for b, e in zip(late, expected, strict=True) if b.depth < deepest and np.isfinite(e)]
    also = (
        f" Where the depth is below {deepest} layers and the scale finite, the depth is {min(ratios):.1f} to "
        f"{max(ratios):.1f} times the scale; on logarithmic axes its slope over the scale is {how.slope:z.2f} "
        f"[{how.slope_low:z.2f}, {how.slope_high:z.2f}]."
        if len(ratios) > 1
        else ""
    )
    found.append(
        _order(activation, len(late)).verdict(
            "The rank correlation between the scale and the depth at which half of the networks learn is "
            f"{_ranked(how)} after {long:,} steps, and {_ranked(correlated(expected, early, deepest))} after "
            f"{short:,}; {_chance(_depths(late), expected)}. {given} these depths are {_told(late, deepest)} "
            f"layers after {long:,} steps.{also}{_without_ties(expected, late, deepest)}",
            how.rank, how.low, how.high, networks, outcome=_outcome(how, _depths(late), expected),
            at_edge=edge[1],
        )
    )  # fmt: skip
    doublings, low, high = moved(early, late, deepest)
    found.append(
        _moves(activation).verdict(
            f"After {long:,} steps the depth at which half of the networks learn is {2**doublings:.2f} "
            f"[{2**low:.2f}, {2**high:.2f}] times that after {short:,} (geometric mean over the weight variances; "
            f"depths above {deepest} layers count as {deepest}).",
            doublings, low, high, networks, at_edge=edge[0] or edge[1],
        )
    )  # fmt: skip
    if "digits_accuracy" in data:
        digits = boundaries(data, activation, None)
        how = correlated(expected, digits, deepest)
        found.append(
            _digits(activation, len(digits)).verdict(
                "The rank correlation between the scale and the depth at which half of the networks learn is "
                f"{_ranked(how)}; {_chance(_depths(digits), expected)}. {given} these depths are "
                f"{_told(digits, deepest)} layers.{_without_ties(expected, digits, deepest)}",
                how.rank, how.low, how.high, data.sizes["digit_seed"],
                outcome=_outcome(how, _depths(digits), expected),
                at_edge=EDGE if out_of_reach(data, activation, None) else "",
            )
        )  # fmt: skip
    return found


def _beside_the_published(data: xr.Dataset) -> list[Verdict]:
    """The verdict on the published depths of tanh networks, if more than two of their variances were tried."""
    found = []
    deepest, networks, long = int(data.depth.max()), data.sizes["seed"], int(data.length.max())
    given = data.variance.sel(activation="tanh").values
    if len(some := _shared(given)) > 2:
        late = [boundaries(data, "tanh", long)[i] for i in some]
        published = np.array([PUBLISHED_DEPTHS[float(given[i])] for i in some], float)
        how = correlated(published, late, deepest)
        found.append(
            _published(len(some)).verdict(
                "The rank correlation between the depth at which half of the networks learn and the published "
                f"depth is {_ranked(how)}; {_chance(_depths(late), published)}. At weight variances of "
                f"{_listed(given[some])} the depths are here, at width {data.attrs['width']} and for a fifth of "
                f"the rows of MNIST-1D right after {long:,} steps, {_told(late, deepest)} layers; the published "
                f"ones, at width {PUBLISHED_WIDTH} and for half of MNIST's rows right after {PUBLISHED_STEPS} "
                f"steps, are {_listed(published)}.{_without_ties(published, late, deepest)}",
                how.rank, how.low, how.high, networks, outcome=_outcome(how, _depths(late), published),
                at_edge=EDGE if out_of_reach(data, "tanh", long) else "",
            )
        )  # fmt: skip
    return found


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{float(one):g}" for one in values)


def _depths(found: list[Boundary]) -> list[float]:
    return [one.depth for one in found]


def _chance(depths: Sequence[float], beside: Sequence[float] | np.ndarray) -> str:
    """A clause on the rank correlation that must be exceeded."""
    if len(set(depths)) == 1:
        return "all depths are equal, so they have no order"
    return f"random orders exceed {_bar(depths, beside):g} in at most 2.5% of cases"


def _told(found: list[Boundary], deepest: int) -> str:
    return ", ".join(f"above {deepest}" if one.depth >= deepest else f"{one.depth:.0f}" for one in found)


def _ranked(how: Correlated) -> str:
    return f"{how.rank:.2f} [{how.low:.2f}, {how.high:.2f}]"
