"""Claims that must hold in every trial: the share of trials in which they do, with Wilson's interval where random."""

from typing import NamedTuple

from experiments.lab import rules
from experiments.lab.verdicts import AIM, Rule, Statement, Verdict
from nnjax import statistics


class Count(NamedTuple):
    """Something that must hold in every trial."""

    id: str
    claim: str
    what: str  # the trials: "changes"
    holds: str  # what every trial must do: "are found and named"
    source: str = ""
    sampled: bool = False  # whether trials are random, as races are; a fixed list of trials has no interval
    before: str = ""  # what was judged before, where the rule was changed after results were seen
    says: str = "{count} {what} {holds}."  # the finding; the count is such as "4 of 5"

    @property
    def statement(self) -> Statement:
        """The statement, which is fixed before any trial."""
        text = f"Reproduced when all {self.what} {self.holds}; otherwise not reproduced."
        text += f" Changed after results were seen: before, {self.before}." if self.before else ""
        rule = Rule(text, rules.exactly(1).judge)
        return Statement(self.id, self.claim, AIM, self.source, rule, reference=1.0, unit=f"of all {self.what}")

    def verdict(self, good: int, of: int, more: str = "") -> Verdict:
        """The verdict if `good` of `of` trials are good; `more` is a further sentence of its finding."""
        low, high = (float(end) for end in statistics.wilson(good, of)) if self.sampled else (None, None)
        text = self.says.format(count=f"{good:,} of {of:,}", what=self.what, holds=self.holds)
        return self.statement.verdict(f"{text}{f' {more}' if more else ''}", good / of, low, high, of)
