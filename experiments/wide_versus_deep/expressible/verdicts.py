"""The table and the verdicts of `expressible`: exactness, neurons against depth, rounding."""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import TELGARSKY, YAROTSKY
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)
from experiments.wide_versus_deep.expressible.config import EXACT_LEVELS, Config
from experiments.wide_versus_deep.expressible.errors import DTYPES
from experiments.wide_versus_deep.expressible.summary import (
    FUNCTIONS,
    crossing,
    exact_to,
    growth,
    sizes,
)

EXACT = 1e-6  # by how much the largest error over 2^(-2m-2) may differ from 1
CROSSINGS = {"sawtooth": 3, "square": 5}  # layers from which on, by theory, the deep network is smaller
EXPONENT, MARGIN = 2.0, 0.5  # the exponent of 2^k with which rounding errors grow, and the margin around it
NAMES = {"left to right": "from left to right", "shuffled": "in shuffled order", "as in apply": "in a matrix product"}
TELGARSKY_2015 = "Telgarsky (2015), Representation benefits of deep feedforward networks, arXiv 1509.08101"
HIGHAM = "Higham (1993), The accuracy of floating point summation, SIAM J. Sci. Comput. 14, 783-799"


def statements(config: Config) -> list[Statement]:
    """The statements about the networks that this Config has written down."""
    return [
        _sawtooth_exact(config.folds[-1]),
        _square_exact(max(m for m in config.levels if m <= EXACT_LEVELS)),
        *(_crossing(function) for function in CROSSINGS),
        _order(),
    ]


def _sawtooth_exact(deepest: int) -> Statement:
    return Statement(
        id="sawtooth exact",
        claim="A network of k hidden layers of 2 ReLUs computes the sawtooth of 2^k pieces exactly, up to k = "
        f"{deepest}.",
        kind=THEOREM,
        source=TELGARSKY_2015,
        rule=rules.exactly(0, "the number of outputs, in float32 and float64, that are not exact to the last bit"),
        reference=0,
        unit="places",
    )


def _square_exact(deepest: int) -> Statement:
    return Statement(
        id="square exact",
        claim="A network of m hidden layers of 3 ReLUs computes x^2 on [0, 1] with a largest error of 2^(-2m-2), "
        f"up to m = {deepest}.",
        kind=THEOREM,
        source=f"{YAROTSKY}, proposition 2",
        rule=Rule(
            f"Reproduced when in float64, at every m, the largest error over 2^(-2m-2) differs from 1 by less than "
            f"{EXACT:g}, otherwise not reproduced.",
            lambda measured, low, high: REPRODUCED if abs(measured - 1) < EXACT else NOT_REPRODUCED,
        ),
        reference=1.0,
        unit="times",
    )


def _crossing(function: str) -> Statement:
    layers = CROSSINGS[function]
    name, source = {
        "sawtooth": (
            "the sawtooth of 2^k pieces",
            f"{TELGARSKY}: one hidden layer of N ReLUs has at most N + 1 pieces",
        ),
        "square": ("x^2 with the error 2^(-2m-2)", f"{YAROTSKY}, proposition 2 and, for a fixed depth, theorem 6"),
    }[function]
    return Statement(
        id=f"crossing: {function}",
        claim=f"For {name} a deep network needs fewer neurons than any one hidden layer, from {layers} layers on.",
        kind=THEOREM,
        source=source,
        rule=Rule(
            "Judged by the fewest layers with which a deep network that was written down is as accurate as stated and "
            "has fewer neurons than the pieces of one hidden layer need. Reproduced when they are "
            f"{layers}, otherwise not reproduced; not settled when no network of {layers} layers was written down.",
            lambda measured, low, high: REPRODUCED if measured == layers else NOT_REPRODUCED,
        ),
        reference=layers,
        unit="layers",
        settled_by=f"a deep network of {layers} layers among those written down",
    )


def _order() -> Statement:
    return Statement(
        id="order of adding up",
        claim="The rounding error of a sum depends on the order of its terms: that of a shallow sawtooth of 2^k pieces "
        "grows as 4^k in shuffled order, and is smaller where terms that cancel are added next to each other.",
        kind=PUBLISHED,
        source=HIGHAM,
        rule=Rule(
            f"{rules.together('two parts')} The first: all of the 95% interval of the slope of log2 of the error over "
            f"k, in float64 with the neurons shuffled, lies within {MARGIN:g} of {EXPONENT:g}. The second (this part "
            "was set after the first results): in float32 at the greatest k the error from left to right, where "
            "neighbours cancel, is less than with the neurons shuffled."
        ),
        reference=EXPONENT,
        settled_by="more and wider shallow networks",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per function and k, or m as k: the sizes and the errors of the deep and the shallow network."""
    rows = []
    for k in data.fold.values:
        wrong = {f"deep_wrong_{dtype}": int(data.sawtooth_wrong.sel(fold=k, dtype=dtype)) for dtype in DTYPES}
        row = {"function": "sawtooth", "k": int(k)} | sizes("sawtooth", int(k))
        rows.append(row | {"layers": int(k), "error": 0.0} | wrong)
    for m in data.level.values:
        row = {"function": "square", "k": int(m)} | sizes("square", int(m))
        row |= {"layers": int(m), "error": 2.0 ** (-2 * int(m) - 2)}
        for dtype in DTYPES:
            row[f"deep_{dtype}"] = float(data.square_largest.sel(level=m, dtype=dtype))
            if m in data.shallow_level.values:
                row[f"shallow_{dtype}"] = float(data.shallow_square.sel(shallow_level=m, dtype=dtype))
        rows.append(row)
    for k in data.shallow_fold.values:
        one = data.rounding.sel(shallow_fold=k)
        row = {"function": "shallow sawtooth, rounding", "k": int(k), "shallow_neurons": 2 ** int(k), "layers": 1}
        rows.append(
            row | {f"{NAMES[str(o)]}, {d}": float(one.sel(order=o, dtype=d)) for o in one.order.values for d in DTYPES}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on each statement."""
    return [
        _exact_sawtooth(data),
        _exact_square(data),
        *(_smaller(data, function) for function in CROSSINGS),
        _rounding(data),
    ]


def _exact_sawtooth(data: xr.Dataset) -> Verdict:
    wrong = int(data.sawtooth_wrong.sum())
    return _sawtooth_exact(int(data.fold[-1])).verdict(
        f"{f'{wrong:,}' if wrong else 'None'} of {data.sawtooth_wrong.size * data.sawtooth_places:,} computed outputs "
        f"differ{'s' * (wrong < 2)} from the exact sawtooth: {data.sizes['fold']} networks, each at "
        f"{data.sawtooth_places:,} inputs in float32 and in float64.",
        wrong,
    )


def _exact_square(data: xr.Dataset) -> Verdict:
    level = data.level.values[data.level.values <= EXACT_LEVELS]
    ratio = data.square_largest.sel(dtype="float64", level=level) * 4.0 ** (level + 1)
    worst = float(ratio[int(np.abs(ratio.values - 1).argmax())])
    ends = dict.fromkeys(f"{float(end):.8g}" for end in (ratio.min(), ratio.max()))
    ratios = " to ".join(ends)
    is_ = "is, to eight digits, the" if ratios == "1" else f"is {ratios} times the"
    return _square_exact(int(level[-1])).verdict(
        f"In float64 the largest error {is_} predicted 2^(-2m-2), over {plural(level.size, 'value')} of m. At "
        "the midpoints of the linear pieces the error equals 2^(-2m-2) to the last bit up to m = "
        f"{exact_to(data, 'float64')} in float64 and up to m = {exact_to(data, 'float32')} in float32, which has 24 "
        "significant bits.",
        worst,
    )


def accurate(data: xr.Dataset, function: str, layers: int) -> bool:
    """Whether the deep network with this many layers is, as computed, as accurate as stated."""
    if function == "sawtooth":
        return not data.sawtooth_wrong.sel(fold=layers).any()
    return float(data.square_largest.sel(level=layers, dtype="float64")) * 4.0 ** (layers + 1) <= 1 + EXACT


def _smaller(data: xr.Dataset, function: str) -> Verdict:
    built = [int(layers) for layers in data[FUNCTIONS[function]].values]
    ahead = [n for n in built if sizes(function, n)["deep_neurons"] < sizes(function, n)["least_neurons"]]
    right = [n for n in ahead if accurate(data, function, n)]
    first, last = (sizes(function, n) for n in (CROSSINGS[function], built[-1]))
    few, many = CROSSINGS[function], built[-1]
    what = {
        "sawtooth": (f"A sawtooth of {2**few:,} pieces", f"one of {2**many:,} pieces"),
        "square": (f"x^2 with the error 2^-{2 * few + 2}", f"x^2 with the error 2^-{2 * many + 2}"),
    }[function]
    return _crossing(function).verdict(
        f"{what[0]} needs {first['deep_neurons']} neurons in {few} layers, or at least {first['least_neurons']:,} in "
        f"one hidden layer; {what[1]} needs {last['deep_neurons']:,} in {many} layers, or at least "
        f"{last['least_neurons']:,} in one. The stated accuracy is reached by {len(right)} of "
        f"{plural(len(ahead), 'constructed deep network')} with fewer neurons. Deep networks also have fewer "
        f"parameters from {crossing(function, 'parameters')} layers on.",
        right[0] if right else math.nan,
        outcome=None if CROSSINGS[function] in built else NOT_SETTLED,
    )


def _rounding(data: xr.Dataset) -> Verdict:
    last = data.rounding.isel(shallow_fold=-1).sel(dtype="float32")
    errors = {str(name): float(last.sel(order=name)) for name in last.order.values}
    told = ", ".join(f"{error:.2g} ({NAMES[name]})" for name, error in errors.items())
    cancels = REPRODUCED if errors["left to right"] < errors["shuffled"] else NOT_REPRODUCED
    found = growth(data, "float64", "shuffled")
    in_float32 = (
        f"In float32 at k = {int(last.shallow_fold)}, where exact outputs lie between 0 and 1, the largest error, by "
        f"order of the terms, is {told}."
    )
    if found is None:
        few = "Too few networks have rounding errors for their growth to be estimated."
        return _order().verdict(f"{few} {in_float32}", outcome=NOT_SETTLED)
    nearest, farthest = sorted(abs(end - EXPONENT) for end in (found.low, found.high))
    inside = farthest <= MARGIN
    outside = nearest > MARGIN and (found.low - EXPONENT) * (found.high - EXPONENT) > 0
    grows = REPRODUCED if inside else NOT_REPRODUCED if outside else NOT_SETTLED
    return _order().verdict(
        f"With the terms added in shuffled order in float64, the error grows as 2^(ak), where a = {found.slope:.2f} "
        f"[{found.low:.2f}, {found.high:.2f}] (as 4^k where a = {EXPONENT:g}). {in_float32}",
        found.slope, found.low, found.high,
        outcome=rules.combine([grows, cancels]),
    )  # fmt: skip
