"""Figures: captions, a style of the user's own, and decision regions."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from PIL import Image

from experiments.lab import figures, planes
from nnjax import tasks


def noise(data):
    """A caption."""
    fig, ax = plt.subplots(figsize=(9, 6))
    ax.imshow(np.random.default_rng(0).normal(size=(120, 120)))
    ax.set_xlabel("x")
    return fig


def test_figures_are_small_and_the_same_each_time_and_captions_can_be_left_out(tmp_path):
    file, heights, contents = tmp_path / "noise.png", [], []
    for captions in (True, True, False):
        figures.save([noise], xr.Dataset(), tmp_path, captions=captions)
        assert file.stat().st_size <= figures.MOST_BYTES
        contents.append(file.read_bytes())
        with Image.open(file) as image:
            heights.append(image.height / image.width)
    assert contents[0] == contents[1]
    assert heights[0] > heights[2]


def test_a_style_changes_sizes_colours_and_dots_per_inch(tmp_path):
    seen = {}

    def sizes(data):
        """A caption."""
        fig, ax = plt.subplots(figsize=(4, 3))
        ax.set(xlabel="x", title="t")
        ax.plot([0, 1], label="line")
        ax.legend()
        seen["sizes"] = [ax.xaxis.label.get_size(), ax.title.get_size(), ax.get_legend().get_texts()[0].get_size()]
        return fig

    figures.save([sizes], xr.Dataset(), tmp_path)
    plain = seen["sizes"]
    sheet = tmp_path / "slides.mplstyle"
    sheet.write_text("font.size: 21\nsavefig.dpi: 300\naxes.facecolor: ffee00\n")
    figures.save([sizes], xr.Dataset(), tmp_path, str(sheet), captions=False)
    assert seen["sizes"] == [2 * size for size in plain]
    with Image.open(tmp_path / "sizes.png") as image:
        assert image.size == (2400, 1800), "the figure grows with its letters"
        assert (255, 238, 0) in {color for _, color in image.convert("RGB").getcolors(10**6) or []}


def test_a_title_is_broken_into_lines_that_fit(tmp_path):
    def narrow(data):
        """A caption."""
        fig, _ = plt.subplots(figsize=(3, 2))
        seen.append(fig)
        fig.suptitle("A title that says in many words what is seen in this figure")
        return fig

    seen = []
    figures.save([narrow], xr.Dataset(), tmp_path)
    (fig,) = seen
    assert "\n" in fig.get_suptitle()
    fig.draw_without_rendering()
    edges = fig.texts[0].get_window_extent()
    assert edges.x0 >= 0
    assert edges.x1 <= fig.bbox.x1


def test_decision_regions_tint_what_the_network_says_and_mark_what_is_wrong():
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
    with pytest.raises(ValueError, match=re.escape(message)):
        planes.decision_regions(lambda x: x[:, :1], tasks.data(x, y))
    plt.close("all")
