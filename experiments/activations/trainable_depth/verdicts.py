"""The table and the verdicts of `trainable_depth`: boundaries against theory's depths, by rank."""

import numpy as np
import xarray as xr

from experiments.activations.shared.names import NAMES
from experiments.activations.trainable_depth.config import Config
from experiments.activations.trainable_depth.summary import (
    Boundary,
    Correlated,
    boundaries,
    correlated,
    moved,
    out_of_reach,
)
from experiments.lab import rules
from experiments.lab.sources import SCHOENHOLZ
from experiments.lab.verdicts import AIM, PUBLISHED, Rule, Statement, Verdict

# The deepest of one network for each depth and variance that is right on half of MNIST's training rows after 200
# steps: width 300, at most 100 layers, biases of variance 0.05.
PUBLISHED_DEPTHS = {1.0: 20, 1.5: 91, 1.75: 98, 2.0: 100, 3.0: 44, 4.0: 30}
GRID = "Liu & Theodorou (2019), Deep learning theory review, arXiv 1908.10920; GitHub ghliu/mean-field-fcdnn, arrays"
SETTLED_BY = "more seeds, and more variances of the weights and depths"
EDGE = "the tuned rate of a network that does not learn is the least or the greatest tried"
SCALES = {"tanh": "6 xi_c", "relu": "1 / |ln(sigma_w^2 / 2)|"}
RANK = "the 95 % interval of Spearman's rank correlation over the variances of the weights"


def statements(config: Config) -> list[Statement]:
    """What is claimed of the activations of this Config."""
    found = []
    for activation in config.activations:
        found += [_order(activation), _moves(activation)]
        if config.digit_seeds:
            found.append(_digits(activation))
    if "tanh" in config.activations and len(_shared(np.array(config.tanh_variances))) > 2:
        found.append(SHAPE)
    return found


def _order(activation: str) -> Statement:
    return Statement(
        id=f"order: {activation}",
        claim=f"The deeper the scale {SCALES[activation]} of theory, the deeper {NAMES[activation]} networks learn "
        "MNIST-1D.",
        kind=PUBLISHED,
        source=f"{SCHOENHOLZ}, section 5" + (" (there of tanh)" if activation == "relu" else ""),
        rule=_tuned(rules.above(0, RANK)),
        reference="above 0",
        settled_by=SETTLED_BY,
    )


def _tuned(rule: Rule) -> Rule:
    """Where the tuned rate of a network that does not learn lies at an end, another might let it."""
    one = rules.tuned(rule)
    return Rule(f"{one.text} A network that is at chance at all rates does not count: none of them is best.", one.judge)


def _moves(activation: str) -> Statement:
    return Statement(
        id=f"longer training: {activation}",
        claim=f"Trained for longer, {NAMES[activation]} networks learn that are deeper.",
        kind=AIM,
        source=f"{SCHOENHOLZ}, section 5 (trained for several lengths)",
        rule=_tuned(rules.above(0, "the 95 % interval of the mean over variances of the doublings of the depth")),
        reference="above 0",
        unit="doublings",
        settled_by=SETTLED_BY,
    )


def _digits(activation: str) -> Statement:
    return Statement(
        id=f"digits: {activation}",
        claim=f"The same holds for {NAMES[activation]} networks on the MNIST digits, at the rates of MNIST-1D.",
        kind=PUBLISHED,
        source=f"{SCHOENHOLZ}, section 5" + (" (there of tanh)" if activation == "relu" else ""),
        rule=rules.above(0, RANK),
        reference="above 0",
        settled_by=SETTLED_BY,
    )


SHAPE = Statement(
    id="published depths",
    claim="The deepest tanh networks that learn are in the published order over the variance of the weights.",
    kind=PUBLISHED,
    source=GRID,
    rule=_tuned(rules.above(0, RANK)),
    reference=", ".join(map(str, PUBLISHED_DEPTHS.values())),
    settled_by=SETTLED_BY,
)


def _shared(variances: np.ndarray) -> list[int]:
    """Which of the variances the published grid has too."""
    return [i for i, one in enumerate(variances) if float(one) in PUBLISHED_DEPTHS]


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation, variance of the weights and length of training: theory's depth, and the boundary."""
    rows = []
    for activation in map(str, data.activation.values):
        one = data.sel(activation=activation)
        for length in map(int, data.length.values):
            found = boundaries(data, activation, length)
            for i, known in enumerate(found):
                at = one.isel(place=i)
                rows.append({
                    "activation": activation, "weight_variance": float(at.variance), "steps": length,
                    "theory_depth": float(at.theory_depth), "boundary": known.depth, "low": known.low,
                    "high": known.high,
                    "rates": ", ".join(f"{rate:g}" for rate in at.rate.sel(length=length).values),
                })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """All verdicts, in the order of `statements`."""
    found = []
    deepest = int(data.depth.max())
    short, long = (int(one) for one in data.length.values)
    for activation in map(str, data.activation.values):
        expected = data.theory_depth.sel(activation=activation).values
        early, late = (boundaries(data, activation, length) for length in (short, long))
        edge = [EDGE if out_of_reach(data, activation, length) else "" for length in (short, long)]
        how = correlated(expected, late, deepest)
        ratios = [b.depth / e for b, e in zip(late, expected, strict=True) if b.depth < deepest and np.isfinite(e)]
        also = (
            f" Where the boundary is known it is {min(ratios):.1f} to {max(ratios):.1f} times the scale, and its "
            f"logarithm rises by {how.slope:.2f} [{how.slope_low:.2f}, {how.slope_high:.2f}] of that of the scale."
            if len(ratios) > 1
            else ""
        )
        found.append(
            _order(activation).verdict(
                f"After {long:,} steps the boundaries are {_told(late, deepest)}: the rank correlation is "
                f"{_ranked(how)}; after {short:,} steps {_ranked(correlated(expected, early, deepest))}.{also}",
                how.rank, how.low, how.high, len(late), at_edge=edge[1],
            )
        )  # fmt: skip
        doublings, low, high = moved(early, late, deepest)
        found.append(
            _moves(activation).verdict(
                f"From {short:,} to {long:,} steps the boundary goes {2**doublings:.2f} [{2**low:.2f}, {2**high:.2f}] "
                f"times as deep; boundaries beyond {deepest} layers count as {deepest}.",
                doublings, low, high, len(late), at_edge=edge[0] or edge[1],
            )
        )  # fmt: skip
        if "digits" in data:
            digits = boundaries(data, activation, None)
            how = correlated(expected, digits, deepest)
            found.append(
                _digits(activation).verdict(
                    f"The boundaries are {_told(digits, deepest)}: the rank correlation is {_ranked(how)}.",
                    how.rank, how.low, how.high, len(digits),
                )
            )  # fmt: skip
    if "tanh" in data.activation.values:
        variances = data.variance.sel(activation="tanh").values
        if len(some := _shared(variances)) > 2:
            late = [boundaries(data, "tanh", long)[i] for i in some]
            published = np.array([PUBLISHED_DEPTHS[float(variances[i])] for i in some], float)
            how = correlated(published, late, deepest)
            found.append(
                SHAPE.verdict(
                    f"Here they are {_told(late, deepest)} at width {data.attrs['width']}, for a fifth of the "
                    f"rows of MNIST-1D after {long:,} steps (there for half of MNIST's): the rank correlation is "
                    f"{_ranked(how)}.",
                    how.rank, how.low, how.high, len(late), at_edge=EDGE if out_of_reach(data, "tanh", long) else "",
                )
            )  # fmt: skip
    return found


def _told(found: list[Boundary], deepest: int) -> str:
    return ", ".join(f"above {deepest}" if one.depth >= deepest else f"{one.depth:.0f}" for one in found)


def _ranked(how: Correlated) -> str:
    return f"{how.rank:.2f} [{how.low:.2f}, {how.high:.2f}]"
