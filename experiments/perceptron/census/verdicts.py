"""The table and the verdicts of `perceptron.census`: every count must be met exactly."""

import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import NOT_REPRODUCED, PUBLISHED, REPRODUCED, THEOREM, Rule, Statement, Verdict
from experiments.perceptron.census.config import ROUNDING, Config
from experiments.perceptron.shared import theorems

SEPARABLE = {1: 4, 2: 14, 3: 104, 4: 1_882, 5: 94_572, 6: 15_028_134, 7: 8_378_070_864}  # OEIS A000609
MUROGA = (
    "Muroga, Tsuboi & Baugh (1970), Enumeration of threshold functions of eight variables, IEEE Trans. Computers; "
    "Muroga (1971), Threshold logic and its applications, Wiley"
)


def statements(config: Config) -> list[Statement]:
    """The count for each number of inputs, and what theorems say of all perceptrons that are trained."""
    decided = Statement(
        id="all decided",
        claim=f"Within {config.num_epochs:,} passes every perceptron either learns its function or returns to earlier "
        "weights, which proves that no neuron computes it.",
        kind=THEOREM,
        source=theorems.CYCLING,
        rule=rules.exactly(0, "the number of perceptrons that do neither"),
        reference=0,
        unit="undecided",
    )
    four_rows = Statement(
        id="four rows",
        claim=f"Every function that is tried, of up to {max(config.inputs)} inputs, and that no neuron computes has "
        "two true and two false rows of equal sum.",
        kind=THEOREM,
        source=f"{MUROGA} (every function of at most 8 inputs)",
        rule=Rule(
            "Reproduced when every function that was tried and not learned has such rows, otherwise not reproduced."
        ),
        reference="all that are not learned",
        unit="functions",
    )
    novikoff = Statement(
        id="Novikoff",
        claim="No perceptron makes more mistakes than (R |w*| / margin)^2, where R is the length of the longest row "
        "and w* has the widest margin of its function.",
        kind=THEOREM,
        source=f"{sources.NOVIKOFF}, theorem 1",
        rule=rules.exactly(
            0, f"the number of perceptrons above their bound (by more than its rounding, a part of {ROUNDING:g})"
        ),
        reference=0,
        unit="violations",
    )
    return [*(_count_statement(n) for n in config.inputs), decided, four_rows, novikoff]


def _count_statement(n: int) -> Statement:
    total = 2.0 ** (2**n)
    functions = f"{total:,.0f}" if n < 6 else f"{total:.1e}"
    return Statement(
        id=f"{n} inputs",
        claim=f"One neuron learns exactly {SEPARABLE[n]:,} of the {functions} Boolean functions of {n} "
        f"input{'s' if n > 1 else ''}.",
        kind=PUBLISHED,
        source=sources.OEIS_SEPARABLE,
        rule=Rule(
            f"Reproduced when exactly {SEPARABLE[n]:,} functions are learned and none that was tried is undecided; "
            "where linear programming and the regular functions count again, they must find as many, each with a "
            "proof; otherwise not reproduced."
        ),
        reference=SEPARABLE[n],
        unit="functions",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for every number of inputs."""
    names = [name for name, variable in data.data_vars.items() if variable.dims == ("inputs",)]
    return [{"inputs": int(n)} | {name: data[name].sel(inputs=n).item() for name in names} for n in data.inputs.values]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A count is reproduced or not, and one exception refutes a theorem."""
    # The data of the first runs do not record their number of passes, which was 10,000.
    settings = Config(inputs=tuple(data.inputs.values.tolist()), num_epochs=data.attrs.get("num_epochs", 10_000))
    stated = {one.id: one for one in statements(settings)}
    found = [_count(stated[f"{n} inputs"], data.sel(inputs=n)) for n in settings.inputs]
    tried, learned, proved = (int(data[name].sum()) for name in ("tried", "learned", "proved"))
    undecided = int(data.undecided.sum())
    finding = (
        f"Of {tried:,} perceptrons, {learned:,} learn their function, {proved:,} return to earlier weights and "
        f"{undecided:,} do neither."
    )
    found.append(stated["all decided"].verdict(finding, undecided))
    others, four_rows = tried - learned, int(data.four_rows.sum())
    finding = (
        f"Of the {others:,} functions that were tried and not learned, {four_rows:,} have two true and two false rows "
        "of equal sum."
    )
    found.append(stated["four rows"].verdict(finding, four_rows, outcome=_outcome(four_rows == others)))
    ratios, broken = data.mistakes / data.bound, int(data.violations.sum())
    medians = ratios.groupby(data.neuron_inputs).median()
    by_inputs = [
        f"{float(value):.2f} with {int(n) if i else plural(int(n), 'input')}"
        for i, (n, value) in enumerate(zip(medians.neuron_inputs, medians, strict=True))
    ]
    finding = (
        f"{broken:,} of {data.sizes['neuron']:,} perceptrons make more mistakes than Novikoff's bound allows. The "
        f"number of mistakes divided by the bound has the median {float(ratios.median()):.2g} "
        f"({', '.join(by_inputs)}); {nearest(ratios)}."
    )
    return [*found, stated["Novikoff"].verdict(finding, broken)]


def nearest(ratios: xr.DataArray) -> str:
    """A clause on how near any perceptron comes to its bound; `ratios` are mistakes divided by bounds."""
    at_bound = int((abs(ratios - 1) <= ROUNDING).sum())
    if at_bound:
        makes = "make" if at_bound > 1 else "makes"
        return f"{plural(at_bound, 'perceptron')} {makes} exactly as many mistakes as the bound allows"
    return f"the greatest value is {float(ratios.max()):.2g}"


def _count(statement: Statement, one: xr.Dataset) -> Verdict:
    """Judge the count for one number of inputs; the other two counts are 0 where they were not made."""
    count, undecided = int(one.separable), int(one.undecided)
    agree = int(one.programs_that_differ) == 0 and int(one.programs_unproved) == 0
    counts = {"by linear programming": int(one.by_programming), "through the regular functions": int(one.by_regular)}
    again = {how: other for how, other in counts.items() if other}
    finding = f"A perceptron learned {int(one.learned):,} of the {int(one.tried):,} functions tried"
    if int(one.learned) != count:
        finding += f"; by symmetry, those that it learned stand for {count:,} functions"
    finding += f". {plural(undecided, 'function') if undecided else 'No function'} remained undecided."
    if again:
        finding += f" Counted again: {' and '.join(f'{k:,} {how}' for how, k in again.items())}."
    holds = count == statement.reference and undecided == 0 and agree and all(k == count for k in again.values())
    return statement.verdict(finding, count, outcome=_outcome(holds))


def _outcome(holds: bool) -> str:
    return REPRODUCED if holds else NOT_REPRODUCED
