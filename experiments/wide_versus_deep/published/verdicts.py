"""The table and the verdicts of `published`: the published numbers one by one, and two questions beside them."""

import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import GREYDANUS
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, PUBLISHED, REPRODUCED, Rule, Statement, Verdict
from experiments.wide_versus_deep.published import summary
from experiments.wide_versus_deep.published.config import TUNED, Config
from experiments.wide_versus_deep.published.summary import FRESH, NOTEBOOK, REFERENCES, SHUFFLED
from nnjax import statistics

TABLE = f"{GREYDANUS}, table of models"
LOG = "greydanus/mnist1d (GitHub), notebooks/mnist1d-classification.ipynb, last line of the MLP's log"
RANGE = (65.0, 68.0)
# What a published number may be off by its own rounding, to whole percents in the table and to tenths in the notebook.
ROUNDING, ROUNDING_OF_LOG = 0.5, 0.05
# Two models that differ by no more points than this make no difference.
SAME = 1.0
RANGE_IDS = {summary.PUBLISHED: "65 to 68 %", FRESH: "65 to 68 %, fresh draws"}


def statements(config: Config) -> list[Statement]:
    """The range, the published numbers one by one, and what the residual layer and tuning are worth."""
    return _stated(set(config.models))


def _stated(models: set[str]) -> list[Statement]:
    found = []
    if "residual MLP" in models:
        found += [_range_statement(place) for place in RANGE_IDS]
        found.append(_point_statement("residual MLP", summary.PUBLISHED, NOTEBOOK, log=True))
    found += [_point_statement(model, place, value) for (model, place), value in REFERENCES.items() if model in models]
    if {"residual MLP", "plain MLP"} <= models:
        found.append(RESIDUAL)
    if {"residual MLP", TUNED} <= models:
        found.append(BETTER)
    return found


def _range_statement(place: str) -> Statement:
    what = "on the published draw" if place == summary.PUBLISHED else "on fresh draws of the data"
    return Statement(
        RANGE_IDS[place],
        f"The MLP of MNIST-1D reaches {RANGE[0]:.0f} to {RANGE[1]:.0f} % test accuracy {what}.",
        PUBLISHED,
        f"{TABLE} (68 %); {LOG} (65.1 %)",
        rules.within(*RANGE, "the 95 % interval of the mean accuracy, in percent,"),
        f"{RANGE[0]:.0f} to {RANGE[1]:.0f}",
        "%",
        "more seeds" if place == summary.PUBLISHED else "more draws of the data",
    )


def _point_statement(model: str, place: str, value: float, log: bool = False) -> Statement:
    shown, where = (", inputs shuffled" if place == SHUFFLED else ""), (" in the notebook" if log else "")
    inputs = " with shuffled inputs" if place == SHUFFLED else ""
    name = "logistic regression" if model == "logistic" else f"the {model}"
    return Statement(
        f"{model}{shown}{where}",
        f"On the published draw of MNIST-1D{inputs}, {name} reaches {value:g} % test accuracy.",
        PUBLISHED,
        LOG if log else TABLE,
        Rule(
            f"Reproduced when the published number, give or take {ROUNDING_OF_LOG if log else ROUNDING:g} points for "
            "its rounding, lies in the 95 % interval of prediction for one more network, otherwise not reproduced."
        ),
        value,
        "%",
    )


RESIDUAL = Statement(
    "residual",
    "The residual layer h2 = relu(W h1 + b) + h1 makes no difference to the accuracy of the MLP.",
    AIM,
    "",
    rules.within(-SAME, SAME, "the 95 % interval of the difference in points, paired by seed,"),
    0.0,
    "points",
    "more seeds",
)
BETTER = Statement(
    "tuned",
    "A plain MLP that is tuned does better than the published one.",
    AIM,
    "",
    rules.above(0.0, "the 95 % interval of the difference in points, paired by seed,"),
    "above 0",
    "points",
    "more seeds",
)


def table(data: xr.Dataset) -> list[dict]:
    """A row per model and data: the mean accuracy in percent, its interval, the spread over networks."""
    rows = []
    for model in map(str, data.model.values):
        for place in summary.PLACES:
            found = summary.summary(data, model, place)
            row = {"model": model, "data": place, "params": int(data.num_params.sel(model=model))}
            row |= {"networks": found.networks, "accuracy_percent": found.mean, "low": found.low, "high": found.high}
            row |= {"sd_networks": found.spread, "one_network_low": found.one_low, "one_network_high": found.one_high}
            rows.append(row | {"published_percent": REFERENCES.get((model, place))})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One for each of the statements."""
    stated = {one.id: one for one in _stated(set(map(str, data.model.values)))}
    found = [_range(data, stated[name], place) for place, name in RANGE_IDS.items() if name in stated]
    for (model, place), value in [(("residual MLP", summary.PUBLISHED), NOTEBOOK), *REFERENCES.items()]:
        statement = _point_statement(model, place, value, log=value == NOTEBOOK)
        if statement.id in stated:
            found.append(_point(data, statement, model, place, value))
    if RESIDUAL.id in stated:
        found.append(_difference(data, RESIDUAL, ("residual MLP", "plain MLP"), ""))
    if BETTER.id in stated:
        # Its rate may lie at an end of its grid: rates beyond could only make it better still.
        found.append(_difference(data, BETTER, (TUNED, "residual MLP"), f" ({summary.tuned(data)})"))
    return found


def _range(data: xr.Dataset, statement: Statement, place: str) -> Verdict:
    one = summary.summary(data, "residual MLP", place)
    n = data.sizes["draw"] if place == FRESH else one.networks
    return statement.verdict(
        f"Mean accuracy {one.mean:.1f} % [{one.low:.1f}, {one.high:.1f}] of {one.networks} networks, with a standard "
        f"deviation of {one.spread:.1f} points.",
        one.mean, one.low, one.high, n,
    )  # fmt: skip


def _point(data: xr.Dataset, statement: Statement, model: str, place: str, value: float) -> Verdict:
    """One published number against the interval of one more network."""
    one = summary.summary(data, model, place)
    rounding = ROUNDING_OF_LOG if value == NOTEBOOK else ROUNDING
    off = max(one.one_low - rounding - value, value - one.one_high - rounding, 0.0)
    beyond = f" {value:g} lies {off:.2f} points further than its rounding allows." if off else ""
    return statement.verdict(
        f"Mean accuracy {one.mean:.1f} % of {one.networks} networks; one more would lie from {one.one_low:.2f} to "
        f"{one.one_high:.2f}.{beyond}",
        one.mean, one.one_low, one.one_high, one.networks, outcome=NOT_REPRODUCED if off else REPRODUCED,
    )  # fmt: skip


def _difference(data: xr.Dataset, statement: Statement, pair: tuple[str, str], told: str) -> Verdict:
    """Points of percent between two models on the published draw, seed by seed."""
    first, second = (100 * data.accuracy.sel(model=model, place=summary.PUBLISHED).values for model in pair)
    mean, low, high, _ = statistics.mean(first - second)
    return statement.verdict(
        f"The {pair[0]}{told} has {first.mean():.1f} % right, the {pair[1]} {second.mean():.1f} %: {mean:+.2f} points "
        f"[{low:+.2f}, {high:+.2f}].",
        mean, low, high, len(first),
    )  # fmt: skip
