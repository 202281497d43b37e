"""The table and the verdicts of `right_tool`, by the same rules for every user's table."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, Rule, Statement, Verdict
from experiments.your_table.right_tool import summary
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.summary import ALPHA, DUMMY, MARGINS, NETWORK

CALIBRATED = 0.05  # how far the mean probability of the answers may be from the share of them that is right
FIXED = "the table"
MORE = "more rows, or more repeats of the folds"


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
        f"{MARGINS['classes']:g} of the rows for classes, {MARGINS['numbers']:g} standard deviations of the target for "
        "numbers."
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
    rule=rules.within(
        -CALIBRATED,
        CALIBRATED,
        "the interval (over the rows, for the networks of these folds) of mean probability less share of right answers",
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
            | {"network_less_this": one.difference.estimate, "difference_low": one.difference.low}
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
    said = "more" if gap.estimate > 0 else "less"
    return CALIBRATION.verdict(
        f"The network gives its answers a mean probability of {data.attrs['confidence']:.1%}, and "
        f"{data.attrs['right']:.1%} of them are right: on average it is {100 * abs(gap.estimate):.1f} points {said} "
        "certain than it should be.",
        gap.estimate, gap.low, gap.high, int(np.sum(data.bin_count)),
    )  # fmt: skip
