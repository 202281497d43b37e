"""The command line: what users see, what is refused, and what a killed, edited or broken run leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from experiments.lab import claims, cli, results, runner
from experiments.lab.report import readme
from nnjax import hooks
from tests.experiments.conftest import edit


def start(root, *words):
    """The command line in a process of its own."""
    code = f"from pathlib import Path; from experiments.lab.cli import main; main({list(words)!r}, Path({str(root)!r}))"
    path = os.pathsep.join([str(claims.ROOT.parent), str(root.parent)])
    env = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"} | {"PYTHONPATH": path}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code], cwd=root.parent, env=env, text=True, **pipes)


def wait(condition, seconds=60):
    for _ in range(seconds * 20):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_the_list_and_help_need_neither_jax_nor_numpy():
    code = (
        "import sys; from experiments.lab import cli\n"
        "try: cli.main([sys.argv[1]])\nfinally: assert not {'jax', 'xarray', 'numpy', 'tyro'} & set(sys.modules)"
    )
    for word, shown in (("--list", "xor.trained"), ("--help", "--redraw")):
        done = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert shown in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nets.traned"], "did you mean 'nets.trained'?"),
        (["trained"], "did you mean 'nets.trained'?"),
        (["nets", "seeds=3"], "a setting is a flag"),
        (["nets.trained", "--num-stepps", "3"], "did you mean '--num-steps'?"),
        (["nets.trained", "--num-steps", "many"], "--num-steps takes a whole number of 1 or more"),
        (["nets.trained", "--num-steps", "0"], "--num-steps 0 must be a whole number of 1 or more"),
        (["nets.trained", "--widths"], "one or more"),
        (["nets.trained", "--widths", "4", "2"], "rising"),
        (["nets.trained", "--solver", "adm"], "did you mean 'adam'?"),
        (["nets.trained", "--redraw", "--seeds", "3"], "--redraw"),
        (["--seeds", "3"], "exactly one experiment"),
        (["--redrw"], "did you mean --redraw?"),
        (["--preset", "ful"], "invalid choice"),
        (["--repeat", "0"], "a whole number from 1"),
        (["--style", "ggplt"], "did you mean 'ggplot'?"),
        (["report", "xor"], "takes no more"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line_before_anything_is_written(root, call, words, told):
    status, _, err = call(*words)
    assert status == 2
    assert told in err
    assert err.count("\n") == 1
    assert not (root.parent / "results").exists()


def test_a_large_grid_is_refused_before_it_is_trained(root, call):
    status, _, err = call("nets.trained", "--widths", "500", "--seeds", "900000", "--num-steps", "900000")
    assert status == 1
    assert "add --yes to train it" in err
    assert not list(root.parent.rglob("*.zarr"))


def test_a_folder_that_cannot_be_written_is_refused_before_a_run(root, call, tmp_path):
    (tmp_path / "file").touch()
    status, _, err = call("sums", "--out", str(tmp_path / "file" / "below"))
    assert status == 2
    assert "cannot be written" in err


def test_help_of_a_claim_shows_its_settings_with_comments_and_values(call):
    _, out, _ = call("nets.trained", "--help")
    assert "--widths\n      hidden neurons; one or more whole numbers of 1 or more, rising (default: 2 4)" in out
    assert "one of adam, sgd (default: adam)" in out
    assert "QUICK" in out
    assert "--num-steps\n      a whole number of 1 or more (default: 10)" in out


def test_a_run_writes_everything_and_a_redraw_needs_only_the_data(root, call):
    status, out, err = call("nets.trained")
    assert status == 0, err
    assert "REPRODUCED  The loss is above 0." in out
    assert "Settings: num steps 10, not 20." in " ".join(out.split())
    folder = root.parent / "results/quick/nets/trained"
    names = {path.name for path in folder.iterdir()}
    assert names == {"data.nc", "run.json", "table.csv", "verdicts.json", "losses.png"}
    run = json.loads((folder / "run.json").read_text())
    assert (run["preset"], run["config"]["num_steps"], run["dirty"]) == ("quick", 10, False)
    assert run["command"] == "python -m experiments nets.trained"
    assert [(one["commit"], one["parts"]) for one in run["parts"]] == [(run["commit"], 2)]
    assert not (root.parent / "results/quick/unfinished").exists()
    assert (folder / "table.csv").read_text().startswith("seed,width,loss\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in names - {"data.nc", "run.json"}:
        (folder / name).unlink()
    (folder / "old.png").touch()
    assert call("nets.trained", "--redraw", "--preset", "quick")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    status, _, err = call("nets.trained", "--redraw")  # of the committed results, which are not there
    assert status == 1
    assert "run it first" in err


def test_settings_say_where_they_start_and_outcomes_what_they_are_about(call):
    _, out, _ = call("nets.trained", "--widths", "2", "--num-steps", "5")
    assert "settings start from QUICK (--preset full starts from FULL)" in out
    assert "Settings: widths 2 of 2; num steps 5, not 20." in " ".join(out.split())


def test_one_broken_claim_stops_no_other(root, call):
    (root / "nets/trained.py").write_text('"""Broken."""\nSTATEMENTS = ()\ndef run(:\n')
    status, out, err = call()
    assert status == 1
    assert "sums.adding  1 reproduced" in out
    assert "failed: nets.trained: SyntaxError" in err


def test_an_error_in_a_run_is_told_with_its_traceback(root, call):
    edit(root / "sums/more.py", "return 2", "return 1 / 0")
    status, _, err = call("sums")
    assert status == 1
    assert "ZeroDivisionError: division by zero" in err
    assert "Traceback" in err


def test_full_is_refused_from_a_tree_with_changes(root, call, monkeypatch):
    from nnjax import provenance

    monkeypatch.setattr(provenance, "commit", lambda root: ("abc", True))
    status, _, err = call("sums", "--preset", "full")
    assert status == 2
    assert "changes since its last commit" in err
    assert call("sums", "--preset", "full", "--out", str(root.parent / "mine"))[0] == 0
    status, out, _ = call("sums", "--preset", "full", "--dirty")
    assert status == 0
    assert json.loads((root.parent / "results/sums/adding/run.json").read_text())["dirty"] is True
    _, out, _ = call("sums", "--preset", "full", "--dirty")
    assert "FULL took" in out
    assert "1 reproduced" in call("--list")[1]


def test_compare_names_settings_first_and_then_outcomes(call):
    assert call("sums", "--preset", "full", "--dirty")[0] == 0
    _, out, _ = call("sums.adding", "--compare", "--num", "3")
    rows = [line.split() for line in out.splitlines()]
    setting, outcome = rows.index(["num", "2", "3"]), rows.index(["two", "reproduced:", "2", "not", "reproduced:", "3"])
    assert setting < outcome


def test_a_killed_run_resumes_to_the_same_bits(root):
    words = ("nets.trained", "--num-steps", "20000", "--seeds", "512")
    unfinished = root.parent / "results/quick/unfinished/nets/trained"
    process = start(root, *words)
    wait(lambda: list(unfinished.glob("*/width2.nc")))
    process.kill()
    process.communicate()
    process = start(root, *words)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "resuming: 1 parts" in out
    assert not unfinished.exists()
    process = start(root, *words, "--out", "whole")
    process.communicate(timeout=120)
    one, other = (root.parent / place / "nets/trained/data.nc" for place in ("whole", "results/quick"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("timed", "words", "stored"),
    [(False, ("--seeds", "3"), True), (True, ("--seeds", "3"), False), (False, (), False)],
    ids=["a setting changed", "sweeps that are timed", "QUICK"],
)
def test_which_runs_store_their_sweeps(root, call, timed, words, stored):
    edit(root / "nets/trained.py", "QUICK =", f"STORE = {not timed}\nQUICK =")
    stores = set()
    with hooks.listening(lambda event: stores.add(event.store)):
        assert call("nets.trained", *words)[0] == 0
    assert (None in stores, len(stores)) == ((False, 3) if stored else (True, 1))


def test_processes_are_stopped_at_once_from_a_background_job_too(root):
    """A shell lets its background jobs ignore Ctrl-C, and a batch system stops only the process that it began."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = start(root, "nets.trained", "--num-steps", "1000000", "--jobs", "2")
    signal.signal(signal.SIGINT, before)
    wait(lambda: list(root.parent.glob("results/quick/unfinished/nets/trained/*/begun")))
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, "the same command resumes" in err) == (130, True)


@pytest.mark.slow
def test_a_process_that_is_killed_is_told_and_leaves_no_child(root):
    (root / "killed").mkdir()
    for name, text in (("__init__", ""), ("more", "import os\ndef two():\n    os._exit(9)\n")):
        (root / f"killed/{name}.py").write_text(text)
    for name in ("one", "other"):  # they come first, in both processes, which are replaced
        text = (root / "sums/adding.py").read_text().replace(".sums.", ".killed.")
        (root / f"killed/{name}.py").write_text(text)
    process = start(root, "--jobs", "2")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    for name in ("killed.one", "killed.other"):
        assert f"failed: {name}: its process was killed" in err
    assert "sums.adding  1 reproduced" in out
    assert "nets.trained  2 reproduced" in out
    process = start(root, "nets.trained", "--num-steps", "1000000", "--jobs", "2")
    wait(lambda: list(root.parent.glob("results/quick/unfinished/nets/trained/*/begun")))
    process.kill()
    process.communicate(timeout=20)  # a child that lived on would hold its pipes


def test_processes_side_by_side_share_the_cores():
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) < 2:
        pytest.skip("this process has one core, or the system does not say")
    shares = []
    for share in range(2):
        with ProcessPoolExecutor(1, get_context("spawn"), runner._begin, (share, 2)) as pool:
            shares.append(pool.submit(os.sched_getaffinity, 0).result())
    assert shares[0] | shares[1] == cores
    assert not shares[0] & shares[1]


def test_the_readme_and_the_page_get_what_was_found(root, call):
    file = root.parent / "README.md"
    file.write_text(f"a\n{readme.BEGIN}\nold\n{readme.END}\nb\n")
    assert call("--preset", "full", "--dirty")[0] == 0
    assert call("--readme")[:2] == (0, "filled in anew\n")
    text = file.read_text()
    assert text.startswith("a\n")
    assert text.endswith("\nb\n")
    assert "All 3 statements: 3 reproduced" in text
    assert call("--readme")[1] == "unchanged\n"
    assert "The loss is above 0." in (root.parent / "results/index.html").read_text()
    assert "The page: " in call("report")[1]


def test_every_field_may_be_a_flag():
    for claim in claims.find():
        fields = claims.load(claim).Config.__dataclass_fields__
        assert not {f"--{name.replace('_', '-')}" for name in fields} & set(cli.OPTIONS)


def test_the_file_of_a_user_is_a_setting(root, call):
    (root / "sums/__init__.py").write_text('CLAIMS = ("adding",)\nFILE = "adding"\nCOMMANDS = ("more",)\n')
    (root / "sums/more.py").write_text(
        '"""Says more."""\ndef two():\n    return 2\ndef command(words):\n    return f"more: {words}"\n'
    )
    assert call("sums", "more", "--of", "it")[1] == "more: ['--of', 'it']\n"
    assert call("sums", "more", "--preset", "full")[1] == "more: ['--preset', 'full']\n"
    assert call("sums", "more", "--help")[1] == "Says more.\n"
    status, _, err = call("sums", "prices.csv", "--target", "price")
    assert status == 2
    assert "there is no setting --data" in err


def test_a_run_into_a_folder_of_the_users_own(root, call):
    assert call("sums", "--out", str(root.parent / "mine"))[0] == 0
    assert (root.parent / "mine/sums/adding/verdicts.json").exists()
    assert results.read_json(root.parent / "mine/sums/adding/run.json")["preset"] == "quick"
