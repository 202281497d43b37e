"""Files: data come back as they were, and all files of a kind are replaced or none."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab import results


def test_data_come_back_as_they_were(tmp_path):
    data = xr.Dataset(
        {
            "big": ("x", [2**40, 1]), "small": ("x", np.array([1, 200], "uint8")), "yes": ("x", [True, False]),
            "inf": ("x", [np.inf, np.nan]), "byte": ("x", np.array([-1, 3], "int8")),
        },
        {"x": ["a", "bc"]}, {"note": "n", "many": [1.5, 2.0], "few": [0.5], "none": [], "count": 3},
    )  # fmt: skip
    results.save(data, tmp_path / "d.nc")
    again = results.load(tmp_path / "d.nc")
    xr.testing.assert_identical(again, data)
    assert type(again.attrs["many"]) is list
    assert type(again.attrs["count"]) is int
    assert (again.big.dtype, again.yes.dtype, again.byte.dtype) == (np.int64, bool, np.int64)
    results.save(again, tmp_path / "e.nc")
    with pytest.raises(ValueError, match="beyond 2"):
        results.save(xr.Dataset({"big": 2**60 + 1}), tmp_path / "f.nc")
    with pytest.raises(ValueError, match="return summaries"):
        results.save(data, tmp_path / "f.nc", most=10)
    assert not (tmp_path / "f.nc").exists()


def test_files_are_replaced_together_or_not_at_all(tmp_path):
    (tmp_path / "old.png").write_text("old")

    def fail():
        with results.replacing(tmp_path, "*.png") as room:
            (room / "new.png").write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]
    with results.replacing(tmp_path, "*.png") as room:
        (room / "new.png").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["new.png"]


def test_files_of_a_users_tool_are_texts_or_arrays(tmp_path):
    results.write_file(tmp_path / "report.md", "größer")
    results.write_file(tmp_path / "model.npz", {"w0.0": np.eye(2)})
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "größer"
    with np.load(tmp_path / "model.npz") as file:
        np.testing.assert_array_equal(file["w0.0"], np.eye(2))


def test_json_is_strict(tmp_path):
    file = tmp_path / "a.json"
    results.write_json(file, {"nan": np.nan, "inf": -np.inf, "number": np.float32(0.5), "list": (1, np.int64(2))})
    assert results.read_json(file) == {"nan": None, "inf": "-inf", "number": 0.5, "list": [1, 2]}
    file.write_text("<<<<<<< conflict")
    assert results.read_json(file) is None


def test_a_table_has_its_settings_first_and_no_empty_row(tmp_path):
    table = xr.Dataset({"y": (("b", "a"), [[1.0, np.nan], [0.123456789, 2]])}, {"a": ["p", "q"], "b": [8, 9]})
    results.write_table(table, ["a", "b", "y"], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a,b,y\np,8,1\np,9,0.123457\nq,9,2\n"
    assert results.read_table(tmp_path / "t.csv")[0] == {"a": "p", "b": "8", "y": "1"}
    assert results.read_table(tmp_path / "none.csv") == []


def test_a_width_of_strings_that_a_store_remembers_cuts_no_label(tmp_path):
    data = xr.Dataset(coords={"loss": ["short"]})
    data.loss.encoding["dtype"] = np.dtype("<U5")
    data = data.reindex(loss=["short", "longer than that"])
    results.save(data, tmp_path / "data.nc")
    assert results.load(tmp_path / "data.nc").loss.values.tolist() == ["short", "longer than that"]
