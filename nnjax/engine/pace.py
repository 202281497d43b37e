"""How fast this machine is: what tells a plan's expected seconds, which the rules of `cost` give for another machine.

Plans are chosen by the rules alone, so that they are the same everywhere. Only times that are shown follow the machine.
"""

import contextlib
import json
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import numpy as np

from nnjax import machine, training
from nnjax.engine import cost, padding, programs
from nnjax.tasks import Data

# One network for each layout, trained on ROWS rows in a block of LANES for about MEASURED seconds; and the seconds to
# trace and lower its program where programs compile in the seconds that the rules expect.
REFERENCES = {"lanes": training.Spec((1, 8, 8, 1), layout="lanes"), "matrices": training.Spec((1, 32, 32, 1))}
LOWERING = {"lanes": 0.14, "matrices": 0.10}
ROWS, LANES, MEASURED, ROUNDS = 64, 32, 0.1, 5


class Pace(NamedTuple):
    """Seconds on this machine for each second that the rules expect, to compile and to train."""

    compiling: float = 1.0
    training: float = 1.0


def of_machine(layout: str) -> Pace:
    """The pace of this machine in a layout: measured once in about a second, and kept beside the compiled programs
    where JAX keeps these. It is 1 on other devices than a CPU, for which the rules are not measured.
    """
    return _kept(layout, str(jax.config.jax_compilation_cache_dir or "")) if machine.platform() == "cpu" else Pace()


@cache
def _kept(layout: str, folder: str) -> Pace:
    of = [jax.__version__, LOWERING[layout], _expected(layout)]
    file, read = Path(folder) / f"nnjax_pace_{layout}.json", {}
    with contextlib.suppress(OSError, ValueError):  # it is not there, or damaged
        read = json.loads(file.read_text(encoding="utf-8")) if folder else {}
    if isinstance(read, dict) and read.get("of") == of:
        return Pace(read["compiling"], read["training"])
    found = measured(layout)
    if folder:
        with contextlib.suppress(OSError):  # such as a folder that may only be read
            file.write_text(json.dumps({"of": of, **found._asdict()}), encoding="utf-8")
    return found


def _expected(layout: str) -> float:
    """Expected seconds for a step of a block of the reference."""
    return LANES * cost.seconds_per_step(REFERENCES[layout], ROWS)


def measured(layout: str) -> Pace:
    """The pace of this machine, measured now."""
    functions = programs.functions(REFERENCES[layout], True, machine.compiler_options())
    x = np.linspace(-1, 1, ROWS, dtype=np.float32)[:, None]
    data, hyper, seeds = Data(x, x), {"learning_rate": np.full(LANES, 1e-3, np.float32)}, np.arange(LANES)
    start, advance = np.int32(0), cast("Any", functions.advance)
    with machine.precision("float32"):
        state = functions.begin(seeds.astype(np.uint32), functions.draw(seeds, {}, None), hyper, data)
        before = time.perf_counter()
        advance.lower(state, hyper, data, padding.UNPADDED, start, np.array([0, 1], np.int32))
        lowering = time.perf_counter() - before

        def seconds(num_steps: int) -> float:
            nonlocal state
            before = time.perf_counter()
            intervals = np.array([0, num_steps], np.int32)
            state, _ = advance(state, hyper, data, padding.UNPADDED, start, intervals)
            jax.block_until_ready(state)
            return time.perf_counter() - before

        seconds(1)  # compiles
        steps = max(int(MEASURED / ROUNDS / _expected(layout)), 10)
        seconds(steps)  # the first one takes longer
        each = min(seconds(steps) - seconds(0) for _ in range(ROUNDS)) / steps
    return Pace(lowering / LOWERING[layout], each / _expected(layout))
