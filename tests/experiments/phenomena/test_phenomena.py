"""The claims about phenomena: data that are made up lead to the outcome that they should."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.verdicts import verdicts
from experiments.phenomena import (
    adversarial,
    connected_minima,
    double_descent,
    edge_of_stability,
    grokking,
    lazy_training,
    lottery_tickets,
    random_labels,
    spectral_bias,
    vanishing,
)

RNG = np.random.default_rng(0)


def outcomes(module, data):
    return {row["id"]: row["outcome"] for row in verdicts(module.STATEMENTS, data)}


def noisy(values, *shape, spread=0.01):
    """Values with noise on further axes."""
    values = np.asarray(values, float)
    return values.reshape(*values.shape, *(1 for _ in shape)) * np.exp(
        spread * RNG.normal(size=(*values.shape, *shape))
    )


@pytest.mark.parametrize(("part", "expected"), [(1.0, "reproduced"), (0.8, "not reproduced"), (1.2, "not reproduced")])
def test_sharpness_is_judged_as_a_part_of_2_over_the_rate(part, expected):
    rates = np.array([0.4, 0.5, 0.05], np.float32)
    sharp = noisy(np.repeat(part * 2 / rates[:, None], 6, axis=1), 4, 5)
    sharp[2] /= 3  # too slow, and in no average
    data = xr.Dataset(
        dict.fromkeys(("sharpness", "train_curve"), (("rate", "step", "draw", "seed"), sharp)),
        {"rate": rates, "step": range(6)}, {"slow_rate": 0.05},
    )  # fmt: skip
    assert outcomes(edge_of_stability, data) == {"at 2 / rate": expected}


@pytest.mark.parametrize(("peak", "expected"), [(1.0, "reproduced"), (2.0, "not reproduced")])
def test_the_peak_is_judged_by_its_place_and_its_height(peak, expected):
    parts = list(double_descent.PARTS)
    loss = np.stack([np.where(np.array(parts) == peak, 10.0, 1.0)] * 2)
    loss[1, parts.index(1.0)] *= 3
    dims = ("noise", "features", "features_draw"), ("noise", "trained", "trained_draw", "seed")
    made = {
        f"{kind}_{score}": (dim, noisy(loss, *((6,) if kind == "features" else (4, 2))))
        for kind, dim in zip(double_descent.KINDS, dims, strict=True) for score in ("loss", "wrong")
    }  # fmt: skip
    data = xr.Dataset(made, {"noise": [0.0, 0.2], "features": parts, "trained": parts})
    assert outcomes(double_descent, data) == {"features": expected, "trained": expected, "noise": "reproduced"}


def test_random_features_fit_all_rows_once_there_are_as_many_weights():
    runs = nnjax.sweep(
        double_descent.rows_of(0.0, 0, 20), width=[9, 19, 60], activation="relu", init="he_normal", learning_rate=1.0,
        solver=double_descent.least_norm, dtype="float64", num_steps=1, padding=False,
    ).isel(seed=0)  # fmt: skip
    assert (runs.train_loss < 1e-15).values.tolist() == [False, True, True]


@pytest.mark.parametrize("power", [-0.5, -1.0])
def test_the_power_of_the_width_is_found_at_both_ends_and_inside(power):
    widths = np.array([64, 128, 256])
    change = noisy(np.repeat(widths[:, None] ** power, 4, axis=1), 4, 5)
    data = xr.Dataset(
        {"change": (("width", "layer", "draw", "seed"), change)},
        {"width": widths, "layer": list(lazy_training.LAYERS)},
    )
    holds, fails = "reproduced", "not reproduced"
    assert outcomes(lazy_training, data) == {
        "ends": holds if power == -0.5 else fails, "inside": fails if power == -0.5 else holds
    }  # fmt: skip


def test_the_power_of_the_frequency_leaves_out_what_is_not_learned():
    k = np.arange(2, 10)
    steps = np.stack([noisy(10 * k**2.0, 8), noisy(10 * k**4.0, 8)])
    steps[1, -1] = np.inf
    data = xr.Dataset(
        {"steps": (("network", "frequency", "seed"), steps)}, {"network": ["kernel", "ordinary"], "frequency": k}
    )
    assert outcomes(spectral_bias, data) == {"kernel": "reproduced", "ordinary": "not reproduced"}
    (row,) = [row for row in verdicts(spectral_bias.STATEMENTS, data) if row["id"] == "ordinary"]
    assert row["measured"] == pytest.approx(4, abs=0.1)
    assert "do not learn 9" in row["finding"]


def test_theory_of_all_weights_gives_other_powers_for_odd_and_even_frequencies():
    """The kernel of one layer of 512 ReLUs with He's weights on a circle, where all weights learn at one rate."""
    angle = 2 * np.pi * np.arange(64) / 64
    apart = np.minimum(angle, 2 * np.pi - angle)
    slopes = (np.pi - apart) / (2 * np.pi)  # how often two inputs both pass a ReLU
    outputs = (np.sin(apart) + (np.pi - apart) * np.cos(apart)) / (2 * np.pi)
    rates = abs(np.fft.rfft(512 * outputs + 2 * (1 + np.cos(apart)) * slopes))
    odd, even = (-np.polyfit(np.log(k), np.log(rates[k]), 1)[0] for k in ([3, 5, 7, 9], [4, 6, 8]))
    assert (round(odd, 2), round(even, 2)) == (1.95, 4.01), "as the docstring of spectral_bias says"


def test_thirty_layers_are_judged_at_the_best_rate_of_each_network():
    dims, shape = ("solver", "init", "width", "rate", "draw", "seed"), (2, 2, 2, 3, 4, 5)
    accuracy = np.full(shape, 0.1)
    accuracy[1, :, :, 1] = accuracy[0, 1, :, 2] = 0.9  # each at one rate
    coords = {"solver": ["momentum", "Adam"], "init": list(vanishing.INITS), "width": [32, 64], "rate": [0.1, 0.3, 1.0]}
    data = xr.Dataset({"accuracy": (dims, accuracy)}, coords)
    assert outcomes(vanishing, data) == {"momentum": "reproduced", "Adam": "reproduced"}
    stalled = data.assign(accuracy=xr.where(data.init == "he_normal", 0.1, data.accuracy).transpose(*dims))
    assert outcomes(vanishing, stalled)["momentum"] == "not reproduced"


def test_a_network_that_does_not_fit_its_labels_is_counted_and_counts_as_slow():
    dims = ("set", "labels", "draw", "seed")
    steps = noisy(np.array([[100.0, 300.0, 200.0], [100.0, 900.0, 200.0]]), 4, 5)
    coords = {"set": list(random_labels.SETS), "labels": list(random_labels.LABELS)}
    data = xr.Dataset({"steps": (dims, steps), "accuracy": (dims, steps * 0 + 0.1)}, coords, {"most_steps": 20_000})
    assert outcomes(random_labels, data) == {"fitted": "reproduced", "small factor": "not reproduced"}
    fast = data.assign(steps=data.steps.where(data.set == "MNIST digits", data.steps / 3 + 100))
    assert outcomes(random_labels, fast)["small factor"] == "reproduced"
    fast.steps[0, 1, 0, 0] = np.inf
    assert outcomes(random_labels, fast)["fitted"] == "not reproduced"


def test_labels_and_pixels_lose_their_meaning_and_nothing_else():
    plain, labels, pixels = (random_labels.rows_of("MNIST digits", name, 1, 50) for name in random_labels.LABELS)
    assert np.array_equal(plain.x, labels.x)
    assert not np.array_equal(plain.y, labels.y)
    assert np.array_equal(plain.y, pixels.y)
    assert np.array_equal(np.sort(plain.x, axis=1), np.sort(pixels.x, axis=1))
    assert not np.array_equal(plain.x, pixels.x)


def test_tickets_are_compared_with_the_same_connections():
    kinds = list(lottery_tickets.KINDS)
    data = xr.Dataset(
        {"wrong": (("kind", "draw", "seed"), noisy([0.1, 0.1, 0.15, 0.2], 4, 5)),
         "steps": (("kind", "draw", "seed"), noisy([100.0, 80.0, 200.0, 200.0], 4, 5)), "left": 0.21},
        {"kind": kinds},
    )  # fmt: skip
    assert outcomes(lottery_tickets, data) == {"fewer errors": "reproduced", "sooner": "reproduced"}
    same = data.sel(kind=["all weights", "winning ticket", "winning ticket", "random connections"])
    assert outcomes(lottery_tickets, same.assign_coords(kind=kinds))["fewer errors"] == "not reproduced"


def test_pruning_removes_the_smallest_weights_of_each_layer_and_keeps_what_is_gone():
    runs = nnjax.sweep(
        nnjax.tasks.grid(lambda draw: nnjax.tasks.xor(), draw=range(2)), hidden=(10,), seeds=2, num_steps=1,
        keep_params=True,
    )  # fmt: skip
    first = lottery_tickets.pruned(runs, None)
    assert first[0].w.shape == (2, 2, 2, 10)
    assert first[0].w.mean() == pytest.approx(1 - lottery_tickets.PRUNED)
    assert first[1].w.mean() == pytest.approx(1 - lottery_tickets.LAST_PRUNED)
    assert all((layer.b == 1).all() for layer in first)
    second = lottery_tickets.pruned(runs, first)
    assert (second[0].w <= first[0].w).all()
    assert second[0].w.sum() < first[0].w.sum()
    mixed = jax.tree.map(lambda mask: lottery_tickets.shuffled(np.random.default_rng(0), mask), first)
    assert np.array_equal(mixed[0].w.sum(axis=(-2, -1)), first[0].w.sum(axis=(-2, -1)))
    assert not np.array_equal(mixed[0].w, first[0].w)


def test_a_step_along_the_sign_of_the_gradient_raises_the_loss_of_a_softmax_layer(monkeypatch):
    data = nnjax.tasks.mnist_5k(0)
    run = nnjax.fit(
        jax.random.key(0), {"learning_rate": 0.01}, data,
        spec=nnjax.training.Spec((784, 10), loss="softmax_cross_entropy", num_steps=50, solver="adam"),
    )  # fmt: skip
    data = jax.tree.map(lambda a: jnp.asarray(a, "float32"), data)
    predict = nnjax.mlp.predict
    scores = adversarial.attacked(run.params, data, predict=predict)
    wrong = dict(zip(adversarial.STEPS, np.asarray(scores)[:, 0], strict=True))
    assert wrong["none"] < wrong["random signs"] + 0.05 < wrong["sign of the gradient"]
    assert wrong["none"] < wrong[adversarial.FIFTH] < wrong["sign of the gradient"]
    monkeypatch.setattr(adversarial, "SIZE", 0.0)
    still = np.asarray(adversarial.attacked(run.params, data, predict=predict))
    assert np.allclose(still, still[:1])


@pytest.mark.parametrize(("late", "expected"), [(5.0, "reproduced"), (1.2, "not reproduced"), (np.inf, "not settled")])
def test_grokking_is_late_but_it_comes(late, expected):
    assert outcomes(grokking, grokked(late=late))["delay"] == expected


@pytest.mark.parametrize(
    ("without", "with_decay", "expected"),
    [
        (0.6, 0.4, "reproduced"),
        (0.5, 0.4, "not settled"),  # between 0.3 / 0.5 and 0.4 / 0.4, as the table was tried in steps
        (0.4, 0.6, "not reproduced"),
        (np.inf, 0.6, "not settled"),  # no part was enough without decay: at most 0.6 / 0.6
        (np.inf, 0.4, "reproduced"),
        (0.5, np.inf, "not reproduced"),
        (np.inf, np.inf, "not settled"),
    ],
)
def test_needed_rows_are_known_up_to_the_parts_that_were_tried(without, with_decay, expected):
    assert outcomes(grokking, grokked(needs=(without, with_decay)))["fewer rows"] == expected


def grokked(late=3.0, needs=(0.5, 0.4)):
    """Networks that know the test rows `late` times as late, and where the parts `needs` of the table are enough."""
    shares = np.array([0.3, 0.4, 0.5, 0.6])
    known = shares >= np.array(needs)[:, None]
    steps = np.broadcast_to(np.where(known, 900.0, np.inf)[..., None, None], (2, 4, 4, 5))
    dims = ("decay", "share", "draw", "seed")
    plain = {"train": noisy(100.0, 4, 5), "test": noisy(100.0 * late, 4, 5)}
    variables = {f"plain_{name}_step": (dims[2:], values) for name, values in plain.items()}
    variables |= {"train_step": (dims, steps / 3), "test_step": (dims, steps)}
    return xr.Dataset(variables, {"decay": [0.0, 1.0], "share": shares}, {"plain_steps": 2_000})


def test_the_rows_of_the_table_are_sums():
    data = grokking.table_of(0.5, 7, 0)
    first, second = data.x[:, :7].argmax(1), data.x[:, 7:].argmax(1)
    assert ((first + second) % 7 == data.y.argmax(1)).all()
    assert len({*zip(first, second, strict=True)}) == len(data.x) == 24
    assert len(data.x_test) == 25


@pytest.mark.parametrize(("left", "expected"), [(0.05, "reproduced"), (0.5, "not reproduced")])
def test_the_barrier_is_judged_as_a_part_of_that_without_matching(left, expected):
    barrier = noisy([[[0.4, 0.4 * left]] * 2] * 2, 4, 5)
    data = xr.Dataset(
        {"barrier": (("depth", "width", "neurons", "draw", "pair"), barrier)},
        {"depth": [1, 3], "width": [32, 512], "neurons": list(connected_minima.NEURONS)},
    )
    assert outcomes(connected_minima, data) == {"one layer": expected, "three layers": expected}


def test_a_network_with_permuted_neurons_is_matched_to_itself():
    first = jax.tree.map(np.asarray, nnjax.mlp.init(jax.random.key(0), (5, 9, 8, 3), bias_init="normal"))
    rng = np.random.default_rng(0)
    second, orders = list(first), [rng.permutation(9), rng.permutation(8)]
    for i, order in enumerate(orders):
        (w, b), (out, c) = second[i : i + 2]
        second[i : i + 2] = nnjax.mlp.Layer(w[:, order], b[order]), nnjax.mlp.Layer(out[order], c)
    data = nnjax.tasks.data(rng.normal(size=(6, 5)), np.eye(3)[[0, 1, 2, 0, 1, 2]])
    data = nnjax.tasks.data(data.x, data.y, data.x, data.y)
    as_trained, matched = connected_minima.barriers(first, tuple(second), data)
    assert as_trained > 0.01
    assert abs(matched) < 1e-6
