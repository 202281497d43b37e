"""What the README shows of the results: each claim with its verdict, the answers in sentences, the times of peers.

Each stands between `<!-- name -->` and `<!-- end of name -->`, and is written anew by `python -m experiments --readme`.
"""

import csv
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.lab import text
from experiments.lab.report import answers, board
from experiments.lab.report.fill import Formatted, escaped, verdict
from experiments.lab.report.measured_again import OTHERWISE
from experiments.lab.report.read import NOT_RUN, Result
from experiments.lab.verdicts import OUTCOMES, PUBLISHED, REPRODUCED, TEXTBOOK, THEOREM, Verdict

DAGGER = "\u2020"
DAGGER_SAYS = (
    f"{DAGGER} Measured again, with other seeds, data and splits, it came to another outcome; the documentation and "
    "the page of results say how often."
)
PEERS = {
    "plain jit(vmap(scan))": "plain `jit(vmap(scan))`",
    "one jitted scan per network": "one jitted scan per network",
    "PyTorch, batched matmul": "PyTorch, batched",
    "TurbaNet": "TurbaNet",
    "scikit-learn, one by one": "scikit-learn, one by one",
    "C++ for this shape alone": "C++ for this shape alone",
}


def refilled(words: str, results: Sequence[Result]) -> str:
    """The README with its blocks written anew from the results.

    Raises ValueError that names a block whose marks are missing, or a statement that an answer needs.
    """
    blocks = {"glance": glance(results), "answers": answer_lines(results), "peers": peers(results)}
    for name, block in blocks.items():
        first, last = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = words.partition(first)
        _, ended, after = rest.partition(last)
        if not (found and ended):
            raise ValueError(f"the README needs a block between {first.strip()} and {last.strip()}")
        words = f"{before}{first}{block}{last}{after}"
    return words


def rewrite(path: Path, results: Sequence[Result]) -> bool:
    """Write the blocks of a README anew, and return whether anything has changed."""
    before = path.read_text(encoding="utf-8")
    after = refilled(before, results)
    path.write_text(after, encoding="utf-8")
    return after != before


def _folder(claim: str) -> str:
    return f"results/{claim.replace('.', '/')}"


def glance(results: Sequence[Result], link: Callable[[str], str] = _folder) -> str:
    """A table of the textbook's questions with a row for each claim: its verdict, which links to the evidence, and what
    was measured, with a dagger where a replication came to another outcome; then how many statements held.

    Arguments and errors are those of `answer_lines`.
    """
    known = {result.claim.name: result for result in results}
    rows = ["| question | claim | verdict | measured |", "|---|---|---|---|"]
    for one in answers.asked(known):
        if not _was_run(one, known):
            continue
        question = f"**{one.question}**"
        for short, v in answers.judged(one, known):
            told = f"[{board.SHAPES[v.outcome]}&nbsp;{text.outcome(v)}]({link(one.statements[short.statement][0])})"
            told += DAGGER * (OTHERWISE in v.finding)
            rows.append(f"| {question} | {escaped(short.claim)} | {told} | {escaped(_measured(one, short, v))} |")
            question = ""
    told = [DAGGER_SAYS, ""] if any(DAGGER in row for row in rows) else []
    return "\n".join([*rows, "", *told, _total([v for result in results for v in result.verdicts])])


def _measured(one: answers.Question, short: answers.Short, v: Verdict) -> str:
    try:
        return short.measured.format(Formatted(v))
    except (TypeError, ValueError) as error:  # words, or nothing, in place of a number
        raise ValueError(f"{one.question} {v.id!r} does not fit into {short.measured!r}: {error}") from None


def answer_lines(results: Sequence[Result], link: Callable[[str], str] = _folder) -> str:
    """A line for each of the textbook's questions: its numbers in sentences, with links to the evidence.

    `link` turns the name of a claim into an address. Questions of claims that were never run are left out. Raises
    ValueError where a claim has results without a statement that its answer needs, or results that cannot be read.
    """
    known = {result.claim.name: result for result in results}
    every = [one for one in answers.asked(known) if _was_run(one, known)]
    return "\n".join(f"- **{one.question}** {_line(one, known, link)}" for one in every)


def _line(one: answers.Question, known: dict[str, Result], link: Callable[[str], str]) -> str:
    links = ", ".join(f"[{escaped(name)}]({link(name)})" for name in dict.fromkeys(name for name, _ in _needed(one)))
    said = answers.with_numbers(one.short, one, known)
    if not said:
        raise ValueError(f"{one.question} What was measured does not fit into {one.short!r}")
    return f"{escaped(said)} Evidence: {links}"


def _needed(one: answers.Question) -> list[tuple[str, str]]:
    """The statements that the claims and the numbers of an answer are taken from."""
    places = [int(name.partition(".")[0]) for _, name, _, _ in string.Formatter().parse(one.short) if name]
    return [one.statements[i] for i in dict.fromkeys([*(short.statement for short in one.claims), *places])]


def _was_run(one: answers.Question, known: dict[str, Result]) -> bool:
    """Whether all claims were run that an answer needs; raises ValueError where one of those has lost a statement."""
    needed = _needed(one)
    run = [(name, id) for name, id in needed if name in known and known[name].status != NOT_RUN]
    try:
        for name, id in run:
            verdict(name, id, known)
    except ValueError as error:
        raise ValueError(f"{one.question} {error}") from None
    return run == needed


def _total(verdicts: Sequence[Verdict]) -> str:
    """How many statements came to which outcome, our own aims apart, and how many rules were changed after results."""
    others, aims = text.claims_and_aims(verdicts)
    parts = [f"{len(verdicts)} statements were tested."]
    if others:
        by_kind = [f"{_held(others, kind)} {name}" for kind, name in _NAMES.items() if _held(others, kind)]
        parts.append(f"Of the {len(others)} that others have made: {_outcomes(others)} (held: {', '.join(by_kind)}).")
    if aims:
        parts.append(f"Of our own {len(aims)} aims: {_outcomes(aims)}.")
    changed = sum(bool(CHANGED.search(v.rule)) for v in verdicts)
    if changed:
        parts.append(f"For {changed} of all, rule or statement was changed after results had been seen.")
    return " ".join(parts)


_NAMES = {THEOREM: "theorems", PUBLISHED: "published results", TEXTBOOK: "statements drawn from the textbook"}
# The words by which rules say that they, or their statements, were changed after the first results.
CHANGED = re.compile(
    r"first (results|run)|(results|seeds|data)( of a replication)? (were|had been) seen|had been seen"
    r"|was rewritten when|was added after|Until [A-Z][a-z]+ 20\d\d"
)


def _outcomes(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(text.outcome(v) for v in sorted(verdicts, key=lambda v: OUTCOMES.index(v.outcome)))
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def _held(verdicts: Sequence[Verdict], kind: str) -> str:
    """`65 of 66`; "" where there is none of this kind."""
    found = [v.outcome == REPRODUCED for v in verdicts if v.kind == kind]
    return f"{sum(found)} of {len(found)}" if found else ""


def peers(results: Sequence[Result]) -> str:
    """A table: the time of one network for a step, the time to compile, and the times of other methods as multiples."""
    rows = [row for name in ("speed.price", "speed.shapes") for row in table(results, name) if row["over_engine"]]
    found = {(row["workload"], row["method"]): row for row in rows}
    lines = [
        f"| network, how many at once | nnjax | time to compile | {' | '.join(PEERS.values())} |",
        f"|---|{'---|' * (len(PEERS) + 2)}",
    ]
    for workload in dict.fromkeys(row["workload"] for row in rows):
        own = found[workload, "nnjax.sweep"]
        cells = [f"{workload}, {int(own['networks']):,}", nanoseconds(float(own["ns_per_network_step"]))]
        cells.append(f"{times(float(own['compile_seconds']))} s")
        for peer in PEERS:
            cells.append(times(float(found[workload, peer]["over_engine"])) if (workload, peer) in found else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def table(results: Sequence[Result], name: str) -> list[dict[str, str]]:
    """The rows of a claim's `table.csv`; none where there is none."""
    path = next((one.table for one in results if one.claim.name == name), None)
    return [] if path is None else list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def times(ratio: float) -> str:
    """`8.1` or `13,000`: two digits, as medians of few rounds give no more."""
    return f"{float(f'{ratio:.2g}'):,g}"


def nanoseconds(number: float) -> str:
    """`5.03 ns`, or `3.7 µs`."""
    return f"{number:.3g} ns" if number < 1000 else f"{number / 1000:.3g} µs"
