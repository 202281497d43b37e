"""The results as Markdown for the pages of the documentation: a topic's claims, the table of all, figures."""

import csv
import html
from collections.abc import Callable, Sequence
from urllib.parse import quote

from experiments.lab import text
from experiments.lab.claims import ROOT
from experiments.lab.report import board, explorer, readme
from experiments.lab.report.fill import escaped
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import Result
from experiments.lab.verdicts import Verdict

# Where the results lie beside the pages: `docs/hooks.py` puts them there.
RESULTS = "results"
FLOW = ROOT.parent / "results" / "flow.csv"
ALTS = {one.figure: one.alt for one in QUESTIONS}


def claims(results: Sequence[Result], topic: str, root: str = "../") -> str:
    """A section for each claim of a topic: what it says, its figures, what each statement came to, and the command.

    `root` leads from the page to the folder that holds `RESULTS`.
    """
    found = [result for result in results if result.claim.name.partition(".")[0] == topic]
    if not found:
        raise ValueError(f"there is no topic {topic!r}")
    return "\n\n".join(_section(result, root) for result in found)


def _section(result: Result, root: str) -> str:
    name = result.claim.name.partition(".")[2]
    command = f"`{result.command}`"
    if result.run:
        command += f" ({text.duration(result.run['seconds']['total'])}, {result.run['date'][:10]})"
    said = f"**{'Aim' if result.claim.engine else 'Claim'}:** {escaped(result.claim.summary)}"
    parts = [f"### {name.replace('_', ' ')} {{ #{name} }}", said, command]
    if result.status:
        return "\n\n".join([*parts, f"This claim is {result.status}."])
    if result.figures:
        first, *others = board.figures(result, ALTS)
        parts.append(figure(result, first.stem, root))
        if others:
            more = "\n\n".join(f"    {figure(result, path.stem, root)}" for path in others)
            parts.append(f'??? note "{len(others)} more figure{"s" if len(others) > 1 else ""}"\n\n{more}')
    if result.table is not None:
        explore = f"{root}{RESULTS}/index.html#explorer?experiment={result.claim.name}"
        drawn = explorer.table(result) is not None
        words = f"[Explore its table]({explore}), or save" if drawn else "Save"
        parts.append(f"{words} [table.csv]({_place(result, root)}/table.csv).")
        if result.columns:
            rows = "\n".join(f"    | {escaped(name)} | {escaped(said)} |" for name, said in result.columns.items())
            head = "    | column | what it holds |\n    |---|---|"
            parts.append(f'??? note "What the columns of table.csv hold"\n\n{head}\n{rows}')
    if not result.verdicts:  # a tool has no statements
        return "\n\n".join(parts)
    rows = "\n".join(_item(result, v, root) for v in result.verdicts)
    # Folded up, because the summaries above tell the most important of them.
    of_all = f"All {text.plural(len(result.verdicts), 'statement')}: {text.counts(result.verdicts)}"
    every = f"<details>\n<summary>{of_all}</summary>\n"
    return "\n\n".join([*parts, f'{every}<ul class="verdicts">\n{rows}\n</ul>\n</details>'])


def _item(result: Result, v: Verdict, root: str) -> str:
    """A statement as HTML, in which nothing of a finding is taken for Markdown."""
    source = html.escape(v.source) or "our own"
    reference = "" if v.reference is None else f"; reference: {html.escape(text.number(v.reference, v.unit))}"
    where = f"{root}{RESULTS}/index.html#{quote(board.anchor(result, v))}"
    return (
        f"<li>{board.badge(v)} <strong>{html.escape(v.claim)}</strong> {html.escape(v.finding)} "
        f'<small>{v.kind}: {source}{reference}. <a href="{html.escape(where)}">Rule and evidence</a></small></li>'
    )


def figure(result: Result, name: str, root: str = "../") -> str:
    """A figure of a claim as an image in Markdown."""
    alts = {path.stem: alt for path, alt in board.figures(result, ALTS).items()}
    if name not in alts:
        raise ValueError(f"{result.claim.name} has no figure {name!r}")
    said = escaped(alts[name]).replace("]", ")").replace("[", "(")
    return f"![{said}]({_place(result, root)}/{name}.png){{ loading=lazy }}"


def _place(result: Result, root: str) -> str:
    return f"{root}{RESULTS}/{result.claim.name.replace('.', '/')}"


def page(result: Result, root: str) -> str:
    """Where a claim stands among the pages: `../findings/xor.md#trained`."""
    topic, _, name = result.claim.name.partition(".")
    return f"{root}{'engine' if result.claim.engine else 'findings'}/{topic}.md#{name}"


def table(results: Sequence[Result], root: str = "../") -> str:
    """A row for each experiment: what it tests, how long its command takes, and how its statements came out."""
    lines = ["| experiment | what is tested | time of FULL | verdicts |", "|---|---|---|---|"]
    for one in results:
        taken = text.duration(one.run["seconds"]["total"]) if one.run else ""
        lines.append(
            f"| [{one.claim.name}]({page(one, root)}) | {escaped(one.claim.summary)} | {taken} "
            f"| {one.status or text.counts(one.verdicts)} |"
        )
    return "\n".join(lines)


def flow() -> str:
    """What became of the statements of a topic when its claims became files: a row for each of `results/flow.csv`."""
    lines = ["| statement, as it was | its outcome | what it became | outcome now |", "|---|---|---|---|"]
    for row in csv.DictReader(FLOW.read_text(encoding="utf-8").splitlines()):
        statement = f"{row['topic']}.{row['claim']}: {escaped(row['id'])}"
        lines.append(f"| {statement} | {row['outcome']} | {escaped(row['became'])} | {row['now']} |")
    return "\n".join(lines)


def blocks(results: Sequence[Result], root: str) -> dict[str, Callable[[str], str]]:
    """The functions that fill in `{{ name ... }}` of a page, by name; see `experiments.lab.report.fill`."""
    known = {result.claim.name: result for result in results}

    def drawn(place: str) -> str:
        claim, _, name = (part.strip() for part in place.partition("/"))
        if claim not in known:
            raise ValueError(f"there is no claim {claim!r}")
        return figure(known[claim], name, root)

    return {
        "claims": lambda topic: claims(results, topic, root),
        "table": lambda _: table(results, root),
        "figure": drawn,
        "flow": lambda _: flow(),
        "peers": lambda _: readme.peers(results),
        "glance": lambda _: readme.glance(results, lambda claim: page(known[claim], root)),
        "answers": lambda _: readme.answer_lines(results, lambda claim: page(known[claim], root)),
    }
