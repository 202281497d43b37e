"""The style of all figures: colours by role, captions, panels, lines with intervals, films."""

import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import rc_params_from_file
from matplotlib.animation import PillowWriter
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import (
    AutoLocator,
    FixedLocator,
    FuncFormatter,
    LogFormatter,
    LogLocator,
    NullFormatter,
    NullLocator,
    ScalarFormatter,
)
from numpy.typing import ArrayLike

from experiments.lab.checks import cut

STYLE = Path(__file__).with_name("style.mplstyle")

# Okabe and Ito's palette. One role keeps one colour in every figure.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
COLORS = {
    "solved": GREEN,
    "stuck": VERMILION,
    "diverged": PURPLE,
    "reference": "#000000",
    "theory": "#000000",
    "measured": BLUE,
    "train": BLUE,
    "test": ORANGE,
    "zero": BLUE,  # the two classes of a Boolean function
    "one": VERMILION,
    "sigmoid": BLUE,
    "tanh": VERMILION,
    "relu": GREEN,
    "gelu": PURPLE,
    "sin": ORANGE,
    "elu": SKY,
    "Adam": ORANGE,  # solvers; they and activations never share a panel
    "L-BFGS": PURPLE,
    "variable projection": BLUE,
    "neutral": "#7F7F7F",
}
SEQUENTIAL = "cividis"
DIVERGING = "RdBu_r"  # 0 (white) in the middle; blue is low and red is high, as in `zero` and `one`

_GAP = 0.1  # inches around a caption
_SMALLER = 1.0  # points by which a caption is smaller than the other text
_FILM_DPI = 80


class Film(NamedTuple):
    """A looping animation: `draw(i)` makes frame i of `num_frames` on the one `figure`, whose layout stays."""

    figure: Figure
    draw: Callable[[int], object]
    num_frames: int
    frames_per_second: int = 8


@contextlib.contextmanager
def use_style(sheet: str | Path | None = None) -> Iterator[None]:
    """`with use_style():` draws and saves in this project's style, whatever the user's own matplotlibrc says.

    `sheet`, which `style_sheet` returned, is applied on top of it.
    """
    with plt.style.context(STYLE, after_reset=True):
        if sheet is not None:
            plt.style.use(sheet)
            # `caption` needs the constrained layout, which the tight layout would replace.
            plt.rcParams.update({"figure.constrained_layout.use": True, "figure.autolayout": False})
        yield


def style_sheet(given: str) -> str | Path:
    """A style sheet, given by the name that matplotlib has for it or by its file.

    Raises:
        ValueError: for what is neither, for a line of the file that matplotlib cannot read, and for a dark background.
    """
    wrong, logger = list[str](), logging.getLogger("matplotlib")
    try:
        file = Path(given).expanduser()
    except RuntimeError:  # there is no such home folder
        file = Path(given)

    def keep(record: logging.LogRecord) -> bool:  # matplotlib only warns of a key that it does not know
        wrong.append(record.getMessage().strip().splitlines()[0])
        return False

    if given in plt.style.library:
        found, sheet = plt.style.library[given], given
    elif not file.is_file():  # nor an address, which matplotlib would fetch
        raise ValueError(f"{cut(repr(given))} must be a file, or a style of matplotlib such as grayscale")
    else:
        logger.addFilter(keep)
        try:
            found, sheet = rc_params_from_file(file, fail_on_error=True, use_default_template=False), file
        except (OSError, ValueError) as error:
            raise ValueError(f"{given!r} cannot be read as a style sheet: {error}") from error
        finally:
            logger.removeFilter(keep)
    if wrong:
        raise ValueError(f"{given!r} cannot be read as a style sheet: {wrong[0]}")
    for name in ("figure.facecolor", "axes.facecolor", "savefig.facecolor"):
        red, green, blue, alpha = to_rgba("white" if found.get(name, "auto") == "auto" else found[name])
        if (red + green + blue) / 3 < 0.5 < alpha:
            raise ValueError(f"{given!r} has {name}: {found[name]}, and must have a light one: black is drawn on it")
    return sheet


def caption(fig: Figure, text: str) -> None:
    """Write `text`, wrapped, below the figure. The figure grows; what it shows keeps its size.

    Call it once per figure and last. Needs the constrained layout, which `use_style` turns on. A formula
    between $ signs is not broken; 2e-05 is written as a power of ten.
    """
    text = powers(text)
    engine = fig.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise ValueError(f"caption: fig has the layout engine {engine!r}; make it under use_style()")
    width, height = fig.get_size_inches()
    size, color = plt.rcParams["font.size"] - _SMALLER, plt.rcParams["text.color"]
    # Text is a few percent wider at the resolution that is saved than at the one measured here.
    lines = _wrap(fig, text, 0.96 * (width - 2 * _GAP) * fig.dpi, size)
    added = len(lines) * size * 1.35 / 72 + 2 * _GAP
    # A legend "outside lower ..." would lie on the caption: it moves up, and the axes make room for it.
    below = [legend for legend in fig.legends if getattr(legend, "_outside_loc", None) == "lower"]
    taken = max([0, *(legend.get_window_extent().height / fig.dpi + _GAP for legend in below)])
    fig.set_size_inches(width, height + added)
    edge = added / (height + added)
    bottom = (added + taken) / (height + added)
    engine.set(rect=(0, bottom, 1, 1 - bottom))
    for legend in below:
        legend.set_bbox_to_anchor((0, edge, 1, 1 - edge), transform=fig.transFigure)
    fig.text(
        _GAP / width,
        (added - _GAP) / (height + added),
        "\n".join(lines),
        size=size,
        color="#333333" if color == "black" else color,
        va="top",
        linespacing=1.35,
    )


def interval_line(
    ax: Axes,
    x: ArrayLike,
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    label: str | None = None,
    *,
    color: str | None = None,
    bars: bool = False,
    **line: Any,
) -> None:
    """Draw estimates [n] over x [n] as a line with their interval: a band, or bars where x is not continuous.

    Points without a finite estimate are left out. `line` holds any keyword of `Axes.plot`.
    """
    y, lo, hi = (np.asarray(values, dtype=float) for values in (estimate, low, high))
    kept = np.isfinite(y)
    if not (y.shape == lo.shape == hi.shape == np.shape(x)):
        raise ValueError(f"interval_line: shapes {np.shape(x)}, {y.shape}, {lo.shape}, {hi.shape} differ")
    places = np.asarray(x)[kept]
    line.setdefault("marker", "o")
    (drawn,) = ax.plot(places, y[kept], label=label, color=color, **line)
    shade, lo, hi = drawn.get_color(), lo[kept], hi[kept]
    if bars:
        ax.vlines(places, lo, hi, color=shade, linewidth=1.3, zorder=drawn.get_zorder())
    else:
        ax.fill_between(places, lo, hi, color=shade, alpha=0.18, linewidth=0)


def panels(count: int, columns: int | None = None, size: tuple[float, float] = (4.2, 3.6), **subplots: Any) -> Any:
    """A figure and its axes [count], in rows of `columns`, each of `size` inches; none is left empty.

    `subplots` holds any keyword of `plt.subplots`, such as sharey=True.
    """
    columns = min(count, columns or count)
    rows = -(-count // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(size[0] * columns, size[1] * rows), squeeze=False, **subplots)
    flat = list(axes.ravel())
    for ax in flat[count:]:
        ax.remove()
    return fig, flat[:count]


def shared_legend(fig: Figure, axes: Sequence[Axes], ncols: int = 4, **legend: Any) -> None:
    """One legend below all panels, with each label once."""
    handles = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    if handles:
        fig.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=ncols, **legend)


def log_ticks(axis: Axis, values: Sequence[float] | None = None, text: str = "{:,g}") -> None:
    """Label a logarithmic axis with plain numbers, at `values` only or where the ticks are; no minor labels."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: text.format(value)))
    axis.set_minor_formatter(NullFormatter())
    if values is not None:
        axis.set_major_locator(FixedLocator([float(value) for value in values]))
        axis.set_minor_locator(NullLocator())


def _short_log_axes(figure: Any) -> None:
    """Set plain numbers on logarithmic axes with at most one power of ten, where matplotlib's labels would overlap."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            # Other formatters were set on purpose; beyond these limits "1e-05" would be no plain number.
            formatters = axis.get_major_formatter(), axis.get_minor_formatter()
            usual = axis.get_scale() == "log" and all(isinstance(one, LogFormatter) for one in formatters)
            if not usual or not 1e-4 <= low < high <= 1e6 or np.floor(np.log10(high)) > np.ceil(np.log10(low)):
                continue
            log_ticks(axis)
            if high < 2 * low:
                axis.set_major_locator(AutoLocator())
            else:
                axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high > 4 * low else (1, 1.5, 2, 3, 4, 5, 7)))


def _thousands(figure: Any) -> bool:
    """Write 1,000 and more with commas on linear axes of whole numbers that have matplotlib's usual labels.

    Returns whether there are any.
    """
    found = False
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            usual = axis.get_scale() == "linear" and type(axis.get_major_formatter()) is ScalarFormatter
            ticks = np.abs(axis.get_majorticklocs())
            if usual and 1_000 <= ticks.max(initial=0) < 1e6 and (ticks % 1 == 0).all():
                axis.set_major_formatter("{x:,.10g}")
                found = True
    return found


def powers(text: str) -> str:
    """The text with numbers such as 2e-05 written as powers of ten, and 1.1e+04 in full, outside of formulas."""

    def power(found: re.Match[str]) -> str:
        digits, exponent = found[1], int(found[2])
        if 0 <= exponent < 6:
            decimals = max(0, len(digits.partition(".")[2]) - exponent)
            return f"{float(found[0]) + 0.0:,.{decimals}f}"
        one = "" if digits == "1" else "-" if digits == "-1" else f"{digits} \\cdot "
        return f"${one}10^{{{exponent}}}$"

    parts = re.split(r"(?<!\\)\$", text)  # every second part is a formula
    parts[::2] = [re.sub(r"(?<![\w.])(-?\d+(?:\.\d+)?)e([+-]\d+)(?!\w|\.[A-Za-z])", power, part) for part in parts[::2]]
    return "$".join(parts)


def shades(count: int) -> list[Any]:
    """Colours for an ordered variable, dark to light; the lightest, too pale on white, is left out."""
    return [plt.get_cmap(SEQUENTIAL)(0.9 * i / max(count - 1, 1)) for i in range(count)]


def settle(figure: Any) -> None:
    """Lay the figure out once and round the positions of its axes, whose last bits differ from run to run."""
    _short_log_axes(figure)
    figure.draw_without_rendering()
    if _thousands(figure):  # of the ticks that were laid out
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        ax.set_position([round(edge, 5) for edge in ax.get_position(original=True).bounds])


def save_film(film: Film, path: Path, max_bytes: int | None = None) -> None:
    """Write a looping GIF. Pillow writes only what changes from frame to frame, and shows a repeated frame longer.

    Raises:
        ValueError: for more than `max_bytes`, unless that is None.
    """
    film.draw(0)
    settle(film.figure)
    writer = PillowWriter(fps=film.frames_per_second)
    with writer.saving(film.figure, str(path), dpi=_FILM_DPI):
        for frame in range(film.num_frames):
            film.draw(frame)
            writer.grab_frame()
    size = path.stat().st_size
    if max_bytes is not None and size > max_bytes:
        raise ValueError(
            f"{path.name} would hold {size:,} bytes, more than {max_bytes:,}: draw fewer or smaller frames"
        )


def _wrap(fig: Figure, text: str, width: float, size: float) -> list[str]:
    """Break `text` where a drawn line would exceed `width` pixels; a formula between $ signs stays whole, and so do
    words with a no-break space between them."""
    probe = fig.text(0, 0, "", size=size)

    def measure(line: str) -> float:
        probe.set_text(line)
        return probe.get_window_extent().width

    lines: list[str] = []
    for word in _words(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    probe.remove()
    return lines


def _words(text: str) -> Sequence[str]:
    return re.findall(r"(?:\\\$|\$[^$]*\$|[^\s$]|\u00a0)+|\$", text)
