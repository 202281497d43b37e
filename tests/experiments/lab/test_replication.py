"""Replications: an experiment has other random numbers, the rest of the program has not, and results lie apart."""

import json
import os
import shutil
import signal
import sys
import threading
import time
from functools import partial

import jax
import numpy as np
import pytest

import nnjax
from experiments.lab import chance, cli, code, estimates, replication
from experiments.lab.claims import find_claims
from nnjax import tasks
from tests.experiments.toys import write_claim

# As a module of an experiment and as any other module would.
DRAW = """
import jax, nnjax, numpy as np
def draw():
    rows = nnjax.tasks.two_spirals(0, num_rows=8).x
    runs = nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=2, num_steps=1, progress=False)
    return {
        "rng": np.random.default_rng([3, 4]).normal(), "key": float(jax.random.normal(jax.random.key(3))),
        "rows": float(rows[0, 0]), "sweep": float(runs.train_loss[0]), "seed": int(runs.seed[1]),
    }
"""


def drawn(name):
    module = {"__name__": name}
    exec(DRAW, module)
    return module["draw"]


def test_a_replication_has_other_seeds_draws_and_data_and_each_its_own():
    inside, outside = drawn("experiments.xor.mine"), drawn("elsewhere")
    usual = inside()
    assert outside() == usual
    assert chance.seed(3) == 3
    found = {}
    for number in (1, 2):
        with chance.other(number):
            found[number], others = inside(), outside()
            assert (chance.number(), chance.seed(3)) == (number, 3 + number * chance.STEP)
        # The program's own generators are as they were; tasks and sweeps are of the replication whoever calls.
        assert [others[name] == usual[name] for name in usual] == [True, True, False, False, True]
    for name in ("rng", "key", "rows", "sweep"):
        assert len({usual[name], found[1][name], found[2][name]}) == 3
    assert found[1]["seed"] == usual["seed"]
    with chance.other(0):
        assert inside() == usual
    with chance.other(2):
        assert inside() == found[2]


def test_a_replication_has_other_draws_of_mnist1d_but_for_the_published_one():
    usual = {seed: tasks.mnist1d(seed, num_rows=50).x for seed in (0, 42)}
    with chance.other(2):
        inside = {seed: tasks.mnist1d(seed, num_rows=50).x for seed in (0, 42)}
    assert [np.array_equal(usual[seed], inside[seed]) for seed in (0, 42)] == [False, True]
    assert np.array_equal(tasks.mnist1d(0, num_rows=50).x, usual[0])


def test_compiled_functions_make_other_keys_too():
    module = {"__name__": "experiments.xor.mine", "jax": jax}
    exec("f = lambda seed: jax.random.bits(jax.random.key(seed))", module)
    with chance.other(1):
        first = int(jax.jit(module["f"])(5))
    assert first != int(jax.random.bits(jax.random.key(5)))
    assert first == int(jax.random.bits(jax.random.fold_in(jax.random.key(5), 1)))


def test_how_many_replications_follows_from_how_long_a_claim_took(empty_root, tmp_path):
    seconds = {"short": 60.0, "longer": 600.0, "long": 7_200.0, "never": None}
    for name, total in seconds.items():
        write_claim(empty_root, f"solo.{name}", "Solo claims little.")
        if total:
            place = tmp_path / "solo" / name
            place.mkdir(parents=True)
            run = {"command": "", "config": {}, "cores": 2, "seconds": {"total": total}}
            (place / "run.json").write_text(json.dumps(run))
    claims = find_claims(empty_root)
    plan = replication.planned(claims, tmp_path, "auto")
    assert plan == {"solo.short": 8, "solo.longer": 1, "solo.long": 0, "solo.never": 0}
    assert replication.described(plan, claims, tmp_path).splitlines() == [
        "solo.short, 8 times: 8 min",
        "solo.longer, 1 time: 10 min",
        "no replication of solo.long (2 h 0 min), solo.never (not run yet)",
        "in all 18 min, by the committed runs; what is there is not run again",
    ]
    plan = replication.planned(claims, tmp_path, "3")
    assert set(plan.values()) == {3}
    first, last = replication.described(plan, claims, tmp_path).splitlines()
    assert first == "4 experiments, 3 times: 6 h 33 min, without solo.never"
    assert last.startswith("in all 6 h 33 min")
    never = [claim for claim in claims if claim.name == "solo.never"]
    assert replication.described({"solo.never": 2}, never, tmp_path).splitlines() == [
        "solo.never, 2 times: how long is not known yet",
        "what is there is not run again",
    ]


def test_each_claim_is_replicated_as_often_as_planned(root, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(replication, "_succeeds", commands.append)
    claims = [claim for claim in find_claims(root) if claim.name.startswith("pair.")]
    replication.run(claims, tmp_path, {"pair.first": 1, "pair.second": 2}, ["--preset", "full"])
    names = [sorted(name for name in command if name.startswith("pair.")) for command in commands]
    assert names == [["pair.first", "pair.second"], ["pair.second"]]
    assert replication.run(claims, tmp_path, dict.fromkeys(("pair.first", "pair.second"), 0)) == 0


def test_auto_is_for_what_has_been_committed(root, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["pair.first", "--replicate", "auto"], root)
    assert "needs --preset full" in capsys.readouterr().err


def test_those_that_are_there_are_not_run_again(root, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(replication, "_succeeds", commands.append)
    claims = [claim for claim in find_claims(root) if claim.name.startswith("pair.")]
    place = tmp_path / "replications" / "1" / "pair" / "first"
    place.mkdir(parents=True)
    (place / "data.nc").touch()
    (place / "verdicts.json").write_text("[]")
    made_by = {"nnjax": code.library(), "claim": code.of(claims[1], root)}
    run = {"config": {}, "cores": 2, "seconds": {"total": 1.0}, "code": made_by}
    record = run | {"command": "python -m experiments pair.first --preset full"}
    (place / "run.json").write_text(json.dumps(record))
    twice = {claim.name: 2 for claim in claims}
    assert replication.run(claims, tmp_path, twice, ["--preset", "full"]) == 1
    assert [[name for name in command if "." in name and "/" not in name] for command in commands] == [
        ["pair.second"],
        ["pair.second", "pair.first"],
    ]

    (place / "run.json").write_text(json.dumps(record | {"command": "python -m experiments pair.first --seeds 5"}))
    commands.clear()
    replication.run(claims[1:], tmp_path, {claims[1].name: 1}, ["--preset", "full"])
    assert len(commands) == 1  # other settings are another replication

    (place / "run.json").write_text(json.dumps(record))
    committed = tmp_path / "pair" / "first"
    committed.mkdir(parents=True)
    for name in ("run.json", "verdicts.json"):
        shutil.copy(place / name, committed)
    monkeypatch.setattr(estimates, "gather", lambda *_: (tmp_path, []))
    commands.clear()
    options = ["--results-dir", str(tmp_path), "--preset", "full", "--replicate", "1", "--fresh", "--yes"]
    with pytest.raises(SystemExit, match="1"):
        cli.main(["pair.first", *options], root)
    assert [part for part in commands[0] if part in ("--yes", "--fresh")] == ["--yes", "--fresh"]


@pytest.mark.parametrize(
    "other", [["--name", "mine"], ["--redraw"], ["--compare"], ["--replication", "3"], ["--list"], ["report"]]
)
def test_what_replications_do_not_have_is_refused(other, root, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main([*(["pair.first"] if other != ["report"] else []), *other, "--replicate", "2"], root)
    assert f"it takes no {other[0]}" in capsys.readouterr().err


def test_what_would_not_count_is_refused_before_it_runs(root, call, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(replication, "_succeeds", lambda command: commands.append(command) or True)
    folder = tmp_path / "results"
    for name in ("pair", "solo"):
        assert call(name, "--preset", "full")[0] == 0
    replicate = ("--preset", "full", "--replicate", "1")
    assert call("solo", *replicate)[0] == 0
    assert len(commands) == 1
    status, _, err = call("solo", *replicate, "--results-dir", str(tmp_path / "else"))
    assert (status, err.count("\n")) == (2, 1)
    assert f"solo.only: its replications would not count, as it has no committed results in {tmp_path / 'else'}" in err
    run = folder / "pair" / "second" / "run.json"
    run.write_text(json.dumps(json.loads(run.read_text()) | {"code": None}))
    with (root / "pair" / "first" / "run.py").open("a") as file:
        file.write("\nNUMBER = 2\n")
    commands.clear()
    status, _, err = call("pair", "solo", *replicate)
    assert status == 1
    assert [[part for part in command if part.startswith(("pair.", "solo."))] for command in commands] == [
        ["solo.only"]
    ]
    said = "its replications would not count, as its"
    assert err.splitlines() == [
        f"failed: pair.second: {said} committed results do not say by which code they were made",
        f"failed: pair.first: {said} code has changed since its committed results were made",
    ]
    commands.clear()
    assert call("pair.first", "--seeds", "5", *replicate)[0] == 0, "own settings are never gathered"
    assert call("pair.first", "--replicate", "1")[0] == 0, "nor is QUICK"
    assert len(commands) == 2


LASTING = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path({folder!r}, "ended").touch()
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path({folder!r}, "begun").touch()
time.sleep(60)
"""


def test_a_replication_that_is_stopped_ends_in_good_order(tmp_path, request):
    # A process that a shell has put into the background ignores Ctrl-C, and so may this one.
    request.addfinalizer(partial(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT)))
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop():
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=stop).start()
    with pytest.raises(KeyboardInterrupt):
        replication._succeeds([sys.executable, "-S", "-c", LASTING.format(folder=str(tmp_path))])
    assert (tmp_path / "ended").exists()
    ends = [[sys.executable, "-S", "-c", f"raise SystemExit({status})"] for status in (0, 1)]
    assert list(map(replication._succeeds, ends)) == [True, False]


@pytest.mark.parametrize("count", ["0", "-1", "501", "many"])
def test_a_number_that_is_none_is_refused(count, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["xor", "--replicate", count])
    assert "a whole number from 1 to 500" in capsys.readouterr().err


def test_seeds_of_all_replications_lie_apart_below_the_largest():
    assert replication.MOST * chance.STEP + nnjax.tuning.FIRST_SEED < 2**32
    assert np.all(np.diff([chance.STEP * number for number in range(3)]) > 2 * nnjax.tuning.FIRST_SEED)
