"""A separate process that trains ensembles and reports its peak memory; `measure` starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from experiments.lab import claims
from experiments.lab.processes import peak
from experiments.speed.shared import plain


def measure(networks: Sequence[int], steps: int) -> list[tuple[int, int]]:
    """(peak resident bytes, bytes of the result) after each ensemble of 2-2-1, small ones first."""
    command = [sys.executable, "-m", __name__, str(steps), *map(str, sorted(networks))]
    # On a GPU the two processes share its memory.
    environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(command, cwd=claims.ROOT.parent, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the process that measures memory failed: {done.stderr[-2000:]}")
    return [tuple(pair) for pair in json.loads(done.stdout.splitlines()[-1])]


def main(steps: int, networks: Sequence[int]) -> None:
    """Train the ensembles, and print for each what `measure` returns, as JSON."""
    found = []
    for n in networks:
        runs = plain.engine_runs(plain.xor(2), n, steps)
        found.append((peak(), runs.nbytes))
    print(json.dumps(found))


if __name__ == "__main__":  # the process that `measure` starts
    main(int(sys.argv[1]), [int(n) for n in sys.argv[2:]])
