"""The table and the verdicts of `xor.failures`: where stuck networks are, and whether they leave."""

import dataclasses
import itertools

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.xor.failures.config import RATES, SETTINGS, Config
from experiments.xor.failures.stuck import KINDS, MOVE, NEAR, NUM_MOVES, TWO_AT_HALF, left
from experiments.xor.shared.sources import AI_TIMELINE, HAMEY
from nnjax import statistics

ROUNDING = 1e-12  # float64 sums of four rows are exact to some 1e-16
FAR = 1.0  # a finite minimum is further away than this, in Newton's step, or nowhere
RARE = 0.01
SWIRSZCZ = "Swirszcz, Czarnecki & Pascanu (2016), Local minima in training of neural networks, arXiv 1611.06310"
MOST = rules.above(0.5, "the 95% Wilson interval of the share")
AT_FIRST = "Its rate was chosen at the first of the numbers of epochs."
NO_MINIMUM = "no_finite_minimum"  # a claim about the loss and not the training, so no rate decides it
MORE_STUCK = "more stuck networks"
OF_STUCK = "of the stuck networks"
NOT_OF_XOR = (
    "As the source has other data than XOR this is an aim; it counted as published until the first results were seen."
)


def statements(config: Config) -> list[Statement]:
    """What is claimed of sigmoid networks where some are trained, and of ReLU networks likewise."""
    epochs = [f"{checkpoint:,}" for checkpoint in config.checkpoints]
    return [one for name in _spokesmen(config.settings).values() for one in _statements(name, epochs)]


def _spokesmen(settings: tuple[str, ...]) -> dict[str, str]:
    """The first setting of each activation; settings of one activation share their seeds and are not two samples."""
    first: dict[str, str] = {}
    for name in settings:
        first.setdefault(SETTINGS[name].activation, name)
    return {activation: first[activation] for activation in ("sigmoid", "relu") if activation in first}


def _statements(setting: str, epochs: list[str]) -> list[Statement]:
    found = _sigmoid(epochs) if SETTINGS[setting].activation == "sigmoid" else _relu(epochs)
    if SETTINGS[setting].rate is not None:
        return found
    return [one if one.id == NO_MINIMUM else dataclasses.replace(one, rule=rules.tuned(one.rule)) for one in found]


def _sigmoid(epochs: list[str]) -> list[Statement]:
    no_minimum = Statement(
        id=NO_MINIMUM,
        claim=f"No sigmoid network that is stuck after {epochs[-1]} epochs is near a finite local minimum.",
        kind=THEOREM,
        source=f"{HAMEY}, 669-681: the 2-2-1 sigmoid network has none on XOR",
        rule=Rule(
            f"A network shows no minimum when its gradient exceeds {1000 * ROUNDING:g}, its loss falls by more than "
            f"{ROUNDING:g} between the last two records, and its Hessian has an eigenvalue below {-ROUNDING:g} or "
            f"Newton's step is longer than {FAR:g}. Reproduced when all stuck networks show none, not reproduced when "
            "one does not, not settled when no network is stuck. Until the results of a replication were seen, in "
            "which a network had shrinking weights and a negative eigenvalue, weights had to grow as well."
        ),
        reference="all of them",
        unit=OF_STUCK,
        settled_by=MORE_STUCK,
    )
    slow = Statement(
        id="only_slow",
        claim=f"Most sigmoid networks that are stuck after {epochs[-2]} epochs have solved XOR by {epochs[-1]}.",
        kind=AIM,
        source=f"prompted by {HAMEY}, who does not say that stuck networks leave; {AI_TIMELINE} finds one that stays",
        rule=Rule(
            f"{MOST.text} As no source says so this is an aim; it counted as published until the first results were "
            "seen.",
            MOST.judge,
        ),
        reference="most",
        unit=OF_STUCK,
        settled_by=MORE_STUCK,
    )
    half = Statement(
        id="two_at_half",
        claim="Most stuck sigmoid networks answer two rows rightly and the other two with about one half.",
        kind=PUBLISHED,
        source=f"{AI_TIMELINE}: all 10 failures of 50 networks",
        rule=Rule(
            f"An output counts as right, or as one half, if it lies within {NEAR:g} of that value. {MOST.text}",
            MOST.judge,
        ),
        reference="all 10",
        unit=OF_STUCK,
        settled_by=MORE_STUCK,
    )
    return [no_minimum, slow, half]


def _relu(epochs: list[str]) -> list[Statement]:
    rates = "stuck networks, at a rate inside the grid"
    flat = Statement(
        id="relu_flat_minima",
        claim="Most stuck ReLU networks lie in flat local minima, where the gradient is zero.",
        kind=AIM,
        source=f"prompted by {SWIRSZCZ} (ReLU networks have bad local minima; their examples are other data than XOR)",
        rule=Rule(
            f"A network is in a flat minimum when its gradient and the least eigenvalue of its Hessian are within "
            f"{ROUNDING:g} of zero, and none of {NUM_MOVES} random moves of length {MOVE:g} lowers its loss by more. "
            f"{MOST.text} {AT_FIRST} {NOT_OF_XOR}",
            MOST.judge,
        ),
        reference="most",
        unit=OF_STUCK,
        settled_by=rates,
    )
    nobody = Statement(
        id="relu_nobody_leaves",
        claim=f"No ReLU network that is stuck after {epochs[0]} epochs has left by {epochs[-1]}.",
        kind=AIM,
        source=f"prompted by {SWIRSZCZ} (gradient descent does not leave such minima, on other data than XOR)",
        rule=Rule(
            f"Reproduced when none has left and the 95% Wilson interval of the share excludes {RARE:g}, not "
            f"reproduced when one has, otherwise not settled. {AT_FIRST} {NOT_OF_XOR}"
        ),
        reference="none",
        unit=OF_STUCK,
        settled_by=rates,
    )
    return [flat, nobody]


def no_finite_minimum(data: xr.Dataset) -> xr.DataArray:
    """Whether each network shows no finite minimum nearby at the end [setting, seed].

    The gradient is far above rounding and the loss falls by more than rounding; and either the Hessian has a negative
    eigenvalue, or the minimum that Newton's method sees is more than 1 away (at a finite one it is at 0).
    """
    moving = (data.gradient.isel(checkpoint=-1) > 1000 * ROUNDING) & (data.loss_fall > ROUNDING)
    away = (data.least_eigenvalue < -ROUNDING) | (data.newton_step > FAR)
    return moving & away


def flat_minimum(data: xr.Dataset) -> xr.DataArray:
    """Whether each network is in a flat minimum [setting, seed]: up to rounding, the gradient and the least eigenvalue
    of the Hessian are zero, and no random move of length MOVE finds a lower loss."""
    still = data.gradient.isel(checkpoint=-1) <= ROUNDING
    return still & (abs(data.least_eigenvalue) <= ROUNDING) & (data.greatest_fall <= ROUNDING)


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting and checkpoint; the share that left is of those stuck at the checkpoint before."""
    at_the_end = {
        "no_finite_minimum": no_finite_minimum(data),
        "flat_minimum": flat_minimum(data),
        "negative_eigenvalue": data.least_eigenvalue < -ROUNDING,
        "with_dead_unit": data.dead_units > 0,
    }
    rows = []
    for name, i in itertools.product(data.setting.values.tolist(), range(data.sizes["checkpoint"])):
        one = data.sel(setting=name).isel(checkpoint=i)
        now, networks = one.stuck.values, data.sizes["seed"]
        row = {"setting": name, "rate": float(one.rate), "epochs": int(one.checkpoint), "networks": networks}
        row |= _columns("stuck", int(now.sum()), networks)
        if i:
            row |= _columns("left", *left(data.sel(setting=name), i - 1, i))
        row |= {kind: int((one.kind == number).sum()) for number, kind in enumerate(KINDS) if number}
        if now.any():
            row |= {f"{what}_median": float(np.median(one[what].values[now])) for what in ("gradient", "weights")}
        if i == data.sizes["checkpoint"] - 1:
            row |= {what: int(found.sel(setting=name).values[now].sum()) for what, found in at_the_end.items()}
        rows.append(row)
    return rows


def _columns(what: str, count: int, total: int) -> dict:
    share, low, high = _share(count, total)
    return {what: count, f"{what}_share": share, f"{what}_low": low, f"{what}_high": high}


def _share(count: int, total: int) -> tuple[float, float, float]:
    return (count / total, *statistics.wilson(count, total)) if total else (np.nan, np.nan, np.nan)


def every_one(count: int, total: int) -> str:
    """Reproduced if all networks do, not reproduced if one does not, not settled if there are none."""
    if total == 0:
        return NOT_SETTLED
    return REPRODUCED if count == total else NOT_REPRODUCED


def none_of_them(count: int, total: int) -> str:
    """Reproduced if no network does and RARE is excluded, not reproduced if one does, otherwise not settled."""
    if count:
        return NOT_REPRODUCED
    return REPRODUCED if total and _share(count, total)[2] < RARE else NOT_SETTLED


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Hamey's theorem, whether networks leave, the usual failure, and the flat minima of ReLU networks."""
    epochs = [f"{checkpoint:,}" for checkpoint in data.checkpoint.values]
    found = []
    for activation, name in _spokesmen(tuple(data.setting.values.tolist())).items():
        stated = {one.id: one for one in _statements(name, epochs)}
        one = data.sel(setting=name)
        end = one.stuck.isel(checkpoint=-1)
        if activation == "sigmoid":
            at_half = one.kind.isel(checkpoint=-1) == TWO_AT_HALF
            counts = {
                NO_MINIMUM: (_of(no_finite_minimum(one), end), "show no finite minimum nearby", every_one),
                "only_slow": (left(one, -2, -1), f"solve XOR by {epochs[-1]} epochs", None),
                "two_at_half": (_of(at_half, end), "answer two rows correctly and two with about one half", None),
            }
        else:
            counts = {
                "relu_flat_minima": (_of(flat_minimum(one), end), "lie in a flat local minimum", None),
                "relu_nobody_leaves": (left(one, 0, -1), f"solve XOR by {epochs[-1]} epochs", none_of_them),
            }
        for key, ((count, total), what, rule) in counts.items():
            share, low, high = (None if np.isnan(value) else float(value) for value in _share(count, total))
            when = epochs[{"only_slow": -2, "relu_nobody_leaves": 0}.get(key, -1)]
            activation, _, rate = name.partition(", ")
            told = what.replace(" ", "s ", 1) if count == 1 else what  # the verb comes first
            finding = f"Of {total:,} {activation} networks stuck after {when} epochs ({rate}), {count:,} {told}."
            if key == "only_slow" and total:
                finding += f" By their outputs after {when} epochs: {left_by_kind(one)}."
            found.append(
                stated[key].verdict(
                    finding,
                    share, low, high, total or None,
                    outcome=rule and rule(count, total),
                    at_edge="" if key == NO_MINIMUM else _edge(one),
                )
            )  # fmt: skip
    return found


def left_by_kind(one: xr.Dataset) -> str:
    """How many of one setting's networks that were stuck at the checkpoint before the last have left, by the kind of
    outputs that they had."""
    before = one.kind.isel(checkpoint=-2, drop=True)
    counts = [(what, *left(one, -2, -1, before == number)) for number, what in enumerate(KINDS)]
    return "; ".join(f"{gone or 'none'} of {total:,} with “{what}”" for what, gone, total in counts if total)


def _of(true: xr.DataArray, stuck: xr.DataArray) -> tuple[int, int]:
    """The number of stuck networks for which `true` holds, and the number of stuck networks."""
    return int((true & stuck).sum()), int(stuck.sum())


def _edge(one: xr.Dataset) -> str:
    """A clause if the rate of a setting was tuned and lies at an end of its grid, else an empty string."""
    setting = SETTINGS[one.setting.item()]
    at_end = setting.rate is None and bool(np.isclose(RATES[setting.activation], float(one.rate)).any())
    return "the tuned rate is the least or the greatest tried" if at_end else ""
