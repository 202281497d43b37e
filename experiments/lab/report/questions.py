"""Ten questions, each with its answer in one sentence. The number and its interval are those of a statement.

A sentence says what the number is over, and nothing that other data could make false.
"""

from typing import Any, NamedTuple

from experiments.lab.report.read import Result, measured


class Question(NamedTuple):
    """A question, and the statement that answers it."""

    question: str
    short: str  # for the navigation
    answer: str  # {} stands for what the statement measured, with its interval
    why: str  # one or two sentences
    claim: str
    id: str
    try_it: str = ""  # settings of the playground, as its address holds them

    def verdict(self, known: dict[str, Result]) -> dict[str, Any] | None:
        """The verdict of its statement; None where this claim was not run, or not with such networks."""
        rows = known[self.claim].verdicts if self.claim in known else []
        return next((row for row in rows if row["id"] == self.id), None)

    def answered(self, row: dict[str, Any]) -> str:
        """The answer with its number."""
        return self.answer.format(measured(row))


QUESTIONS = (
    Question(
        "Do two hidden neurons learn XOR?",
        "two neurons",
        "Of networks with two hidden neurons, {} learn XOR in the best of 45 settings.",
        "Two hidden neurons can compute XOR, but training from random weights may end on a plateau or in a flat minimum. "
        "More neurons leave more ways to a solution.",
        "xor.trained",
        "two-neurons",
        "task=xor&hidden=2",
    ),
)
