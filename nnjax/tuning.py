"""Tuning: choose hyperparameters such as the learning rate for every setting, on seeds that are not reported.

    tuned = nnjax.tuning.tune(
        lambda learning_rate: nnjax.sweep(
            data, width=[2, 4, 8], learning_rate=learning_rate, seeds=nnjax.tuning.seeds(100)
        ).train_loss,
        learning_rate=[0.01, 0.03, 0.1],
        widen=2,
    )
    runs = nnjax.sweep(data, width=[2, 4, 8], **tuned.best, seeds=1000)

`tuned.at_end` marks the settings whose best value is the smallest or the largest tried: their optimum may lie outside
the grid. `tuned.tied` marks those in which all values did equally well, so that the choice means nothing.

`halve` spends less on bad learning rates and more on the good ones, with equal trials for every setting: short
trainings choose which rates are trained longer, and the last choice is made among networks trained to the full length.

`repeated` tunes several times, and trains fresh seeds at what each tuning chose. Intervals over the tunings include
the randomness of tuning.
"""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnjax import arguments
from nnjax.allowed import item, whole
from nnjax.checks import is_number, whole_number

if TYPE_CHECKING:
    import xarray as xr

# Seeds from here on are reserved for tuning; reported runs use seeds from 0 on.
FIRST_SEED = 1_000_000
MOST_WIDENINGS = 3
# The lengths of the first two rounds of `halve` as fractions of `num_steps`, and how many of the best rates go from the
# first round to the second.
SHORT, MIDDLE, KEPT = 1 / 16, 1 / 4, 3
DIVERGED = np.finfo(np.float64).max  # the cost in place of one that is not finite


class Tuned(NamedTuple):
    """The best values, whether they lie at an end of their grid, and the cost surface from which they were chosen.

    Where `tied` is true, the choice means nothing: all values tried did equally well, and not all networks diverged.
    `best` is then the first values, in their order in `cost`, and `at_end` is 0.
    """

    best: "dict[str, xr.DataArray]"  # of each number, over the remaining axes; can be passed to `sweep`
    at_end: "dict[str, xr.DataArray]"  # -1 if the best value is the smallest tried, 1 if the largest, else 0
    cost: "xr.DataArray"  # over the numbers and the remaining axes, means over seeds
    tied: "xr.DataArray"  # over the remaining axes: whether all costs, and all ties if given, are equal


class Halved(NamedTuple):
    """The best learning rate of every setting, whether it is at an end of those tried, and everything that was tried.

    `trials` has the learning rate and the cost of every training [trial, ...], and its number of steps [trial].
    Where `tied` is true, the choice means nothing: all rates tried at full length did equally well, and `at_end` is 0.
    """

    best: "dict[str, xr.DataArray]"  # {"learning_rate": over the remaining axes}; can be passed to `sweep`
    at_end: "xr.DataArray"  # -1 if the best rate is the smallest tried at full length, 1 if the largest, else 0
    trials: "xr.Dataset"
    tied: "xr.DataArray"  # over the remaining axes: whether all costs at full length are equal, and finite


class Repeated(NamedTuple):
    """What each tuning chose, and fresh networks that were trained at it."""

    tuned: Tuned  # of all tunings: `tuning` is one of the remaining axes
    fresh: "xr.Dataset"  # over `seed`; its coordinate `tuning_of` [seed] says which tuning a seed belongs to


def seeds(num_seeds: int) -> range:
    """Seeds for tuning, which no reported network uses.

    Raises:
        ValueError: for a number of seeds that is not a whole number from 1 to 2^31.
    """
    return range(FIRST_SEED, FIRST_SEED + whole("num_seeds", num_seeds, most=2**31))


def choose(cost: "xr.DataArray", *numbers: str, tie: "xr.DataArray | None" = None) -> Tuned:
    """Choose the values of the numbers with the lowest cost, for every setting of the remaining axes.

    Args:
        cost: has a dimension for each number, any other axes, and optionally `seed`, over which the mean is taken. A
            value that is not finite (a network that diverged) is chosen only if none is finite.
        numbers: names of the dimensions to tune.
        tie: decides among equal costs: the lowest value wins. It has the dimensions of `cost`.

    Returns:
        Tuned. If only one value of a number was tried, it counts as inside its grid (`at_end` is 0). Where all networks
        diverged, the first values are chosen, but they do not count as tied: others may train.

    Raises:
        ValueError: for a cost or a tie that is not a DataArray of real numbers; unless `numbers` are one or more
            different dimensions of `cost`, none of them `seed`; for a cost that is empty, or has a number without
            labels or with a label that repeats; and for a tie whose labels are not those of `cost`.
    """
    import xarray as xr

    for name, surface in (("cost", cost), ("tie", tie)):
        if surface is not None and (not arguments.is_table(surface) or surface.dtype.kind not in "biuf"):
            raise ValueError(f"{name} of type {type(surface).__name__} must be a DataArray of real numbers")
    missing = [name for name in numbers if name not in cost.dims]
    if missing or not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(
            f"numbers={numbers!r} must be one or more different dimensions of cost, which has {cost.dims!r}"
        )
    if not cost.size or any(name not in cost.coords or not cost.indexes[name].is_unique for name in numbers):
        raise ValueError(
            f"cost has sizes {dict(cost.sizes)}: it must not be empty, and each of {numbers!r} needs different labels"
        )
    cost = _finite(cost)
    ranked = cost if tie is None else _finite(tie).where(cost == cost.min(numbers), np.inf)
    trained = (cost.min(numbers) < DIVERGED) & (ranked.min(numbers) < DIVERGED)
    tied = (ranked == ranked.min(numbers)).all(numbers) & trained
    if all(cost.sizes[name] == 1 for name in numbers):
        tied = xr.zeros_like(tied)
    place = ranked.argmin(numbers)
    best, at_end = {}, {}
    for name in numbers:
        values, index = cost[name], place[name]
        best[name] = values[index].drop_vars([n for n in numbers if n in values[index].coords]).rename(name)
        # `at_end` is about the values, not their order.
        least, greatest = values.argsort()[0].item(), values.argsort()[-1].item()
        ends = xr.where(index == least, -1, xr.where(index == greatest, 1, 0)) if values.size > 1 else 0 * index
        at_end[name] = ends.where(~tied, 0).rename(f"{name}_at_end")
    return Tuned(best, at_end, cost, tied.drop_attrs().rename("tied"))


def tune(
    train: "Callable[..., xr.DataArray | tuple[xr.DataArray, xr.DataArray]]",
    *,
    widen: int = 0,
    **grids: Sequence[float | int] | np.ndarray,
) -> Tuned:
    """Train over a grid and choose; if the best value lies at an end, extend the grid there and choose again.

    Args:
        train: called with the values of each number to try, as keyword arguments; returns the cost, or the pair (cost,
            tie), as `choose` takes them. It should train on `seeds(...)`.
        widen: how often a grid may be extended, at most 3 times. Each time, one value is added at every end where some
            setting has its best value, at the ratio of the two outermost values there. Networks that diverge there have
            no finite cost, so the grid is not extended further in that direction; nor is it for settings that tie.
        grids: the values of each number to try first. Integers, such as sizes of batches, are extended by integers
            only, and not where the ratio gives none: give numbers that may be fractions as floats, [1.0, 2.0, 4.0].

    Raises:
        ValueError: for `widen` outside 0 to 3, for grids that are empty or repeat a value, and for a grid that cannot
            be widened: fewer than two values, or values that are not above 0.
    """
    import xarray as xr

    whole_number(widen, "widen", 0, MOST_WIDENINGS)
    if not callable(train):
        raise ValueError(f"train={train!r:.80} must be a function of the numbers that returns their cost")
    tried: dict[str, Any] = {}
    for name, values in grids.items():
        given: list[Any] = [values]
        if np.iterable(values) and not isinstance(values, str):
            given = [item(value) for value in values]
            given = [value.item() if isinstance(value, np.generic) else value for value in given]
        good = all(is_number(value) and np.isfinite(value) for value in given)
        tried[name] = sorted(given) if good else []
        few = widen and (len(given) < 2 or not good or min(given) <= 0)
        if not tried[name] or len(set(tried[name])) < len(given) or few:
            raise ValueError(
                f"{name}={given!r:.80} must hold different values"
                + (", two or more and above 0, so that they can be widened" if widen else ", all finite numbers")
            )
    cost, tie = _trained(train, tried)
    for _ in range(widen):
        tuned = choose(cost, *tried, tie=tie)
        grown = False
        for name, end in itertools.product(list(tried), (-1, 1)):
            if not bool((tuned.at_end[name] == end).any()):
                continue
            values = tried[name]
            last, before = (values[0], values[1]) if end < 0 else (values[-1], values[-2])
            if all(isinstance(value, int) for value in values):
                beyond, rest = divmod(last * last, before)
                if rest:
                    continue
            else:
                beyond = last * (last / before)
            if not 0 < beyond < np.inf:  # beyond what float64 holds
                continue
            more, more_tie = _trained(train, tried | {name: [beyond]})
            cost = xr.concat([cost, more], name).sortby(name)
            tie = None if tie is None or more_tie is None else xr.concat([tie, more_tie], name).sortby(name)
            tried[name] = sorted([*values, beyond])
            grown = True
        if not grown:
            break
    return choose(cost, *tried, tie=tie)


def halve(
    train: "Callable[..., xr.DataArray]", learning_rate: Sequence[float], num_steps: int, *, grow: int = 3
) -> Halved:
    """Choose the learning rate of every setting by trainings that grow longer as fewer rates are left.

        tuned = nnjax.tuning.halve(
            lambda learning_rate, num_steps: nnjax.sweep(
                data, width=[2, 4, 8], learning_rate=learning_rate, num_steps=num_steps, seeds=nnjax.tuning.seeds(4)
            ).train_loss,
            learning_rate=[2.0**i for i in range(-10, -2)],
            num_steps=8000,
        )

    The first round trains all rates for a sixteenth of the steps. The second trains the best three for a quarter, and
    also the rate below them, because longer trainings need lower rates. The third trains the best of these and both its
    neighbours for all steps. While an outermost rate is the best, the next rate beyond it is trained too, up to `grow`
    times. The result is the vertex of the parabola through the best and its neighbours over the logarithm of the rate.
    Among equal costs the lowest rate counts as the best. Where all rates of a round do equally well, the middle ones go
    on, and where they still do at full length, the middle one is the result: it is `tied`, and none beyond is trained.

    Args:
        train: called with `learning_rate`, a list at first, then a DataArray over the settings or a number, and with
            `num_steps`; returns the cost, over the settings and optionally `seed`, over which the mean is taken. The
            first cost has the dimension `learning_rate` too. `train` should train on `seeds(...)`.
        learning_rate: the rates of the first round, at least three, each the same multiple of the one before.
        num_steps: the steps of the longest trainings, which are those that will be reported.
        grow: how often, at most, a rate beyond the outermost is trained at full length.

    Returns:
        Halved. `at_end` is not 0 for a setting whose best rate is still at an end.

    Raises:
        ValueError: for rates and costs that are not as described.
    """
    import xarray as xr

    rates, ratio = _geometric(learning_rate)
    num_steps, grow = whole("num_steps", num_steps), whole("grow", grow, least=0)
    short, middle = (max(1, round(part * num_steps)) for part in (SHORT, MIDDLE))
    given: Any = train(learning_rate=rates, num_steps=short)
    if not arguments.is_table(given) or sorted(given.indexes.get("learning_rate", ())) != rates:
        raise ValueError(
            f"train was given learning_rate={rates!r:.80} and must return their costs; it returned {given!r:.80}"
        )
    first = _finite(given).transpose("learning_rate", ...).sel(learning_rate=rates)
    like = first.isel(learning_rate=0, drop=True)
    trials = [(np.full(like.shape, rate), short, first.sel(learning_rate=rate).values) for rate in rates]

    def tried(rates: Any, steps: int) -> Any:
        table = like.copy(data=rates).rename("learning_rate")
        found: Any = train(learning_rate=table if table.ndim else float(table), num_steps=steps)
        if not arguments.is_table(found) or {*found.dims} - {"seed"} != {*like.dims}:
            raise ValueError(
                f"train must return the cost over {like.dims!r} for a learning_rate over them; it gave {found!r:.80}"
            )
        cost = _finite(found).transpose(*like.dims).values
        trials.append((rates, steps, cost))
        return cost

    middle_ones = np.arange(KEPT) + (len(rates) - KEPT) // 2
    places = np.argsort(first.values, axis=0, kind="stable")[:KEPT]
    places = np.where(_tied(first.values), middle_ones.reshape(-1, *[1] * like.ndim), places)
    some = np.asarray(rates)[places]
    some = np.sort(np.concatenate([some, some.min(axis=0, keepdims=True) / ratio]), axis=0)
    costs = np.stack([tried(rate, middle) for rate in some])
    place = np.where(_tied(costs), len(some) // 2, costs.argmin(axis=0))
    centre = np.take_along_axis(some, place[None], axis=0)[0]
    # Costs at full length, by how many ratios the rate is away from the winner of the second round.
    known = {away: tried(centre * ratio**away, num_steps) for away in (-1, 0, 1)}
    for _ in range(grow):
        best, ends = _best(known)
        if not ends.any():
            break
        away = best + ends  # a best rate that is not at an end is trained again, to no effect
        found = tried(centre * ratio**away, num_steps)
        for one in np.unique(away[ends != 0]):
            known.setdefault(int(one), np.full(like.shape, np.nan))
            known[int(one)] = np.where((away == one) & (ends != 0), found, known[int(one)])
    best, ends = _best(known)
    rate = centre * ratio ** (best + _vertex(known, best))
    chosen = like.copy(data=rate).rename("learning_rate")
    dims = ("trial", *like.dims)
    record = xr.Dataset(
        {
            "learning_rate": (dims, np.stack([one for one, _, _ in trials])),
            "num_steps": ("trial", [steps for _, steps, _ in trials]),
            "cost": (dims, np.stack([cost for _, _, cost in trials])),
        },
        like.coords,
    )
    tied = like.copy(data=_tied(_at_full_length(known))).rename("tied")
    return Halved({"learning_rate": chosen}, like.copy(data=ends).rename("learning_rate_at_end"), record, tied)


def repeated(
    train: "Callable[..., xr.Dataset]",
    number: str,
    values: Sequence[float | int] | np.ndarray,
    *,
    cost: "str | Callable[[xr.Dataset], xr.DataArray]",
    tie: "str | Callable[[xr.Dataset], xr.DataArray] | None" = None,
    tunings: int,
    tuning_seeds: int,
    seeds: int,
    widen: int = 0,
) -> Repeated:
    """Tune a number several times, each time on seeds of its own, and train fresh seeds at what each tuning chose.

    With other seeds another value may be best, and all networks that are trained at it change with it. So networks of
    one tuning are not independent, while tunings are: an interval over the tunings includes the randomness of tuning.

    >>> import functools, nnjax
    >>> train = functools.partial(nnjax.sweep, nnjax.tasks.xor(), width=[2, 4], num_steps=100, progress=False)
    >>> tuned, fresh = nnjax.tuning.repeated(
    ...     train, "learning_rate", [0.003, 0.03, 0.3], cost="train_loss", tunings=4, tuning_seeds=5, seeds=40
    ... )
    >>> dict(tuned.best["learning_rate"].sizes)                 # a rate for each width and tuning
    {'width': 2, 'tuning': 4}
    >>> shares = (fresh.accuracy == 1).groupby("tuning_of").mean("seed")                # of ten networks each
    >>> interval = nnjax.statistics.mean(shares.sel(width=4).values)                    # over the four tunings

    Args:
        train: called with the number and with `seeds`, both as keywords, as `nnjax.sweep` is; returns runs over `seed`.
            At first the number is a list of values to try, then a DataArray over the settings, or a number.
        number: the name of the number to tune, such as "learning_rate"; none that changes the shapes of networks.
        values: the values to try first.
        cost: the name of a variable of the runs, or a function of the runs that returns the cost. It is over `number`,
            `seed` and the settings; in each tuning the mean over seeds is taken, as in `choose`.
        tie: likewise, decides among equal costs.
        tunings: how often the number is tuned.
        tuning_seeds: the seeds of each tuning, which no other tuning has, nor any fresh network.
        seeds: the fresh seeds of all tunings together, 0, 1, 2, ...; those of a tuning follow each other.
        widen: how often the values may be extended, as in `tune`.

    Returns:
        Repeated. As several sweeps trained the fresh networks, `refit` does not take them. Their attribute `settings`,
        with which `nnjax.params` reads their weights, holds what all these sweeps share.

    Raises:
        ValueError: unless `tunings`, `tuning_seeds` and `seeds` are whole numbers of 1 or more. It is also raised
            unless `seeds` is a multiple of `tunings` and at most 1,000,000, where the seeds of tuning begin. And it is
            raised for a number, a cost or a tie that is not as described, and as in `tune`.
    """
    import xarray as xr

    if not isinstance(number, str) or number in arguments.SHAPES:
        raise ValueError(
            f"number={number!r:.80} must be the name of one number, such as 'learning_rate', that leaves the shapes of "
            f"networks as they are: not {', '.join(arguments.SHAPES)}"
        )
    tunings, tuning_seeds = whole("tunings", tunings), whole("tuning_seeds", tuning_seeds)
    if whole("seeds", seeds, most=FIRST_SEED) % tunings:
        raise ValueError(f"seeds={seeds!r} must be a multiple of tunings={tunings!r}")
    if not callable(train):
        raise ValueError(f"train={train!r:.80} must be a function of {number!r} and of seeds that returns runs")
    measures = {"cost": cost} if tie is None else {"cost": cost, "tie": tie}
    for name, measure in measures.items():
        if not callable(measure) and not isinstance(measure, str):
            raise ValueError(f"{name}={measure!r:.80} must name a variable of the runs or be a function of them")
    own = range(FIRST_SEED, FIRST_SEED + tunings * tuning_seeds)

    def costs(**tried: Any) -> Any:
        runs = train(seeds=own, **tried)
        found = [_by_tuning(runs, name, measure, tunings, tuning_seeds) for name, measure in measures.items()]
        return found[0] if tie is None else tuple(found)

    tuned = tune(costs, widen=widen, **{number: values})
    each, parts = seeds // tunings, []
    for k in range(tunings):
        best = tuned.best[number].isel(tuning=k, drop=True)
        given = {number: best if best.ndim else best.item(), "seeds": range(k * each, (k + 1) * each)}
        parts.append(_shared(number, train(**given)))
    how: Any = {"data_vars": "minimal", "coords": "minimal", "compat": "equals", "combine_attrs": "drop_conflicts"}
    fresh = xr.concat(parts, "seed", join="exact", **how)
    fresh.attrs.pop("plan", None)  # that of each sweep, not of all
    return Repeated(tuned, fresh.assign_coords(tuning_of=("seed", np.repeat(np.arange(tunings), each))))


def _shared(number: str, runs: "xr.Dataset") -> "xr.Dataset":
    """The runs without the number that was tuned; the settings of a sweep also without the seeds."""
    runs = runs.drop_vars(number, errors="ignore")
    if not {"settings", "plan"} <= set(runs.attrs):
        return runs
    settings = json.loads(runs.attrs["settings"])
    del settings["seeds"]
    for kind in ("constants", "numeric_constants", "numeric_tables"):
        settings[kind].pop(number, None)
    return runs.assign_attrs(settings=json.dumps(settings))


def _by_tuning(runs: Any, name: str, measure: Any, tunings: int, tuning_seeds: int) -> "xr.DataArray":
    """The cost or the tie of the runs [..., tuning, seed]; the seeds of a tuning follow each other in the runs."""
    count = tunings * tuning_seeds
    if not hasattr(runs, "data_vars") or runs.sizes.get("seed") != count:
        raise ValueError(
            f"train must return a Dataset over the {count} seeds that it is given; it returned {runs!r:.80}"
        )
    if isinstance(measure, str) and measure not in runs:
        raise ValueError(f"{name}={measure!r} must name a variable of the runs: {', '.join(map(str, runs.data_vars))}")
    found = runs[measure] if isinstance(measure, str) else measure(runs)
    if not arguments.is_table(found) or found.sizes.get("seed") != count:
        raise ValueError(f"{name} must be a DataArray over the {count} seeds of the runs; it is {found!r:.80}")
    found = found.drop_vars([one for one in found.coords if "seed" in found[one].dims])
    dealt = found.coarsen(seed=tuning_seeds).construct(seed=("tuning", "of_tuning"))
    return dealt.rename(of_tuning="seed").assign_coords(tuning=range(tunings))


def _geometric(given: Any) -> tuple[list[float], float]:
    """Learning rates in ascending order, and the ratio of each to the one before.

    Raises:
        ValueError: unless there are three or more, above 0, at equal ratios.
    """
    values = [item(value) for value in given] if np.iterable(given) and not isinstance(given, str) else []
    good = len(values) >= KEPT and all(is_number(value) and 0 < value < np.inf for value in values)
    rates = sorted(map(float, values)) if good else [1.0, 1.0]
    ratios = np.divide(rates[1:], rates[:-1])
    if not good or ratios.min() <= 1 or not np.allclose(ratios, ratios[0], rtol=0.01):
        raise ValueError(
            f"learning_rate={given!r:.80} must hold three or more numbers above 0, each the same multiple of the one "
            "before, such as [0.001, 0.002, 0.004]"
        )
    return rates, float(ratios.mean())


def _best(known: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The best rate at full length (the lowest of equals), and which end it is: -1 lowest, 1 highest, 0 neither.

    Where all rates tie, it is the first one that was trained, and no end.
    """
    aways, costs = np.asarray(sorted(known)), _at_full_length(known)
    tied, there = _tied(costs), ~np.isnan(costs)
    place = np.where(tied, int(aways.searchsorted(0)), np.where(there, costs, np.inf).argmin(axis=0))
    lowest, highest = there.argmax(axis=0), len(aways) - 1 - there[::-1].argmax(axis=0)
    ends = np.where(place == lowest, -1, np.where(place == highest, 1, 0))
    return np.asarray(aways[place]), np.where(tied, 0, ends)


def _at_full_length(known: dict[int, np.ndarray]) -> np.ndarray:
    """Costs [rate, ...] in the order of the rates; nan where a setting has no such rate."""
    return np.stack([known[away] for away in sorted(known)])


def _tied(costs: np.ndarray) -> np.ndarray:
    """Whether all costs [rate, ...] of a setting are equal, without those that are nan, and not all diverged."""
    least = np.fmin.reduce(costs)
    return np.asarray((least == np.fmax.reduce(costs)) & (least < DIVERGED))


def _vertex(known: dict[int, np.ndarray], best: np.ndarray) -> np.ndarray:
    """The vertex of the parabola through the best rate and its neighbours, from -0.5 to 0.5 ratios from the best.

    It is 0 where a neighbour has no cost or diverged.
    """
    nothing = np.full(best.shape, np.nan)
    low, mid, high = (
        np.select([best + step == away for away in known], list(known.values()), nothing) for step in (-1, 0, 1)
    )
    with np.errstate(over="ignore"):  # of costs that stand for divergence
        curvature = low - 2 * mid + high
    usable = (np.maximum(low, high) < 1e300) & np.isfinite(mid) & (curvature > 0)
    found = np.where(usable, np.where(usable, low - high, 0) / (2 * np.where(usable, curvature, 1)), 0.0)
    return np.asarray(np.clip(found, -0.5, 0.5))


def _trained(train: Callable[..., Any], tried: dict[str, Any]) -> "tuple[xr.DataArray, xr.DataArray | None]":
    """The cost and the tie that `train` returns for these values; the tie is None if it returns only the cost."""
    found = train(**tried)
    cost: Any = found
    tie: Any = None
    if isinstance(found, tuple) and len(found) == 2:
        cost, tie = found
    if not arguments.is_table(cost) or not (tie is None or arguments.is_table(tie)):
        raise ValueError(f"train must return a DataArray, the cost, or a pair (cost, tie); it returned {found!r:.80}")
    for name, values in tried.items():
        if name not in cost.indexes or sorted(cost.indexes[name]) != values:
            have = list(cost.indexes.get(name, ()))
            raise ValueError(f"train was given {name}={values!r:.80}, but its cost is over {have!r:.80}")
    return cost, tie


def _finite(values: "xr.DataArray") -> "xr.DataArray":
    """Means over seeds, with the greatest float64 in place of values that are not finite."""
    values = values.astype(np.float64)
    if "seed" in values.dims:
        values = values.mean("seed", skipna=False)
    return values.where(np.isfinite(values), DIVERGED)
