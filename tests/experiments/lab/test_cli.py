"""The command line on toy claims: what it shows, runs, refuses and reports."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from unittest import mock

import pytest

from experiments.lab import claims, cli, drawing, runner
from tests.experiments.toys import CONFIG, RUN, VERDICTS, contents, write_claim

REPOSITORY = claims.ROOT.parent
DRAWING_PROCESS = cli.drawing_process  # `call` draws in this process instead


@pytest.mark.parametrize(("place", "told"), [("| head -1", ""), ("> /dev/full", "No space left on device")])
def test_an_output_that_is_closed_or_full_ends_in_a_line(root: Path, place: str, told: str):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    code = f"from experiments.lab import cli; cli.main(['--list'] , {str(root)!r})"
    for number in range(3):
        write_claim(root, f"solo.long{number}", "Long " * 5_000)
    command = f'"{sys.executable}" -c "{code}" {place}'
    done = subprocess.run(command, shell=True, cwd=REPOSITORY, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == bool(told)


@pytest.mark.parametrize("argument", ["--help", "--list"])
def test_help_and_list_load_no_heavy_library(root: Path, argument: str):
    code = (
        "import sys\nfrom experiments.lab import cli\n"
        f"try:\n    cli.main([{argument!r}], {str(root)!r})\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'jax', 'matplotlib', 'numpy', 'xarray', 'pandas', 'scipy', 'nnjax'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_libraries_read_when_they_are_loaded_is_set_first(call, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("MPLBACKEND")
    found = []
    monkeypatch.setattr(
        cli, "_command", lambda *_: found.extend(map(os.environ.get, ("OPENBLAS_NUM_THREADS", "MPLBACKEND")))
    )
    assert call()[0] == 0
    assert found == ["1", "Agg"]


def test_list_and_help_show_every_claim(root, call):
    for argument in ("--list", "--help"):
        code, out, _ = call(argument)
        assert code == 0
        assert re.search(
            r"pair\.second +The second\.\npair\.first +The first\.\nsolo\.only +Solo \| claims little\.", out
        )


def test_help_of_one_claim_shows_the_fields(root, call):
    code, out, _ = call("solo", "--help")
    assert code == 0
    assert "--preset" in out
    assert "--seeds" in out
    assert "scientific: how many seeds" in out


def test_quick_is_the_default_and_goes_to_quick(root: Path, call):
    code, out, _ = call()
    made = root.parent / "results"
    assert code == 0
    assert re.search(r"\[1/3\] pair.second  1 reproduced; 0 of 1 aims met  \(\d+\.\d s\)", out)
    assert re.search(r"solo +1 +1 +0 +0 +0 +0 of 1", out), "a row for each topic"
    assert "results/quick/<topic>/<claim>/" in out
    assert "results/quick/index.html" in out
    assert "Next: python -m experiments pair.second --redraw --preset quick   (prints" in out
    assert "Toys are 0.14 high." in (made / "quick" / "index.html").read_text(encoding="utf-8")
    assert "Found:" not in out
    told = call("solo")[1]
    assert "Found: Toys are" in told, "a single claim is told in full"
    again = "index.html is from before this run; make it anew with: python -m experiments report --preset quick\n"
    assert again in told
    assert re.search(r"^fast +2 +- +missed$", told, re.MULTILINE), "the words of an aim"
    assert [path.name for path in made.iterdir()] == ["quick"]
    files = {"data.nc", "run.json", "table.csv", "verdicts.json", "toy.png", "toy.svg"}
    assert set(contents(made / "quick" / "pair" / "first")) == files
    assert json.loads((made / "quick" / "solo" / "only" / "run.json").read_text())["preset"] == "quick"
    assert call("solo", "--preset", "full")[0] == 0
    pages = f"{made / 'index.html'} and {made / 'quick' / 'index.html'}"
    assert f"for a browser: {pages}\n" in call("solo", "pair.first", "--redraw")[1], "where results of both are drawn"


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({}, "--preset quick"),
        ({"preset": "full"}, "--preset full"),
        ({"preset": "full", "name": "nn"}, "--name nn"),
        ({"results": Path("my results")}, "--preset quick --results-dir 'my results'"),
    ],
)
def test_what_is_to_be_done_next_names_the_results_that_were_made(root: Path, change: dict, options: str):
    job = runner.Job([], None, [], root.parent / "results", root)._replace(**change)
    assert cli._redraw(job, "solo.only") == f"python -m experiments solo.only --redraw {options}"


SWEEPING = RUN.replace(
    "def run(config):",
    """def run(config):
    import nnjax
    nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=8, num_steps=2, progress=False)""",
)


def test_a_large_grid_of_the_users_own_asks_for_yes(root: Path, call, monkeypatch: pytest.MonkeyPatch):
    assert SWEEPING != RUN
    write_claim(root, "solo.only", "Solo.", run=SWEEPING)
    for limit in ("MOST_NETWORKS", "MOST_SECONDS", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(runner, limit, 0)
            code, _, err = call("solo", "--seeds", "5")
        assert code == 2
        assert "8 networks in 1 program" in err
        assert "--yes" in err
        assert not (root.parent / "results" / "quick" / "solo" / "only" / "data.nc").exists()
    monkeypatch.setattr(runner, "MOST_NETWORKS", 0)
    assert call("solo")[0] == 0, "a preset is not asked about"
    assert call("solo", "--seeds", "5", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--presett", "full"], "unknown option --presett; did you mean --preset?"),
        (["pair", "--seeds", "4"], "unknown option --seeds; name exactly one claim"),
        (["--seeds", "4"], "unknown option --seeds"),
        (["--seeds", "4", "solo"], "name exactly one claim, and its settings after it"),
        (["solo", "--redraw", "--seeds", "4"], "--redraw draws what was run"),
        (["solo", "--preset", "fast"], "invalid choice: 'fast'"),
        (["solo", "--preset"], "--preset: expected one argument"),
        (["solo", "--name", "a/b"], "--name 'a/b' must be up to 64 letters"),
        (["solo", "--name", "mine."], "no dot at either end"),
        (["solo", "--name", "mine "], "--name 'mine ' must be up to 64 letters"),
        (["solo", "--name", "a" * 201], f"--name '{'a' * 76}... must be up to 64 letters"),
        (["solo", "--name=-a"], "no - at the beginning"),
        *((["solo", "--name", name], "it is a device on Windows") for name in ("CON", "nul.txt", "com1", "Lpt9.a")),
        (["solo", "--style", "slides"], "--style 'slides' must be a file, or a style of matplotlib"),
        (
            ["solo", "--style", "dark_background"],
            "'dark_background' has figure.facecolor: black, and must",
        ),
        (["solo", "--style", "http://127.0.0.1/a.mplstyle"], "must be a file, or a style of matplotlib"),
        (["solo", "--style", "/"], "--style '/' must be a file"),
        (["solo", "--results-dir", ""], "--results-dir '': takes the name of a folder"),
        (["solo", "--results-dir", "/proc/results"], "--results-dir '/proc/results': results cannot be written"),
        (["solo", "seeds=4"], "unknown experiment 'seeds=4'; a setting is a flag, as in --seeds 4"),
        (["solo", "4"], "unknown experiment '4'; the topics are pair, solo"),
        (["PAIR"], "unknown experiment 'PAIR'; did you mean 'pair'?"),
        (["first"], "unknown experiment 'first'; did you mean 'pair.first'?"),
        (["solo", "data=x.csv"], "unknown experiment 'data=x.csv'; a setting is a flag, as in --data x.csv"),
        (["other.solo"], "unknown experiment 'other.solo'; did you mean 'solo"),
        (["solo", "x.csv"], "unknown experiment 'x.csv'; for a table of yours write: your_table FILE --target COLUMN"),
        (["solo", "--", "--seeds", "4"], "unknown option --; settings follow the name"),
    ],
)
def test_a_bad_option_exits_with_2(root: Path, call, argv: list[str], message: str):
    code, out, err = call(*argv)
    assert code == 2
    assert out == ""
    usage, line = err.splitlines()
    assert usage.startswith("usage: ")
    assert message in line
    assert not (root.parent / "results").exists()


def test_a_value_that_nnjax_refuses_is_told_in_one_line_and_a_fault_with_its_traceback(root: Path, call):
    refused = RUN.replace("run was told to fail", "").replace(
        "raise RuntimeError", "import nnjax; nnjax.activations.get(config.fail_in)"
    )
    write_claim(root, "solo.only", "Solo.", run=refused)
    code, out, err = call("solo", "--fail-in", "run")
    assert code == 2
    assert out.startswith("solo.only: results go to ")
    assert re.fullmatch(r"failed: solo.only: activation='run' is unknown. Known: .*\n", err)
    for number, fault in enumerate(("np.reshape(np.ones(3), 2)", "float('x')", "int.from_bytes(1)")):
        write_claim(root, f"solo.fault{number}", "Solo.", run=RUN.replace("x = np", f"{fault}; x = np"))
        code, _, err = call(f"solo.fault{number}", "--seeds", "4")
        assert code == 1
        assert err.startswith("Traceback")
        assert "\nfailed: solo.fault" in err


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_trained(root: Path, call):
    results = root.parent / "results"
    (results / "quick").mkdir(parents=True)
    (results / "quick" / "solo").write_text("a file where a folder must be")
    code, out, err = call("solo", "--fail-in", "run")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"failed: solo.only: results cannot be written to .*/only: .*/solo: Not a directory\n", err)


def test_what_cannot_run_is_told_before_anything_is_trained_and_the_others_run(root: Path, call):
    check = "def check(config):\n    raise ValueError(\"it needs more: pip install -e '.[peers]'\")\n"
    write_claim(root, "pair.first", "It needs more.", config=CONFIG.format(full=3) + check)
    (root.parent / "results" / "quick" / "solo").mkdir(parents=True)
    (root.parent / "results" / "quick" / "solo" / "only").write_text("a file where a folder must be")
    write_claim(root, "solo.other", "Without a package.", run="import no_package_of_this_name\n" + RUN)
    run = RUN.replace("x = np", "import sys; print('training', file=sys.stderr); x = np")
    write_claim(root, "pair.second", "It runs.", run=run)
    code, out, err = call()
    assert code == 1
    assert "[1/1] pair.second  1 reproduced" in out
    before, after = err.split("training\n")
    assert "not run: pair.first: it needs more: pip install -e '.[peers]'\n" in before
    assert re.search(r"not run: solo.only: results cannot be written to .*Not a directory\n", before)
    assert "not run: solo.other: No module named 'no_package_of_this_name'\n" in before
    assert [line.split(":")[1] for line in after.splitlines() if line.startswith("failed")] == [
        " pair.first", " solo.only", " solo.other",
    ]  # fmt: skip


def test_many_claims_without_data_take_few_lines(root: Path, call):
    for number in range(3):
        write_claim(root, f"solo.more{number}", "More.")
    (root.parent / "results").mkdir()
    code, _, err = call("--redraw")
    assert code == 2
    assert len(err.splitlines()) == 4
    assert err.endswith("failed: 3 more\n")


def test_one_failure_is_reported_and_stops_no_other(root: Path, call, monkeypatch):
    monkeypatch.setattr(cli, "drawing_process", DRAWING_PROCESS)
    write_claim(root, "pair.second", "It fails.", config=CONFIG.format(full=3).replace('str = ""', 'str = "run"'))
    drawn = root.parent / "results" / "quick" / "pair" / "first" / "verdicts.json"
    interrupting = f"""    import multiprocessing, os, pathlib, signal, time
    for _ in range(6000):  # a minute
        if pathlib.Path({str(drawn)!r}).exists():
            break
        time.sleep(0.01)
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGINT)  # as Ctrl-C does with every process of a terminal
"""
    write_claim(root, "solo.only", "Solo.", run=RUN.replace("    x = np", f"{interrupting}    x = np"))
    code, out, err = call()
    assert code == 1
    assert "KeyboardInterrupt" not in err
    assert "failed: pair.second: RuntimeError: run was told to fail" in err
    assert "solo.only    1 reproduced" in out
    assert not (root.parent / "results" / "quick" / "pair" / "second").exists()


def test_what_ended_before_ctrl_c_is_drawn_and_told(root: Path, call, monkeypatch):
    monkeypatch.setattr(cli, "drawing_process", DRAWING_PROCESS)
    monkeypatch.setattr(drawing, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    write_claim(root, "pair.first", "It is stopped.", run=RUN.replace("x = np", "raise KeyboardInterrupt; x = np"))
    code, out, err = call("pair")
    assert code == 130
    assert "pair.second  1 reproduced" in out
    assert err.startswith("\nstopped\nWhat has ended is on disk")


def test_a_claim_whose_code_has_changed_since_the_process_began_is_refused(root: Path, call):
    edit = f"import pathlib; pathlib.Path({str(root / 'pair' / 'first' / 'run.py')!r}).write_text('run = None'); x = np"
    write_claim(root, "pair.second", "It edits.", run=RUN.replace("x = np", edit))
    code, out, err = call("pair")
    assert code == 1
    assert "pair.second  1 reproduced" in out
    assert err == "\nfailed: pair.first: its code has changed since this process began; run it again\n"


def test_where_the_process_that_draws_has_died_another_draws(root: Path, call, monkeypatch):
    class Pool(ThreadPoolExecutor):
        begun = 0

        def __init__(self, workers: int, **_) -> None:
            super().__init__(workers)
            Pool.begun += 1

        def submit(self, *what):
            if Pool.begun == 1:
                raise BrokenProcessPool
            return super().submit(*what)

    monkeypatch.setattr(drawing, "ProcessPoolExecutor", Pool)
    with DRAWING_PROCESS(2) as draw:
        assert isinstance(draw(None).exception(), TypeError)
    assert Pool.begun == 2
    monkeypatch.setattr(runner, "draw", mock.Mock(side_effect=BrokenProcessPool("died")))
    code, _, err = call("solo")
    assert code == 1
    told = "it has been trained; draw it with python -m experiments solo.only --redraw --preset quick"
    assert err.endswith(f"failed: solo.only: BrokenProcessPool: died\n    {told}\n")


def test_the_time_of_full_is_told_before_it_runs_and_in_the_list(root: Path, call):
    assert "times: FULL of these 3 experiments has not been run" in call("--list")[1]
    out = call("solo", "--preset", "full")[1]
    assert out.startswith(
        f"FULL of solo.only has not been run; results go to {root.parent / 'results' / 'solo' / 'only'}/\n"
    )
    for name, seconds in (("solo/only", 19_000.0), ("pair/first", 62.0)):
        folder = root.parent / "results" / name
        folder.mkdir(parents=True, exist_ok=True)
        run = {"command": "", "config": {}, "cores": 2, "seconds": {"total": seconds}}
        (folder / "run.json").write_text(json.dumps(run))
    listed = call("--list")[1]
    assert re.search(r"solo\.only +5 h 16 min  Solo", listed)
    assert re.search(r"pair\.first +62 s  The first", listed)
    assert "times: FULL of these 3 experiments took 5 h 17 min on 2 cores, 1 of them not counted" in listed
    assert call("solo", "pair", "--preset", "full")[1].startswith("FULL of these 3 experiments took 5 h 17 min")
    for damaged in ("<<<<<<< HEAD\n{}", '{"command": "", "config": {}, "cores": 2}', "[]"):  # counts as not run
        (root.parent / "results" / "solo" / "only" / "run.json").write_text(damaged)
        code, out, err = call("--list")
        assert (code, err) == (0, "")
        assert "1 of them not counted" in out
        assert call("solo", "--redraw")[2].endswith("cannot be read; run it again\n")
    assert call("solo", "--preset", "full")[1].startswith("FULL of solo.only has not been run; results go to")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            ["--preset", "full", "--seeds", "5"],
            "solo.only: results go to {}/quick/solo/only/, as these settings are not FULL",
        ),
        (["--seeds", "5"], "solo.only: results go to {}/quick/solo/only/"),
        (["--seeds", "5", "--name", "mine"], "solo.only: results go to {}/runs/mine/solo/only/"),
        ([], None),
    ],
)
def test_where_the_results_of_own_settings_go_is_told_before_they_run(
    root: Path, call, argv: list[str], told: str | None
):
    first = call("solo", *argv)[1].splitlines()[0]
    assert first.startswith("[1/1]") if told is None else first == told.format(root.parent / "results")


SLOW = RUN.replace("x = np", "import time; time.sleep(0.3); x = np")


def test_a_line_now_and_then_tells_how_far_a_run_is_where_no_terminal_does(root: Path, call, monkeypatch):
    monkeypatch.setattr(runner, "PULSE", 0.1)
    sweeping = SWEEPING.replace("progress=False)", "progress=False)\n    import time; time.sleep(0.3)")
    write_claim(root, "solo.only", "Solo.", run=sweeping)
    err = call("solo")[2]
    assert re.search(r"^solo.only: [\d.]+ s so far; sweep 1, 8 of 8 networks begun$", err, re.MULTILINE)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    write_claim(root, "solo.terminal", "Solo.", run=SLOW)
    assert call("solo.terminal")[2] == ""


def test_own_results_stand_beside_the_committed_ones(root: Path, call):
    assert "no committed results that can be read" in call("solo", "--compare")[1]
    assert call("solo", "--preset", "full")[0] == 0
    out = call("solo", "--seeds", "200", "--rates", "0.5", "--compare")[1]
    table = out[out.index("setting ") :].splitlines()
    assert [line.split() for line in table] == [
        ["setting", "committed", "here"],
        ["seeds", "4", "200"],
        ["rates", "0.1", "1.0", "0.5"],
        [],
        ["verdict", "committed", "here"],
        ["toy-id", "reproduced:", "0.2143", "[0,", "inf]", "reproduced:", "14.21", "[0,", "inf]"],
        ["fast", "missed:", "2", "missed:", "2"],
    ]
    assert "\nseeds " in call("solo", "--redraw", "--preset", "quick", "--compare")[1]
    for name, old, new in (("run", '"seeds": 4', '"seeds": 7'), ("verdicts", '"reproduced"', '"partly"')):
        path = root.parent / "results" / "solo" / "only" / f"{name}.json"
        path.write_text(path.read_text().replace(old, new))
    out = call("solo", "--preset", "full", "--compare")[1]
    assert re.search(r"^seeds +7 +4$", out, re.MULTILINE), "the results that the run has written over"
    assert re.search(r"^toy-id +partly: 0.2143 \[0, inf\] +reproduced: 0.2143", out, re.MULTILINE)


def test_too_little_memory_and_an_end_of_the_process_are_told(root: Path, call):
    huge = RUN.replace("x = np.arange(config.seeds)", "x = np.zeros(10**15)")
    assert huge != RUN
    write_claim(root, "solo.huge", "Huge.", run=huge)
    code, _, err = call("solo.huge", "--seeds", "4")
    assert code == 2
    assert re.fullmatch(r"failed: solo.huge: Unable to allocate .*\n", err)
    ending = RUN.replace("RuntimeError", "SystemExit")
    write_claim(root, "solo.ending", "It ends.", run=ending)
    code, _, err = call("solo.ending", "--fail-in", "run")
    assert code == 1
    assert err.endswith("failed: solo.ending: SystemExit: run was told to fail\n")


def test_a_results_folder_whose_name_no_disk_takes_is_told_before_anything_is_trained(root: Path, call):
    code, out, err = call("solo", "--fail-in", "run", "--results-dir", str(root / ("x" * 300)))
    assert (code, out) == (2, "")
    assert "results cannot be written to" in err
    assert "File name too long" in err
    (root.parent / "results").mkdir()
    (root.parent / "results" / "stores").write_text("a file where a folder must be")
    code, out, err = call("solo", "--seeds", "5")
    assert code == 2
    assert re.search(r"failed: solo.only: results cannot be written to .*/stores/solo.only/.*Not a directory", err)


def test_a_command_of_a_topic_has_help_of_its_own(root: Path, call):
    (root / "solo" / "__init__.py").write_text('COMMANDS = ("tell",)\n')
    tell = '"""The command `solo tell NAME`."""\n\ndef command(arguments):\n    return " and ".join(arguments)\n'
    (root / "solo" / "tell.py").write_text(tell)
    assert call("solo", "tell", "a", "b") == (0, "a and b\n", "")
    assert call("solo", "tell", "--help") == (0, "The command `solo tell NAME`.\n", "")


DRAWS = """
import os, pathlib, sys, time
from experiments.lab import drawing, runner

def draw():
    pathlib.Path(sys.argv[1], "begun").write_text(str(os.getpid()))
    time.sleep(3)
    pathlib.Path(sys.argv[1], "drawn").touch()

runner.draw = draw  # in the drawing process as well, which imports this file
if __name__ == "__main__":
    with drawing.drawing_process(2) as draws:
        draws().result()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_drawing_is_ended_and_its_process_ends_when_the_training_one_is_killed(tmp_path):
    """A batch system may send SIGTERM to all processes of a job, and then SIGKILL to the one that trains."""
    (tmp_path / "trains.py").write_text(DRAWS)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen([sys.executable, tmp_path / "trains.py", tmp_path], env=environment) as training:
        assert _soon(lambda: (tmp_path / "begun").exists() and (tmp_path / "begun").read_text())
        drawing = int((tmp_path / "begun").read_text())
        os.kill(drawing, signal.SIGTERM)
        training.kill()
    assert _soon(lambda: not Path(f"/proc/{drawing}").exists())
    assert (tmp_path / "drawn").exists()


def _soon(holds) -> bool:
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_an_error_of_a_drawing_that_cannot_be_sent_is_told_in_words(monkeypatch):
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    def fails(error):
        raise error

    monkeypatch.setattr(runner, "draw", fails)
    with pytest.raises(RuntimeError, match=r"^Odd: this and that$"):
        drawing._draw_uncut(Odd("this", "that"))
    with pytest.raises(KeyError, match="plain"):
        drawing._draw_uncut(KeyError("plain"))


def test_a_statement_without_a_verdict_is_told_of(root: Path, call):
    forgets = VERDICTS.replace(', fast.verdict("They are slow.", 2.0)]', "]")
    assert forgets != VERDICTS
    write_claim(root, "solo.only", "Solo.", verdicts=forgets)
    code, out, _ = call("solo.only")
    assert code == 0
    assert "Not judged: these data say nothing on this statement." in " ".join(out.split())


@pytest.mark.parametrize(
    ("role", "text", "message"),
    [
        (
            "run",
            "def run(config):\n    return {}\n",
            "run of solo.only returned a dict: it must return an xarray.Dataset",
        ),
        (
            "figures",
            "import matplotlib.pyplot as plt\n\n\ndef figures(data):\n    return plt.figure()\n",
            "figures of solo.only returned a Figure: it must return {name: Figure}",
        ),
    ],
)
def test_what_a_claim_returns_is_checked(root: Path, call, role: str, text: str, message: str):
    write_claim(root, "solo.only", "Solo.", **{role: text})
    code, _, err = call("solo.only")
    assert code == 1
    assert message in err
