"""The table and the verdict of `functions`: derivatives of exactly zero. Closed forms are a test."""

import numpy as np
import xarray as xr

from experiments.activations.functions.closed_forms import FORMS
from experiments.activations.functions.config import REACH, Config
from experiments.activations.shared.names import NAMES
from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, Rule, Statement, Verdict


def statements(config: Config) -> list[Statement]:
    """The statement on soft saturation."""
    return [never_zero(config.activations)]


def never_zero(activations: tuple[str, ...]) -> Statement:
    """The statement that soft saturation leaves some gradient, in the arithmetic that networks use."""
    soft = [name for name in activations if FORMS[name].soft]
    return Statement(
        id="never exactly zero",
        claim="An activation that saturates softly has a small gradient far out, but never exactly 0: the derivative "
        f"of {', '.join(NAMES[name] for name in soft)} is not 0 in float32.",
        kind=AIM,
        source=f"{sources.GULCEHRE}, section 2 (exact numbers: where it tends to 0 and where it is 0)",
        rule=_and(
            rules.every(len(soft), "activations"),
            f"An activation holds when its derivative is not exactly 0 at any point tried from 4 to {REACH}. "
            "The source speaks of exact numbers and not of float32, so this is an aim; it counted as published until "
            "the first results were seen.",
        ),
        reference=len(soft),
        unit="activations",
    )


def _and(rule: Rule, more: str) -> Rule:
    return rule._replace(text=f"{rule.text} {more}")


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation: where its derivative is 0, and how often it is 0 or small at each spread."""
    found = []
    for name in data.activation.values:
        one = data.sel(activation=name)
        row = {"activation": NAMES[str(name)], "greatest_derivative": float(np.abs(one.slope).max())}
        for precision in data.precision.values:
            for side in data.side.values:
                place = float(one.zero_from.sel(precision=precision, side=side))
                row[f"zero_{side}_from_{precision}"] = place if np.isfinite(place) else None
        for quantity in ("zero", "small"):
            row |= {f"{quantity}_at_{s:g}": float(one[quantity].sel(spread=s)) for s in data.spread.values}
        found.append(row | {"distance_from_closed_form": float(one.distance.max())})
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on soft saturation."""
    return [_never_zero(data)]


def _never_zero(data: xr.Dataset) -> Verdict:
    names = tuple(map(str, data.activation.values))
    soft = [name for name in names if FORMS[name].soft]
    zeros = data.zeros.sel(precision="float32")
    holds = [name for name in soft if int(zeros.sel(activation=name)) == 0]
    told = []
    for name in soft:
        places = data.zero_from.sel(activation=name, precision="float32")
        where = [
            f"at {sign * float(places.sel(side=side)):.1f} and {beyond}"
            for side, sign, beyond in (("left", -1, "below"), ("right", 1, "above"))
            if np.isfinite(places.sel(side=side))
        ]
        if where:
            approximate = " (its tanh approximation)" if name == "gelu" else ""
            told.append(f"for {NAMES[name]}{approximate} {', and '.join(where)}")
    found = f" It is 0 {'; '.join(told)}." if told else ""
    return never_zero(names).verdict(
        f"For {len(holds)} of {plural(len(soft), 'activation')} the derivative in float32 is 0 at none of the points "
        f"tried, from 4 to {REACH} on either side of 0.{found}",
        len(holds),
    )
