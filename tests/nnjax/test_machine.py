"""This machine: one worker for each device that is no CPU, and the numbers of a sweep outside of one."""

import jax
import jax.numpy as jnp
import numpy as np

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
