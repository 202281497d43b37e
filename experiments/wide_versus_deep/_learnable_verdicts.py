"""The verdicts of `learnable`, one for each statement."""

import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep import _learnable_summary as summary
from experiments.wide_versus_deep._learnable_taught import KINDS

MOST = 0.9  # a share that is said to be nearly all
FEW = 0.2  # below which the upper end of an interval must lie where hardly any are said to learn
STRONG = 0.8  # a rank correlation that is said to follow
ALPHA = 0.05
ALIKE = 0.01  # of the test points, by which a pupil may fall short of a teacher that it equals


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Written down, perturbed, from random starts, coarse approximability, taught."""
    found = []
    if "start_left" in data:
        several = data.sizes["fold"] > 1
        found += [_written(data), _near(data), *([_narrower(data)] if several else []), _random(data)]
        found += [_wider(data)] if data.sizes["width"] > 1 else []
    if "explained" in data:
        found += [*(_coarse(data, str(family)) for family in data.family.values), _beyond(data)]
    if "right" not in data:
        return found
    # A teacher that is no better than a shallow network has no lead of which a pupil could make up anything.
    leads = summary.gain(data, KINDS[0], KINDS[1]).low > 0
    return [*found, _deep_wins(data), _taught(data), *([_as_good(data)] if leads else [])]


def _written(data: xr.Dataset) -> Verdict:
    left, deepest = float(data.written_left.max()), int(data.fold.max())
    claim = f"written down, k layers of 2 ReLUs are the sawtooth, to k = {deepest} (share of the variance left)"
    return verdict(data, "written down", claim, "Telgarsky 2015", 0.0, left, "", left == 0)


def _near(data: xr.Dataset) -> Verdict:
    """At the least noise: the fold at which the fewest return."""
    found = summary.returned(data)
    worst = int(found.share[:, 0].argmin())
    claim = (
        f"moved by {float(data.noise[0]):g} of a layer's size, the solution is found again by training at every depth "
        f"(share that returns, the least of {len(found.share)} depths, at k = {int(data.fold[worst])}; reproduced from "
        f"{MOST:g} on, partly from 1/2)"
    )
    least = float(found.share[worst, 0])
    outcome = REPRODUCED if least >= MOST else PARTLY if least >= 0.5 else NOT_REPRODUCED
    ends = float(found.low[worst, 0]), float(found.high[worst, 0])
    return verdict(data, "near the solution", claim, "asked of this project", 1.0, least, "share", outcome, ends)


def _narrower(data: xr.Dataset) -> Verdict:
    """The noise at which half return, of the deepest over that of the shallowest; intervals must not overlap."""
    half = summary.half_noise(data)
    first, last = half[0], half[-1]
    ratio = last[0] / first[0]
    said = ", ".join(f"{one[0]:.2g} at k = {int(k)}" for one, k in zip(half, data.fold.values, strict=True))
    claim = (
        f"the deeper the sawtooth, the nearer one must start: the noise at which half return falls with depth ({said}; "
        "deepest over shallowest; reproduced where their intervals are apart)"
    )
    outcome = NOT_REPRODUCED if ratio >= 1 else REPRODUCED if last[2] < first[1] else PARTLY
    ends = last[1] / first[2], last[2] / first[1]
    source = "Malach & Shalev-Shwartz 2019, of random starts"
    return verdict(data, "basin narrows", claim, source, "below 1", ratio, "times", outcome, ends)


def _random(data: xr.Dataset) -> Verdict:
    """At the shape of the solution, and the deepest: hardly any."""
    found = summary.learned(data)
    width = int(data.width[0])
    i = list(data.kind.values).index("deep")
    low, high = float(found.low[i, -1, 0]), float(found.high[i, -1, 0])
    shares = ", ".join(f"{found.share[i, j, 0]:.2f} at k = {int(k)}" for j, k in enumerate(data.fold.values))
    claim = (
        "from random starts the shape that can express the sawtooth hardly ever learns it at k = "
        f"{int(data.fold[-1])}: width {width} ({shares}; {found.total} networks each; reproduced where the interval "
        f"ends below {FEW:g})"
    )
    outcome = REPRODUCED if high < FEW else NOT_REPRODUCED if low > FEW else PARTLY
    source = "Malach & Shalev-Shwartz 2019; asked of this project"
    measured = float(found.share[i, -1, 0])
    return verdict(data, "random starts", claim, source, 0.0, measured, "share", outcome, (low, high))


def _wider(data: xr.Dataset) -> Verdict:
    """Whether width heals it: how many folds further the widest learns, and whether it gets to the deepest."""
    widths = [int(w) for w in data.width.values]
    reach = {kind: [summary.reach(data, kind, w) for w in widths] for kind in ("deep", "shallow")}
    deepest = int(data.fold[-1])
    claim = (
        "wider networks of the same depth learn more folds, and none all of them: half or more learn up to k = "
        f"{', '.join(f'{k} (width {w})' for k, w in zip(reach['deep'], widths, strict=True))}; one hidden layer of as "
        f"many parameters up to k = {', '.join(map(str, reach['shallow']))} (k up to {deepest} tried)"
    )
    rises, falls_short = reach["deep"][-1] > reach["deep"][0], max(reach["deep"]) < deepest
    outcome = NOT_REPRODUCED if not rises else REPRODUCED if falls_short else PARTLY
    source = "asked of this project"
    return verdict(data, "wider", claim, source, "rises, below all", float(reach["deep"][-1]), "folds", outcome)


def _coarse(data: xr.Dataset, family: str) -> Verdict:
    found = summary.ranks(data, family)
    width = data.attrs["coarse_width"]
    claim = (
        f"{family}: what deep networks learn follows what the best shallow one of their width, {width}, could explain "
        f"(Spearman over {found.targets} targets, the mean over numbers of levels; interval over seeds; permutation p "
        f"= {found.p_value:.2g}; with coarseness alone {found.rival:.2f}, "
        f"{'another order' if found.apart else 'the same order: the two cannot be told apart here'}; reproduced from "
        f"{STRONG:g} on with p < {ALPHA:g} and above that, partly with p alone)"
    )
    clear = found.p_value < ALPHA
    sure = found.estimate >= STRONG and found.apart and found.estimate > found.rival
    outcome = NOT_REPRODUCED if not clear else REPRODUCED if sure else PARTLY
    source = "Malach & Shalev-Shwartz 2019 (fractal distributions)"
    ends = found.low, found.high
    return verdict(data, f"coarse: {family}", claim, source, 1.0, found.estimate, "", outcome, ends)


def _beyond(data: xr.Dataset) -> Verdict:
    """The other side: what depth adds where shallow networks are good, and where they are not."""
    counts = [summary.beyond(data, str(family)) for family in data.family.values]
    more, total = (sum(pair[i] for pair in counts) for i in (0, 1))
    deep, shallow = (data.explained.sel(kind=kind).median("coarse_seed") for kind in ("deep", "shallow"))
    ahead = int((deep > shallow).sum())
    claim = (
        "trained deep networks explain no more than the best shallow one of their width could, on any target (targets "
        f"on which the median does, by {summary.MORE:g} or more on the same rows; they explain more than shallow ones "
        f"that are trained on {ahead} of {total})"
    )
    outcome = REPRODUCED if more == 0 else PARTLY if 4 * more <= total else NOT_REPRODUCED
    source = "the strong reading of Malach & Shalev-Shwartz 2019"
    return verdict(data, "no further than shallow", claim, source, 0, more, f"of {total} targets", outcome)


def _deep_wins(data: xr.Dataset) -> Verdict:
    found = summary.gain(data, KINDS[0], KINDS[1])
    claim = (
        f"where a deep network teaches, it beats the shallow one of {data.attrs['taught_parameters']} parameters on "
        f"the same labels ({_means(data, KINDS[:2])}; difference, paired over {data.sizes['draw']} draws)"
    )
    return _signed(data, "deep beats shallow", claim, "a condition of the next", found)


def _taught(data: xr.Dataset) -> Verdict:
    found, before = summary.gain(data, KINDS[3], KINDS[1]), summary.gain(data, KINDS[0], KINDS[1])
    same = summary.gain(data, KINDS[2], KINDS[1])
    claim = (
        "taught by a deep network at many points without labels, a shallow one beats one that learns from the labels "
        f"({_means(data, KINDS[3:4])}; taught at the labelled points alone: {same.estimate:+.3f} [{same.low:.3f}, "
        f"{same.high:.3f}]; difference, paired over draws; partly where the teacher is no better than a shallow one)"
    )
    sure = found.low > 0 and before.low > 0
    outcome = NOT_REPRODUCED if found.high <= 0 else REPRODUCED if sure else PARTLY
    ends = found.low, found.high
    return verdict(data, "taught", claim, "Ba & Caruana 2014", "above 0", found.estimate, "of points", outcome, ends)


def _as_good(data: xr.Dataset) -> Verdict:
    """How much of the lead of its very teacher a pupil of equal parameters makes up."""
    lead, short = summary.gain(data, KINDS[0], KINDS[1]), summary.short_of_teacher(data, KINDS[3], KINDS[0])
    share = 1 + short.estimate / lead.estimate
    claim = (
        "a shallow network so taught is as good as its teacher (difference to it, paired over draws; reproduced where "
        f"its interval lies above -{ALIKE:g}, partly where it makes up half of the lead of deep networks: {share:.0%}; "
        f"{_means(data, KINDS[4:])})"
    )
    outcome = REPRODUCED if short.low > -ALIKE else PARTLY if share > 0.5 else NOT_REPRODUCED
    ends = short.low, short.high
    return verdict(
        data, "as good as the teacher", claim, "Ba & Caruana 2014", 0.0, short.estimate, "of points", outcome, ends
    )


def _means(data: xr.Dataset, kinds: tuple[str, ...]) -> str:
    return ", ".join(f"{kind}: {summary.mean_right(data, kind).estimate:.3f}" for kind in kinds)


def _signed(data: xr.Dataset, name: str, claim: str, source: str, found) -> Verdict:
    outcome = REPRODUCED if found.low > 0 else NOT_REPRODUCED if found.high <= 0 else PARTLY
    ends = found.low, found.high
    return verdict(data, name, claim, source, "above 0", found.estimate, "of points", outcome, ends)
