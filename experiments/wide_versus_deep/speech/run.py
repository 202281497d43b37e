"""The run of `speech`: every column is tuned and trained, then what goes beyond the table, then steps are timed."""

from typing import Any

import xarray as xr

from experiments.wide_versus_deep.shared import judging
from experiments.wide_versus_deep.speech import examples, networks, pretraining
from experiments.wide_versus_deep.speech.config import Config, check, columns, pretrains
from experiments.wide_versus_deep.speech.corpus.features import BANDS
from nnjax.tasks import Data


def run(config: Config) -> xr.Dataset:
    """Shares of wrong frames [column, length, network, seed, voice], pretrained, by hours, and one test utterance."""
    check(config)
    rows = examples.rows(config)
    every = columns(config)
    parts = []
    for column in every:
        one = networks.train(rows, column, config)
        if pretrains(column, config):
            one["pretrained"] = pretraining.train(rows, column, one, config).reindex(network=one.network)
        parts.append(one)
    longer = networks.longer(rows, every[0], config)
    hours = networks.by_hours(rows, parts[0], every[0], config)
    # Only now, when every core is idle.
    parts = [
        one.assign(seconds=networks.seconds(rows, column, config)) for one, column in zip(parts, every, strict=True)
    ]
    names = xr.Variable("column", [column.name for column in every])
    data = xr.concat(parts, names, join="outer", data_vars="all")
    data["hours_error"] = hours.rename(seed="hours_seed", network="compared")
    longer = longer.rename(seed="hours_seed", network="longest")
    data = data.assign({f"longer_{name}": values for name, values in longer.items()})
    return data.assign(_utterance(rows, config)).assign_attrs(
        num_classes=rows.y.shape[1],
        num_frames=len(rows.x),
        test_frames=config.voice_frames,
        train_hours=config.hours,
        longer=config.longer,
        growing=config.growing,
        batch_size=config.batch_size,
        edges=judging.ends(config.rates),
        development_voices=examples.CHOOSING,
        matched=list(config.matched),
    )


def _utterance(rows: Data, config: Config) -> dict[str, Any]:
    """Log-mel bands [shown, band] of two seconds, the right classes [shown], and the names of all classes."""
    middle = (rows.x.shape[1] // BANDS) // 2 * BANDS
    bands = examples.shown(rows.x_test)[:, middle : middle + BANDS]
    names = [name if name == "_" else f"{name} {'123'[part]}" for name, part in examples.made(config)[2]]
    return {
        "shown_bands": (("shown", "band"), bands.astype("float32")),
        "shown_class": ("shown", examples.shown(rows.y_test).argmax(axis=1).astype("int16")),
        "class_name": ("class", names),
    }
