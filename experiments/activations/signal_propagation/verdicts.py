"""The table and the verdicts of `signal_propagation`: networks against mean-field theory, extrapolated in width."""

import math

import numpy as np
import xarray as xr

from experiments.activations.shared.names import NAMES
from experiments.activations.signal_propagation.config import (
    GLOROT,
    HE,
    LARGE,
    TANH_BIAS,
    Config,
    columns,
)
from experiments.activations.signal_propagation.summary import (
    activations,
    at_infinite_width,
    column,
    columns_of,
    extrapolated,
    half_width,
    halves,
)
from experiments.lab import rules
from experiments.lab.sources import GLOROT_BENGIO, HE_ZHANG, POOLE, SCHOENHOLZ, SUSSILLO
from experiments.lab.text import plural
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
from nnjax.theory import mean_field

PER_LAYER = 0.005  # by which a logarithm may be off per layer
CORRELATION = 0.05  # by which a correlation may be off
KEPT = 5.0  # a gradient's mean square that changes by less over the deeper half of the layers is kept
DRIFT = (-2.6, -2.4)
SPREAD = (2.15, 2.32)  # about sqrt(5)
CROSSING = (1.74, 1.78)
VANISHED, EXPLODED = 1e-3, 1e3  # of the gradient's size, in 10 and in 100 layers
NEAR = 0.1  # relative difference within which a published depth scale agrees with theory
# The critical activations: at every variance (identity, ReLU, leaky ReLU), or where the signal has died away.
CRITICAL = {GLOROT: ("identity", "tanh", "elu", "sin"), HE: ("relu", "leaky_relu")}
# Depth scales in the arrays of the repository in GRID, by the variance of the weights; biases of variance 0.05.
PUBLISHED_SCALES = {1.0: 3.6, 1.5: 15.1, 1.75: 124.0, 2.0: 27.0, 3.0: 9.0, 4.0: 7.0}
PUBLISHED_PEAK = 1.73
GRID = "Liu & Theodorou (2019), Deep learning theory review, arXiv 1908.10920; GitHub ghliu/mean-field-fcdnn, arrays"
MORE = "more networks, and wider ones"
PARABOLA = (
    "The rule was changed after the first results, in which a line was drawn, with fewer networks and narrower ones."
)


def statements(config: Config) -> list[Statement]:
    """The statements on the activations and variances of this Config."""
    given = columns(config)
    found = [VARIANCE, CORRELATED, GRADIENT, DRIFTS, SPREADS]
    if any(critical_pairs(config.activations, config.weight_variances, config.bias_variances)):
        found.append(_critical(len(critical_pairs(config.activations, config.weight_variances, config.bias_variances))))
    if any(name == "sigmoid" and b == 0 and w in (GLOROT, HE) for name, w, b in given):
        found.append(VANISHES)
    if any(name in ("tanh", "relu") and w == LARGE and b == 0 for name, w, b in given):
        found.append(EXPLODES)
    if "tanh" in config.activations and min(config.tanh_weight_variances) < 1.76 < max(config.tanh_weight_variances):
        found.append(CROSSES)
    return [*found, SCALES]


def critical_pairs(names, weight_variances, bias_variances) -> list[tuple[str, float]]:
    """Every pair of an activation and a weight variance that is judged to be critical or not."""
    if 0.0 not in bias_variances:
        return []
    return [(name, w) for w in (GLOROT, HE) if w in weight_variances for name in names if name != "step"]


def _margin(what: str, margin: str) -> Rule:
    """The rule of a statement that has one part for each activation."""
    text = (
        f"The {what} is extrapolated to infinite width by a parabola in 1 / width. An activation agrees when all "
        f"intervals of the difference from theory lie between minus and plus {margin}; it does not when one of them "
        f"lies outside. Where a line in 1 / width and the parabola give values at infinite width that differ by more "
        f"than {margin}, nothing can be extrapolated, and this combination is open (added after results and a "
        "replication had been seen). The "
        "intervals hold for all combinations of activation, weight variance and bias variance at once (Bonferroni, "
        f"95%). {rules.together('activations')} {PARABOLA}"
    )
    return Rule(text)


VARIANCE = Statement(
    id="variance",
    claim="The logarithm of the variance of a layer's sums is that of mean-field theory at infinite width.",
    kind=PUBLISHED,
    source=f"{POOLE}, equation 3",
    rule=_margin("mean of log q in the last layer", f"{PER_LAYER:g} nats times the depth"),
    reference="all",
    unit="activations",
    settled_by=MORE,
)
CORRELATED = Statement(
    id="correlation",
    claim="The correlation of two inputs is that of mean-field theory at infinite width.",
    kind=PUBLISHED,
    source=f"{POOLE}, equation 5",
    rule=_margin("mean correlation in the last layer", f"{CORRELATION:g}"),
    reference="all",
    unit="activations",
    settled_by=MORE,
)
GRADIENT = Statement(
    id="gradient",
    claim="The logarithm of the gradient's mean square changes by ln chi per layer at infinite width.",
    kind=PUBLISHED,
    source=f"{SCHOENHOLZ}, equation 5",
    rule=_margin(
        "mean of the logarithm of the gradient's mean square in the first layer divided by that in the last",
        f"{PER_LAYER:g} nats times the depth",
    ),
    reference="all",
    unit="activations",
    settled_by=MORE,
)
DRIFTS = Statement(
    id="drift",
    claim="In ReLU networks with He's weights the mean of log q, where q is the variance of a unit's weighted sum, "
    "falls by 5/2 per unit of depth / width.",
    kind=AIM,
    source=f"{SUSSILLO} (that the logarithm walks at random, and falls)",
    rule=rules.within(
        *DRIFT,
        "the 95% interval of the slope times the width, extrapolated along 1 / width,",
    ),
    reference=-2.5,
    settled_by=MORE,
)
_SPREAD = rules.within(
    *SPREAD,
    "the 95% interval of the standard deviation divided by the root of depth / width, extrapolated along 1 / width,",
)
SPREADS = Statement(
    id="spread",
    claim="In ReLU networks with He's weights log q walks at random, with a variance of 5 per unit of depth / width "
    "(independent layers, each with a variance of 5 / width).",
    kind=AIM,
    source=f"{SUSSILLO} (that the logarithm walks at random)",
    rule=Rule(f"{_SPREAD.text} The statement was added after the data had been seen.", _SPREAD.judge),
    reference=round(math.sqrt(5), 3),
    settled_by=MORE,
)
VANISHES = Statement(
    id="vanishing",
    claim=f"The gradient of sigmoid networks falls below {VANISHED:g} of itself in 10 layers with the weights of "
    "Glorot and of He.",
    kind=PUBLISHED,
    source=f"{SCHOENHOLZ} (chi below 1); {GLOROT_BENGIO}",
    rule=rules.below(
        2 * math.log(VANISHED),
        "the interval of the logarithm of its mean square divided by that 10 layers higher, as it changes over the "
        "deeper half of the layers, for the larger of the two (95% for both together),",
    ),
    reference=round(2 * math.log(VANISHED), 2),
    unit="nats",
    settled_by=MORE,
    interval=EXTREME,
    level=0.975,
)
EXPLODES = Statement(
    id="exploding",
    claim=f"With weights of variance {LARGE:g} / fan-in the gradients of tanh and of ReLU networks grow more than "
    f"{EXPLODED:,.0f}-fold in 100 layers.",
    kind=PUBLISHED,
    source=f"{SCHOENHOLZ} (chi above 1)",
    rule=rules.above(
        2 * math.log(EXPLODED) / 100,
        "the interval of the logarithm of its mean square per layer, as it changes over the deeper half of the layers, "
        "for the smaller of the two (95% for both together),",
    ),
    reference=round(2 * math.log(EXPLODED) / 100, 3),
    unit="nats per layer",
    settled_by=MORE,
    interval=EXTREME,
    level=0.975,
)
CROSSES = Statement(
    id="critical weights of tanh",
    claim=f"Gradients of tanh networks with biases of variance {TANH_BIAS:g} change from falling to growing at weights "
    "of variance 1.761 / fan-in.",
    kind=PUBLISHED,
    source=f"{SCHOENHOLZ} (chi = 1); the arrays of GitHub ghliu/mean-field-fcdnn have their peak at {PUBLISHED_PEAK}",
    rule=rules.within(
        *CROSSING, "the 95% interval of the variance between those tried, by a line through the two nearest,"
    ),
    reference=1.761,
    settled_by=f"{MORE}, and variances nearer to it",
)
SCALES = Statement(
    id="published depth scales",
    claim="The published depth scales of tanh with biases of variance 0.05 are those of theory.",
    kind=PUBLISHED,
    source=GRID,
    rule=rules.Rule(
        f"A variance of the weights holds when the published scale there is within {NEAR:.0%} of theory's. "
        + rules.every(len(PUBLISHED_SCALES), "variances of the weights").text,
        rules.every(len(PUBLISHED_SCALES), "variances of the weights").judge,
    ),
    reference=", ".join(f"{one:g}" for one in PUBLISHED_SCALES.values()),
    unit="variances",
)


def _critical(total: int) -> Statement:
    return Statement(
        id="critical initializations",
        claim="Glorot's weights keep the size of the gradients of linear, tanh, sine and ELU networks only; He's keep "
        "that of ReLU and leaky ReLU networks only.",
        kind=PUBLISHED,
        source=f"{SCHOENHOLZ} (chi = 1); {GLOROT_BENGIO}; {HE_ZHANG}",
        rule=Rule(
            f"Gradients are kept when their mean square changes by less than a factor of {KEPT:g} over the deeper half "
            "of the layers: by the 95% interval (Bonferroni over all pairs) of its logarithm, extrapolated by a "
            "parabola in 1 / width. A pair whose interval crosses the limit is open. "
            f"{rules.together(f'{total} pairs')} {PARABOLA}"
        ),
        reference=float(total),
        unit="pairs of activation and initialization",
        settled_by=MORE,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation and variances: theory's fixed point and scales, and how far networks are from it."""
    last = halves(data)[1]
    found = {
        "log_q": at_infinite_width(data, "log_q", last),
        "correlation": at_infinite_width(data, "correlation", last),
        "log_gradient": at_infinite_width(data, "log_gradient", 1),
    }
    rows = []
    for i in range(data.sizes["column"]):
        one = data.isel(column=i)
        row = {
            "activation": str(one.activation.values),
            "weight_variance": float(one.weight_variance),
            "bias_variance": float(one.bias_variance),
        }
        row |= {
            name: float(one[name])
            for name in ("fixed_variance", "fixed_correlation", "chi", "xi_q", "xi_c", "xi_gradient")
        }
        for name, far in found.items():
            theory = float(one[f"theory_{name}"].sel(layer=1 if name == "log_gradient" else last))
            away, half = float(far.value[i]) - theory, float(half_width(far.error[i]))
            row |= {f"{name}_theory": theory, f"{name}_minus_theory": away}
            row |= {f"{name}_low": away - half, f"{name}_high": away + half}
        rows.append(row)
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """All verdicts, in the order of `statements`."""
    last = halves(data)[1]
    found = [
        _agrees(data, VARIANCE, "log_q", last, PER_LAYER * last, " nats"),
        _agrees(data, CORRELATED, "correlation", last, CORRELATION),
        _agrees(data, GRADIENT, "log_gradient", 1, PER_LAYER * last, " nats"),
        _drifts(data),
        _spreads(data),
    ]
    names = activations(data)
    has = [{float(one) for one in values.values} for values in (data.weight_variance, data.bias_variance)]
    if pairs := [pair for pair in critical_pairs(names, *has) if column(data, *pair) is not None]:
        found.append(_criticals(data, pairs))
    if any(column(data, "sigmoid", w) is not None for w in (GLOROT, HE)):
        found.append(_vanishes(data))
    if any(column(data, name, LARGE) is not None for name in ("tanh", "relu")):
        found.append(_explodes(data))
    weights = _tanh_weights(data)
    if len(weights) > 1 and weights[0] < 1.76 < weights[-1]:
        found.append(_crosses(data))
    return [*found, _scales()]


def _agrees(data: xr.Dataset, statement: Statement, name: str, layer: int, margin: float, unit: str = "") -> Verdict:
    far = at_infinite_width(data, name, layer)
    theory = data[f"theory_{name}"].sel(layer=layer).values
    names = [one for one in activations(data) if not (name == "log_gradient" and one == "step")]
    places = {one: columns_of(data, one) for one in names}
    half = half_width(far.error, sum(map(len, places.values())))
    difference = far.value - theory
    far_by_line = at_infinite_width(data, name, layer, degree=1)
    apart = np.abs(far.value - far_by_line.value) > margin
    inside = (np.abs(difference) + half <= margin) & ~apart
    outside = (np.abs(difference) - half > margin) & ~apart
    outcomes = {
        one: REPRODUCED if inside[place].all() else NOT_REPRODUCED if outside[place].any() else NOT_SETTLED
        for one, place in places.items()
    }
    agree = [one for one, outcome in outcomes.items() if outcome == REPRODUCED]
    every = np.concatenate(list(places.values()))
    said = f"Networks agree with theory for {len(agree)} of {plural(len(names), 'activation')}"
    for one, outcome in outcomes.items():
        if outcome != REPRODUCED:
            off = [int(i) for i in places[one] if (outside if outcome == NOT_REPRODUCED else ~inside)[i]]
            said += (
                f"; {NAMES[one]} {'does not' if outcome == NOT_REPRODUCED else 'is open'} in {len(off)} of its "
                f"{len(places[one])} combinations ({'; '.join(variances(data, i) for i in off)})"
            )
    reached, unknown = every[~apart[every]], every[apart[every]]
    if reached.size:
        most = reached[np.argmax(np.abs(difference[reached]))]
        said += (
            f". The greatest deviation from theory in {len(reached)} combinations of activation, weight variance and "
            f"bias variance is {difference[most]:+.3f} +- {half[most]:.3f}{unit}, for {told(data, int(most))}; the "
            f"margin is {margin:g}{unit}"
        )
    if unknown.size:
        said += (
            f". In {plural(len(unknown), 'other combination')} a line in 1 / width and the parabola differ by more "
            f"than this margin at infinite width ({'; '.join(told(data, int(i)) for i in unknown)}), so these widths "
            "tell nothing of infinite width"
        )
    return statement.verdict(
        f"{said}.", float(len(agree)), n=int(data.networks.min()), outcome=rules.combine(list(outcomes.values()))
    )


def told(data: xr.Dataset, place: int) -> str:
    """A column in words."""
    return f"{NAMES[str(data.activation[place].values)]} with {variances(data, place)}"


def variances(data: xr.Dataset, place: int) -> str:
    """The variances of a column in words."""
    one = data.isel(column=place)
    b = float(one.bias_variance)
    return f"weight variance {float(one.weight_variance):g} and {f'bias variance {b:g}' if b else 'no biases'}"


def drift_by_width(data: xr.Dataset, activation: str) -> tuple[np.ndarray, np.ndarray]:
    """The slope of the mean of log q over layers / width, of each width, and its standard error."""
    one = data.sel(drifting=activation)
    scale = data.width.values / (data.attrs["depth"] - 1)
    return one.drift.values * scale, one.drift_sd.values / math.sqrt(data.attrs["drift_networks"]) * scale


def _drifts(data: xr.Dataset) -> Verdict:
    slopes, errors = drift_by_width(data, "relu")
    far = extrapolated(data.width.values, slopes, errors)
    half = float(half_width(far.error))
    by_width = ", ".join(f"{slope:.2f} at {width}" for slope, width in zip(slopes, data.width.values, strict=True))
    also = ""
    if (place := column(data, "relu", HE)) is not None:
        last, scale = halves(data)[1], data.width.values / (data.attrs["depth"] - 1)
        one = data.isel(column=place)
        change = (one.log_q.sel(layer=last) - one.log_q.sel(layer=1)).values * scale
        error = one.log_q_sd.sel(layer=last).values / np.sqrt(data.networks.values) * scale
        others = extrapolated(data.width.values, change, error)
        also = (
            f" The networks of the other statements give a slope of {others.value:.2f} +- "
            f"{half_width(others.error):.2f}."
        )
    return DRIFTS.verdict(
        f"Extrapolated to infinite width, the mean of log q (q: variance of a unit's weighted sum) falls by "
        f"{-far.value:.2f} +- {half:.2f} per unit of depth / width. The slopes by width are {by_width}.{also}",
        float(far.value), float(far.value) - half, float(far.value) + half, data.attrs["drift_networks"],
    )  # fmt: skip


def _spreads(data: xr.Dataset) -> Verdict:
    one, number = data.sel(drifting="relu"), data.attrs["drift_networks"]
    spreads = one.drift_sd.values * np.sqrt(data.width.values / (data.attrs["depth"] - 1))
    # The standard error of the standard deviation of numbers that are nearly normal.
    far = extrapolated(data.width.values, spreads, spreads / math.sqrt(2 * (number - 1)))
    half = float(half_width(far.error))
    by_width = ", ".join(f"{spread:.2f} at {width}" for spread, width in zip(spreads, data.width.values, strict=True))
    return SPREADS.verdict(
        "Extrapolated to infinite width, the standard deviation of log q over networks is "
        f"{float(far.value):.3f} +- {half:.3f} times the root of depth / width (the root of 5 is {math.sqrt(5):.3f}). "
        f"By width it is {by_width}.",
        float(far.value), float(far.value) - half, float(far.value) + half, number,
    )  # fmt: skip


def change_in_deeper_half(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The logarithm of the gradient's mean square in the middle layer over that in the last, and its error."""
    far = at_infinite_width(data, "log_gradient", halves(data)[0])
    return far.value, far.error


def _criticals(data: xr.Dataset, pairs: list[tuple[str, float]]) -> Verdict:
    value, error = change_in_deeper_half(data)
    limit = math.log(KEPT)
    outcomes, kept = [], {GLOROT: [], HE: []}
    for name, w in pairs:
        place = column(data, name, w)
        size, half = abs(value[place]), float(half_width(error[place], len(pairs)))
        is_kept = True if size + half < limit else False if size - half >= limit else None
        outcomes.append(
            NOT_SETTLED if is_kept is None else REPRODUCED if is_kept == (name in CRITICAL[w]) else NOT_REPRODUCED
        )
        if is_kept:
            kept[w].append(NAMES[name])
    right = outcomes.count(REPRODUCED)
    said = " ".join(
        f"The weights of {who} keep the gradients of {_and(kept[w]) or 'no'} networks."
        for who, w in (("Glorot", GLOROT), ("He", HE))
        if any(w == one for _, one in pairs)
    )
    return _critical(len(pairs)).verdict(
        f"{right} of {plural(len(pairs), 'pair')} of activation and weights are as claimed. {said}",
        float(right), n=int(data.networks.min()), outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip


def _and(names: list[str]) -> str:
    """The names as in "tanh, ELU and sine"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _worst(data: xr.Dataset, places: list[int], sign: int, layers: float) -> tuple[float, float, float, int]:
    """The change in `layers` layers, its interval, and the column where it is least (sign -1) or greatest (1)."""
    value, error = change_in_deeper_half(data)
    middle, last = halves(data)
    scale = layers / (last - middle)
    half = half_width(error, 2) * scale  # for two together, as the rules say, even if only one was run
    place = max(places, key=lambda i: sign * value[i])
    return value[place] * scale, value[place] * scale - half[place], value[place] * scale + half[place], place


def _vanishes(data: xr.Dataset) -> Verdict:
    places = [place for w in (GLOROT, HE) if (place := column(data, "sigmoid", w)) is not None]
    value, low, high, place = _worst(data, places, 1, 10)
    return VANISHES.verdict(
        f"Over 10 layers of the deeper half the gradient falls to {math.exp(value / 2):.2g} of its size where it falls "
        f"least, for {told(data, place)}. In theory its mean square changes by a factor of "
        f"{float(data.chi[place]):.3f} (chi) per layer.",
        value, low, high, int(data.networks.min()),
    )  # fmt: skip


def _explodes(data: xr.Dataset) -> Verdict:
    places = [place for name in ("tanh", "relu") if (place := column(data, name, LARGE)) is not None]
    value, low, high, place = _worst(data, places, -1, 1)
    return EXPLODES.verdict(
        f"At the rate of the deeper half of the layers the gradient grows {math.exp(50 * value):.2g}-fold in 100 "
        f"layers where it grows least, for {told(data, place)}. In theory its mean square changes by a "
        f"factor of {float(data.chi[place]):.3f} (chi) per layer.",
        value, low, high, int(data.networks.min()),
    )  # fmt: skip


def _tanh_weights(data: xr.Dataset) -> np.ndarray:
    places = columns_of(data, "tanh")
    some = places[np.isclose(data.bias_variance.values[places], TANH_BIAS)]
    return np.sort(data.weight_variance.values[some])


def _crosses(data: xr.Dataset) -> Verdict:
    weights = _tanh_weights(data)
    value, error = change_in_deeper_half(data)
    places = [column(data, "tanh", float(w), TANH_BIAS) or 0 for w in weights]
    value, error = value[places], error[places]
    i = int(np.argmax(value > 0)) if (value > 0).any() else len(value) - 1
    i = max(i, 1)
    (x0, x1), (y0, y1) = weights[i - 1 : i + 1], value[i - 1 : i + 1]
    found = x0 - y0 * (x1 - x0) / (y1 - y0)
    # Both ends of the line have errors; as they come from the same networks, at worst they add up.
    away = (abs(y1) * error[i - 1] + abs(y0) * error[i]) * (x1 - x0) / (y1 - y0) ** 2
    half = float(half_width(away))
    return CROSSES.verdict(
        f"The gradients change from falling to growing at a weight variance of {found:.3f} +- {half:.3f} (on a line "
        f"through {x0:g} and {x1:g}). Theory gives {float(data.critical_weight):.4f}, and the published depth scales "
        f"peak at {PUBLISHED_PEAK}.",
        float(found), float(found) - half, float(found) + half, int(data.networks.min()),
    )  # fmt: skip


def theory_of_published() -> dict[float, float]:
    """xi_c of tanh at the published variances."""
    f = mean_field.expectations("tanh")
    return {w: mean_field.fixed_point(f, w, TANH_BIAS).xi_c for w in PUBLISHED_SCALES}


def _scales() -> Verdict:
    theory = theory_of_published()
    near = [w for w, one in PUBLISHED_SCALES.items() if abs(one / theory[w] - 1) <= NEAR]
    listed = ", ".join(f"{one:.3g}" for one in theory.values())
    variances = ", ".join(f"{w:g}" for w in theory)
    far = ", ".join(
        f"{theory[w] / PUBLISHED_SCALES[w]:.1f} times the published scale at {w:g}"
        for w in PUBLISHED_SCALES
        if w not in near
    )
    return SCALES.verdict(
        f"{len(near)} of {len(theory)} published scales are within {NEAR:.0%} of theory, which gives {listed} layers "
        f"at weight variances of {variances}.{f' Theory gives {far}.' if far else ''}",
        float(len(near)),
    )
