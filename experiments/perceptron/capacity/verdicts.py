"""The table and the verdicts of `perceptron.capacity`: counts against the binomial laws that theory gives."""

import itertools

import numpy as np
import xarray as xr

from experiments.lab.sources import COVER
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.perceptron.capacity.config import Config, num_points
from experiments.perceptron.capacity.fits import fall, goodness_of_fit
from nnjax import statistics, theory

REFUTED, DOUBTFUL = 0.001, 0.01  # p-values
MARGIN = 0.05  # how far the interval may reach from one half
HALVES = ("half at 2d", "half at 2(d + 1)")  # the statements without a bias and with one
RESAMPLES = 400
DEVIATIONS = 3.29  # standard deviations of a normal law: the two-sided p-value there is REFUTED


def statements(config: Config) -> list[Statement]:
    """Cover's law without a bias and with one, the half of each, and how much faster the share falls."""
    found = [_law(False), _law(True)]
    found += [_half_statement(dims, bias) for bias in (False, True) if (dims := _halved(config, bias))]
    if len(config.dims) > 1:
        found.append(_faster_statement(config))
    return found


def _law(bias: bool) -> Statement:
    kind, dim = ("with a bias", "d + 1") if bias else ("through the origin", "d")
    return Statement(
        id="Cover with a bias" if bias else "Cover",
        claim=f"Planes {kind} separate the share C(N, {dim}) / 2^N of the random labellings of N points in d "
        f"dimensions, and so all of them up to N = {dim}.",
        kind=THEOREM,
        source=f"{COVER}, theorem 1",
        rule=Rule(
            "A chi-squared test compares the counts of all N and d together with Cover's law. Reproduced when its "
            f"p-value is above {DOUBTFUL:g} and the same counts refute the law of one dimension more (p at most "
            f"{REFUTED:g}; this second condition was set after the first results); not reproduced when its p-value is "
            f"at most {REFUTED:g} or a labelling of N up to {dim} is not separable; otherwise, or when a labelling "
            "could not be decided, not settled."
        ),
        reference=f"p above {DOUBTFUL:g}",
        unit="p-value",
        settled_by="more labellings at each N and d",
    )


def _halved(config: Config, bias: bool) -> list[int]:
    """The dimensions in which N = 2 d points are labelled; with a bias, N = 2 (d + 1)."""
    return [d for d in config.dims if 2 * (d + bias) in num_points(config, d)]


def _half_statement(dims: list[int], bias: bool) -> Statement:
    count = "2 (d + 1)" if bias else "2 d"
    plane = "a plane, through the origin or not" if bias else "a plane through the origin"
    added = " The statement was added after the data had been seen." if bias else ""
    return Statement(
        id=HALVES[bias],
        claim=f"Half of the random labellings of {count} points in d dimensions are separable by {plane} "
        f"(d = {', '.join(map(str, dims))} together).",
        kind=THEOREM,
        source=COVER,
        rule=Rule(
            f"Reproduced when the 95% interval of the share holds 0.5 and lies within {MARGIN:g} of it (this margin "
            "was set after the first results); not reproduced when p is at most "
            f"{REFUTED:g} by the exact binomial test; otherwise not settled. Since the first results were seen, an "
            f"interval without 0.5 no longer refutes, as chance alone makes one in twenty of them.{added}"
        ),
        reference=0.5,
        settled_by=f"more labellings of {count} points",
    )


def _faster_statement(config: Config) -> Statement:
    few, many = min(config.dims), max(config.dims)
    falls = []
    for d in (few, many):
        points = np.array(num_points(config, d))
        falls.append(fall(points, np.array([theory.cover_fraction(int(n), d) for n in points]), d))
    expected = falls[0] / falls[1]
    return Statement(
        id="sharper",
        claim=f"The separable share falls from 90 to 10% over fewer points per dimension at d = {many} than at "
        f"d = {few}, by the factor of Cover's curves.",
        kind=THEOREM,
        source=f"{COVER}, theorem 1",
        rule=Rule(
            f"Reproduced when the 95% interval of the factor lies above 1 and holds the {expected:.2f} of Cover's "
            "curves, partly when it lies above 1 and the logarithm of the factor is more than "
            f"{DEVIATIONS:g} standard deviations of those of the resamples from that of {expected:.2f}, not reproduced "
            "when the interval lies at or below 1, otherwise not settled. Since the first results were seen, an "
            f"interval without {expected:.2f} alone no longer makes it partly, as chance makes one in twenty of them."
        ),
        reference=expected,
        unit="times",
        settled_by="more labellings at each N and d",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each N and d, with a bias and without."""
    rows = []
    for bias, d, ratio in itertools.product(data.bias.values, data.dim.values, data.ratio.values):
        one = data.sel(bias=bias, dim=d, ratio=ratio)
        low, high = statistics.wilson(int(one.separable), data.attrs["trials"])
        rows.append(
            {"dimensions": int(d), "bias": bool(bias), "points": int(one.points), "trials": data.attrs["trials"]}
            | {"separable": int(one.separable), "part": int(one.separable) / data.attrs["trials"]}
            | {"low": float(low), "high": float(high), "exact": float(one.exact), "unproved": int(one.unproved)}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Judge the laws by a chi-squared test, the half by an interval and an exact test, the falls by an interval."""
    config = Config(dims=tuple(data.dim.values.tolist()), ratios=tuple(data.ratio.values.tolist()))
    stated = {one.id: one for one in statements(config)}
    found = [_fits(stated["Cover with a bias" if bias else "Cover"], data, bias) for bias in (False, True)]
    found += [_half(stated[name], data, bias) for bias, name in enumerate(HALVES) if name in stated]
    if "sharper" in stated:
        found.append(_faster(stated["sharper"], data))
    return found


def _fits(statement: Statement, data: xr.Dataset, bias: bool) -> Verdict:
    one, unproved = data.sel(bias=bias), int(data.unproved.sel(bias=bias).sum())
    counts, trials, total = one.separable.values, data.attrs["trials"], one.separable.size
    fit = goodness_of_fit(counts, trials, one.exact.values)
    beyond = [
        [theory.cover_fraction(int(n), int(d) + bias + 1) for n in points]
        for d, points in zip(one.dim.values, one.points.values, strict=True)
    ]
    other = goodness_of_fit(counts, trials, np.array(beyond))
    told_apart = other.p_value <= REFUTED or other.certain_missed > 0
    if unproved:
        outcome = NOT_SETTLED
    elif fit.certain_missed or fit.p_value <= REFUTED:
        outcome = NOT_REPRODUCED
    else:
        outcome = REPRODUCED if fit.p_value > DOUBTFUL and told_apart else NOT_SETTLED
    labellings = total * trials
    finding = (
        f"The numbers of separable labellings, counted among {labellings:,} at {total} combinations of N and d, differ "
        f"from Cover's law by chi-squared = {fit.statistic:.1f} with {plural(fit.degrees, 'degree')} of freedom "
        f"(p = {fit.p_value:.2g}), and from the law for one dimension more by {other.statistic:.0f}. "
        f"{fit.certain_missed or 'None'} of the labellings that must be separable turned out inseparable, and "
        f"{plural(unproved, 'labelling') if unproved else 'no labelling'} remained undecided."
    )
    return statement.verdict(finding, fit.p_value, n=labellings, outcome=outcome)


def _half(statement: Statement, data: xr.Dataset, bias: int) -> Verdict:
    """Judge all labellings of twice as many points as the neuron has weights, the bias included."""
    one = data.sel(bias=bool(bias))
    at_twice = (one.points == 2 * (one.dim + bias)).values
    k, n = int(one.separable.values[at_twice].sum()), int(at_twice.sum()) * data.attrs["trials"]
    low, high = map(float, statistics.wilson(k, n))
    holds, narrow = low <= 0.5 <= high, low >= 0.5 - MARGIN and high <= 0.5 + MARGIN
    p_value = statistics.binomial_test(k, n, 0.5)
    outcome = NOT_REPRODUCED if p_value <= REFUTED else REPRODUCED if holds and narrow else NOT_SETTLED
    count = "2 (d + 1)" if bias else "2 d"
    finding = (
        f"Of {n:,} random labellings of {count} points in d dimensions, {k / n:.1%} [{low:.1%}, {high:.1%}] are "
        f"separable. The exact test of the share one half gives p = {p_value:.2g}."
    )
    return statement.verdict(finding, k / n, low, high, n, outcome=outcome)


def _faster(statement: Statement, data: xr.Dataset) -> Verdict:
    """Judge how much faster the share falls in the most dimensions than in the fewest."""
    one, trials = data.sel(bias=False).sortby("dim"), data.attrs["trials"]
    ends = one.isel(dim=[0, -1])
    rng = np.random.default_rng(0)

    def ratio(shares: np.ndarray) -> float:
        few, many = (
            fall(p, share, int(d)) for p, share, d in zip(ends.points.values, shares, ends.dim.values, strict=True)
        )
        return few / many

    measured = ratio(ends.separable.values / trials)
    drawn = [ratio(rng.binomial(trials, ends.separable.values / trials) / trials) for _ in range(RESAMPLES)]
    low, high = (float(np.quantile(drawn, q)) for q in (0.025, 0.975))
    expected = ratio(ends.exact.values)
    finding = (
        f"The range of points per dimension over which the separable share falls from 90 to 10% is {measured:.2f} "
        f"[{low:.2f}, {high:.2f}] times as wide at d = {int(one.dim[0])} as at d = {int(one.dim[-1])}; on Cover's "
        f"curves it is {expected:.2f} times as wide."
    )
    far = abs(np.log(measured / expected)) > DEVIATIONS * np.std(np.log(drawn))
    outcome = _sharper(low, high, expected, bool(far))
    return statement.verdict(finding, measured, low, high, ends.separable.size * trials, outcome=outcome)


def _sharper(low: float, high: float, expected: float, far: bool) -> str:
    """The outcome; `far` says whether the factor is further from the expected one than chance explains."""
    if low > 1:
        return REPRODUCED if low <= expected <= high else PARTLY if far else NOT_SETTLED
    return NOT_REPRODUCED if high <= 1 else NOT_SETTLED
