"""The table and the verdicts of `xor.written_down`: the networks answer all rows; a certificate rules out one unit."""

import itertools

import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import NOT_REPRODUCED, PUBLISHED, REPRODUCED, TEXTBOOK, THEOREM, Rule, Statement, Verdict
from experiments.xor.written_down.config import NETWORKS, Config

ROWS = 4
SEPARABLE = 14  # of the 16 functions of two inputs
NO_UNIT = Statement(
    id="no single unit",
    claim="No single threshold unit computes XOR.",
    kind=THEOREM,
    source=sources.MINSKY_PAPERT,
    rule=Rule(
        "Reproduced when two true and two false rows with equal sums are found, which no threshold unit can separate, "
        "and none of 36 units with small whole weights computes XOR; otherwise not reproduced."
    ),
    reference="a certificate in integers",
)
COUNT = Statement(
    id="one unit is enough",
    claim=f"A single threshold unit computes {SEPARABLE} of the 16 Boolean functions of two inputs, and no more.",
    kind=PUBLISHED,
    source=f"{sources.OEIS_SEPARABLE}, n = 2",
    rule=Rule(
        f"Reproduced when exactly {SEPARABLE} functions are computed by one of 36 units with small whole weights, and "
        "each of the others has two true and two false rows of equal sum; otherwise not reproduced."
    ),
    reference=SEPARABLE,
    unit="functions of 16",
)


def statements(config: Config) -> list[Statement]:
    """One for each network, and two about a single unit."""
    return [*(_network_statement(name) for name in config.networks), NO_UNIT, COUNT]


def _network_statement(name: str) -> Statement:
    return Statement(
        id=name,
        claim=NETWORKS[name][1],
        kind=TEXTBOOK,
        source=sources.TEXTBOOK,
        rule=rules.exactly(ROWS, "the number of rows answered rightly, in the worse of the precisions,"),
        reference=ROWS,
        unit=f"rows of {ROWS}",
    )


def rows_right(data: xr.Dataset) -> xr.DataArray:
    """Rows right [network], in the worse of the precisions."""
    return (data.output == data.target).sum("row").min("dtype")


def table(data: xr.Dataset) -> list[dict]:
    """A row per network and precision, then a row per Boolean function of two inputs."""
    right = (data.output == data.target).sum("row")
    rows = [
        {"name": network, "dtype": dtype, "rows_right": int(right.sel(network=network, dtype=dtype))}
        for network, dtype in itertools.product(data.network.values, data.dtype.values)
    ]
    for name in data.function.values:
        one = data.sel(function=name)
        rows.append({"name": name, "units_of_36": int(one.num_units), "certificate_against": one.certificate.item()})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A network must answer all four rows in every precision; a function has a unit or a certificate."""
    right = (data.output == data.target).sum("row")
    found = []
    for name, worst in zip(data.network.values.tolist(), rows_right(data).values.tolist(), strict=True):
        one = right.sel(network=name)
        counts = [
            f"{int(count)} of {ROWS}{'' if i else ' rows are answered correctly'} in {dtype}"
            for i, (dtype, count) in enumerate(zip(data.dtype.values, one.sel(dtype=data.dtype), strict=True))
        ]
        found.append(_network_statement(name).verdict(f"{' and '.join(counts)}.", worst))
    return [*found, _no_unit(data.sel(function="xor")), _count(data)]


def _no_unit(xor: xr.Dataset) -> Verdict:
    certificate, units = xor.certificate.item(), int(xor.num_units)
    return NO_UNIT.verdict(
        f"{'Two' if certificate else 'No two'} true rows have the same sum as two false rows"
        f"{f', {certificate}, so no unit separates them' if certificate else ''}; {units} of the 36 units with small "
        "whole weights compute XOR.",
        certificate or "no certificate",
        outcome=REPRODUCED if certificate and not units else NOT_REPRODUCED,
    )


def _count(data: xr.Dataset) -> Verdict:
    has_unit, is_forbidden = data.num_units > 0, data.certificate != ""
    decided = bool((has_unit != is_forbidden).all()) and int(has_unit.sum()) == SEPARABLE
    others = ", ".join(data.function.values[is_forbidden.values].tolist()).replace("_", " ").upper()
    return COUNT.verdict(
        f"{int(has_unit.sum())} of {has_unit.size} functions are computed by one of the 36 units with small whole "
        f"weights. For {int(is_forbidden.sum())} ({others or 'none'}), two true and two false rows of equal sum rule "
        "out every unit.",
        int(has_unit.sum()),
        outcome=REPRODUCED if decided else NOT_REPRODUCED,
    )
