"""With what a result was computed: versions, commit, processor, devices. The name of the machine is not recorded."""

import hashlib
import io
import json
import os
import platform
import subprocess
import tokenize
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from nnjax import machine

PACKAGES = ("nnjax", "jax", "jaxlib", "optax", "numpy", "xarray")
_HOME = Path(__file__).resolve().parent
# Modules that decide no number of a sweep; all others do, or may where a user's measure calls them.
NO_NUMBERS = ("hooks", "provenance", "tuning", "typing", "engine/progress", "engine/refit")


def provenance(dtype: str) -> dict[str, Any]:
    """Everything that is recorded beside a result; what decides its bits is under "numerics"."""
    default = machine.platform() == jax.default_backend()
    devices = jax.local_devices() if default else jax.devices(machine.platform())
    return {
        "numerics": numerics(),
        "versions": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "backend": devices[0].platform,
        "device": devices[0].device_kind,
        "num_devices": len(devices),
        "dtype": dtype,
        "matmul_precision": machine.matmul_precision(),
        **dict(zip(("commit", "dirty"), commit(_HOME.parent), strict=True)),
    }


def numerics() -> dict[str, Any]:
    """What decides the bits of a result beside its settings. Runs that differ in it must not be mixed in a store."""
    device = jax.devices(machine.platform())[0]
    return {
        **{name: version(name) for name in ("jax", "jaxlib", "optax")},
        "nnjax_source": source(),
        "device": f"{device.platform} {device.device_kind}",
        "processor": machine.processor(),
        "matmul_precision": machine.matmul_precision(),
        "threefry_partitionable": bool(jax.config.jax_threefry_partitionable),
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
    }


def differences(recorded: dict[str, Any]) -> list[str]:
    """A line for each part of `numerics` that is not here as it was recorded."""
    here = json.loads(json.dumps(numerics()))
    names = dict.fromkeys((*recorded, *here))
    return [
        f"{name}: {recorded.get(name)!r} there, {here.get(name)!r} here"
        for name in names
        if recorded.get(name) != here.get(name)
    ]


@cache
def version(package: str) -> str | None:
    """The installed version of a package; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@cache
def commit(root: Path) -> tuple[str | None, bool | None]:
    """The commit of the repository `root`, and whether its code differs from it; (None, None) if it is no repository.

    Results are not code: an earlier run changes them.
    """
    code = ("nnjax", "experiments", "pyproject.toml", "constraints.txt")
    try:
        if Path(_git(root, "rev-parse", "--show-toplevel")) != Path(root).resolve():
            return None, None
        changed = _git(root, "status", "--porcelain", "--", *code)
        return _git(root, "rev-parse", "HEAD"), bool(changed)
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()


@cache
def source() -> str:
    """What identifies the code that decides numbers: a hash that does not change with an edit that changes no number.

    It leaves out comments, docstrings, layout, and the modules in NO_NUMBERS. (A version would not do: two commits may
    have one version, and one code is the same in a checkout and where it is installed.)
    """
    digest = hashlib.sha256()
    for name, text in sorted(_TEXTS.items()):
        if not any(name == f"{one}.py" or name.startswith(f"{one}/") for one in NO_NUMBERS):
            digest.update(name.encode() + b"\0" + code_of(text).encode() + b"\0")
    return digest.hexdigest()[:16]


def code_of(text: str) -> str:
    """Python source as its tokens, one per line, without comments, docstrings, blank lines and layout."""
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in skipped]
    starts = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    kept, docstring = [], False
    for i, token in enumerate(tokens):
        if docstring:  # the end of its line
            docstring = False
            continue
        starts_statement = i == 0 or tokens[i - 1].type in starts
        # A string that is a statement of its own is a docstring.
        docstring = token.type == tokenize.STRING and starts_statement and tokens[i + 1].type == tokenize.NEWLINE
        if not docstring:
            # How deep an indent is and how a line ends is layout; that there is one is not.
            kept.append(f"{tokenize.tok_name[token.type]} {'' if token.type in starts else token.string}")
    return "\n".join(kept)


def _texts() -> dict[str, str]:
    return {path.relative_to(_HOME).as_posix(): path.read_text(encoding="utf-8") for path in _HOME.rglob("*.py")}


# Read when nnjax is imported: a file that is edited later is not the code that runs.
_TEXTS = _texts()
