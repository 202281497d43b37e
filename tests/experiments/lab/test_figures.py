"""Figures: captions, intervals, axes, regions, films, and a style of the user's own."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from experiments.lab import results
from tests.experiments.toys import FULL_FIGURES, contents, write_claim


def test_a_style_sheet_draws_once_more_beside_the_figures(root: Path, call):
    from PIL import Image

    write_claim(root, "solo.only", "Solo.", figures=FULL_FIGURES)
    sheet = root / "slides.mplstyle"
    layout = "figure.constrained_layout.use: False\nfigure.autolayout: True\nsavefig.facecolor: none\n"
    sheet.write_text(f"axes.facecolor: ffee00\ntext.color: 0000ff\nfont.size: 14\n{layout}")
    made = root.parent / "results" / "quick" / "solo" / "only"
    assert call("solo")[0] == 0
    plain = contents(made)
    code, out, _ = call("solo", "--redraw", "--preset", "quick", "--style", str(sheet))
    assert code == 0
    assert "the figures in your style are in styled/ there" in " ".join(out.split())
    assert {name: data for name, data in contents(made).items() if "styled" not in name} == plain
    with Image.open(made / "styled" / "toy.png") as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(maxcolors=10**6) or []}
    assert (255, 238, 0) in colours
    assert any(blue > 200 and red < 60 and green < 60 for red, green, blue in colours), "the caption is blue"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("font.sice: 14", "Bad key font.sice"),
        ("font.size: large", "Could not convert 'large' to float"),
        ("font.size", "Missing colon"),
        ("axes.facecolor: 222222", "has axes.facecolor: #222222, and must have a light one"),
    ],
)
def test_a_style_sheet_that_would_not_be_followed_is_refused(tmp_path: Path, line: str, message: str):
    from experiments.lab import figures

    (tmp_path / "slides.mplstyle").write_text(f"lines.linewidth: 2\n{line}\n")
    with pytest.raises(ValueError, match=re.escape(message)):
        figures.style_sheet(str(tmp_path / "slides.mplstyle"))
    with pytest.raises(ValueError, match="must be a file"):
        figures.style_sheet("~nobody-of-this-name/slides.mplstyle")


def test_a_caption_fits_the_width_and_overlaps_nothing():
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, ax = plt.subplots(figsize=(5, 3))
        ax.set(xlabel="x", ylabel="y")
        ax.plot([0, 1], label="line")
        legend = fig.legend(loc="outside lower center")
        figures.caption(fig, "A caption of many words with $a + b$ in it. " * 8)
        fig.canvas.draw()
        text, box = fig.texts[-1].get_window_extent(), ax.get_tightbbox()
        assert box is not None
        assert text.x1 <= fig.bbox.x1
        assert text.y0 >= 0
        assert text.y1 <= legend.get_window_extent().y0
        assert legend.get_window_extent().y1 <= box.y0
        assert fig.get_size_inches()[1] > 3.5
        plt.close(fig)
        with pytest.raises(ValueError, match="layout engine"):
            figures.caption(plt.figure(layout="none"), "text")
        plt.close("all")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("an error of 2.8e-12, or 1e-9.", r"an error of $2.8 \cdot 10^{-12}$, or $10^{-9}$."),
        ("-1.5e-16 and 1.1e+04", r"$-1.5 \cdot 10^{-16}$ and 11,000"),
        ("2.5e+00, 1.25e+01, -0e+00", "2.5, 12.5, 0"),
        (r"\$ 2e-05 and 1e-05.csv", r"\$ $2 \cdot 10^{-5}$ and 1e-05.csv"),
        ("$2e-05$ is a formula, 1e-05a a name, 3.2 a number", "$2e-05$ is a formula, 1e-05a a name, 3.2 a number"),
    ],
)
def test_captions_have_powers_of_ten(text: str, written: str):
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, _ = plt.subplots(figsize=(9, 3))
        figures.caption(fig, text)
        assert fig.texts[-1].get_text() == written
        plt.close("all")


def test_linear_axes_of_whole_numbers_have_commas():
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, axes = plt.subplots(1, 3)
        for ax, ends, fixed in zip(axes, [(0, 4_000), (0, 4.0), (0, 4_000)], [None, None, "{x:g}"], strict=True):
            ax.plot(ends, [0, 1])
            if fixed:
                ax.xaxis.set_major_formatter(fixed)
        figures.settle(fig)
        texts = [[one.get_text() for one in ax.get_xticklabels()] for ax in axes]
        assert "4,000" in texts[0]
        assert "4" in texts[1]
        assert "4000" in texts[2], "what a figure chooses stays"
        plt.close("all")


def test_interval_line_leaves_out_what_is_not_finite():
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        _, ax = plt.subplots()
        figures.interval_line(ax, [1, 2, 3], [0.1, np.nan, 0.3], [0, 0, 0], [1, 1, 1], "l", bars=True)
        assert list(ax.lines[0].get_xdata()) == [1, 3]
        with pytest.raises(ValueError, match="shapes"):
            figures.interval_line(ax, [1, 2], [0.1], [0], [1])
        plt.close("all")


@pytest.mark.parametrize("ends", [(2e-3, 6e-3), (1.1, 1.5), (3, 40), (1.5, 9), (2_000, 19_000)])
def test_a_short_logarithmic_axis_has_plain_numbers_that_do_not_overlap(ends):
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, ax = plt.subplots(figsize=(3, 2))
        ax.plot(ends, ends)
        ax.set(xscale="log", yscale="log")
        figures.settle(fig)
        texts = [one for one in ax.get_xticklabels(which="both") if one.get_text()]
        boxes = [one.get_window_extent() for one in texts]
        inside = [box for box in boxes if ax.bbox.x0 - 1 <= (box.x0 + box.x1) / 2 <= ax.bbox.x1 + 1]
        assert len(inside) >= 2
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(sorted(inside, key=lambda box: box.x0)))
        assert [one.get_text() for one in texts if "10^" in one.get_text()] == []
        plt.close("all")


def test_decision_regions_tint_what_the_network_says_and_mark_what_is_wrong():
    import matplotlib.pyplot as plt

    from experiments.lab import planes
    from nnjax import tasks

    fig = planes.decision_regions(lambda x: x[:, :1] - 0.5, tasks.xor(), title="By the first input")
    (ax,) = fig.axes
    tint = np.asarray(ax.images[0].get_array())
    assert [tint[:, :120].max(), tint[:, 121:].min()] == [0, 1], "class 1 where the first input is above 0.5"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["target 0", "target 1", "wrong: 2 of 4"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == (
        "input $x_1$", "input $x_2$", "By the first input",
    )  # fmt: skip
    fig = planes.decision_regions(lambda x: x[:, :1], tasks.xor(), threshold=0.5)  # the same, not as a logit
    np.testing.assert_array_equal(np.asarray(fig.axes[0].images[0].get_array()), tint)
    centres = np.array([[0, 0], [2, 0], [0, 2]])
    three = tasks.data(centres.astype(float), np.eye(3))
    fig = planes.decision_regions(lambda x: -((x[:, None] - centres) ** 2).sum(axis=2), three)
    assert set(np.unique(np.asarray(fig.axes[0].images[0].get_array()))) == {0, 1, 2}
    plt.close("all")


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((4, 3)), np.array([[0.0], [1], [1], [0]]), "data.x has the shape (4, 3) and must have two inputs"),
        (np.zeros((4, 2)), np.eye(4)[:, :1] * [[1], [2], [3], [4]] + [[0], [2], [3], [4]], "4 different values"),
        (np.zeros((3, 2)), np.array([[1.0, 1], [0, 0], [1, 0]]), "each row must be of one class"),
        (np.zeros((7, 2)), np.eye(7), "data.y has the shape (7, 7) and must be [n, 1], or one-hot of at most 6"),
        (np.zeros((4, 2)), np.eye(4), "predict gives the shape (58081, 1) and must give (58081, 4), as data.y"),
    ],
)
def test_what_has_no_decision_regions_is_refused(x, y, message: str):
    import matplotlib.pyplot as plt

    from experiments.lab import planes
    from nnjax import tasks

    with pytest.raises(ValueError, match=re.escape(message)):
        planes.decision_regions(lambda x: x[:, :1], tasks.data(x, y))
    plt.close("all")


def test_a_film_becomes_a_looping_gif_the_same_each_time(tmp_path: Path):
    import matplotlib.pyplot as plt
    from PIL import Image

    from experiments.lab import figures

    def film(num_frames: int) -> figures.Film:
        fig, ax = plt.subplots(figsize=(2, 1.5))
        (line,) = ax.plot([0, 1], [0, 1])
        return figures.Film(fig, lambda i: line.set_ydata([i, 1]), num_frames)

    with figures.use_style():
        names = results.write_drawn(tmp_path / "a", {"film": film(3)}, [], [])
        results.write_drawn(tmp_path / "b", {"film": film(3)}, [], [])
    plt.close("all")
    assert "film.gif" in names
    assert "film.png" not in names
    content = (tmp_path / "a" / "film.gif").read_bytes()
    assert content == (tmp_path / "b" / "film.gif").read_bytes()
    with Image.open(tmp_path / "a" / "film.gif") as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (3, 0)
    results.write_drawn(tmp_path / "a", {}, [], [])
    assert not (tmp_path / "a" / "film.gif").exists()
    with figures.use_style(), pytest.raises(ValueError, match=r"film\.gif would hold"):
        figures.save_film(film(3), tmp_path / "film.gif", max_bytes=100)
    plt.close("all")
