"""The verdicts of `census`: counts must be met to the last function, and every function must be decided."""

import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict

SEPARABLE = {1: 4, 2: 14, 3: 104, 4: 1_882, 5: 94_572, 6: 15_028_134, 7: 8_378_070_864}  # OEIS A000609
MONOTONE = {5: 7_581, 6: 7_828_354}  # OEIS A000372
CLASSES = {5: 210, 6: 16_353}  # OEIS A003182
SECONDS_FOR_FOUR, SECONDS_FOR_SIX = 0.5, 120.0


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A count is reproduced or not; a time within twice its target is partly."""
    found = [_count(data, int(n)) for n in data.inputs.values]
    found += [_decided(data), _four_rows(data), _novikoff(data)]
    for n in (5, 6, 7):
        if n in data.inputs:
            found += [*_monotone(data, n), _programming(data, n)]
    for n, name, limit in ((4, "training_seconds", SECONDS_FOR_FOUR), (6, "census_seconds", SECONDS_FOR_SIX)):
        if n in data.inputs:
            found.append(_time(data, n, name, limit))
    return found


def _count(data: xr.Dataset, n: int) -> Verdict:
    one, total = data.sel(inputs=n), 2.0 ** (2**n)
    measured = int(one.separable)
    functions = f"{total:,.0f}" if n < 6 else f"{total:.1e}"
    claim = f"exactly {SEPARABLE[n]:,} of the {functions} functions of {n} inputs are learned by one neuron"
    holds = measured == SEPARABLE[n] and int(one.undecided) == 0
    return verdict(data, f"{n} inputs", claim, "OEIS A000609", SEPARABLE[n], measured, "functions", holds)


def _decided(data: xr.Dataset) -> Verdict:
    tried, learned, proved = (int(data[name].sum()) for name in ("tried", "learned", "proved"))
    claim = (
        f"of {tried:,} functions tried each is learned ({learned:,}) or proved out of reach, by the corrections of a "
        f"round that sum to zero in whole numbers ({proved:,}); none is left undecided"
    )
    undecided = int(data.undecided.sum())
    return verdict(data, "all decided", claim, "perceptron cycling theorem", 0, undecided, "undecided", undecided == 0)


def _four_rows(data: xr.Dataset) -> Verdict:
    others, found = int((data.tried - data.learned).sum()), int(data.four_rows.sum())
    claim = "every function that is not learned has two true and two false rows of equal sum"
    return verdict(
        data, "four rows", claim, "Muroga 1971: so for up to 8 inputs", others, found, "functions", found == others
    )


def _novikoff(data: xr.Dataset) -> Verdict:
    ratio = float((data.mistakes / data.bound).max())
    claim = (
        f"no neuron of {data.sizes['neuron']:,} makes more mistakes than (R |w*| / margin)^2 with its own widest "
        f"margin; the nearest makes {ratio:.2g} times as many"
    )
    broken = int(data.violations.sum())
    return verdict(data, "Novikoff", claim, "Novikoff 1962, theorem 1", 0, broken, "violations", broken == 0)


def _monotone(data: xr.Dataset, n: int) -> list[Verdict]:
    """The number of monotone functions, and the count that the regular ones give."""
    if n not in MONOTONE:
        return []
    one = data.sel(inputs=n)
    monotone, tried, regular = int(one.monotone), int(one.tried), int(one.by_regular)
    classes = f" in {tried:,} classes under permutation" if tried < monotone else ""
    expected = tried == CLASSES[n] if classes else True
    claim = f"there are {MONOTONE[n]:,} monotone functions of {n} inputs{classes}"
    source, holds = "OEIS A000372, A003182", monotone == MONOTONE[n] and expected
    first = verdict(data, f"monotone, {n} inputs", claim, source, MONOTONE[n], monotone, "functions", holds)
    claim = f"the regular functions of {n} inputs, with their permutations and negations, give the same count"
    holds = regular == SEPARABLE[n]
    second = verdict(data, f"regular, {n} inputs", claim, "OEIS A000609", SEPARABLE[n], regular, "functions", holds)
    return [first, second]


def _programming(data: xr.Dataset, n: int) -> Verdict:
    one = data.sel(inputs=n)
    agrees = int(one.programs_that_differ) == 0 and int(one.programs_unproved) == 0
    count, tried = int(one.by_programming), int(one.tried)
    claim = f"linear programming, each answer checked, decides all {tried:,} that were tried of {n} inputs alike"
    holds = agrees and count == SEPARABLE[n]
    return verdict(data, f"programming, {n} inputs", claim, "OEIS A000609", SEPARABLE[n], count, "functions", holds)


def _time(data: xr.Dataset, n: int, name: str, limit: float) -> Verdict:
    seconds = float(data[name].sel(inputs=n))
    what = (
        "all 65,536 perceptrons of 4 inputs stop, and what they say is checked,"
        if n == 4
        else "the whole census of 6 inputs is taken"
    )
    claim = f"{what} in less than {limit:g} s on two cores" + (", compiling left out" if n == 4 else "")
    outcome = REPRODUCED if seconds < limit else PARTLY if seconds < 2 * limit else NOT_REPRODUCED
    return verdict(data, f"time, {n} inputs", claim, "target of this project", limit, seconds, "s", outcome)
