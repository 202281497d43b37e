"""The sweep on which faults are tried, small networks on XOR in many small blocks, and what its store holds."""

import os
import shutil
import warnings

import xarray as xr

import nnjax

# What share of all tries is made: `FAULTS_SHARE=0.1 pytest -m faults` makes a tenth.
SHARE = float(os.environ.get("FAULTS_SHARE", "1"))


def number(of_all):
    """How many tries of so many are made, at least one."""
    return max(1, round(SHARE * of_all))


def some(tries):
    """Every n-th of all tries, from the first on."""
    return list(tries)[:: max(1, round(1 / SHARE))]


def settings(blocks, block=512, num_steps=50):
    """A sweep of 2-2-1 and 2-3-1 at four rates, in `blocks` blocks (a multiple of 8) of `block` networks each."""
    return {
        "block": block, "hidden": [(2,), (3,)], "learning_rate": [0.003, 0.01, 0.03, 0.1],
        "seeds": blocks // 8 * block, "num_steps": num_steps, "record_every": num_steps // 5,
        "loss": "sigmoid_binary_cross_entropy", "padding": False,  # one program for each shape
    }  # fmt: skip


def sweep(store, given, **more):
    """Run a sweep in blocks of its size, however short they take. A shard may end before the others do."""
    given = {"progress": False, **given, **more}
    with warnings.catch_warnings(), nnjax.hooks.chunks_of(given.pop("block")):
        warnings.filterwarnings("ignore", "store=.* is not finished", UserWarning)
        return nnjax.sweep(nnjax.tasks.xor(), store=store, **given).load()


def opened(store):
    """The contents of a store, finished or not; all of its chunks are checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return nnjax.open_store(store, verify=True).load()


def foreign(store):
    """The store as xarray opens it without nnjax."""
    return xr.open_zarr(store, consolidated=False)


def assert_same(found, reference):
    """Two results have the same variables, each with the same bits, and the same settings and plan."""
    xr.testing.assert_identical(found.drop_attrs(), reference.drop_attrs())
    assert [found.attrs[name] for name in ("settings", "plan")] == [
        reference.attrs[name] for name in ("settings", "plan")
    ]


def finished(found, reference):
    """How many networks are finished. Each must have the bits of the `reference`, whose grid may be larger."""
    done = found.status != nnjax.training.MISSING
    expected = reference.isel({dim: slice(found.sizes[dim]) for dim in done.dims})
    xr.testing.assert_identical(found.where(done).drop_attrs(), expected.where(done).drop_attrs())
    return int(done.sum())


def chunk_files(store, name):
    """The files of all chunks of a variable, sorted; of a single number, `c` itself is the file."""
    chunks = store / name / "c"
    return [file for file in sorted([chunks, *chunks.rglob("*")]) if file.is_file()]


def contents(folder):
    """Every file below a folder, by its path from there."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def copied(store, to):
    """Copy a store, if there is one, in place of an earlier copy; return the path of the copy."""
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(store, to) if store.exists() else to


def error_of(call):
    """The error in which a call ends, or None."""
    try:
        call()
    except Exception as error:
        return error
