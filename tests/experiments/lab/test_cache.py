"""The cache of compiled programs."""

import os
import subprocess
import sys
from pathlib import Path

from experiments.lab import claims

REPOSITORY = claims.ROOT.parent
# That another process finds the programs is tested in tests/nnjax/test_machine.py.
CACHED = """
import os, sys, warnings
warnings.simplefilter("error")
from experiments.lab import runner
import jax
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))

def found(cache):
    os.environ["XDG_CACHE_HOME"] = cache
    runner.use_compilation_cache()
    jax.clear_caches()
    hits.clear()
    jax.jit(lambda x: x * 3 + 1)(2.0).block_until_ready()
    return sum(event == "/jax/compilation_cache/cache_hits" for event in hits)

print(*map(found, sys.argv[1:]))
"""


def test_programs_are_kept_and_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path):
    (tmp_path / "file").touch()
    environment = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    caches = [str(tmp_path / name) for name in ("file", "kept", "kept")]
    command = [sys.executable, "-c", CACHED, *caches]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    unwritable, first, again = map(int, done.stdout.split())
    assert (unwritable, first) == (0, 0)
    assert again >= 1
    assert list((tmp_path / "kept" / "nnjax" / "xla").iterdir())
