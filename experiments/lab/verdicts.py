"""Statements, which are fixed before there are data, and verdicts, which judge the statements by the data.

A claim's `verdicts.py` has a constant `Statement` for everything that it judges (or a function of its Config that makes
them), `statements(config)`, which lists them, and `verdicts(data)`, which calls `Statement.verdict` on each. So what is
claimed, who claims it and by which rule it is judged cannot depend on data. A rule that was changed after results were
seen says so in its text.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, NamedTuple

REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_SETTLED = "reproduced", "partly", "not reproduced", "not settled"
OUTCOMES = (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_SETTLED)
# A proved result; a number or an observation in the literature; what the textbook says; a target of our own.
THEOREM, PUBLISHED, TEXTBOOK, AIM = "theorem", "published", "textbook", "aim"
KINDS = (THEOREM, PUBLISHED, TEXTBOOK, AIM)
# What the ends around a measured number mean. CONFIDENCE: where the true value lies. PREDICTION: where a measurement
# from as few runs as a source had would lie. EXTREME: the interval of the farthest of several estimates, which the same
# data have chosen. RANGE: the least and the greatest measured value, two quartiles, or the interval of the median of
# times from one run. When everything is measured again with other random seeds, only two intervals of CONFIDENCE must
# agree (`experiments.intervals.replicated`).
CONFIDENCE, PREDICTION, EXTREME, RANGE = "confidence", "prediction", "extreme", "range"
INTERVALS = (CONFIDENCE, PREDICTION, EXTREME, RANGE)
# Of an interval, unless it is corrected for many comparisons. Some runs compute with it, although the hash of their
# code (`experiments.lab.code`) leaves this module out: whoever changes it runs them again.
LEVEL = 0.95
# The sentence of a rule for which `at_edge` may be given; other wordings are allowed if they speak of such ends.
EDGE = "Not settled either where a tuned number that decides lies at an end of the values tried."
BEYOND = "values of the tuned number beyond those tried"  # what settles it where only such an end decides
_SPEAKS_OF_ENDS = re.compile(r"\bends?\b|least or (the )?greatest|greatest or (the )?least|rate tried", re.IGNORECASE)


class Rule(NamedTuple):
    """When a statement counts as reproduced, in a sentence and in code. `experiments.lab.rules` has the common ones."""

    text: str  # built from the constants that decide
    judge: Callable[[float, float | None, float | None], str] | None = None  # measured, low, high -> outcome


class Verdict(NamedTuple):
    """The verdict on a statement. The first six fields, `unit` and the last three are fixed before there are data."""

    id: str  # unique within its claim
    claim: str  # a sentence
    kind: str  # one of KINDS
    source: str  # authors, year, title or venue, theorem, table or page; "" for an aim without one
    reference: float | str | None  # the published value; words where the source gives no number
    rule: str  # when it is reproduced, partly, not, or not settled
    finding: str  # a sentence with the numbers that were found
    measured: float | str | None
    low: float | None  # ends of the interval around `measured`
    high: float | None
    unit: str  # "" for a pure number
    n: int | None  # independent units that were measured: draws, voices, seeds or tunings, not all networks
    outcome: str  # one of OUTCOMES
    command: str = ""  # what was run; the lab fills it in
    interval: str = CONFIDENCE  # one of INTERVALS
    level: float = LEVEL
    fixed: str = ""  # data that the claim does not draw, and that stay the same with other random seeds
    # Of claims that are one file, and written only where they are not empty.
    direction: str = ""  # whether the effect goes the claimed way, however small
    published_size: str = ""  # whether it is as large as published

    def row(self) -> dict[str, Any]:
        """The verdict as verdicts.json holds it."""
        optional = ("direction", "published_size")
        return {name: value for name, value in self._asdict().items() if value or name not in optional}


@dataclass(frozen=True)
class Statement:
    """Something that is claimed, and the rule that judges it."""

    id: str
    claim: str
    kind: str
    source: str
    rule: Rule
    reference: float | str | None = None
    unit: str | None = ""  # None where its measure says it
    settled_by: str = ""  # what would settle it; needed where the rule may say "not settled"
    resolution: bool = True  # whether the smallest difference that could be shown follows from the interval
    interval: str = CONFIDENCE  # what its ends are: one of INTERVALS
    level: float = LEVEL  # of the interval that is reported, where it is corrected for many comparisons
    fixed: str = ""  # data that no replication draws anew, in words: "the MNIST digits"

    def verdict(
        self,
        finding: str,
        measured: float | str | None = None,
        low: float | None = None,
        high: float | None = None,
        n: int | None = None,
        *,
        outcome: str | None = None,
        parts: Sequence[str] = (),
        at_edge: str = "",
    ) -> Verdict:
        """The verdict on what was found.

        Args:
            finding: a sentence with the numbers.
            measured, low, high: the estimate and the ends of its interval, in `unit`.
            n: the number of independent units.
            outcome: needed if the rule has no `judge`, or if a condition that `judge` cannot see decides.
            parts: the outcomes of which `rules.combine` made it; where it is not settled, the finding says what is
                certain all the same.
            at_edge: a clause that names the tuned number whose best value lies at an end of the values tried, if
                this decides the outcome. Then nothing is settled, whatever the rule says.

        Raises:
            ValueError: naming the statement: if there is no `outcome` and its rule has no `judge`; if `at_edge` is
                given, and its rule does not speak of such ends (see `rules.tuned`); if its rule is about an interval
                of which `low` or `high` is missing; and if it is not settled and has no `settled_by`, which is not
                needed where `outcome` is left out and `measured` is not a number.
        """
        settled_by = self.settled_by
        if outcome is None:
            if self.rule.judge is None:
                raise ValueError(f"statement {self.id!r}: its rule has no judge, so its verdict needs an outcome")
            value = math.nan if measured is None or isinstance(measured, str) else float(measured)
            if math.isnan(value):  # possible even where the rule leaves nothing open
                outcome, settled_by = NOT_SETTLED, settled_by or "a run in which there is something to measure"
            else:
                try:
                    outcome = self.rule.judge(value, low, high)
                except ValueError as error:
                    raise ValueError(f"statement {self.id!r}: {error}") from None
        if at_edge and not _SPEAKS_OF_ENDS.search(self.rule.text):
            raise ValueError(f"statement {self.id!r}: at_edge is given, so its rule must say so; see rules.tuned")
        edge_decides = bool(at_edge) and outcome != NOT_SETTLED
        if at_edge or outcome == NOT_SETTLED:
            outcome = NOT_SETTLED
            if edge_decides and "beyond" not in settled_by:
                settled_by = BEYOND
            if not settled_by:
                raise ValueError(f"statement {self.id!r}: it is not settled, so it needs settled_by")
            said = [] if edge_decides else self._open_question(low, high, () if at_edge else parts)
            said = [f"Not settled: {at_edge}."] * bool(at_edge) + said
            finding = " ".join([finding, *said, f"What would settle it: {settled_by}."])
        stated = (self.id, self.claim, self.kind, self.source, self.reference, self.rule.text)
        return Verdict(
            *stated, finding, measured, low, high, self.unit or "", n, outcome,
            interval=self.interval, level=self.level, fixed=self.fixed,
        )  # fmt: skip

    def without_verdict(self) -> Verdict:
        """What stands in the place of a verdict where `verdicts(data)` has none on this statement."""
        told = "Not judged: these data say nothing on this statement."
        return replace(self, settled_by="data that do").verdict(told, outcome=NOT_SETTLED)

    def _open_question(self, low: float | None, high: float | None, parts: Sequence[str]) -> list[str]:
        """What is certain though nothing is settled, and the smallest difference that could be shown."""
        said = []
        for certain, word in ((NOT_REPRODUCED, "fail"), (REPRODUCED, "hold")):
            if certain in parts:
                many = list(parts).count(certain)
                verb = f"certainly {word}{'s' * (many == 1)}"
                rest = len(parts) - many
                open_ = "the other is" if rest == 1 else f"the other {rest} are"
                said.append(f"Of the {len(parts)} parts of the statement {many} {verb}, and {open_} open.")
        a_width = self.resolution and self.interval != RANGE
        if a_width and low is not None and high is not None and math.isfinite(high - low):
            ratio = (self.unit or "").startswith("times") and low > 0
            least = (
                f"a factor of more than {math.sqrt(high / low):.3g}" if ratio else f"more than {(high - low) / 2:.2g}"
            )
            said.append(
                f"An interval as wide as this one decides only if the value differs from the threshold by {least}."
            )
        return said


def check_statements(statements: Sequence[Statement]) -> list[Statement]:
    """Return the statements, or raise a ValueError that names the field, the value and what is allowed."""
    seen: set[str] = set()
    for one in statements:
        if not one.id.strip() or one.id in seen:
            raise ValueError(f"statement id {one.id!r}: must be text, not empty, and used once in its claim")
        seen.add(one.id)
        if one.kind not in KINDS:
            raise ValueError(f"kind {one.kind!r} of {one.id!r}: must be one of {', '.join(KINDS)}")
        if one.interval not in INTERVALS:
            raise ValueError(f"interval {one.interval!r} of {one.id!r}: must be one of {', '.join(INTERVALS)}")
        if not 0 < one.level < 1:
            raise ValueError(f"level {one.level!r} of {one.id!r}: must lie between 0 and 1")
        for field in ("claim", "source"):
            if not getattr(one, field).strip() and not (field == "source" and one.kind == AIM):
                raise ValueError(f"{field} of {one.id!r}: must not be empty")
        if not one.rule.text.strip():
            raise ValueError(f"rule of {one.id!r}: must be a sentence")
        if NOT_SETTLED in one.rule.text.lower() and not one.settled_by:
            raise ValueError(f"rule of {one.id!r} can say {NOT_SETTLED!r}, so it needs settled_by")
    return list(statements)


def check_verdicts(verdicts: Sequence[Verdict], statements: Sequence[Statement]) -> list[Verdict]:
    """Return the verdicts; raise a ValueError unless each judges a different statement and repeats it unchanged."""
    known = {one.id: one for one in check_statements(statements)}
    seen: set[str] = set()
    for v in verdicts:
        if v.id not in known or v.id in seen:
            raise ValueError(f"verdict id {v.id!r}: must be one of statements(config), and used once")
        seen.add(v.id)
        one = known[v.id]
        for field in ("claim", "kind", "source", "reference", "rule", "unit", "interval", "level", "fixed"):
            value, expected = getattr(v, field), one.rule.text if field == "rule" else getattr(one, field)
            if value != expected and not (field == "unit" and expected is None):
                raise ValueError(f"{field} {value!r} of {v.id!r}: statements(config) has {expected!r}")
        _check_values(v)
    return list(verdicts)


def completed(verdicts: Sequence[Verdict], statements: Sequence[Statement]) -> list[Verdict]:
    """The verdicts, and after them one that says "not settled" for each statement that has none, so that it is seen."""
    judged = {v.id for v in verdicts}
    return [*verdicts, *(one.without_verdict() for one in statements if one.id not in judged)]


def _check_values(v: Verdict) -> None:
    if v.outcome not in OUTCOMES:
        raise ValueError(f"outcome {v.outcome!r} of {v.id!r}: must be one of {', '.join(OUTCOMES)}")
    if not v.finding.strip():
        raise ValueError(f"finding of {v.id!r}: must be a sentence")
    for field, allowed in (("reference", str), ("measured", str), ("low", Real), ("high", Real)):
        value = getattr(v, field)
        if value is not None and not isinstance(value, (Real, allowed)):
            kinds = "a number, text or None" if allowed is str else "a number or None"
            raise ValueError(f"{field} {value!r} of {v.id!r}: must be {kinds}")
    if v.low is not None and v.high is not None and v.low > v.high:
        raise ValueError(f"low {v.low!r} of {v.id!r}: must not exceed high, {v.high!r}")
    if v.interval == CONFIDENCE and isinstance(v.measured, Real) and v.low is not None and v.high is not None:
        # A bootstrap's interval may leave the estimate out, but not by more than its width. Nan compares as false.
        measured, width = float(v.measured), v.high - v.low
        if width > 0 and (measured < v.low - width or measured > v.high + width):
            raise ValueError(f"measured {v.measured!r} of {v.id!r}: lies far outside {v.low!r} to {v.high!r}")
    if v.n is not None and (not isinstance(v.n, Integral) or v.n < 1):
        raise ValueError(f"n {v.n!r} of {v.id!r}: must be a whole number of 1 or more, or None")
