"""The table and the verdicts of `right_tool`, by the same rules for every user's table."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, Rule, Statement, Verdict
from experiments.your_table.right_tool import summary
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.summary import ALPHA, CALIBRATED, DUMMY, MARGINS, NETWORK, SMALL

FIXED = "the table"
MORE = "more rows"  # more repeats of the folds narrow an interval little, as folds share rows


def statements(config: Config) -> list[Statement]:
    """The answer, two checks of the network, and whether more rows would help."""
    found = [RIGHT_TOOL, LEARNS, MORE_ROWS]
    return found if config.task == "numbers" else [*found, CALIBRATION]


RIGHT_TOOL = Statement(
    id="right tool",
    claim="A network errs less on this table than linear models, forest and boosting, each at as many trials.",
    kind=AIM,
    source="",
    rule=Rule(
        "The network is compared with each of the others on the same folds, by the corrected resampled t-test with "
        f"Holm's rule at {ALPHA:g}. Reproduced when it errs less than each of them; otherwise not reproduced when one "
        "of them errs less, or when all of the interval of the difference to the best of them lies within a margin, as "
        "then the simpler tool does as well; not settled in all other cases. The margin is "
        f"{MARGINS['classes']:g} of the rows for classes, or {SMALL:g} of the error of a constant answer where that is "
        f"less, and {MARGINS['numbers']:g} standard deviations of the target for numbers. Until November 2026 it was "
        f"{MARGINS['classes']:g} of the rows for all classes, so that all methods were alike where one class is rare."
    ),
    reference="below 0",
    settled_by=MORE,
    fixed=FIXED,
)
LEARNS = Statement(
    id="better than a constant",
    claim="The network errs less than the best constant answer.",
    kind=AIM,
    source="",
    rule=rules.above(0, "the interval of how much less it errs, by the corrected resampled t-test"),
    reference="above 0",
    settled_by=MORE,
    fixed=FIXED,
)
MORE_ROWS = Statement(
    id="more rows",
    claim="More rows help: with all training rows the network errs less than with half of them.",
    kind=AIM,
    source="",
    rule=rules.above(0, "the interval of how much less it errs, by the corrected resampled t-test"),
    reference="above 0",
    settled_by=MORE,
    fixed=FIXED,
)
CALIBRATION = Statement(
    id="calibrated",
    claim="On average, the probabilities that the network gives to its answers agree with how often these are right.",
    kind=AIM,
    source="",
    rule=Rule(
        "Reproduced when all of the interval (over the rows, for the networks of these folds) of mean probability less "
        "share of right answers lies within a margin around 0, not reproduced when all of it lies outside, otherwise "
        f"not settled. The margin is {CALIBRATED:g}, or half of the share of wrong answers (of one row at least) where "
        f"that is less. Until November 2026 it was {CALIBRATED:g} however few answers are wrong."
    ),
    reference=0.0,
    unit="of the rows",
    settled_by=MORE,
    fixed=FIXED,
)


def table(data: xr.Dataset) -> list[dict]:
    """A row for each method, the best first: errors on the folds and on the test part, and what was chosen."""
    rows = []
    for one in summary.ranking(data):
        at = data.sel(tool=one.method)
        rows.append(
            {"method": one.method, "error": one.error.estimate, "low": max(one.error.low, 0.0), "high": one.error.high}
            | {"network_minus_method": one.difference.estimate, "difference_low": one.difference.low}
            | {"difference_high": one.difference.high, "p_holm": one.p_value}
            | {data.attrs["second"]: float(at.second.mean()), "test_error": float(at.test_error)}
            | {"test_low": float(at.test_low), "test_high": float(at.test_high)}
            | {"rows": data.attrs["rows"], "tested": data.attrs["tested"], "chosen": data.attrs["chosen"][one.method]}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts, beginning with the answer."""
    found = [_right_tool(data), _learns(data), _more_rows(data)]
    return [*found, _calibration(data)] if data.attrs["task"] == "classes" else found


def _right_tool(data: xr.Dataset) -> Verdict:
    answer = summary.answer(data)
    outcomes = {"yes": REPRODUCED, "no": NOT_REPRODUCED, "alike": NOT_REPRODUCED, "open": NOT_SETTLED}
    best = answer.best.difference
    return RIGHT_TOOL.verdict(
        answer.sentence, best.estimate, best.low, best.high, data.sizes["split"], outcome=outcomes[answer.kind]
    )


def _learns(data: xr.Dataset) -> Verdict:
    gain = summary.difference(data, DUMMY, NETWORK)
    both = [summary.told(data, float(data.error.sel(tool=name).mean())) for name in (NETWORK, DUMMY)]
    return LEARNS.verdict(
        f"The network errs {both[0]}, a constant answer {both[1]}.",
        gain.estimate,
        gain.low,
        gain.high,
        data.sizes["split"],
    )


def _more_rows(data: xr.Dataset) -> Verdict:
    gain = summary.gain_of_rows(data)
    rows = data.curve_rows.values
    means = [summary.told(data, float(data.curve.sel(learner=NETWORK).isel(part=i).mean())) for i in (-2, -1)]
    return MORE_ROWS.verdict(
        f"With {rows[-2]:,} training rows the network errs {means[0]}, with {rows[-1]:,} {means[1]}.",
        gain.estimate, gain.low, gain.high, data.sizes["split"],
    )  # fmt: skip


def _calibration(data: xr.Dataset) -> Verdict:
    gap = summary.gap(data)
    margin = summary.margin_of_chances(data)
    outcome = rules.within(-margin, margin).judge(*gap)  # pyright: ignore[reportOptionalCall]
    said = "more" if gap.estimate > 0 else "less"
    return CALIBRATION.verdict(
        f"The network gives its answers a mean probability of {data.attrs['confidence']:.1%}, and "
        f"{data.attrs['right']:.1%} of them are right: on average it is {100 * abs(gap.estimate):.1f} points {said} "
        f"certain than it should be, where {summary.points(margin)} are allowed.",
        gap.estimate, gap.low, gap.high, int(np.sum(data.bin_count)), outcome=outcome,
    )  # fmt: skip
