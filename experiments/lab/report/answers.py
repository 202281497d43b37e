"""The textbook's questions with their answers, as HTML: `questions`, with what was measured in place of its numbers.

An answer begins with claims in a few words and their outcomes, so that a reader sees the findings at a glance.
"""

import html
import re
import string
from collections.abc import Mapping, Sequence

from experiments.lab.report import board
from experiments.lab.report.fill import Formatted
from experiments.lab.report.questions import QUESTIONS, Question, Short
from experiments.lab.report.read import NOT_TESTED, Result
from experiments.lab.verdicts import Verdict


def answers(results: Sequence[Result]) -> str:
    """The section with all questions that have an experiment among `results`."""
    known = {result.claim.name: result for result in results}
    every = asked(known)
    contents = "".join(f"<li>{board.link(_anchor(one), html.escape(one.question))}</li>" for one in every)
    return (
        '<section id="answers" aria-labelledby="answers-title">\n<h2 id="answers-title">The answers</h2>\n'
        f'<ol class="contents">{contents}</ol>\n{"".join(_answer(one, known) for one in every)}</section>'
    )


def _anchor(one: Question) -> str:
    """The id of an answer, made of the words of its question."""
    return "-".join(re.findall(r"\w+", one.question.lower()))


def asked(known: Mapping[str, Result]) -> list[Question]:
    """The questions that have an experiment among the results."""
    return [one for one in QUESTIONS if any(name in known for name, _ in one.statements)]


def _answer(one: Question, known: Mapping[str, Result]) -> str:
    verdicts = [_verdict(known.get(name), id) for name, id in one.statements]
    said = {"The textbook says": one.says, "Measured": _filled(one.found, verdicts)}
    if not all(verdicts) and one.found and not said["Measured"]:
        said["Measured"] = "Not all of the statements below have results in this run."
    if any(verdicts):  # a reason is not an answer: without results it is left out
        said["Why"] = _filled(one.because, verdicts)
    told = "".join(f"<dt>{name}</dt><dd>{html.escape(words)}</dd>" for name, words in said.items() if words)
    settings, shown = one.try_it
    if settings:
        words = f"In the playground: {html.escape(shown)}"
        told += f'<dt>Try it</dt><dd><a href="#playground?{html.escape(settings)}">{words}</a></dd>'
    claims = "".join(f"<li>{board.badge(v)} <span>{html.escape(c.claim)}</span></li>" for c, v in judged(one, known))
    glance = f'<ul class="glance">{claims}</ul>\n' if claims else ""
    items = [_item(known.get(name), id, v) for (name, id), v in zip(one.statements, verdicts, strict=True)]
    return (
        f'<article id="{_anchor(one)}">\n<h3>'
        f"{html.escape(one.question)}</h3>\n{glance}<dl>{told}</dl>\n{_figure(one, known)}"
        f'<ul class="outcomes">{"".join(dict.fromkeys(items))}</ul>\n</article>\n'
    )


def with_numbers(sentence: str, one: Question, known: Mapping[str, Result]) -> str:
    """A sentence of a question with its numbers; "" where a result is missing."""
    return _filled(sentence, [_verdict(known.get(name), id) for name, id in one.statements])


def judged(one: Question, known: Mapping[str, Result]) -> list[tuple[Short, Verdict]]:
    """The claims of a question in a few words, each with its verdict; those without results are left out."""
    verdicts = [_verdict(known.get(name), id) for name, id in one.statements]
    return [(short, v) for short in one.claims if (v := verdicts[short.statement]) is not None]


def _verdict(result: Result | None, id: str) -> Verdict | None:
    return None if result is None else next((v for v in result.verdicts if v.id == id), None)


def _filled(sentence: str, verdicts: Sequence[Verdict | None]) -> str:
    """The sentence with its numbers; "" where one is missing, as in a run with fewer settings."""
    needed = {int(name.partition(".")[0]) for _, name, _, _ in string.Formatter().parse(sentence) if name}
    if any(verdicts[i] is None for i in needed):
        return ""
    try:
        return sentence.format(*(None if v is None else Formatted(v) for v in verdicts))
    except (TypeError, ValueError):  # words, or nothing, in place of a number
        return ""


def _item(result: Result | None, id: str, verdict: Verdict | None) -> str:
    """A statement with its outcome; without one, what is missing or the command that makes it."""
    if result is None:
        return ""
    if verdict is not None:
        claim = board.link(board.anchor(result, verdict), html.escape(verdict.claim))
        number = f'<span class="from">{board.measured(verdict)}</span>'
        return f"<li>{board.badge(verdict)} <p>{claim} {number}</p></li>\n"
    if result.status:
        made = f"{html.escape(result.claim.summary)} <code>{html.escape(result.command)}</code>"
        return f"<li>{board.badge(result.status)} <p>{made}</p></li>\n"
    said = html.escape(f"“{id}” of {result.claim.name} is not tested with the settings of this run.")
    return f"<li>{board.badge(NOT_TESTED)} <p>{said}</p></li>\n"


def _figure(one: Question, known: Mapping[str, Result]) -> str:
    """The figure, embedded in the page and linked to its file."""
    claim, name = one.figure
    path = next((path for path in known[claim].figures if path.stem == name), None) if claim in known else None
    # With all pixels, so that its small print can be read, and with its size, so that nothing moves when it appears.
    image = board.picture(path, whole=True) if path else ""
    if not image:
        return ""
    where = f"{'/'.join(claim.split('.'))}/{name}.png"
    return f'<a class="figure" href="{where}"><img {image} alt="{html.escape(one.alt)}"></a>\n'
