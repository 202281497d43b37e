"""The table and the verdicts of `learning_from_data.codes`."""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import AIM, LEVEL, PREDICTION, PUBLISHED, TEXTBOOK, Statement, Verdict
from experiments.learning_from_data.codes.config import CUT, Config
from experiments.learning_from_data.codes.networks import OUTPUTS, OWN, is_pattern
from experiments.learning_from_data.codes.networks import RATIO as RATIOS
from experiments.learning_from_data.codes.run import TO_THE_END
from experiments.learning_from_data.shared import prediction
from experiments.learning_from_data.shared.sources import CORDWELL, HINTON_PROBLEMS, RUMELHART_NATURE
from nnjax import statistics

SYMMETRY, ENCODER = f"{HINTON_PROBLEMS}, symmetry/README.md", f"{HINTON_PROBLEMS}, encoder-backprop-8-3-8/README.md"
FIRST = "as published"
# What the sources found. All numbers of a source that are judged share the 5%: the first's share, median, both ends of
# the range, and share of 1:2:4; the second's three quartiles and greatest; both of the encoder's.
RUNS, SOLVED_OF, MEDIAN, RANGE, MATCH = 30, 20, 1230, (972.0, 2025.0), 17
SHORT = 5
MANY, QUARTILES, GREATEST = 1000, (1127.0, 2715.0, 7830.0), 54_770.0
PLACES = (0.25, 0.5, 0.75)
BY_CHANCE = math.factorial(OUTPUTS) / OUTPUTS**OUTPUTS
SETTING = "inputs -1 and 1, rate .3, momentum .95"


def shared(numbers: int) -> float:
    """The level of each of `numbers` intervals that share the 5%."""
    return 1 - (1 - LEVEL) / numbers


SOLVED = Statement(
    id="symmetry: share",
    claim=f"Of {RUNS} networks of six inputs, two hidden neurons and one output ({SETTING}), {SOLVED_OF} tell "
    f"within {CUT:,} sweeps for all 64 rows whether they are mirror images.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(SOLVED_OF / RUNS, f"{SOLVED_OF} of {RUNS}", RUNS, SHORT),
    reference=SOLVED_OF / RUNS,
    unit="of the networks",
    interval=PREDICTION,
    level=shared(SHORT),
)
SWEEPS = Statement(
    id="symmetry: sweeps",
    claim=f"Symmetry networks ({SETTING}) that have all rows right within {CUT:,} sweeps have them after a median of "
    f"{MEDIAN:,}.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(MEDIAN, f"median of {MEDIAN:,}", SOLVED_OF, SHORT),
    reference=MEDIAN,
    unit="sweeps (median)",
    interval=PREDICTION,
    level=shared(SHORT),
)
SPAN = Statement(
    id="symmetry: range",
    claim=f"Of {SOLVED_OF} symmetry networks ({SETTING}) that have all rows right within {CUT:,} sweeps the fastest "
    f"has them after {RANGE[0]:,.0f} and the slowest after {RANGE[1]:,.0f}.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=rules.Rule(
        f"Each end of the range is held against the interval of prediction for {SOLVED_OF} of our networks that have "
        f"all rows right within {CUT:,} sweeps (95% together for {SHORT} numbers of this source). "
        f"{rules.every(2, 'ends').text} Added after the sweeps of our networks had been seen.",
        rules.every(2, "ends").judge,
    ),
    reference=f"{RANGE[0]:,.0f} to {RANGE[1]:,.0f} sweeps",
    unit="of 2 ends predicted",
    interval=PREDICTION,
    level=shared(SHORT),
)
RATIO = Statement(
    id="symmetry: 1:2:4",
    claim=f"After {CUT:,} sweeps {MATCH} of {RUNS} symmetry networks ({SETTING}), solved or not, have hidden weights "
    "in the ratio 1:2:4: both weights of a mirrored pair have opposite signs, and of the sizes of the three pairs each "
    f"is {RATIOS[0]:g} to {RATIOS[1]:g} times the next smaller one, in whatever order they lie.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(MATCH / RUNS, f"{MATCH} of {RUNS}", RUNS, SHORT),
    reference=MATCH / RUNS,
    unit="of the networks",
    interval=PREDICTION,
    level=shared(SHORT),
)
LONG = Statement(
    id="symmetry: 1,000 runs",
    claim="With inputs 0 and 1, rate .1 on half the sum of squares and momentum .9, 1,000 symmetry networks need "
    f"{' / '.join(f'{q:,.0f}' for q in QUARTILES)} sweeps (quartiles), and at most {GREATEST:,.0f}.",
    kind=PUBLISHED,
    source=CORDWELL,
    rule=rules.Rule(
        f"Each of the four numbers is held against the interval of prediction for {MANY:,} of our networks (they share "
        f"the 5%). {rules.every(4, 'published numbers').text}",
        rules.every(4, "published numbers").judge,
    ),
    reference=QUARTILES[1],
    unit="of 4 numbers predicted",
    interval=PREDICTION,
    level=shared(4),
)
AGREE = Statement(
    id="the two reruns",
    claim="Two reruns of the symmetry task, with medians of 1,230 and 2,715 sweeps, differ by their settings and not "
    "by chance: each one's numbers come out again in its own setting, and not all of them in the other's.",
    kind=AIM,
    source="",
    rule=rules.Rule(
        "A source's numbers agree with a setting when all of them lie in its intervals of prediction: share, median "
        "and both ends of the range of the first, all four of the second. "
        "A pair of a source's numbers and a setting holds when they agree, or do not agree, as claimed. "
        + rules.every(4, "pairs").text
        + " Without the range, which was added after a first run, this had come to three of four pairs.",
        rules.every(4, "pairs").judge,
    ),
    reference=4,
    unit="of 4 pairs",
)
NATURE = Statement(
    id="the solution",
    claim="Symmetry networks find the solution that the paper shows: hidden weights in the ratio 1:2:4, of equal size "
    "and opposite sign on both sides of the middle.",
    kind=PUBLISHED,
    source=f"{RUMELHART_NATURE}, fig. 1 (one network)",
    rule=rules.Rule(
        "The paper shows one network; read as: most of those that solve the task. "
        + rules.above(
            0.5,
            f"the 95% Wilson interval of the share among networks that are solved after {CUT:,} sweeps ({SETTING})",
        ).text,
        rules.above(0.5).judge,
    ),
    reference="the one that is shown",
    unit="of the solved networks",
    settled_by="more networks that solve the task",
)
CODES = Statement(
    id="encoder: codes",
    claim="An 8-3-8 encoder (rate .5, momentum .9, start U(-.1, .1), cross-entropy) returns all of its eight rows and "
    "has eight different codes for them, hidden activations above or below one half, within 20,000 epochs in 21 of 30 "
    "runs.",
    kind=PUBLISHED,
    source=ENCODER,
    rule=prediction.rule(0.7, "21 of 30", RUNS, 2),
    reference=0.7,
    unit="of the encoders",
    interval=PREDICTION,
    level=shared(2),
)
RETURNS = Statement(
    id="encoder: rows",
    claim="An 8-3-8 encoder (rate .5, momentum .9, start U(-.1, .1), cross-entropy) returns all of its eight rows, "
    "whatever its codes, in 30 of 30 runs.",
    kind=PUBLISHED,
    source=ENCODER,
    rule=prediction.rule(1.0, "30 of 30", RUNS, 2),
    reference=1.0,
    unit="of the encoders",
    interval=PREDICTION,
    level=shared(2),
)
MADE = Statement(
    id="made, not given",
    claim="The network makes the code itself: more encoders have eight different codes after training than before.",
    kind=TEXTBOOK,
    source=f"{sources.TEXTBOOK}; {sources.RUMELHART}",
    rule=rules.Rule(
        rules.above(0.0, "the 95% interval of the paired difference between after and before").text
        + f" After is after all epochs, in the reading {TO_THE_END!r}; only where no readings are run, it is when "
        "training stops, which it does at eight codes.",
        rules.above(0.0).judge,
    ),
    reference="more than 0",
    unit="of the encoders",
    settled_by="more encoders",
)


def statements(config: Config) -> list[Statement]:
    """The statements, which do not depend on the settings."""
    return [SOLVED, SWEEPS, SPAN, RATIO, LONG, AGREE, NATURE, CODES, RETURNS, MADE]


def times(data: xr.Dataset, setting: str) -> np.ndarray:
    """The sweeps of each network of a setting, +inf for those that did not solve the task."""
    found = data.sweeps.sel(setting=setting).values
    return found[~np.isnan(found)]


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting of the symmetry network and per reading of the encoder.

    Medians and quartiles are those of all networks; unsolved ones count as longer than all others. There are none for
    encoders that are trained to the end, whatever they find.
    """
    limits = {"symmetry": data.attrs["sweeps"], "encoder": data.attrs["epochs"]}
    rows = []
    for task, names, pick in (
        ("symmetry", data.setting.values, lambda name: times(data, name)),
        ("encoder", data.reading.values, lambda name: _encoder(data, name)["epochs"].values),
    ):
        for name in names.tolist():
            found = pick(name)
            ended = np.isfinite(found)
            row = {"task": task, "setting": name, "networks": len(found), "solved": int(ended.sum())}
            if name == TO_THE_END:
                rows.append(row)
                continue
            median = statistics.kaplan_meier_median(np.where(ended, found, limits[task]), ended)
            rows.append(row | {
                "solved_early": int((found <= CUT).sum()), "median": median.estimate, "median_low": median.low,
                "median_high": median.high, **{f"quartile_{q:g}": quantile(found, q) for q in (0.25, 0.75)},
                "greatest": float(found[ended].max()) if ended.any() else math.nan,
            })  # fmt: skip
    return rows


def quantile(values: np.ndarray, place: float, axis: int = -1) -> np.ndarray | float:
    """The value below which a share `place` lies: one of the values, not interpolated, as some are +inf."""
    return np.quantile(values, place, axis=axis, method="higher")


def short_agrees(found: np.ndarray) -> tuple[list[bool], list[tuple[float, float]]]:
    """Which of the first source's share, median, least and greatest our sweeps [n] predict, and the prediction
    intervals, nan where no network solves the task early.
    """
    early = found[found <= CUT]
    ends = [prediction.share(len(early), len(found), RUNS, SHORT)]
    for statistic in (np.median, np.min, np.max):
        ends.append(prediction.of(early, SOLVED_OF, statistic, SHORT) if len(early) else (math.nan, math.nan))
    numbers = (SOLVED_OF / RUNS, MEDIAN, *RANGE)
    return [low <= value <= high for (low, high), value in zip(ends, numbers, strict=True)], ends


def long_agrees(found: np.ndarray) -> tuple[int, list[tuple[float, float]]]:
    """How many of the second source's four numbers our sweeps [n] predict, and the four prediction intervals."""
    ends = [prediction.of(found, MANY, lambda x, axis, q=q: quantile(x, q, axis), 4) for q in PLACES]
    ends.append(prediction.of(found, MANY, np.max, 4))
    return sum(low <= value <= high for (low, high), value in zip(ends, (*QUARTILES, GREATEST), strict=True)), ends


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on the networks of a run."""
    return [*_symmetry(data), *_encoders(data)]


def _symmetry(data: xr.Dataset) -> list[Verdict]:
    own = {name: times(data, name) for name in OWN}
    return [*_first_rerun(data, own[OWN[0]]), *_second_rerun(data, own), _solution(data)]


def _is_solution(data: xr.Dataset) -> np.ndarray:
    """Which networks [n] have weights in the ratio 1:2:4."""
    return is_pattern(np.concatenate([data.ratios.values, data.uneven.values[:, None]], axis=1))


def _first_rerun(data: xr.Dataset, found: np.ndarray) -> list[Verdict]:
    """The verdicts on hinton-problems' numbers: the share that solve the task, their sweeps, and the share of 1:2:4."""
    early, n, match = found[found <= CUT], len(found), _is_solution(data)
    inside, (share, median, least, greatest) = short_agrees(found)
    solved = SOLVED.verdict(
        f"Of our {n:,} networks, {len(early):,} ({len(early) / n:.1%}) have all 64 rows right within {CUT:,} sweeps, "
        f"and {(found <= data.attrs['sweeps']).mean():.1%} within {data.attrs['sweeps']:,}. For {RUNS} runs this "
        f"predicts a share from {share[0]:.2f} to {share[1]:.2f} (published: {SOLVED_OF / RUNS:.2f}).",
        len(early) / n, *share, n,
    )  # fmt: skip
    middle = float(np.median(early)) if len(early) else math.nan
    sweeps = SWEEPS.verdict(
        f"Our {len(early):,} networks that have all rows right within {CUT:,} sweeps need a median of {middle:,.0f} "
        f"sweeps. For {SOLVED_OF} such networks this predicts a median from {median[0]:,.0f} to {median[1]:,.0f} "
        f"(published: {MEDIAN:,}).",
        middle, *median, len(early) or None,
    )  # fmt: skip
    span = SPAN.verdict(
        f"Of our {len(early):,} networks that have all rows right within {CUT:,} sweeps, the fastest needs "
        f"{early.min(initial=math.inf):,.0f} and the slowest {early.max(initial=0):,.0f}. Of {SOLVED_OF} such "
        f"networks, the fastest is predicted to need {least[0]:,.0f} to {least[1]:,.0f} sweeps and the slowest "
        f"{greatest[0]:,.0f} to {greatest[1]:,.0f} (published: {RANGE[0]:,.0f} and {RANGE[1]:,.0f}).",
        sum(inside[2:]), n=len(early) or None,
    )  # fmt: skip
    low, high = prediction.share(int(match.sum()), n, RUNS, SHORT)
    ratio = RATIO.verdict(
        f"Of our {n:,} networks, {int(match.sum()):,} ({match.mean():.1%}) have hidden weights in the ratio 1:2:4. For "
        f"{RUNS} runs this predicts a share from {low:.2f} to {high:.2f} (published: {MATCH / RUNS:.2f}).",
        float(match.mean()), low, high, n,
    )  # fmt: skip
    return [solved, sweeps, span, ratio]


def _second_rerun(data: xr.Dataset, own: dict[str, np.ndarray]) -> list[Verdict]:
    """The verdicts on Cordwell's numbers, and on whether each rerun's numbers fit its own setting alone."""
    first, second = own.values()
    inside, ends = long_agrees(second)
    first_quartile, middle, third = (f"{low:,.0f} to {high:,.0f}" for low, high in ends[:3])
    least, most = ends[3]
    greatest = f"more than {data.attrs['sweeps']:,}" if math.isinf(most) else f"{most:,.0f}"
    long = LONG.verdict(
        f"The quartiles of our {len(second):,} networks are "
        f"{' / '.join(f'{quantile(second, q):,.0f}' for q in PLACES)} sweeps; {np.isinf(second).mean():.2%} do not "
        f"solve the task within {data.attrs['sweeps']:,}. For {MANY:,} networks this predicts quartiles of "
        f"{first_quartile}, {middle} and {third} sweeps, and a maximum of {least:,.0f} to {greatest}.",
        inside, n=len(second),
    )  # fmt: skip
    short = [sum(short_agrees(one)[0]) for one in (first, second)]
    elsewhere = long_agrees(first)[0]
    agree = AGREE.verdict(
        f"Of hinton-problems' four numbers (share, median and both ends of the range), {short[0]} lie in the intervals "
        f"that its own setting predicts and {short[1]} in those of Cordwell's setting. Of Cordwell's four numbers, "
        f"{inside} lie in the intervals of his own setting and {elsewhere} in those of hinton-problems'.",
        sum((short[0] == 4, inside == 4, short[1] < 4, elsewhere < 4)), n=len(first) + len(second),
    )  # fmt: skip
    return [long, agree]


def _solution(data: xr.Dataset) -> Verdict:
    match, solved = _is_solution(data), data.right.values == 1
    k, total = int((match & solved).sum()), int(solved.sum())
    low, high = statistics.wilson(k, total) if total else (math.nan, math.nan)
    return NATURE.verdict(
        f"Of our {total:,} networks that solve the task, {k:,} ({k / max(total, 1):.1%} [{low:.1%}, {high:.1%}]) have "
        "hidden weights in the ratio 1:2:4, in any order of the three pairs and within the margins of "
        f"{HINTON_PROBLEMS}. Of the {len(solved) - total:,} networks that do not solve it, "
        f"{int((match & ~solved).sum()):,} have them.",
        k / max(total, 1), float(low), float(high), total or None,
    )  # fmt: skip


def _encoder(data: xr.Dataset, reading: str) -> xr.Dataset:
    part = data[["epochs", "num_codes", "first_codes", "returned"]].sel(reading=reading, drop=True)
    return part.isel(encoder_seed=~np.isnan(part.epochs.values))


def _encoders(data: xr.Dataset) -> list[Verdict]:
    first = _encoder(data, FIRST)
    n = first.sizes["encoder_seed"]
    done = np.isfinite(first.epochs.values)
    low, high = prediction.share(int(done.sum()), n, RUNS, 2)
    others = [
        f"{np.isfinite(_encoder(data, name).epochs.values).mean():.0%} "
        f"({'trained through all epochs' if name == TO_THE_END else name})"
        for name in data.reading.values.tolist()
        if name != FIRST
    ]
    *some, last = others or [""]
    told = f"{', '.join(some)} and {last}" if some else last
    found = [
        CODES.verdict(
            f"Of our {n:,} encoders, {int(done.sum()):,} ({done.mean():.1%}) return all rows and have eight different "
            f"codes. For {RUNS} runs this predicts a share from {low:.2f} to {high:.2f} (published: "
            f"0.70).{f' In other readings of the source, {told} do so.' if others else ''}",
            float(done.mean()), low, high, n,
        )
    ]  # fmt: skip
    whole = first.returned.values == 1
    low, high = prediction.share(int(whole.sum()), n, RUNS, 2)
    found.append(
        RETURNS.verdict(
            f"Of our {n:,} encoders, {int(whole.sum()):,} ({whole.mean():.2%}) return all eight rows.",
            float(whole.mean()), low, high, n,
        )
    )  # fmt: skip
    last = _encoder(data, TO_THE_END) if TO_THE_END in data.reading.values else first
    ends, starts = (last[name].values == OUTPUTS for name in ("num_codes", "first_codes"))
    gain = statistics.paired_difference(ends, starts)
    found.append(
        MADE.verdict(
            f"Of our {len(ends):,} encoders, {ends.mean():.1%} have eight different codes after training, and "
            f"{starts.mean():.2%} have them before (by chance: {BY_CHANCE:.2%}).",
            gain.estimate, gain.low, gain.high, len(ends),
        )
    )  # fmt: skip
    return found
