"""One training of one network, in pieces: what is seen is gathered from the bands within the compiled program.

Every minute a training writes down all that it needs to go on, and at its end what was found. So a run that was stopped
loses a minute of each training that was under way. Layer-wise pretraining (Seide, Li, Chen & Yu 2011, ASRU) is a
training in stages. First one hidden layer with an output layer is trained for a while. Then the output layer is thrown
away, and one more hidden layer and a new output layer are added. All of it is trained for a while, and so on.
"""

import functools
import hashlib
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import code, resume
from experiments.lab.resume import Run
from experiments.lab.speech_corpus import examples
from experiments.lab.speech_corpus.examples import DEVELOPMENT, INPUTS, TEST, Examples, Speech, windows
from nnjax import machine, objective, training
from nnjax.tasks import Data

PIECE = 4_000  # steps at a time, at most
MOMENTS = 12  # at which the training loss is measured, evenly apart
MEASURED = 8_192  # training frames by which it is, evenly apart
PAUSE = 60.0  # seconds from one writing down to the next
GROWING = 16  # pretraining adds a layer after the frames divided by this


class Network(NamedTuple):
    """The hidden layers of a network, and whether it is pretrained."""

    activation: str
    hidden: tuple[int, ...]
    pretrained: bool = False


class Job(NamedTuple):
    """One training: stages of growing networks by their hidden layers, with the frames that each stage sees."""

    stages: tuple[tuple[tuple[int, ...], int], ...]
    activation: str
    learning_rate: float
    weight_decay: float
    seed: int
    heard: int  # so many frames of the training speech, from its beginning
    batch_size: int


class Found(NamedTuple):
    """Shares of wrong frames of every voice, the training loss at the end, and how many seconds training took."""

    wrong: np.ndarray
    loss: Any  # a number
    seconds: Any  # a number


class State(NamedTuple):
    """Where a training is: steps that are done, what `training.advance` takes, losses so far, and seconds spent."""

    done: int
    network: training.State
    loss: np.ndarray
    seconds: float


def place(speech: Mapping[str, Any]) -> Run:
    """Where trainings on this speech are kept, and how far those are that are under way.

    With other speech, or other code of what trains, they begin anew; with other code of tuning, only what is new is
    trained. The other settings that decide a training are in its Job.
    """
    trains = code.of_modules(sys.modules[__name__], examples)
    return resume.here().under(code.library(), trains, speech, examples.makers())


def job(
    network: Network, frames: int, rate: float, decay: float, seed: int, hours: float, data: Examples, batch_size: int
) -> Job:
    """The training of a network; one that is pretrained sees as many frames in all as one that is not."""
    layers, before = network.hidden, range(1, len(network.hidden)) if network.pretrained else ()
    stages = [(layers[:depth], frames // GROWING) for depth in before]
    stages.append((layers, frames - frames // GROWING * len(stages)))
    heard = min(examples.frames(hours), len(data.train.answer))
    return Job(tuple(stages), network.activation, rate, decay, seed, heard, batch_size)


def train(job: Job, data: Examples, run: Run) -> Found:
    """Train, or go on where an earlier session stopped, or read what it has found."""
    name = hashlib.sha256(repr(job).encode()).hexdigest()[:20]
    part = None if run.folder is None else run.folder / f"{name}.npz"
    dims = {"wrong": "voice", "loss": (), "seconds": ()}

    def make() -> xr.Dataset:
        return xr.Dataset({one: (dims[one], value) for one, value in _train(job, data, part)._asdict().items()})

    found = run.kept(name, make)
    if part is not None:
        part.unlink(missing_ok=True)
    return Found(**{one: found[one].values for one in dims})


def _train(job: Job, data: Examples, part: Path | None) -> Found:
    steps = [-(-frames // job.batch_size) for _, frames in job.stages]
    numbers = {"learning_rate": job.learning_rate, "weight_decay": job.weight_decay}
    with machine.precision("float32"):
        state, saved = _begun(job, data, part), time.monotonic()
        for stage, begin, end in _pieces(steps, state.done):
            program = _program(*_spec(job, stage, data))
            first = sum(steps[:stage])  # step of the stage
            if begin == first and stage > 0:
                fresh = program.begin(_key(job, stage))
                params = (*state.network.params[:-1], *fresh.params[-2:])
                state = state._replace(network=program.restart(params))
            hyper = {name: jnp.float32(value) for name, value in numbers.items()}
            hyper["schedule_steps"] = jnp.float32(steps[stage])
            seen = _seen(job, begin, end)
            left = job.stages[stage][1] - (begin - first) * job.batch_size
            start = time.perf_counter()
            network = program.advance(state.network, hyper, data.train, seen, end - begin, left)
            jax.block_until_ready(network.params)
            seconds, loss = state.seconds + time.perf_counter() - start, state.loss
            if end in _moments(sum(steps)):
                loss = np.append(loss, float(program.loss(network.params, data.train, job.heard)))
            state = State(end, network, loss, seconds)
            if not np.isfinite(loss[-1:]).all():
                break  # it diverged
            if part is not None and time.monotonic() - saved > PAUSE:
                _write(part, state)
                saved = time.monotonic()
        return _found(job, data, state)


def _begun(job: Job, data: Examples, part: Path | None) -> State:
    """The state before the first step, or the one that was written down."""
    if part is None or not part.exists():
        return State(0, _program(*_spec(job, 0, data)).begin(_key(job, 0)), np.zeros(0), 0.0)
    kept = resume.read(part)
    steps = list(itertools.accumulate(-(-frames // job.batch_size) for _, frames in job.stages))
    stage = next(i for i, end in enumerate(steps) if int(kept["done"]) <= end)
    like = _program(*_spec(job, stage, data)).begin(_key(job, stage))
    leaves = [jnp.asarray(kept[f"leaf{i}"]) for i in range(len(jax.tree.leaves(like)))]
    network = jax.tree.unflatten(jax.tree.structure(like), leaves)
    return State(int(kept["done"]), network, kept["loss"], float(kept["seconds"]))


def _write(part: Path, state: State) -> None:
    leaves = {f"leaf{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(state.network))}
    resume.write(part, done=state.done, loss=state.loss, seconds=state.seconds, **leaves)


def _found(job: Job, data: Examples, state: State) -> Found:
    program = _program(*_spec(job, len(job.stages) - 1, data))
    if len(state.loss) < MOMENTS or not np.isfinite(state.loss).all():  # one that diverged has none right
        return Found(np.ones(DEVELOPMENT + TEST), np.inf, state.seconds)
    wrong = program.wrong(state.network.params, data.tested)
    return Found(np.asarray(wrong, float), state.loss[-1], state.seconds)


def _moments(total: int) -> list[int]:
    return [total * moment // MOMENTS for moment in range(1, MOMENTS + 1)]


def _pieces(steps: list[int], done: int) -> Iterator[tuple[int, int, int]]:
    """Stage, first step and step after the last, of the pieces that are left when so many steps are done."""
    ends = list(itertools.accumulate(steps))
    cuts = sorted({0, *ends, *_moments(ends[-1])})
    for begin, end in itertools.pairwise(cuts):
        stage = next(i for i, last in enumerate(ends) if begin < last)
        for at in range(begin, end, PIECE):
            if at >= done:
                yield stage, at, min(at + PIECE, end)


def _key(job: Job, stage: int) -> Any:
    return jax.random.fold_in(jax.random.key(job.seed), stage)


def _seen(job: Job, begin: int, end: int) -> Any:
    """The places of the frames [PIECE batch_size] that are seen from one step to another, filled up at the end."""
    found = order(job.seed, begin * job.batch_size, end * job.batch_size, job.heard)
    return np.pad(found, (0, PIECE * job.batch_size - len(found)))


def order(seed: int, begin: int, end: int, heard: int) -> np.ndarray:
    """The places of what is seen from one frame to another: all frames in an order, then all in another, and so on."""
    passes = range(begin // heard, -(-end // heard))
    parts = [_shuffled(seed, one, heard)[max(begin - one * heard, 0) : min(end - one * heard, heard)] for one in passes]
    return np.concatenate(parts)


@functools.lru_cache(4)
def _shuffled(seed: int, which: int, heard: int) -> np.ndarray:
    return np.random.default_rng([seed, which]).permutation(np.arange(heard, dtype=np.int32))


class Program(NamedTuple):
    """The compiled functions of a network."""

    begin: Callable[[Any], training.State]  # of a key
    restart: Callable[[Any], training.State]  # of parameters
    advance: Callable[..., training.State]
    loss: Callable[..., Any]
    wrong: Callable[..., Any]


def _spec(job: Job, stage: int, data: Examples) -> tuple[training.Spec, int]:
    return spec(job.stages[stage][0], job.activation, INPUTS, data.num_classes), job.batch_size


@functools.cache
def spec(hidden: tuple[int, ...], activation: str, inputs: int, outputs: int) -> training.Spec:
    """That of a sweep: He's weights for ReLU, Glorot's for sigmoid, biases 0, AdamW, cosine schedule to 0."""
    few = Data(np.zeros((2, inputs), np.float32), np.eye(outputs, dtype=np.float32)[:2])
    plan = nnjax.plan(
        few, hidden=[hidden], activation=activation, init="he_normal" if activation == "relu" else "glorot_normal",
        solver="adamw", schedule="cosine", loss="softmax_cross_entropy", num_steps=2,
        learning_rate=0.1, weight_decay=0.1,
    )  # fmt: skip
    return plan.programs[0].spec


@functools.cache
def _program(spec: training.Spec, batch_size: int) -> Program:
    def seen(speech: Speech, at: Any) -> tuple[Any, Any]:
        return windows(speech, at), jax.nn.one_hot(speech.answer[at], spec.sizes[-1])

    def begin(key: Any) -> training.State:
        return restart(training.draw(key, {}, spec))

    def restart(params: Any) -> training.State:
        hyper = {"learning_rate": 0.1, "weight_decay": 0.1, "schedule_steps": 1.0}  # none is part of the state
        nothing = Data(jnp.zeros((1, spec.sizes[0])), jnp.zeros((1, spec.sizes[-1])))
        state = training.begin(jax.random.key(0), params, hyper, nothing, spec)
        return state._replace(order_key=jnp.zeros(()))  # which a full batch does not look at

    def advance(state: Any, hyper: Any, speech: Speech, order: Any, steps: Any, left: Any) -> training.State:
        """`left` frames are left in the stage: the last batch may hold fewer."""

        def step(i: Any, state: training.State) -> training.State:
            at = jax.lax.dynamic_slice_in_dim(order, i * batch_size, batch_size)
            there = jnp.arange(batch_size) < left - i * batch_size
            return training.advance(state, hyper, Data(*seen(speech, at), weight=there.astype(jnp.float32)), 0, 1, spec)

        return jax.lax.fori_loop(0, steps, step, state)

    def loss(params: Any, speech: Speech, heard: Any) -> Any:
        at = (jnp.arange(MEASURED) * (heard / MEASURED)).astype(jnp.int32)
        return objective.mean_loss(params, *seen(speech, at), None, spec)

    def wrong(params: Any, tested: Speech) -> Any:
        def voice(at: Any) -> Any:
            answered = objective.predict(params, windows(tested, at), spec).argmax(axis=1)
            return jnp.mean(answered != tested.answer[at])

        return jax.lax.map(voice, jnp.arange(len(tested.answer)).reshape(DEVELOPMENT + TEST, -1))

    def compiled(f: Callable[..., Any], **more: Any) -> Callable[..., Any]:
        return jax.jit(f, compiler_options=dict(machine.compiler_options()), **more)

    return Program(
        compiled(begin), compiled(restart), compiled(advance, donate_argnums=0), compiled(loss), compiled(wrong)
    )
