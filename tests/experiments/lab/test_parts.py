"""Parts of a long run: read where they are of this run, made anew where they are not, removed at the end."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from experiments.lab import claims, parts, results
from experiments.lab.parts import Parts
from tests.experiments.toys import SWEEPING, write_claim

STAMP = {"code": {"claim": "1"}, "config": {"seeds": (1, 2)}, "versions": {"jax": "3"},
         "devices": {"backend": "cpu"}, "commit": "4", "processor": "5"}  # fmt: skip
RUN = """
from pathlib import Path
import nnjax
import xarray as xr
from experiments.lab import parts

def run(config):
    kept, folder, found = parts.of_this_run().kept, Path(__file__).parents[1], []

    def make(width):
        with (folder / "made").open("a") as file:
            file.write(f"{width} ")
        runs = nnjax.sweep(nnjax.tasks.xor(), hidden=(width,), seeds=config.seeds, num_steps=5, progress=False)
        if width == 3 and (folder / "fail").exists():
            raise RuntimeError("told to fail")
        return runs[["train_loss"]].squeeze(drop=True).drop_vars("seed").drop_attrs()

    return xr.concat([kept(f"width-{width}", lambda: make(width)) for width in (2, 3)], "width")
"""


@pytest.fixture
def root(empty_root: Path) -> Path:
    """A topic with one toy claim, which has two parts."""
    write_claim(empty_root, "toys.parted", "A toy in parts.", run=RUN, **SWEEPING)
    return empty_root


def a_dataset():
    return xr.Dataset({"y": ("x", np.arange(3.0))}, attrs={"own": "attribute"})


@pytest.fixture
def made():
    return []


@pytest.fixture
def make(made):
    def make():
        made.append(1)
        return a_dataset()

    return make


def test_a_part_is_made_once(tmp_path, make, made):
    found = []
    for session in range(2):
        with parts.keeping(tmp_path / "parts", STAMP):
            here = parts.of_this_run()
            found.append(here.kept("one", make))
            assert [one["read"] for one in here.used] == [session > 0]
            assert [one["parts"] for one in here.origins()] == [1]
    assert len(made) == 1
    xr.testing.assert_identical(*found)
    xr.testing.assert_identical(found[0], a_dataset())


@pytest.mark.parametrize("name", parts.MUST_MATCH)
def test_a_part_of_another_run_is_made_anew(tmp_path, make, made, capsys, name):
    for stamp in (STAMP, STAMP | {name: {"other": 1}}):
        with parts.keeping(tmp_path / "parts", stamp) as here:
            here.kept("one", make)
    assert len(made) == 2
    assert f"part one is of other {name}: it is made anew" in capsys.readouterr().err


def test_a_part_may_be_decided_by_less_than_the_run(tmp_path, make, made, capsys):
    for config, size in ({"seeds": 1}, 1), ({"seeds": 2}, 1), ({"seeds": 2}, 2):
        with parts.keeping(tmp_path / "parts", STAMP | {"config": config}) as run:
            run.decided_by(config={"sizes": (size,)}).kept("one", make)
            assert len(run.used) == 1
    assert len(made) == 2
    assert "part one is of other config: it is made anew" in capsys.readouterr().err
    with pytest.raises(ValueError, match="size: must be among code, config, versions, devices"):
        run.decided_by(size=1)


def test_a_part_may_come_from_another_machine(tmp_path, make, made):
    for stamp in (STAMP, STAMP | {"processor": "6"}):
        with parts.keeping(tmp_path / "parts", stamp) as here:
            here.kept("one", make)
            here.kept(f"of {stamp['processor']}", make)
    assert len(made) == 3
    assert [(one["processor"], one["parts"]) for one in here.origins()] == [("5", 1), ("6", 1)]


def test_without_a_run_nothing_is_kept(make, made):
    for _ in range(2):
        xr.testing.assert_identical(parts.of_this_run().kept("one", make), a_dataset())
    assert len(made) == 2


@pytest.mark.parametrize("damage", [lambda content: content[:40], lambda content: b"", lambda content: b"x" + content])
def test_a_damaged_part_is_made_anew(tmp_path, make, made, capsys, damage):
    path = tmp_path / "parts" / "one.nc"
    for _ in range(2):
        with parts.keeping(path.parent, STAMP) as here:
            xr.testing.assert_identical(here.kept("one", make), a_dataset())
        path.write_bytes(damage(path.read_bytes()))
    assert len(made) == 2
    assert "it is made anew" in capsys.readouterr().err


def test_parts_that_were_made_at_the_same_time_are_counted_once():
    times = ((0, 10, True, 0), (5, 12, True, 0), (20, 21, True, 0), (30, 40, False, 4))
    used = [dict(zip(("began", "ended", "read", "earlier"), one, strict=True)) for one in times]
    assert Parts(None, STAMP, False, used).earlier_seconds == 13 + 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wide_versus_deep.equal_budgets", "learning_from_data.sample_size"])
def test_a_claim_finds_the_same_from_its_parts(tmp_path, name):
    (claim,) = [claim for claim in claims.find_claims() if claim.name == name]
    roles = claims.Roles(claim)
    found = []
    for _ in range(2):
        with parts.keeping(tmp_path / "parts", STAMP) as here:
            found.append(roles.run(roles.QUICK))
    assert all(one["read"] for one in here.used)
    assert len(here.used) == len(list((tmp_path / "parts").iterdir())) > 0
    times = [one for one in found[0].variables if "seconds" in str(one)]  # of steps, which are measured anew
    xr.testing.assert_identical(*(one.drop_vars(times) for one in found))


def test_parts_of_other_settings_lie_with_their_stores_and_stay_there(root, call, tmp_path):
    (root / "toys" / "fail").touch()
    assert call("toys.parted", "--seeds", "4")[0] == 1
    (root / "toys" / "fail").unlink()
    assert call("toys.parted", "--seeds", "6")[0] == 0
    assert call("toys.parted")[0] == 0
    assert call("toys.parted", "--seeds", "4")[0] == 0
    assert (root / "toys" / "made").read_text().split() == ["2", "3", *["2", "3"] * 2, "3"]
    assert not list((tmp_path / "results").rglob("parts"))


def test_fresh_moves_parts_aside(root, call, tmp_path):
    (root / "toys" / "fail").touch()
    assert call("toys.parted", "--preset", "full")[0] == 1
    (root / "toys" / "fail").unlink()
    assert call("toys.parted", "--preset", "full", "--fresh")[0] == 0
    assert (root / "toys" / "made").read_text().split() == ["2", "3", "2", "3"]
    assert not list((tmp_path / "results" / "toys").rglob("parts"))
    (moved,) = (tmp_path / "results" / "stores").rglob("width-2.nc")
    assert moved.parts[-3:-1] == ("full.1", "parts.1")


def test_a_run_goes_on_from_its_parts_without_the_stores(root, call, tmp_path):
    place, stores = (tmp_path.joinpath("results", *names) for names in (("toys", "parted"), ("stores", "toys.parted")))
    (root / "toys" / "fail").touch()
    assert call("toys.parted", "--preset", "full")[0] == 1
    assert [path.name for path in (place / "parts").iterdir()] == ["width-2.nc"]
    # The stores of a part go with its end; the other part has its own.
    assert list((stores / "full").glob("*/*.zarr")) == [stores / "full" / "width-3" / "01.zarr"]
    (root / "toys" / "fail").unlink()
    for path in sorted(stores.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert call("toys.parted", "--preset", "full")[0] == 0
    assert (root / "toys" / "made").read_text().split() == ["2", "3", "3"]
    assert not (place / "parts").exists()
    record = json.loads((place / "run.json").read_text())
    assert sum(one["parts"] for one in record["parts"]) == 2
    assert results.load_dataset(place / "data.nc").sizes == {"width": 2, "seed": 30}
    # A run that was never stopped finds the same.
    again = results.load_dataset(place / "data.nc")
    assert call("toys.parted", "--preset", "full")[0] == 0
    xr.testing.assert_identical(results.load_dataset(place / "data.nc"), again)
