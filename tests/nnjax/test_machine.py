"""This machine: one worker for each device that is no CPU, and the numbers of a sweep outside of one."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnjax import machine


def test_every_device_that_is_no_cpu_gets_a_worker(monkeypatch):
    assert machine.devices() == [None] * machine.num_workers()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(jax, "local_devices", lambda: ["gpu 0", "gpu 1"])
    monkeypatch.setattr(jax, "local_device_count", lambda: 2)
    assert machine.devices() == ["gpu 0", "gpu 1"]
    assert machine.devices(3) == ["gpu 0", "gpu 1", "gpu 0"]
    assert machine.compiler_options() == ()


def test_a_default_device_has_the_only_worker():
    device = jax.devices()[0]
    with jax.default_device(device):
        assert machine.platform() == device.platform
        assert set(machine.devices(3)) == {device}


def test_compiler_options_compile():
    options = dict(machine.compiler_options())
    assert machine.OPTIMIZATION_LEVEL in options
    assert jax.jit(lambda x: x + 1, compiler_options=options)(1) == 2


def test_precision_holds_inside_alone():
    before = jax.config.jax_default_matmul_precision
    with machine.precision("float64"):
        assert jnp.zeros(()).dtype == np.float64
        assert jax.config.jax_default_matmul_precision == machine.MATMUL_PRECISION
    with machine.precision("float32", products="default"):
        assert jnp.zeros(()).dtype == np.float32
        assert jax.config.jax_default_matmul_precision == "default"
    assert jax.config.jax_default_matmul_precision == before
    assert not jax.config.jax_enable_x64


def test_the_processor_has_a_name():
    assert machine.processor()
    assert machine.instruction_sets()


KEPT = """
import warnings
warnings.simplefilter("error")
import jax
import nnjax
jax.jit(lambda x: x + 1)(1.0)  # JAX has looked for a cache already
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
place = nnjax.machine.keep_programs({folder!r})
runs = nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), num_steps=3, progress=False)
print(place is not None, sum(event == "/jax/compilation_cache/cache_hits" for event in hits), float(runs.train_loss[0]))
"""


@pytest.mark.slow
def test_another_process_finds_the_compiled_programs(tmp_path):
    def run(folder):
        environment = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
        command = [sys.executable, "-c", KEPT.format(folder=str(folder))]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        kept, hits, loss = done.stdout.split()
        return kept, int(hits), float(loss)

    kept, none, loss = run(tmp_path / "kept")
    assert (kept, none) == ("True", 0)
    kept, hits, again = run(tmp_path / "kept")
    assert hits >= 3
    assert again == loss
    (tmp_path / "file").touch()
    assert run(tmp_path / "file") == ("False", 0, loss)
