"""How the readings of two networks (`readings`) are drawn: a mark and a colour for each, and the numbers on axes."""

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from experiments.lab import figures as lab
from experiments.wide_versus_deep.shared.readings import EQUAL, HELPS, HURTS, MARGIN, OPEN

# The mark, colour and size of each reading. Marks that point to a side are filled: their interval excludes 1.
MARKS = {
    HELPS: ("<", lab.BLUE, 7.5),
    HURTS: (">", lab.VERMILION, 7.5),
    EQUAL: ("s", "#000000", 5.5),
    OPEN: ("o", lab.COLORS["neutral"], 5.5),
}
IN_WORDS = {
    HELPS: "depth helps",
    HURTS: "depth hurts",
    EQUAL: f"equal within a factor of {MARGIN:g}",
    OPEN: "not settled",
}


def plain_numbers(axis: Axis) -> None:
    """Plain numbers on a logarithmic axis: round ones within a factor of three, 1, 2 and 5 within two decades, else
    powers of ten.
    """
    low, high = axis.get_view_interval()
    if high < 3 * low:
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,), numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def mark(ax: Axes, x: float, y: float, reading: str) -> None:
    """Draw the mark of a reading."""
    marker, color, size = MARKS[reading]
    face = color if reading in (HELPS, HURTS) else "white"
    ax.plot(x, y, marker, color=color, markerfacecolor=face, markersize=size, markeredgewidth=1.4, zorder=4)


def handles() -> list[Line2D]:
    """Handles for a legend, in the order of MARKS."""
    return [
        Line2D(
            [], [], color=color, marker=marker, markersize=size, markeredgewidth=1.4, linestyle="none",
            markerfacecolor=color if reading in (HELPS, HURTS) else "white", label=IN_WORDS[reading],
        )
        for reading, (marker, color, size) in MARKS.items()
    ]  # fmt: skip


def color(reading: str) -> str:
    """The colour of a reading."""
    return MARKS[reading][1]


def margin(ax: Axes) -> None:
    """Make the x axis logarithmic; draw a line at equal errors, and the band in which errors count as equal."""
    ax.axvspan(1 / MARGIN, MARGIN, color="#EEEEEE", zorder=0, linewidth=0)
    ax.axvline(1, color=lab.COLORS["reference"], linewidth=1, zorder=1)
    ax.set_xscale("log")


def sides(ax: Axes, y: float) -> None:
    """Write above a logarithmic axis of ratios on which side depth helps, and on which it hurts."""
    low, high = ax.get_xlim()
    for x, text in ((low**0.5, "$\\leftarrow$ depth helps"), (high**0.5, "depth hurts $\\rightarrow$")):
        ax.text(x, y, text, ha="center", va="bottom", size=10)
