"""Numbers of the results in texts, so that nobody types them.

`{{ xor.trained / two-neurons | .0% }}` is what that verdict measured, with its interval, in that format of Python.
Without a format it is the number in its usual form, with its unit; after `|` a name such as `outcome`, `finding` or `n`
gives that part of the verdict. `{{ name ... }}` is what the function `name` in `blocks` returns for the rest.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence

from experiments.lab import text
from experiments.lab.report.read import Result
from experiments.lab.verdicts import Verdict

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PARTS = ("outcome", "finding", "claim", "reference", "n", "source")


class Formatted:
    """A verdict as it stands in a sentence: `f"{told:.1%}"` is what was measured and its interval."""

    def __init__(self, verdict: Verdict) -> None:
        self.outcome, self.finding, self._verdict = text.outcome(verdict), verdict.finding, verdict

    def __format__(self, spec: str) -> str:
        v = self._verdict
        if v.measured is None:
            raise ValueError(f"{v.id!r} has no number")
        ends = [text.number(end) if end is None or isinstance(end, str) else f"{end:{spec}}" for end in (v.low, v.high)]
        return " ".join([f"{v.measured:{spec}}", *filter(None, [text.in_brackets(v, *ends)])])


def filled(words: str, results: Sequence[Result], blocks: Mapping[str, Callable[[str], str]] | None = None) -> str:
    """`words`, in Markdown, with every place `{{ ... }}` filled in.

    Raises ValueError that quotes the place where there is no such claim, statement, number or part.
    """
    known = {result.claim.name: result for result in results}

    def put(found: re.Match[str]) -> str:
        place = found[1].strip()
        name, _, rest = place.partition(" ")
        try:
            if blocks and name in blocks:
                return blocks[name](rest.strip())
            return _told(place, known)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{{{{ {place} }}}}: {error.args[0]}") from error

    return _PLACE.sub(put, words)


def verdict(name: str, id: str, known: Mapping[str, Result]) -> Verdict:
    """A verdict by its claim and its id."""
    if name not in known:
        raise ValueError(f"there is no claim {name!r}")
    found = next((v for v in known[name].verdicts if v.id == id), None)
    if found is None:
        why = "; ".join(known[name].problems) or f"it has {', '.join(repr(v.id) for v in known[name].verdicts)}"
        raise ValueError(f"{name} has no statement {id!r}: {why}")
    return found


def _told(place: str, known: Mapping[str, Result]) -> str:
    where, _, how = (part.strip() for part in place.partition("|"))
    name, _, id = (part.strip() for part in where.partition("/"))
    v = verdict(name, id, known)
    if not how:
        return escaped(text.with_interval(v))
    if how in _PARTS:
        part = text.outcome(v) if how == "outcome" else getattr(v, how)
        if part is None:
            raise ValueError(f"{id!r} of {name} has no {how}")
        return f"{part:,}" if how == "n" else escaped(text.number(part))
    return escaped(format(Formatted(v), how))


def escaped(words: str) -> str:
    """Escape text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*|]|(?<!\w)_|_(?!\w)|\](?=[(\[]))", r"\\\1", html.escape(words, quote=False))
