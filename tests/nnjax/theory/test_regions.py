"""Exact regions: cases by hand, a fine grid beside them, networks that reach their bounds, and bad arguments."""

import itertools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnjax import mlp
from nnjax.theory import constructions, regions

HALF = ([[1.0]], [-0.5])  # relu(x - 1/2)


def layers(*parts):
    return tuple(mlp.Layer(np.array(w, float), np.array(b, float)) for w, b in parts)


def drawn(sizes, seed=0, networks=1, bias=1.0):
    rng = np.random.default_rng(seed)
    return layers(
        *(
            (rng.normal(size=(networks, a, b)) * np.sqrt(2 / a), bias * rng.normal(size=(networks, b)))
            for a, b in itertools.pairwise(sizes)
        )
    )


def one(params, network=0):
    return tuple(mlp.Layer(w[network], b[network]) for w, b in params)


def sawtooth(depth):
    """Telgarsky's: two units a layer fold [0, 1] once."""
    fold = ([[2.0, 2.0], [-4.0, -4.0]], [0.0, -0.5])
    return layers(([[1.0, 1.0]], [0.0, -0.5]), *[fold] * (depth - 1), ([[2.0], [-4.0]], [0.0]))


def outputs(params, x):
    """What the network says, in plain NumPy."""
    for w, b in params[:-1]:
        x = np.maximum(x @ w + b, 0)
    return x @ params[-1].w + params[-1].b


def patterns(params, x):
    found = []
    for w, b in params[:-1]:
        z = x @ w + b
        found.append(z > 0)
        x = np.maximum(z, 0)
    return np.concatenate(found, axis=1)


# Along a line.


def test_a_single_unit_bends_once():
    found = regions.along_lines(layers(HALF, ([[3.0]], [1.0])), [0.0], [1.0])
    np.testing.assert_array_equal(found.breakpoints(), [0.5])
    np.testing.assert_array_equal(found.slope[:, 0], [0, 3])
    np.testing.assert_allclose(found.value[:, 0], 1 + 3 * np.maximum(found.place - 0.5, 0))
    assert (found.activation, found.affine) == ([2], [2])
    assert (found.low[0], found.high[-1]) == (-np.inf, np.inf)


def test_a_unit_outside_the_segment_and_one_that_never_moves_count_nothing():
    network = layers(([[1.0, 0.0]], [-0.5, 1.0]), ([[1.0], [1.0]], [0.0]))
    assert regions.along_lines(network, [0.0], [1.0], 0.6, 9.0).activation == [1]
    assert regions.along_lines(network, [0.0], [1.0], -9.0, 0.6).activation == [2]


@pytest.mark.parametrize("depth", [1, 2, 5, 14])
def test_the_sawtooth_has_two_to_the_k_pieces(depth):
    found = regions.along_lines(sawtooth(depth), [0.0], [1.0], 0.0, 1.0)
    assert found.activation == found.affine == [2**depth]
    np.testing.assert_array_equal(found.breakpoints(), np.arange(1, 2**depth) / 2**depth)
    np.testing.assert_array_equal(np.abs(found.slope), 2.0**depth)


def test_a_dead_unit_adds_nothing_and_one_unheard_no_affine_region():
    # The second unit is off everywhere, the third is on from 2 on but silenced by a weight of 0.
    first = ([[1.0, 0.0, 1.0]], [-1.0, -3.0, -2.0])
    found = regions.along_lines(layers(first, ([[1.0], [5.0], [0.0]], [0.0])), [0.0], [1.0])
    np.testing.assert_array_equal(found.breakpoints(), [1, 2])
    assert (found.activation, found.affine) == ([3], [2])


def test_a_unit_heard_by_none_that_is_on_changes_the_pattern_and_not_the_map():
    # relu(x) and relu(-x) feed a unit that is on above 1 only: the bend at 0 is not heard there.
    network = layers(([[1.0, -1.0]], [0.0, 0.0]), ([[1.0], [0.0]], [-1.0]), ([[2.0]], [0.0]))
    found = regions.along_lines(network, [0.0], [1.0])
    np.testing.assert_array_equal(found.breakpoints(), [0, 1])
    assert (found.activation, found.affine) == ([3], [2])


def test_units_that_bend_together_make_one_breakpoint():
    network = layers(([[1.0, 3.0, -7.0]], [-0.1, -0.3, 0.7]), ([[1.0], [2.0], [3.0]], [0.0]))
    assert regions.along_lines(network, [0.0], [1.0]).activation == [2]


@pytest.mark.parametrize("hidden", [(16,), (8, 8), (4, 4, 4, 4)])
def test_without_biases_a_line_through_the_origin_has_two_pieces(hidden):
    params = drawn((3, *hidden, 1), networks=50, bias=0.0)
    directions = np.random.default_rng(1).normal(size=(50, 3))
    through = regions.along_lines(params, np.zeros(3), directions)
    np.testing.assert_array_equal(through.activation, 2)
    off = regions.along_lines(params, np.roll(directions, 1, axis=1), directions)
    assert off.activation.min() > 2


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), hidden=st.sampled_from([(5,), (4, 3), (3, 4, 3)]))
def test_a_fine_grid_sees_the_same_pieces_along_a_line(seed, hidden):
    params = one(drawn((2, *hidden, 2), seed))
    start, direction = np.random.default_rng(seed).normal(size=(2, 2))
    found = regions.along_lines(params, start, direction, -3.0, 3.0)
    t = np.linspace(-3, 3, 6001)
    x = start + t[:, None] * direction
    # On the grid: the pieces' own affine maps, and no change of pattern but across a breakpoint.
    piece = np.searchsorted(found.breakpoints(), t)
    exact = found.value[piece] + (t - found.place[piece])[:, None] * found.slope[piece]
    np.testing.assert_allclose(outputs(params, x), exact, atol=1e-9)
    changes = np.any(np.diff(patterns(params, x), axis=0), axis=1)
    assert set(np.flatnonzero(changes)) == set(np.flatnonzero(np.diff(piece)))
    # Off the grid: the patterns inside the pieces are all different, so there is none too many.
    inside = patterns(params, start + found.place[:, None] * direction)
    assert len(np.unique(inside, axis=0)) == found.activation[0] == len(found.place)


def test_lines_are_counted_together_as_one_by_one(monkeypatch):
    params = drawn((2, 6, 6, 1), networks=7)
    starts, directions = np.random.default_rng(2).normal(size=(2, 7, 2))
    alone = [regions.along_lines(one(params, i), starts[i], directions[i]) for i in range(7)]
    for block in (10**7, 300):
        monkeypatch.setattr("nnjax.theory.regions.line.BLOCK_NUMBERS", block)
        together = regions.along_lines(params, starts, directions)
        np.testing.assert_array_equal(together.activation, np.concatenate([a.activation for a in alone]))
        np.testing.assert_array_equal(together.affine, np.concatenate([a.affine for a in alone]))
        np.testing.assert_allclose(together.breakpoints(4), alone[4].breakpoints(), rtol=1e-9)
    shared = regions.along_lines(one(params, 3), starts, directions)
    assert shared.activation[3] == alone[3].activation[0]


# In a plane.


def test_two_crossing_lines_make_four_regions():
    found = regions.tile(layers((np.eye(2), [0.0, 0.25]), ([[1.0], [2.0]], [0.0])))
    assert found.activation == found.affine == [4]
    np.testing.assert_allclose(np.sort(found.areas()), [0.75, 0.75, 1.25, 1.25])
    assert sorted(len(p) for p in found.polygons()) == [4, 4, 4, 4]
    np.testing.assert_array_equal(np.sort(found.gradient[:, :, 0], axis=0), [[0, 0], [0, 0], [1, 2], [1, 2]])


def test_two_parallel_lines_make_three_and_a_line_drawn_twice_two():
    parallel = layers(([[1.0, 1.0], [0.0, 0.0]], [0.0, 0.5]), ([[1.0], [1.0]], [0.0]))
    assert regions.tile(parallel).activation == [3]
    twice = layers(([[1.0, 2.0], [3.0, 6.0]], [0.1, 0.2]), ([[1.0], [1.0]], [0.0]))
    assert regions.tile(twice).activation == [2]


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_lines_in_general_position(n):
    found = regions.tile(constructions.montufar_folds(2, (n,)), 0.0, 1.0)
    assert found.activation == [1 + n + n * (n - 1) // 2]
    np.testing.assert_allclose(found.areas().sum(), 1)
    away = found._replace(corners=found.corners + 2.0**27)  # where products of coordinates have no digit left
    np.testing.assert_allclose(away.areas(), found.areas(), atol=1e-7)


def test_three_lines_through_one_point_leave_no_sliver():
    angles = np.array([0.3, 1.1, 2.5])
    w = np.array([np.cos(angles), np.sin(angles)])
    network = layers((w, -w.T @ [0.1, 0.2]), (np.ones((3, 1)), [0.0]))
    found = regions.tile(network)
    assert found.activation == [6]
    assert found.areas().min() > 0.01


def test_a_dead_unit_cuts_no_plane_and_an_unheard_one_joins():
    # The second unit's line is x = 0; nothing listens to it.
    first = ([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [-0.5, 0.0, -1.0])
    found = regions.tile(layers(first, ([[1.0], [0.0], [1.0]], [0.0])))
    assert (found.activation, found.affine) == ([3], [2])


def test_regions_of_one_map_that_do_not_touch_stay_apart():
    # relu(0.2 - relu(x - 0.3) - relu(-x - 0.3)) is flat in the middle, falls to both sides, and is 0 at both ends.
    first = ([[1.0, -1.0], [0.0, 0.0]], [-0.3, -0.3])
    found = regions.tile(layers(first, ([[-1.0], [-1.0]], [0.2]), ([[1.0]], [0.0])))
    assert (found.activation, found.affine) == ([5], [5])


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), hidden=st.sampled_from([(5,), (4, 3), (3, 3, 3)]))
def test_a_fine_grid_sees_the_same_cells(seed, hidden):
    params = one(drawn((2, *hidden, 1), seed))
    found = regions.tile(params, -2.0, 2.0)
    np.testing.assert_allclose(found.areas().sum(), 16)
    side = np.linspace(-2, 2, 121)
    x = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    on_grid = np.unique(patterns(params, x), axis=0)
    centres = np.array([corners.mean(axis=0) for corners in found.polygons()])
    cells = patterns(params, centres)
    assert len(np.unique(cells, axis=0)) == found.activation[0]
    assert {row.tobytes() for row in on_grid} <= {row.tobytes() for row in cells}
    exact = found.offset + np.einsum("pi,pik->pk", centres, found.gradient)
    np.testing.assert_allclose(outputs(params, centres), exact, atol=1e-9)


def test_a_line_through_a_tiling_crosses_as_many_cells(monkeypatch):
    params = drawn((2, 6, 6, 1), 3, networks=5)
    whole = regions.tile(params, -1.0, 1.0)
    for network in range(5):
        diagonal = regions.along_lines(one(params, network), [0.0, 0.0], [1.0, 1.0], -1.0, 1.0)
        sums = [c[:, 0] - c[:, 1] for c in whole.polygons(network)]
        assert sum(s.min() < 0 < s.max() for s in sums) == diagonal.activation[0]
    monkeypatch.setattr("nnjax.theory.regions.plane.BLOCK_CELLS", 1)
    apart = regions.tile(params, -1.0, 1.0)
    np.testing.assert_array_equal(apart.activation, whole.activation)
    np.testing.assert_array_equal(apart.affine, whole.affine)


def test_a_plane_in_a_space_of_more_inputs():
    params = one(drawn((4, 6, 5, 1), 5))
    axes = np.random.default_rng(0).normal(size=(2, 4))
    found = regions.tile(params, -1.0, 1.0, [1.0, 0.0, 0.0, 2.0], axes)
    centres = np.array([c.mean(axis=0) for c in found.polygons()])
    exact = found.offset + np.einsum("pi,pik->pk", centres, found.gradient)
    np.testing.assert_allclose(outputs(params, [1.0, 0.0, 0.0, 2.0] + centres @ axes), exact, atol=1e-9)


# What is written down reaches the bounds.


@pytest.mark.parametrize("widths", [(3,), (3, 4), (3, 3, 3)])
def test_the_zigzag_has_as_many_pieces_as_there_can_be(widths):
    with jax.enable_x64(True):
        params = constructions.most_pieces(widths)
        found = regions.along_lines(params, [0.0], [1.0], 0.0, 1.0)
        assert found.activation == found.affine == [regions.most_pieces_on_a_line(widths)]
        ends = outputs(jax.tree.map(np.asarray, params), found.breakpoints()[:, None])
    np.testing.assert_allclose(np.sort(ends[:, 0]), np.arange(len(ends)) >= len(ends) // 2, atol=1e-12)


@pytest.mark.parametrize("widths", [(4,), (4, 4), (6, 5, 4), (4, 4, 4, 4), (5, 4, 7)])
def test_montufars_network_has_what_he_counts(widths):
    with jax.enable_x64(True):
        found = regions.tile(constructions.montufar_folds(2, widths), 0.0, 1.0)
    assert found.activation == found.affine == [regions.montufar_lower_bound(2, widths)]


@pytest.mark.parametrize("widths", [(3,), (4, 5), (3, 3, 4)])
def test_montufars_network_of_one_input(widths):
    with jax.enable_x64(True):
        found = regions.along_lines(constructions.montufar_folds(1, widths), [0.0], [1.0], 0.0, 1.0)
    assert found.activation == found.affine == [regions.montufar_lower_bound(1, widths)]


def test_the_bounds_by_hand():
    assert [regions.hyperplane_regions(n, 2) for n in (0, 1, 2, 3, 4)] == [1, 2, 4, 7, 11]
    assert regions.hyperplane_regions(3, 5) == 8
    assert regions.most_pieces_on_a_line((2, 3)) == regions.serra_upper_bound(1, (2, 3)) == 12
    assert regions.montufar_lower_bound(2, (4, 5, 3)) == 4 * 4 * 7
    assert regions.serra_upper_bound(2, (4,)) == 11
    # (j_1, j_2) of widths (2, 2) and two inputs: j_1 = 0, 1 leave rank 2, 1 to the next, and j_1 = 2 rank 0.
    assert regions.serra_upper_bound(2, (2, 2)) == 1 * 4 + 2 * 3 + 1


@settings(max_examples=20)
@given(widths=st.lists(st.integers(2, 6), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_no_network_has_more_than_the_upper_bound(widths, seed):
    params = drawn((2, *widths, 1), seed)
    assert regions.montufar_lower_bound(2, widths) <= regions.serra_upper_bound(2, widths)
    assert regions.tile(params, -3.0, 3.0).activation[0] <= regions.serra_upper_bound(2, widths)
    assert regions.along_lines(params, [0, 0], [1, 2]).activation[0] <= regions.most_pieces_on_a_line(widths)


# What cannot be.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: regions.along_lines(p, [0.0], [1.0]), "starts"),
        (lambda p: regions.along_lines(p, [0.0, 0.0], [0.0, 0.0]), "directions"),
        (lambda p: regions.along_lines(p, [0.0, 0.0], [1.0, 0.0], 1.0, 1.0), "low"),
        (lambda p: regions.along_lines(p, np.zeros((2, 2)), np.ones((3, 2))), "starts, directions"),
        (lambda p: regions.along_lines(p[:1] + p[:1], [0.0, 0.0], [1.0, 0.0]), r"params\[1\]"),
        (lambda p: regions.along_lines((), [0.0], [1.0]), "params"),
        (lambda p: regions.tile(p, 1.0, -1.0), "low"),
        (lambda p: regions.tile(p, axes=[[1.0, 0.0], [2.0, 0.0]], origin=[0.0, 0.0]), "axes"),
        (lambda p: regions.tile(drawn((3, 2, 1))), "origin"),
        (lambda p: regions.tile(layers(([[np.nan], [0.0]], [0.0]), ([[1.0]], [0.0]))), "finite"),
        (lambda p: constructions.montufar_folds(2, (4, 1)), "widths"),
        (lambda p: constructions.most_pieces((3, 2)), "widths"),
        (lambda p: regions.montufar_lower_bound(3, (2,)), "widths"),
        (lambda p: regions.most_pieces_on_a_line(()), "widths"),
        (lambda p: regions.most_pieces_on_a_line((2, 0)), "widths=0"),
        (lambda p: regions.serra_upper_bound(0, (2,)), "num_inputs"),
        (lambda p: regions.hyperplane_regions(-1, 2), "num_hyperplanes"),
    ],
)
def test_what_cannot_be_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(drawn((2, 3, 1)))
