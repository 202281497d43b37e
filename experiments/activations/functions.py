"""What do activation functions look like, where do they saturate, and how often is their gradient zero?

Step, sigmoid, tanh, ReLU, leaky ReLU, ELU, GELU (by its tanh approximation), SiLU, softplus and sine act on one number
each; softmax acts on all numbers of a layer. A function saturates softly where its derivative tends to 0 without
reaching it, and hard where it is 0 (Gulcehre et al. 2016). Both terms are about exact numbers: in float32, 1 - tanh^2
and s (1 - s) round to 0 far out, so a network gets no gradient there either.

Values and derivatives are those with which networks are trained, by JAX. Curves are computed in float64. In float32 the
derivative is followed out to 50, and taken at normal pre-activations of several standard deviations. It is small where
its absolute value is at most a tenth of its maximum. Which activation has small derivatives more often depends on the
standard deviation, so no statement is judged here: the claim is a figure and a table.

    python -m experiments activations.functions                  # 2 s
    python -m experiments activations.functions --preset full    # 2 s
"""

from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float
from matplotlib.figure import Figure
from scipy.special import ndtr

from experiments.lab import figures as fg
from experiments.lab.flags import at_least, one_of
from nnjax import activations

GREATEST = {"step": 0.0, "sigmoid": 0.25, "gelu": 1.129, "silu": 1.0998}  # of a derivative; of all others it is 1
ACTIVATIONS = ("step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin")
PANELS = {
    "step": ("step",), "sigmoid and tanh": ("sigmoid", "tanh"), "sine": ("sin",),
    "ReLU and its relatives": ("relu", "leaky_relu", "elu"), "smooth relatives": ("gelu", "silu", "softplus"),
}  # fmt: skip
SMALL = 0.1  # a derivative is small when it is at most this part of the greatest
REACH = 50  # derivatives are followed out to here


@dataclass(frozen=True)
class Config:
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    spreads: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0)  # standard deviations of the pre-activations
    draws: Annotated[int, at_least(1_000)] = 200_000  # pre-activations for each standard deviation
    per_unit: Annotated[int, at_least(8, 1_024)] = 256  # places between two whole numbers


QUICK = Config(draws=20_000, per_unit=64)

NAMES = {
    "activation": "activation function", "z": "pre-activation", "spread": "standard deviation of the pre-activations",
    "zero": "share of the pre-activations with a float32 derivative of exactly 0",
    "small": "share of the pre-activations with an absolute derivative of at most a tenth of its maximum",
    "zero_below": "pre-activation at and below which the float32 derivative is exactly 0, out to -50; -inf: none",
    "zero_above": "pre-activation at and above which the float32 derivative is exactly 0, out to 50; inf: none",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Curves [activation, z], where derivatives are 0 [activation], and how often [activation, spread]."""
    names, z = list(config.activations), np.linspace(-5, 5, 401)
    value, slope = evaluated(names, z, "float64")
    outwards = np.arange(REACH * config.per_unit + 1) / config.per_unit
    left, right = zero_from(outwards, evaluated(names, np.multiply.outer([-1, 1], outwards), "float32")[1]).T
    normal = np.random.default_rng(0).normal(size=config.draws)
    at = np.abs(evaluated(names, np.multiply.outer(config.spreads, normal), "float32")[1])
    small = SMALL * np.array([GREATEST.get(name, 1.0) for name in names])[:, None, None]
    temperatures = np.array([0.5, 1.0, 2.0])
    with jax.enable_x64(True):
        softmax = activations.softmax(np.stack([z, 0 * z], axis=-1) / temperatures[:, None, None])[..., 0]
    return xr.Dataset(
        {
            "value": (("activation", "z"), value), "slope": (("activation", "z"), slope),
            "zero_below": ("activation", 0.0 - left), "zero_above": ("activation", right),
            "zero": (("activation", "spread"), (at == 0).mean(axis=-1)),
            "small": (("activation", "spread"), (at <= small).mean(axis=-1)),
            "softmax": (("temperature", "z"), np.asarray(softmax)),
        },
        {"activation": names, "z": z, "spread": list(config.spreads), "temperature": temperatures},
    )  # fmt: skip


def evaluated(names: list[str], z: Float[np.ndarray, "*n"], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and derivatives [activation, *n] of the library's functions, computed as in a network."""
    functions: list[Any] = [activations.get(name) for name in names]

    def all_of_them(z: Float[Array, " n"]) -> Any:
        pairs = [jax.vmap(jax.value_and_grad(f))(z) for f in functions]
        return tuple(jnp.stack(part) for part in zip(*pairs, strict=True))

    with jax.enable_x64(dtype == "float64"):
        value, slope = jax.jit(all_of_them)(jnp.asarray(z.ravel(), dtype))
    return np.asarray(value).reshape(-1, *z.shape), np.asarray(slope).reshape(-1, *z.shape)


def zero_from(outwards: Float[np.ndarray, " n"], slope: Float[np.ndarray, "*more n"]) -> Float[np.ndarray, "*more"]:
    """The place after the last at which the derivative is not 0; inf if that is the outermost."""
    after = np.append(outwards[1:], np.inf)
    return np.where(slope != 0, after, 0.0).max(axis=-1)


STATEMENTS = ()


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each activation and standard deviation."""
    return data[["zero", "small", "zero_below", "zero_above"]]


# Figures.


COLORS = fg.COLORS | {"step": "black", "leaky_relu": fg.GREY, "silu": "#882255", "softplus": "#332288"}


def functions(data: xr.Dataset) -> Figure:
    """Values (lines) and derivatives (dashes) of the activations. Softmax of two classes is a sigmoid of the difference
    of their logits, divided by the temperature T."""
    shown = {title: [n for n in names if n in data.activation] for title, names in PANELS.items()}
    titles = [*(title for title, names in shown.items() if names), "softmax of two classes"]
    fig, made = fg.panels(col=xr.DataArray(titles, dims="kind", name="kind"), wrap=3, size=(3.9, 2.8))
    *others, (last, _) = made
    for ax, where in others:
        for name, width in zip(shown[where["kind"]], (3.4, 2.2, 1.2), strict=False):  # all can be seen where they agree
            look: dict[str, Any] = {"color": COLORS[name], "linewidth": width}
            ax.plot(data.z, without_jumps(data.value.sel(activation=name)), label=fg.name(name), **look)
            thinner: dict[str, Any] = look | {"linewidth": (width + 1) / 2}
            ax.plot(data.z, without_jumps(data.slope.sel(activation=name)), "--", **thinner)
        ax.set(xlim=(-5, 5), ylim=(-1.5, 3), xlabel=fg.label(data.z))
        ax.legend(loc="upper left")
    for temperature, color in zip(data.temperature.values, fg.shades(data.sizes["temperature"]), strict=True):
        last.plot(data.z, data.softmax.sel(temperature=temperature), color=color, label=f"T = {temperature:g}")
    last.set(xlabel="difference of the logits", ylabel="probability", xlim=(-5, 5), ylim=(-0.03, 1.03))
    last.legend(loc="upper left")
    for ax, _ in others[::3]:
        ax.set_ylabel("value or derivative")
    fig.suptitle("Activations and their derivatives")
    return fig


def without_jumps(curve: xr.DataArray) -> xr.DataArray:
    """The curve with a gap where it jumps, so that no line is drawn up the jump."""
    return curve.where(abs(curve.diff("z", label="lower")) < 0.5).reindex(z=curve.z)


def saturation(data: xr.Dataset) -> Figure:
    """The share of normally distributed pre-activations where the derivative is exactly 0 (left) or small (right).
    Left: by rounding, sigmoid, tanh and GELU have derivatives of exactly 0 too; lines are computed from the
    pre-activations at which the derivative becomes 0, dots are measured; shares that stay below 1% are left out. Right:
    sigmoid and tanh have fewer small derivatives than ReLU where the standard deviation is low, and more where it is
    high; ReLU and leaky ReLU coincide."""
    titles = ["derivative exactly 0 in float32", "|derivative| at most a tenth of its maximum"]
    fig, made = fg.panels(col=xr.DataArray(titles, dims="kind", name="kind"), size=(5.2, 3.9), sharey=True)
    (left, _), (right, _) = made
    fine = np.geomspace(data.spread[0], data.spread[-1], 100)
    for name, width in zip(data.activation.values.tolist(), np.linspace(3, 1, data.sizes["activation"]), strict=True):
        one, look = data.sel(activation=name), {"color": COLORS[name], "linewidth": width}
        if one.zero.max() > 0.01:
            beyond = [ndtr(-abs(end.item()) / fine) for end in (one.zero_below, one.zero_above)]
            left.plot(fine, sum(beyond), **look)
            left.plot(data.spread, one.zero, "o", color=COLORS[name], markersize=5)
        right.plot(data.spread, one.small, "o-", markersize=4, **look, label=fg.name(name))
    for ax, _ in made:
        ax.set(xscale="log", ylim=(-0.03, 1.03))
    title = "How often the derivative is zero, or small"
    return fg.finish(fig, made, title, data.spread, "share of the pre-activations", "")


FIGURES = (functions, saturation)
