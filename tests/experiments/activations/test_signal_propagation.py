"""`activations.signal_propagation`: networks against JAX's gradient, rules against data whose answer is known."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
import xarray as xr

from experiments.activations.signal_propagation import config, networks, run, summary, verdicts
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from nnjax import activations

SETTINGS = config.Config(
    activations=("identity", "sigmoid", "tanh", "relu"), widths=(100, 200), networks=(400, 400), depth=40,
    drift_networks=200_000,
)  # fmt: skip
DRIFTS = np.array([[-1.0, -2.5, -2.5]])


def in_theory():
    """What a run adds to what it measures."""
    given = config.columns(SETTINGS)
    made = run._theory(given, SETTINGS.depth, config.layers(SETTINGS.depth))
    names = ("activation", "weight_variance", "bias_variance")
    columns = {name: ("column", list(values)) for name, values in zip(names, zip(*given, strict=True), strict=True)}
    made = made.assign_coords(layer=config.layers(SETTINGS.depth)).assign(columns)
    return xr.merge([made, run._lines(), run._scales()])


@pytest.fixture(scope="module")
def theory():
    """The same with few points of the lines that are drawn and not judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LINES", ("tanh", "relu"))
        patch.setattr(run, "LINE_Q", run.LINE_Q[::9])
        patch.setattr(run, "SCALE_WEIGHTS", run.SCALE_WEIGHTS[::12])
        return in_theory()


def synthetic(theory, far=0.0, gradient_far=0.0, spread=0.02, drift=-2.5, widths=SETTINGS.widths):
    """As if measured: theory, a part that falls with the width, and what theory lacks for each layer."""
    data = theory.copy().assign_coords(width=list(widths))
    at = xr.DataArray(1 / np.array(widths, float), {"width": data.width}, "width")
    for name, lacks in (("log_q", far), ("correlation", far / 5), ("log_gradient", gradient_far)):
        beyond = lacks * (data.layer if name != "log_gradient" else SETTINGS.depth - data.layer)
        data[name] = (data[f"theory_{name}"] + at * 3.0 + beyond).transpose("width", "layer", "column")
        data[f"{name}_sd"] = xr.full_like(data[name], spread if name != "correlation" else spread / 10)
    slopes = DRIFTS * np.array([1, 1, -drift / 2.5]) * (1 + 2 * at.values[:, None])
    scale = (SETTINGS.depth - 1) * at.values[:, None]
    data["drift"] = (("width", "drifting"), slopes * scale)
    data["drift_sd"] = 0 * data.drift + np.sqrt(-2 * drift * scale)
    data["networks"] = ("width", list(SETTINGS.networks[:1]) * len(widths))
    return data.assign(theory_drift=("drifting", DRIFTS[0])).assign_coords(drifting=list(run.DRIFTING)).assign_attrs(
        depth=SETTINGS.depth, drift_networks=SETTINGS.drift_networks
    )  # fmt: skip


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(SETTINGS))}


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
        return np.array([scipy.stats.ks_2samp(*pair).pvalue for pair in pairs]).reshape(3, 3)

    assert p_values(drawn).min() > 0.01
    assert p_values(loose)[2, 0] < 1e-3  # of softplus, which shows the part along the signal


@pytest.mark.slow
def test_softplus_networks_lack_theory_by_the_part_of_the_gradient_along_the_signal(theory):
    """With weights of He chi is below 1 and the signal grows; width 256, 100 layers."""
    depth, column = 100, [("softplus", 2.0, 0.0)]
    expected = float(run._theory(column, depth, [1, depth]).theory_log_gradient[0, 0])
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
    widths = np.array([50, 100, 400])
    bent = summary.extrapolated(widths, 2 - 30 / widths + 500 / widths**2, np.array([0.1, 0.2, 0.1]), 2)
    np.testing.assert_allclose([bent.value, bent.slope], [2, -30])
    assert bent.error > summary.extrapolated(widths, widths * 0.0, np.array([0.1, 0.2, 0.1])).error
    some = np.array([[1.0, -np.inf], [1.0, -np.inf], [1.0, -np.inf]])
    far = summary.extrapolated(widths, some, np.array([[0.0, np.nan]] * 3), 2)  # a step's gradient, and no error
    np.testing.assert_allclose(far.value, [1, np.nan])
    means = 2.0 - 30.0 / widths[:, None] * np.array([1.0, 0.0])
    far = summary.extrapolated(widths, means, np.full((3, 2), 0.1))
    np.testing.assert_allclose(far.value, 2)
    np.testing.assert_allclose(far.slope, [-30, 0], atol=1e-9)
    # The textbook's variance of an intercept.
    x = 1 / widths
    expected = 0.1 * math.sqrt(1 / 3 + x.mean() ** 2 / np.sum((x - x.mean()) ** 2))
    np.testing.assert_allclose(far.error, expected)


def test_verdicts_follow_the_data(theory):
    good = outcomes(synthetic(theory))
    assert {name for name, outcome in good.items() if outcome != REPRODUCED} == {"published depth scales"}
    assert good["published depth scales"] == PARTLY
    far = outcomes(synthetic(theory, far=0.05, gradient_far=0.4, drift=-1.5))
    assert far["variance"] == far["correlation"] == far["gradient"] == far["drift"] == far["spread"] == NOT_REPRODUCED
    assert far["critical weights of tanh"] == NOT_REPRODUCED
    assert far["critical initializations"] == PARTLY  # as if every gradient exploded: none is kept
    assert far["vanishing"] == REPRODUCED  # by too little to save it
    assert outcomes(synthetic(theory, gradient_far=4.0))["vanishing"] == NOT_REPRODUCED
    assert outcomes(synthetic(theory, gradient_far=-4.0))["exploding"] == NOT_REPRODUCED
    told = {v.id: v.finding for v in verdicts.verdicts(synthetic(theory, far=0.05))}
    assert "ReLU does not in" in told["variance"]
    assert "weight variance 2 and no biases" in told["variance"]
    wide = outcomes(synthetic(theory, spread=20.0))
    assert wide["variance"] == wide["gradient"] == wide["critical initializations"] == NOT_SETTLED


def test_where_a_line_and_a_parabola_end_apart_nothing_is_extrapolated(theory):
    data = synthetic(theory, gradient_far=0.4, widths=(100, 200, 400))
    assert outcomes(data)["gradient"] == NOT_REPRODUCED
    data["log_gradient"] += (1e3 / data.width) ** 2
    assert outcomes(data)["gradient"] == NOT_SETTLED


def test_each_statement_names_the_layer_in_which_it_is_judged(theory):
    """Gradients are judged in the first layer, as parts of those of the last."""
    data = synthetic(theory)
    data["log_gradient"].loc[{"layer": SETTINGS.depth // 2}] += 100.0
    assert outcomes(data)["gradient"] == REPRODUCED
    data["log_gradient"].loc[{"layer": 1}] += 100.0
    assert outcomes(data)["gradient"] == NOT_REPRODUCED
    assert "in the first layer divided by that in the last" in verdicts.GRADIENT.rule.text
    assert "in the last layer" in verdicts.VARIANCE.rule.text


def test_the_claim_has_the_critical_weights_of_theory(theory):
    assert verdicts.CROSSES.reference == pytest.approx(float(theory.critical_weight), abs=5e-4)
    assert f"variance {verdicts.CROSSES.reference:.3f} / fan-in" in verdicts.CROSSES.claim


def test_the_published_depth_scale_is_off_near_criticality_alone():
    theory = verdicts.theory_of_published()
    ratios = {w: one / verdicts.PUBLISHED_SCALES[w] for w, one in theory.items()}
    assert ratios.pop(1.75) == pytest.approx(3.4, abs=0.1)
    assert all(abs(ratio - 1) < verdicts.NEAR for ratio in ratios.values())


FIGURES = ["correlation", "critical_line", "finite_width", "gradient", "variance"]


def test_everything_is_drawn_from_data(redrawn):
    assert redrawn("activations.signal_propagation", synthetic(in_theory()), SETTINGS) == FIGURES


@pytest.mark.slow
def test_a_tiny_run_is_drawn_from_what_is_on_disk(redrawn):
    tiny = dataclasses.replace(config.QUICK, widths=(8, 16), networks=(3, 2), depth=6, drift_networks=8)
    data = run.run(tiny)
    assert data.log_q.dims == ("width", "layer", "column")
    assert redrawn("activations.signal_propagation", data, tiny) == FIGURES


@pytest.mark.parametrize("change", [{"networks": (4,)}, {"widths": (64,)}, {"depth": 2}, {"activations": ("swish",)}])
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        config.check(dataclasses.replace(config.FULL, **change))
