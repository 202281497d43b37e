"""A process of its own that runs a sweep and notes down what it does. `sessions.py` starts it, and may kill it."""

import contextlib
import functools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from experiments.lab.processes import note
from experiments.survival.shared import sweeps
from nnjax.engine import gathering
from nnjax.engine.store import book, disk


def main(arguments: dict[str, Any]) -> None:
    """Run the sweep that is described in JSON."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore Ctrl-C
    trace, more = Path(arguments["trace"]), arguments["more"]
    given = arguments["given"] | {"hidden": [tuple(sizes) for sizes in arguments["given"]["hidden"]]}
    if more.get("shard"):
        more |= {"shard": tuple(more["shard"])}
    with noted(trace):
        note(trace, "sweep")
        sweeps.sweep(Path(arguments["store"]), given, arguments["networks"], **more)
    note(trace, "finished")


@contextlib.contextmanager
def noted(trace: Path) -> Iterator[None]:
    """Inside, every block that is begun or written is noted, and every step that makes a store or extends it."""
    settle, train, write = disk.settle, gathering.train_wave, book.Book.write

    def train_noted(*given: Any) -> Any:
        note(trace, "train", block=_block(given[5]))
        return train(*given)

    def write_noted(self: book.Book, wave: Any, *found: Any) -> None:
        note(trace, "write", block=_block(wave))
        write(self, wave, *found)
        note(trace, "written", block=_block(wave))

    def settle_noted(path: Path) -> None:
        if path.with_name(f"{path.name}.{disk.NEXT}").exists():  # otherwise nothing had been interrupted
            _around(trace, "grow", settle, path)

    with (
        mock.patch.object(disk, "create", functools.partial(_around, trace, "create", disk.create)),
        mock.patch.object(disk, "grow", functools.partial(_around, trace, "grow", disk.grow)),
        mock.patch.object(disk, "settle", settle_noted),
        mock.patch.object(gathering, "train_wave", train_noted),
        mock.patch.object(book.Book, "write", write_noted),
    ):
        yield


def _around(trace: Path, what: str, function: Callable, *given: Any) -> None:
    note(trace, what)
    function(*given)
    note(trace, f"{what} done")


def _block(wave: Any) -> list[int]:
    """What tells a block from the others of a session: its program, and the first of its networks there."""
    return [wave.program, int(wave.places[0])]


if __name__ == "__main__":  # the process that `sessions.py` starts
    main(json.loads(sys.argv[1]))
