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
from experiments.your_table.against_search.verdicts import FASTER
from experiments.your_table.shared import rows

LOOKS = {
    NETWORK: (BLUE, "o"), NETWORK_LONG: (SKY, "D"), SEARCH: (VERMILION, "s"), SEARCH_LONG: (ORANGE, "v"),
    BOOSTING: (GREEN, "^"),
}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """errors: each method less the search over scikit-learn's networks; speed: candidates per second."""
    return {"errors": errors(data), "speed": speed(data)}


def errors(data: xr.Dataset) -> Figure:
    """Differences of the errors with their intervals, a row per table."""
    names = list(map(str, data.table.values))
    fig, ax = plt.subplots(figsize=(7.5, 0.5 * len(names) + 1.6))
    for i, name in enumerate(names):
        limit = 100 * summary.margin(name)
        ax.fill_betweenx([i - 0.45, i + 0.45], -limit, limit, color=COLORS["neutral"], alpha=0.25, linewidth=0,
                         label="within the margin")  # fmt: skip
        for j, method in enumerate(BASELINES):
            found = summary.difference(data, name, method)
            color, marker = LOOKS[method]
            y = i + 0.25 * (j - 1)
            ax.hlines(y, 100 * found.low, 100 * found.high, color=color, linewidth=1.3)
            ax.plot(100 * found.estimate, y, marker, color=color, markersize=5, label=method)
    ax.axvline(0, color="black", linewidth=0.8)
    # Boosting may fail on a split, where the others differ by tenths of a point.
    ax.set_xscale("symlog", linthresh=2, linscale=1.5)
    ends = (-50, -10, -5, -2, -1, 0, 1, 2, 5, 10, 50)
    ax.set_xticks(ends, [f"{end:+d}" if end else "0" for end in ends])
    ax.minorticks_off()
    rows.name_rows(ax, names, errors=True)
    ax.set_xlabel("error less that of the MLP search on the same budget (points; linear from -2 to 2)")
    ax.set_title("Errors of chosen models beside a search over scikit-learn's networks")
    shared_legend(fig, [ax], ncols=4)
    parts = []
    for method in BASELINES:
        found = [summary.difference(data, name, method) for name in names]
        parts.append(
            f"{method}: a lesser mean error on {sum(one.estimate < 0 for one in found)} of {len(names)} tables, "
            f"with all of its interval below 0 on {sum(one.high < 0 for one in found)}, above 0 on "
            f"{sum(one.low > 0 for one in found)}"
        )
    caption(
        fig,
        f"Means over {data.sizes['split']} splits with 95 % intervals of the corrected resampled t, not corrected for "
        f"the number of tables; at most {int(data.num_train.max()):,} training rows, {data.attrs['trials']} trials. "
        f"{'; '.join(parts)}.",
    )
    return fig


def speed(data: xr.Dataset) -> Figure:
    """Candidates per second of every method, a row per table."""
    names = list(map(str, data.table.values))
    rate = (data.candidates / data.seconds).median("split")
    fig = rows.dots(
        {method: rate.sel(learner=method).values for method in LOOKS}, LOOKS, names,
        x="candidates per second, each on all folds, compiling and the last fit included",
        title="How many candidates a second each search tries",
    )  # fmt: skip
    ratios = [summary.faster(data, name) for name in names]
    middle = float(scipy.stats.gmean(ratios))
    caption(
        fig,
        f"Medians over {data.sizes['split']} splits. In equal seconds a sweep tries "
        f"{middle:.3g} times as many candidates (geometric mean over tables, from {min(ratios):.3g} to "
        f"{max(ratios):.3g}; aim: {FASTER:g}). Measured on {data.attrs['processor']}, {data.attrs['cores']} cores.",
    )
    return fig
