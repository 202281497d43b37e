"""The figures of `your_table.against_search`: differences of errors, and candidates per second."""

import matplotlib.pyplot as plt
import scipy
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, SKY, VERMILION, caption, shared_legend
from experiments.your_table.against_search import summary
from experiments.your_table.against_search.config import (
    BASELINES,
    BOOSTING,
    NETWORK,
    NETWORK_LONG,
    SEARCH,
    SEARCH_LONG,
)  # fmt: skip
from experiments.your_table.against_search.summary import ALPHA, MARGIN, MARGIN_R2
from experiments.your_table.against_search.verdicts import FASTER
from experiments.your_table.shared import rows
from experiments.your_table.shared.benchmark import REGRESSION

LOOKS = {
    NETWORK: (BLUE, "o"), NETWORK_LONG: (SKY, "D"), SEARCH: (VERMILION, "s"), SEARCH_LONG: (ORANGE, "v"),
    BOOSTING: (GREEN, "^"),
}  # fmt: skip
NAMES = {
    NETWORK: "our network, equal trials", NETWORK_LONG: "our network, equal seconds",
    SEARCH: "MLP search, equal trials", SEARCH_LONG: "MLP search, equal seconds",
    BOOSTING: "boosting search, equal trials",
}  # fmt: skip
ENDS = (-10.0, 5.0)  # points that are drawn: boosting may fail on a split, where the others differ by tenths


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """errors: each method minus the search over scikit-learn's networks; speed: candidates per second."""
    return {"errors": errors(data), "speed": speed(data)}


def errors(data: xr.Dataset) -> Figure:
    """Differences of the errors with their intervals, a row per table."""
    names = list(map(str, data.table.values))
    fig, ax = plt.subplots(figsize=(7.5, 0.5 * len(names) + 1.6))
    level = 1 - 2 * ALPHA  # that of the rule for no worse
    found = {(name, method): summary.difference(data, name, method, level) for name in names for method in BASELINES}
    for i, name in enumerate(names):
        for j, method in enumerate(BASELINES):
            estimate, low, high = (100 * end for end in found[name, method][:3])
            y, label = i + 0.25 * (j - 1), NAMES[method]
            rows.interval(ax, y, (estimate, low, high), ENDS, LOOKS[method], label, "{:+.1f}")
        limit = 100 * summary.margin(data, name)
        ax.fill_betweenx([i - 0.45, i + 0.45], ENDS[0], limit, color=COLORS["neutral"], alpha=0.25, linewidth=0,
                         label="below the margin: no worse")  # fmt: skip
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xlim(ENDS)
    rows.name_rows(ax, names, errors=True)
    ax.set_xlabel(
        "error minus that of the MLP search, same budget (percentage points)\n"
        "left of 0: lower error; arrows and numbers: beyond the axis"
    )
    ax.set_title("Errors compared with those of scikit-learn's MLP search")
    shared_legend(fig, [ax], ncols=2)
    parts = []
    for method in BASELINES:
        sides = [summary.side(data, name, method) for name in names]
        counts = (sides.count("no worse"), sides.count("worse"), sides.count("open"))
        parts.append("{}, {} and {} ({})".format(*counts, NAMES[method]))
    lower = ", ".join(str(summary.lower(data, method)) for method in BASELINES)  # in the order of `parts`
    caption(
        fig,
        f"Numbers of tables, of {len(names)}, on which the error is no worse than the MLP search's, worse, and this "
        f"is open: {'; '.join(parts)}. Mean errors are lower on {lower}, in this order. Means over "
        f"{data.sizes['split']} splits with {100 * level:.0f}% intervals of the corrected resampled t-test. No worse: "
        f"the whole interval lies below the margin ({100 * MARGIN:g} point, or one test row where that is more; "
        f"{100 * MARGIN_R2:g} points of 1 - R² for numbers); worse: one corrected for {len(names)} tables lies above "
        f"it. At most {int(data.num_train.max()):,} training rows, {data.attrs['trials']} trials. Our network is the "
        f"mean of eight, the others are the best one of their search.{_failed(data, names)}",
    )
    return fig


def _failed(data: xr.Dataset, names: list[str]) -> str:
    """A sentence: on which tables the search over boosting errs on most test rows of some splits; empty for none."""
    error = data.error.sel(learner=BOOSTING)
    counts = {name: int((error.sel(table=name) > 0.5).sum()) for name in names if name not in REGRESSION}
    told = [f"{count} of {data.sizes['split']} splits of {name}" for name, count in counts.items() if count]
    return (
        f" The boosting search fails (it errs on more than half of the test rows) on {', '.join(told)}." if told else ""
    )


def speed(data: xr.Dataset) -> Figure:
    """Candidates per second of every method, a row per table."""
    names = list(map(str, data.table.values))
    rate = (data.candidates / data.seconds).median("split")
    fig = rows.dots(
        {NAMES[method]: rate.sel(learner=method).values for method in LOOKS},
        {NAMES[method]: look for method, look in LOOKS.items()}, names,
        x="candidates per second (each on all folds; compiling and the last fit included)",
        title="Candidates per second that each search tries",
    )  # fmt: skip
    ratios, trials = [summary.faster(data, name) for name in names], data.candidates.sel(learner=NETWORK_LONG).size
    middle = float(scipy.stats.gmean(ratios))
    caption(
        fig,
        f"In equal seconds our sweep tries {middle:.3g} times as many candidates as the MLP search (geometric mean "
        f"over tables, from {min(ratios):.3g} to {max(ratios):.3g}; aim: more than {FASTER:g}). It compiles anew in "
        f"every fit. In {summary.fewer(data)} of {trials} splits it tries fewer candidates than at equal trials, as it "
        f"plans with the seconds it is given. Medians over {data.sizes['split']} splits, measured on "
        f"{data.attrs['processor']}, {data.attrs['cores']} cores.",
    )
    return fig
