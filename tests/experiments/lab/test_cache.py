"""The cache of arrays: made once, made anew where the file is damaged or the key is another, and in each repeat."""

import numpy as np

from experiments.lab import cache, repeat


def test_arrays_are_made_once_for_each_key_and_repeat(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return {"x": np.arange(3)}

    for _ in range(2):
        np.testing.assert_array_equal(cache.kept("toys", {"seed": 1}, make)["x"], [0, 1, 2])
    assert len(made) == 1
    cache.kept("toys", {"seed": 2}, make)
    with repeat.other(1):
        cache.kept("toys", {"seed": 1}, make)
    assert len(made) == 3
    for file in tmp_path.rglob("*.npz"):
        file.write_bytes(b"damaged")
    cache.kept("toys", {"seed": 1}, make)
    assert len(made) == 4


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.folder("toys") is None
    assert list(cache.kept("toys", {}, lambda: {"x": np.zeros(1)})) == ["x"]
