"""The table of the estimates of all replications: which rows are in it, which leave, and what is told of the others."""

import csv
import json
import math
import shutil
from functools import partial
from unittest import mock

import pytest

from experiments.lab import cli, estimates, replication, results, runner
from experiments.lab.claims import find_claims
from experiments.lab.verdicts import Verdict
from tests.experiments.toys import VERDICTS, write_claim


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
        path, left_out = estimates.gather([claim], folder, partial(runner.judged, root=empty_root))
        with path.open() as file:
            return list(csv.DictReader(file)), left_out

    rows, left_out = gathered()
    assert list(rows[0]) == list(estimates.COLUMNS)
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
    with mock.patch.object(estimates.csv.DictWriter, "writerows", side_effect=KeyError), pytest.raises(KeyError):
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
    judged = partial(runner.judged, root=empty_root)
    path, _ = estimates.gather([claim], tmp_path, judged)
    assert len(path.read_text().splitlines()) > 1
    record = tmp_path / "replications" / "1" / "solo" / "only" / "run.json"
    there = record.read_text()
    record.write_text(there.replace(json.loads(there)["code"]["nnjax"], "other"))
    assert replication._is_there(tmp_path, 1, claim, ["--preset", "full"]), "its rows in the file stay"
    record.write_text(there.replace(json.loads(there)["code"]["claim"], "other"))
    assert not replication._is_there(tmp_path, 1, claim, ["--preset", "full"]), "its rows in the file will go"
    record.with_name("data.nc").unlink()
    assert not replication._is_there(tmp_path, 1, claim, ["--preset", "full"]), "and so they will without its data"
    path, left_out = estimates.gather([claim], tmp_path, judged)
    assert left_out == ["left out of solo.only: 1 made by other code"]
    assert len(path.read_text().splitlines()) == 1


def test_what_is_left_out_is_told_with_the_reason(empty_root, tmp_path):
    for name in ("first", "second", "third", "fourth"):
        write_claim(empty_root, f"solo.{name}", "Solo claims little.", full=4)
    claims = find_claims(empty_root)
    config, code_ = {"seeds": 4}, {"nnjax": "a", "claim": "b"}
    verdict = Verdict("x", "", "aim", "", None, "", "", "3 of 4", None, math.inf, "", 3, "partly")

    def write(name, number, verdicts=True, **record):
        place = (estimates.folder(tmp_path, number) if number else tmp_path) / "solo" / name
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
    (estimates.folder(tmp_path, 6) / "solo" / "first" / "run.json").write_text("<<<<<<< HEAD")
    write("second", 1)
    write("fourth", 0, code=None)
    write("fourth", 1)
    path, left_out = estimates.gather(claims, tmp_path, lambda claim, place: [verdict])
    _, *rows = path.read_text().splitlines()
    assert left_out == [
        "left out of solo.first: 1 with other settings (seeds); 2, 6 missing or not ended; 3, 5 made by other code",
        "left out of solo.fourth: all, as its committed results do not say by which code they were made",
        "left out of solo.second: all, as it has no committed results",
        "without a replication: solo.third",
    ]
    assert rows == [f"solo.first,x,{number},3 of 4,nan,inf,,3,partly,confidence,0.95,,,b" for number in (0, 4)]
    # A row of the file is dropped beside other committed verdicts; where its folder holds no verdicts, that is told.
    (estimates.folder(tmp_path, 4) / "solo" / "first" / "verdicts.json").unlink()
    other = [results.to_json(verdict._replace(outcome="reproduced")._asdict())]
    (tmp_path / "solo" / "first" / "verdicts.json").write_text(json.dumps(other))
    _, left_out = estimates.gather(claims[:1], tmp_path, lambda claim, place: [verdict])
    assert "2, 4, 6 missing or not ended" in left_out[0]


def test_rows_of_other_machines_are_never_dropped_for_committed_results_that_cannot_be_read(root, call, tmp_path):
    folder = tmp_path / "results"
    for options in ([], ["--replication", "1"]):
        assert call("solo", "--preset", "full", *options)[0] == 0
    claims = find_claims(root)
    path, _ = estimates.gather(claims, folder, partial(runner.judged, root=root))
    shutil.rmtree(folder / "replications" / "1")  # it was made on another machine
    before = path.read_bytes()
    assert before.count(b"\n") == 5
    (folder / "solo" / "only" / "run.json").write_text("<<<<<<< HEAD")
    with pytest.raises(ValueError, match=r"the results of solo.only in .* cannot be read, and its replications"):
        estimates.gather(claims, folder, partial(runner.judged, root=root))
    status, out, err = call("pair", "--preset", "full", "--replicate", "1")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "would be lost: restore run.json" in err
    assert path.read_bytes() == before


def test_a_replication_that_is_damaged_is_left_out_and_stops_no_other(root, call, tmp_path):
    folder = tmp_path / "results"
    for options in ([], ["--replication", "1"], ["--replication", "2"]):
        assert call("solo", "--preset", "full", *options)[0] == 0
    claims = [claim for claim in find_claims(root) if claim.name == "solo.only"]
    data = folder / "replications" / "1" / "solo" / "only" / "data.nc"
    content, judged = data.read_bytes(), partial(runner.judged, root=root)

    def gathered():
        path, (told,) = estimates.gather(claims, folder, judged)
        return {line.split(",")[2] for line in path.read_text().splitlines()[1:]}, told

    data.write_text("<<<<<<< HEAD")
    numbers, told = gathered()
    assert numbers == {"0", "2"}
    assert told.startswith("left out of solo.only: 1 cannot be judged (")
    data.unlink()
    assert gathered()[0] == {"0", "2"}
    assert not replication._is_there(folder, 1, claims[0], ["--preset", "full"])
    data.write_bytes(content)
    path, left_out = estimates.gather(claims, folder, judged)
    assert left_out == []
    before = path.read_text()
    data.write_text("")
    assert gathered()[1].endswith("; its earlier rows stay")
    assert path.read_text() == before


def test_committed_verdicts_of_another_version_count_as_not_readable(root, call, tmp_path):
    folder = tmp_path / "results"
    for options in ([], ["--replication", "1"]):
        assert call("solo", "--preset", "full", *options)[0] == 0
    claims = find_claims(root)
    estimates.gather(claims, folder, partial(runner.judged, root=root))
    path = folder / "solo" / "only" / "verdicts.json"
    path.write_text(json.dumps([row | {"unknown": 1} for row in json.loads(path.read_text())]))
    with pytest.raises(ValueError, match=r"the results of solo.only in .* cannot be read"):
        estimates.check_committed(claims, folder)
    (folder / "replications" / "estimates.csv").unlink()  # where no row could be lost, the others are gathered
    told = estimates.gather(claims, folder, partial(runner.judged, root=root))[1]
    assert told[0] == "left out of solo.only: all, as its committed results cannot be read"
    status, out, _ = call("solo", "--compare")
    assert (status, "no committed results that can be read" in out) == (0, True)
