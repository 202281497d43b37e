"""`learning_from_data.large_samples`: measures on errors whose ratios are known, and draws of speech."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab import results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.learning_from_data import draws, large_samples, speech_frames
from experiments.learning_from_data.large_samples import CONTROL, DEEP, MNIST1D, OLD, SPEECH
from nnjax.tuning import FIRST_SEED

ROWS = (1_024, 4_096, 16_384, 65_536)


def synthetic(slope=0.2, equal_at=8_192, noise=0.01, seed=0):
    """The ratio of errors falls by a factor of 10^slope per factor of ten in rows; errors are equal at some number."""
    rng = np.random.default_rng(seed)
    names = [MNIST1D, SPEECH, CONTROL]
    ratio = -slope * np.log10(np.array(ROWS) / equal_at)
    log = np.stack([ratio - 0.5, np.full(4, -0.5)], axis=1)[None, :, :, None]
    log = log + noise * rng.normal(size=(3, 4, 2, 8))
    log[2, :, 0] += 0.3  # the control, on which the network does badly
    where = ("data_set", "rows", "learner")
    numbers = {name: (where, np.zeros((3, 4, 2))) for name in ("first", "second", "at_end", "fit_seconds")}
    return xr.Dataset(
        numbers
        | {
            "tuning_error": (where, np.full((3, 4, 2), 0.3)),
            "error": (("data_set", "rows", "side", "draw"), 10**log),
            "balanced": (("data_set", "rows", "side", "draw"), 10 ** (log + 0.05)),
            "choice": (("data_set", "rows", "side"), np.full((3, 4, 2), ["2 hidden layers", "RBF SVM"])),
            "unseen": (("data_set", "rows", "draw"), np.zeros((3, 4, 8))),
        },
        {"data_set": names, "rows": list(ROWS), "side": [DEEP, OLD], "learner": ["RBF SVM", "2 hidden layers"]},
    )


def judged(data):
    return {one["id"]: one for one in verdicts(large_samples.STATEMENTS, data)}


def test_what_the_textbook_says_can_hold_fail_and_be_open():
    assert {one["outcome"] for one in judged(synthetic()).values()} == {REPRODUCED}
    behind = judged(synthetic(slope=-0.1))
    assert {one["outcome"] for one in behind.values()} == {NOT_REPRODUCED}
    assert judged(synthetic(slope=0.05, noise=0.4))["large samples"]["outcome"] == NOT_SETTLED


def test_ratios_and_crossings_are_those_that_were_put_in():
    found = judged(synthetic(noise=1e-6))
    assert found["large samples"]["measured"] == pytest.approx(8**-0.2, rel=1e-4)
    assert found["gain by rows"]["measured"] == pytest.approx(64**-0.2, rel=1e-4)
    crossing = "crossing at 8,190 [8,190, 8,190] rows"
    each = f"MNIST-1D 0.66, {crossing}; speech frames 0.66, {crossing}"
    assert each in found["large samples"]["finding"]
    always, never = (judged(synthetic(equal_at=x, noise=1e-6))["large samples"]["finding"] for x in (100, 10**6))
    assert "crossing at 1,024 rows or fewer" in always
    assert "no crossing" in never


def test_both_data_sets_and_the_most_rows_are_needed():
    assert judged(synthetic().sel(data_set=[MNIST1D, CONTROL])) == {}
    assert judged(synthetic().sel(rows=[1_024, 4_096])) == {}


def test_a_number_tuned_to_the_end_of_its_grid_leaves_open_what_it_decides():
    data = synthetic()
    data.at_end.loc[{"learner": "RBF SVM", "rows": 65_536, "data_set": SPEECH}] = 1
    found = judged(data)["large samples"]
    assert (found["outcome"], found["at_edge"]) == (REPRODUCED, 1)  # parts do not overturn the average
    assert "1 is open" in found["finding"]
    data.at_end.loc[{"learner": "2 hidden layers", "rows": 4_096}] = 1  # not with the most rows
    assert judged(data)["large samples"]["at_edge"] == 1


def test_draws_that_share_test_voices_unequally_are_refused():
    with pytest.raises(ValueError, match="draws=5 must divide 48"):
        large_samples.check(large_samples.Config(draws=5))


@pytest.mark.slow
def test_a_tiny_run_has_all_that_is_judged(tmp_path):
    config = large_samples.Config(
        data_sets=(MNIST1D, SPEECH, CONTROL), rows=(64, 128), control_rows=64, depths=(2,),
        methods=("nearest neighbours", "random forest"), draws=2, test_rows=96, width=8, least_steps=20, epochs=1,
        rates=(0.001, 0.004, 0.016), decays=(0.1,), grow=0,
    )  # fmt: skip
    data = large_samples.run(config)
    assert dict(data.error.sizes) == {"side": 2, "draw": 2, "data_set": 3, "rows": 2}
    control = data.sel(data_set=CONTROL)
    assert control.error.notnull().all(["side", "draw"]).values.tolist() == [True, False]
    assert set(control.choice.sel(rows=128).values) == {""}
    results.save(data, tmp_path / "data.nc")
    xr.testing.assert_equal(results.load(tmp_path / "data.nc"), data)
    data = data.sel(data_set=[MNIST1D, SPEECH])
    assert data.error.notnull().all()
    assert data.tuning_error.notnull().all()
    assert 0.05 < data.error.min() <= data.error.max() <= 1.0
    assert set(data.choice.sel(side=DEEP).values.ravel()) == {"2 hidden layers"}
    assert set(data.choice.sel(side=OLD).values.ravel()) <= set(config.methods)


@pytest.mark.slow
def test_draws_of_speech_share_no_test_voice_and_begin_alike():
    made = [speech_frames.made(seed, 300, 96, 1, 2) for seed in range(2)]
    assert [one.x.shape for one in made] == [(300, 120)] * 2
    assert [len(one.y_test) for one in made] == [96, 96]
    assert not np.isin(made[0].x_test, made[1].x_test).all(axis=1).any()
    assert not np.array_equal(made[0].x, made[1].x)
    without = speech_frames.made(0, 300, 96, 0, 2)
    np.testing.assert_array_equal(made[0].x[:, 40:80], without.x)  # the middle frame
    np.testing.assert_array_equal(made[0].x[1:-1, :40], without.x[:-2])  # the one before, within an utterance
    tuned_on = speech_frames.made(FIRST_SEED, 300, 96, 0, 2)
    assert len(tuned_on.y_test) == 36 * 3  # every development voice, at least 96 in all
    assert not np.array_equal(tuned_on.x, without.x)
    assert draws.scaled(without.first(100)).x.mean(axis=0) == pytest.approx(np.zeros(40), abs=1e-5)
