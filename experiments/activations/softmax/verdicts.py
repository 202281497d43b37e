"""The table and the verdicts of `softmax`: the squared error, temperature, and confidence."""

import numpy as np
import xarray as xr

from experiments.activations.shared.outcomes import opposite
from experiments.activations.softmax import summary
from experiments.activations.softmax.config import GOAL, Config
from experiments.activations.softmax.summary import GRADIENT_DESCENT
from experiments.lab import over_tunings, rules, sources
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_SETTLED,
    PUBLISHED,
    TEXTBOOK,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics

NO_MATTER = (0.8, 1.25)  # ratios of times within these ends do not matter
CALIBRATED = (0.8, 1.25)  # ratios of errors that networks say they make to those that they make, likewise
ALPHA = 0.05
EDGE = "most tunings end at the least or the greatest rate tried"
ARRIVES = f"{GOAL:.0%} of its training rows right"
MORE = "more tunings, or more steps"
OF_TUNINGS = {"low": np.min, "median": np.median, "high": np.max}
OF_ERRORS = "times the errors that are made"
INTERVAL = f"the 95% {over_tunings.RATIO}"
LARGEST = (
    "The largest output weights were 32 times as large until replications had been seen: from there 59 and 52 of 96 "
    "networks that descended the squared error arrived in 4,000 steps, too few to know the median well, and 66 in "
    "40,000 steps. With them 'Adam pays less' was reproduced, at 1.93 [1.49, 2.50]."
)


def calibrated(when: str) -> Rule:
    """The rule that the share of errors that networks say they make is nearly the share that they make."""
    rule = rules.within(
        *CALIBRATED,
        f"{INTERVAL} of the mean of 1 - confidence divided by the mean of 1 - accuracy, {when},",
    )
    more = (
        f"{rules.CHANGED} The margin was 0.02 of confidence minus accuracy until the first results were seen; with "
        "errors in 2% of the rows that could hardly fail."
    )
    return rule._replace(text=f"{rule.text} {more}")


def from_confident_starts(rule: Rule) -> Rule:
    """The same rule over tunings, which says how the largest output weights were chosen."""
    rule = rules.over_tunings(rule)
    return rule._replace(text=f"{rule.text} {LARGEST}")


PLATEAU = Statement(
    id="plateau",
    claim="The squared error costs more where networks begin confident and wrong than from usual starts.",
    kind=PUBLISHED,
    source=f"{sources.SOLLA}, abstract (the landscape is less steep)",
    rule=from_confident_starts(
        rules.above(
            1.0,
            f"{INTERVAL} of the ratio of median steps, squared error to cross-entropy, with the largest output "
            "weights, divided by the same ratio with usual ones (what does not arrive counts as arriving last),",
        ),
    ),
    reference="above 1",
    unit="times the ratio from usual starts",
    settled_by=MORE,
)
ADAM = Statement(
    id="Adam pays less",
    claim="Starts that are confident and wrong slow the squared error less, compared with cross-entropy, under Adam, "
    "whose steps do not shrink with the gradient, than under gradient descent.",
    kind=AIM,
    source="",
    rule=from_confident_starts(
        rules.above(
            1.0,
            f"{INTERVAL} of gradient descent's ratio of 'plateau' divided by that of Adam",
        ),
    ),
    reference="above 1",
    unit="times that of Adam",
    settled_by=MORE,
)
PROBABILITIES = Statement(
    id="probabilities",
    claim="What softmax gives is a probability: on fresh points the error rate equals the mean of 1 minus the "
    "network's confidence.",
    kind=TEXTBOOK,
    source=f"{sources.TEXTBOOK} (softmax turns outputs into probabilities)",
    rule=calibrated("after all steps"),
    reference=1.0,
    unit=OF_ERRORS,
    settled_by=MORE,
)
ONE_TEMPERATURE = Statement(
    id="one temperature",
    claim="With one temperature, fitted after training on rows held out, the error rate equals the mean of 1 minus the "
    "network's confidence.",
    kind=PUBLISHED,
    source=f"{sources.GUO}, section 4.2",
    rule=calibrated("on other rows again"),
    reference=1.0,
    unit=OF_ERRORS,
    settled_by=MORE,
)


def statements(config: Config) -> list[Statement]:
    """The statements on the solvers, starts and temperatures of this Config."""
    found = [slower(scale) for scale in (1.0, max(config.scales))]
    found += [PLATEAU, *([ADAM] if "Adam" in config.solvers else [])]
    if len(config.temperatures) > 1:
        found.append(temperature(len(config.temperatures) - 1))
    return [*found, PROBABILITIES, ONE_TEMPERATURE]


def slower(scale: float) -> Statement:
    """The statement that cross-entropy is faster than the squared error, from usual starts or larger output weights."""
    start = "From usual starts" if scale == 1 else f"With output weights {scale:g} times as large at the start"
    return Statement(
        id="usual start" if scale == 1 else "confident start",
        claim=f"{start} gradient descent on cross-entropy reaches {ARRIVES} in fewer steps than on the squared error.",
        kind=PUBLISHED,
        source=f"{sources.SOLLA}, abstract (marked reductions in learning times)",
        rule=(rules.over_tunings if scale == 1 else from_confident_starts)(
            rules.above(0.5, f"the {over_tunings.SHARE} of the share of draws in which it is (ties count as not)")
        ),
        reference="most",
        unit="of the draws",
        settled_by=MORE,
    )


def temperature(others: int) -> Statement:
    """The statement that a temperature in training changes the time to learn, also at its own best rate."""
    low, high = NO_MATTER
    return Statement(
        id="temperature",
        claim="The temperature of softmax in training changes how fast a network learns, also at its own best rate.",
        kind=PUBLISHED,
        source=f"{sources.AGARWALA}, abstract (learning dynamics depend crucially on the inverse temperature)",
        rule=rules.over_tunings(
            Rule(
                "The ratio of median steps at a temperature to those at 1: it does when the interval lies outside "
                f"{low:g} to {high:g}, does not when it lies inside, and is open otherwise. "
                f"{rules.together('temperatures')} An {over_tunings.RATIO} for each holds "
                f"at {others} temperatures together ({1 - ALPHA:.0%}, Bonferroni)."
            )
        ),
        reference=f"outside {low:g} to {high:g}",
        unit="times the steps at 1",
        settled_by=MORE,
        resolution=False,  # the interval is that of the farthest temperature, and another one may be open
        interval=EXTREME,
        level=1 - ALPHA / others,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per solver, loss, start and temperature."""
    found = []

    def row(solver, loss, scale, temperature, rate, steps, reached) -> None:
        middle = summary.median(steps, reached)
        found.append(
            {
                "solver": str(solver),
                "loss": str(loss),
                "output_weights": float(scale),
                "temperature": float(temperature),
            }
            | {"arrived": int(reached.sum()), "draws": len(reached)}
            | {"median_steps": middle.estimate, "low": middle.low, "high": middle.high}
            | {f"learning_rate_{name}": float(f(rate)) for name, f in OF_TUNINGS.items()}
        )

    for solver in data.solver.values:
        for loss in data.loss.values:
            for scale in data.scale.values:
                rate = data.rate.sel(solver=solver, loss=loss, scale=scale)
                row(solver, loss, scale, 1.0, rate, *summary.steps(data, solver, loss, scale))
    for one in data.temperature.values:
        if one != 1:
            rate = data.temperature_rate.sel(temperature=one)
            row(GRADIENT_DESCENT, "cross-entropy", 1.0, one, rate, *summary.at_temperature(data, one))
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on the squared error, Adam, temperature, and confidence."""
    found = [_first(data, scale) for scale in (1.0, float(data.scale.max()))]
    found += [_plateau(data), *([_adam(data)] if "Adam" in data.solver else [])]
    if data.sizes["temperature"] > 1:
        found.append(_temperature(data))
    return [*found, *_certain(data)]


def _first(data: xr.Dataset, scale: float) -> Verdict:
    share, low, high = summary.share_first(data, GRADIENT_DESCENT, scale)
    told = []
    for loss in data.loss.values:
        times, reached = summary.steps(data, GRADIENT_DESCENT, str(loss), scale)
        middle = summary.median(times, reached)
        median = f"{middle.estimate:,.0f}" if np.isfinite(middle.estimate) else f"more than {data.attrs['num_steps']:,}"
        told.append(f"{median} with {loss} ({reached.mean():.0%} of the networks arrive)")
    return slower(scale).verdict(
        f"Cross-entropy is sooner in {share:.0%} of the draws. Median steps to {GOAL:.0%} right: {', '.join(told)}.",
        share, low, high, data.sizes["tuning"], at_edge=_edge(data, GRADIENT_DESCENT, scale),
    )  # fmt: skip


def _plateau(data: xr.Dataset) -> Verdict:
    most = float(data.scale.max())
    costs = [summary.cost(data, GRADIENT_DESCENT, scale) for scale in (1.0, most)]
    (usual, wrong), ratio = (one[0] for one in costs), over_tunings.ratio(costs[1] / costs[0])
    # Where half or fewer arrive, the median is only known to lie beyond all steps.
    share = summary.steps(data, GRADIENT_DESCENT, summary.LOSSES[1], most)[1].mean()
    return PLATEAU.verdict(
        f"Gradient descent takes {usual:.2f} times as many steps with the squared error as with cross-entropy from "
        f"usual starts, and {wrong:.2f} times as many{' (at least)' if share <= 0.5 else ''} from confident "
        f"starts, with output weights {most:g} times as large. The second ratio is {ratio.estimate:.1f} times the "
        "first.",
        *ratio, data.sizes["tuning"], at_edge=_edge(data, GRADIENT_DESCENT, 1.0, most),
    )  # fmt: skip


def _adam(data: xr.Dataset) -> Verdict:
    most = float(data.scale.max())
    descent, adam = (
        summary.cost(data, solver, most) / summary.cost(data, solver, 1.0) for solver in (GRADIENT_DESCENT, "Adam")
    )
    edge = _edge(data, GRADIENT_DESCENT, 1.0, most) or _edge(data, "Adam", 1.0, most)
    return ADAM.verdict(
        "With gradient descent the ratio of steps, squared error to cross-entropy, is "
        f"{descent[0]:.1f} times as high from confident starts as from usual ones; with Adam it is "
        f"{adam[0]:.1f} times as high.",
        *over_tunings.ratio(descent / adam), data.sizes["tuning"], at_edge=edge,
    )  # fmt: skip


def _temperature(data: xr.Dataset) -> Verdict:
    others = [float(one) for one in data.temperature.values if one != 1]
    confidence = 1 - ALPHA / len(others)
    ratios = [over_tunings.ratio(summary.slower(data, one), confidence) for one in others]
    told = " and ".join(
        f"{ratio.estimate:.2f} [{ratio.low:.2f}, {ratio.high:.2f}] times as many{'' if i else ' steps'} at "
        f"{'' if i else 'temperature '}{one:g}"
        for i, (one, ratio) in enumerate(zip(others, ratios, strict=True))
    )
    farthest = max(ratios, key=lambda one: abs(np.log(one.estimate)))
    edge = bool(rules.mostly(data.temperature_at_end).any())
    outcomes = [_outside(one) for one in ratios]
    open_ = [f"{one:g}" for one, outcome in zip(others, outcomes, strict=True) if outcome == NOT_SETTLED]
    ends = " to ".join(f"{end:g}" for end in NO_MATTER)
    undecided = f" The answer is open at temperature {' and '.join(open_)}: the interval crosses an end of {ends}."
    return temperature(len(others)).verdict(
        f"In the median, networks take {told} as at 1.{undecided if open_ else ''}",
        *farthest, data.sizes["tuning"], outcome=rules.combine(outcomes), parts=outcomes,
        at_edge=EDGE if edge else "",
    )  # fmt: skip


def _certain(data: xr.Dataset) -> list[Verdict]:
    one, found = data.sel(temperature=1.0), []
    fitted = f"With one fitted temperature each (median {float(one.fitted.median()):.2f}), networks"
    for statement, confidence, networks in (
        (PROBABILITIES, "confidence", "Networks"),
        (ONE_TEMPERATURE, "confidence_after", fitted),
    ):
        ratio = over_tunings.ratio(summary.errors_said(data, confidence))
        found.append(
            statement.verdict(
                f"{networks} should err in {float(1 - one[confidence].mean()):.2%} of fresh points by the mean of 1 "
                f"minus their confidence; they err in {float(1 - one.accuracy.mean()):.2%}.",
                *ratio, data.sizes["tuning"],
            )
        )  # fmt: skip
    return found


def _outside(one: statistics.Interval) -> str:
    inside = rules.within(*NO_MATTER).judge(*one)  # pyright: ignore[reportOptionalCall]
    return opposite(inside)


def _edge(data: xr.Dataset, solver: str, *scales: float) -> str:
    return EDGE if bool(rules.mostly(data.at_end.sel(solver=solver, scale=list(scales))).any()) else ""
