"""`survival.damaged`: which bytes are changed, and that the damage is found."""

import pytest

from experiments.survival.damaged import config, damage, run, verdicts
from experiments.survival.shared import sweeps


def test_every_nth_byte_and_the_last_are_changed():
    content = bytes(range(130))
    found = list(damage.flips(content, 64))
    places = [[i for i in range(130) if content[i] != changed[i]] for _, changed in found]
    assert places == [[0], [0], [64], [64], [128], [128], [129], [129]]
    assert [kind for kind, _ in found] == 4 * [damage.BYTE, damage.BIT]
    assert all(bin(a[i] ^ content[i]).count("1") == 1 for [i], (_, a) in list(zip(places, found, strict=True))[1::2])


def test_damage_is_found(monkeypatch, redrawn, assert_reproduced):
    """The first two chunks of losses and that of the seeds stand for all."""
    every = damage.chunk_files
    kept = ("train_loss", "seed")
    monkeypatch.setattr(damage, "chunk_files", lambda store, name: every(store, name)[:2] if name in kept else [])
    monkeypatch.setattr(damage, "again", lambda *given: {})
    settings = config.Config(blocks=8, num_steps=5, networks=512, stride=10**4, metadata_stride=700)
    data = run.run(settings)
    assert data.sizes["row"] > 20
    _, metadata = verdicts.parts(data)
    assert verdicts.total(metadata, "sweep") == verdicts.total(metadata, "tries")  # a sweep says the same as open_store
    data["again_tries"][0] = data["again"][0] = 1  # has its own test below
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(settings))
    assert redrawn("survival.damaged", data, settings) == ["damaged"]


@pytest.mark.faults
def test_a_chunk_that_was_removed_is_trained_again(tmp_path):
    given = sweeps.settings(8, 512, 5)
    reference = sweeps.sweep(None, given, 512).load()
    sweeps.sweep(tmp_path / "runs.zarr", given, 512)
    found = damage.again(tmp_path / "runs.zarr", given, 512, reference, tmp_path, 1)
    for name in damage.WRITTEN:
        count = found[(name, damage.GONE)]
        assert (count["again_tries"], count["again"]) == (1, 1)


@pytest.mark.faults
def test_the_whole_claim(redrawn, assert_reproduced):
    data = run.run(config.FULL)
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(config.FULL))
    redrawn("survival.damaged", data, config.FULL)
