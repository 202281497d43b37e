"""What is generated for readers of the repository: findings in its README, and all statements in that of results/."""

from collections.abc import Sequence
from pathlib import Path

from experiments.lab import claims
from experiments.lab.claims import ROOT, Claim, Refused
from experiments.lab.report.findings import escaped
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import Result, read, told

TOP = """# Results

Every statement that was judged, with its outcome and what was measured.
[The words](../docs/findings/index.md#the-words) explains outcomes, rules and margins.
`python -m experiments --readme` makes this file.

## Playground

`python -m experiments report` writes `index.html` into this folder: a playground, questions with their answers, and
all statements with their sources, rules and filters.

## All statements"""
BEGIN, END = "<!-- findings, made by --readme -->", "<!-- end of findings -->"


def findings(results: Sequence[Result], folder: str) -> str:
    """A row for each question, and a line with the counts of all statements; `folder` is where the statements are."""
    known = {one.claim.name: one for one in results}
    lines = ["| question | measured | outcome |", "|---|---|---|"]
    for one in QUESTIONS:
        if verdicts := one.verdicts(known):
            link = f"[{verdicts[0]['outcome']}]({folder}/README.md#{_anchor(one.claim)})"
            lines.append(f"| {escaped(one.question)} | {escaped(one.answered(verdicts))} | {link} |")
    rows = [row for result in results for row in result.verdicts]
    return "\n".join([*lines, "", told(rows)])


def statements(results: Sequence[Result]) -> str:
    """All statements with their outcomes, by topic and experiment, with links to figures, data and code."""
    lines = [TOP, told([row for result in results for row in result.verdicts])]
    for topic in dict.fromkeys(one.claim.topic for one in results):
        lines += [f"## {topic.replace('_', ' ').capitalize()}", claims.question(ROOT / topic / "__init__.py")]
        for result in (one for one in results if one.claim.topic == topic):
            place = result.claim.name.replace(".", "/")
            files = [path.name for path in result.figures] + ["table.csv", "data.nc"]
            links = [f"[{name}]({place}/{name})" for name in files] + [f"[how](../{ROOT.name}/{place}.py)"]
            lines += [f"### {result.claim.name}", f"{escaped(result.claim.question)} {', '.join(links)}"]
            table = [
                f"| {escaped(row['claim'])} | {row['outcome']} | {escaped(row['finding'])} |" for row in result.verdicts
            ]
            if table:
                lines.append("\n".join(["| statement | outcome | measured |", "|---|---|---|", *table]))
    return "\n\n".join(lines) + "\n"


def _anchor(claim: str) -> str:
    """The anchor that code hosts give to the heading of a claim."""
    return claim.replace(".", "")


def made(file: Path, every: Sequence[Claim], committed: Path) -> dict[Path, str]:
    """What both files should hold: the findings stand between their two marks in `file`."""
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise Refused(f"{file} needs the line {BEGIN} and, below, {END}")
    head, rest = text.split(BEGIN)
    results = [one for one in read(every, committed) if one.run]
    new = f"{head}{BEGIN}\n{findings(results, committed.name)}\n{END}{rest.split(END)[1]}"
    return {file: new, committed / "README.md": statements(results)}


def write(file: Path, every: Sequence[Claim], committed: Path) -> bool:
    """Write both files; returns whether anything changed."""
    new = made(file, every, committed)
    changed = [place for place, text in new.items() if not place.exists() or place.read_text(encoding="utf-8") != text]
    for place in changed:
        place.write_text(new[place], encoding="utf-8")
    return bool(changed)
