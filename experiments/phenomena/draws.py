"""Draws of the data, each with random starts of its own, so that an interval over draws includes both."""

from collections.abc import Callable

import xarray as xr


def nested(train: Callable[[int, range], xr.Dataset], draws: int, seeds: int) -> xr.Dataset:
    """What `train(draw, its seeds)` returns for each draw [draw, seed, ...]; the seeds of a draw are counted from 0."""
    runs = [
        train(draw, range(draw * seeds, (draw + 1) * seeds)).reset_coords(drop=True).assign_coords(seed=range(seeds))
        for draw in range(draws)
    ]
    return xr.concat(runs, xr.Variable("draw", range(draws)))
