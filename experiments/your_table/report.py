"""report.md: the answer first, then the ranking, the table as it was understood, and how to use the network."""

import xarray as xr

from experiments.your_table import answer, methods
from experiments.your_table.answer import errors
from experiments.your_table.table import Table, lines


def text(table: Table, data: xr.Dataset) -> str:
    """The report as Markdown."""
    constant = answer.told(data, data.error.sel(tool=methods.CONSTANT).mean().item())
    more = [f"A constant answer errs {constant}.", answer.more_rows(data)]
    more += [answer.calibration(data)] if table.classes else []
    return "\n".join([
        f"# Is a network the right tool for {table.target} in {data.attrs['data']}?", "",
        f"**{answer.sentence(data)}**", "", *(f"- {one}" for one in more), "",
        "## Ranking", "", *_ranking(data), "",
        "## The table", "", *(f"    {line}" for line in lines(table)), "",
        "## The network", "",
        "model.npz and model.json are the network of the ranking, fitted to all rows but the test part. For new rows,",
        "with the folder of this report as FOLDER:", "",
        "    python -m experiments your_table predict FOLDER new.csv > predicted.csv", "",
        "The command names cells that it cannot read, and values outside of those of the training rows.", "",
    ])  # fmt: skip


def _ranking(data: xr.Dataset) -> list[str]:
    loss = "log loss" if data.attrs["classes"] else "absolute error"
    found = [f"| method | error on the folds ({answer.unit(data)}) | {loss} | error on the test part | setting |"]
    found.append("|---|---|---|---|---|")
    own = errors(data).clip(0)
    for name in own.value.sortby(own.value).tool.values.tolist():
        at, one = data.sel(tool=name), own.sel(tool=name)
        folds = f"{one.value.item():.4g} [{one.low.item():.4g}, {one.high.item():.4g}]"
        test = f"{at.test_error.item():.4g} [{at.test_low.item():.4g}, {at.test_high.item():.4g}]"
        found.append(f"| {name} | {folds} | {at.loss.mean().item():.4g} | {test} | {at.setting.item()} |")
    linear = "logistic" if data.attrs["classes"] else "ridge"
    return [
        *found, "",
        f"{data.sizes['split']} folds of {data.attrs['tuned_on']:,} rows, {data.attrs['trials']} trials of each; 95% "
        f"intervals by the corrected resampled t-test. Test part: {data.attrs['tested']:,} rows, looked at once; "
        "intervals take its rows as independent.",
        f"Linear is {linear} regression, the forest has {methods.NUM_TREES} trees, boosting {methods.NUM_ROUNDS} "
        f"rounds; the network is the mean of {data.attrs['members']}.",
    ]  # fmt: skip


def plain(name: str) -> str:
    """A user's name for something, shortened and escaped, so that matplotlib does not read it as a formula."""
    return (name if len(name) <= 30 else f"{name[:27]}...").replace("$", r"\$")
