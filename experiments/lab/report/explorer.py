"""The explorer: any column of a claim's `table.csv` over any other, drawn by Vega-Lite. Needs the extra `report`.

Tables hold what was summarised over seeds, never single networks. Vega-Lite and the tables are packed into the page as
gzip, and unpacked when someone opens the explorer: until then they cost only their bytes.
"""

import base64
import csv
import gzip
import html
import importlib
import importlib.util
import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.lab.report.read import Result
from experiments.lab.text import relative

_FOLDER = Path(__file__).parent
_LOW, _HIGH = (re.compile(rf"(^|_)({words})(_|$)") for words in ("low|least", "high|greatest"))
_MOST_KEYS = 6
_INFINITE = 10**309  # JSON has no infinity; of a number that no float holds a browser makes one
INSTALL = "The explorer needs one more package: pip install -e '.[report]', then the same command again."


def explorer(results: Sequence[Result]) -> str:
    """The section as HTML; a line that says what to install where Vega-Lite is missing."""
    head = '<section id="explorer" aria-labelledby="explorer-title">\n<h2 id="explorer-title">The explorer</h2>\n'
    if importlib.util.find_spec("vl_convert") is None:
        return f"{head}<p>{html.escape(INSTALL)}</p>\n</section>"
    told = {one.claim.name: found for one in results if (found := table(one)) is not None}
    if not told:
        return f"{head}<p>There are no tables here yet.</p>\n</section>"
    options = "".join(f"<option>{html.escape(name)}</option>" for name in told)
    return f"""{head}<p>Choose an experiment, what lies along the axes, and what is told apart by colour and by panel;
the rest is held fixed. Every point is a row of <code>table.csv</code>, summarised over seeds, with its interval where
it has one. The address holds the view.</p>
<noscript><p>The explorer needs JavaScript; the same tables lie beside this page.</p></noscript>
<form class="controls" aria-label="What to draw" hidden>
<label>Experiment <select name="experiment">{options}</select></label>
<label>Along x <select name="x"></select></label>
<label>Along y <select name="y"></select></label>
<label>Colour <select name="colour"></select></label>
<label>Panels <select name="panel"></select></label>
<label class="check"><input name="log" type="checkbox"> logarithmic</label>
<span class="fixed"></span>
</form>
<p role="status"></p>
<div class="view"></div>
<p id="explorer-said" role="status"></p>
<dl class="words"></dl>
<details><summary>The rows of this view</summary><div class="rows" tabindex="0" role="region"
aria-label="Rows"></div></details>
<details><summary>The same view in Python, and the command that measures it again</summary>
<p><button type="button" data-do="copy">Copy</button> <span role="status"></span></p>
<pre tabindex="0" role="region" aria-label="The view in Python"><code></code></pre></details>
<script type="application/octet-stream" id="explorer-tables">{_packed(json.dumps(told, allow_nan=False))}</script>
<script type="application/octet-stream" id="explorer-vega">{_packed(_bundle())}</script>
<script>
{(_FOLDER / "explorer.js").read_text(encoding="utf-8")}</script>
</section>"""


def table(result: Result) -> dict[str, Any] | None:
    """A table for the page: its columns, which of them are settings, and the intervals; None where it has no numbers.

    `keys` are the settings. They come from the first _MOST_KEYS columns, up to the first measured one; if these do not
    tell all rows apart, as in a table of several parts, from the columns of words and the first of numbers. A column is
    kept if it tells rows apart that those before it do not. `intervals` are {column: [low, high]}, found by the names
    of neighbouring columns; the numbers of a column lie within its interval. `words` say what a column holds.
    """
    if result.table is None:
        return None
    try:
        text = result.table.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    head, *rows = list(csv.reader(text.splitlines())) or [[]]
    if not rows or any(len(row) != len(head) for row in rows) or len(set(head)) < len(head):
        return None
    columns = {name: _column([row[i] for row in rows]) for i, name in enumerate(head)}
    numeric = {name: values for name, values in columns.items() if not any(isinstance(v, str) for v in values)}
    intervals = _intervals(numeric)
    ends = {end for pair in intervals.values() for end in pair}
    measured = {name for name in numeric if name in intervals or _LOW.search(name) or _HIGH.search(name)}
    keys = _keys(head, rows, set(numeric), measured)
    values = [name for name in numeric if name not in keys and name not in ends]
    if not values:
        return None
    words = {name: result.columns[name] for name in head if name in result.columns}
    more = {"words": words, "file": relative(result.table), "command": result.command}
    return {"columns": columns, "keys": keys, "values": values, "intervals": intervals} | more


def _keys(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: set[str], measured: set[str]) -> list[str]:
    def told(names: Sequence[str]) -> int:
        places = [head.index(name) for name in names]
        return len({tuple(row[i] for i in places) for row in rows})

    settings = list(itertools.takewhile(lambda name: name not in measured, head))[: min(_MOST_KEYS, len(head) - 1)]
    if told(settings) < len(rows):
        first = next((name for name in head if name in numeric and name not in measured), "")
        settings = [name for name in head if name not in numeric or name == first]
    keys = settings[:1]
    for name in settings[1:]:
        if told([*keys, name]) > told(keys):
            keys.append(name)
    return keys


def _column(texts: Sequence[str]) -> list[Any]:
    """The numbers, if every entry is one or empty; else the texts. What is not a number becomes None."""
    try:
        numbers = [math.nan if text == "" else float(text) for text in texts]
    except ValueError:
        return list(texts)
    return [None if math.isnan(n) else n if math.isfinite(n) else _INFINITE if n > 0 else -_INFINITE for n in numbers]


def _intervals(columns: Mapping[str, Sequence[float | None]]) -> dict[str, list[str]]:
    """Find neighbours `value, low, high` or `low, value, high`; other words may stand around `low` and `high`.

    In every row the value lies within its interval, and at least one row has all three.
    """
    found, names = {}, list(columns)
    for first, second, third in zip(names, names[1:], names[2:], strict=False):
        if _LOW.search(second) and _HIGH.search(third) and not _HIGH.search(first):
            value, low, high = first, second, third
        elif _LOW.search(first) and _HIGH.search(third):
            low, value, high = first, second, third
        else:
            continue
        together = zip(columns[low], columns[value], columns[high], strict=True)
        known = [[n for n in row if n is not None] for row in together]
        if any(len(row) == 3 for row in known) and all(row == sorted(row) for row in known):
            found.setdefault(value, [low, high])
    return found


def _bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one classic script, which sets three names of the window."""
    return importlib.import_module("vl_convert").javascript_bundle()


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
