"""`activations.signal_propagation`: networks against JAX's gradient, extrapolation, and measures that can say no."""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
import xarray as xr

from experiments.activations import random_networks as networks
from experiments.activations import signal_propagation as claim
from experiments.lab.verdicts import verdicts
from nnjax import activations
from tests.experiments.conftest import check

LAW = networks.Columns(("softplus", "tanh", "identity"), (2.0, 1.5, 1.0), (0.0, 0.05, 0.0))


def with_weights(key, width, depth):
    """Of one network whose weights are drawn, by JAX's gradient: what `one_network` gives of LAW [3, column]."""
    key_first, key_last, key_layers = jax.random.split(key, 3)
    own, other = jax.random.normal(key_first, (2, width))
    last = jax.random.normal(key_last, (width,))
    drawn = [jax.random.normal(one, (width + 1, width)) for one in jax.random.split(key_layers, depth - 1)]
    found = []
    for name, w, b in zip(*LAW, strict=True):

        def end(z, name=name, w=w, b=b):
            for one in drawn:
                z = jnp.sqrt(w / width) * (activations.get(name)(z) @ one[1:]) + jnp.sqrt(b) * one[0]
            return z

        u, v = end(own), end(own / 2 + math.sqrt(0.75) * other)
        back = jax.grad(lambda z, end=end: end(z) @ last)(own)
        angle = u @ v / jnp.linalg.norm(u) / jnp.linalg.norm(v)
        found.append([jnp.log(jnp.mean(u**2)), angle, jnp.log(jnp.mean(back**2) / jnp.mean(last**2))])
    return jnp.array(found).T


def of_law(width, depth, number, columns=LAW, **how):
    """As much of networks without weights [network, 3, column]."""

    def one(key):
        log_q, correlation, log_gradient = networks.one_network(key, columns, width, depth, **how)
        return jnp.stack([log_q[-1], correlation[-1], log_gradient[0]])

    return np.asarray(jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(8), number)))


@pytest.mark.slow
def test_networks_without_weights_have_the_distribution_of_those_with_them():
    width, depth, number = 8, 20, 2000
    keys = jax.random.split(jax.random.key(4), number)
    real = np.asarray(jax.jit(jax.vmap(lambda key: with_weights(key, width, depth)))(keys))
    drawn, loose = of_law(width, depth, number), of_law(width, depth, number, along=False)

    def p_values(some):
        some, others = np.round(some, 3), np.round(real, 3)  # two ways to compute correlations of nearly 1
        pairs = zip(some.reshape(len(some), -1).T, others.reshape(len(others), -1).T, strict=True)
        return np.array([scipy.stats.ks_2samp(*pair)[1] for pair in pairs]).reshape(3, 3)

    assert p_values(drawn).min() > 0.01
    assert p_values(loose)[2, 0] < 1e-3  # of softplus, which shows the part along the signal


@pytest.mark.slow
def test_softplus_networks_lack_theory_by_the_part_of_the_gradient_along_the_signal():
    """With weights of He chi is below 1 and the signal grows; width 256, 100 layers."""
    depth, column = 100, [("softplus", 2.0, 0.0)]
    expected = float(claim._theory(column, depth, [1, depth]).theory_log_gradient[0, 0])
    alone = networks.Columns(*zip(*column, strict=True))
    off = [of_law(256, depth, 60, alone, along=along)[:, 2, 0].mean() - expected for along in (True, False)]
    assert off[0] > 6
    assert abs(off[1]) < 3.5


def test_widths_share_no_draws():
    one, other = (jax.random.key_data(networks.keys_of(0, width, 50)).tolist() for width in (64, 128))
    assert not {tuple(key) for key in one} & {tuple(key) for key in other}


def test_numbers_beyond_float32_and_zero_are_borne():
    z = jnp.array([[1e30, -1e30], [1e-30, 0.0], [0.0, 0.0]], jnp.float32)
    np.testing.assert_allclose(
        jax.jit(networks._log_square)(z), [60 * math.log(10), -60 * math.log(10) - math.log(2), -np.inf], rtol=1e-5
    )  # fmt: skip
    columns = networks.Columns(("step", "identity"), (1.0, 4.0), (0.0, 0.0))
    log_q, _, log_gradient = networks.signals(columns, 16, 100, [1, 100], 3, 0)
    assert (log_gradient[:, 0, 0] == -np.inf).all()
    np.testing.assert_allclose(log_q[:, 1, 1], 99 * math.log(4), atol=25)


@pytest.mark.slow
def test_the_drift_is_that_of_the_networks():
    columns = networks.Columns(("relu", "identity"), (2.0, 1.0), (0.0, 0.0))
    log_q, *_ = networks.signals(columns, 16, 8, [1, 8], 2000, 0)
    change = log_q[:, 1] - log_q[:, 0]
    drawn = networks.drift([(0.0, 1.0), (1.0, 1.0)], 16, 8, 4000, 0)
    assert drawn.shape == (4000, 2)
    error = np.hypot(change.std(axis=0) / math.sqrt(2000), drawn.std(axis=0) / math.sqrt(4000))
    assert (np.abs(change.mean(axis=0) - drawn.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(change.std(axis=0), drawn.std(axis=0), rtol=0.08)
    # Exact for a linear network: E ln(chi^2_16 / 16) for each layer.
    assert drawn[:, 1].mean() == pytest.approx(7 * (-0.06381), abs=4 * error[1])


def test_a_line_or_a_parabola_over_one_over_width_is_extrapolated():
    widths = xr.DataArray([50, 100, 400], dims="width", name="width").assign_coords(width=[50, 100, 400])
    errors = xr.DataArray([0.1, 0.2, 0.1], dims="width")
    bent = claim.extrapolated(2 - 30 / widths + 500 / widths**2, errors, 2)
    assert bent.value.item() == pytest.approx(2)
    assert bent.error > claim.extrapolated(widths * 0.0, errors, 1).error
    line = claim.extrapolated(2 - 30 / widths, xr.full_like(errors, 0.1), 1)
    assert line.value.item() == pytest.approx(2)
    # The textbook's variance of an intercept.
    x = 1 / widths.values
    expected = 0.1 * math.sqrt(1 / 3 + x.mean() ** 2 / np.sum((x - x.mean()) ** 2))
    assert line.error.item() == pytest.approx(expected)


@functools.cache
def theory():
    settings = claim.Config(activations=("identity", "sigmoid", "tanh", "relu"), widths=(100, 200), depth=40)
    given, layers = claim.columns(settings), [1, 20, 40]
    columns = {name: ("column", list(x)) for name, x in zip(claim.SETTINGS, zip(*given, strict=True), strict=True)}
    return claim._theory(given, 40, layers).assign_coords({"layer": layers} | columns)


def synthetic(off=0.0, gradient_off=0.0, spread=0.02):
    """As if measured: theory, a part that falls with the width, and what theory lacks for each layer."""
    data = theory().copy()
    at = xr.DataArray([1 / 100, 1 / 200], {"width": [100, 200]}, "width")
    for name, lacks in (("log_q", off * data.layer), ("log_gradient", gradient_off * (40 - data.layer))):
        data[name] = data[f"theory_{name}"] + 3 * at + lacks
        data[f"{name}_sd"] = xr.full_like(data[name], spread)
    return data.assign(networks=("width", [400, 400])).assign_attrs(depth=40)


@pytest.mark.parametrize(
    ("changed", "outcomes"),
    [
        ({}, ["reproduced"] * 3),
        ({"off": 0.05}, ["not reproduced", "reproduced", "reproduced"]),
        ({"gradient_off": 0.4}, ["reproduced", "not reproduced", "reproduced"]),  # as if every gradient exploded
        ({"gradient_off": 4.0}, ["reproduced", "not reproduced", "not reproduced"]),
        ({"spread": 40.0}, ["not settled", "not settled", "reproduced"]),
    ],
)
def test_every_rule_can_fail(changed, outcomes):
    assert [row["outcome"] for row in verdicts(claim.STATEMENTS, synthetic(**changed))] == outcomes


@pytest.mark.slow
def test_a_tiny_run_has_theory_and_networks_of_every_column():
    tiny = dataclasses.replace(claim.QUICK, widths=(8, 16), networks=(3, 2), depth=6, drift_networks=8)
    data = claim.run(tiny)
    assert data.log_q.dims == ("width", "layer", "column")
    table = claim.table(data)
    assert table.log_q.sizes == {"activation": 3, "weight_variance": 4, "bias_variance": 2}
    assert table.log_q.notnull().sum() == len(claim.columns(tiny))


def test_as_many_numbers_of_networks_as_widths():
    with pytest.raises(ValueError, match="networks"):
        check(claim, dataclasses.replace(claim.QUICK, networks=(4,)))
