"""Do layers help in recognising speech, as in Microsoft's table, or would one layer with as many weights do?

Seide, Li & Yu (2011) is the evidence for depth that textbooks quote: word errors on Switchboard, whose recordings are
not available here. But the task of their networks can be generated: to recognise, from a frame of 10 ms and five to
either side, which third of which phoneme is spoken (212 classes; they had 9,304). English sentences are synthesised in
many voices, accents, rates and pitches (eSpeak NG, `speech_corpus`), with noise at 5 to 20 dB; test voices are in no
training. Frame error is not word error, and synthesised speech is not human speech: what is tested is the order.

There are 10 hours of training speech (3.6 million frames). Networks see 40 log-mel bands (logarithms of the energy
around 40 pitches) of 11 frames. They train by AdamW with a cosine schedule and batches of 256.

- Primary: 5 x 256 ReLU against one layer of as many weights (1 x 659), 25 million frames, two tunings of 3 seeds each;
  the same with as many frames of only 5 hours, which tells length from repetition.
- Ladder: 1, 2, 3, 5 and 7 layers, 1 x 659, and one layer of four times the weights, for 12 million frames and less.
- Equal seconds: the far wider layer after 7.8 million frames. Timed on an idle machine, a step of it takes 13.3 ms of
  one core. A step of five layers, which see 25 million, takes 4.2 ms. On a busy machine, the run took 15 and 19
  minutes. After 25 million frames it was not run.
- Sigmoids, as in the original: 1, 3 and 5 layers and 1 x 659, 6 million frames. Those of 3 and 5 layers are also grown
  layer by layer with labels (Seide et al., ASRU 2011). The table's own networks were pretrained without labels.

Rate and weight decay are tuned for every network at its full length, on development voices and seeds that are not
reported (`speech_tuning`); shorter trainings have interpolated rates, and those on 5 hours the numbers of 10.

A lead is the difference of frame errors within a voice, in points. Its interval holds for other voices like the 48 test
voices (12 of eSpeak NG, 36 drawn from the ranges of its own), other tunings and other seeds. The variance between two
tunings is added to that over voices. It is pooled over the five trainings that were tuned twice. Where the variance
between a network's own seeds is greater, that is added instead. There is one draw of training speech. Less than 1 point
counts as equal.

A training saves its state every minute (`speech_training`) and its results at its end, so the same command resumes a
run that was stopped. The text and the voices need `pip install '.[experiments,speech]'`.

    python -m experiments wide_versus_deep.speech                  # 1 to 3 minutes: small networks, little speech
    python -m experiments wide_versus_deep.speech --preset full    # 19 hours
"""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import flags
from experiments.lab.estimates import LEVEL, exact, mean, with_parts
from experiments.lab.flags import at_least
from experiments.lab.speech_corpus import examples
from experiments.lab.speech_corpus.examples import INPUTS, TEST_VOICES
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above
from experiments.wide_versus_deep import microsoft, speech_training, speech_tuning
from experiments.wide_versus_deep.speech_leads import Spot, at_end, combined, lead, percent, spots, trained
from experiments.wide_versus_deep.speech_training import Network
from experiments.wide_versus_deep.speech_tuning import Cell, Search
from nnjax import mlp

DEPTH = 5  # hidden layers of the primary network
DEEP, EQUAL, WIDE = f"relu {DEPTH}", f"relu ={DEPTH}", "relu wide"
LEAST_FRAMES = 50  # training frames of a class; rarer ones are one class
MARGIN = 1.0  # points of frame error within which two networks are equal
FRAMES, HOURS = at_least(1, 10**9), at_least(most=1_000)


@dataclass(frozen=True)
class Config:
    """Which networks are trained, on how much speech, and for how long."""

    neurons: Annotated[int, at_least(2)] = 256  # of every layer of a deep network
    layers: tuple[int, ...] = (1, 2, 3, 5, 7)  # of the ladder
    wider: Annotated[int, at_least(2)] = 4  # weights of the far wider layer over those of the primary network
    primary_frames: Annotated[int, FRAMES] = 25_000_000  # seen in training, of the primary networks
    ladder_frames: Annotated[int, FRAMES] = 12_000_000
    wide_frames: Annotated[int, FRAMES] = 7_800_000  # of the far wider layer, in as many seconds as the primary network
    # The ladder is also trained on these shares of its frames, and the primary networks on the greatest of them.
    shares: Annotated[tuple[float, ...], at_least(most=0.99)] = (1 / 16, 1 / 8, 1 / 4)
    sigmoid_layers: Annotated[tuple[int, ...], at_least(count=0)] = (1, 3, 5)
    sigmoid_frames: Annotated[int, FRAMES] = 6_000_000
    hours: Annotated[float, HOURS] = 10.0  # of training speech
    fewer_hours: Annotated[float, HOURS] = 5.0  # with equal frames
    voice_frames: int = 2_000  # of every development and every test voice
    batch_size: int = 256
    rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)  # of ReLU
    sigmoid_rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
    decays: Annotated[tuple[float, ...], at_least(count=3)] = (0.1, 0.3, 1.0)  # the middle one is tried with all rates
    short: Annotated[int, at_least(2)] = 16  # rates and decays are first tried on so many times fewer frames
    grow: Annotated[int, at_least(0)] = 4  # how often a grid grows where its best value lies at an end
    tunings: Annotated[int, at_least(2)] = 2  # of the primary networks and three of the ladder
    seeds: int = 3  # reported, for each tuning
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # of the speech


QUICK = Config(
    neurons=48, layers=(1, 5), primary_frames=100_000, ladder_frames=50_000, wide_frames=30_000, shares=(1 / 4,),
    sigmoid_layers=(), hours=0.08, fewer_hours=0.04, voice_frames=200, rates=(0.002, 0.004, 0.008),
    sigmoid_rates=(0.004, 0.008, 0.016), short=4, grow=1, seeds=1,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    for name in ("layers", "sigmoid_layers"):
        given = getattr(config, name)
        if given and (given[0] != 1 or DEPTH not in given):
            raise ValueError(f"{name}={given!r} must begin with 1, and hold {DEPTH}")
    for name in ("rates", "sigmoid_rates"):
        given = getattr(config, name)
        if any(not 1.99 < b / a < 2.01 for a, b in pairwise(given)):
            raise ValueError(f"{name}={given!r} must each be twice the one before")
    flags.less(config, "fewer_hours", "hours")
    trained = [(cell.network, cell.tuning, round(cell.frames * s)) for cell in cells(config) for s in (1, *cell.shares)]
    if len(set(trained)) < len(trained):
        raise ValueError(f"shares={config.shares!r} must not train a network twice for equal frames")
    least = min(config.primary_frames, config.ladder_frames, config.wide_frames, config.sigmoid_frames)
    if least < config.short * speech_training.GROWING * config.batch_size:
        raise ValueError(f"batch_size={config.batch_size!r} must leave a step to each part of {least:,} frames")


NAMES = {
    "network": "activation and hidden layers; =5 is one layer of as many weights as five, wide one of four times these",
    "frames": "frames seen in training",
    "hours": "training speech; hours",
    "neurons": "neurons of each hidden layer",
    "num_params": "weights and biases",
    "value": "frame error on test voices, mean over voices, tunings and seeds; %",
    "low": "lower end of its 95% interval, over voices; %",
    "high": "upper end of its 95% interval, over voices; %",
    "lead": "how much less five layers of this activation err after as many frames; points",
    "lead_low": "lower end of its 95% interval, over voices, tunings and seeds; points",
    "lead_high": "upper end of its 95% interval, over voices, tunings and seeds; points",
    "trainings": "trainings, those of all tunings",
    "learning_rate": "learning rate of the first tuning",
    "weight_decay": "weight decay of the first tuning",
    "at_end": "whether a tuned number lies at an end of those tried, in any tuning",
    "loss": "training loss at the end, mean over trainings; nats",
    "core_minutes": "time of a training on one core, median over trainings; min",
}


def networks(config: Config, num_classes: int) -> dict[str, Network]:
    """`relu 5` has five layers, `relu =5` one layer of as many weights, and `relu wide` a far wider one."""
    hidden = {f"{depth}": (config.neurons,) * depth for depth in (*config.layers, *config.sigmoid_layers)}
    weights = mlp.num_params((INPUTS, *hidden[f"{DEPTH}"], num_classes))
    hidden[f"={DEPTH}"] = (mlp.width_for_budget(weights, 1, INPUTS, num_classes),)
    hidden["wide"] = (mlp.width_for_budget(config.wider * weights, 1, INPUTS, num_classes) + 1,)
    found = {f"{activation} {kind}": Network(activation, layers)
             for activation in ("relu", "sigmoid") for kind, layers in hidden.items()}  # fmt: skip
    return found | {f"{name} pretrained": one._replace(pretrained=True) for name, one in found.items()}


def cells(config: Config) -> list[Cell]:
    """All that is tuned, the primary networks first."""
    c, again = config, range(1, config.tunings)
    relu, sigmoid = partial(Cell, rates=c.rates), partial(Cell, frames=c.sigmoid_frames, rates=c.sigmoid_rates)
    ladder = [*(f"relu {depth}" for depth in c.layers), EQUAL]
    found = [relu(one, c.primary_frames, shares=c.shares[-1:], fewer_hours=(c.fewer_hours,)) for one in (DEEP, EQUAL)]
    found += [relu(one, c.primary_frames, tuning=i) for i in again for one in (DEEP, EQUAL)]
    found += [relu(WIDE, c.ladder_frames, shares=c.shares), relu(WIDE, c.wide_frames)]
    found += [relu(one, c.ladder_frames, shares=c.shares) for one in reversed(ladder)]
    found += [relu(one, c.ladder_frames, tuning=i) for i in again for one in (DEEP, EQUAL, ladder[0])]
    if c.sigmoid_layers:
        found += [sigmoid(f"sigmoid {kind}") for kind in (*c.sigmoid_layers, f"={DEPTH}")]
    return [*found, *(sigmoid(f"sigmoid {depth} pretrained") for depth in c.sigmoid_layers if depth > 1)]


def run(config: Config) -> xr.Dataset:
    """Shares of wrong frames of the test voices [run, voice], what was tuned [run], and the size of each network."""
    speech = {"hours": config.hours, "voice_frames": config.voice_frames, "seed": config.seed}
    data = examples.made(least_frames=LEAST_FRAMES, **speech)
    search = Search(config.decays, config.short, config.grow, config.seeds, config.batch_size, config.hours)
    every, plan = networks(config, data.num_classes), cells(config)
    rows = speech_tuning.tune_and_train(plan, every, data, search, speech_training.place(speech))
    found: dict[str, Any] = {
        name: ("run", np.array([row[name] for row in rows])) for name in rows[0] if name != "wrong"
    }
    found["wrong"] = ("run", "voice"), np.stack([row["wrong"] for row in rows]).astype("float32")
    hidden = {cell.network: every[cell.network].hidden for cell in plan}
    found["neurons"] = "of", [layers[0] for layers in hidden.values()]
    found["num_params"] = "of", [mlp.num_params((INPUTS, *one, data.num_classes)) for one in hidden.values()]
    lengths = {f"{name}_frames": getattr(config, f"{name}_frames") for name in ("primary", "ladder", "wide", "sigmoid")}
    return xr.Dataset(found, {"voice": TEST_VOICES, "of": list(hidden)}, lengths | {"hours": config.hours})


# Measures and statements.


Length = tuple[str, str]  # a network, and which of the lengths: primary, ladder, wide or sigmoid


def spot(data: xr.Dataset, network: str, length: str) -> Spot | None:
    """Where a network was trained for one of the lengths."""
    found = Spot(network, data.attrs[f"{length}_frames"], data.attrs["hours"])
    return found if trained(data, found).sizes["run"] else None


def ahead(data: xr.Dataset, level: float, first: Length, second: Length) -> xr.Dataset | None:
    """The lead of a network over another; a tuned number at the end of its grid leaves its side open."""
    one, other = spot(data, *first), spot(data, *second)
    if one is None or other is None:
        return None
    found, may_rise, may_fall = lead(data, level, one, other), at_end(data, one), at_end(data, other)
    found = found.assign(low=found.low.where(not may_fall, -np.inf), high=found.high.where(not may_rise, np.inf))
    errors = [percent(data, place).mean("tuning") for place in (one, other)]
    wrong = " and ".join(f"{error.mean().item():.1f}%" for error in errors)
    ahead_at = (errors[0] < errors[1]).sum().item()
    note = f"{wrong} of the frames are wrong; the first network errs less on {ahead_at} of the voices"
    return found.assign_attrs(note=note, at_edge=may_fall + may_rise)


def longer(data: xr.Dataset, level: float) -> xr.Dataset:
    """The lead of five layers over equal weights after the most frames minus that after the fewest."""
    seen = data.frames.where((data.network == DEEP) & (data.hours == data.attrs["hours"]), drop=True).astype(int)
    (deep, equal), (fewest, most) = (DEEP, EQUAL), (seen.min().item(), seen.max().item())
    signs = {(equal, most): 1.0, (deep, most): -1.0, (equal, fewest): -1.0, (deep, fewest): 1.0}
    spots = {Spot(*key, data.attrs["hours"]): sign for key, sign in signs.items()}
    before, after = (lead(data, level, *[one for one in reversed(spots) if one.frames == n]) for n in (fewest, most))
    note = f"a lead of {before.value.item():.2f} at first, {after.value.item():.2f} at the end"
    return combined(data, level, spots).assign_attrs(note=note)


def each_addition(data: xr.Dataset, level: float) -> xr.Dataset:
    """What an addition of layers, up to five, gains on average, and its parts."""
    places = [place for depth in range(1, DEPTH + 1) if (place := spot(data, f"relu {depth}", "ladder"))]
    share = 1 / (len(places) - 1)
    parts = [lead(data, level, more, fewer) for fewer, more in pairwise(places)]
    ends = xr.DataArray([at_end(data, place) for place in places], dims="step")
    overall = combined(data, level, {places[0]: share, places[-1]: -share})
    return with_parts(overall, xr.concat(parts, "step", combine_attrs="drop"), ends[:-1], ends[1:])


ASRU = (
    "Seide, Li, Chen & Yu (2011), Feature engineering in context-dependent deep neural networks for conversational "
    "speech transcription, IEEE ASRU"
)
PROMPTED = f"prompted by {microsoft.SOURCE}: of pretrained sigmoids"
ABOVE = above(MARGIN, even=0)
CORRECTED = "It had no margin, and was corrected together with two others."
STATEMENTS = (
    Statement(
        "primary", "After 25 million frames, five layers of ReLUs err less than one layer of as many weights.",
        OWN, PROMPTED, ABOVE, partial(ahead, first=(DEEP, "primary"), second=(EQUAL, "primary")),
        "It counted as published, and had no margin.", headline=True,
    ),
    Statement(
        "longer", "Five layers of ReLUs gain more on one layer of as many weights after 25 million frames than after "
        "750 thousand.", OWN, "", ABOVE, longer, "It had no margin.",
    ),
    Statement(
        "ladder: each layer", "From one layer of ReLUs to two, three and five, an addition of layers lowers the "
        "frame error, on average.", OWN, PROMPTED, ABOVE, each_addition,
        "It had asked for a gain with every addition, counted as published, and had no margin.",
    ),
    Statement(
        "ladder: 5 against wide", "After 12 million frames, five layers of ReLUs err less than one layer of four times "
        "the weights.", OWN, PROMPTED, ABOVE, partial(ahead, first=(DEEP, "ladder"), second=(WIDE, "ladder")),
        f"It counted as published. {CORRECTED}",
    ),
    Statement(
        "equal seconds", "Five layers of ReLUs err less than one layer of four times the weights that trains for as "
        "long.", OWN, "", ABOVE, partial(ahead, first=(DEEP, "primary"), second=(WIDE, "wide")), CORRECTED,
    ),
    Statement(
        "sigmoid: 5 against =5", "After 6 million frames, five layers of sigmoids err less than one layer of as many "
        "weights.", OWN, PROMPTED, ABOVE,
        partial(ahead, first=("sigmoid 5", "sigmoid"), second=("sigmoid =5", "sigmoid")), CORRECTED,
    ),
    Statement(
        "sigmoid, pretrained: 5 against =5", "After 6 million frames, five layers of pretrained sigmoids err less than "
        "one layer of as many weights.", PUBLISHED, f"{microsoft.SOURCE}; theirs were pretrained without labels", ABOVE,
        partial(ahead, first=("sigmoid 5 pretrained", "sigmoid"), second=("sigmoid =5", "sigmoid")), CORRECTED,
    ),
    Statement(
        "sigmoid: pretraining", "After 6 million frames, five layers of sigmoids err less when they are pretrained "
        "layer by layer.", PUBLISHED, ASRU, ABOVE,
        partial(ahead, first=("sigmoid 5 pretrained", "sigmoid"), second=("sigmoid 5", "sigmoid")), CORRECTED,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each network, length and hours of speech."""
    every, rows = spots(data), []
    for one in every:
        runs, deep = trained(data, one), one._replace(network=f"{one.network.split()[0]} {DEPTH}")
        error = mean(percent(data, one).mean("tuning"), "voice", LEVEL)
        gain = lead(data, LEVEL, deep, one) if deep != one and deep in every else error * np.nan
        rows.append(
            one._asdict()
            | {name: data[name].sel(of=one.network).item() for name in ("neurons", "num_params")}
            | {end: error[end].item() for end in ("value", "low", "high")}
            | {name: gain[end].item() for name, end in (("lead", "value"), ("lead_low", "low"), ("lead_high", "high"))}
            | {"trainings": runs.sizes["run"]}
            | {name: runs[name][0].item() for name in ("learning_rate", "weight_decay")}
            | {"at_end": at_end(data, one), "loss": runs.loss.mean().item()}
            | {"core_minutes": runs.seconds.median().item() / 60}
        )
    columns = xr.Dataset({name: ("row", [row[name] for row in rows]) for name in rows[0]})
    return columns.set_index(row=list(Spot._fields)).unstack("row")


def label(data: xr.Dataset, network: str) -> str:
    """A network as the original's table names it: `5 x 256`, `1 x 659`."""
    layers = network.split()[1]
    return f"{layers if layers.isdigit() else 1} x {data.neurons.sel(of=network).item():,}"


def relative(data: xr.Dataset, one: Spot, base: Spot) -> xr.Dataset:
    """The error in percent of that of another network."""
    if one == base:
        return exact(xr.DataArray(100.0))
    gain = lead(data, LEVEL, one, base) * (100 / percent(data, base).mean())
    return (100 - gain).rename(low="high", high="low")


def by_layers(data: xr.Dataset) -> Figure:
    """Error in percent of that of one layer of N neurons. In the original (word error; pretrained sigmoids) each layer
    helps, and no single layer catches up. On synthesised speech (frame error) two and three layers of ReLUs help, five
    may help more, and one far wider layer errs as much as five. Five layers of sigmoids err as much as one layer of as
    many weights. Bars and bands: 95% intervals over voices, tunings and seeds."""
    found = {f"Switchboard (Microsoft, 2011)\nsigmoid, N = {microsoft.NEURONS:,}": microsoft.word_errors()}
    grown = None
    for activation, length in (("relu", "ladder"), ("sigmoid", "sigmoid")):
        places = {one.network.split(" ", 1)[1]: one for one in spots(data)
                  if one.network.startswith(activation) and one == spot(data, one.network, length)}  # fmt: skip
        if not places:
            continue
        rows = [relative(data, one, places["1"]) for one in places.values()]
        every = xr.concat(rows, "network", combine_attrs="drop").assign_coords(network=list(places))
        pretrained = [name for name in places if name.endswith("pretrained")]
        millions = data.attrs[f"{length}_frames"] / 1e6
        neurons = data.neurons.sel(of=DEEP).item()
        title = f"Synthesised speech, {millions:.3g} M frames\n{fg.name(activation)}, N = {neurons}"
        found[title] = every.drop_sel(network=pretrained)
        if pretrained:
            grown = every.sel(network=pretrained)
    fig, axes = plt.subplots(1, len(found), figsize=(3.6 * len(found), 4.4), sharey=True)
    for ax, (title, shown) in zip(axes, found.items(), strict=True):
        microsoft.by_layers(ax, shown)
        ax.set_title(title)
    if grown is not None:
        places = [int(name.split()[0]) + 0.12 for name in grown.network.values]
        axes[-1].vlines(places, grown.low, grown.high, color=fg.PURPLE, linewidth=1.6)
        axes[-1].plot(places, grown.value, "^-", color=fg.PURPLE, label="pretrained")
    title = "Layers of ReLUs help on synthesised speech; deep sigmoids only equal one layer of as many weights"
    return fg.finish(fig, [(ax, {}) for ax in axes], title, "hidden layers L", "error / error of one layer of N (%)",
                     legend="")  # fmt: skip


def training(data: xr.Dataset) -> Figure:
    """Left: frame error by frames seen in training; each length has a schedule of its own. Right: by how many points
    five layers err less; after short trainings they err more. Bars: 95% intervals over voices, tunings and seeds; none
    on the left, as voices differ by many points, but alike for all networks. Grey: equal within 1 point."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.8, 4.6))
    deep = [name for name in data.of.values.tolist() if name.startswith("relu") and name[5:].isdigit()]
    colors = dict(zip(sorted(deep), fg.shades(len(deep)), strict=True))
    colors |= {EQUAL: microsoft.COLORS["equal"], WIDE: microsoft.COLORS["wide"]}
    every = [one for one in spots(data) if one.hours == data.attrs["hours"]]
    seen = {name: sorted(one for one in every if one.network == name) for name in colors}
    for name, places in seen.items():
        errors = [percent(data, one).mean() for one in places]
        style = "o-" if name in deep else "s--"
        left.plot([one.frames for one in places], errors, style, color=colors[name], label=label(data, name))
    for shift, other in ((0.98, EQUAL), (1.02, WIDE)):
        both = [one.frames for one in seen[other] if one._replace(network=DEEP) in seen[DEEP]]
        places = [Spot(other, frames, data.attrs["hours"]) for frames in both]
        parts = [lead(data, LEVEL, one._replace(network=DEEP), one) for one in places]
        line = xr.concat(parts, "frames", combine_attrs="drop").assign_coords(frames=shift * np.array(both))
        line = line.expand_dims(over=[f"over {label(data, other)}"])
        fg.lines(right, line, "frames", "over", [colors[other]])
    right.axhspan(-MARGIN, MARGIN, color="#E8E8E8", linewidth=0, zorder=0)
    right.axhline(0, color="black", linewidth=1)
    left.set(title="Frame error on test voices", ylabel="frame error (%)")
    right.set(title=f"Lead of {label(data, DEEP)}", ylabel="lead (points of frame error)")
    for ax in (left, right):
        ticks = [one.frames for one in seen[DEEP]]
        ax.set(xscale="log", xlabel=NAMES["frames"])
        ax.set_xticks(ticks, [f"{frames / 1e6:.3g} M" for frames in ticks])
        ax.minorticks_off()
        ax.legend(fontsize=9)
    fig.suptitle("Five layers need long training to get ahead of one layer of as many weights")
    return fig


def leads(data: xr.Dataset) -> Figure:
    """By how many points of frame error the first network errs less than the second, with 95% intervals over voices,
    tunings and seeds. Filled: the interval excludes 0. Grey: equal within 1 point."""
    rows = {}
    for one in STATEMENTS:
        pair = getattr(one.measure, "keywords", {})
        if pair and (found := ahead(data, LEVEL, **pair)) is not None:
            names = [f"{label(data, name)}{' pretrained' * name.endswith('pretrained')}" for name, _ in pair.values()]
            of = "sigmoids" if pair["first"][0].startswith("sigmoid") else "ReLUs"
            millions = dict.fromkeys(f"{data.attrs[f'{length}_frames'] / 1e6:.3g}" for _, length in pair.values())
            rows[f"{' and '.join(names)} {of}\n{' and '.join(millions)} million frames"] = found
    parts = xr.concat(rows.values(), "pair", combine_attrs="drop").assign_coords(pair=list(rows))
    fig, ax = plt.subplots(figsize=(9.6, 0.55 * len(rows) + 1.6))
    fg.forest(ax, parts, "pair", fg.BLUE, reference=0, band=(-MARGIN, MARGIN))
    ax.grid(axis="y", visible=False)
    title = "Five layers of ReLUs lead over one of as many weights; sigmoids, after 6 million frames, do not"
    return fg.finish(fig, [(ax, {})], title, "lead of the first network (points of frame error)")


FIGURES = (by_layers, training, leads)
