"""The table and the verdicts of `perceptron.cycling`."""

import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import GALLANT
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.perceptron.cycling.config import PAIRS, Config
from experiments.perceptron.shared import theorems
from nnjax import statistics

ENOUGH = 0.99  # of all functions: the limit counts as reached
FIXED = "the functions, which are all that there are"
IMPOSSIBLE = {2: 2, 3: 152, 4: 63_654}  # functions that no neuron computes: 2^(2^n) less OEIS A000609
FREUND = "Freund & Schapire (1999), Large margin classification using the perceptron algorithm, Machine Learning 37"
MUSELLI = "Muselli (1997), On convergence properties of pocket algorithm, IEEE Trans. Neural Networks"


def statements(config: Config) -> list[Statement]:
    """Weights that return, the limit of the pocket, and which rule gets fewer rows wrong."""
    total, visits = IMPOSSIBLE[config.inputs], config.visits[-1]
    xor = Statement(
        id="XOR",
        claim="On XOR with inputs 0 and 1 the perceptron's weights return after one pass, in which each row is "
        "corrected once.",
        kind=THEOREM,
        source=theorems.CYCLING,
        rule=Rule(
            "Reproduced when the weights return after 4 visits and, with inputs 0 and 1 as with -1 and 1, the "
            "corrections in between sum to zero; otherwise not reproduced."
        ),
        reference=4,
        unit="visits",
    )
    all_return = Statement(
        id="all come back",
        claim=f"On each of the {total:,} functions of {config.inputs} inputs that no neuron computes the perceptron's "
        "weights return to earlier ones, and so stay bounded.",
        kind=THEOREM,
        source=theorems.CYCLING,
        rule=rules.exactly(total, "the number of functions on which they return by corrections that sum to zero"),
        reference=total,
        unit="functions",
    )
    pocket = Statement(
        id="pocket",
        claim="In the limit of many visits the pocket with its ratchet holds the best neuron that there is.",
        kind=THEOREM,
        source=f"{GALLANT}; {MUSELLI}",
        rule=Rule(
            f"Reproduced when after {visits:,} visits the pocket holds the best neuron for more than {ENOUGH:.0%} of "
            "the functions; not settled when for fewer but the share rises with every number of visits; otherwise not "
            "reproduced."
        ),
        reference=1,
        settled_by="more visits, until the share no longer rises",
        fixed=FIXED,
    )
    return [xor, all_return, pocket, *(_pair_statement(better, worse, visits) for better, worse in PAIRS)]


def _pair_statement(better: str, worse: str, visits: int) -> Statement:
    return Statement(
        id=f"{better} or {worse}",
        claim=f"After {visits:,} visits the rule “{better}” gets fewer rows wrong than “{worse}” on functions that no "
        "neuron computes.",
        kind=PUBLISHED,
        source=GALLANT if better == "pocket" else f"{FREUND} (on handwritten digits)",
        rule=rules.below(0.0, "the paired 95 % interval of the mean difference, over all functions,"),
        reference="below 0",
        unit="rows",
        settled_by="more functions: those of more inputs",
        fixed=FIXED,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each rule and number of visits: functions at their best, with their part, and rows wrong beyond."""
    total = data.attrs["functions"]
    return [
        {"rule": rule, "visits": int(visits), "functions": total}
        | {"at_best": int(one.at_best), "part": int(one.at_best) / total, "mean_excess": float(one.mean_excess)}
        for rule in data.rule.values
        for visits in data.visits.values
        for one in [data.sel(rule=rule, visits=visits)]
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A theorem must hold for every function; one rule beats another where the whole interval says so."""
    total, last = data.attrs["functions"], data.isel(visits=-1)
    settings = Config(inputs=data.attrs["inputs"], visits=tuple(data.visits.values.tolist()))
    stated = {one.id: one for one in statements(settings)}
    period, proved = int(data.orbit_period.sel(low=0)), int(data.proved)
    zero = bool(data.orbit_proved.all())
    outcome = REPRODUCED if zero and period == 4 else NOT_REPRODUCED
    finding = f"The weights return after {period} visits; the corrections {'' if zero else 'do not '}sum to zero."
    found = [stated["XOR"].verdict(finding, period, outcome=outcome)]
    finding = (
        f"The weights return on {proved:,} of {total:,} functions, after at most {data.sizes['period'] - 1} passes; "
        f"(w, b) is never longer than {float(data.greatest):.3g}."
    )
    found.append(stated["all come back"].verdict(finding, proved))
    k, rises = int(last.at_best.sel(rule="pocket")), bool((data.at_best.sel(rule="pocket").diff("visits") > 0).all())
    low, high = map(float, statistics.wilson(k, total))
    outcome = REPRODUCED if k > ENOUGH * total else NOT_SETTLED if rises else NOT_REPRODUCED
    finding = (
        f"It holds the best neuron for {k / total:.1%} of {total:,} functions after {int(last.visits):,} visits, a "
        f"share that {'still rises' if rises else 'does not rise every time'}."
    )
    found.append(stated["pocket"].verdict(finding, k / total, low, high, total, outcome=outcome))
    for pair in data.pair.values.tolist():
        gain, error = float(data.gain.sel(pair=pair)), float(data.gain_error.sel(pair=pair))
        low, high = gain - 1.96 * error, gain + 1.96 * error
        finding = f"Over {total:,} functions the mean difference is {gain:+.3f} [{low:+.3f}, {high:+.3f}] rows."
        found.append(stated[pair].verdict(finding, gain, low, high, total))
    return found
