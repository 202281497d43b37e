"""A process of its own that runs a sweep and notes down what it does. `sessions.py` starts it, and may kill it."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import nnjax
from experiments.lab.processes import note
from experiments.survival.shared import sweeps

# The note for each kind of event.
NOTES = {
    "create": "create",
    "created": "create done",
    "grow": "grow",
    "grown": "grow done",
    "train": "train",
    "write": "write",
    "written": "written",
}


def main(arguments: dict[str, Any]) -> None:
    """Run the sweep that is described in JSON."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore Ctrl-C
    trace, more = Path(arguments["trace"]), arguments["more"]
    given = arguments["given"] | {"hidden": [tuple(sizes) for sizes in arguments["given"]["hidden"]]}
    if more.get("shard"):
        more |= {"shard": tuple(more["shard"])}

    def noted(event: nnjax.hooks.Event) -> None:
        """Note every block that is begun or written, and the making or extension of the store."""
        if event.kind in NOTES:
            note(trace, NOTES[event.kind], **({"block": list(event.job)} if event.job else {}))

    with nnjax.hooks.listening(noted):
        note(trace, "sweep")
        sweeps.sweep(Path(arguments["store"]), given, arguments["networks"], **more)
    note(trace, "finished")


if __name__ == "__main__":  # the process that `sessions.py` starts
    main(json.loads(sys.argv[1]))
