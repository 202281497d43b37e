"""What a store lacks: NaN and not 0, told once, whoever opens it and whatever is written meanwhile."""

import pickle
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax.engine.store import files


def positive(params, data):
    return params[0].w[0, 0] > 0


def pairs(params, data):
    return (params[0].w[:2, 0] * 100).astype(int)


def turned(params, data):
    return params[0].w[0, 0] * 1j


MEASURES = {"positive": positive, "pairs": pairs, "turned": turned}


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """A store in which the first 6 of 16 networks are finished, one of its chunks in part; and the whole result."""
    path = tmp_path_factory.mktemp("made") / "runs.zarr"
    small(path, seeds=6, learning_rate=[0.1], measure=MEASURES)
    small(path, jobs=0, measure=MEASURES)
    return path, small(measure=MEASURES)


@pytest.fixture
def half(made, tmp_path):
    return Path(shutil.copytree(made[0], tmp_path / "runs.zarr"))


@pytest.fixture
def whole(made):
    return made[1]


def opened(path):
    with pytest.warns(UserWarning, match="networks are missing") as told:
        found = nnjax.open_store(path)
    assert len(told) == 1
    return found


def test_what_is_missing_is_nan_in_every_variable(half, whole):
    found = opened(half)
    assert found.attrs["finished"] == "no: 10 of 16 networks are missing"
    there = found.status > 0
    assert there.sum() == 6
    for name in (*MEASURES, "train_loss", "accuracy", "train_curve", "steps"):
        expected = whole[name].where(there.broadcast_like(whole[name]))
        assert found[name].isnull().any()
        np.testing.assert_array_equal(found[name].values.astype(complex), expected.values.astype(complex))
    assert found.status.dtype == whole.status.dtype
    assert found.steps.mean() == 4
    xr.testing.assert_identical(found.num_params, whole.num_params)


def test_the_idiom_of_the_readme_skips_what_is_missing(half, whole):
    found = opened(half)
    solved = (found.accuracy == found.accuracy[0, 0]).where(found.status > 0).mean("seed")
    assert solved[0] == (whole.accuracy == whole.accuracy[0, 0])[0, :6].mean()
    assert np.isnan(solved[1])


def test_any_part_of_it_can_be_chosen(half):
    whole = opened(half).load()
    for index in (
        {"seed": 3},
        {"seed": -1, "learning_rate": 0},
        {"seed": [5, 0, 6, 6], "learning_rate": slice(None, None, -1)},
        {"seed": slice(6, None, -2)},
        {"seed": xr.DataArray([0, 7], dims="point"), "learning_rate": xr.DataArray([1, 0], dims="point")},
        {"seed": slice(0, 0)},
    ):
        xr.testing.assert_identical(opened(half).isel(index).load(), whole.isel(index))
    xr.testing.assert_identical(pickle.loads(pickle.dumps(opened(half))).load(), whole)
    assert opened(half).transpose("step", ...).train_curve.dims == ("step", "learning_rate", "seed")


def test_xarray_alone_is_told_whether_it_is_finished(half, small):
    plain = xr.open_zarr(half, consolidated=False, chunks=None)
    assert plain.attrs["finished"].startswith("no, ")
    assert plain.train_loss.isnull().sum() == plain.accuracy.isnull().sum() == plain.turned[..., 0].isnull().sum() == 10
    assert (plain.status == 0).sum() == 10
    runs = small(half, measure=MEASURES)
    assert runs.attrs["finished"] == "yes"
    assert xr.open_zarr(half, consolidated=False).attrs["finished"] == "yes"
    (half / "status" / "c" / "0" / "0").unlink()
    small(half, jobs=0, measure=MEASURES)
    assert xr.open_zarr(half, consolidated=False).attrs["finished"].startswith("no, ")


def test_a_shard_tells_what_the_others_lack(small, tmp_path):
    with pytest.warns(UserWarning, match="8 of 16 networks are missing") as told:
        runs = small(tmp_path / "a", shard=(0, 2))
    assert len(told) == 1
    assert runs.attrs["finished"].startswith("no: 8 of 16")
    assert runs.steps.isnull().sum() == 8
    xr.testing.assert_identical(small(tmp_path / "a", shard=(1, 2)).load(), small())


def test_a_result_in_memory_is_finished(small):
    assert small().attrs["finished"] == "yes"


def test_a_reader_beside_a_writer_sees_one_moment(half, small):
    before, reader = opened(half).load(), opened(half)
    small(half, measure=MEASURES)
    xr.testing.assert_identical(reader.load(), before)


def test_a_reader_beside_a_writer_that_is_writing_sees_no_blank_that_counts(small, tmp_path, monkeypatch):
    """A block is written while a store is being opened, after the status was read and before."""
    path, write = tmp_path / "runs.zarr", files.write
    small(path, jobs=1)
    seen = []

    def looking(*given, **more):
        write(*given, **more)
        with pytest.warns(UserWarning, match="missing"):
            found = nnjax.open_store(path, verify=True).load()
        finished = found.status > 0
        seen.append(int(finished.sum()))
        assert (found.train_loss.notnull() == finished).all()

    monkeypatch.setattr(files, "write", looking)
    small(path, jobs=2)
    assert seen[-1] > seen[0]


def test_a_reader_beside_a_growing_store_waits_or_reads_the_old(small, tmp_path, monkeypatch):
    path, write = tmp_path / "runs.zarr", files.write
    old = small(path).load()
    lazy = nnjax.open_store(path)
    monkeypatch.setattr(files, "SECONDS_TO_GROW", 0.05)
    seen = []

    def looking(*given, **more):
        write(*given, **more)
        if (path / files.GROWTH).exists():
            with warnings.catch_warnings(action="ignore"):
                try:
                    seen.append(nnjax.open_store(path, verify=True).sizes["seed"])
                except ValueError as error:
                    seen.append(str(error))
            xr.testing.assert_identical(lazy.copy().load(), old)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", looking)
        small(path, seeds=12, jobs=0)
    assert seen[0] == 8
    assert "is being grown, which takes a moment" in seen[1]
    assert seen[2] == 12
    xr.testing.assert_identical(small(path, seeds=12).load(), small(seeds=12))
