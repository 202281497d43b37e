"""One verdict of this experiment, from its data and a rule that has been applied."""

from typing import Any

import xarray as xr

from experiments.lab import NOT_REPRODUCED, REPRODUCED, Verdict


def verdict(
    data: xr.Dataset,
    name: str,
    claim: str,
    source: str,
    reference: Any,
    measured: Any,
    unit: str,
    outcome: bool | str,
    interval: tuple[float, float] | None = None,
) -> Verdict:
    """A verdict whose outcome is one of three words, or true or false where there is nothing between."""
    low, high = interval or (None, None)
    word = outcome if isinstance(outcome, str) else REPRODUCED if outcome else NOT_REPRODUCED
    return Verdict(name, claim, source, reference, measured, low, high, unit, word, data.attrs["command"])
