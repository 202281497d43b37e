"""The networks of `universal_approximation.trained`: tuned and trained, with what the figures show of them."""

import xarray as xr

from experiments.universal_approximation.trained import films, networks, references, seconds
from experiments.universal_approximation.trained.config import RATES, Config, check


def run(config: Config) -> xr.Dataset:
    """Errors [solver, activation, task, width, seed], references [task, width], and what the other figures need."""
    check(config)
    found, drawn = {}, {}
    for part in networks.parts(config):
        shown = part.solver == films.SOLVER and part.width in (*config.fit_widths, *config.film_widths)
        one, runs = networks.train(part, config, every_step=shown)
        found.setdefault(part.solver, []).append(one.expand_dims(width=[part.width]))
        if shown:
            drawn[part.width] = films.kept(one, runs, config)
    solvers = [xr.concat(parts, "width", join="outer") for parts in found.values()]
    data = xr.concat(solvers, xr.Variable("solver", list(found)), join="outer")
    data = data.transpose("solver", "activation", "task", "width", "seed")
    data = xr.merge([data, references.references(config), films.fits(drawn, config), films.film(drawn, config)])
    data = xr.merge([data, seconds.curves(data, config)])
    return data.assign_attrs(
        shown_target=films.shown_by(config)[1],
        steps={part.solver: part.steps for part in networks.parts(config)},
        rates={solver: list(rates) for solver, rates in RATES.items()},
        scales=list(config.scales),
    )
