"""Laws of the initial weights: moments and bounds against JAX's own, and networks that nest bit for bit."""

import functools
import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from nnjax import initializers, machine, mlp, training
from nnjax.engine import programs
from nnjax.initializers import INITIALIZERS

# "spread" draws whole units, and has tests of its own.
ELEMENTWISE = [name for name in INITIALIZERS if name not in ("orthogonal", "zeros", "spread")]
# Laws whose scale does not depend on the fans.
UNSCALED = ("normal", "uniform")
# Of every way to draw one; `test_mean_and_variance` looks at the scales of all.
KINDS = ("lecun_normal", "normal", "uniform")
SCALED = [name for name in ELEMENTWISE if name not in UNSCALED]
KEY = jax.random.key(20)


def std_of(name, fan_in, fan_out):
    """Glorot & Bengio 2010, equations 12 and 16; He et al. 2015, equation 10; LeCun et al. 1998, equation 16."""
    return {
        "lecun": math.sqrt(1 / fan_in),
        "glorot": math.sqrt(2 / (fan_in + fan_out)),
        "he": math.sqrt(2 / fan_in),
    }[name.split("_")[0]]


# Few shapes, as each one compiles anew.
NARROW, WIDE, DEEP = (2, 3, 3), (2, 8, 3), (2, 3, 3, 3)


@functools.cache
def drawn(name, sizes, dtype):
    return jax.tree.map(np.asarray, mlp.init(KEY, sizes, init=name, bias_init="uniform", dtype=dtype))


@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, "float32") for name in KINDS), ("lecun_normal", "float64")], indirect=["dtype"]
)
def test_a_larger_layer_holds_the_smaller(name, dtype):
    """At equal fans, which is what "before scaling" means: fewer neurons, and fewer inputs of each."""
    shapes = ((5, 8), (2, 3))
    draw = jax.jit(jax.vmap(lambda key: [INITIALIZERS[name](key, shape, (4, 5), dtype) for shape in shapes]))
    # Ten keys, as a difference in the last bit shows in one of some hundred numbers.
    large, small = draw(jax.random.split(KEY, 10))
    np.testing.assert_array_equal(small, large[:, :2, :3])
    assert small.dtype == dtype


@pytest.mark.parametrize("name", KINDS)
def test_first_layer_of_a_wider_network_keeps_its_neurons(name):
    """Scale and all, as the fan in is the same."""
    narrow, wide = drawn(name, NARROW, "float32")[0], drawn(name, WIDE, "float32")[0]
    np.testing.assert_array_equal(narrow.w, wide.w[:, :3])
    np.testing.assert_array_equal(narrow.b, wide.b[:3])


@pytest.mark.parametrize("name", UNSCALED)
def test_every_layer_of_a_wider_network_keeps_its_neurons(name):
    for small, large in zip(drawn(name, NARROW, "float32"), drawn(name, WIDE, "float32"), strict=True):
        rows, columns = small.w.shape
        np.testing.assert_array_equal(small.w, large.w[:rows, :columns])
        np.testing.assert_array_equal(small.b, large.b[:columns])


@pytest.mark.parametrize("name", SCALED)
def test_scaled_layers_of_a_wider_network_keep_their_neurons_up_to_the_scale(name):
    """Division by the two scales brings the same draw back, up to rounding."""
    with jax.enable_x64(True):
        narrow, wide = drawn(name, NARROW, "float64"), drawn(name, WIDE, "float64")
    for i, (small, large) in enumerate(zip(narrow, wide, strict=True)):
        fans, wide_fans = NARROW[i : i + 2], WIDE[i : i + 2]
        part = np.asarray(large.w)[: fans[0], : fans[1]]
        np.testing.assert_allclose(small.w, part / std_of(name, *wide_fans) * std_of(name, *fans), rtol=1e-14)


@pytest.mark.parametrize("name", [*KINDS, "orthogonal", "zeros"])
def test_a_deeper_network_begins_with_the_layers_of_the_shallower(name):
    for a, b in zip(drawn(name, NARROW, "float32"), drawn(name, DEEP, "float32"), strict=False):
        np.testing.assert_array_equal(a.w, b.w)
        np.testing.assert_array_equal(a.b, b.b)


def test_networks_of_a_sweep_nest():
    """Drawn by the programs of the engine, an ensemble at a time, as a padded network would be."""
    seeds = np.arange(16, dtype=np.uint32)
    params = []
    for sizes in (NARROW, WIDE):
        spec = training.Spec(sizes=sizes, init="lecun_normal", bias_init="normal")
        draw = programs.functions(spec, shared=True, options=machine.compiler_options()).draw
        params.append(draw(seeds, {}, None))
    narrow, wide = params
    np.testing.assert_array_equal(narrow[0].w, wide[0].w[..., :3])
    np.testing.assert_array_equal(narrow[0].b, wide[0].b[..., :3])


FANS = (250, 400)


@pytest.fixture(scope="module")
def samples():
    """Large layers [250, 400] of every law, and of the law of the same name in JAX; biases [400] of every law."""
    laws = {name: getattr(jax.nn.initializers, name)() for name in SCALED} | {"normal": jax.nn.initializers.normal(1.0)}

    @jax.jit
    def all_of_them(key, other):
        own = {name: INITIALIZERS[name](key, FANS, FANS, "float32") for name in ELEMENTWISE}
        biases = {name: mlp.init(key, FANS, init="zeros", bias_init=name)[0].b for name in ELEMENTWISE}
        return own, {name: law(other, FANS, "float32") for name, law in laws.items()}, biases

    return jax.tree.map(lambda a: np.asarray(a, np.float64), all_of_them(KEY, jax.random.key(21)))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_mean_and_variance(samples, name):
    """Within five standard errors of the published law; every law here has a kurtosis of at most 3."""
    w = samples[0][name]
    std = {"normal": 1.0, "uniform": 1 / math.sqrt(3)}.get(name) or std_of(name, *FANS)
    assert abs(w.mean()) < 5 * std / math.sqrt(w.size)
    assert abs(w.var() / std**2 - 1) < 5 * math.sqrt(2 / w.size)


@pytest.mark.parametrize("name", [*SCALED, "normal"])
def test_same_distribution_as_in_jax(samples, name):
    own, theirs = samples[0][name], samples[1][name]
    assert abs(own.mean() - theirs.mean()) < 5 * own.std() * math.sqrt(2 / own.size)
    assert abs(own.var() / theirs.var() - 1) < 5 * math.sqrt(4 / own.size)
    assert stats.ks_2samp(own.ravel(), theirs.ravel()).pvalue > 1e-3


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name != "normal"])
def test_bounds(samples, name):
    """Truncation at two standard deviations of the untruncated law; half-width sqrt(3) std of a uniform one.
    The sample comes within a hundredth of its bound, so that a wider bound would be seen."""
    w = np.abs(samples[0][name])
    if name == "uniform":
        bound = 1.0
    elif name.endswith("uniform"):
        bound = math.sqrt(3) * std_of(name, *FANS)
    else:
        bound = 2 * std_of(name, *FANS) / stats.truncnorm(-2, 2).std()
    assert 0.99 * bound < w.max() <= bound * (1 + 1e-6)


def test_truncated_std_is_that_of_the_distribution():
    np.testing.assert_allclose(initializers.TRUNCATED_STD, stats.truncnorm(-2, 2).std(), rtol=1e-12)


def test_neurons_layers_weights_and_biases_are_independent():
    params = mlp.init(KEY, (30, 30, 30), init="normal", bias_init="normal")
    columns = np.concatenate([params[0].w.T, params[1].w.T, params[0].b[None], params[1].b[None]])
    correlations = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(correlations).max() < 0.8  # 1 wherever a key was used twice


def test_biases_are_zero_unless_asked_for(dtype):
    for layer in mlp.init(KEY, NARROW, dtype=dtype):
        assert (layer.b == 0).all()
        assert layer.b.dtype == dtype


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_drawn_biases_follow_their_law(samples, name):
    std = {"normal": 1.0, "uniform": 1 / math.sqrt(3)}.get(name) or std_of(name, *FANS)
    b = samples[2][name]
    assert abs(b.mean()) < 5 * std / math.sqrt(b.size)
    assert abs(b.var() / std**2 - 1) < 5 * math.sqrt(2 / b.size)


def test_scales_multiply_weights_and_biases():
    scaled = mlp.init(KEY, NARROW, init="uniform", bias_init="uniform", init_scale=0.5, bias_scale=2.0)
    for a, b in zip(drawn("uniform", NARROW, "float32"), scaled, strict=True):
        np.testing.assert_array_equal(a.w * 0.5, b.w)  # powers of two: no rounding
        np.testing.assert_array_equal(a.b * 2.0, b.b)


@pytest.mark.parametrize(("rows", "columns", "dtype"), [(6, 4, "float32"), (4, 6, "float64")], indirect=["dtype"])
def test_orthogonal_weights_are_orthonormal(rows, columns, dtype):
    """The columns where there are no more of them than rows, else the rows (Saxe et al. 2014)."""
    (layer,) = mlp.init(KEY, (rows, columns), init="orthogonal", dtype=dtype)
    w = np.asarray(layer.w)
    gram = w.T @ w if columns <= rows else w @ w.T
    np.testing.assert_allclose(gram, np.eye(min(rows, columns)), atol=20 * np.finfo(dtype).eps)


def test_zeros():
    (layer,) = mlp.init(KEY, (3, 4), init="zeros")
    assert (layer.w == 0).all()


LOW, HIGH = np.array([0.0, 5.0]), np.array([100.0, 6.0])
UNITS = 4000


@functools.partial(jax.jit, static_argnames="num_inputs")
def many_units(num_inputs, **numbers):
    return mlp.init(KEY, (num_inputs, UNITS, 1), init="spread", dtype="float64", **numbers)[0]


def first_units(x_low, x_high, init_scale=1.0, bias_scale=1.0):
    """Slopes over half the range [UNITS], directions [d, UNITS] and b / slope [UNITS] of units drawn by "spread"."""
    with jax.enable_x64(True):
        low, high = np.atleast_1d(x_low), np.atleast_1d(x_high)
        layer = many_units(len(low), x_low=x_low, x_high=x_high, init_scale=init_scale, bias_scale=bias_scale)
    w = np.asarray(layer.w) * ((high - low) / 2)[:, None]
    slope = np.linalg.norm(w, axis=0)
    at_middle = np.asarray(layer.b) + (low + high) / 2 @ np.asarray(layer.w)
    return slope, w / slope, at_middle / slope


def test_spread_slopes_are_even_and_one_input_has_even_centres_and_signs():
    slope, direction, offset = first_units(5.0, 6.0)
    low, high = initializers.SLOPES
    centre = -offset * direction[0]
    for sample, start, width in ((slope, low, high - low), (centre, -1, 2)):
        assert stats.kstest(sample, stats.uniform(start, width).cdf).pvalue > 1e-3
    assert abs((direction > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(UNITS)
    correlations = np.corrcoef([slope, direction[0], centre]) - np.eye(3)
    assert np.abs(correlations).max() < 5 / math.sqrt(UNITS)


def test_spread_directions_are_even_and_centres_lie_in_the_box():
    """In the plane the angle is uniform; the centre's place along a direction has the variance 1/3 of each input."""
    _, direction, offset = first_units(LOW, HIGH)
    angle = np.arctan2(direction[1], direction[0])
    assert stats.kstest(angle, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3
    assert np.all(np.abs(offset) <= np.abs(direction).sum(0) * (1 + 1e-12))
    assert abs(np.mean(offset**2) * 3 - 1) < 0.1


@jax.jit
def six_units(x_low, x_high):
    return mlp.init(KEY, (2, 6, 1), init="spread", x_low=x_low, x_high=x_high, dtype="float32")[0]


def test_spread_computes_the_same_whatever_the_range():
    """The sums of the units at a place of the box, told in each range's own numbers."""
    z = np.random.default_rng(5).uniform(-1, 1, (7, 2))

    def sums(low, high):
        w, b = six_units(low, high)
        assert w.dtype == b.dtype == "float32"
        return ((low + high) / 2 + (high - low) / 2 * z) @ np.asarray(w, float) + np.asarray(b, float)

    expected = sums(-np.ones(2), np.ones(2))
    for low, high in ((LOW, HIGH), (np.float64(5), np.float64(6))):
        np.testing.assert_allclose(sums(low, high), expected, atol=200 * np.finfo("float32").eps)


def test_spread_scales_are_those_of_slopes_and_of_centres():
    slope, direction, offset = first_units(LOW, HIGH)
    steeper, same, wider = first_units(LOW, HIGH, init_scale=4.0, bias_scale=1.5)
    np.testing.assert_allclose(steeper, 4 * slope, rtol=1e-12)
    np.testing.assert_allclose(same, direction, rtol=1e-12)
    np.testing.assert_allclose(wider, 1.5 * offset, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)], indirect=True)
def test_spread_nests_and_its_later_layers_are_those_of_lecun_normal(dtype):
    asked = [(NARROW, "spread"), (WIDE, "spread"), (DEEP, "spread"), (DEEP, "lecun_normal")]
    asked += [((2, 1), "spread"), ((2, 1), "lecun_normal")]  # no hidden layer

    @jax.jit
    @jax.vmap
    def draw(key):
        return [mlp.init(key, sizes, init=name, dtype=dtype) for sizes, name in asked]

    narrow, wide, deep, lecun, *output = draw(jax.random.split(KEY, 10))
    np.testing.assert_array_equal(narrow[0].w, wide[0].w[..., :3])
    np.testing.assert_array_equal(narrow[0].b, wide[0].b[..., :3])
    for part, whole in ((narrow, deep[:2]), (deep[1:], lecun[1:]), output):
        jax.tree.map(np.testing.assert_array_equal, part, whole)


def test_spread_with_an_input_that_never_changes_is_finite():
    w, b = six_units(np.array([3.0, 0.0]), np.array([3.0, 1.0]))  # the program of a test above
    assert np.isfinite(w).all()
    assert np.isfinite(b).all()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"init": "spread", "bias_init": "normal"}, "bias_init='normal' with init='spread'"),
        ({"bias_init": "spread"}, "bias_init='spread' draws weights and biases together"),
        ({"init": "spread", "x_low": np.zeros(3)}, r"x_low of shape \(3,\) must be a number, or one for each of 2"),
        ({"init": "spread", "x_high": np.zeros((1, 2))}, r"x_high of shape \(1, 2\)"),
    ],
)
def test_spread_refuses_other_biases_and_ranges(arguments, named):
    with pytest.raises(ValueError, match=named):
        mlp.init(KEY, (2, 3, 1), **arguments)


@pytest.mark.parametrize("name", [*KINDS, "orthogonal", "zeros"])
def test_other_laws_do_not_look_at_the_range(name):
    plain, ranged = mlp.init(KEY, NARROW, init=name), mlp.init(KEY, NARROW, init=name, x_low=0.0, x_high=9.0)
    jax.tree.map(np.testing.assert_array_equal, plain, ranged)


def test_same_key_same_network_and_other_key_other_network():
    a, b, c = (mlp.init(jax.random.key(seed), NARROW, init="uniform") for seed in (1, 1, 2))
    assert all(jax.tree.leaves(jax.tree.map(lambda x, y: bool((x == y).all()), a, b)))
    assert not (a[0].w == c[0].w).any()


def test_a_key_draws_the_same_under_jit_and_vmap():
    keys = jax.random.split(KEY, 5)

    def init(key):
        return mlp.init(key, (2, 3), init="normal")[0]

    many = jax.jit(jax.vmap(init), compiler_options=dict(machine.compiler_options()))(keys)
    np.testing.assert_allclose(many.w[3], init(keys[3]).w, rtol=1e-6)
    assert not (many.w[3] == many.w[2]).any()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("lecun_norml", "lecun_normal"), ("Glorot_Uniform", "glorot_uniform"), ("orthogonl", "orthogonal")],
)
def test_unknown_name_is_refused_with_the_nearest(name, nearest):
    for argument in ("init", "bias_init"):
        with pytest.raises(ValueError, match=f"{argument}='{name}' is unknown; did you mean '{nearest}'"):
            mlp.init(KEY, (2, 1), **{argument: name})
    with pytest.raises(ValueError, match=f"init='{name}'"):
        initializers.get(name)


@pytest.mark.parametrize("sizes", [(), (2,), (2, 0), (0, 3, 1), (2, -1, 1), (2, True, 1), (2, 1.5, 1)])
def test_bad_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"sizes=.*two whole numbers of 1 or more") as caught:
        # Tests check annotations by running; a user's call does not, and meets the library's own error.
        inspect.unwrap(mlp.init)(KEY, sizes)
    assert repr(sizes) in str(caught.value)


def test_default_dtype_is_that_of_jax(dtype):
    assert mlp.init(KEY, NARROW)[0].w.dtype == dtype
    assert jnp.zeros(()).dtype == dtype
