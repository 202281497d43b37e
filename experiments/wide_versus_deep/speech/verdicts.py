"""The table and the verdicts of `speech`: the primary comparison first, and what else of Microsoft's table holds."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.wide_versus_deep.shared import judging, microsoft
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST, WORD_ERRORS
from experiments.wide_versus_deep.speech import summary
from experiments.wide_versus_deep.speech.config import Config
from experiments.wide_versus_deep.speech.examples import REPORTED
from experiments.wide_versus_deep.speech.summary import EQUAL, HELPS, HURTS, MARGIN, Spot
from nnjax import statistics
from nnjax.statistics import Mean

FACTOR = 2.0  # within which a relative gain is like the original's
PRETRAINED_BY = (
    "Seide, Li, Chen & Yu (2011), Feature engineering in context-dependent deep neural networks for conversational "
    "speech transcription, IEEE ASRU"
)
SETTLED_BY = "more test voices and more tunings; half the interval costs four times as many of both"
END = "Not settled either where a tuned rate or decay of one of them lies at an end of those tried."


def _level(many: int) -> float:
    """Of an interval, where so many comparisons together have 95 %."""
    return 1 - 0.05 / many


def read_by(many: int) -> Rule:
    """Depth helps, hurts, is equal or none of these is shown, of one among so many comparisons."""
    level = f"{100 * _level(many):.3g} %"
    among = f" ({many} comparisons together have 95 %)" if many > 1 else ""
    text = (
        f"Read from the {level} interval{among} of the lead in points of frame error, over voices, tunings and seeds. "
        f"Reproduced when all of it lies above 0 (helps); not reproduced when all of it lies below 0 (hurts), or else "
        f"inside {MARGIN:g} point to either side (equal); otherwise not settled. Helps and hurts take precedence; one "
        f"whose interval also lies within the margin is called small. {END}"
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return NOT_SETTLED
        reading = summary.read(low, high)
        return REPRODUCED if reading == HELPS else NOT_REPRODUCED if reading in (HURTS, EQUAL) else NOT_SETTLED

    return Rule(text, judge)


def statements(config: Config) -> list[Statement]:
    """The primary comparison, its size, repetition and length; the ladder; equal seconds; the original's form."""
    deep, layers = config.deep, [f"{depth}" for depth in config.layers]
    primary = _primary(deep, config.primary_frames, summary.expected_half_width(config))
    found = [primary, _size(deep), _repetition(config), _longer(deep)]
    if _counted(layers)[1:]:
        found.append(_each_layer("ladder: each layer", "ReLUs", _counted(layers)))
    found += [_against("ladder", deep, other, config.ladder_frames) for other in (f"={deep}", WIDEST)]
    found.append(_in_time(deep))
    if config.sigmoid_layers:
        found += _sigmoid(deep, [f"{depth}" for depth in config.sigmoid_layers], config.sigmoid_frames)
    return [*found, _context(deep)] if config.context_classes else found


def _counted(layers: Sequence[str]) -> list[str]:
    """The numbers of layers that the original has, as far as each one helps there."""
    return [name for name in layers if name in WORD_ERRORS and int(name) <= MOST_LAYERS]


def _seen(frames: int) -> str:
    return f"after {summary.thousands(frames)} frames"


def _primary(deep: int, frames: int, half: float) -> Statement:
    rule = read_by(1)
    return Statement(
        "primary",
        f"{deep} layers of ReLUs err less than one layer of as many weights, {_seen(frames)} of speech.",
        PUBLISHED,
        microsoft.SOURCE,
        Rule(f"{rule.text} From the results before, half of the interval is expected to be {half:.2f}.", rule.judge),
        microsoft.lead(f"{deep}", f"={deep}"),
        "points",
        SETTLED_BY,
    )


def _size(deep: int) -> Statement:
    theirs = _theirs(deep)
    margin = rules.within(
        round(theirs / FACTOR, 1),
        round(theirs * FACTOR, 1),
        f"the 95 % interval of the share in percent (a factor of {FACTOR:g} around the original's {theirs:.1f})",
    )
    return Statement(
        "size",
        f"{deep} layers of ReLUs take away as large a part of the error of one layer of as many weights as in the "
        "original.",
        PUBLISHED,
        microsoft.SOURCE,
        Rule(f"{margin.text} The error of one layer is taken as known. {END}", margin.judge),
        round(theirs, 1),
        "%",
        SETTLED_BY,
    )


def _theirs(deep: int) -> float:
    return 100 * (1 - WORD_ERRORS[f"{deep}"] / WORD_ERRORS[f"={deep}"])


def _repetition(config: Config) -> Statement:
    margin = rules.within(-MARGIN, MARGIN, "the 95 % interval of the lead on less speech less that on all of it")
    return Statement(
        "length, not repetition",
        f"The lead of {config.deep} layers is the same {_seen(config.primary_frames)} of {config.fewer_hours:g} hours "
        f"of speech as of {config.hours:g}: length decides, and not how often a frame is repeated.",
        AIM,
        "",
        Rule(f"{margin.text} Both have the rates tuned for all of the speech. {END}", margin.judge),
        "the same",
        "points",
        SETTLED_BY,
    )


def _longer(deep: int) -> Statement:
    above = rules.above(0.0, "the 95 % interval of the lead after the most frames less that after the fewest")
    return Statement(
        "longer",
        f"The longer the training, the more {deep} layers of ReLUs gain on one layer of as many weights.",
        AIM,
        "",
        Rule(f"{above.text} {END}", above.judge),
        "above 0",
        "points",
        SETTLED_BY,
    )


def _each_layer(name: str, what: str, names: Sequence[str]) -> Statement:
    claim = f"Each added layer of {what} lowers the frame error, at {', '.join(names)} layers."
    return judging.each_layer(name, claim, names)


def _against(part: str, deep: int, other: str, frames: int, many: int = 3, units: str = "ReLUs") -> Statement:
    return Statement(
        f"{part}: {deep} against {other}",
        f"{deep} layers of {units} err less than {microsoft.described(other)}, {_seen(frames)}.",
        PUBLISHED,
        microsoft.SOURCE,
        read_by(many),
        microsoft.lead(f"{deep}", other),
        "points",
        SETTLED_BY,
        level=_level(many),
    )


def _in_time(deep: int) -> Statement:
    return Statement(
        "equal seconds",
        f"{deep} layers of ReLUs err less than one far wider layer after equal seconds of training.",
        AIM,
        "",
        read_by(3),
        "less",
        "points",
        SETTLED_BY,
        level=_level(3),
    )


def _sigmoid(deep: int, layers: list[str], frames: int) -> list[Statement]:
    counted = _counted(layers)
    found = [_each_layer("sigmoid: each layer", "sigmoids, pretrained,", counted)] if counted[1:] else []
    found += [
        _against(f"sigmoid{how}", deep, f"={deep}", frames, units=f"sigmoids{how}") for how in ("", ", pretrained")
    ]
    return [
        *found,
        Statement(
            "sigmoid: pretraining",
            f"{deep} layers of sigmoids err less when they are pretrained layer by layer, after as many frames in all.",
            PUBLISHED,
            PRETRAINED_BY,
            read_by(3),
            "less",
            "points",
            SETTLED_BY,
            level=_level(3),
        ),
    ]


def _context(deep: int) -> Statement:
    return Statement(
        f"context: {deep} against ={deep}",
        f"{deep} layers of ReLUs err less than one layer of as many weights where phonemes are told apart by their "
        "neighbours too, as in the original.",
        PUBLISHED,
        microsoft.SOURCE,
        read_by(1),
        microsoft.lead(f"{deep}", f"={deep}"),
        "points",
        SETTLED_BY,
    )


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One for each of the statements."""
    deep, every = int(data.attrs["deep"]), summary.spots(data)
    found = [_judge_primary(data), _judge_size(data), _judge_repetition(data), _judge_longer(data)]
    layers = _counted(list(map(str, np.atleast_1d(data.attrs["layers"]))))
    if layers[1:]:
        found.append(
            _judge_layers(data, _each_layer("ladder: each layer", "ReLUs", layers), [every.ladder[n] for n in layers])
        )
    for other in (f"={deep}", WIDEST):
        statement = _against("ladder", deep, other, every.ladder[other].frames)
        found.append(_pair(data, statement, every.ladder[f"{deep}"], every.ladder[other], 3))
    times = [summary.minutes(data, spot) for spot in (every.deep, every.wide_in_time)]
    told = f" They took {times[0]:.1f} and {times[1]:.1f} minutes of a core."
    found.append(_pair(data, _in_time(deep), every.deep, every.wide_in_time, 3, told))
    return [*found, *_judge_sigmoids(data), *_judge_context(data)]


def _points(one: Mean) -> str:
    return f"{one.estimate:+.2f} points [{one.low:+.2f}, {one.high:+.2f}]"


def _edge(data: xr.Dataset, *spots: Spot) -> str:
    ends = summary.at_an_end(data, *spots)
    return f"a tuned rate or decay of {ends[0]} lies at an end of those tried" if ends else ""


def _pair(data: xr.Dataset, statement: Statement, deep: Spot, other: Spot, many: int, told: str = "") -> Verdict:
    """The verdict on a deep network against another, with the reading in words."""
    one = summary.lead(data, deep, other, statement.level)
    errors = [summary.percent(data, spot).mean() for spot in (deep, other)]
    reading = summary.read(one.low, one.high)
    small = reading in (HELPS, HURTS) and max(-one.low, one.high) < MARGIN
    labels = summary.label(data, deep.network), summary.label(data, other.network)
    return _judged(
        statement,
        f"{labels[0]} errs {errors[0]:.2f} %, {labels[1]} {errors[1]:.2f} %: {_points(one)}, {reading}"
        f"{' (small)' * small}; the first errs less at {summary.ahead(data, deep, other)} of {REPORTED} voices.{told}",
        one,
        at_edge=_edge(data, deep, other),
    )


def _judged(statement: Statement, finding: str, one: Mean, **judged: Any) -> Verdict:
    return statement.verdict(finding, one.estimate, one.low, one.high, REPORTED, **judged)


def _judge_primary(data: xr.Dataset) -> Verdict:
    spots, attrs = summary.spots(data), data.attrs
    passes = spots.deep.frames / int(attrs["num_frames"])
    statement = _primary(int(attrs["deep"]), spots.deep.frames, float(attrs["expected_half_width"]))
    variance, dof = summary.tuning_variance(data)
    told = (
        f" Passes over the training speech: {passes:.1f}. A tuning with its seeds has a standard deviation of "
        f"{np.sqrt(variance):.2f} points ({dof:.0f} networks tuned twice)."
    )
    return _pair(data, statement, spots.deep, spots.equal, 1, told)


def _judge_size(data: xr.Dataset) -> Verdict:
    spots = summary.spots(data)
    one, base = summary.lead(data, spots.deep, spots.equal), float(summary.percent(data, spots.equal).mean())
    share, low, high = (100 * value / base for value in one[:3])
    return _size(int(data.attrs["deep"])).verdict(
        f"{summary.label(data, spots.deep.network)} takes away {share:.1f} % [{low:.1f}, {high:.1f}] of the error of "
        f"{summary.label(data, spots.equal.network)}, which is {base:.1f} %.",
        share, low, high, REPORTED, at_edge=_edge(data, spots.deep, spots.equal),
    )  # fmt: skip


def _judge_repetition(data: xr.Dataset) -> Verdict:
    spots, attrs = summary.spots(data), data.attrs
    fewer = [spot._replace(hours=float(attrs["fewer_hours"])) for spot in (spots.deep, spots.equal)]
    one = summary.contrast(data, [fewer[1], spots.deep], [fewer[0], spots.equal])
    both = [summary.lead(data, fewer[0], fewer[1]), summary.lead(data, spots.deep, spots.equal)]
    config = Config(
        deep=int(attrs["deep"]), primary_frames=spots.deep.frames, hours=float(attrs["hours"]),
        fewer_hours=float(attrs["fewer_hours"]),
    )  # fmt: skip
    return _judged(
        _repetition(config),
        f"The lead is {_points(both[0])} on {attrs['fewer_hours']:g} hours and {_points(both[1])} on "
        f"{attrs['hours']:g}: a difference of {_points(one)}.",
        one,
        at_edge=_edge(data, spots.deep, spots.equal),
    )


def _judge_longer(data: xr.Dataset) -> Verdict:
    """The lead after the most frames less that after the fewest, and between which the sign changes."""
    deep = int(data.attrs["deep"])
    pairs = summary.leads_by_frames(data, f"relu ={deep}")
    first, last = pairs[min(pairs)], pairs[max(pairs)]
    one = summary.contrast(data, [last[1], first[0]], [last[0], first[1]])
    leads = {seen: summary.lead(data, *pair) for seen, pair in pairs.items()}
    told = ", ".join(f"{lead.estimate:+.2f} after {summary.thousands(seen)}" for seen, lead in leads.items())
    changes = [
        f" Its sign changes between {summary.thousands(a)} and {summary.thousands(b)} frames."
        for a, b in itertools.pairwise(leads)
        if leads[a].estimate < 0 < leads[b].estimate
    ]
    return _judged(
        _longer(deep),
        f"The lead in points: {told} frames; the last less the first {_points(one)}.{changes[-1] if changes else ''}",
        one,
        at_edge=_edge(data, *first, *last),
    )


def _judge_layers(data: xr.Dataset, statement: Statement, spots: list[Spot]) -> Verdict:
    steps = [summary.lead(data, more, fewer) for fewer, more in itertools.pairwise(spots)]
    corrected = statistics.holm([one.p_value for one in steps])
    steps = [one._replace(p_value=float(p)) for one, p in zip(steps, corrected, strict=True)]
    whole = summary.lead(data, spots[-1], spots[0])
    judged = judging.layer_by_layer(steps, whole, [bool(summary.at_an_end(data, spot)) for spot in spots])
    names = [spot.network.split()[1] for spot in spots]
    return _judged(
        statement,
        f"Points of frame error gained at {', '.join(names[1:])} layers: "
        f"{', '.join(f'{one.estimate:+.2f}' for one in steps)}; settled as gains are {judged.gains}, as losses "
        f"{judged.losses}. From {names[0]} to {names[-1]}: {_points(whole)}.",
        whole,
        outcome=judged.outcome,
        at_edge=judged.at_edge,
    )


def _judge_sigmoids(data: xr.Dataset) -> list[Verdict]:
    plain, grown = summary.sigmoids(data), summary.sigmoids(data, pretrained=True)
    if not plain:
        return []
    deep, layers = f"{data.attrs['deep']}", [kind for kind in plain if kind.isdigit()]
    *first, one, other, pretraining = _sigmoid(int(deep), layers, plain[deep].frames)
    losses = [summary.loss(data, spot)[-1] for spot in (plain[deep], grown[deep], plain[f"={deep}"])]
    told = " The training loss ends at {:.2f}, pretrained at {:.2f}, of one layer at {:.2f}.".format(*losses)
    found = [_judge_layers(data, first[0], [grown[kind] for kind in _counted(layers)])] if first else []
    found.append(_pair(data, one, plain[deep], plain[f"={deep}"], 3, told))
    found.append(_pair(data, other, grown[deep], plain[f"={deep}"], 3))
    return [*found, _pair(data, pretraining, grown[deep], plain[deep], 3)]


def _judge_context(data: xr.Dataset) -> list[Verdict]:
    if (pair := summary.in_context(data)) is None:
        return []
    without = [Spot(f"relu {kind}", pair[0].frames) for kind in (data.attrs["deep"], f"={data.attrs['deep']}")]
    classes = np.atleast_1d(data.attrs["num_classes"])
    told = (
        f" There are {classes[-1]:,} classes; with {classes[0]:,}, after as many frames, the lead is "
        f"{_points(summary.lead(data, without[0], without[1]))}."
    )
    return [_pair(data, _context(int(data.attrs["deep"])), *pair, 1, told)]


def table(data: xr.Dataset) -> list[dict]:
    """A row per network, frames and hours: its error on test voices, what was tuned, and how long it took."""
    found = []
    keys = zip(*(data[name].values for name in ("network", "frames", "hours")), strict=True)
    for network, frames, hours in dict.fromkeys((str(n), int(f), float(h)) for n, f, h in keys):
        spot = Spot(network, frames, hours)
        mean, each = summary.error(data, spot), summary.percent(data, spot).mean(axis=1)
        here = (data.network == network) & (data.frames == frames) & (data.hours == hours)
        some = data.isel(run=np.flatnonzero(here.values))
        first = some.isel(run=0)
        row: dict[str, Any] = {"network": network, "hidden": summary.label(data, network), "frames": frames}
        row |= {"hours": hours, "params": int(data.num_params.sel(of=network))}
        row |= {"error_percent": mean.estimate, "low": mean.low, "high": mean.high}
        row |= {"by_tuning": " ".join(f"{one:.3f}" for one in each), "trainings": some.sizes["run"]}
        row |= {"learning_rate": float(first.learning_rate), "weight_decay": float(first.weight_decay)}
        row |= {"at_an_end": bool(summary.at_an_end(data, spot)), "training_loss": float(some.loss[:, -1].mean())}
        found.append(row | {"core_minutes": summary.minutes(data, spot)})
    return found
