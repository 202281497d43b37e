"""The page of the results, `index.html`: answers, playground, explorer and board, in one file that needs no other."""

import html
from collections.abc import Sequence
from pathlib import Path

from experiments.lab.claims import Claim
from experiments.lab.report.answers import answers
from experiments.lab.report.board import board, summary
from experiments.lab.report.explorer import explorer
from experiments.lab.report.findings import ALTS
from experiments.lab.report.playground import playground
from experiments.lab.report.read import read

_FOLDER = Path(__file__).parent
_QUICK = (
    "These are results of QUICK, which trains a few small networks in a few minutes. They show how it works; "
    "what holds is told by the committed results, which are FULL."
)


def write(
    claims: Sequence[Claim], results: Path, quick: bool, name: str | None = None, options: Sequence[str] = ()
) -> Path:
    """Write `index.html`, the page of the committed results, of the QUICK results, or of a named run, beside them.

    `options` are further options of a command that writes below `results`.
    """
    folder, note = (results / "quick", _QUICK) if quick else (results, "")
    named = [] if name is None else ["--name", name]
    if name is not None:
        folder, note = results / "runs" / name, f"These are the results of the run {name}."
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    preset = [] if quick else ["--preset", "full"]
    path.write_text(as_html(claims, folder, [*preset, *named, *options], note), encoding="utf-8")
    return path


def as_html(claims: Sequence[Claim], folder: Path, options: Sequence[str] = (), note: str = "") -> str:
    """The page as HTML.

    Args:
        folder: where the results lie.
        options: those of the command that writes a claim's results there, such as `--preset full`.
        note: what the reader should know about these results.
    """
    results = read(claims, folder, options)
    warning = f'<p class="note">{html.escape(note)}</p>' if note else ""
    body = f"""<a class="skip" href="#answers">Skip to the answers</a>
<div class="report">
<header id="top">
<h1>What small neural networks do, measured</h1>
<p class="lead">What a textbook, papers and theorems say about small neural networks, held against many networks that
were trained. Everything here can be measured again with one command.</p>
{warning}
{summary(results)}
<nav aria-label="Parts of the page"><a href="#answers">Answers</a> <a href="#playground">Playground</a>
<a href="#explorer">Explorer</a> <a href="#board">Board</a> <a href="#experiments">Experiments</a></nav>
</header>
<main>
{answers(results)}
{playground()}
{explorer(results)}
{board(results, ALTS)}
<a class="to-top" href="#top">↑ Top</a>
</main>
</div>
<script>
{(_FOLDER / "board.js").read_text(encoding="utf-8")}</script>"""
    return page(body, "What small neural networks do, measured", style())


def style() -> str:
    """The style sheet of the answers, the explorer and the board."""
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


def page(body: str, title: str, style: str = "") -> str:
    """A whole page around `body`, HTML. `style` is a style sheet of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>\nbody {{ margin: 0; }}\n{style}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
