"""The table and the verdicts of `your_table.against_peers`."""

from collections import Counter
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, Rule, Statement, Verdict
from experiments.your_table.against_peers import summary
from experiments.your_table.against_peers.config import METHODS, PEERS, Config
from experiments.your_table.shared.benchmark import TABLES


def most_behind(tables: int) -> int:
    """The number of tables on which the network may be behind: three of eleven, and the same share of fewer."""
    return 3 * tables // len(TABLES)


def statements(config: Config) -> list[Statement]:
    """Two statements for each of the other networks."""
    return [one for peer in PEERS for one in (_statement(peer, len(config.tables)), _mean_statement(peer))]


def _statement(peer: str, tables: int) -> Statement:
    most = most_behind(tables)
    return Statement(
        f"not behind {peer}",
        "At all defaults our ensemble of eight networks that a sweep chooses, trained on all training rows, has more "
        f"than {summary.TENTH:g} times the error of one {peer}, trained on four fifths of them, on at most {most} of "
        f"{tables} tables.",
        AIM,
        "",
        Rule(
            f"On each table our error minus {summary.TENTH:g} times that of {peer} is paired by split. The network is "
            "behind when all of the 95% interval by the corrected resampled t-test (Nadeau & Bengio 2003; splits that "
            "draw t of N rows to test anew count as correlated by t / N) lies above 0, not behind when none of it "
            "does, otherwise it is open; the levels are not corrected for the number of tables. "
            f"Reproduced when it is behind or open on at most {most} tables, not reproduced when it is behind on more, "
            "otherwise not settled."
        ),
        f"at most {most} of {tables}",
        settled_by="tables with more rows to train and to test on, and more splits of those",
        fixed="the tables",
    )


def _mean_statement(peer: str) -> Statement:
    rule = rules.below(summary.TENTH, "the 95% interval of the geometric mean over tables")
    return Statement(
        f"mean over tables {peer}",
        "At all defaults our ensemble of eight networks that a sweep chooses, trained on all training rows, has less "
        f"than {summary.TENTH:g} times the error of one {peer}, trained on four fifths of them, in the geometric mean "
        "over tables.",
        AIM,
        "",
        rule._replace(
            text=f"{rule.text} The logarithm of our mean error divided by theirs is taken on each table; an error of 0 "
            "counts as half of a test row of all splits. This statement was added since the first results were seen, "
            "in which many tables were open; the splits of FULL are others since then."
        ),
        summary.TENTH,
        "times",
        "more tables",
        fixed="the tables",
    )


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""
    names = list(map(str, data.table.values))
    found = []
    for peer in PEERS:
        found.append(_not_behind(_statement(peer, len(names)), data, names, peer))
        found.append(_mean(_mean_statement(peer), data, len(names), peer))
    return found


def _mean(statement: Statement, data: xr.Dataset, tables: int, peer: str) -> Verdict:
    mean = summary.mean_ratio(data, peer)
    finding = (
        f"Our network's error is {mean.estimate:.2f} times that of {peer} [{mean.low:.2f}, {mean.high:.2f}] in the "
        f"geometric mean over {plural(tables, 'table')}."
    )
    return statement.verdict(finding, *mean, n=tables)


def outcome(behind: int, unsure: int, most: int) -> str:
    """The outcome where the network is behind on `behind` tables, `unsure` are open, and it may be behind on `most`."""
    if behind > most:
        return NOT_REPRODUCED
    return REPRODUCED if behind + unsure <= most else NOT_SETTLED


def _not_behind(statement: Statement, data: xr.Dataset, names: list[str], peer: str) -> Verdict:
    sides = {name: summary.side(data, name, peer) for name in names}
    counts = Counter(sides.values())
    behind = ", ".join(name for name, side in sides.items() if side == "behind")
    lower = sum(summary.difference(data, name, peer).high < 0 for name in names)
    return statement.verdict(
        f"Our network's error is more than {summary.TENTH:g} times that of {peer} on {counts['behind']} of "
        f"{len(names)} tables{f' ({behind})' if behind else ''}, at most {summary.TENTH:g} times on "
        f"{counts['not behind']}, and this is open on {counts['open']}. On {lower} it is lower than that of {peer} "
        "(all of the 95% interval of the difference lies below 0). Our fit takes "
        f"{summary.longer(data, peer):.2g} times the core seconds of {peer}.",
        counts["behind"],
        n=data.sizes["split"],
        outcome=outcome(counts["behind"], counts["open"], most_behind(len(names))),
    )


def table(data: xr.Dataset) -> list[dict[str, Any]]:
    """A row per table and method: means over the splits, and medians of the seconds."""
    found = []
    for name in map(str, data.table.values):
        own = data.sel(table=name)
        for method in METHODS:
            error, seconds = (own[v].sel(learner=method).values for v in ("error", "seconds"))
            row: dict[str, Any] = {"table": name, "method": method, "training_rows": int(own.num_train)}
            row |= {"test_rows": int(own.num_test), "splits": data.sizes["split"], "error": float(error.mean())}
            row |= {"sd_over_splits": float(error.std(ddof=1)), "core_seconds": float(np.median(seconds))}
            if method in PEERS:
                ratio = summary.ratio(data, name, method)
                row |= {"network_over_this": ratio.estimate, "ratio_low": ratio.low, "ratio_high": ratio.high}
                row |= {"network_is": summary.side(data, name, method)}
            found.append(row)
    return found
