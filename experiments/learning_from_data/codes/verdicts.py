"""The table and the verdicts of `learning_from_data.codes`."""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import AIM, PUBLISHED, TEXTBOOK, Statement, Verdict
from experiments.learning_from_data.codes.config import CUT, Config
from experiments.learning_from_data.codes.networks import OUTPUTS, OWN, is_pattern
from experiments.learning_from_data.shared import prediction
from experiments.learning_from_data.shared.sources import CORDWELL, HINTON_PROBLEMS, RUMELHART_NATURE
from nnjax import statistics

SYMMETRY, ENCODER = f"{HINTON_PROBLEMS}, symmetry/README.md", f"{HINTON_PROBLEMS}, encoder-backprop-8-3-8/README.md"
FIRST = "as published"
# What the sources found. The first source's two numbers are judged together, and so are the second's four.
RUNS, SOLVED_OF, MEDIAN, MATCH = 30, 20, 1230, 17
MANY, QUARTILES, GREATEST = 1000, (1127.0, 2715.0, 7830.0), 54_770.0
PLACES = (0.25, 0.5, 0.75)
BY_CHANCE = math.factorial(OUTPUTS) / OUTPUTS**OUTPUTS

SOLVED = Statement(
    id="symmetry: share",
    claim=f"A 6-2-1 network (inputs -1 and 1, rate .3, momentum .95) has every row right within {CUT:,} sweeps in "
    f"{SOLVED_OF} of {RUNS} runs.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(SOLVED_OF / RUNS, f"{SOLVED_OF} of {RUNS}", RUNS, 2),
    reference=SOLVED_OF / RUNS,
    unit="of the networks",
)
SWEEPS = Statement(
    id="symmetry: sweeps",
    claim=f"Those that do take a median of {MEDIAN:,} sweeps.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(MEDIAN, f"median of {MEDIAN:,}", SOLVED_OF, 2),
    reference=MEDIAN,
    unit="sweeps (median)",
)
RATIO = Statement(
    id="symmetry: 1:2:4",
    claim=f"After {CUT:,} sweeps the hidden weights of {MATCH} of {RUNS} networks are in the ratio 1:2:4, mirrored "
    "with "
    "opposite signs.",
    kind=PUBLISHED,
    source=SYMMETRY,
    rule=prediction.rule(MATCH / RUNS, f"{MATCH} of {RUNS}", RUNS),
    reference=MATCH / RUNS,
    unit="of the networks",
)
LONG = Statement(
    id="symmetry: 1,000 runs",
    claim="With inputs 0 and 1, rate .1 on half the sum of squares and momentum .9, 1,000 networks need "
    f"{' / '.join(f'{q:,.0f}' for q in QUARTILES)} sweeps (quartiles), and at most {GREATEST:,.0f}.",
    kind=PUBLISHED,
    source=CORDWELL,
    rule=rules.Rule(
        f"Each of the four numbers is held against the interval of prediction for {MANY:,} of our networks (they share "
        f"the 5 %). {rules.every(4, 'published numbers').text}",
        rules.every(4, "published numbers").judge,
    ),
    reference=QUARTILES[1],
    unit="of 4 numbers predicted",
)
AGREE = Statement(
    id="the two reruns",
    claim="The two reruns differ by their settings and not by chance: each one's numbers come out again in its own "
    "setting, and do not in the other's.",
    kind=AIM,
    source="",
    rule=rules.every(4, "pairs of a source's numbers and a setting that agree, or do not, as claimed"),
    reference=4,
    unit="of 4 pairs",
)
NATURE = Statement(
    id="the solution",
    claim="The solution that the network finds has weights in the ratio 1:2:4, of equal size and opposite sign on both "
    "sides of the middle.",
    kind=PUBLISHED,
    source=f"{RUMELHART_NATURE}, fig. 1 (one network)",
    rule=rules.above(0.5, f"the 95 % Wilson interval of the share among networks that are solved after {CUT:,} sweeps"),
    reference="the one that is shown",
    unit="of the solved networks",
    settled_by="more networks that solve the task",
)
CODES = Statement(
    id="encoder: codes",
    claim="An 8-3-8 encoder (rate .5, momentum .9, start U(-.1, .1), cross-entropy) gives its eight rows eight "
    "different codes within 20,000 epochs in 21 of 30 runs.",
    kind=PUBLISHED,
    source=ENCODER,
    rule=prediction.rule(0.7, "21 of 30", RUNS, 2),
    reference=0.7,
    unit="of the encoders",
)
RETURNS = Statement(
    id="encoder: rows",
    claim="It returns all eight rows in 30 of 30 runs.",
    kind=PUBLISHED,
    source=ENCODER,
    rule=prediction.rule(1.0, "30 of 30", RUNS, 2),
    reference=1.0,
    unit="of the encoders",
)
MADE = Statement(
    id="made, not given",
    claim="The network makes the code itself: more encoders have eight different codes at the end than at the start.",
    kind=TEXTBOOK,
    source=f"{sources.TEXTBOOK}; {sources.RUMELHART}",
    rule=rules.above(0.0, "the 95 % interval of the paired difference between end and start"),
    reference="more than 0",
    unit="of the encoders",
    settled_by="more encoders",
)


def statements(config: Config) -> list[Statement]:
    """What is judged; it does not depend on the settings."""
    return [SOLVED, SWEEPS, RATIO, LONG, AGREE, NATURE, CODES, RETURNS, MADE]


def times(data: xr.Dataset, setting: str) -> np.ndarray:
    """The sweeps of each network of a setting, +inf for those that did not solve the task."""
    found = data.sweeps.sel(setting=setting).values
    return found[~np.isnan(found)]


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting of the symmetry network and per reading of the encoder."""
    limits = {"symmetry": data.attrs["sweeps"], "encoder": data.attrs["epochs"]}
    rows = []
    for task, names, pick in (
        ("symmetry", data.setting.values, lambda name: times(data, name)),
        ("encoder", data.reading.values, lambda name: _encoder(data, name)["epochs"].values),
    ):
        for name in names.tolist():
            found = pick(name)
            ended = np.isfinite(found)
            median = statistics.kaplan_meier_median(np.where(ended, found, limits[task]), ended)
            rows.append({
                "task": task, "setting": name, "networks": len(found), "solved": int(ended.sum()),
                "solved_early": int((found <= CUT).sum()), "median": median.estimate, "median_low": median.low,
                "median_high": median.high, **{f"quartile_{q:g}": quantile(found, q) for q in (0.25, 0.75)},
                "greatest": float(found[ended].max()) if ended.any() else math.nan,
            })  # fmt: skip
    return rows


def quantile(values: np.ndarray, place: float, axis: int = -1) -> np.ndarray | float:
    """The value below which a share lies; one of the values, as some are +inf."""
    return np.quantile(values, place, axis=axis, method="higher")


def short_agrees(found: np.ndarray) -> tuple[bool, dict[str, tuple[float, float]]]:
    """Whether sweeps [n] predict both of the first source's numbers, and the two intervals of prediction."""
    early = found[found <= CUT]
    ends = {"share": prediction.share(len(early), len(found), RUNS, 2), "median": (math.nan, math.nan)}
    if len(early):
        ends["median"] = prediction.of(early, SOLVED_OF, np.median, 2)
    inside = [
        ends["share"][0] <= SOLVED_OF / RUNS <= ends["share"][1],
        ends["median"][0] <= MEDIAN <= ends["median"][1],
    ]
    return all(inside), ends


def long_agrees(found: np.ndarray) -> tuple[int, list[tuple[float, float]]]:
    """How many of the second source's four numbers sweeps [n] predict, and the four intervals of prediction."""
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
    """On hinton-problems' numbers: the share that solve, their sweeps, and the share of 1:2:4."""
    early, n, ends = found[found <= CUT], len(found), short_agrees(found)[1]
    match = _is_solution(data)
    low, high = ends["share"]
    share = len(early) / n
    solved = SOLVED.verdict(
        f"{len(early):,} of {n:,} networks do ({share:.1%}); {(found <= data.attrs['sweeps']).mean():.1%} do within "
        f"{data.attrs['sweeps']:,} sweeps. For {RUNS} runs that predicts a share from {low:.2f} to {high:.2f}.",
        share, low, high, n,
    )  # fmt: skip
    low, high = ends["median"]
    median = float(np.median(early)) if len(early) else math.nan
    sweeps = SWEEPS.verdict(
        f"The median is {median:,.0f} sweeps, from {early.min(initial=math.inf):,.0f} to "
        f"{early.max(initial=0):,.0f}; for {SOLVED_OF} runs that predicts {low:,.0f} to {high:,.0f}.",
        median, low, high, len(early) or None,
    )  # fmt: skip
    low, high = prediction.share(int(match.sum()), n, RUNS)
    ratio = RATIO.verdict(
        f"{int(match.sum()):,} of {n:,} networks have it ({match.mean():.1%}), which predicts a share from "
        f"{low:.2f} to {high:.2f} for {RUNS} runs.",
        float(match.mean()), low, high, n,
    )  # fmt: skip
    return [solved, sweeps, ratio]


def _second_rerun(data: xr.Dataset, own: dict[str, np.ndarray]) -> list[Verdict]:
    """On Cordwell's numbers, and whether the numbers of each rerun belong to its own setting alone."""
    first, second = own.values()
    inside, ends = long_agrees(second)
    told = ", ".join(f"{low:,.0f} to {high:,.0f}" for low, high in ends[:3])
    least, most = ends[3]
    greatest = f"more than {data.attrs['sweeps']:,}" if math.isinf(most) else f"{most:,.0f}"
    long = LONG.verdict(
        f"Our quartiles are {' / '.join(f'{quantile(second, q):,.0f}' for q in PLACES)}, and "
        f"{np.isinf(second).mean():.2%} of {len(second):,} networks do not solve it within {data.attrs['sweeps']:,} "
        f"sweeps. For {MANY:,} runs that predicts quartiles of {told} and a greatest of {least:,.0f} to {greatest}.",
        inside, n=len(second),
    )  # fmt: skip
    words = {True: "agree", False: "do not agree"}
    with_own, with_other, elsewhere = short_agrees(first)[0], short_agrees(second)[0], long_agrees(first)[0]
    agree = AGREE.verdict(
        f"hinton-problems' numbers {words[with_own]} with its own setting and {words[with_other]} with Cordwell's, "
        f"which has {(second <= CUT).mean():.0%} within {CUT:,} sweeps; of Cordwell's four numbers {inside} lie where "
        f"its own setting predicts them and {elsewhere} where the other does.",
        sum((with_own, inside == 4, not with_other, elsewhere < 4)), n=len(first) + len(second),
    )  # fmt: skip
    return [long, agree]


def _solution(data: xr.Dataset) -> Verdict:
    match, solved = _is_solution(data), data.right.values == 1
    k, total = int((match & solved).sum()), int(solved.sum())
    low, high = statistics.wilson(k, total) if total else (math.nan, math.nan)
    return NATURE.verdict(
        f"So have {k:,} of {total:,} solved networks ({k / max(total, 1):.1%} [{low:.1%}, {high:.1%}]), in some order "
        f"of the three pairs; of {len(solved) - total:,} unsolved ones {int((match & ~solved).sum()):,}.",
        k / max(total, 1), float(low), float(high), total or None,
    )  # fmt: skip


def _encoder(data: xr.Dataset, reading: str) -> xr.Dataset:
    part = data[["epochs", "num_codes", "first_codes", "returned"]].sel(reading=reading, drop=True)
    return part.isel(encoder_seed=~np.isnan(part.epochs.values))


def _encoders(data: xr.Dataset) -> list[Verdict]:
    first = _encoder(data, FIRST)
    n = first.sizes["encoder_seed"]
    ends, starts = (first[name].values == OUTPUTS for name in ("num_codes", "first_codes"))
    done = np.isfinite(first.epochs.values)
    low, high = prediction.share(int(done.sum()), n, RUNS, 2)
    others = [
        f"{name}: {np.isfinite(_encoder(data, name).epochs.values).mean():.0%}"
        for name in data.reading.values.tolist()
        if name != FIRST
    ]
    found = [
        CODES.verdict(
            f"{int(done.sum()):,} of {n:,} encoders do ({done.mean():.1%}), which predicts a share from {low:.2f} to "
            f"{high:.2f} for {RUNS} runs. {'; '.join(others)}{'.' if others else ''}",
            float(done.mean()), low, high, n,
        )
    ]  # fmt: skip
    whole = first.returned.values == 1
    low, high = prediction.share(int(whole.sum()), n, RUNS, 2)
    found.append(
        RETURNS.verdict(
            f"{int(whole.sum()):,} of {n:,} encoders do ({whole.mean():.2%}).", float(whole.mean()), low, high, n
        )
    )
    gain = statistics.paired_difference(ends, starts)
    found.append(
        MADE.verdict(
            f"{ends.mean():.1%} of {n:,} encoders end with eight codes, and {starts.mean():.2%} start with them (by "
            f"chance {BY_CHANCE:.2%}).",
            gain.estimate, gain.low, gain.high, n,
        )
    )  # fmt: skip
    return found
