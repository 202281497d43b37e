"""Values of every activation against published formulae, its derivative against differences."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import activations
from nnjax.activations import ACTIVATIONS

E = math.e
ELEMENTWISE = [name for name in ACTIVATIONS if name != "softmax"]
# The two constants of Klambauer et al. 2017.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def gelu_by_tanh(z):
    """Hendrycks & Gimpel 2016, section 2."""
    return z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


# name, z, value: the formula of the source named in the docstring, worked with `math` in double precision.
VALUES = [
    ("identity", -1.5, -1.5),
    ("step", -0.1, 0.0),
    ("step", 0.0, 0.0),
    ("step", 1e-6, 1.0),
    ("step", 7.0, 1.0),
    ("sigmoid", 0.0, 0.5),
    ("sigmoid", 1.0, 0.7310585786300049),
    ("sigmoid", -2.0, 1 / (1 + E**2)),
    ("tanh", 1.0, 0.7615941559557649),
    ("tanh", -0.5, (1 - E) / (1 + E)),
    ("relu", -3.0, 0.0),
    ("relu", 3.0, 3.0),
    ("leaky_relu", -3.0, -0.03),
    ("leaky_relu", 3.0, 3.0),
    ("softplus", 0.0, 0.6931471805599453),
    ("softplus", 1.0, 1.3132616875182228),
    ("elu", -1.0, -0.6321205588285577),
    ("elu", 2.0, 2.0),
    ("selu", -1.0, SELU_SCALE * SELU_ALPHA * (1 / E - 1)),
    ("selu", 1.0, SELU_SCALE),
    ("gelu", 1.0, gelu_by_tanh(1.0)),
    ("gelu", -0.7, gelu_by_tanh(-0.7)),
    ("silu", 1.0, 0.7310585786300049),
    ("silu", -2.0, -2 / (1 + E**2)),
    ("sin", 1.0, 0.8414709848078965),
    ("cos", 1.0, 0.5403023058681398),
]


def test_reference_values(dtype):
    @jax.jit  # one program for all
    def results(zs):
        return [ACTIVATIONS[name](z) for (name, _, _), z in zip(VALUES, zs, strict=True)]

    found = results([jnp.asarray(z, dtype) for _, z, _ in VALUES])
    for (name, z, value), result in zip(VALUES, found, strict=True):
        assert result.dtype == dtype
        np.testing.assert_allclose(result, value, rtol=8 * np.finfo(dtype).eps, atol=0, err_msg=f"{name} at {z}")


def test_every_elementwise_activation_has_a_reference_value():
    assert {name for name, _, _ in VALUES} == set(ELEMENTWISE)


def test_gelu_is_near_the_exact_one():
    z = jnp.linspace(-6, 6, 1201)
    exact = [x / 2 * math.erfc(-x / math.sqrt(2)) for x in np.asarray(z, np.float64)]
    error = np.max(np.abs(activations.gelu(z) - np.array(exact)))
    assert 4e-4 < error < 5e-4  # the tanh form, as documented, and not the exact one


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_shape_and_dtype_are_kept(name, dtype):
    for shape in [(), (3,), (2, 3), (4, 2, 3)]:
        if name == "softmax" and shape == ():
            continue
        result = jax.eval_shape(ACTIVATIONS[name], jax.ShapeDtypeStruct(shape, dtype))
        assert (result.shape, result.dtype) == (shape, dtype)


def test_nan_is_let_through_and_no_number_is_too_great():
    names = [name for name in ELEMENTWISE if name not in ("sin", "cos")]
    great = {name: np.float32([-1e30, -1e4, 1e4, 1e30]) for name in names}
    great["gelu"] = np.float32([-1e10, -1e4, 1e4, 1e10])  # its cube overflows to inf, where tanh is 1 all the same

    @jax.jit
    def found(nan, great):
        ends = {name: jax.vmap(jax.value_and_grad(ACTIVATIONS[name]))(z) for name, z in great.items()}
        return {name: f(nan) for name, f in ACTIVATIONS.items()}, ends

    at_nan, ends = jax.device_get(found(np.full(2, np.nan, "float32"), great))
    assert {name for name, values in at_nan.items() if not np.isnan(values).all()} == set()
    assert {name for name, pair in ends.items() if not np.isfinite(pair).all()} == set()


def test_derivatives_are_the_slopes_of_the_functions():
    """Central differences in float64; the points keep clear of the corners at 0."""
    with jax.enable_x64(True):
        z = np.array([-2.3, -1.1, -0.4, 0.3, 0.9, 2.7])
        h = 1e-5

        @jax.jit
        def found(z, beside):
            every = ACTIVATIONS.items()
            return {name: (jax.jacobian(f)(z), jax.vmap(f, out_axes=1)(beside)) for name, f in every}

        shifts = h * np.eye(len(z))
        for name, (jacobian, values) in found(z, np.concatenate([z + shifts, z - shifts])).items():
            differences = (values[:, : len(z)] - values[:, len(z) :]) / (2 * h)
            np.testing.assert_allclose(jacobian, differences, rtol=1e-7, atol=1e-9, err_msg=name)


def test_derivatives_at_the_corners():
    assert jax.grad(activations.relu)(0.0) == 0.0
    assert jax.grad(activations.elu)(0.0) == 1.0


def test_step_has_no_gradient_anywhere():
    z = jnp.array([-1e3, -1.0, -1e-30, -0.0, 0.0, 1e-30, 0.5, 1.0, 1e3])
    assert (jax.vmap(jax.grad(activations.step))(z) == 0).all()


def test_softmax_reference_value(dtype):
    """exp(1, 2, 3) over its sum, worked by hand."""
    total = E + E**2 + E**3
    result = activations.softmax(jnp.asarray([1.0, 2.0, 3.0], dtype))
    np.testing.assert_allclose(result, [E / total, E**2 / total, E**3 / total], rtol=8 * np.finfo(dtype).eps)


def test_softmax_acts_along_the_last_axis():
    z = jnp.array([[0.0, 0.0], [0.0, math.log(3)]])
    np.testing.assert_allclose(activations.softmax(z), [[0.5, 0.5], [0.25, 0.75]], rtol=1e-6)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4), st.floats(-100, 100, width=32))
def test_softmax_is_a_distribution_whatever_is_added_to_all(z, shift):
    p = activations.softmax(jnp.array(z))
    assert (p >= 0).all()
    np.testing.assert_allclose(jnp.sum(p), 1, rtol=1e-5)
    # Adding rounds z itself, by up to half a unit in the last place of 1e4.
    np.testing.assert_allclose(activations.softmax(jnp.array(z) + jnp.float32(shift)), p, rtol=1e-2, atol=1e-6)


@jax.jit
def elementwise(z):
    return {name: ACTIVATIONS[name](z) for name in ELEMENTWISE}


# Processors that JAX sets to flush subnormal numbers to 0 are left to do so.
@given(st.floats(-50, 50, width=32, allow_subnormal=False))
def test_identities_between_activations(z):
    f, mirrored = ({name: float(y) for name, y in elementwise(np.float32(one)).items()} for one in (z, -z))
    assert f["relu"] == max(z, 0)
    np.testing.assert_allclose(f["silu"], z * f["sigmoid"], rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(f["tanh"], 2 / (1 + math.exp(-2 * z)) - 1, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(f["sin"] ** 2 + f["cos"] ** 2, 1, rtol=1e-5)
    np.testing.assert_allclose(f["softplus"] - mirrored["softplus"], z, rtol=1e-5, atol=1e-5)


def test_get_takes_names_functions_and_addresses():
    assert activations.get("tanh") is activations.tanh
    assert activations.get(jnp.tanh) is jnp.tanh
    assert activations.get("nnjax.activations:relu") is activations.relu


def test_an_unknown_name_is_answered_with_the_nearest_and_the_argument():
    with pytest.raises(ValueError, match=r"^activation='tahn' is unknown; did you mean 'tanh'\? Known: identity, "):
        activations.get("tahn")
    with pytest.raises(ValueError, match=r"^output_activation='Sigmoid' is unknown; did you mean 'sigmoid'\?"):
        activations.get("Sigmoid", "output_activation")


def test_names_lead_back_to_their_functions():
    for name, function in ACTIVATIONS.items():
        assert activations.name_of(function) == name
    assert activations.get(activations.name_of(jax.nn.hard_tanh)) is jax.nn.hard_tanh
    with pytest.raises(ValueError, match=r"^output_activation=.* cannot be found again by name"):
        activations.name_of(lambda z: z, "output_activation")
