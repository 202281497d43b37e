"""A claim that is one file, judged by `experiments.judge`, as the runner and the report read claims that are folders.

It goes when every claim is one file.
"""

import math
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import xarray as xr

from experiments.judge import verdicts as judged
from experiments.lab.rules import GIVEN
from experiments.lab.verdicts import AIM, Rule, Statement, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = ("Config", "QUICK", "NAMES", "run", "STATEMENTS", "table", "FIGURES")


class Parts:
    """The roles of a claim, made from its module; `check` and `STORE` are there where the module has them.

    Raises:
        ValueError: naming what of PARTS the module does not define.
    """

    def __init__(self, module: ModuleType) -> None:
        if missing := [name for name in PARTS if not hasattr(module, name)]:
            raise ValueError(f"{module.__name__} defines no {missing[0]}; see CONTRIBUTING.md for the parts of a claim")
        self._module = module
        self.Config, self.QUICK, self.FULL, self.run = module.Config, module.QUICK, module.Config(), module.run
        for name in ("check", "STORE"):
            if hasattr(module, name):
                setattr(self, name, getattr(module, name))

    def statements(self, config: Any) -> list[Statement]:
        """The statements, which are the same for every Config."""
        return [
            Statement(one.id, one.claim, _kind(one.kind), one.source, Rule(_rule(one)), unit=None)
            for one in self._module.STATEMENTS
        ]

    def verdicts(self, data: xr.Dataset) -> list[Verdict]:
        """The verdicts that the data allow."""
        rules = {one.id: _rule(one) for one in self._module.STATEMENTS}
        rows = judged.verdicts(self._module.STATEMENTS, self._labelled(data))
        return [_verdict(row | {"rule": rules[row["id"]]}) for row in rows]

    def table(self, data: xr.Dataset) -> list[dict[str, Any]]:
        """A row for each entry of the table that is not empty; its settings come first, in the order of NAMES."""
        table, names = self._module.table(self._labelled(data)), list(self._module.NAMES)
        settings = sorted(map(str, table.dims), key=lambda name: names.index(name) if name in names else -1)
        return table.to_dataframe(dim_order=settings).dropna(how="all").reset_index().to_dict("records")

    def figures(self, data: xr.Dataset) -> dict[str, "Figure"]:
        """The figures by the names of their functions, whose docstrings become captions."""
        return dict(self._figures(self._labelled(data)))

    def _figures(self, data: xr.Dataset) -> Iterator[tuple[str, "Figure"]]:
        from experiments.lab.figures import caption

        for draw in self._module.FIGURES:
            figure = draw(data)
            caption(figure, " ".join(draw.__doc__.split()))
            yield draw.__name__, figure

    def _labelled(self, data: xr.Dataset) -> xr.Dataset:
        return judged.labelled(data.copy(), self._module.NAMES)


def _kind(kind: str) -> str:
    return AIM if kind == judged.OWN else kind


def _rule(one: judged.Statement) -> str:
    return f"{one.sentence} {GIVEN}" if one.at_tuned else one.sentence


def _verdict(row: dict[str, Any]) -> Verdict:
    """A row of `judge.verdicts` as a Verdict; an interval without width is that of an exact number, and left out."""
    low, high = row["low"], row["high"]
    exact = low is None or low == high or math.isnan(low)
    ends = {"low": None, "high": None} if exact else {"low": low, "high": high}
    same = ("id", "claim", "source", "rule", "finding", "measured", "outcome", "direction", "published_size")
    own = {"kind": _kind(row["kind"]), "reference": None, "unit": row["units"], "n": row["n"], **ends}
    return Verdict(**{name: row[name] for name in same}, **own)
