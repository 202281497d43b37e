"""The Microsoft experiment, on speech: each layer helps, five beat equal weights, and no single layer catches up.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. Their table
is word error on Switchboard, whose recordings are not to be had. But what their networks learn can be made: to tell
from a frame of 10 ms, and five to either side, which part of which phoneme is spoken (theirs, 9,304 parts in context;
here, thirds of phonemes, about 200). Labels are exact: sentences of English words in many voices, accents, rates and
pitches (eSpeak NG), with noise at 5 to 20 dB. Test voices are heard by no training utterance. What is counted is frame
error, not word error, and speech of a synthesiser is not that of people; the ordering of the table is what is tested.

Protocol: 40 log-mel bands of 11 frames, 440 inputs; 5 hours of training speech, classes with 50 frames or more. L
layers of 256 ReLUs or sigmoids (and of 512 ReLUs), one layer of as many weights as five of them, and at 256 one of four
times the weights of five. AdamW, cosine to 0, batches of 256. For every network first the rate and then the weight
decay is tuned on development voices, on a seed that is not reported, after a quarter of the steps. Then six fresh
seeds, the same for all networks, for 1/16 of the steps, a quarter, and all, each with a schedule of its own: the wide
one takes more than three times as long for a step, so that at equal seconds it must be read near the quarter. The
sigmoids are also pretrained as the original's were, layer by layer, with as many steps in all. Then five layers of 256
ReLUs and one of as many weights are tuned anew and trained four times longer, and those two and the wide one are
trained on fewer hours, for equal steps; three seeds each. How little that is: the ReLUs of the table see 0.77 million
frames, the sigmoids 0.46 and those of 512 0.20, of 1.8 million there are; the longest training sees 3.1 million.

Differences are taken within a voice and a seed; their intervals and p hold for other voices and other seeds. They do
not hold what the tuning does. Holm's rule corrects over the steps of a column, and over its comparisons with one layer.

The text and the voices: `pip install 'nnjax[speech]'`. Made speech is kept in the user's cache.

    python -m experiments wide_versus_deep.speech                  # 40 s, a tenth of the data and four shapes
    python -m experiments wide_versus_deep.speech --preset full    # 70 minutes on 2 cores, on a store

Outputs: tables, weights, training, hours, utterance; table.csv has a row per column and network.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """Which networks, on how much speech, and for how long."""

    activations: tuple[str, ...] = ("relu", "sigmoid", "relu")  # scientific: one for each column of the table
    neurons: tuple[int, ...] = (256, 256, 512)  # scientific: N of each column
    layers: tuple[tuple[int, ...], ...] = ((1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5), (1, 5))  # scientific: L of each
    steps: tuple[int, ...] = (3_000, 1_800, 800)  # scientific: of training, of each
    shorter: tuple[int, ...] = (16, 4)  # scientific: all are also trained for so many times fewer steps
    longer: int = 4  # scientific: the deep and the equal one of the first column also for so many times more steps
    matched: tuple[int, ...] = (5,)  # scientific: the L whose weights are given to one layer
    wider: int = 4  # scientific: weights of the far wider layer over those of five layers, at the first N
    pretrained: tuple[str, ...] = ("sigmoid",)  # scientific: at the first N also pretrained, layer by layer
    hours: float = 5.0  # scientific: of training speech, for the table
    fewer_hours: tuple[float, ...] = (0.25, 1.0)  # scientific: for error against hours, beside those of the table
    growing: int = 16  # fixed: pretraining puts a layer on after so many times fewer steps
    voice_frames: int = 2_000  # fixed: of every development and every test voice, twenty seconds
    batch_size: int = 256  # fixed
    rates: tuple[float, ...] = (0.001, 0.002, 0.004, 0.008, 0.016)  # nuisance: tuned for every network
    decays: tuple[float, ...] = (0.1, 0.3)  # nuisance: of AdamW, tuned as well, with the best rate
    tuning_seeds: int = 1  # nuisance: seeds that are not reported
    seeds: int = 6  # fixed: reported
    hours_seeds: int = 3  # fixed: reported, of fewer hours and of longer training
    least_frames: int = 50  # fixed: training frames of a class; rarer ones are one class together
    timed_steps: int = 40  # fixed: steps that are put on the clock
    seed: int = 0  # fixed: of the speech


FULL = Config()
QUICK = Config(
    activations=("relu",), neurons=(64,), layers=((1, 5),), matched=(5,), pretrained=(), hours=0.5,
    fewer_hours=(0.05,), steps=(160,), shorter=(4,), longer=2, voice_frames=200, rates=(0.004,), decays=(0.1,), seeds=2,
    hours_seeds=2, timed_steps=10,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Shares of wrong frames [column, length, network, seed, voice], pretrained, by hours, and one test utterance."""
    from experiments.wide_versus_deep import _speech_data as heard
    from experiments.wide_versus_deep import _speech_looks as looks
    from experiments.wide_versus_deep import _speech_pretraining as pretraining
    from experiments.wide_versus_deep import _speech_runs as runs

    check(config)
    rows = heard.rows(config)
    every = runs.columns(config)
    parts = []
    for column in every:
        one = runs.train(rows, column, config)
        if column.activation in config.pretrained and column.neurons == config.neurons[0]:
            one["pretrained"] = pretraining.train(rows, column, one, config).reindex(network=one.network)
        parts.append(one)
    longer = runs.longer(rows, every[0], config)
    hours = runs.by_hours(rows, parts[0], every[0], config)
    # Only now, when every core is idle.
    parts = [one.assign(seconds=runs.seconds(rows, column, config)) for one, column in zip(parts, every, strict=True)]
    names = xr.Variable("column", [column.name for column in every])
    data = xr.concat(parts, names, join="outer", data_vars="all")
    data["hours_error"] = hours.rename(seed="hours_seed", network="compared")
    longer = longer.rename(seed="hours_seed", network="longest")
    data = data.assign({f"longer_{name}": values for name, values in longer.items()})
    data = data.assign(looks.utterance(rows, config))
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.speech{preset}",
        num_classes=rows.y.shape[1],
        num_frames=len(rows.x),
        test_frames=config.voice_frames,
        train_hours=config.hours,
        longer=config.longer,
        growing=config.growing,
        batch_size=config.batch_size,
        edges=[min(config.rates), max(config.rates)],
        development_voices=heard.CHOOSING,
        matched=list(config.matched),
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name, known, least in (("activations", ("relu", "sigmoid"), 1), ("pretrained", config.activations, 0)):
        values = getattr(config, name)
        if len(values) < least or not set(values) <= set(known):
            raise ValueError(f"{name}={values!r} must be some of {', '.join(known)}")
    for name in ("neurons", "layers", "steps"):
        if len(getattr(config, name)) != len(config.activations):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold as many as {config.activations!r}")
    pairs = list(zip(config.activations, config.neurons, strict=True))
    if min(config.neurons) < 1 or len(set(pairs)) < len(pairs):
        raise ValueError(
            f"neurons={config.neurons!r} must be 1 or more, and different where the activation is the same"
        )
    for layers in config.layers:
        if list(layers) != sorted(set(layers)) or len(layers) < 2 or layers[0] != 1:
            raise ValueError(f"layers={config.layers!r} must hold rising numbers each: 1 first, and one more at least")
        if not config.matched or config.matched[0] not in layers or min(config.matched) < 2:
            raise ValueError(f"matched={config.matched!r} must begin with one of the layers above 1, of {layers!r}")
    if not set(config.matched) <= set(config.layers[0]) or list(config.matched) != sorted(set(config.matched)):
        raise ValueError(f"matched={config.matched!r} must rise, and be some of the layers {config.layers[0]!r}")
    for name, least in (
        *(("wider", 2), ("voice_frames", 1), ("batch_size", 1), ("tuning_seeds", 1), ("seeds", 2), ("hours_seeds", 2)),
        *(("longer", 2), ("least_frames", 1), ("timed_steps", 10), ("seed", 0)),
    ):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    falling = sorted(set(config.shorter), reverse=True)
    if not falling or list(config.shorter) != falling or falling[-1] < 2:
        raise ValueError(f"shorter={config.shorter!r} must fall, to 2 or more")
    if config.hours_seeds > config.seeds:
        raise ValueError(f"hours_seeds={config.hours_seeds!r} must be seeds={config.seeds!r} at most")
    deepest = max(layers[-1] for layers in config.layers)
    if config.growing < deepest:
        raise ValueError(f"growing={config.growing!r} must be {deepest}, the most layers, or more")
    most = max(*config.shorter, config.growing)
    if min(config.steps) < most:
        raise ValueError(f"steps={config.steps!r} must be {most} or more")
    rising = sorted({*config.fewer_hours, config.hours})
    if not config.fewer_hours or [*config.fewer_hours, config.hours] != rising or rising[0] <= 0:
        raise ValueError(f"fewer_hours={config.fewer_hours!r} must be above 0, rise, and end below {config.hours!r}")
    if not config.rates or min(config.rates) <= 0:
        raise ValueError(f"rates={config.rates!r} must hold numbers above 0")
    if not config.decays or min(config.decays) < 0:
        raise ValueError(f"decays={config.decays!r} must hold numbers of 0 or more")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The tables side by side, error by weights, leads by training, by hours, and an utterance with who is wrong."""
    from experiments.wide_versus_deep import _speech_figures as draw
    from experiments.wide_versus_deep import _speech_looks as looks

    return {
        "tables": draw.tables(data),
        "weights": draw.weights(data),
        "training": draw.training(data),
        "hours": draw.hours(data),
        "utterance": looks.draw(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per column and network: its weights, what was tuned, its errors in percent with their intervals."""
    from experiments.wide_versus_deep import _speech_summary as summary

    return summary.rows(data)


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_speech_verdicts`."""
    from experiments.wide_versus_deep import _speech_verdicts

    return _speech_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
