"""With what a result was computed: versions, commit, processor, devices. No name of a machine."""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from nnjax.engine import execution, programs

PACKAGES = ("nnjax", "jax", "jaxlib", "optax", "numpy", "xarray")
_HOME = Path(__file__).resolve().parents[1]


def provenance(dtype: str) -> dict[str, Any]:
    """Everything that goes with a result; what decides its bits is under "numerics"."""
    devices = jax.local_devices() if programs.platform() == jax.default_backend() else jax.devices(programs.platform())
    return {
        "numerics": numerics(),
        "versions": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "backend": devices[0].platform,
        "device": devices[0].device_kind,
        "num_devices": len(devices),
        "dtype": dtype,
        "matmul_precision": matmul_precision(),
        **dict(zip(("commit", "dirty"), commit(_HOME.parent), strict=True)),
    }


def numerics() -> dict[str, Any]:
    """What decides the bits of a result beside its settings. Two runs that differ in it are not to be mixed."""
    device = jax.devices(programs.platform())[0]
    return {
        **{name: version(name) for name in ("jax", "jaxlib", "optax")},
        "nnjax_source": source(),
        "device": f"{device.platform} {device.device_kind}",
        "processor": processor(),
        "matmul_precision": matmul_precision(),
        "threefry_partitionable": bool(jax.config.jax_threefry_partitionable),
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
    }


def matmul_precision() -> str:
    """The precision of matrix products: JAX's own default where the user has set it."""
    return str(jax.config.jax_default_matmul_precision or execution.PRECISION)


@cache
def version(package: str) -> str | None:
    """The installed version of a package, None where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@cache
def source() -> str:
    """A hash of the library's own source: a version number tells nothing while it is being worked on."""
    digest = hashlib.sha256()
    for path in sorted(_HOME.rglob("*.py")):
        digest.update(path.relative_to(_HOME).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def commit(root: Path) -> tuple[str | None, bool | None]:
    """The commit of the repository `root`, and whether its code differs from it; None where it is none.

    Results are not code: an earlier run changes them.
    """
    code = ("nnjax", "experiments", "pyproject.toml", "constraints.txt")
    try:
        if Path(_output(["git", "rev-parse", "--show-toplevel"], root)) != Path(root).resolve():
            return None, None
        changed = _output(["git", "status", "--porcelain", "--", *code], root)
        return _output(["git", "rev-parse", "HEAD"], root), bool(changed)
    except (OSError, subprocess.SubprocessError):
        return None, None


@cache
def processor() -> str:
    """The processor's name as its maker gives it, or the architecture where the system does not tell."""
    return _cpuinfo("model name", "machdep.cpu.brand_string")


@cache
def instruction_sets() -> str:
    """What the processor understands, such as avx512f: a name like "AMD EPYC" stands for many."""
    return _cpuinfo("flags|Features", "machdep.cpu.features")


def _cpuinfo(field: str, sysctl: str) -> str:
    try:
        if sys.platform == "darwin":
            return _output(["sysctl", "-n", sysctl])
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        return re.findall(rf"(?m)^(?:{field})\s*:\s*(.+?)\s*$", text)[0]
    except (OSError, IndexError, subprocess.SubprocessError):
        return platform.machine()


def _output(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()


def differences(recorded: dict[str, Any]) -> list[str]:
    """What of `numerics` is not here as it was recorded, a line each."""
    here = json.loads(json.dumps(numerics()))
    names = dict.fromkeys((*recorded, *here))
    return [
        f"{name}: {recorded.get(name)!r} there, {here.get(name)!r} here"
        for name in names
        if recorded.get(name) != here.get(name)
    ]
