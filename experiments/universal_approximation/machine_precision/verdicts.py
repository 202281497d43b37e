"""The table and the verdicts of `machine_precision`: errors against aims, and what training adds."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, EXTREME, PUBLISHED, REPRODUCED, Rule, Statement, Verdict
from experiments.universal_approximation.machine_precision.config import FULL, Config
from experiments.universal_approximation.shared import parts as several
from experiments.universal_approximation.shared.targets import FORMULAS
from nnjax import statistics

SMOOTH, RUNGE = ("exp_sin", "sine", "exp_cos", "reciprocal_sin"), "runge"
AIMS = dict.fromkeys(SMOOTH, 1e-10) | {RUNGE: 1e-6}  # for the median test error
CHAIN_AIM, MOST_WEIGHT = 1e-13, 1e3
WANG_LAI = (
    "Wang & Lai (2023), Multi-stage neural networks: function approximator of machine precision, arXiv 2307.08934"
)
TREFETHEN = "Trefethen (2013), Approximation theory and approximation practice, SIAM (Chebyshev interpolants)"
SETTLED_BY = "first dampings beyond those tried, and more starts"
_INTERVAL_OR_END = "the 95% interval holds {} or the tuned {} is the least or the greatest tried"
CHAIN_OPEN = _INTERVAL_OR_END.format("the aim", "frequency")
POLYNOMIAL_OPEN = _INTERVAL_OR_END.format("the polynomial's error", "damping")


def statements(config: Config) -> list[Statement]:
    """All that is judged for these targets and networks."""
    return list(_stated(config.targets, config.units, {"equal": config.equal, "wider": config.wider}).values())


def _stated(targets: Sequence[str], units: int, chains: Mapping[str, Sequence[int]]) -> dict[str, Statement]:
    """The statements by id."""
    found = [_median_statement(name, units) for name in targets if name in AIMS]
    if any(name in SMOOTH for name in targets):
        found += [_chain_statement(kind, widths) for kind, widths in chains.items()]
    found.append(_training_statement(units))
    found += [_polynomial_statement(degree, units, len(targets)) for degree in (units - 1, 3 * units)]
    return {one.id: one for one in found}


def _median_statement(name: str, units: int) -> Statement:
    return Statement(
        id=f"median, {name}",
        claim=f"{units} trained tanh units approximate {FORMULAS[name]} with a median test error below {AIMS[name]:g}.",
        kind=AIM,
        source="",
        rule=rules.tuned(rules.below(AIMS[name], "the 95% bootstrap interval of the median over starts")),
        reference=AIMS[name],
        unit="RMS",
        settled_by=SETTLED_BY,
    )


def _chain_statement(kind: str, widths: Sequence[int]) -> Statement:
    return Statement(
        id=f"chain, {kind}",
        claim=f"Networks of {', '.join(map(str, widths))} units, each trained on the residual of those before, nearly "
        f"reach machine precision on every smooth target: a median test error of {CHAIN_AIM:g}, with a sum of absolute "
        f"output weights of at most {MOST_WEIGHT:g}.",
        kind=PUBLISHED,
        source=f"{WANG_LAI} (abstract: errors near 1e-16 with networks in stages, hardly below 1e-5 with single ones)",
        rule=Rule(
            f"A target is met when the 95% bootstrap interval of the median error lies at or below {CHAIN_AIM:g} and "
            f"the median sum is at most {MOST_WEIGHT:g}. Reproduced when every target is met, partly when some are, "
            "not reproduced when none is. A target that is not met is undecided where the interval holds the aim or a "
            "tuned frequency lies at an end of the values tried; where the outcome depends on these it is not settled. "
            f"{rules.GIVEN}"
        ),
        reference="near 1e-16",
        unit="RMS, worst target",
        settled_by="frequencies beyond those tried, and more chains",
    )


def _training_statement(units: int) -> Statement:
    return Statement(
        id="training",
        claim=f"Training {units} tanh units adds digits, on every target, to the same units untrained with the best "
        "output layer.",
        kind=AIM,
        source="",
        rule=rules.above(0.0, "the 95% bootstrap interval of the median gain, on the target where this is least,"),
        reference="above 0",
        unit="digits, least",
        settled_by="more starts",
        interval=EXTREME,
    )


def _polynomial_statement(degree: int, units: int, total: int) -> Statement:
    return Statement(
        id=f"polynomial, {degree}",
        claim=f"The median network of {units} tanh units is more accurate, on every target, than the Chebyshev "
        f"interpolant of degree {degree} with {coefficients(degree, units)}.",
        kind=AIM,
        source=TREFETHEN,
        rule=Rule(
            "A target counts when the 95% bootstrap interval of the median error lies at or below the polynomial's "
            "error. Reproduced when every target counts, partly when some do, not reproduced when none does. A target "
            "that does not is undecided where the interval holds the polynomial's error or the tuned damping lies at "
            "an end of the values tried; where the outcome depends on these it is not settled. "
            f"{rules.GIVEN}"
        ),
        reference=total,
        unit="targets",
        settled_by=SETTLED_BY,
    )


def coefficients(degree: int, units: int) -> str:
    """The number of coefficients of a polynomial, beside a network of `units` units: 3 numbers for each, and a bias."""
    beside = {units: ", one per unit", 3 * units + 1: ", one per parameter of the network"}
    return f"{degree + 1} coefficients{beside.get(degree + 1, '')}"


def table(data: xr.Dataset) -> list[dict]:
    """A row for each target and way: median, best and worst error, median sum of the absolute output weights."""
    rows = []
    for target in data.target.values:
        one = data.sel(target=target)
        ways = {"untrained": (one.untrained_rms, one.untrained_sum), "trained": (one.rms, one.output_sum)}
        for kind, stage in places(data):
            place = one.sel(kind=kind, stage=stage)
            ways[f"{kind} chain, {plural(stage, 'network')}"] = (place.chain_rms, place.chain_sum)
        for way, (rms, total) in ways.items():
            row = {"target": str(target), "way": way, "networks": rms.size, "median": float(rms.median())}
            rows.append(
                row | {"best": float(rms.min()), "worst": float(rms.max()), "output_sum": float(total.median())}
            )
        for degree in data.degree.values:
            error = float(one.polynomial_rms.sel(degree=degree))
            row = {"target": str(target), "way": f"Chebyshev, degree {degree}", "networks": 1, "median": error}
            rows.append(row | {"best": error, "worst": error, "output_sum": float("nan")})
    return rows


def places(data: xr.Dataset) -> list[tuple[str, int]]:
    """Kinds of chains and stages; the first network of both kinds is the same, and is listed once."""
    kinds, stages = data.kind.values.tolist(), data.stage.values.tolist()
    return [(kinds[0], stages[0])] + [(kind, stage) for kind in kinds for stage in stages[1:]]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Medians and chains against their aims, what training adds, and polynomials."""
    names = data.target.values.tolist()
    stated = _stated(names, data.attrs["units"], chains(data))
    found = [_median(data, stated[f"median, {name}"], name) for name in names if name in AIMS]
    smooth = [name for name in names if name in SMOOTH]
    if smooth:
        found += [_chain(data, stated[f"chain, {kind}"], kind, smooth) for kind in chains(data)]
    found.append(_worth(data, stated["training"]))
    return found + [
        _polynomial(data, stated[f"polynomial, {degree}"], degree) for degree in data.degree.values.tolist()
    ]


def _rate_at_end(data: xr.Dataset) -> xr.DataArray:
    """Where the tuned damping is the least or the greatest tried [target]."""
    return data.learning_rate.isin(several.ends(data.attrs.get("rates", FULL.rates)))


def _median(data: xr.Dataset, statement: Statement, name: str) -> Verdict:
    middle, low, high = statistics.bootstrap(data.rms.sel(target=name).values)
    seeds = data.sizes["seed"]
    finding = f"The median test error (RMS) of {seeds} trained networks is {middle:.1e} [{low:.1e}, {high:.1e}]."
    found = statement.verdict(finding, middle, low, high, seeds)
    # A better damping only lowers the error, so what is reproduced stays so.
    if found.outcome == REPRODUCED or not bool(_rate_at_end(data).sel(target=name)):
        return found
    at_edge = "the tuned damping is the least or the greatest tried"
    return statement.verdict(finding, middle, low, high, seeds, at_edge=at_edge)


def _chain(data: xr.Dataset, statement: Statement, kind: str, smooth: list[str]) -> Verdict:
    """How many targets are met by the median chain, in error and in the sum of the output weights."""
    every = data.sel(kind=kind, target=smooth)
    last = every.isel(stage=-1)
    error, total = last.chain_rms.median("chain"), last.chain_sum.median("chain").values
    intervals = [statistics.bootstrap(last.chain_rms.sel(target=name).values)[1:] for name in smooth]
    tried = data.attrs.get("frequencies", FULL.frequencies)
    at_end = every.frequency.isel(stage=slice(1, None)).isin(several.ends(tried)).any("stage")
    parts = _against(CHAIN_AIM, intervals, at_end.transpose("target").values)
    parts = parts._replace(holds=parts.holds & (total <= MOST_WEIGHT))
    met, worst = int(parts.holds.sum()), float(error.max())
    return statement.verdict(
        f"The aim is met on {met} of {len(smooth)} smooth targets. Median test errors (RMS) of {data.sizes['chain']} "
        f"chains are {float(error.min()):.1e} to {worst:.1e}; median sums of weights are at most "
        f"{float(total.max()):.3g}.{several.told(parts, 'targets', CHAIN_OPEN)} {beside_one(data, kind)} "
        f"{_single(data, smooth)}",
        worst, n=data.sizes["chain"], outcome=rules.combine(several.states(parts)),
    )  # fmt: skip


def _single(data: xr.Dataset, smooth: list[str]) -> str:
    """A sentence on single networks, beside what the source says of them."""
    error = data.rms.sel(target=smooth).median("seed")
    return (
        "In the source, single networks hardly get below 1e-5. Here single networks, trained by variable projection, "
        "which the source does not use, have median test errors (RMS) of "
        f"{float(error.min()):.1e} to {float(error.max()):.1e}."
    )


def beside_one(data: xr.Dataset, kind: str) -> str:
    """Sentences on how a chain compares with a single network, and on what this comparison leaves open."""
    smooth = [name for name in data.target.values.tolist() if name in SMOOTH]
    widths = chains(data)[kind]
    last = data.chain_rms.sel(kind=kind, target=smooth).isel(stage=-1).median("chain")
    worse = int((last > data.rms.sel(target=smooth).median("seed")).sum())
    return (
        f"On {worse} of {len(smooth)} smooth targets the chain of {' + '.join(map(str, widths))} units has a higher "
        f"median error than a single network of {data.attrs['units']}, whose output weights are not kept small. No "
        f"single network of {sum(widths)} units was trained, so more units alone might have the same effect."
    )


def chains(data: xr.Dataset) -> dict[str, list[int]]:
    """The units of the networks of a chain, by kind."""
    return {kind: [int(n) for n in data.attrs[kind].strip("(),").split(",")] for kind in data.kind.values.tolist()}


def _worth(data: xr.Dataset, statement: Statement) -> Verdict:
    """Judge what training adds to random units: the least over targets of the median gain, network by network.

    A better damping would only add more.
    """
    gains = np.log10(data.untrained_rms / data.rms)
    parts = [statistics.bootstrap(gains.sel(target=name).values) for name in data.target.values]
    least = min(parts, key=lambda part: part.estimate)
    told = ", ".join(f"{p.estimate:.1f} on {FORMULAS[str(t)]}" for p, t in zip(parts, data.target.values, strict=True))
    return statement.verdict(
        f"In digits (factors of ten in the test error) training adds a median of {told}, over {data.sizes['seed']} "
        "starts.",
        *least, data.sizes["seed"],
    )  # fmt: skip


def _polynomial(data: xr.Dataset, statement: Statement, degree: int) -> Verdict:
    """On how many targets the median network is better than a Chebyshev interpolant."""
    error = data.polynomial_rms.sel(degree=degree)
    better = data.rms.median("seed") < error
    each = [
        _against(
            float(error.sel(target=name)), [statistics.bootstrap(data.rms.sel(target=name).values)[1:]],
            _rate_at_end(data).sel(target=[name]).values,
        )
        for name in data.target.values
    ]  # fmt: skip
    parts = several.Parts(*(np.concatenate(one) for one in zip(*each, strict=True)))
    ahead = [FORMULAS[str(name)] for name, holds in zip(data.target.values, parts.holds, strict=True) if holds]
    listed, count = f" ({', '.join(ahead)})" if ahead else "", int(better.sum())
    return statement.verdict(
        f"The median network has a lower test error than the polynomial on {count} of {better.size} targets, and with "
        f"its whole 95% interval on {len(ahead)}{listed}.{several.told(parts, 'targets', POLYNOMIAL_OPEN)}",
        len(ahead), n=data.sizes["seed"], outcome=rules.combine(several.states(parts)),
    )  # fmt: skip


def _against(bound: float, intervals: Iterable[tuple[float, float]], at_end: np.ndarray) -> several.Parts:
    """Parts that hold where an interval lies at or below a bound, and fail where it lies above.

    A better tuned number can only lower what is bounded, so only those that fail can be undecided by their grid.
    """
    low, high = np.array(list(intervals), float).T
    holds, fails = high <= bound, low > bound
    return several.Parts(holds, ~holds & (~fails | at_end))
