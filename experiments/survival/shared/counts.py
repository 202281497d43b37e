"""Claims that must hold every single time: a share, with Wilson's interval."""

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

    @property
    def statement(self) -> Statement:
        """The statement, which is fixed before any trial."""
        text = f"Reproduced when all {self.what} {self.holds}; otherwise not reproduced."
        rule = Rule(text, rules.exactly(1).judge)
        return Statement(self.id, self.claim, AIM, self.source, rule, reference=1.0, unit=f"of all {self.what}")

    def verdict(self, good: int, of: int, n: int | None = None) -> Verdict:
        """The verdict on so many good ones of all; `n` is the number of trials, where others are counted."""
        low, high = (float(end) for end in statistics.wilson(good, of))
        finding = f"{good:,} of {of:,} {self.what} {self.holds}."
        return self.statement.verdict(finding, good / of, low, high, of if n is None else n)


def plural(number: int, word: str) -> str:
    """The number with its word in the singular or the plural: "3 rounds"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
