"""The cache of compiled programs."""

import os
import subprocess
import sys
from pathlib import Path

from experiments.lab import claims

REPOSITORY = claims.ROOT.parent
CACHED = """
import warnings
warnings.simplefilter("error")
from experiments.lab import work
work.use_compilation_cache()
import jax
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
jax.jit(lambda x: x * 3 + 1)(2.0).block_until_ready()
print(sum(event == "/jax/compilation_cache/cache_hits" for event in hits))
"""


def compile_once(cache: Path) -> int:
    environment = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", CACHED]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return int(done.stdout)


def test_a_second_process_finds_the_compiled_programs(tmp_path: Path):
    assert compile_once(tmp_path) == 0
    assert compile_once(tmp_path) >= 1
    assert list((tmp_path / "nnjax" / "xla").iterdir())


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path):
    (tmp_path / "file").touch()
    assert compile_once(tmp_path / "file") == 0
