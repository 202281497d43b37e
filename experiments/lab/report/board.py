"""The board: a row for every statement, and below it every experiment with its settings. Plain HTML, complete as it is.

`board.js` adds filter, sort and search. Whatever comes from a file is escaped.
"""

import base64
import csv
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from experiments.lab import text
from experiments.lab.report.read import DAMAGED, NOT_RUN, NOT_TESTED, Result
from experiments.lab.verdicts import AIM, KINDS, NOT_REPRODUCED, NOT_SETTLED, OUTCOMES, PARTLY, REPRODUCED, Verdict

type Alts = Mapping[tuple[str, str], str]  # of a claim and the name of its figure: what the figure shows

# A shape for each outcome, beside its word, so that colour is never its only sign.
SHAPES = {
    REPRODUCED: "✓",
    PARTLY: "◐",
    NOT_REPRODUCED: "✗",
    NOT_SETTLED: "?",
    NOT_RUN: "–",
    NOT_TESTED: "–",
    DAMAGED: "!",
}
_COLUMNS = ("Outcome", "Statement", "Kind", "Source", "Reference", "Measured [interval]")
# What rows can be sorted by. Measured numbers have many units, so sorting by them would say nothing.
_ORDERS = {"experiment": "order of the experiments", "outcome": "outcome", "statement": "statement", "kind": "kind",
           "source": "source"}  # fmt: skip
_CSV = (
    "topic", "experiment", "id", "claim", "kind", "source", "reference", "measured", "low", "high", "interval", "level",
    "unit", "n", "fixed", "outcome", "finding", "rule", "command",
)  # fmt: skip
_MOST_PICTURE_BYTES = 20_000
_LEVELS = 32  # of each colour in a picture of all pixels, from 0 to 255: no eye sees the difference


def badge(what: Verdict | str) -> str:
    """The outcome of a verdict as a word with its shape; or an outcome, or what became of a run without one."""
    outcome, word = (what, what) if isinstance(what, str) else (what.outcome, text.outcome(what))
    name = outcome.replace(" ", "-")
    return f'<span class="badge {name}"><span aria-hidden="true">{SHAPES[outcome]}</span> {html.escape(word)}</span>'


def anchor(result: Result, verdict: Verdict | None = None) -> str:
    """The id of an element: of an experiment's settings, or of a verdict's row."""
    return result.claim.name if verdict is None else "_".join(f"{result.claim.name}/{verdict.id}".split())


def link(target: str, words: str) -> str:
    """A link to an element of the page. `words` is HTML."""
    return f'<a href="#{html.escape(quote(target))}">{words}</a>'


def measured(verdict: Verdict) -> str:
    """What was measured with its interval and unit; the exact value, where it is a number, in a data element."""
    shown = html.escape(text.with_interval(verdict))
    if isinstance(verdict.measured, str) or verdict.measured is None:
        return shown
    number = html.escape(text.number(verdict.measured, verdict.unit))
    return f'<data value="{verdict.measured!r}">{number}</data>{shown.removeprefix(number)}'


def summary(results: Sequence[Result]) -> str:
    """How many statements came to which outcome, each a link to its rows; aims of our own are counted apart."""
    claims, aims = text.claims_and_aims([v for result in results for v in result.verdicts])
    missing = sum(result.status == NOT_RUN for result in results)
    damaged = sum(bool(result.problems) for result in results) - missing
    said = f"<p>{len(claims)} statements of theorems, papers and the textbook were put to the test:</p>"
    own = f"<p>And {len(aims)} aims of our own:</p>\n{_counts(aims, AIM)}\n" if aims else ""
    meaning = (
        "Partly: some of its parts hold and some do not. Not settled: the data leave both answers open. Brackets hold "
        "a 95% interval unless they end with another level or with “predicted”. Those of a least, a greatest or a "
        "worst case are the interval of that case, and where a statement speaks of a range or of quartiles, brackets "
        "hold it."
    )
    more = [f"{missing} of {len(results)} experiments have no results here yet"] if missing else []
    more += [f"the results of {damaged} are incomplete or damaged, as the board tells"] if damaged else []
    last = f"<p>{'; '.join(more)}.</p>" if more else ""
    return f"{said}\n{_counts(claims, 'not aim')}\n{own}<p>{html.escape(meaning)}</p>\n{last}"


def _counts(verdicts: Sequence[Verdict], kind: str) -> str:
    """How many verdicts came to each outcome that occurs; `kind` is that of the rows to which they lead."""
    parts = []
    for outcome in OUTCOMES:
        if some := [v for v in verdicts if v.outcome == outcome]:
            where = f"#board?kind={quote_plus(kind)}&amp;outcome={quote_plus(outcome)}"
            parts.append(f'<li><a href="{where}"><strong>{len(some)}</strong> {badge(some[0])}</a></li>')
    return f'<ul class="counts">{"".join(parts)}</ul>' if parts else ""


def figures(result: Result, alts: Alts) -> dict[Path, str]:
    """The figures of a result, each with its text for readers who do not see it; those in `alts` come first."""
    name = result.claim.name
    ordered = sorted(result.figures, key=lambda path: (name, path.stem) not in alts)
    # A claim that is a folder does not say what its figure shows, and its summary cannot serve as the text.
    others = {path.stem: f"{path.stem.replace('_', ' ')}, a figure of {name}" for path in ordered} | result.captions
    return {path: alts.get((name, path.stem), others[path.stem]) for path in ordered}


def board(results: Sequence[Result], alts: Alts) -> str:
    """The section with the table of statements, and the list of experiments after it."""
    rows = [row for result in results for row in _rows(result)]
    file = base64.b64encode(as_csv(results).encode()).decode()
    heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in _COLUMNS)
    return f"""<section id="board" aria-labelledby="board-title">
<h2 id="board-title">The board: every statement</h2>
<p>A statement and its rule are meant to be fixed before there are data; one that was changed or added later says so.
Open a row to see what was found, by which rule it was judged, and the command that measures it again. Aims are our own:
they are met, partly met or missed, where a claim of others is reproduced, partly or not reproduced.</p>
{_damaged(results)}
{_controls(results)}
<p class="save"><a download="board.csv"
href="data:text/csv;charset=utf-8;base64,{file}">Save all {len(rows):,} rows as CSV</a></p>
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{"".join(rows)}</tbody>
</table>
</section>
<section id="experiments" aria-labelledby="experiments-title">
<h2 id="experiments-title">The experiments: settings, versions, figures</h2>
{"".join(_experiment(result, alts) for result in results)}</section>"""


def as_csv(results: Sequence[Result]) -> str:
    """The board as CSV: a row for each verdict, and for each experiment without one."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(_CSV)
    for one in results:
        same: dict[str, Any] = {"topic": one.claim.name.partition(".")[0], "experiment": one.claim.name}
        missing = {"claim": one.claim.summary, "outcome": one.status, "command": one.command}
        for row in [v._asdict() | {"command": one.command} for v in one.verdicts] or [missing] * bool(one.status):
            writer.writerow(["" if (value := (same | row).get(name)) is None else value for name in _CSV])
    return written.getvalue()


def _controls(results: Sequence[Result]) -> str:
    """Filter, sort and search. They need the script, which shows them."""
    topics = list(dict.fromkeys(result.claim.name.partition(".")[0] for result in results))
    outcomes = [*OUTCOMES, *sorted({result.status for result in results if result.status})]

    def select(name: str, label: str, options: dict[str, str]) -> str:
        inner = "".join(
            f'<option value="{html.escape(key)}">{html.escape(words)}</option>' for key, words in options.items()
        )
        return f'<label>{label} <select name="{name}">{inner}</select></label>'

    kinds = {"": "all", "not aim": "all but aims of our own"} | {kind: kind for kind in KINDS}
    selects = [
        select("topic", "Topic", {"": "all"} | {topic: topic.replace("_", " ") for topic in topics}),
        select("kind", "Kind", kinds),
        select("outcome", "Outcome", {"": "all"} | {one: one for one in outcomes}),
        select("sort", "Sort by", _ORDERS),
    ]
    return f"""<form class="controls" aria-label="Rows to show" hidden>
<label class="grow">Search <input name="search" type="search" autocomplete="off"></label>
{"".join(selects)}
<label class="check"><input name="down" type="checkbox"> backwards</label>
<button type="reset">Show all</button>
<p role="status"></p>
</form>"""


def _damaged(results: Sequence[Result]) -> str:
    """What is missing or damaged, with the command that makes it."""
    parts = [f"<li>{link(anchor(one), html.escape(one.claim.name))}: {_problems(one)}</li>\n" for one in results
             if one.problems and one.status != NOT_RUN]  # fmt: skip
    if not parts:
        return ""
    return f'<div class="damaged"><p>These results are incomplete or damaged:</p>\n<ul>{"".join(parts)}</ul></div>'


def _problems(one: Result) -> str:
    said = html.escape("; ".join(one.problems))
    return f"{said}. Make it with {_code(one.command)}"


def _code(command: str) -> str:
    return f"<code>{html.escape(command)}</code>"


def _rows(result: Result) -> list[str]:
    if result.verdicts or not result.problems:  # a tool has no statements
        return [_row(result, verdict) for verdict in result.verdicts]
    topic = result.claim.name.partition(".")[0]
    return [
        f'<tr data-topic="{topic}" data-kind="" data-outcome="{result.status}"><td data-label="Outcome">'
        f'{badge(result.status)}</td><td data-label="Statement">{html.escape(result.claim.summary)} '
        f'<span class="from">{link(anchor(result), html.escape(result.claim.name))}</span>'
        f'<p>{_problems(result)}</p></td>{"<td></td>" * 4}</tr>\n'
    ]  # fmt: skip


def _row(result: Result, v: Verdict) -> str:
    name = result.claim.name
    independent = "" if v.n is None else f"<dt>Independent units (draws, seeds, voices or tunings)</dt><dd>{v.n:,}</dd>"
    columns = {"In the claimed direction": v.direction, "Of the published size": v.published_size}
    beside = "".join(f"<dt>{name}</dt><dd>{html.escape(told)}</dd>" for name, told in columns.items() if told)
    taken = f", {_taken(result)}" if result.run else ""
    of_claim = link(anchor(result), html.escape(name))
    cells = {
        "Outcome": badge(v),
        "Statement": f"<details><summary>{html.escape(v.claim)}</summary><dl>"
        f"<dt>Found</dt><dd>{html.escape(v.finding)}</dd><dt>Rule</dt><dd>{html.escape(v.rule)}</dd>{beside}{independent}"
        f"<dt>Command</dt><dd>{_code(result.command)}{taken}</dd>"
        f"<dt>Files, in the folder of this page</dt><dd>{_files(result) or 'none'}</dd>"
        f'<dt>Settings, versions, figure</dt><dd>{of_claim}</dd></dl></details> <span class="from">{of_claim}</span>',
        "Kind": v.kind,
        "Source": html.escape(v.source) or "our own",
        "Reference": html.escape(text.number(v.reference, v.unit)),
        "Measured": measured(v),
    }
    inner = "".join(f'<td data-label="{label}">{cell}</td>' for label, cell in cells.items())
    return (
        f'<tr id="{html.escape(anchor(result, v))}" data-topic="{name.partition(".")[0]}" data-kind="{v.kind}" '
        f'data-outcome="{v.outcome}">{inner}</tr>\n'
    )


def _files(result: Result) -> str:
    """Links to the figures and the table, which lie beside the page."""
    base = "/".join(result.claim.name.split("."))
    names = [path.name for path in result.figures] + ([] if result.table is None else [result.table.name])
    return ", ".join(f'<a href="{html.escape(quote(f"{base}/{name}"))}">{html.escape(name)}</a>' for name in names)


def _taken(result: Result) -> str:
    cores = result.run.get("cores")
    on = f" on {cores} cores" if isinstance(cores, int) else ""
    return f"{text.duration(result.run['seconds']['total'])}{on}"


def _experiment(result: Result, alts: Alts) -> str:
    name, run = html.escape(result.claim.name), result.run
    counts = result.status or text.counts(result.verdicts)
    parts = [f'<p class="damaged">{_problems(result)}</p>'] if result.problems else []
    if run:
        dirty = " with changes" if run.get("dirty") else ""
        about = {
            "Command": _code(result.command),
            "Time": html.escape(_taken(result)),
            "Date": html.escape(run["date"]),
            "Commit": html.escape(f"{run.get('commit')}{dirty}"),
            "Machine": html.escape(", ".join(str(run[k]) for k in ("platform", "processor") if run.get(k))),
            "Versions": html.escape(", ".join(f"{key} {value}" for key, value in run["versions"].items() if value)),
        }
        settings = {html.escape(str(key)): html.escape(_setting(value)) for key, value in run["config"].items()}
        parts += [_list(about), f"<h3>Settings</h3>{_list(settings, 'settings')}"]
    parts += [f"<p>Files, in the folder of this page: {_files(result)}</p>"] if _files(result) else []
    key, alt = next(iter(figures(result, alts).items()), (None, ""))
    if key and (image := picture(key)):
        parts.append(f'<img loading="lazy" {image} alt="{html.escape(alt)}">')
    return (
        f'<details id="{name}"><summary><strong>{name}</strong> {html.escape(result.claim.summary)} '
        f'<span class="from">{html.escape(counts)}</span></summary>\n{"".join(parts)}</details>\n'
    )  # fmt: skip


def _list(pairs: dict[str, str], name: str = "about") -> str:
    return f'<dl class="{name}">{"".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in pairs.items())}</dl>'


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def picture(path: Path, *, whole: bool = False) -> str:
    """The attributes src, width and height of a copy of a figure inside the page; "" if it cannot be read.

    The copy is small or, if `whole`, has all pixels of the figure.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            copy = image.convert("RGB")
    except (OSError, SyntaxError, ValueError):  # Pillow raises each of them where a file is damaged
        return ""
    if whole:
        # Lossless, as few colours compress well that way: a lossy copy would be twice as large.
        step = 255 / (_LEVELS - 1)
        copy = copy.point([round(round(value / step) * step) for value in range(256)] * 3)
        copy.save(written := io.BytesIO(), "webp", lossless=True)
    else:
        copy.thumbnail((700, 700))
        for quality in (50, 30, 10):
            copy.save(written := io.BytesIO(), "webp", quality=quality)
            if len(written.getvalue()) <= _MOST_PICTURE_BYTES:
                break
    source = f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode()}"
    return f'src="{source}" width="{copy.width}" height="{copy.height}"'
