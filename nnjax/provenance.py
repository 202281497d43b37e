"""What a result was computed with: versions, commit, processor, devices. The name of the machine is not recorded."""

import ast
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import tokenize
from functools import cache
from importlib import metadata
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, NamedTuple

import jax

from nnjax import machine

PACKAGES = ("nnjax", "jax", "jaxlib", "optax", "numpy", "xarray")
# Settings of JAX that need not be recorded. They say what is logged, checked or refused, and where programs are cached
# or come from, which changes no number; or a sweep sets them itself (64 bits), or they are recorded elsewhere (device,
# precision of products). All others are recorded, including those that are not known here.
HARMLESS = re.compile(
    r"jax_(?:log_\w+|logging_level|debug_log_modules|explain_cache_misses|compiler_detailed_logging_min_ops|dump_ir_\w+"
    r"|include_\w+|pprint_use_color|traceback_\w+|tracer_error_\w+|send_traceback_to_runtime|source_url_schema"
    r"|hlo_source_file_canonicalization_regex|captured_constants_\w+|distributed_debug|pallas_verbose_errors"
    r"|compilation_cache_\w+|enable_compilation_cache|persistent_cache_\w+|raise_persistent_cache_errors"
    r"|numpy_rank_promotion|check_tracer_leaks|enable_checks|transfer_guard\w*|array_garbage_collection_guard|thread_guard"
    r"|debug_nans|debug_infs|debug_leaked_clients_on_clear_backends|debug_key_reuse|legacy_prng_key|check_proxy_envs"
    r"|platforms|platform_name|num_cpu_devices|\w+_visible_devices|mtls_\w+|cpu_get_\w+_timeout_minutes|cross_host_\w+"
    r"|enable_x64|default_device|default_matmul_precision)"
)
# Environment variables that change numbers: those of XLA, its TPU library, NVIDIA's libraries and OpenBLAS.
ENVIRONMENT = ("XLA_FLAGS", "LIBTPU_INIT_ARGS", "NVIDIA_TF32_OVERRIDE", "OPENBLAS_CORETYPE")
_HOME = Path(__file__).resolve().parent
# What a sweep imports, from here on, decides its numbers, but for these modules and those inside them. A sweep compares
# the data themselves with those in its store, whose files have a format with a number of its own.
SWEEP = "nnjax.engine.sweep"
NO_NUMBERS = (
    "nnjax.hooks",
    "nnjax.provenance",
    "nnjax.tasks",
    "nnjax.typing",
    "nnjax.engine.progress",
    "nnjax.engine.store",
)


def provenance(dtype: str) -> dict[str, Any]:
    """Everything that is recorded with a result; "numerics" holds what decides its bits."""
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
    """What decides the bits of a result besides its settings. A store must not mix runs that differ in it."""
    device = jax.devices(machine.platform())[0]
    return {
        **{name: version(name) for name in ("jax", "jaxlib", "optax", "scipy")},  # SciPy brings LAPACK
        "nnjax_source": source(),
        "device": f"{device.platform} {device.device_kind}",
        "processor": machine.processor(),
        "vector_instructions": _vector_instructions(),
        "matmul_precision": machine.matmul_precision(),
        **{name: _from_environment(name) for name in ENVIRONMENT},
        "jax_settings": _jax_settings(),
    }


def _vector_instructions() -> str:
    """The vector instruction sets that XLA may use here; a name such as "AMD EPYC" stands for many processors."""
    return " ".join(
        sorted(set(re.findall(r"\b(?:avx|sse|ssse|fma|f16c|amx|asimd|sve)\w*", machine.instruction_sets())))
    )


def _jax_settings() -> dict[str, Any]:
    """All settings of JAX except the harmless ones, as JSON can hold them (JAX does not tell which were changed)."""
    plain = (bool, int, float, str, type(None))
    return {
        name: value if isinstance(value, plain) else str(value)
        for name, value in sorted(jax.config.values.items())
        if not HARMLESS.fullmatch(name)
    }


def _from_environment(name: str) -> str:
    """The value of an environment variable; if XLA reads it as the name of a file of flags, also a hash of the file."""
    value = os.environ.get(name, "")
    if name != "XLA_FLAGS" or not value.strip() or value.lstrip().startswith("-"):
        return value
    try:
        return f"{value} (sha256 {hashlib.sha256(Path(value).read_bytes()).hexdigest()[:16]})"
    except OSError as error:
        return f"{value} ({os.strerror(error.errno or 0)})"


def differences(recorded: dict[str, Any]) -> list[str]:
    """One line for each part of `numerics` that differs between the record and this process."""
    recorded, here = (
        {**given, **given.get("jax_settings", {})} for given in (recorded, json.loads(json.dumps(numerics())))
    )
    names = [name for name in dict.fromkeys((*recorded, *here)) if name != "jax_settings"]
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
    """The commit of the repository `root`, and whether its code has uncommitted changes; (None, None) if it is not one.

    Results do not count as code, because runs change them.
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
def source(modules: frozenset[str] | None = None) -> str:
    """A hash of the code of these modules, by default of those that decide the numbers of a sweep.

    It leaves out comments, docstrings and layout. (A version would not do, because two commits may share one. The hash
    is the same in a checkout and where installed.)
    """
    digest = hashlib.sha256()
    for name in sorted(closure() if modules is None else modules):
        digest.update(name.encode() + b"\0" + code_of(MODULES[name].text).encode() + b"\0")
    return digest.hexdigest()[:16]


@cache
def closure() -> frozenset[str]:
    """The modules that decide the numbers of a sweep: `SWEEP`, what it imports, what those import, and so on.

    Imports inside functions count too. The modules in `NO_NUMBERS` are left out and not followed.
    """
    waiting, found = [SWEEP], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found and not any(f"{name}.".startswith(f"{one}.") for one in NO_NUMBERS):
            found.add(name)
            waiting += _imported(MODULES[name])
    return frozenset(found)


def _imported(module: "Module") -> set[str]:
    """The names of the modules of nnjax that a module imports anywhere, without the packages that hold them."""
    found = set()
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), module.package)
            places = {f"{base}.{alias.name}" for alias in node.names}
            found |= {place if place in MODULES else base for place in places}
    return found & MODULES.keys()


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


class Module(NamedTuple):
    """The source text of a module, and the package that it is in; the `__init__` of a package is in this package."""

    text: str
    package: str


def _modules() -> dict[str, Module]:
    found = {}
    for path in _HOME.rglob("*.py"):
        *package, last = ("nnjax", *path.relative_to(_HOME).with_suffix("").parts)
        name = ".".join(package if last == "__init__" else (*package, last))
        found[name] = Module(path.read_text(encoding="utf-8"), ".".join(package))
    return found


# All modules of nnjax by name, read when it is imported: a file that is edited later is not the code that runs.
MODULES = _modules()
