"""The page of the results, `index.html`: playground, questions, statements and figures. It needs no other file."""

import base64
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.lab import terminal
from experiments.lab.claims import Claim
from experiments.lab.report.playground import playground
from experiments.lab.report.questions import QUESTIONS, Question
from experiments.lab.report.read import KINDS, Result, badge, counts, measured, protocol, read, told

FOLDER = Path(__file__).parent
SHOWN = 20  # statements, until a reader asks for all
WIDEST = 1_100  # pixels of a figure in the page
TITLE = "What small neural networks do, measured"
QUICK = (
    "These are results of QUICK, which trains a few small networks in minutes. They show how it works; what holds is "
    "shown by the committed results."
)


def write(every: Sequence[Claim], base: Path) -> Path:
    """Write the page of the results in a folder, beside them, and return its path."""
    base.mkdir(parents=True, exist_ok=True)
    path = base / "index.html"
    path.write_text(as_html(every, base), encoding="utf-8")
    return path


def as_html(every: Sequence[Claim], base: Path) -> str:
    """The page as HTML."""
    results = [one for one in read(every, base) if one.run]
    known = {one.claim.name: one for one in results}
    asked = [(one, verdicts) for one in QUESTIONS if (verdicts := one.verdicts(known))]
    rows = [(result, row) for result in results for row in result.verdicts]
    quick = any(result.run.get("preset") != "full" for result in results)
    shown = set[Path]()  # no figure stands twice
    articles = [_article(one, verdicts, known[one.claim], shown) for one, verdicts in asked]
    links = "".join(f'<a href="#{_anchor(one)}">{html.escape(one.short)}</a>' for one, _ in asked)
    body = f"""<a class="skip" href="#questions">Skip to the answers</a>
<header id="top">
<h1>{TITLE}</h1>
<p class="lead">Can a small network learn XOR? Press Run, and see how many of a hundred other random starts do.</p>
{f'<p class="note">{html.escape(QUICK)}</p>' if quick else ""}
</header>
<nav aria-label="Parts of the page"><a href="#playground">Playground</a>{links}
<a href="#statements">All statements</a><a href="#figures">All figures</a></nav>
<main>
{playground()}
<div id="questions">
{"".join(articles)}</div>
{_statements(rows)}
{_figures(results)}
</main>
<script>
{(FOLDER / "page.js").read_text(encoding="utf-8")}</script>"""
    return document(body, TITLE, (FOLDER / "report.css").read_text(encoding="utf-8"))


def document(body: str, title: str, style: str = "") -> str:
    """A whole page around `body`, HTML, with a style sheet."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)}</title>
<style>
body {{ margin: 0; }}
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _anchor(one: Question) -> str:
    return one.short.replace(" ", "-")


def _article(one: Question, verdicts: list[dict[str, Any]], result: Result, shown: set[Path]) -> str:
    """A question: its answer, one figure that was not shown before, and folded up what was measured and how."""
    figures = [path for path in result.figures[one.figure : one.figure + 1] if path not in shown]
    shown.update(figures)
    pictures = "".join(_picture(path, result.caption(path), _beside(result, path)) for path in figures)
    tried = f'<p><a href="#playground?{html.escape(one.try_it)}">Try it in the playground</a></p>' if one.try_it else ""
    paragraphs = "".join(_paragraph(*words) for words in protocol(result))
    items = "".join(f"<li>{_item(row)}</li>" for row in result.verdicts)
    return f"""<article id="{_anchor(one)}" class="question">
<h2>{html.escape(one.question)}</h2>
<p class="answer">{html.escape(one.answered(verdicts))}</p>
<p>{html.escape(one.why)}</p>
<p>The claim: “{html.escape(verdicts[0]["claim"])}” {badge(verdicts[0]["outcome"])}</p>
{tried}
{pictures}
<details><summary>What was measured, by which rule, and how to measure it again</summary>
{paragraphs}
<ul class="items">{items}</ul>
{_made(result)}
<p>In the folder of this page: {_files(result)}</p></details>
</article>
"""


def _paragraph(words: str, *items: str) -> str:
    """A paragraph of a docstring and its list as HTML."""

    def marked(text: str) -> str:
        return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))

    listed = "".join(f"<li>{marked(item)}</li>" for item in items)
    return (f"<p>{marked(words)}</p>" if words else "") + (f"<ul>{listed}</ul>" if listed else "")


def _item(row: dict[str, Any]) -> str:
    """A statement with all that is known of it."""
    revised = f"<br>Written or changed after data: {html.escape(row['revised'])}" if row["revised"] else ""
    columns = row["direction"] and f" The direction: {row['direction']}."
    source = f": {html.escape(row['source'])}" if row["source"] else ""
    return (
        f"{badge(row['outcome'])} <strong>{html.escape(row['claim'])}</strong> {html.escape(row['finding'])}"
        f"<br><small>{html.escape(row['kind'])}{source}<br>{html.escape(row['rule'])}"
        f"{html.escape(columns)}{revised}</small>"
    )


def _made(result: Result) -> str:
    """The command that makes the results, how long it took, and on what."""
    run = result.run
    took = f"{terminal.duration(run['seconds'])} on {run['cores']} cores ({run['processor']})"
    commits = [run["commit"], *(one["commit"] for one in run.get("merged", []))]
    at = ", ".join(dict.fromkeys(str(commit)[:8] for commit in commits))
    return f"<p><code>{html.escape(run['command'])}</code>: {html.escape(took)}, {run['date'][:10]}, commit {at}.</p>"


def _files(result: Result) -> str:
    names = [path.name for path in result.figures] + ["table.csv", "verdicts.json", "run.json", "data.nc"]
    return ", ".join(f'<a href="{_beside(result, Path(name))}">{html.escape(name)}</a>' for name in names)


def _beside(result: Result, file: Path) -> str:
    """The address of a file of a claim, from the folder of the page."""
    return "/".join([*result.claim.name.split("."), file.name])


def _picture(path: Path, alt: str, link: str) -> str:
    """A figure inside the page, which may be sent alone, linked to its file."""
    from PIL import Image

    with Image.open(path) as image:
        copy = image.convert("RGB")
    copy.thumbnail((WIDEST, WIDEST))
    step = 255 / 15  # few levels compress well without loss, and thin lines keep their colours
    copy = copy.point([round(round(value / step) * step) for value in range(256)] * 3)
    copy.save(written := io.BytesIO(), "webp", lossless=True)
    source = f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode()}"
    size = f'width="{copy.width}" height="{copy.height}"'
    return f'<a class="figure" href="{link}"><img src="{source}" {size} alt="{html.escape(alt)}"></a>'


def _statements(rows: Sequence[tuple[Result, dict[str, Any]]]) -> str:
    """Every statement, a row each, with filters; `page.js` hides those that a reader does not ask for."""
    topics = dict.fromkeys(result.claim.topic for result, _ in rows)
    came_to = ", ".join(f"{number} {outcome}" for outcome, number in counts(row for _, row in rows).items())

    def select(name: str, label: str, values: Sequence[str]) -> str:
        options = "".join(f'<option value="{value}">{value.replace("_", " ")}</option>' for value in values)
        return f'<label>{label} <select name="{name}"><option value="">all</option>{options}</select></label>'

    body = "".join(
        f'<tr data-topic="{result.claim.topic}" data-kind="{row["kind"]}" data-outcome="{row["outcome"]}">'
        f"<td>{badge(row['outcome'])}</td><td><details><summary>{html.escape(row['claim'])}</summary>{_item(row)}"
        f"{_made(result)}</details></td><td>{html.escape(measured(row))}</td>"
        f"<td>{result.claim.name}</td></tr>\n"
        for result, row in rows
    )
    return f"""<details id="statements" class="all"><summary>All {len(rows)} statements: {came_to}</summary>
<p>{told([row for _, row in rows])}</p>
<form hidden aria-label="Statements to show">
<label>Search <input name="search" type="search" autocomplete="off"></label>
{select("topic", "Topic", tuple(topics))}{select("kind", "Kind", KINDS)}
{select("outcome", "Outcome", terminal.OUTCOMES)}
<button type="button" data-shown="{SHOWN}">Show all rows</button> <p role="status"></p></form>
<table><thead><tr><th scope="col">Outcome</th><th scope="col">Statement</th><th scope="col">Measured</th>
<th scope="col">Experiment</th></tr></thead>
<tbody>
{body}</tbody></table></details>"""


def _figures(results: Sequence[Result]) -> str:
    """Every experiment with links to its figures and tables."""
    items = "".join(
        f"<li><strong>{html.escape(result.claim.name)}</strong> {html.escape(result.claim.question)} "
        f"{_files(result)}</li>\n"
        for result in results
    )
    summary = "<summary>All figures and tables, by experiment</summary>"
    return f'<details id="figures" class="all">{summary}<ul>\n{items}</ul></details>'
