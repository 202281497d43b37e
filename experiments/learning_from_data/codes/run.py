"""The networks of `learning_from_data.codes`: how long each takes, and its weights or codes at the end."""

from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

import nnjax
from experiments.learning_from_data.codes import networks
from experiments.learning_from_data.codes.config import CUT, Config, check
from experiments.learning_from_data.codes.networks import ENCODER_READINGS, OWN, SETTINGS, SOLVED
from nnjax.training import STOPPED

TO_THE_END = "as published, to the end"


def run(config: Config) -> xr.Dataset:
    """Sweeps of every symmetry network [setting, seed] and epochs of every encoder [reading, encoder_seed], +inf where
    it did not solve its task; weights and codes of some of them.
    """
    check(config)
    settings = [name for name in SETTINGS if name in OWN or config.reading_seeds]
    readings = [name for name in ENCODER_READINGS if name == next(iter(ENCODER_READINGS)) or config.reading_seeds]
    sweeps = np.full((len(settings), config.seeds), np.nan, np.float32)
    for i, name in enumerate(bar := tqdm(settings, unit=" settings", disable=None)):
        bar.set_description(name)
        seeds = config.seeds if name in OWN else min(config.seeds, config.reading_seeds)
        sweeps[i, :seeds] = _sweeps(name, seeds, config)
    encoders = [_encoders(name, name, config) for name in readings]
    if config.reading_seeds:
        encoders.append(_encoders(readings[0], TO_THE_END, config))
    data = xr.Dataset(
        {"sweeps": (("setting", "seed"), sweeps)},
        coords={"setting": settings},
    )
    parts = [data, _at_the_cut(config), xr.concat(encoders, "reading", join="outer"), _drawn_codes(config)]
    return xr.merge(parts).assign_attrs(sweeps=config.sweeps, epochs=config.epochs)


def _sweeps(name: str, seeds: int, config: Config) -> np.ndarray:
    """Sweeps after which each network first had every row right, +inf where it never had."""
    runs = nnjax.sweep(
        **networks.symmetry_settings(**SETTINGS[name]),
        seeds=seeds,
        num_steps=config.sweeps,
        record_every=config.record_every,
        measure={"worst_error": networks.worst_error},
        early_stop=SOLVED,
    )
    return np.where(runs.status == STOPPED, runs.steps, np.inf)


def _at_the_cut(config: Config) -> xr.Dataset:
    """The weight ratios of the networks of the first source after CUT sweeps; the hidden weights of two of them."""
    settings = networks.symmetry_settings(**SETTINGS[OWN[0]])
    data = settings.pop("data")
    runs = nnjax.sweep(
        data,
        **settings,
        seeds=config.seeds,
        num_steps=CUT,
        record_every=CUT,
        measure={"pattern": networks.pattern, "worst_error": networks.worst_error},
    )
    last = runs.isel(step=-1)
    found = last.pattern.values
    ready = (last.worst_error <= SOLVED[1]).values
    kinds = {"solved": ready & networks.is_pattern(found), "stuck": ~ready}
    drawn = [_weights(runs, data, name, kind) for name, kind in kinds.items() if kind.any()]
    part = xr.Dataset(
        {
            "ratios": (("seed", "ratio"), found[:, :2].astype(np.float32)),
            "uneven": ("seed", found[:, 2].astype(np.float32)),
            "right": ("seed", last.accuracy.values.astype(np.float32)),
        },
        coords={"ratio": ["second to first", "third to second"]},
    )
    return xr.merge([part, xr.concat(drawn, "network")])


def _weights(runs: xr.Dataset, data: nnjax.tasks.Data, name: str, kind: np.ndarray) -> xr.Dataset:
    """The hidden weights and the hidden activations of the first network of a kind, trained once more."""
    seed = int(runs.seed[np.argmax(kind)])
    params = nnjax.refit(runs, data, seed=seed).params
    return xr.Dataset(
        {
            "drawn_seed": seed,
            "weights": (("input", "neuron"), np.asarray(params[0].w)),
            "hidden": (("row", "neuron"), np.asarray(networks.hidden(params, data))),
        },
        coords={"network": name},
    ).assign(target=("row", data.y[:, 0]))


def _encoder_sweep(reading: str, config: Config, **more: Any) -> xr.Dataset:
    measure = {"codes": networks.num_codes, "unsolved": networks.unsolved}
    return nnjax.sweep(
        **networks.encoder_settings(**ENCODER_READINGS[reading]),
        num_steps=config.epochs,
        record_every=config.record_every,
        measure=measure,
        **more,
    )


def _encoders(reading: str, name: str, config: Config) -> xr.Dataset:
    """Epochs until each encoder was done, its numbers of codes then and at the start, the share of rows it returns."""
    seeds = config.seeds if name == next(iter(ENCODER_READINGS)) else min(config.seeds, config.reading_seeds)
    stop = {} if name == TO_THE_END else {"early_stop": ("unsolved", 0.0)}
    runs = _encoder_sweep(reading, config, seeds=seeds, **stop)
    done = (runs.unsolved == 0).isel(step=-1)
    return xr.Dataset(
        {
            "epochs": ("encoder_seed", np.where(done, runs.steps, np.inf).astype(np.float32)),
            "num_codes": ("encoder_seed", runs.codes.isel(step=-1).values.astype(np.float32)),
            "first_codes": ("encoder_seed", runs.codes.isel(step=0).values.astype(np.float32)),
            "returned": ("encoder_seed", runs.accuracy.values.astype(np.float32)),
        },
        coords={"encoder_seed": range(seeds), "reading": name},
    )


def _drawn_codes(config: Config) -> xr.Dataset:
    """Hidden activations through training of the first encoder that is done and the first that is not."""
    settings = networks.encoder_settings(**ENCODER_READINGS["as published"])
    data = settings.pop("data")
    looks = max(config.record_every, config.epochs // 200)
    runs = nnjax.sweep(
        data,
        **settings,
        seeds=32,
        num_steps=config.epochs,
        record_every=looks,
        measure={"image": networks.hidden, "unsolved": networks.unsolved},
        early_stop=("unsolved", 0.0),
    )
    done = (runs.unsolved.isel(step=-1) == 0).values
    kinds = {"eight codes": done, "fewer": ~done}
    drawn = [
        xr.Dataset(
            {"code": (("look", "code_row", "bit"), runs.image.values[np.argmax(kind)].astype(np.float32))},
            coords={"encoder": name, "look": runs.step.values},
        ).assign(encoder_drawn=int(np.argmax(kind)))
        for name, kind in kinds.items()
        if kind.any()
    ]
    return xr.concat(drawn, "encoder")
