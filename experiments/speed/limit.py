"""What the hardware allows: a program in C++ for one shape (`limit.cpp`), and large products at its peak.

Where there is a C++ compiler, the program is compiled for this machine's processor. It can do nothing but this one
training: it shows how far the engine is from the best that the processor can do, and is no tool to use instead.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import nnjax
from experiments.speed.plain import Call, Problem

SOURCE = Path(__file__).with_name("limit.cpp")
# The parts of -ffast-math, one by one: a library that is linked with -ffast-math itself switches subnormal numbers off
# in the whole process that loads it.
FAST = (
    "associative-math",
    "reciprocal-math",
    "finite-math-only",
    "no-signed-zeros",
    "no-trapping-math",
    "no-math-errno",
)
OPTIONS = ("-O3", "-march=native", *(f"-f{name}" for name in FAST), "-shared", "-fPIC", "-pthread")


def compiler() -> str | None:
    """The C++ compiler of this machine, None where there is none."""
    return next((found for name in ("g++", "c++", "clang++") if (found := shutil.which(name))), None)


def cpp(problem: Problem, networks: int, steps: int) -> Call:
    """The program for a single hidden layer on XOR, on as many threads as the engine has workers.

    Raises:
        ValueError: for another problem than `plain.xor` of one hidden layer.
    """
    if len(problem.sizes) != 3 or problem.loss != "sigmoid_binary_cross_entropy" or problem.activation != "tanh":
        raise ValueError(f"{problem.name}: the program in C++ trains 2-H-1 on XOR alone")
    vectors = ("-mprefer-vector-width=512",) if "avx512f" in nnjax.machine.instruction_sets() else ()
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "limit.so"
        command = [str(compiler()), *OPTIONS, f"-DHIDDEN={problem.sizes[1]}", str(SOURCE), "-o", str(library)]
        try:
            subprocess.run([*command[:1], *vectors, *command[1:]], check=True, capture_output=True)
        except subprocess.CalledProcessError:  # a compiler that does not know the width of vectors
            subprocess.run(command, check=True, capture_output=True)
        train = ctypes.CDLL(str(library)).train
    train.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_float, ctypes.POINTER(ctypes.c_float)]
    train.restype = None

    def call() -> np.ndarray:
        losses = np.empty(networks, np.float32)
        address = losses.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        train(networks, steps, nnjax.machine.num_workers(), problem.learning_rate, address)
        return losses

    return call


def product(size: int) -> Call:
    """The product of two square matrices of float32, in full precision also on devices that would reduce it.

    Large ones compute at the peak of this machine.
    """
    a = jnp.asarray(np.random.default_rng(0).normal(size=(size, size)), jnp.float32)
    matmul = jax.jit(lambda a: jnp.matmul(a, a, precision="highest"))
    return lambda: matmul(a).block_until_ready()
