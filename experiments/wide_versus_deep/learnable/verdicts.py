"""The table and the verdicts of `learnable`: perturbed, from random starts, coarse approximability, taught."""

import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import MALACH
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.wide_versus_deep.learnable import summary
from experiments.wide_versus_deep.learnable.config import Config
from experiments.wide_versus_deep.learnable.taught import KINDS

MOST = 0.9  # a share that counts as nearly all
FEW = 0.2  # below this share, hardly any network learns
STRONG = 0.8  # above this rank correlation, one order follows another
ALPHA = 0.05
ALIKE = 0.01  # the share of test points by which a taught network that equals its teacher may fall short of it
DEEP, LABELS, TAUGHT, MORE, TRUE = KINDS
BA = "Ba & Caruana (2014), Do deep nets really need to be deep?, NeurIPS"
LIVNI = "Livni, Shalev-Shwartz & Shamir (2014), On the computational efficiency of training neural networks, NeurIPS"
TARGETS = {"sawtooths": "sums of sawtooths", "Cantor": "the Cantor set"}
NAMES = {DEEP: "deep networks", LABELS: "shallow networks on the labels", MORE: "taught networks"}
EDGE = "a tuned number is the least or the greatest tried"
MOSTLY = "most tunings end at the least or the greatest learning rate or weight decay tried"


def statements(config: Config) -> list[Statement]:
    """The statements about the parts that this Config runs."""
    found = []
    if "sawtooth" in config.parts:
        found += [_near(config.noises[0]), _narrows(), _random(config.folds[-1], config.widths[0])]
        found.append(_wider(config.widths[0], config.widths[-1]))
    if "coarse" in config.parts:
        found += [_coarse(family, config.coarse_width) for family in config.families]
        found.append(_no_further(len(config.families) * len(config.coarse_levels) * len(config.tilts)))
    return [*found, _deep_wins(), _taught(), _as_good()] if "taught" in config.parts else found


def _near(noise: float) -> Statement:
    return Statement(
        id="near the solution",
        claim=f"Training finds the sawtooth again when every parameter of the solution is moved by {noise:g} of its "
        "layer's root mean square, at every depth.",
        kind=AIM,
        source="",
        rule=Rule(
            f"{rules.together('depths')} At one depth: "
            f"{rules.above(MOST, 'the 95% interval of the share of networks that return').text} A depth at which it "
            f"is not reproduced, and whose tuned rate is the least or the greatest tried, is not settled. {rules.GIVEN}"
        ),
        reference=1.0,
        unit="share",
        settled_by="rates beyond those tried, and more networks",
        interval=EXTREME,
    )


def _narrows() -> Statement:
    return Statement(
        id="basin narrows",
        claim="The deeper the sawtooth, the nearer to its solution training must start to find it.",
        kind=AIM,
        source="",
        rule=Rule(
            "Judged by the noise at which half of the networks return. Reproduced when the 95% interval of the "
            "deepest lies below that of the shallowest, not reproduced when it lies at or above it, otherwise not "
            "settled; not settled either when this would not hold if the networks that it speaks against (the deepest, "
            "or the shallowest) returned wherever their tuned rate is the least or the greatest tried. "
            f"{rules.GIVEN}"
        ),
        reference="below 1",
        unit="times",
        settled_by="rates beyond those tried, and more networks",
    )


def _random(folds: int, width: int) -> Statement:
    hardly = rules.below(FEW, "the 95% interval of the share of networks that learn it")
    return Statement(
        id="random starts",
        claim=f"From random starts the shape that can express the sawtooth of 2^{folds} pieces, {folds} layers of "
        f"{width}, hardly ever learns it.",
        kind=PUBLISHED,
        source=f"{MALACH} (gradient descent is likely to fail where a target is concentrated on fine detail)",
        rule=Rule(
            f"{hardly.text} Not settled either where not all of it lies above, and the tuned rate is the least or the "
            f"greatest tried. {rules.GIVEN}",
            hardly.judge,
        ),
        reference=0.0,
        unit="share",
        settled_by="rates beyond those tried",
    )


def _wider(narrowest: int, widest: int) -> Statement:
    return Statement(
        id="wider",
        claim=f"Layers wider than a solution needs make the sawtooth easier to learn: with {widest} neurons in each "
        f"layer networks learn sawtooths of more pieces than with {narrowest}.",
        kind=PUBLISHED,
        source=f"{LIVNI} (networks larger than needed are easier to train)",
        rule=Rule(
            "Judged by the last k up to which half or more of the networks learn the sawtooth of 2^k pieces (k folds). "
            "Reproduced when it is greater for the widest layers than for the narrowest, and at that k the 95% "
            "intervals of the two shares are apart; not reproduced when it is not greater; otherwise not settled, and "
            "so where a tuned rate of the layers that learn up to the smaller k, which could undo this, is the least "
            f"or the greatest tried. {rules.GIVEN}"
        ),
        reference="rises",
        unit="folds",
        settled_by="rates beyond those tried, for the narrowest layers",
    )


def _coarse(family: str, width: int) -> Statement:
    return Statement(
        id=f"coarse: {family}",
        claim="The share of a target that deep networks learn follows the share that the best shallow network of "
        f"their width, {width}, could explain, and more closely than how coarse the target is ({TARGETS[family]}).",
        kind=PUBLISHED,
        source=f"{MALACH} (proved for fractal distributions)",
        rule=rules.tuned(_ranked()),
        reference=1.0,
        settled_by="more seeds, rates beyond those tried where one lies at an end, and targets whose order by what a "
        "shallow network can explain differs more from that by coarseness",
        resolution=False,  # another part may be the one that is open
    )


def _ranked() -> Rule:
    return Rule(
        f"{rules.together('three parts')} Spearman's rank correlation over the targets, the mean over numbers of "
        f"levels, (1) is above 0 with p < {ALPHA:g} by permuting targets, without which the others do not count; (2) "
        f"has a 95% interval over seeds (percentile bootstrap) above {STRONG:g}; (3) is greater than the correlation "
        "with the order of coarseness, by the 95% interval of their difference over the same resampled seeds (until "
        "the results were seen, the interval of the first was held against the estimate of the second). A part whose "
        "interval holds its threshold is not settled, nor is part 3 when the two orders are one."
    )


def _no_further(targets: int) -> Statement:
    return Statement(
        id="no further than shallow",
        claim="Depth helps training only where shallow networks are good already: on no target does the median "
        "trained deep network explain more than the best shallow one of its width could.",
        kind=PUBLISHED,
        source=f"{MALACH} (the conjecture, in its strongest reading)",
        rule=Rule(
            f"A target counts on which the median is greater by more than {summary.MORE:g} on the same rows. "
            "Reproduced when there is none, not reproduced when on one at least more networks than half are so for "
            f"certain (sign test over seeds, Holm's rule at {ALPHA:g} over all targets; this condition was set after "
            "the first results), otherwise not settled. Not settled either when it is not refuted, and a tuned number "
            "of the deep networks is the least or the greatest tried: a better one could only make them explain more."
        ),
        reference=0,
        unit=f"of {targets} targets",
        settled_by="rates beyond those at an end, and more seeds",
    )


def _deep_wins() -> Statement:
    return Statement(
        id="deep beats shallow",
        claim="Trained on the same labels, some of them wrong, a deep network beats a shallow one of as many "
        "parameters at telling points below a sawtooth from points above.",
        kind=PUBLISHED,
        source=BA,
        rule=_unless_at_end(_ahead(), "where", "the networks that are behind"),
        reference="above 0",
        unit="of points",
        settled_by="more draws, and smaller weight decays for the shallow networks, 0 among them",
    )


def _taught() -> Statement:
    return Statement(
        id="taught",
        claim="A shallow network that is trained on the outputs of a better deep network, at many points without "
        "labels, beats one that is trained on the labels.",
        kind=PUBLISHED,
        source=BA,
        rule=_unless_at_end(
            Rule(
                f"{_ahead().text} Not settled either when the deep network does not beat the shallow one on the "
                "labels, by the same interval."
            ),
            "where",
            "the networks that are behind",
        ),
        reference="above 0",
        unit="of points",
        settled_by="more draws, and smaller weight decays for the shallow networks, 0 among them",
    )


def _as_good() -> Statement:
    return Statement(
        id="as good as the teacher",
        claim="A shallow network that is trained on the outputs of a better deep network is as good as its teacher.",
        kind=PUBLISHED,
        source=BA,
        rule=_unless_at_end(
            rules.above(
                -ALIKE,
                "the 95% interval of the difference to its very teacher, paired over draws, for each of which rates "
                "and weight decays are tuned anew,",
            ),
            "when it lies at or below, and",
            "the taught networks",
        ),
        reference=0.0,
        unit="of points",
        settled_by="more draws, and rates and weight decays beyond those tried",
    )


def _ahead() -> Rule:
    return rules.above(
        0.0,
        "the 95% interval of the difference in the share of test points right, paired over draws, for each of which "
        "rates and weight decays are tuned anew,",
    )


def _unless_at_end(rule: Rule, when: str, whose: str) -> Rule:
    """The rule, but not settled `when` most tunings of these networks end at an end of a grid."""
    return Rule(f"{rule.text} Not settled either {when} {MOSTLY} for {whose}. {rules.CHANGED}", rule.judge)


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting of each part that was trained."""
    rows = _sawtooth_rows(data) if "start_left" in data else []
    rows += _coarse_rows(data) if "explained" in data else []
    return rows + (_taught_rows(data) if "right" in data else [])


def _sawtooth_rows(data: xr.Dataset) -> list[dict]:
    rows, near, start, before = [], summary.returned(data), summary.learned(data), summary.still(data)
    for i, k in enumerate(data.fold.values):
        for j, noise in enumerate(data.noise.values):
            row = {"part": "perturbed", "folds": int(k), "noise": float(noise), "networks": near.total}
            row |= {"solved": int(near.hits[i, j]), "solved_share": near.share[i, j]}
            row |= {"low": near.low[i, j], "high": near.high[i, j], "before": int(before.hits[i, j])}
            rows.append(row | {"learning_rate": float(data.near_rate.values[i, j])})
    for c, kind in enumerate(data.kind.values):
        for i, k in enumerate(data.fold.values):
            for j, width in enumerate(data.width.values):
                one = data.sel(kind=kind, fold=k, width=width)
                row = {"part": "random start", "kind": str(kind), "folds": int(k), "width": int(width)}
                row |= {"parameters": int(one.parameters), "networks": start.total, "solved": int(start.hits[c, i, j])}
                row |= {"solved_share": start.share[c, i, j], "low": start.low[c, i, j], "high": start.high[c, i, j]}
                row["median_left"] = float(one.start_left.median())
                rows.append(row | {"learning_rate": float(one.start_learning_rate)})
    return rows


def _coarse_rows(data: xr.Dataset) -> list[dict]:
    rows = []
    for place in [{"family": f, "level": n, "tilt": t} for f in data.family.values for n in data.level.values
                  for t in data.tilt.values]:  # fmt: skip
        one = data.sel(place)
        row = {
            "part": "coarse",
            "kind": str(place["family"]),
            "folds": int(place["level"]),
            "tilt": float(place["tilt"]),
        }
        row["best_shallow"] = float(one.best_shallow)
        row |= {f"{kind}_explains": float(one.explained.sel(kind=kind).median()) for kind in ("deep", "shallow")}
        row["solved"] = int((one.explained.sel(kind="deep") >= summary.LEARNED).sum())
        rows.append(row | {"networks": data.sizes["coarse_seed"]})
    return rows


def _taught_rows(data: xr.Dataset) -> list[dict]:
    rows = []
    for pupil in map(str, data.pupil.values):
        mean = summary.mean_right(data, pupil)
        row = {"part": "taught", "kind": pupil, "networks": data.right.sel(pupil=pupil).size}
        row |= {"right": mean.estimate, "right_low": mean.low, "right_high": mean.high}
        rows.append(row | {"learning_rate": float(data.pupil_rate.sel(pupil=pupil).median())})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on each statement about what was run and can be compared."""
    found = []
    if "start_left" in data:
        found.append(_returns(data))
        if data.sizes["fold"] > 1:
            found.append(_ratio(data))
        found.append(_never(data))
        if data.sizes["width"] > 1:
            found.append(_further(data))
    if "explained" in data:
        found += [*(_follows(data, str(family)) for family in data.family.values), _beyond(data)]
    if "right" not in data:
        return found
    # A teacher that is no better than a shallow network has no lead that a pupil could make up.
    leads = summary.gain(data, DEEP, LABELS).low > 0
    return [*found, _difference(data), _pupils(data), *([_own_teacher(data)] if leads else [])]


def _returns(data: xr.Dataset) -> Verdict:
    """The verdict at the least noise, over all folds; its interval is that of the fold at which the fewest return."""
    found = summary.returned(data)
    outcomes = []
    for i, k in enumerate(data.fold.values):
        outcome = _side(MOST, found.low[i, 0], found.high[i, 0])
        # With a better rate more networks return, so only "not reproduced" is left open by an end of the grid.
        edge = bool(data.near_at_edge.sel(fold=k).isel(noise=0))
        outcomes.append(NOT_SETTLED if edge and outcome == NOT_REPRODUCED else outcome)
    worst = int(found.share[:, 0].argmin())
    share, low, high = (float(part[worst, 0]) for part in (found.share, found.low, found.high))
    open_at = [str(k) for k, outcome in zip(data.fold.values, outcomes, strict=True) if outcome == NOT_SETTLED]
    fewest = f"; the smallest share is {share:.2f} [{low:.2f}, {high:.2f}], at k = {int(data.fold[worst])}"
    before = ", ".join(f"{one:.2f}" for one in summary.still(data).share[:, 0])
    folds = ", ".join(str(int(k)) for k in data.fold.values)
    return _near(float(data.noise[0])).verdict(
        f"At {outcomes.count(REPRODUCED)} of {plural(len(outcomes), 'depth')} (k layers) nearly all of {found.total} "
        f"networks return to the sawtooth{'; at every depth it is all of them' if share == 1 else fewest}. Before any "
        f"training the share that computes it is {before} at k = {folds}; where it is near 1, returning says little."
        + (f" Not settled at k = {', '.join(open_at)}." if open_at else ""),
        share, low, high, found.total,
        outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip


def _ratio(data: xr.Dataset) -> Verdict:
    half, best = summary.half_noise(data), summary.half_noise(data, edges_return=True)
    first, last = half[0], half[-1]
    ratio = last[0] / first[0]
    told = ", ".join(f"{one[0]:.2g} at k = {int(k)}" for one, k in zip(half, data.fold.values, strict=True))
    below, above = last[2] < first[1], last[1] >= first[2]
    undone = best[-1][2] >= first[1] if below else best[0][2] > last[1] if above else False
    return _narrows().verdict(
        f"Half of the networks return to the sawtooth of 2^k pieces up to a noise, relative to a layer's root mean "
        f"square, of {told}. The noise for the deepest is {ratio:.2g} times that for the shallowest.",
        ratio, last[1] / first[2], last[2] / first[1], data.sizes["near_seed"],
        outcome=REPRODUCED if below else NOT_REPRODUCED if above else NOT_SETTLED,
        # Beyond the ends of the grid more networks might return: of the deepest, this would raise the ratio, of the
        # shallowest, lower it.
        at_edge=f"at the {'greatest' if below else 'least'} depth {EDGE}" if undone else "",
    )  # fmt: skip


def _never(data: xr.Dataset) -> Verdict:
    """The verdict on the deepest network of the solution's shape: hardly any learns."""
    found, width = summary.learned(data), int(data.width[0])
    i = list(data.kind.values).index("deep")
    share, low, high = (float(part[i, -1, 0]) for part in (found.share, found.low, found.high))
    shares = ", ".join(f"{found.share[i, j, 0]:.2f} at k = {int(k)}" for j, k in enumerate(data.fold.values))
    edge = bool(data.start_at_edge.sel(kind="deep").isel(fold=-1, width=0))
    return _random(int(data.fold[-1]), width).verdict(
        f"Of {found.total} networks with k layers of {width} neurons each, the share that learns the sawtooth of 2^k "
        f"pieces is {shares}.",
        share, low, high, found.total,
        at_edge="the tuned rate is the least or the greatest tried" if edge and low <= FEW else "",
    )  # fmt: skip


def _further(data: xr.Dataset) -> Verdict:
    widths = [int(w) for w in data.width.values]
    reach = {kind: [summary.reach(data, kind, w) for w in widths] for kind in ("deep", "shallow")}
    least, most = reach["deep"][0], reach["deep"][-1]
    told = ", ".join(f"{k} with width {w}" for k, w in zip(reach["deep"], widths, strict=True))
    outcome, undone, behind = NOT_REPRODUCED, False, "narrowest"
    # With better numbers more networks learn: only the widths that learn fewer folds could catch up.
    if most > least:
        found, i = summary.learned(data), list(data.kind.values).index("deep")
        j = list(data.fold.values).index(most)
        outcome = REPRODUCED if found.low[i, j, -1] > found.high[i, j, 0] else NOT_SETTLED
        undone = bool(data.start_at_edge.sel(kind="deep", fold=most, width=widths[0]))
    else:
        undone, behind = summary.reach(data, "deep", widths[-1], edges_learn=True) > least, "widest"
    return _wider(widths[0], widths[-1]).verdict(
        f"The last k up to which at least half of the networks learn the sawtooth is {told} (0: none; k up to "
        f"{int(data.fold[-1])} was tried). With one hidden layer of as many parameters as with "
        f"these widths it is {', '.join(map(str, reach['shallow']))}, in the same order.",
        float(most),
        n=data.sizes["start"],
        outcome=outcome,
        at_edge=f"for the {behind} layers a tuned rate is the least or the greatest tried"
        if undone and outcome != NOT_SETTLED
        else "",
    )


def _follows(data: xr.Dataset, family: str) -> Verdict:
    found = summary.ranks(data, family)
    outcome = REPRODUCED if found.p_value < ALPHA else NOT_REPRODUCED if found.high <= 0 else NOT_SETTLED
    if outcome == REPRODUCED:
        apart = _side(0.0, *found.ahead) if found.apart else NOT_SETTLED
        outcome = rules.combine([outcome, _side(STRONG, found.low, found.high), apart])
    order = "differently" if found.apart else "in the same order"
    ahead = round(found.estimate - found.rival, 9)
    closer = "equally close" if ahead == 0 else "less close" if ahead > 0 else "closer"
    return _coarse(family, data.attrs["coarse_width"]).verdict(
        f"Over {found.targets} targets the share that deep networks learn has a rank correlation of "
        f"{found.estimate:.2f} [{found.low:.2f}, {found.high:.2f}] (p = {found.p_value:.2g}) with the share that the "
        f"best shallow one could explain. With coarseness, which ranks the targets {order}, the correlation is "
        f"{closer}, {found.rival:.2f}; the difference is {found.estimate - found.rival:+.3f} [{found.ahead[0]:+.3f}, "
        f"{found.ahead[1]:+.3f}].",
        found.estimate, found.low, found.high, data.sizes["coarse_seed"],
        outcome=outcome,
        at_edge=_coarse_edge(data, [family]),  # another order of the targets could raise the correlation or lower it
    )  # fmt: skip


def _side(threshold: float, low: float, high: float) -> str:
    return REPRODUCED if low > threshold else NOT_REPRODUCED if high <= threshold else NOT_SETTLED


def _coarse_edge(data: xr.Dataset, families: list[str]) -> str:
    """A clause for tuned numbers of the deep networks at an end of their grid."""
    deep = data.coarse_at_edge.sel(kind="deep", family=families)
    return f"for {int(deep.sum())} of {deep.size} targets {EDGE}" if deep.any() else ""


def _beyond(data: xr.Dataset) -> Verdict:
    families = list(map(str, data.family.values))
    counts = [summary.beyond(data, family) for family in families]
    more, total = (sum(pair[i] for pair in counts) for i in (0, 1))
    certain = int((summary.beyond_by_sign(data) <= ALPHA).sum())
    outcome = NOT_REPRODUCED if certain else NOT_SETTLED if more else REPRODUCED
    deep, shallow = (data.explained.sel(kind=kind).median("coarse_seed") for kind in ("deep", "shallow"))
    return _no_further(total).verdict(
        f"On {more} of {total} targets the median trained deep network explains more than the best shallow network "
        f"could, on {certain} of them significantly. On {int((deep > shallow).sum())} it explains more than the median "
        "trained shallow network.",
        more,
        n=data.sizes["coarse_seed"],
        outcome=outcome,
        at_edge="" if certain else _coarse_edge(data, families),
    )


def _edge_of(data: xr.Dataset, pupil: str) -> str:
    """A clause where most tunings of these networks end at an end of a grid: better ones might change the outcome."""
    edges = data.pupil_at_edge.sel(pupil=pupil)
    return f"{MOSTLY} for {NAMES[pupil]}" if int(edges.sum()) > edges.size / 2 else ""


def _difference(data: xr.Dataset) -> Verdict:
    found = summary.gain(data, DEEP, LABELS)
    # Better numbers make either kind better: only those of the kind that is behind could change the outcome.
    behind = LABELS if found.low > 0 else DEEP
    return _deep_wins().verdict(
        f"The share of test points classified correctly is {_right(data, DEEP)} for deep and {_right(data, LABELS)} "
        f"for shallow networks, with {data.attrs['taught_parameters']} parameters each. The difference is "
        f"{_signed(found)}, paired over {plural(data.sizes['draw'], 'draw')} of the data.",
        found.estimate, found.low, found.high, data.sizes["draw"],
        at_edge=_edge_of(data, behind),
    )  # fmt: skip


def _pupils(data: xr.Dataset) -> Verdict:
    found, same = summary.gain(data, MORE, LABELS), summary.gain(data, TAUGHT, LABELS)
    leads = summary.gain(data, DEEP, LABELS).low > 0
    outcome = _side(0.0, found.low, found.high)
    return _taught().verdict(
        f"The share of test points classified correctly is {_right(data, MORE)} for shallow networks taught by a deep "
        f"one and {_right(data, LABELS)} for those trained on the labels; the difference is {_signed(found)}. For "
        f"networks taught at the labelled points alone it is {_signed(same)}.",
        found.estimate, found.low, found.high, data.sizes["draw"],
        outcome=outcome if leads else NOT_SETTLED,
        at_edge=_edge_of(data, LABELS if found.low > 0 else MORE),
    )  # fmt: skip


def _own_teacher(data: xr.Dataset) -> Verdict:
    """The verdict on how much of its own teacher's lead a pupil of equal parameters makes up.

    A pupil is compared with that one network, whatever its numbers were; better numbers of pupils can only help.
    """
    lead, short = summary.own_lead(data, DEEP, LABELS), summary.short_of_teacher(data, MORE, DEEP)
    return _as_good().verdict(
        f"The taught network's share of correct test points differs from its own teacher's by {_signed(short)}: it "
        f"makes up {1 + short.estimate / lead.estimate:.0%} of the teacher's lead over shallow networks trained on the "
        f"labels, {lead.estimate:+.3f}. Trained on true labels of the same points, shallow networks reach "
        f"{_right(data, TRUE)}.",
        short.estimate, short.low, short.high, data.sizes["draw"],
        at_edge=_edge_of(data, MORE) if short.high <= -ALIKE else "",
    )  # fmt: skip


def _right(data: xr.Dataset, kind: str) -> str:
    return f"{summary.mean_right(data, kind).estimate:.3f}"


def _signed(found: summary.statistics.Mean) -> str:
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
