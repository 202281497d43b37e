"""What is generated in the README: ten findings, and how many statements came to which outcome."""

from collections.abc import Sequence
from pathlib import Path

from experiments.lab.claims import Claim, Refused
from experiments.lab.report.findings import escaped
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import read, told

BEGIN, END = "<!-- findings, made by --readme -->", "<!-- end of findings -->"


def findings(claims: Sequence[Claim], committed: Path) -> str:
    """A row for each question, and a line with the counts of all statements."""
    results = [one for one in read(claims, committed) if one.run]
    known = {one.claim.name: one for one in results}
    lines = ["| question | measured |", "|---|---|"]
    for one in QUESTIONS:
        if row := one.verdict(known):
            link = f"[{escaped(one.question)}]({committed.name}/{one.claim.replace('.', '/')})"
            lines.append(f"| {link} | {escaped(one.answered(row))} |")
    rows = [row for result in results for row in result.verdicts]
    return "\n".join([*lines, "", told(rows)])


def write(file: Path, claims: Sequence[Claim], committed: Path) -> bool:
    """Put what is generated between its two marks; returns whether anything changed."""
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise Refused(f"{file} needs the line {BEGIN} and, below, {END}")
    head, rest = text.split(BEGIN)
    new = f"{head}{BEGIN}\n{findings(claims, committed)}\n{END}{rest.split(END)[1]}"
    file.write_text(new, encoding="utf-8")
    return new != text
