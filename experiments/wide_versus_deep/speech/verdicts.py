"""The table and the verdicts of `speech`: the primary comparison first, then the other parts of Microsoft's table."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.text import plural
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
from experiments.wide_versus_deep.shared import microsoft
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST, WORD_ERRORS
from experiments.wide_versus_deep.speech import each_layer, leads, summary
from experiments.wide_versus_deep.speech.config import FULL, Config, Network, cells, context_frames
from experiments.wide_versus_deep.speech.examples import REPORTED
from experiments.wide_versus_deep.speech.leads import FAMILY, level, listed
from experiments.wide_versus_deep.speech.networks import FLAT
from experiments.wide_versus_deep.speech.summary import EQUAL, HELPS, HURTS, MARGIN, OPEN, Spot
from nnjax import statistics
from nnjax.statistics import Mean

MOST = "7"  # layers of the deepest network of the table
FACTOR = 2.0  # a relative gain within this factor of the original's counts as alike
PRETRAINED_BY = (
    "Seide, Li, Chen & Yu (2011), Feature engineering in context-dependent deep neural networks for conversational "
    "speech transcription, IEEE ASRU"
)
SETTLED_BY = "more test voices and more tunings (half the interval costs four times as many of both)"
# The comparisons that are corrected together.
LADDER = "the two of the ladder and that of equal seconds"
SIGMOIDS = "plain, pretrained, and one against the other"
IN_WORDS = {
    HELPS: "The first is certainly better",
    HURTS: "The first is certainly worse",
    EQUAL: f"Both count as equal, within {MARGIN:g} point",
    OPEN: "It is not settled which of them is better",
}
# Sentences that rules share, besides their conditions.
_FLAT = f"a decay that gains {100 * FLAT:g} points or less over its neighbour does not count"
END = f"Not settled either where a tuned rate or decay of one of them lies at an end of those tried ({_FLAT})."
TUNING = (
    "The variance of tuning is that of five networks of ReLUs that were tuned twice, or that of the network's own "
    "seeds where this is greater; all tunings choose by the same development voices."
)
SHORTER = (
    "Lengths between those that are tuned have the decay found for a sixteenth of the frames, and a rate that is "
    "interpolated."
)
SCOPE = "All of this is on this training speech, of which there is one draw."
REWRITTEN = (
    "This rule was rewritten when 25 of the about 420 trainings then planned were done and before any was judged. "
    "Weight decays, first tuned in short trainings alone, are tuned in full ones too; this was added after all "
    "networks had been judged with those of short ones. In between, comparisons of networks with different decays "
    "counted as not settled."
)


def _under(rule: Rule, *conditions: str, changed: str = REWRITTEN) -> Rule:
    """The rule with more conditions, and the sentences that rules share; `changed` says when it was written."""
    return Rule(" ".join([rule.text, *conditions, SCOPE, changed]), rule.judge)


def read_by(family: str = "", *more: str) -> Rule:
    """The rule by which depth helps, hurts or is equal in a single comparison, or in one that belongs to a family."""
    among = f" ({FAMILY} comparisons together have 95%: {family})" if family else ""
    text = (
        f"Read from the {_percent(level(FAMILY if family else 1))} interval{among} of the lead in points of frame "
        "error, over voices, tunings and seeds. "
        f"Reproduced when all of it lies above 0 (helps); not reproduced when all of it lies below 0 (hurts), or else "
        f"inside {MARGIN:g} point to either side (equal); otherwise not settled. An interval on "
        "one side of 0 counts as helps or hurts even where it also lies within the margin; the effect is then called "
        "small."
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return NOT_SETTLED
        reading = summary.read(low, high)
        return REPRODUCED if reading == HELPS else NOT_REPRODUCED if reading in (HURTS, EQUAL) else NOT_SETTLED

    return _under(Rule(text, judge), TUNING, END, *more)


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.3g}%"


def statements(config: Config) -> list[Statement]:
    """The statements on the primary comparison, its size, repetition and length; ladder; equal seconds; sigmoids."""
    deep, layers = config.deep, [f"{depth}" for depth in config.layers]
    primary = _primary(deep, config.primary_frames, summary.expected_half_width(config))
    found = [primary, _size(deep), _repetition(config), _longer(deep, *_lengths(config))]
    if _counted(layers)[1:]:
        found.append(_ladder(_counted(layers), config.ladder_frames))
    found += [_against("ladder", deep, other, config.ladder_frames, LADDER) for other in (f"={deep}", WIDEST)]
    if MOST in layers:
        found.append(_beyond(deep, config.ladder_frames))
    found.append(_in_time(config))
    if config.sigmoid_layers:
        found += _sigmoid(deep, [f"{depth}" for depth in config.sigmoid_layers], config.sigmoid_frames)
    return [*found, _context(deep, context_frames(config))] if config.context_classes else found


def _lengths(config: Config) -> tuple[int, int]:
    """The fewest and the most frames for which the deep network is trained."""
    deep = Network("relu", f"{config.deep}")
    seen = [round(one.frames * share) for one in cells(config) if one.network == deep for share in (1, *one.shares)]
    return min(seen), max(seen)


def _counted(layers: Sequence[str]) -> list[str]:
    """The numbers of layers that are in the original's table, up to the last layer that helps there."""
    return [name for name in layers if name in WORD_ERRORS and int(name) <= MOST_LAYERS]


def _seen(frames: int) -> str:
    return f"after {summary.thousands(frames)} frames"


def _primary(deep: int, frames: int, half: float) -> Statement:
    return Statement(
        "primary",
        f"{deep} layers of ReLUs err less than one layer of as many weights, {_seen(frames)} of speech.",
        PUBLISHED,
        microsoft.SOURCE,
        read_by(
            "",
            f"By earlier results on less speech, the interval is expected to reach {half:.2f} points to either side.",
        ),
        _ahead(deep, f"={deep}"),
        "points",
        SETTLED_BY,
    )


def _ahead(deep: int, other: str) -> str:
    """What the rule asks of a lead, beside that of the original."""
    return f"above 0 (word error: {microsoft.lead(f'{deep}', other):.1f} points)"


def _size(deep: int) -> Statement:
    theirs = _theirs(deep)
    margin = rules.within(
        round(theirs / FACTOR, 1),
        round(theirs * FACTOR, 1),
        f"the 95% interval of the share in percent (a factor of {FACTOR:g} around the original's {theirs:.1f}; by the "
        "delta method)",
    )
    return Statement(
        "size",
        f"{deep} layers of ReLUs take away as large a part of the frame error of one layer of as many weights as of "
        "the word error in the original.",
        PUBLISHED,
        microsoft.SOURCE,
        _under(margin, TUNING, END),
        round(theirs, 1),
        "%",
        SETTLED_BY,
    )


def _theirs(deep: int) -> float:
    return 100 * (1 - WORD_ERRORS[f"{deep}"] / WORD_ERRORS[f"={deep}"])


def _repetition(config: Config) -> Statement:
    margin = rules.within(-MARGIN, MARGIN, "the 95% interval of the lead on less speech less that on all of it")
    times = config.hours / config.fewer_hours
    less = (
        "the speech is halved and each frame is seen twice as often"
        if times == 2
        else f"{config.fewer_hours:g} of {config.hours:g} hours of speech are taken and each frame is seen {times:.3g} "
        "times as often"
    )
    both = (
        "Both leads are of the first tuning, with the rates and decays found on all of the speech; variance of tuning, "
        "which they share, is not added, but that between seeds, pooled over the four networks."
    )
    return Statement(
        "length, not repetition",
        f"{_seen(config.primary_frames).capitalize()} the lead of {config.deep} layers changes by less than {MARGIN:g} "
        f"point when {less}.",
        AIM,
        "",
        _under(margin, both, END),
        "the same",
        "points",
        SETTLED_BY,
    )


def _longer(deep: int, fewest: int, most: int) -> Statement:
    above = rules.above(0.0, "the 95% interval of the lead after the most frames less that after the fewest")
    return Statement(
        "longer",
        f"{deep} layers of ReLUs gain more on one layer of as many weights {_seen(most)} than after "
        f"{summary.thousands(fewest)}.",
        AIM,
        "",
        _under(above, TUNING, END, SHORTER),
        "above 0",
        "points",
        SETTLED_BY,
    )


def _each_layer(name: str, what: str, names: Sequence[str], frames: int) -> Statement:
    claim = f"Each of the networks of {listed(names)} layers of {what} errs less than the one before, {_seen(frames)}."
    found = each_layer.statement(name, claim, names)
    return dataclasses.replace(found, rule=_under(found.rule, f"So it is where its decay was ({_FLAT}).", TUNING))


def _ladder(names: Sequence[str], frames: int) -> Statement:
    return _each_layer("ladder: each layer", "ReLUs", names, frames)


def _against(part: str, deep: int, other: str, frames: int, family: str, units: str = "ReLUs") -> Statement:
    return Statement(
        f"{part}: {deep} against {other}",
        f"{deep} layers of {units} err less than {microsoft.described(other)}, {_seen(frames)}.",
        PUBLISHED,
        microsoft.SOURCE,
        read_by(family),
        _ahead(deep, other),
        "points",
        SETTLED_BY,
        level=level(FAMILY),
    )


def _beyond(deep: int, frames: int) -> Statement:
    margin = rules.within(-MARGIN, MARGIN, f"the 95% interval of the lead of {MOST} layers over {deep}")
    added = (
        "This statement was added after both networks had been judged for others; their errors, which tuning at full "
        "length left as they were, were known."
    )
    return Statement(
        f"ladder: {MOST} against {deep}",
        f"{MOST} layers of ReLUs err as much as {deep}, within {MARGIN:g} point, {_seen(frames)}.",
        PUBLISHED,
        microsoft.SOURCE,
        _under(margin, TUNING, END, changed=added),
        f"within {MARGIN:g} of 0 (word error: {microsoft.lead(MOST, f'{deep}'):.1f} points)",
        "points",
        SETTLED_BY,
    )


def _in_time(config: Config) -> Statement:
    """The seconds stated were measured side by side, because trainings were timed under different loads."""
    timed = all(getattr(config, name) == getattr(FULL, name) for name in _TIMED)
    took = (
        "which took equal seconds on the machine where both were measured side by side (4.2 and 13.3 ms a step of one "
        "core, AMD EPYC with AVX-512)"
        if timed
        else "which are meant to take equal seconds"
    )
    return Statement(
        "equal seconds",
        f"{config.deep} layers of ReLUs err less than one far wider layer after "
        f"{summary.thousands(config.primary_frames)} and "
        f"{summary.thousands(config.wide_frames)} frames, {took}.",
        AIM,
        "",
        read_by(LADDER),
        "less",
        "points",
        SETTLED_BY,
        level=level(FAMILY),
    )


_TIMED = ("deep", "neurons", "primary_frames", "wide_frames")


def _sigmoid(deep: int, layers: list[str], frames: int) -> list[Statement]:
    counted, grown = _counted(layers), "sigmoids (pretrained where they are more than one)"
    found = [_each_layer("sigmoid: each layer", grown, counted, frames)] if counted[1:] else []
    kinds = {"": "sigmoids", ", pretrained": "pretrained sigmoids"}
    found += [
        _against(f"sigmoid{how}", deep, f"={deep}", frames, SIGMOIDS, units=units) for how, units in kinds.items()
    ]
    return [
        *found,
        Statement(
            "sigmoid: pretraining",
            f"{deep} layers of sigmoids err less when they are pretrained layer by layer, {_seen(frames)} in all.",
            PUBLISHED,
            PRETRAINED_BY,
            read_by(SIGMOIDS),
            "less",
            "points",
            SETTLED_BY,
            level=level(FAMILY),
        ),
    ]


def _context(deep: int, frames: int) -> Statement:
    return Statement(
        f"context: {deep} against ={deep}",
        f"{deep} layers of ReLUs err less than one layer of as many weights {_seen(frames)}, where classes are told "
        f"apart by their neighbours too (the commonest of them; in the original {microsoft.ENDS[1]:,} tied states).",
        PUBLISHED,
        microsoft.SOURCE,
        read_by(),
        _ahead(deep, f"={deep}"),
        "points",
        SETTLED_BY,
    )


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on each statement."""
    deep, every, settings = int(data.attrs["deep"]), summary.spots(data), _settings(data)
    found = [_judge_primary(data), _judge_size(data), _judge_repetition(data), _judge_longer(data)]
    layers = _counted(list(map(str, np.atleast_1d(data.attrs["layers"]))))
    if layers[1:]:
        found.append(_judge_layers(data, _ladder(layers, settings.ladder_frames), [every.ladder[n] for n in layers]))
    for other in (f"={deep}", WIDEST):
        statement = _against("ladder", deep, other, settings.ladder_frames, LADDER)
        found.append(_pair(data, statement, every.ladder[f"{deep}"], every.ladder[other]))
    if MOST in every.ladder:
        found.append(_pair(data, _beyond(deep, settings.ladder_frames), every.ladder[MOST], every.ladder[f"{deep}"]))
    found.append(_pair(data, _in_time(settings), every.deep, every.wide_in_time))
    return [*found, *_judge_sigmoids(data), *_judge_context(data)]


def _settings(data: xr.Dataset) -> Config:
    """The settings of the run that statements mention; all others are those of FULL."""
    attrs = data.attrs
    return Config(
        deep=int(attrs["deep"]), neurons=int(attrs["neurons"]), primary_frames=int(attrs["primary_frames"]),
        ladder_frames=int(attrs["ladder_frames"]), wide_frames=int(attrs["wide_frames"]), hours=float(attrs["hours"]),
        fewer_hours=float(attrs["fewer_hours"]),
    )  # fmt: skip


def _points(one: Mean, confidence: float = 0.95) -> str:
    told = "" if confidence == 0.95 else f"{_percent(confidence)}: "
    return f"{one.estimate:+.2f} points [{told}{one.low:+.2f}, {one.high:+.2f}]"


def _edge(data: xr.Dataset, *spots: Spot) -> str:
    ends = summary.at_an_end(data, *spots)
    return f"a tuned rate or decay of {ends[0]} lies at an end of those tried" if ends else ""


def _pair(data: xr.Dataset, statement: Statement, deep: Spot, other: Spot, told: str = "") -> Verdict:
    """The verdict on a deep network against another one, with the reading in words, and `told` behind it."""
    one = leads.lead(data, deep, other, statement.level)
    errors = [summary.percent(data, spot).mean() for spot in (deep, other)]
    reading = summary.read(one.low, one.high)
    small = reading in (HELPS, HURTS) and max(-one.low, one.high) < MARGIN
    labels = summary.label(data, deep.network), summary.label(data, other.network)
    edge = _edge(data, deep, other)
    said = f"By the interval alone {IN_WORDS[reading][0].lower()}{IN_WORDS[reading][1:]}" if edge else IN_WORDS[reading]
    return _judged(
        statement,
        f"The frame error is {errors[0]:.2f}% with {labels[0]} and {errors[1]:.2f}% with {labels[1]}, a lead of "
        f"{_points(one, statement.level)} for the first, which errs less at {summary.ahead(data, deep, other)} of "
        f"{REPORTED} test voices. "
        f"{said}{' (small)' * small}.{told}",
        one,
        at_edge=edge,
    )


def _judged(statement: Statement, finding: str, one: Mean, **judged: Any) -> Verdict:
    return statement.verdict(finding, one.estimate, one.low, one.high, REPORTED, **judged)


def _judge_primary(data: xr.Dataset) -> Verdict:
    spots, attrs = summary.spots(data), data.attrs
    statement = _primary(int(attrs["deep"]), spots.deep.frames, float(attrs["expected_half_width"]))
    variance, dof = summary.tuning_variance(data)
    told = (
        f" The networks saw each frame of speech {_passes(data, spots.deep):.1f} times. Errors vary from tuning to "
        f"tuning, with other seeds, by a standard deviation of {np.sqrt(variance):.2f} points ({dof:.0f} networks were "
        "tuned twice)."
    )
    return _pair(data, statement, spots.deep, spots.equal, told)


def _passes(data: xr.Dataset, spot: Spot) -> float:
    """How often a network has seen each frame in training."""
    every = float(data.attrs["hours"])
    return spot.frames / int(data.attrs["num_frames"]) * every / (spot.hours or every)


def _judge_size(data: xr.Dataset) -> Verdict:
    spots = summary.spots(data)
    one, base = leads.share(data, spots.deep, spots.equal), summary.percent(data, spots.equal).mean()
    return _size(int(data.attrs["deep"])).verdict(
        f"{summary.label(data, spots.deep.network)} takes away {one.estimate:.1f}% [{one.low:.1f}, {one.high:.1f}] of "
        f"the frame error of {summary.label(data, spots.equal.network)}, which is {base:.1f}%.",
        *one,
        REPORTED,
        at_edge=_edge(data, spots.deep, spots.equal),
    )


def _judge_repetition(data: xr.Dataset) -> Verdict:
    spots, settings = summary.spots(data), _settings(data)
    pair = spots.deep, spots.equal
    fewer = [spot._replace(hours=settings.fewer_hours) for spot in pair]
    one = leads.within_a_tuning(data, (fewer[0], fewer[1]), pair)
    both = [
        summary.percent(data, other)[0].mean() - summary.percent(data, deep)[0].mean() for deep, other in (fewer, pair)
    ]
    passes = [_passes(data, spot) for spot in (fewer[0], spots.deep)]
    decays = [float(summary.runs(data, spot).weight_decay[0]) for spot in fewer]
    return _judged(
        _repetition(settings),
        f"In the first tuning the lead is {both[0]:+.2f} points on {settings.fewer_hours:g} hours of speech "
        f"({passes[0]:.1f} passes over the data) and {both[1]:+.2f} on {settings.hours:g} hours ({passes[1]:.1f} "
        f"passes), a difference of {_points(one)}. All have the weight decays that were found on {settings.hours:g} "
        f"hours, {decays[0]:.3g} for the deep network and {decays[1]:.3g} for the other.",
        one,
        at_edge=_edge(data, *fewer),
    )


def _judge_longer(data: xr.Dataset) -> Verdict:
    """The verdict on the lead after the most frames minus that after the fewest, and where the lines cross."""
    deep = int(data.attrs["deep"])
    pairs = summary.leads_by_frames(data, f"relu ={deep}")
    fewest, most, each = min(pairs), max(pairs), level(len(pairs))
    one = leads.contrast(data, pairs[most], pairs[fewest])
    found = {seen: leads.lead(data, *pair, each) for seen, pair in pairs.items()}
    told = ", ".join(f"{lead.estimate:+.2f} after {summary.thousands(seen)}" for seen, lead in found.items())
    name = summary.label(data, pairs[most][0].network)
    return _judged(
        _longer(deep, fewest, most),
        f"From the fewest to the most frames the lead changes by {_points(one)}: it is {told} frames. By intervals "
        f"that hold together with 95% ({_percent(each)} each), {name} is {leads.certain(found)}.",
        one,
        at_edge=_edge(data, *pairs[fewest], *pairs[most]),
    )


def _judge_layers(data: xr.Dataset, statement: Statement, spots: list[Spot]) -> Verdict:
    steps = [leads.lead(data, more, fewer) for fewer, more in itertools.pairwise(spots)]
    corrected = statistics.holm([one.p_value for one in steps])
    steps = [one._replace(p_value=float(p)) for one, p in zip(steps, corrected, strict=True)]
    whole = leads.lead(data, spots[-1], spots[0])
    judged = each_layer.judge(steps, whole, [bool(summary.at_an_end(data, spot)) for spot in spots])
    names = [spot.network.split()[1] for spot in spots]
    return _judged(
        statement,
        f"From {names[0]} to {names[-1]} layers the gain in frame error is {_points(whole)}; step by step, to "
        f"{leads.listed(names[1:])} layers, it is {', '.join(f'{one.estimate:+.2f}' for one in steps)}. Settled as "
        f"gains: {judged.gains} of {plural(len(steps), 'step')}; as losses: {judged.losses}.",
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
    found = [_judge_layers(data, first[0], [grown[kind] for kind in _counted(layers)])] if first else []
    told = _trained(data, plain[deep])
    ends = [summary.loss(data, spot)[-1] for spot in (grown[deep], plain[f"={deep}"])]
    also = " With pretraining it ends at {:.2f}, that of one layer at {:.2f}.".format(*ends)
    found.append(_pair(data, one, plain[deep], plain[f"={deep}"], told + also))
    found.append(_pair(data, other, grown[deep], plain[f"={deep}"]))
    return [*found, _pair(data, pretraining, grown[deep], plain[deep], told)]


def _trained(data: xr.Dataset, spot: Spot) -> str:
    """Sentences on whether the training loss of a network came down."""
    losses, (stuck, trainings) = summary.loss(data, spot), leads.hardly_trained(data, spot)
    classes = np.atleast_1d(data.attrs["num_classes"])[0]
    told = (
        f" The training loss of {summary.label(data, spot.network)} goes from {losses[0]:.2f} at the first of "
        f"{len(losses)} measurements (chance: ln {classes} = {leads.chance(data):.2f}) to {losses[-1]:.2f} at the last."
    )
    if not stuck:
        return told
    return (
        f"{told} In {stuck} of {trainings} trainings it ends within {100 * leads.NEAR:g}% of chance, so the comparison "
        "measures optimisation, not what such networks could recognise."
    )


def _judge_context(data: xr.Dataset) -> list[Verdict]:
    if (pair := summary.in_context(data)) is None:
        return []
    without = [Spot(f"relu {kind}", pair[0].frames) for kind in (data.attrs["deep"], f"={data.attrs['deep']}")]
    classes = np.atleast_1d(data.attrs["num_classes"])
    told = (
        f" This is with {classes[-1]:,} classes; with {classes[0]:,} classes, after as many frames, the lead is "
        f"{_points(leads.lead(data, without[0], without[1]))}."
    )
    return [_pair(data, _context(int(data.attrs["deep"]), pair[0].frames), *pair, told)]


def table(data: xr.Dataset) -> list[dict]:
    """A row per network, frames and hours: its error on test voices, what was tuned, and how long it took."""
    found = []
    keys = zip(*(data[name].values for name in ("network", "frames", "hours")), strict=True)
    for network, frames, hours in dict.fromkeys((str(n), int(f), float(h)) for n, f, h in keys):
        spot = Spot(network, frames, hours)
        mean, each = summary.error(data, spot), summary.percent(data, spot).mean(axis=1)
        some = summary.runs(data, spot)
        first = some.isel(run=0)
        row: dict[str, Any] = {"network": network, "hidden": summary.label(data, network), "frames": frames}
        row |= {"hours": hours, "params": int(data.num_params.sel(of=network))}
        row |= {"error_percent": mean.estimate, "low": mean.low, "high": mean.high}
        row |= {"by_tuning": " ".join(f"{one:.3f}" for one in each), "trainings": some.sizes["run"]}
        row |= {"learning_rate": float(first.learning_rate), "weight_decay": float(first.weight_decay)}
        row |= {"at_an_end": bool(summary.at_an_end(data, spot)), "training_loss": float(some.loss[:, -1].mean())}
        found.append(row | {"core_minutes": summary.minutes(data, spot)})
    return found
