"""The run of `speech`: every cell is tuned and trained, as many at a time as there are cores."""

import hashlib
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import code, parts
from experiments.wide_versus_deep.speech import examples, networks, summary, trainings
from experiments.wide_versus_deep.speech.config import PARTS, Cell, Config, cells, check
from experiments.wide_versus_deep.speech.corpus.features import BANDS
from experiments.wide_versus_deep.speech.examples import CHOOSING, SHOWN, Examples
from experiments.wide_versus_deep.speech.trainings import Places
from nnjax import hooks, machine, mlp


def run(config: Config) -> xr.Dataset:
    """Shares of wrong frames [run, voice], what was tried in tuning [trial], and one test utterance."""
    check(config)
    decides = {"code": _code(), "config": _speech(config)}
    every, data = cells(config), examples.made(config)
    places = Places(parts.of_this_run().decided_by(**decides), _under_way(decides))
    done, lock = [0], threading.Lock()

    def one(cell: Cell) -> tuple[list[dict], list[dict]]:
        found = networks.train(cell, data[cell.network.classes], config, places)
        with lock:
            done[0] += 1
            print(_told(cell, found[0][0], f"{done[0]} of {len(every)}"), file=sys.stderr, flush=True)
        return found

    with ThreadPoolExecutor(machine.num_workers()) as pool:
        waiting = [pool.submit(one, cell) for cell in every]
        try:
            found_by_cell = [future.result() for future in waiting]
        finally:
            pool.shutdown(cancel_futures=True)
    runs, trials = ([row for one in found_by_cell for row in one[side]] for side in (0, 1))
    found = _runs(runs) | {f"tried_{name}": ("trial", [row[name] for row in trials]) for name in trials[0]}
    found |= _sizes(every, data, config) | _utterance(data[PARTS], config)
    spent = sum(float(row["seconds"]) for row in (*runs, *trials)) / machine.num_workers()
    attrs = _attributes([len(one.classes) for one in data.values()], len(data[PARTS].train.answer), config)
    return xr.Dataset(found, {"voice": examples.PERSONS}, attrs | {"seconds": {"trainings": round(spent)}})


def _attributes(num_classes: list[int], num_frames: int, config: Config) -> dict[str, Any]:
    """What verdicts and figures need to know of the settings."""
    names = ("batch_size", "hours", "fewer_hours", "deep", "neurons", "layers", "sigmoid_layers", "primary_frames",
             "ladder_frames", "wide_frames", "sigmoid_frames")  # fmt: skip
    found = {name: getattr(config, name) for name in names}
    found = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
    half = summary.expected_half_width(config)
    more = {"num_classes": num_classes, "num_frames": num_frames, "development_voices": CHOOSING}
    return found | more | {"expected_half_width": half}


def _under_way(decides: Mapping[str, Any]) -> Path | None:
    """Where trainings under way are written down; with other code of what trains, or other speech, they begin anew."""
    place = hooks.next_store()
    if place is None:
        return None
    return place.with_name(f"trainings-{hashlib.sha256(repr(decides).encode()).hexdigest()[:12]}")


def _code() -> dict[str, str]:
    """Hashes of the code that decides what a training finds: that of tuning is not among it."""
    return {"nnjax": code.library(), "trainings": code.of_modules(trainings, examples)}


def _speech(config: Config) -> dict[str, Any]:
    """What decides the speech. The other settings that decide a training are in its Job."""
    names = ("hours", "least_frames", "voice_frames", "seed")
    return {name: getattr(config, name) for name in names} | {"made by": examples.makers()}


def _told(cell: Cell, row: dict, how_many: str) -> str:
    """What is said of a cell that has ended."""
    error = 100 * float(row["wrong"][CHOOSING:].mean())
    return (
        f"{cell.network.name}, {cell.frames:,} frames, tuning {cell.tuning + 1}: rate {row['learning_rate']:.2g}, "
        f"{error:.1f} % wrong ({how_many})"
    )


def _runs(rows: list[dict]) -> dict[str, Any]:
    """The reported trainings, with what each found."""
    single = ("network", "frames", "hours", "tuning", "seed", "learning_rate", "weight_decay", "rate_at_end",
              "decay_at_end", "seconds")  # fmt: skip
    found: dict[str, Any] = {name: ("run", np.array([row[name] for row in rows])) for name in single}
    for name, dim, kind in (("wrong", "voice", "float32"), ("said", "shown", "int16"), ("loss", "moment", "float32")):
        found[name] = (("run", dim), np.stack([row[name] for row in rows]).astype(kind))
    found["seconds"] = ("run", found["seconds"][1].astype("float32"))
    return found


def _sizes(every: list[Cell], data: dict[str, Examples], config: Config) -> dict[str, Any]:
    """Width and number of parameters of each network."""
    found = {}
    for network in dict.fromkeys(cell.network for cell in every):
        one = data[network.classes]
        ends = examples.windows(one.train, np.zeros(1, int)).shape[1], len(one.classes)
        layers = networks.hidden(network, config, ends)
        found[network.name] = layers[0], mlp.num_params((ends[0], *layers, ends[1]))
    widths, params = zip(*found.values(), strict=True)
    return {"of": ("of", list(found)), "width": ("of", list(widths)), "num_params": ("of", list(params))}


def _utterance(data: Examples, config: Config) -> dict[str, Any]:
    """Log-mel bands [shown, band] of two seconds, the right classes [shown], and the names of all classes."""
    first = CHOOSING * config.voice_frames
    names = [name if name == "_" else f"{name} {'123'[part]}" for name, part, _ in data.classes]
    shown = slice(first, first + SHOWN)
    return {
        "shown_bands": (("shown", "band"), np.asarray(data.tested.bands[shown], "float32")[:, :BANDS]),
        "shown_class": ("shown", np.asarray(data.tested.answer[shown], "int16")),
        "class_name": ("class", names),
    }
