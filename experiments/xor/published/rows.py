"""The published experiments on XOR and parity, each as the sweep that repeats it.

What a source says is written into the row's settings; what it leaves open is settled by the first reading and
varied, one choice at a time, in the others. Rates of older papers belong to half the sum of squared errors over
the rows of a batch. The library's `squared_error` is the mean over these rows, so a rate r on r rows becomes
r * rows / 2.

A network's time is counted in epochs: one pass over all rows, whatever the batch.
"""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

import nnjax
from experiments.xor.shared import solved as _solved
from nnjax import mlp
from nnjax.training import Model


def skip_init(key: jax.Array, sizes: tuple[int, ...], **options: Any) -> tuple[Any, Any]:
    """A multilayer perceptron whose inputs also reach the outputs directly: (layers, weights [d, k])."""
    key_layers, key_direct = jax.random.split(key)
    direct = mlp.init(key_direct, (sizes[0], sizes[-1]), **options)
    return mlp.init(key_layers, sizes, **options), direct[0].w


def skip_apply(params: tuple[Any, Any], x: jax.Array, *, activation: Any, output_activation: Any) -> jax.Array:
    """Outputs [k] for one example x [d]."""
    layers, direct = params
    return output_activation(mlp.apply(layers, x, activation=activation) + x @ direct)


SKIP = Model(skip_init, skip_apply)


def near_half(params: Any, data: nnjax.tasks.Data, predict: Any) -> jax.Array:
    """How many outputs lie within 0.05 of one half."""
    return jnp.sum(jnp.abs(predict(params, data.x) - 0.5) <= 0.05)


def near_half_of_logits(params: Any, data: nnjax.tasks.Data, predict: Any) -> jax.Array:
    """The same for a network whose outputs are logits."""
    return jnp.sum(jnp.abs(jax.nn.sigmoid(predict(params, data.x)) - 0.5) <= 0.05)


FIRST = "first reading"


@dataclass(frozen=True)
class Row:
    """One published row: what was found, and the sweep that repeats it with its open choices."""

    source: str
    claim: str
    settings: dict[str, Any]
    epochs: int
    bits: int = 2
    solved: tuple[float, float, int] | None = None  # least and most solved (a rounded share), and out of how many
    typical_epochs: float | None = None
    # Of how many runs `typical_epochs` is the median.
    median_of: int = 1
    # Whether the row was published outside this project; its own prototype is no evidence of reproduction.
    foreign: bool = True
    stop: tuple[str, float] = ("worst_error", _solved.TOLERANCE)
    judged_at_end: bool = False
    record_epochs: int = 10
    most_seeds: int = 10_000  # where 10,000 would take too long
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)
    open_choices: str = ""


def half_sse_rate(rate: float, rows: int) -> float:
    """The learning rate on the mean squared error over `rows` that equals `rate` on half their sum."""
    return rate * rows / 2


SIGMOID = {"activation": "sigmoid", "output_activation": "sigmoid", "loss": "squared_error", "solver": "sgd"}
DRAWN = {"init": "uniform", "bias_init": "uniform"}


def _classic(scale: float, rate: float, momentum: float | None, hidden: int = 2, rows: int = 4) -> dict[str, Any]:
    settings = SIGMOID | DRAWN | {"hidden": (hidden,), "init_scale": scale, "bias_scale": scale}
    settings |= {"learning_rate": half_sse_rate(rate, rows)}
    return settings | ({} if momentum is None else {"momentum": momentum})


STRICT = {"stop": ("worst_error", 0.1)}
CLASSIC_READINGS = {
    "biases start at 0": {"bias_init": "zeros"},
    "mean instead of sum of the rows": {"learning_rate": 0.5 / 2},
    "outputs within 0.1": STRICT,
    "weights U(-1, 1)": {"init_scale": 1.0, "bias_scale": 1.0},
}


def _adam(init: str, activation: str) -> dict[str, Any]:
    return {
        "hidden": (4,),
        "activation": activation,
        "init": init,
        "solver": "adam",
        "learning_rate": 0.01,
        "loss": "sigmoid_binary_cross_entropy",
    }


def _study(init: str, activation: str, solved: int) -> Row:
    law = init.split("_")[0]
    return Row(
        source="a paired-seed study (references, section 3)",
        claim=f"2-4-1 {activation}, Adam .01, 200 steps, {law.capitalize()} start",
        settings=_adam(init, activation),
        solved=(solved, solved, 200),
        epochs=200,
        stop=("accuracy", 1.0),
        judged_at_end=True,
        open_choices="loss, uniform or normal, biases, what counts as solved",
        readings={
            "uniform start": {"init": f"{law}_uniform"},
            "squared error, linear output": {"loss": "squared_error"},
            "squared error, sigmoid output": {"loss": "squared_error", "output_activation": "sigmoid"},
            "outputs within 0.4": {"stop": ("worst_error_of_logits", _solved.TOLERANCE)},
            "cross-entropy below 0.1": {"stop": ("train_loss", 0.1)},
        },
    )


def _prototype(hidden: int, low: float, high: float) -> Row:
    settings = _adam("normal", "tanh") | {"hidden": (hidden,), "learning_rate": 0.05}
    return Row(
        source="the project's prototype (references, section 3)",
        claim=f"2-{hidden}-1 tanh, weights N(0, 1), Adam .05, 1,000 steps",
        settings=settings,
        solved=(low, high, 10_000),
        epochs=1000,
        stop=("train_loss", 0.1),
        judged_at_end=True,
        foreign=False,
        record_epochs=100,
    )


def _parity(bits: int, solved: int, epochs: float | None, most_seeds: int) -> Row:
    rows = 2**bits
    return Row(
        source="hinton-problems (references, section 3)",
        claim=f"parity of {bits} bits, {bits}-{bits}-1, up to 60,000 epochs",
        settings=_classic(0.5, 0.5, 0.9, bits, rows),
        bits=bits,
        solved=(solved, solved, 5),
        typical_epochs=epochs,
        median_of=solved,
        epochs=60_000,
        record_epochs=20,
        most_seeds=most_seeds,
        open_choices="rate, momentum, start, loss, order, what counts as solved; read as that source's XOR row",
        readings={}
        if bits > 3
        else {
            "no momentum": {"momentum": None},
            "mean instead of sum of the rows": {"learning_rate": 0.5 / 2},
            "weights U(-1, 1)": {"init_scale": 1.0, "bias_scale": 1.0},
        },
    )


ROWS: dict[str, Row] = {
    "pdp-direct-links": Row(
        source="Rumelhart, Hinton & Williams 1986, PDP pp. 331-333 (read in citations)",
        claim="one hidden unit with direct input-output links, rate .5",
        settings=_classic(0.5, 0.5, None, 1) | {"model": SKIP},
        typical_epochs=558,
        epochs=10_000,
        open_choices="momentum, start, order, what counts as solved",
        readings={"momentum .9": {"momentum": 0.9}, "outputs within 0.1": STRICT},
    ),
    "pdp-2-2-1": Row(
        source="the same; Chauvin's count",
        claim='2-2-1, rate .25: 2 stuck "in hundreds" (read as 2 of 200), about 245 presentations',
        settings=_classic(0.5, 0.25, 0.9),
        solved=(198, 198, 200),
        typical_epochs=245,
        median_of=198,
        epochs=10_000,
        open_choices="how many runs, momentum, start, order, presentations of a row or of all rows",
        readings={
            "no momentum": {"momentum": None},
            "weights U(-1, 1)": {"init_scale": 1.0, "bias_scale": 1.0},
            "weights U(-.3, .3)": {"init_scale": 0.3, "bias_scale": 0.3},
            "rate .5": {"learning_rate": half_sse_rate(0.5, 4)},
        },
    ),
    "hinton-momentum": Row(
        source="hinton-problems (references, section 3)",
        claim="2-2-1 sigmoid, full batch with momentum, no restart",
        settings=_classic(0.5, 0.5, 0.9),
        solved=(25, 25, 30),
        typical_epochs=730,
        median_of=25,
        epochs=5000,
        open_choices="rate, momentum and start (read as in its restart row), loss, biases, what counts as solved",
        readings=CLASSIC_READINGS,
    ),
    "ai-timeline-online": Row(
        source="ai-timeline (references, section 3)",
        claim="2-2-1 sigmoid, online, rate .5, U(-1, 1), 10,000 epochs, solved when SSE < .01",
        settings=_classic(1.0, 0.5, None) | {"learning_rate": half_sse_rate(0.5, 1), "batch_size": 1},
        solved=(40, 40, 50),
        epochs=10_000,
        stop=("sum_squared_error", 0.01),
        record_epochs=100,
        open_choices="order of the rows (read as shuffled), biases, half or whole square",
        readings={
            "rows in order": {"order": "sequential"},
            "biases start at 0": {"bias_init": "zeros"},
            "rate on the whole square": {"learning_rate": 0.5},
        },
    ),
    "study-relu-he": _study("he_normal", "relu", 103),
    "study-tanh-he": _study("he_normal", "tanh", 175),
    "study-relu-xavier": _study("glorot_normal", "relu", 104),
    "study-tanh-xavier": _study("glorot_normal", "tanh", 189),
    "prototype-2-2-1": _prototype(2, 4450, 4549),
    "prototype-2-4-1": _prototype(4, 9550, 9649),
    "prototype-2-8-1": _prototype(8, 9950, 10_000),
    "parity-2": _parity(2, 5, 441, 10_000),
    "parity-3": _parity(3, 5, 2703, 2048),
    "parity-4": _parity(4, 5, 15_101, 1024),
    "parity-5": _parity(5, 2, None, 256),
    "parity-6": _parity(6, 0, None, 128),
    "parity-7": _parity(7, 0, None, 128),
}
NOT_REPEATED = {
    "TinyTorch": "2-4-1 with ReLU stalls at 75 % in about 1 seed of 6: neither solver, rate nor start is given",
}
