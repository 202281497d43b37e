"""Replications: all chance of an experiment is other, that of the rest of the program is not, and results lie apart."""

import csv
import json
import math
import os
import shutil
import signal
import sys
import threading
import time
from functools import partial
from unittest import mock

import jax
import numpy as np
import pytest

import nnjax
from experiments.lab import chance, cli, code, replication, results, rules, work
from experiments.lab.claims import find_claims
from experiments.lab.verdicts import Verdict
from nnjax import tasks
from tests.experiments.toys import VERDICTS, write_claim

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
    usual = {seed: tasks.mnist1d(seed, num_rows=500).x for seed in (0, 42)}
    with replication.other_chance(2):
        inside = {seed: tasks.mnist1d(seed, num_rows=500).x for seed in (0, 42)}
    assert [np.array_equal(usual[seed], inside[seed]) for seed in (0, 42)] == [False, True]
    assert np.array_equal(tasks.mnist1d(0, num_rows=500).x, usual[0])


def test_compiled_functions_make_other_keys_too():
    module = {"__name__": "experiments.xor.mine", "jax": jax}
    exec("f = lambda seed: jax.random.bits(jax.random.key(seed))", module)
    with chance.other(1):
        first = int(jax.jit(module["f"])(5))
    assert first != int(jax.random.bits(jax.random.key(5)))
    assert first == int(jax.random.bits(jax.random.fold_in(jax.random.key(5), 1)))


def test_results_of_a_replication_lie_apart_and_are_gathered(empty_root, tmp_path):
    by_chance = VERDICTS.replace("float(data.y.mean())", "float(chance.number())")
    verdicts = f"from experiments.lab import chance\n{by_chance}"
    write_claim(empty_root, "solo.only", "Solo claims little.", full=4, verdicts=verdicts)
    folder = tmp_path / "results"
    for options in ([], ["--replication", "3"], ["--replication", "12"]):
        with pytest.raises(SystemExit, match="0"):
            cli.main(["solo", "--preset", "full", "--results-dir", str(folder), *options], empty_root)
    own = folder / "replications" / "3" / "solo" / "only"
    assert json.loads((own / "run.json").read_text())["replication"] == 3
    assert not list(own.glob("*.png"))
    assert list(folder.joinpath("solo", "only").glob("*.png"))
    verdicts = json.loads((own / "verdicts.json").read_text())
    assert verdicts[0]["measured"] == 3, "judged with the chance of the replication"
    (claim,) = find_claims(empty_root)

    def gathered():
        path, left_out = replication.gather([claim], folder, partial(work.judged, empty_root))
        with path.open() as file:
            return list(csv.DictReader(file)), left_out

    rows, left_out = gathered()
    assert list(rows[0]) == list(replication.COLUMNS)
    assert [row["replication"] for row in rows] == [number for number in ["0", "3", "12"] for _ in verdicts]
    assert {row["interval"] for row in rows} == {"confidence"}
    assert left_out == ["left out of solo.only: 1, 2, 4, 5, 6, 7, 8, 9, 10, 11 missing or not ended"]

    assert [row["measured"] for row in rows if row["id"] == "toy-id"] == ["0", "3", "12"], "and so they are anew"

    # All are judged by the rules of today, whatever was written when they were run.
    (own / "verdicts.json").write_text("[]")
    assert gathered()[0] == rows

    # Another machine has some or none of them: those in the file stay, as long as the committed verdicts are the same.
    def is_there(number, *more):
        return replication._is_there(folder, number, claim, ["--preset", "full", *more])

    for number, left in (("12", [1, 2]), ("3", [])):
        shutil.rmtree(folder / "replications" / number)
        told = [f"left out of solo.only: {', '.join(map(str, left))} missing or not ended"] if left else []
        assert gathered() == (rows, told)
    assert [is_there(3), is_there(12), is_there(4), is_there(3, "--seeds", "2")] == [True, True, False, False]
    # What cannot be written leaves what was there.
    before = (folder / "replications" / "estimates.csv").read_bytes()
    with mock.patch.object(replication.csv.DictWriter, "writerows", side_effect=KeyError), pytest.raises(KeyError):
        gathered()
    assert (folder / "replications" / "estimates.csv").read_bytes() == before
    committed = folder / "solo" / "only" / "verdicts.json"
    changed = json.loads(committed.read_text())
    for verdict in changed:  # as one was written before there were these fields
        del verdict["interval"], verdict["fixed"]
    committed.write_text(json.dumps(changed))
    assert gathered() == (rows, [])
    changed[0]["level"] = 0.99  # what a statement says of its interval is taken over
    committed.write_text(json.dumps(changed))
    assert gathered() == ([row | {"level": "0.99" if row["id"] == changed[0]["id"] else "0.95"} for row in rows], [])
    assert is_there(3)
    committed.write_text(json.dumps([*changed, changed[0] | {"id": "new"}]))  # it has no replications yet
    assert not is_there(3)
    kept = {(row["replication"], row["id"]) for row in gathered()[0]}
    assert kept == {(row["replication"], row["id"]) for row in rows} | {("0", "new")}
    changed[0]["measured"] += 1  # the rows of this statement leave, those of the others stay
    committed.write_text(json.dumps(changed))
    assert not is_there(3)
    gone = changed[0]["id"]
    kept, told = gathered()
    assert {row["id"] for row in kept if row["replication"] != "0"} == {row["id"] for row in rows} - {gone}
    assert told == [
        f"left out of solo.only: 3, 12 without {gone}, of which the committed verdict has changed or is gone"
    ]
    # Rows of a replication that other code made are not those of the committed run, whatever its own rows say.
    path = folder / "replications" / "estimates.csv"
    before = path.read_text()
    lines = [f"{line[: line.rindex(',')]},other" if ",12," in line else line for line in before.splitlines()]
    path.write_text("\n".join([*lines, ""]))
    assert {row["replication"] for row in gathered()[0]} == {"0", "3"}
    path.write_text("\n".join([line[: line.rindex(",")] for line in before.splitlines()] + [""]))
    with pytest.raises(ValueError, match=r"has no column code: it was written by an earlier version\. Restore"):
        gathered()
    path.write_text(before)
    record = committed.with_name("run.json")
    there = json.loads(record.read_text())
    record.write_text(json.dumps(there | {"code": there["code"] | {"claim": "other"}}))
    assert gathered() == ([], ["left out of solo.only: 3, 12 of another machine, beside other committed results"])
    assert gathered() == ([], ["without a replication: solo.only"])


def test_those_of_other_code_leave_the_table(empty_root, tmp_path):
    write_claim(empty_root, "solo.only", "Solo claims little.", full=4)
    for options in ([], ["--replication", "1"]):
        with pytest.raises(SystemExit, match="0"):
            cli.main(["solo", "--preset", "full", "--results-dir", str(tmp_path), *options], empty_root)
    (claim,) = find_claims(empty_root)
    judged = partial(work.judged, empty_root)
    path, _ = replication.gather([claim], tmp_path, judged)
    assert len(path.read_text().splitlines()) > 1
    record = tmp_path / "replications" / "1" / "solo" / "only" / "run.json"
    there = record.read_text()
    record.write_text(there.replace(json.loads(there)["code"]["nnjax"], "other"))
    assert replication._is_there(tmp_path, 1, claim, ["--preset", "full"]), "its rows in the file stay"
    record.write_text(there.replace(json.loads(there)["code"]["claim"], "other"))
    assert not replication._is_there(tmp_path, 1, claim, ["--preset", "full"]), "its rows in the file will go"
    path, left_out = replication.gather([claim], tmp_path, judged)
    assert left_out == ["left out of solo.only: 1 made by other code"]
    assert len(path.read_text().splitlines()) == 1


def test_what_is_left_out_is_told_with_the_reason(empty_root, tmp_path):
    for name in ("first", "second", "third", "fourth"):
        write_claim(empty_root, f"solo.{name}", "Solo claims little.", full=4)
    claims = find_claims(empty_root)
    config, code_ = {"seeds": 4}, {"nnjax": "a", "claim": "b"}
    verdict = Verdict("x", "", "aim", "", None, "", "", "3 of 4", None, math.inf, "", 3, "partly")

    def write(name, number, verdicts=True, **record):
        place = (replication.folder(tmp_path, number) if number else tmp_path) / "solo" / name
        place.mkdir(parents=True)
        run = {"command": "", "config": config, "cores": 2, "seconds": {"total": 1.0}, "code": code_}
        (place / "run.json").write_text(json.dumps(run | record))
        if verdicts:
            (place / "verdicts.json").write_text(json.dumps([results.to_json(verdict._asdict())]))

    write("first", 0)
    write("first", 1, config={"seeds": 5})
    write("first", 2, verdicts=False)
    write("first", 3, code={"nnjax": "a", "claim": "c"})
    write("first", 4, code={"nnjax": "other", "claim": "b"})
    write("first", 5, code=None)
    write("first", 6)
    (replication.folder(tmp_path, 6) / "solo" / "first" / "run.json").write_text("<<<<<<< HEAD")
    write("second", 1)
    write("fourth", 0, code=None)
    write("fourth", 1)
    path, left_out = replication.gather(claims, tmp_path, lambda claim, place: [verdict])
    _, *rows = path.read_text().splitlines()
    assert left_out == [
        "left out of solo.first: 1 with other settings (seeds); 2, 6 missing or not ended; 3, 5 made by other code",
        "left out of solo.fourth: all, as its committed results do not say by which code they were made",
        "left out of solo.second: all, as it has no committed results",
        "without a replication: solo.third",
    ]
    assert rows == [f"solo.first,x,{number},3 of 4,nan,inf,,3,partly,confidence,0.95,,,b" for number in (0, 4)]
    # A row of the file is dropped beside other committed verdicts; where its folder holds no verdicts, that is told.
    (replication.folder(tmp_path, 4) / "solo" / "first" / "verdicts.json").unlink()
    other = [results.to_json(verdict._replace(outcome="reproduced")._asdict())]
    (tmp_path / "solo" / "first" / "verdicts.json").write_text(json.dumps(other))
    _, left_out = replication.gather(claims[:1], tmp_path, lambda claim, place: [verdict])
    assert "2, 4, 6 missing or not ended" in left_out[0]


def test_a_finding_says_where_a_replication_came_to_another_outcome(empty_root, tmp_path):
    write_claim(empty_root, "solo.only", "Solo claims little.")
    (claim,) = find_claims(empty_root)
    verdicts = [Verdict(id, "", "aim", "", None, "", "Found.", 3, None, None, "", 3, "partly") for id in "abc"]

    def told(*outcomes, measured=3):
        runs = [[one._replace(outcome=each[i]) for i, one in enumerate(verdicts)] for each in outcomes]
        found = {0: replication._rows(claim, 0, [one._replace(measured=measured)._asdict() for one in verdicts])}
        found |= {i: replication._rows(claim, i, [one._asdict() for one in run]) for i, run in enumerate(runs, start=1)}
        return [one.finding for one in replication.with_replications(claim, verdicts, found)]

    same = ["partly"] * 3
    assert told(same, same) == told() == ["Found."] * 3
    again = "Found. Measured once more, with other seeds, data and splits, the outcome was not settled."
    assert told(["partly", "not settled", "partly"]) == ["Found.", again, "Found."]
    found = told(["reproduced", "partly", "partly"], ["not settled", "partly", "partly"], same)
    often = "Measured 3 times more, with other seeds, data and splits, 2 came out met or not settled."  # as aims do
    assert found == [f"Found. {often}", "Found.", "Found."]
    assert told(["not settled"] * 3, measured=4) == ["Found."] * 3  # the committed run is another since


def test_where_tuning_is_left_out_the_range_of_all_runs_is_told(empty_root):
    write_claim(empty_root, "solo.only", "Solo claims little.")
    (claim,) = find_claims(empty_root)
    one = Verdict("a", "", "aim", "", None, rules.GIVEN, "Found.", 2 / 3, 0.6, 0.7, "of them", 3, "partly")

    def told(*measured, **changed):
        first = one._replace(**changed)
        runs = [first, *(first._replace(measured=value) for value in measured)]
        found = {i: replication._rows(claim, i, [run._asdict()]) for i, run in enumerate(runs)}
        assert found[0][0]["tuning"] == (replication.LEFT_OUT if first.rule else "")
        return replication.with_replications(claim, [first], found)[0].finding

    assert told(0.75, 0.65, 0.85) == (
        "Found. Of 4 complete runs, each tuned anew, the median is 70.83%; the least and the greatest are 65% and 85%."
    )
    assert told(-0.2, 0.3, 0.1, measured=0.1, unit="").endswith("is 0.1; the least and the greatest are -0.2 and 0.3.")
    assert told(0.75, 0.65) == told(2 / 3, 2 / 3, 2 / 3) == told(0.75, 0.65, 0.85, rule="") == "Found."
    assert told("3 of 4", "3 of 4", "2 of 4", measured="3 of 4") == told(0.7, 0.7, None) == "Found."


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
    monkeypatch.setattr(replication, "gather", lambda *_: (tmp_path, []))
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


def test_rows_of_other_machines_are_never_dropped_for_committed_results_that_cannot_be_read(root, call, tmp_path):
    folder = tmp_path / "results"
    for options in ([], ["--replication", "1"]):
        assert call("solo", "--preset", "full", *options)[0] == 0
    claims = find_claims(root)
    path, _ = replication.gather(claims, folder, partial(work.judged, root))
    shutil.rmtree(folder / "replications" / "1")  # it was made on another machine
    before = path.read_bytes()
    assert before.count(b"\n") == 5
    (folder / "solo" / "only" / "run.json").write_text("<<<<<<< HEAD")
    with pytest.raises(ValueError, match=r"the results of solo.only in .* cannot be read, and its replications"):
        replication.gather(claims, folder, partial(work.judged, root))
    status, out, err = call("pair", "--preset", "full", "--replicate", "1")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "would be lost: restore run.json" in err
    assert path.read_bytes() == before


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
