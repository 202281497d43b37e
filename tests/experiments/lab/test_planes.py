"""The plane of two inputs: tints, lines and rows stand where the unit that they show says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from experiments.lab import planes

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


@pytest.fixture
def ax():
    _, ax = plt.subplots()
    yield ax
    plt.close("all")


def test_the_tint_is_the_answer(ax):
    planes.regions(ax, lambda x: x[:, 0] > 0.5, -0.5, 1.5)
    tint = np.asarray(ax.images[0].get_array())
    assert [tint[:, :120].max(), tint[:, 121:].min()] == [0, 1]
    assert ax.get_xlim() == (-0.5, 1.5)


def test_a_line_lies_where_the_sum_equals_the_threshold_and_its_arrow_on_the_side_that_fires(ax):
    planes.unit_line(ax, [0.5, 0.5], 0.7, -0.5, 1.5, avoid=CORNERS)
    np.testing.assert_allclose(np.asarray(ax.lines[0].get_xydata()) @ [0.5, 0.5], 0.7)
    (arrow,) = ax.texts
    assert np.dot(arrow.xy, [0.5, 0.5]) > 0.7
    for weights, threshold in (([0, 0], 1), ([1, 0], 9)):  # no line, and one outside the square
        planes.unit_line(ax, weights, threshold, -0.5, 1.5, avoid=CORNERS)
    assert len(ax.lines) == 1


def test_rows_are_marked_by_class_and_named_beside_their_points(ax):
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
    planes.points(ax, CORNERS, [0, 1, 1, 0])
    assert [line.get_marker() for line in ax.lines] == ["o", "s", "s", "o"]
    assert [text.get_text() for text in ax.texts] == list(planes.NAMES)
    for text, corner in zip(ax.texts, CORNERS, strict=True):
        assert np.linalg.norm(np.array(text.get_position()) - corner) < 0.3
