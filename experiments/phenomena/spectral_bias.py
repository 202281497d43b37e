"""How much longer does a network take to learn a higher frequency?

Basri et al. (2019) compute that a network with biases learns cos(k a) on a circle in a time that grows as k^2. They
find that this matches shallow and deep networks.

The inputs are 64 points on a circle, the target is cos(k a) for the frequencies k = 3 to 10, and the loss is the
squared error. There are 20 random starts. A frequency is learned once 5% of the target's variance is left. "Kernel"
networks are those of the theory: one layer of 2,048 ReLUs, whose output weights are not trained. Their output starts at
0, and their target has a size of only 0.02, so that weights need to move little. "Ordinary" networks have one layer of
512 ReLUs, He's weights and a target of size 1, and train all weights. Both train by full-batch gradient descent in
small steps.

The number is the slope of the logarithm of the median time over that of k. It is a mean of the slopes for odd and even
k, which theory keeps apart. On these 64 points the eigenvalues of the exact kernel give 2.03. Where all weights are
trained at one rate, they give 1.95 for odd k and 4.01 for k = 4, 6 and 8: of these frequencies, output weights can
learn only the even ones. A network that has
not learned a frequency after the last step counts as infinitely slow. A frequency that half of the networks or more do
not learn is left out, and the interval then has no upper end.

    python -m experiments phenomena.spectral_bias                  # 4 s: frequencies 3 to 6
    python -m experiments phenomena.spectral_bias --preset full    # 3 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import bootstrap, median, slope
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, within
from experiments.phenomena.sources import BASRI

LEFT = 0.05  # part of the target's variance at which it counts as learned
SMALL = 0.02  # size of the target of kernel networks


@dataclass(frozen=True)
class Config:
    frequencies: Annotated[tuple[int, ...], at_least(1, 20, count=4)] = (3, 4, 5, 6, 7, 8, 9, 10)
    rows: Annotated[int, at_least(16)] = 64  # points on the circle
    seeds: Annotated[int, at_least(2)] = 20
    kernel_width: Annotated[int, at_least(2, multiple=2)] = 2_048
    ordinary_width: int = 512
    kernel_rate: float = 0.2  # learning rate
    ordinary_rate: float = 0.01
    num_steps: int = 20_000
    record_every: int = 10


QUICK = Config(
    frequencies=(3, 4, 5, 6), rows=32, seeds=3, kernel_width=256, ordinary_width=64, num_steps=1_500, ordinary_rate=0.05
)

NAMES = {
    "network": "network", "frequency": "frequency k", "steps": "training steps until the frequency is learned",
    "learned": "share of the networks that learn the frequency",
    "value": "training steps until the frequency is learned, median",
    "low": "lower end of its 95% interval over starts", "high": "upper end of that interval",
}  # fmt: skip


def init(key, sizes, *, dtype, **how):
    """Two copies of every neuron with opposite output weights of one size, so that the network begins as 0."""
    (w, b), (v, c) = nnjax.mlp.init(key, (sizes[0], sizes[1] // 2, sizes[2]), init="normal", dtype=dtype)
    return nnjax.mlp.Layer(jnp.c_[w, w], jnp.r_[b, b]), nnjax.mlp.Layer(jnp.sign(jnp.r_[v, -v]), c)


def apply(params, x, *, activation, output_activation):
    """The network of the theory for one example; its output weights are not trained."""
    hidden, (v, _) = params
    return output_activation(activation(x @ hidden.w + hidden.b) @ jax.lax.stop_gradient(v) / np.sqrt(len(v)))


def run(config: Config) -> xr.Dataset:
    """Steps until each frequency is learned [network, frequency, seed]; inf where it was not."""
    angles = 2 * np.pi * np.arange(config.rows) / config.rows
    circle = np.c_[np.cos(angles), np.sin(angles)]

    def wave(frequency: int, size: float) -> tuple[np.ndarray, np.ndarray]:
        return circle, size * np.sqrt(2) * np.cos(frequency * angles)

    networks: dict[str, tuple[float, dict[str, Any]]] = {
        "kernel": (SMALL, {"width": config.kernel_width, "learning_rate": config.kernel_rate,
                           "model": nnjax.training.Model(init, apply)}),
        "ordinary": (1.0, {"width": config.ordinary_width, "learning_rate": config.ordinary_rate, "init": "he_normal"}),
    }  # fmt: skip
    found = []
    for size, settings in networks.values():
        runs = nnjax.sweep(
            nnjax.tasks.grid(partial(wave, size=size), frequency=list(config.frequencies)), activation="relu",
            solver="sgd", seeds=config.seeds, num_steps=config.num_steps, record_every=config.record_every,
            early_stop=("train_loss", LEFT * size**2), **settings,
        )  # fmt: skip
        found.append(runs.steps.where(runs.status == nnjax.training.STOPPED, np.inf).reset_coords(drop=True))
    steps = xr.concat(found, xr.Variable("network", list(networks))).astype(np.float32)
    return xr.Dataset({"steps": steps}).assign_attrs(num_steps=config.num_steps)


# Measures.


def power(data: xr.Dataset, level: float, network: str) -> xr.Dataset | None:
    """The power of the frequency with which the time grows, a mean of that of odd and of even frequencies.

    Frequencies that fewer than half of the networks learn are left out; there must be two of each kind.
    """
    steps = data.steps.sel(network=network, drop=True).astype(float)
    kept = np.isfinite(steps.median("seed")).values
    steps = steps[{"frequency": np.flatnonzero(kept)}]
    halves = [steps.sel(frequency=steps.frequency % 2 == odd) for odd in (0, 1)]
    if any(half.sizes["frequency"] < 2 for half in halves):
        return None

    def each(some: xr.DataArray) -> list[xr.DataArray]:
        times, x = (xr.apply_ufunc(np.log, y) for y in (some.median("seed"), some.frequency.astype(float)))
        return [slope(x, times.sel(frequency=half.frequency), "frequency") for half in halves]

    def exponent(some: xr.DataArray) -> xr.DataArray:
        even, odd = each(some)
        return ((even + odd) / 2).fillna(np.inf)  # of starts of which most do not learn some frequency

    fewest = data.frequency[~kept].values.tolist()
    told = f"; at least half do not learn {', '.join(map(str, fewest))}" if fewest else ""
    even, odd = (one.item() for one in each(steps))
    between = f"k = {int(steps.frequency.min())} to {int(steps.frequency.max())}"
    note = f"{between}{told}; {even:.3g} for even k and {odd:.3g} for odd k"
    found = bootstrap(exponent, steps, "seed", level)
    found = found.assign(high=found.high.where(bool(kept.all()), np.inf))
    return found.assign_attrs(units="as the power of k", note=note)


STATEMENTS = (
    Statement(
        "kernel", "Networks that stay near their start learn the frequency k in a time that grows as k^2.", PUBLISHED,
        f"{BASRI}, section 4.1 and figure 5", within(1.8, 2.2), partial(power, network="kernel"),
    ),
    Statement(
        "ordinary", "Ordinary networks learn the frequency k in a time that grows as k^2.", PUBLISHED,
        f"{BASRI}, abstract: the predictions match shallow and deep networks", within(1.8, 2.2),
        partial(power, network="ordinary"),
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per network and frequency."""
    return median(data.steps, "seed").assign(learned=np.isfinite(data.steps).mean("seed"))


def times(data: xr.Dataset) -> Figure:
    """The time to learn cos(k a) on a circle, as times that of the least k; medians with 95% intervals over random
    starts. Kernel networks are meant to stay near their start, as in the theory, which gives k^2. Ordinary ones train
    all weights, for which theory gives about k^2 for odd and k^4 for even k. Frequencies that at least half of the
    networks do not learn are left out.
    """
    fig, made = fg.panels(size=(7.0, 3.6))
    ax = made[0][0]
    every = median(data.steps, "seed")
    every = every.where(np.isfinite(every.value))
    relative = (every / every.value.isel(frequency=0)).assign_attrs(every.attrs)
    odd = relative.frequency % 2 == 1
    for network, some, word, color in (
        ("kernel", odd | True, "kernel networks", fg.BLUE), ("ordinary", odd, "ordinary networks, odd k", fg.VERMILION),
        ("ordinary", ~odd, "ordinary networks, even k", fg.ORANGE),
    ):  # fmt: skip
        part = relative.sel(network=[network], frequency=some.values)
        fg.lines(ax, part, "frequency", "network", [color], markersize=5, label=word)
    k = data.frequency.values.astype(float)
    ax.plot(k, (k / k[0]) ** 2, "--", color="black", linewidth=1.1, label="k^2")
    slow = relative.value.sel(network="ordinary", frequency=~odd)
    ax.plot(k, slow[0].item() * (k / slow.frequency[0].item()) ** 4, ":", color="black", linewidth=1.1, label="k^4")
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(data.frequency.values, [str(frequency) for frequency in data.frequency.values])
    ax.minorticks_off()
    label = f"time / time for k = {int(data.frequency[0])}"
    title = "Higher frequencies take longer, among odd k and among even k"
    return fg.finish(fig, made, title, data.frequency, label, legend="")


FIGURES = (times,)
