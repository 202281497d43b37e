"""The results as Markdown, for the documentation: a page for each topic, and what stands on other pages."""

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from experiments.lab import claims, repeat, terminal
from experiments.lab.claims import ROOT
from experiments.lab.report.read import Result, badge, measured, protocol, told
from experiments.lab.results import read_table

RESULTS = "results"  # where the results lie beside the pages: `docs/hooks.py` puts them there


def topic_page(topic: str, results: Sequence[Result]) -> str:
    """The page of a topic: its question, and its claims one after the other."""
    title = topic.replace("_", " ").capitalize()
    question = claims.question(ROOT / topic / "__init__.py")
    return "\n\n".join([f"# {title}", question, *(_section(one) for one in results if one.claim.topic == topic)])


def _section(result: Result) -> str:
    """A claim: what it asks, the teaching figure, its statements, and folded up the protocol and the other figures."""
    name = result.claim.name.partition(".")[2]
    parts = [f"## {result.claim.question} {{ #{name} }}"]
    if not result.run:
        return "\n\n".join([*parts, "It has not been run yet."])
    figures = [
        f"![{_alt(result.caption(path))}]({_place(result, path.name)}){{ loading=lazy }}" for path in result.figures
    ]
    parts += figures[:1]
    if result.verdicts:
        items = "\n".join(f"<li>{_item(row)}</li>" for row in result.verdicts)
        parts.append(f'<ul class="verdicts">\n{items}\n</ul>')
    paragraphs = [
        "\n\n".join(filter(None, [escaped(words), "\n".join(f"- {escaped(item)}" for item in items)]))
        for words, *items in protocol(result)
    ]
    took = f"{terminal.duration(result.run['seconds'])} on {result.run['cores']} cores, {result.run['date'][:10]}"
    links = ", ".join(f"[{file}]({_place(result, file)})" for file in ("table.csv", "verdicts.json", "data.nc"))
    folded = [*paragraphs, f"`{result.run['command']}` ({took}). {links}", *figures[1:]]
    if result.columns:
        rows = "\n".join(f"| {escaped(column)} | {escaped(text)} |" for column, text in result.columns.items())
        folded.append(f"| column of table.csv | what it holds |\n|---|---|\n{rows}")
    inside = "\n\n".join("\n".join(f"    {line}" for line in part.splitlines()) for part in folded)
    parts.append(f'??? note "How it was measured"\n\n{inside}')
    return "\n\n".join(parts)


def _item(row: dict[str, Any]) -> str:
    """A statement as HTML, in which nothing is taken for Markdown."""
    revised = f" Written or changed after data: {html.escape(row['revised'])}" if row["revised"] else ""
    return (
        f"{badge(row['outcome'])} <strong>{html.escape(row['claim'])}</strong> {html.escape(row['finding'])} "
        f"<small>{row['kind']}: {html.escape(row['source'])}. {html.escape(row['rule'])}{revised}</small>"
    )


def _place(result: Result, file: str) -> str:
    return f"../{RESULTS}/{result.claim.name.replace('.', '/')}/{file}"


def _alt(text: str) -> str:
    return escaped(text).replace("[", "(").replace("]", ")")


def overview(results: Sequence[Result]) -> str:
    """A row for each experiment: its question, the time of FULL, and how its statements came out."""
    lines = ["| experiment | question | time of FULL | statements |", "|---|---|---|---|"]
    for one in results:
        topic, _, name = one.claim.name.partition(".")
        took = terminal.duration(one.run["seconds"]) if one.run else "not run yet"
        came_to = terminal.counts(one.verdicts) if one.verdicts else ""
        link = f"[{one.claim.name}]({topic}.md#{name})"
        lines.append(f"| {link} | {escaped(one.claim.question)} | {took} | {came_to} |")
    return "\n".join([*lines, "", told([row for one in results for row in one.verdicts])])


def flow(results: Sequence[Result]) -> str:
    """What became of the statements that there were before: a row for each of `results/flow.csv`."""
    known = {f"{one.claim.name}: {row['id']}": row for one in results for row in one.verdicts}
    rows = read_table(ROOT.parent / "results" / "flow.csv")
    now = [known[row["statement"]] if row["statement"] else None for row in rows]
    lines = [
        f"| outcome before | statements | {' | '.join(f'now {one}' for one in terminal.OUTCOMES)} | no statement now |"
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for outcome in dict.fromkeys(row["outcome"] for row in rows if row["outcome"]):
        came_to = [one and one["outcome"] for row, one in zip(rows, now, strict=True) if row["outcome"] == outcome]
        cells = [outcome, len(came_to), *(came_to.count(one) for one in (*terminal.OUTCOMES, None))]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "| statement, as it was | outcome, number | what it became | now |", "|---|---|---|---|"]
    for row, one in zip(rows, now, strict=True):
        statement, before = f"{row['topic']}.{row['claim']}: {row['id']}", f"{row['outcome']} {row['number']}"
        after = f"{one['outcome']} {measured(one)}" if one else ""
        lines.append(f"| {' | '.join(map(escaped, (statement, before, row['became'], after)))} |")
    return "\n".join(lines)


def repeats(results: Sequence[Result]) -> str:
    """What all repeats say of our intervals and outcomes."""
    known = {one.claim.name: {row["id"]: row for row in one.verdicts} for one in results}
    return escaped(repeat.summary(read_table(ROOT.parent / "results" / "repeats.csv"), known))


def table(path: str) -> str:
    """A CSV file below `results/` as a table."""
    rows = read_table(ROOT.parent / "results" / path)
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)


def filled(text: str, results: Sequence[Result]) -> str:
    """A page whose lines that end with `<!-- filled: overview -->` or `<!-- filled: table speed/peers.csv -->` are
    replaced by what is generated. Where no generator runs, readers see the link before it.

    Raises:
        ValueError: for a place that nothing fills.
    """
    blocks: dict[str, Callable[[], str]] = {
        "overview": lambda: overview(results), "flow": lambda: flow(results), "repeats": lambda: repeats(results),
    }  # fmt: skip

    def fill(place: re.Match[str]) -> str:
        word, _, rest = place[1].partition(" ")
        if word in blocks:
            return blocks[word]()
        if word == "table":
            return table(rest)
        raise ValueError(f"nothing fills {place[0]}")

    return re.sub(r"^.*<!-- filled: (.+?) -->$", fill, text, flags=re.MULTILINE)


def escaped(words: str) -> str:
    """Text such that Markdown shows it as it is."""
    return re.sub(r"([\\`*|]|(?<!\w)_|_(?!\w)|\](?=[(\[]))", r"\\\1", html.escape(words, quote=False))


def pages(results: Sequence[Result]) -> dict[Path, str]:
    """The page of each topic, by its path below `docs/`."""
    topics = dict.fromkeys(one.claim.topic for one in results)
    return {Path("findings", f"{topic}.md"): topic_page(topic, results) for topic in topics}
