"""Without a nonlinearity, what does depth add to what a network computes, and how does it change learning?

A network of linear layers is one affine map. On XOR that gives f(00) + f(11) = f(01) + f(10). So no depth gets more
than three rows right, nor a mean cross-entropy below ln 2 (Jensen's inequality). But gradient descent moves the factors
and not their product, and the product grows mode by mode: strong singular values of the target first, each after a
plateau (Saxe, McClelland & Ganguli 2014). Depth is counted in layers of weights, one more than there are hidden layers.

XOR: linear networks of every depth, and tanh networks of the same shapes; Adam at several rates, all of which are
reported. A row is right when its logit is on the side of its target by more than rounding, at any recorded step.

Modes: whitened inputs, a target of three distinct singular values, squared error, gradient descent in small steps.
Theory is the integrated equation of one mode (`nnjax.theory.linear_networks`), with nothing fitted. It was made for
balanced starts, of which every mode begins at 0.001. Random starts, neither balanced nor aligned, are LeCun normal,
scaled by the same factor in each layer: modes of either sign with a root mean square of 0.001 / sqrt 3. A mode is
learned when it has half of its singular value. Times are those of gradient flow on half the summed squared error.

    python -m experiments activations.linear                  # 6 s, mostly compiling
    python -m experiments activations.linear --preset full    # a minute
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.activations.modes import MODES, balanced, crossing, strengths, whitened
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import count, estimate, exact, median, typical
from experiments.lab.flags import at_least
from experiments.lab.verdicts import OWN, PUBLISHED, THEOREM, Statement, above, below, equal, within
from nnjax import mlp, training
from nnjax.theory import linear_networks

ACTIVATIONS = {"linear": "identity", "tanh": "tanh"}
ROUNDING = 1e-6  # a logit that is nearer to 0 than this is neither right nor wrong
START = 1e-3  # strength of every mode of the balanced start, at every depth; sets the factor on random starts too
EARLY, HALF, LATE = 0.1, 0.5, 0.9  # parts of a singular value at which a mode is timed
LEARNED, LONGER = 0.95, 3.0  # training lasts 3 times as long as theory takes to learn the weakest mode to 95%
RECORDS = 400  # points of a learning curve
SHOWN = 8  # seeds whose curves are kept


@dataclass(frozen=True)
class Config:
    layers: Annotated[tuple[int, ...], at_least(1, 16, count=2)] = (1, 2, 3, 4, 5, 6, 7, 8)  # layers of weights
    xor_width: int = 4  # neurons of every hidden layer on XOR
    rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1)  # learning rates of Adam on XOR, all of them reported
    xor_seeds: Annotated[int, at_least(2)] = 200  # networks of every depth, activation and rate
    xor_steps: int = 1_000  # training steps on XOR
    # singular values of the target, to which the modes grow; time steps follow from them
    singular_values: Annotated[tuple[float, ...], at_least(0.1, most=100, rising=False)] = (4.0, 2.0, 1.0)
    width: Annotated[int, at_least(MODES, 64)] = 8  # neurons of every hidden layer where the modes are followed
    seeds: Annotated[int, at_least(SHOWN)] = 400  # networks of every depth whose modes are followed
    num_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 24_000  # steps while modes are followed


QUICK = Config(layers=(1, 2), rates=(0.1,), xor_seeds=20, xor_steps=500, seeds=32, num_steps=2_400)

NAMES = {
    "layers": "layers of weights (one more than hidden layers)", "mode": "singular value",
    "least_loss": "lowest cross-entropy; nats",
    "linear_loss": "lowest cross-entropy of any linear network on XOR; nats",
    "linear_three": "share of the linear networks that get three rows of XOR right",
    "linear_four": "share of the linear networks that get all four rows of XOR right",
    "tanh_four": "share of the tanh networks that get all four rows of XOR right",
    "plateau": "time to a tenth of the strongest mode over the time from there to nine tenths; random starts, median",
    "plateau_low": "lower end of the 95% interval of plateau", "plateau_high": "upper end of that interval",
    "strongest": "half-time of the strongest mode divided by that of theory; random starts, median",
    "strongest_low": "lower end of the 95% interval of strongest", "strongest_high": "upper end of that interval",
    "order": "half-time of the weakest mode over the strongest, divided by that in theory; random starts, median",
    "order_low": "lower end of the 95% interval of order", "order_high": "upper end of that interval",
    "order_theory": "half-time of the weakest mode over that of the strongest in theory",
    "balanced": "greatest deviation of a half-time from theory, as a part of it; balanced start",
}  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    s = config.singular_values
    if len(s) != MODES or list(s) != sorted(set(s), reverse=True):
        raise ValueError(f"singular_values={s!r} must be {MODES} numbers, each less than the one before")


def outputs(params, data, predict):
    """The logits [4] of the rows of XOR."""
    return predict(params, data.x)[:, 0]


def rows_right(logits: np.ndarray) -> np.ndarray:
    """How many of the four rows of XOR have a logit [..., 4] on the side of their target, by more than rounding."""
    return (logits * np.array([-1, 1, 1, -1]) > ROUNDING).sum(axis=-1)


def run(config: Config) -> xr.Dataset:
    """What networks reach on XOR [activation, layers, rate, xor_seed], and when modes are learned."""
    return xr.merge([_on_xor(config), xr.concat([_modes(n, config) for n in config.layers], "layers")])


def _on_xor(config: Config) -> xr.Dataset:
    """The least loss, and the most rows right, at any recorded step."""
    runs = nnjax.sweep(
        nnjax.tasks.xor(), hidden=[(config.xor_width,) * (layers - 1) for layers in config.layers],
        activation=list(ACTIVATIONS.values()), learning_rate=list(config.rates), loss="sigmoid_binary_cross_entropy",
        seeds=config.xor_seeds, num_steps=config.xor_steps, record_every=max(1, config.xor_steps // 20),
        measure={"outputs": outputs},
    ).transpose("activation", "hidden", "learning_rate", "seed", "step", ...)  # fmt: skip
    dims = ("activation", "layers", "rate", "xor_seed")
    right = rows_right(runs.outputs.values.astype(float)).max(axis=-1).astype("int8")
    return xr.Dataset(
        {"least_loss": (dims, runs.train_curve.min("step").values.astype("float32")), "most_right": (dims, right)},
        {"activation": list(ACTIVATIONS), "layers": list(config.layers), "rate": list(config.rates)},
    )


def _modes(layers: int, config: Config) -> xr.Dataset:
    """When each mode was learned at one depth, in theory [mode, part] and from both starts [seed, mode, part].

    From the balanced start there is one network, as nothing in it is random.
    """
    s = config.singular_values
    total = LONGER * linear_networks.time_to_reach(LEARNED * s[-1], s[-1], START, layers)
    # Gradient descent on the mean over k outputs moves 2 / k times as far as on half their sum.
    per_step = total / config.num_steps
    numbers = {"learning_rate": per_step * MODES / 2, "init_scale": START ** (1 / layers)}
    spec: dict[str, Any] = {
        "activation": "identity", "solver": "sgd", "num_steps": config.num_steps,
        "record_every": config.num_steps // RECORDS, "measure": {"strength": strengths},
    }  # fmt: skip
    data, hidden = whitened(s), (config.width,) * (layers - 1)
    random = nnjax.sweep(data, hidden=hidden, seeds=config.seeds, **spec, **numbers)
    model = training.Model(balanced, mlp.apply, mlp.predict)
    one = training.Spec((MODES, *hidden, MODES), model=model, **spec)
    aligned = jax.jit(lambda key: training.fit(key, numbers, data, spec=one))(jax.random.key(0))
    curves = {
        "balanced": np.asarray(aligned.measures["strength"]).T[None],
        "random": random.strength.transpose("seed", ..., "step").values,
    }  # [seed, mode, record]
    times, parts = random.step.values * per_step, (EARLY, HALF, LATE)
    theory = [[linear_networks.time_to_reach(part * one, one, START, layers) for part in parts] for one in s]
    found = xr.Dataset(
        {"theory": (("mode", "part"), theory), "time": ("record", times[::2])},  # every second point is enough to draw
        {"layers": layers, "mode": list(s), "part": list(parts)},
    )
    for name, curve in curves.items():
        reached = crossing(times, curve[:, :, None], np.multiply.outer(s, parts)[None])
        found[f"{name}_reached"] = ((f"{name}_seed", "mode", "part"), reached.astype("float32"))
        found[f"{name}_curve"] = ((f"{name}_shown", "mode", "record"), curve[:SHOWN, :, ::2].astype("float32"))
    return found


# Measures and statements.


def half_times(data: xr.Dataset, name: str) -> xr.DataArray:
    """When every mode was half learned [layers, seed, mode]: in `theory`, or from a `balanced` or `random` start."""
    return data[name if name == "theory" else f"{name}_reached"].sel(part=HALF, drop=True).astype(float)


def plateaus(data: xr.Dataset) -> xr.DataArray:
    """The time of random starts to a tenth of the strongest mode, over that from there to nine tenths [layers, seed].

    A network that never gets there has risen slowest.
    """
    strongest = data.random_reached.isel(mode=0, drop=True).astype(float)
    early, late = (strongest.sel(part=part, drop=True) for part in (EARLY, LATE))
    known = np.isfinite(late)
    return (early.where(known) / (late - early).where(known)).fillna(0.0)


def orders(data: xr.Dataset, name: str = "random") -> xr.DataArray:
    """The half-time of the weakest mode over that of the strongest [layers, seed]; 1 where it learns neither."""
    half = half_times(data, name)
    return (half.isel(mode=-1, drop=True) / half.isel(mode=0, drop=True)).fillna(1.0)


def deep(data: xr.Dataset) -> xr.Dataset:
    """The networks with hidden layers."""
    return data.sel(layers=data.layers[data.layers > 1])


def all_four_rows(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many linear networks get all four rows of XOR right."""
    linear, tanh = data.most_right.sel(activation="linear"), deep(data).most_right.sel(activation="tanh")
    note = f"{(linear == 3).mean().item():.0%} get three; of tanh networks with hidden layers " if tanh.size else ""
    note += f"{(tanh == 4).mean().item():.1%} get four" if tanh.size else ""
    return count(linear == 4, units="with four rows right", note=note)


def deviation(data: xr.Dataset, level: float) -> xr.Dataset:
    """The greatest deviation of a half-time from theory, of all depths and modes, from the balanced start."""
    off = abs(half_times(data, "balanced") / half_times(data, "theory") - 1).isel(balanced_seed=0)
    worst = off.isel(off.argmax(...))
    note = f"singular value {worst.mode.item():g} with {worst.layers.item()} layers of weights"
    return exact(off.max(), n=off.size, of="half-times", units="of the half-time away, at most", note=note)


def plateau(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How long networks with hidden layers wait, in times of their rise, on average over depths."""
    if not deep(data).sizes["layers"]:
        return None
    shallow = plateaus(data.isel(layers=[0])).median().item()
    note = f"geometric mean of the depths; {shallow:.2g} with {data.layers[0].item()} layer of weights"
    return typical(plateaus(deep(data)), "random_seed", level).assign_attrs(
        of="seeds", units="times the rise", note=note
    )


def order(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How much later the weakest mode comes than the strongest, over theory, on average over depths."""
    if not (some := deep(data)).sizes["layers"]:
        return None
    over_theory = orders(some) / orders(some, "theory")
    one = typical(over_theory.isel(layers=[0]), "random_seed", level).value.item()
    note = f"geometric mean of the depths; {one:.3g} with {some.layers[0].item() - 1} hidden layer"
    return typical(over_theory, "random_seed", level).assign_attrs(of="seeds", units="times theory", note=note)


STATEMENTS = (
    Statement(
        "three rows of four", "However many linear layers it has, no network gets all four rows of XOR right.", THEOREM,
        f"{sources.MINSKY_PAPERT} (XOR is not linearly separable)", equal(0), all_four_rows,
    ),
    Statement(
        "balanced half-times", "From a balanced start every mode is half learned when the differential equation says, "
        "at every depth.", THEOREM,
        f"{sources.SAXE}, sections 'The time course of learning' and 'Deeper multilayer dynamics'", below(0.05),
        deviation,
    ),
    Statement(
        "plateaus", "From small random weights, in linear networks with hidden layers, the strongest mode's plateau "
        "lasts more than half as long as its rise.", PUBLISHED, f"{sources.SAXE}, abstract", above(0.5), plateau,
        "It had asked for every depth, and for no plateau without hidden layers.",
    ),
    Statement(
        "order of the modes", "From small random weights, with one to seven hidden layers, the half-times of the "
        "weakest and the strongest mode have the ratio of theory.", OWN,
        f"prompted by {sources.SAXE}, section 'The time course of learning', about one hidden layer",
        within(0.8, 1.25), order,
        "It had asked for every depth, and for no order without hidden layers; and it had counted as published.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each depth."""
    linear, tanh = (data.sel(activation=name, drop=True) for name in ACTIVATIONS)
    theory = half_times(data, "theory")
    columns = {
        "plateau": plateaus(data), "order": orders(data) / orders(data, "theory"),
        "strongest": (half_times(data, "random") / theory).isel(mode=0, drop=True),
    }  # fmt: skip
    ends = {"value": "{}", "low": "{}_low", "high": "{}_high"}
    parts = [
        median(x, "random_seed").rename({end: text.format(name) for end, text in ends.items()})
        for name, x in columns.items()
    ]
    return xr.merge(parts).assign(
        linear_loss=linear.least_loss.min(("rate", "xor_seed")),
        linear_three=(linear.most_right == 3).mean(("rate", "xor_seed")),
        linear_four=(linear.most_right == 4).mean(("rate", "xor_seed")),
        tanh_four=(tanh.most_right == 4).mean(("rate", "xor_seed")),
        order_theory=orders(data, "theory"),
        balanced=abs(half_times(data, "balanced") / theory - 1).max(("balanced_seed", "mode")),
    )


# Figures.


SHADES = (fg.BLUE, fg.ORANGE, fg.GREEN)  # of the modes, the strongest first
LOOKS: dict[str, dict[str, Any]] = {
    "linear": {"color": fg.BLUE, "markersize": 4, "zorder": 3},
    "tanh": {"color": fg.VERMILION, "markersize": 2.5, "alpha": 0.5},
}


def xor(data: xr.Dataset) -> Figure:
    """The lowest loss of every network on XOR, by depth, at all learning rates. No linear network comes below ln 2,
    which is that of answering one half everywhere. With one layer of weights there is no activation, so both are alike.
    At 0.35 nats two rows have the same output, at 0.48 three. Bands of tanh networks come from the learning rates."""
    fig, made = fg.panels(size=(8.0, 3.8))
    ax, rng = made[0][0], np.random.default_rng(0)
    for (activation, look), shift in zip(LOOKS.items(), (-0.16, 0.16), strict=True):
        loss = data.least_loss.sel(activation=activation).transpose("layers", ...).values
        places = data.layers.values[:, None, None] + shift + rng.uniform(-0.1, 0.1, loss.shape)
        ax.plot(places.ravel(), np.maximum(loss, 1e-6).ravel(), ".", rasterized=True, **look)
        ax.plot([], [], ".", color=look["color"], markersize=9, label=f"{activation} networks")
    ax.axhline(math.log(2), color="black", linestyle="--", linewidth=1, zorder=4, label="ln 2")
    ax.set(xticks=data.layers, yscale="log")
    return fg.finish(fig, made, "XOR: depth does not help linear networks", data.layers, data.least_loss, "")


def modes(data: xr.Dataset) -> Figure:
    """How strongly each mode is represented. Dots: the balanced start; black: theory for it. Thin lines: eight random
    starts, hidden by theory on the left. With hidden layers each mode waits on a plateau, the weaker the longer;
    without, all begin at once."""
    layers = data.layers.values
    depths = sorted({int(layers[np.abs(layers - n).argmin()]) for n in (1, 3, layers[-1])})
    names = [f"{n - 1 or 'no'} hidden layer{'' if n == 2 else 's'}" for n in depths]
    fig, made = fg.panels(col=data.layers.sel(layers=depths), size=(3.9, 3.3), sharey=True)
    for (ax, where), name in zip(made, names, strict=True):
        one = data.sel(where)
        fine = np.linspace(0, one.time[-1].item(), 300)
        for i, (s, color) in enumerate(zip(one.mode.values.tolist(), SHADES, strict=True)):
            ax.plot(one.time, one.random_curve.isel(mode=i).T, color=color, linewidth=0.7, alpha=0.6)
            dots = slice(None, None, max(1, one.sizes["record"] // 24))
            curve = one.balanced_curve.isel(mode=i, balanced_shown=0)
            look = {"color": color, "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.6, "zorder": 5}
            ax.plot(one.time[dots], curve[dots], "o", label=f"singular value {s:g}", **look)
            theory = linear_networks.mode_strength(fine, s, START, where["layers"])
            ax.plot(fine, theory, color="black", linewidth=1.2, zorder=4)
        ax.plot([], [], color="black", linewidth=1.2, label="theory")
        late = np.append(one.random_reached.sel(part=LATE).values, one.theory.max().item())
        ax.set_xlim(0, min(one.time[-1].item(), 1.2 * np.quantile(late[np.isfinite(late)], 0.95)))
        ax.set_title(name)
    title = "Modes of linear networks are learned one after another, if there are hidden layers"
    return fg.finish(fig, made, title, "time of gradient flow", "strength of the mode", "")


def times_by_depth(data: xr.Dataset) -> Figure:
    """Time until each mode is half learned. Black: theory; dots: the balanced start; bars: random starts, medians and
    middle halves of the seeds, drawn to the right of their depth. Triangle: a quarter of the seeds or more do not learn
    the mode while they are trained. With one layer the three modes take equally long."""
    fig, made = fg.panels(size=(8.0, 3.8))
    ax, end = made[0][0], data.time.isel(record=-1)
    quartiles = half_times(data, "random").quantile((0.5, 0.25, 0.75), "random_seed", method="nearest")
    random = estimate(*quartiles.drop_vars("quantile"))
    for i, (s, color) in enumerate(zip(data.mode.values.tolist(), SHADES, strict=True)):
        ax.plot(data.layers, half_times(data, "theory").isel(mode=i), color="black", linewidth=1.1, zorder=1)
        exact_times = half_times(data, "balanced").isel(mode=i, balanced_seed=0)
        ax.plot(data.layers, exact_times, "o", color=color, markersize=6, label=f"singular value {s:g}")
        one, places = random.isel(mode=i), data.layers + 0.14 * (i + 1)
        ax.plot(places, one.value.where(one.value < end), "_", color=color, markersize=10, markeredgewidth=2)
        ax.vlines(places, np.minimum(one.low, end), np.minimum(one.high, end), color=color, linewidth=1.6)
        ax.plot(places, end.where(one.high > end), "^", color=color, markersize=7)
    ax.plot([], [], color="black", linewidth=1.1, label="theory")
    ax.set(yscale="log", xticks=data.layers)
    title = "With random starts, the weaker modes fall behind theory as depth grows"
    return fg.finish(fig, made, title, data.layers, "half-time (time of gradient flow)", "")


FIGURES = (xor, modes, times_by_depth)
