"""What the README shows of the results: the answers in a line each, how many statements held, and the times of peers.

Each stands between `<!-- name -->` and `<!-- end of name -->`, and is written anew by `python -m experiments --readme`.
"""

import csv
import string
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.lab import text
from experiments.lab.report import answers
from experiments.lab.report.fill import escaped
from experiments.lab.report.read import Result
from experiments.lab.verdicts import AIM, REPRODUCED

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

    Raises ValueError that names a block whose marks are missing.
    """
    for name, block in {"answers": short(results), "peers": peers(results)}.items():
        first, last = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = words.partition(first)
        _, ended, after = rest.partition(last)
        if not (found and ended):
            raise ValueError(f"the README needs a block between {first.strip()} and {last.strip()}")
        words = f"{before}{first}{block}{last}{after}"
    return words


def rewrite(path: Path, results: Sequence[Result]) -> bool:
    """Write the blocks of a README anew; whether anything has changed."""
    before = path.read_text(encoding="utf-8")
    after = refilled(before, results)
    path.write_text(after, encoding="utf-8")
    return after != before


def _folder(claim: str) -> str:
    return f"results/{claim.replace('.', '/')}"


def short(results: Sequence[Result], link: Callable[[str], str] = _folder) -> str:
    """A line for each of the textbook's questions, with links to its evidence; then how many statements held.

    `link` makes an address of the name of a claim. Questions without results are left out.
    """
    known = {result.claim.name: result for result in results}
    lines = [f"- **{one.question}** {said}" for one in answers.asked(known) if (said := _line(one, known, link))]
    statements = [(v.kind, v.outcome) for result in results for v in result.verdicts]
    return "\n".join([*lines, "", _total(statements)])


def _line(one: answers.Question, known: dict[str, Result], link: Callable[[str], str]) -> str:
    """The answer with a link to each claim that it takes a number from; "" where one has no result."""
    said = answers.told(one.short, one, known)
    places = [int(name.partition(".")[0]) for _, name, _, _ in string.Formatter().parse(one.short) if name]
    links = [f"[{escaped(name)}]({link(name)})" for name in dict.fromkeys(one.statements[i][0] for i in places)]
    return f"{escaped(said)} Evidence: {', '.join(links)}" if said else ""


def _total(statements: Sequence[tuple[str, str]]) -> str:
    """How many statements held, our own aims apart."""
    others = [one for one in statements if one[0] != AIM]
    met = [outcome == REPRODUCED for kind, outcome in statements if kind == AIM]
    parts = [f"{len(statements)} statements were tested."]
    if others:
        parts.append(f"Of the {len(others)} that others have made: {text.count(others)}.")
    if met:
        parts.append(f"Of our own {len(met)} targets ({AIM}s) {sum(met)} were met.")
    return " ".join(parts)


def peers(results: Sequence[Result]) -> str:
    """A table: the time of one network for a step, that of compiling, and how many times as long other methods take."""
    rows = [row for name in ("speed.price", "speed.shapes") for row in table(results, name) if row["over_engine"]]
    found = {(row["workload"], row["method"]): row for row in rows}
    lines = [
        f"| network, how many at once | nnjax | it compiles for | {' | '.join(PEERS.values())} |",
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
