"""Statements, their rules, and all words about their outcomes: a claim writes one sentence and one measure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.lab.estimates import LEVEL, exact

REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_SETTLED = "reproduced", "partly", "not reproduced", "not settled"
MORE = " more"  # the last word of units where two shares are subtracted
THEOREM, PUBLISHED, TEXTBOOK, OWN = "theorem", "published", "textbook", "own"


class Rule(NamedTuple):
    """The claimed region: a claim holds where its whole interval lies in it, fails where none of it does, else is open.

    `even` is the number that means no effect, where the region begins only beyond a margin.
    """

    least: float = -np.inf
    most: float = np.inf
    even: float = np.nan

    def holds(self, low: Any, high: Any) -> Any:
        if self.least == self.most:
            return (low == self.least) & (high == self.most)
        return ((low > self.least) | (self.least == -np.inf)) & ((high < self.most) | (self.most == np.inf))

    def fails(self, low: Any, high: Any) -> Any:
        if self.least == self.most:
            return (low > self.most) | (high < self.least)
        return ((high <= self.least) & (self.least > -np.inf)) | ((low >= self.most) & (self.most < np.inf))

    def side(self, low: Any, high: Any) -> Any:
        """1 where it holds, -1 where it fails, 0 where it is open, and where nothing is known."""
        known = (low <= high) * 1
        return known * (self.holds(low, high) * 1 - self.fails(low, high))

    @property
    def direction(self) -> "Rule":
        """The claim without its margin."""
        return Rule(least=self.even) if self.most == np.inf else Rule(most=self.even)

    def in_words(self, units: str) -> str:
        """The region in the units of the number that is judged."""
        if self.least == self.most:
            return f"the number is exactly {self.least:,.15g}"
        least, most = (number(end, {"units": units}) for end in self[:2])
        side = f"above {least}" if self.most == np.inf else f"below {most}"
        between = f"between {least} and {most}"
        points = " points" if is_difference(units) else ""
        return f"all of the {LEVEL:.0%} interval lies {between if np.isfinite(self[:2]).all() else side}{points}"


def above(x: float, even: float = np.nan) -> Rule:
    """For numbers that should exceed x. Where x is a margin, `even` is no effect: 1 for ratios, 0 for differences."""
    return Rule(least=x, even=even)


def below(x: float, even: float = np.nan) -> Rule:
    """For numbers that should lie under x, such as ratios of errors; `even` as in `above`."""
    return Rule(most=x, even=even)


def within(least: float, most: float) -> Rule:
    """For equality up to a margin that was fixed in advance."""
    return Rule(least, most)


def equal(x: float) -> Rule:
    """For counts: one exception refutes the claim."""
    return Rule(x, x)


@dataclass(frozen=True)
class Statement:
    """What is claimed, by whom, when it holds, and how it is measured; nothing of it depends on data."""

    id: str
    claim: str
    kind: str
    source: str
    rule: Rule
    measure: Callable[..., xr.Dataset | None]  # of the data and a level; None where the data have no such networks
    revised: str = (
        ""  # what of statement or rule was changed after results had been seen: "had asked for every setting"
    )
    size: Rule | None = None  # the published size of the effect, a column beside the outcome
    at_tuned: bool = False  # whether its interval holds at one tuned number, without the randomness of tuning
    headline: bool = False
    random: bool = True  # whether seeds or draws enter; else a repeat only computes the same again

    def sentence(self, units: str) -> str:
        """The rule in words. Of a claim that has several numbers and no average, each has to be there (`outcome`)."""
        tuned = " The interval leaves out the randomness of tuning (wide_versus_deep.retuned)." if self.at_tuned else ""
        return f"Reproduced where {self.rule.in_words(units)}.{tuned}"


def verdict(statement: Statement, data: xr.Dataset) -> dict[str, Any] | None:
    """The verdict, as a row of verdicts.json."""
    measure: Any = cache(lambda level: statement.measure(data, level))
    if (measured := measure(LEVEL)) is None:
        return None
    rule, sides = statement.rule, certainly(statement.rule, measure)
    several = measured.value.size > 1  # no average: every part has to hold
    low, high = (None, None) if several else (_digits(measured.low), _digits(measured.high))
    return {
        "id": statement.id, "claim": statement.claim, "kind": statement.kind, "source": statement.source,
        "rule": statement.sentence(measured.attrs["units"]), "region": [rule.least, rule.most],
        "outcome": outcome(rule, measured, sides), "direction": direction(rule, measured),
        "published_size": "" if statement.size is None else _decided(statement.size, measured, "yes", "no"),
        "measured": _digits(measured.value.median()), "low": low, "high": high, **measured.attrs,
        "finding": finding(measured, sides), "revised": statement.revised, "headline": statement.headline,
    }  # fmt: skip


def _digits(x: xr.DataArray) -> float:
    """Six significant digits, as in tables: further ones depend on the processor. Counts are kept whole."""
    value = float(x.item())
    return value if value.is_integer() else float(f"{value:.6g}")


def outcome(rule: Rule, measured: xr.Dataset, sides: np.ndarray) -> str:
    """The outcome: reproduced, partly, not reproduced or not settled.

    One primary number decides, by whether its interval lies inside the claimed region, outside it, or across its ends.
    The `sides` of its parts (`certainly`) never overturn it.

    Theorems, counts and "every" have no average but several numbers: one part that certainly fails refutes the claim,
    and it is reproduced where each of them holds (an intersection-union test needs no correction: Berger 1982).
    """
    each = rule.side(measured.low.values, measured.high.values)
    if measured.value.size > 1:
        known = measured.value.notnull().values
        return NOT_REPRODUCED if (sides < 0).any() else REPRODUCED if (each[known] > 0).all() else NOT_SETTLED
    if each != 0:
        return REPRODUCED if each > 0 else NOT_REPRODUCED
    across = np.isfinite(measured.value.item()) and measured.low.item() <= measured.high.item()
    return PARTLY if across and (sides > 0).any() and (sides < 0).any() else NOT_SETTLED


def certainly(rule: Rule, measure: Callable[[float], xr.Dataset]) -> np.ndarray:
    """Which parts hold (1), fail (-1) or are open (0), by Holm's (1979) rule: with 95% confidence none is wrong.

    All parts are tested at 1 - 0.05 / (parts that are still open), again and again until no further one is decided.
    """
    value = measure(LEVEL).get("part_value", measure(LEVEL).value).values
    there, decided = ~np.isnan(value), 0
    while True:
        parts = measure(1 - (1 - LEVEL) / max(there.sum() - decided, 1))
        low, high = (parts.get(f"part_{end}", parts[end]).values[there] for end in ("low", "high"))
        sides = rule.side(low, high)
        if (now := np.count_nonzero(sides)) in (decided, there.sum()):
            return sides
        decided = now


def direction(rule: Rule, measured: xr.Dataset) -> str:
    """Whether the effect goes the claimed way, however small; empty where a claim has no direction."""
    if np.isnan(rule.even) or measured.value.size > 1:
        return ""
    return _decided(rule.direction, measured, "as claimed", "opposite")


def _decided(rule: Rule, measured: xr.Dataset, yes: str, no: str) -> str:
    return {1: yes, -1: no, 0: "open"}[int(rule.side(measured.low.item(), measured.high.item()))]


# Published numbers: parts in margins (`estimates.agreement`), of which each agrees, differs, or cannot tell.

AGREES = within(-1, 1)
SHARE_OF_PUBLISHED = "of the published numbers"
WORDS = {1: "agrees within the margin", -1: "differs", 0: "cannot tell"}


def agreeing(parts: Callable[[float], xr.Dataset]) -> xr.Dataset:
    """The share of published numbers that agree with ours, from those that certainly do to those that may."""
    sides = certainly(AGREES, parts)
    agree, differ = ((sides == side).mean() for side in (1, -1))
    counts = {side: int((sides == side).sum()) for side in WORDS}
    several = {1: "agree within the margin", -1: "differ", 0: "cannot tell"}
    note = ", ".join(f"{n} {(WORDS if n == 1 else several)[side]}" for side, n in counts.items())
    return exact(agree, agree, 1 - differ, sides.size, "numbers", units="of the published numbers", note=note)


def answers(parts: Callable[[float], xr.Dataset]) -> xr.DataArray:
    """The answer of each published number, as a column of a table."""
    words = xr.where(parts(LEVEL).value.notnull(), "cannot tell", "").astype(object)
    words.values[words.values != ""] = [WORDS[side] for side in certainly(AGREES, parts).tolist()]
    return words


def beside(ours: xr.Dataset, theirs: xr.Dataset, parts: Callable[[float], xr.Dataset]) -> xr.Dataset:
    """The columns of a table of published numbers: theirs, ours with its interval, and whether they agree."""
    columns = {"theirs": theirs.value, "ours": ours.value, "low": ours.low, "high": ours.high}
    return xr.Dataset(columns | {"answer": answers(parts)})


# Words.


def finding(measured: xr.Dataset, sides: np.ndarray) -> str:
    """`0.43 [0.39, 0.47] times (12 draws). Of 28 parts, 16 hold, 2 fail and 10 are open.`"""
    attrs = measured.attrs
    if measured.value.size > 1:
        each = measured.value
        least, most, middle = (number(x, attrs) for x in (each.min(), each.max(), each.median()))
        text = f"{least} to {most}, median {middle}"
    else:
        text = with_ends(measured.value, measured.low, measured.high, attrs)
    text += f" {units_in_words(attrs['units'])}".rstrip()
    many = f"{attrs['n']:,} {attrs['of']}" if attrs["of"] else ""
    text += f" ({'; '.join(filter(None, (many, attrs['note'])))})." if many or attrs["note"] else "."
    text += of_parts(sides) if sides.size > 1 else ""
    if attrs["at_edge"]:
        part = f"In {attrs['at_edge']:,} of the {sides.size:,} parts" if sides.size > 1 else "Here"
        text += f" {part} a tuned number lies at the end of its grid; what another could turn is open."
    return text


def of_parts(sides: np.ndarray) -> str:
    """` All 10 parts hold.` or ` Of 10 parts, 6 hold, 1 fails and 3 are open.`"""
    words = {1: ("holds", "hold"), -1: ("fails", "fail"), 0: ("is open", "are open")}
    counts = {side: int((sides == side).sum()) for side in words}
    told = [f"{n:,} {words[side][n > 1]}" for side, n in counts.items() if n]
    if len(told) == 1:
        count, _, does = told[0].partition(" ")
        return f" {'Both' if sides.size == 2 else f'All {count}'} parts {does}."
    return f" Of {sides.size:,} parts, {', '.join(told[:-1])} and {told[-1]}."


def with_ends(value: Any, low: Any, high: Any, attrs: dict[str, Any]) -> str:
    """`0.43 [0.39, 0.47]`, and the number alone where it is exact; of published numbers `50% to 100%`."""
    if attrs["units"] == SHARE_OF_PUBLISHED:
        return f"{number(low, attrs)} to {number(high, attrs)}"
    if not low < high:
        return number(value, attrs)
    greater = np.abs([low, high]).max()
    if greater < 1 and not attrs["units"].startswith("of the"):  # no finer than its ends: 0.008 [-0.406, 0.423]
        value = np.round(value, 2 - int(np.floor(np.log10(greater))))
    return f"{number(value, attrs)} [{number(low, attrs)}, {number(high, attrs)}]"


def confirmed(statement: Statement, verdict: dict[str, Any], decides: dict[str, str]) -> dict[str, Any]:
    """What changes in a verdict where a run on unseen seeds decides: its outcome and numbers take the place of those of
    the committed run, and the finding tells both.
    """
    numbers = {name: float(decides[name]) if decides[name] else None for name in ("measured", "low", "high")}
    value, low, high = numbers.values()
    found: dict[str, Any] = {"confirmed": decides["outcome"], "outcome": decides["outcome"], **numbers}
    if low is None:
        told = f" by every part: median {number(value, verdict)}"
    else:
        told = f": {with_ends(value, low, high, verdict)}"
        measured = exact(xr.DataArray(value), low, high)
        size = "" if statement.size is None else _decided(statement.size, measured, "yes", "no")
        found |= {"direction": direction(statement.rule, measured), "published_size": size}
    told = f"Unseen seeds decide{told} {units_in_words(verdict['units'])}".rstrip()
    here = verdict["here"]["outcome"]
    alone = "" if decides["outcome"] == here else f" These data alone: {here}."
    return found | {"finding": f"{told}. The data shown here: {verdict['finding']}{alone}"}


def of_size(verdict: dict[str, Any]) -> str:
    """What is said of the published size of an effect, where the effect itself is reproduced."""
    words = {"yes": "is reproduced too", "no": "is not reproduced", "open": "is not settled"}
    size = verdict["published_size"]
    return f" The published size {words[size]}." if size and verdict["outcome"] == REPRODUCED else ""


def number(x: Any, attrs: dict[str, Any]) -> str:
    """Shares in percent, their differences in points, whole numbers in full, and all others to three digits."""
    x, units = np.asarray(x, float).item(), attrs["units"]
    if units.startswith("of the"):
        return f"{100 * x:.1f}" if is_difference(units) else f"{x:.1%}"
    return f"{x:,.0f}" if x.is_integer() else f"{x:.3g}"


def is_difference(units: str) -> bool:
    """Whether two shares are subtracted."""
    return units.startswith("of the") and units.endswith(MORE)


def units_in_words(units: str) -> str:
    """`of the networks more`, the units of a difference of shares, as `percentage points of the networks`."""
    return f"percentage points {units.removesuffix(MORE)}" if is_difference(units) else units


def verdicts(statements: Iterable[Statement], data: xr.Dataset) -> list[dict[str, Any]]:
    """All verdicts that the data allow."""
    return [row for row in (verdict(statement, data) for statement in statements) if row is not None]


def labelled(data: xr.Dataset, names: dict[str, str]) -> xr.Dataset:
    """The data with a long name, and after a semicolon a unit, for every variable; axes and tables take them."""
    for name, text in names.items():
        if name in data.variables:
            long, _, units = text.partition("; ")
            data[name].attrs |= {"long_name": long} | ({"units": units} if units else {})
    return data
