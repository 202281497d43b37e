"""Repeats: other random numbers, what they came to, and the hash by which those of other code do not count."""

import jax
import numpy as np

from experiments.lab import claims, code, repeat, results
from nnjax import tasks
from tests.experiments.conftest import edit


def test_the_hash_follows_what_run_reaches_and_nothing_else(root):
    def now():
        return [code.of(claim, root) for claim in claims.find(root)]

    adding, trained = now()
    file = root / "nets/trained.py"
    edit(file, "return 1\n", "return 2  # not reached\n")
    edit(file, '"""The loss of each network."""', '"""A caption."""')
    edit(file, "above(0), loss", "above(1), loss")
    edit(root / "sums/adding.py", "import two", "import two  # 2")
    figure = "\n\ndef runs(data):\n    return data\n"  # named like a variable of run
    file.write_text(file.read_text() + figure)
    assert "runs = " in file.read_text()
    assert now() == [adding, trained]
    edit(file, "learning_rate=0.1", "learning_rate=0.3")
    edit(root / "sums/more.py", "return 2", "return 3")
    assert now()[0] != adding
    assert now()[1] != trained


def record_of(folder, commit="c", dirty=False, **more):
    return results.read_json(folder / "run.json") | {"commit": commit, "dirty": dirty} | more


def test_repeats_have_other_numbers_and_the_finding_counts_them(root, call):
    call("nets")
    file, folder = root.parent / "results/quick/repeats.csv", root.parent / "results/quick/nets/trained"
    verdicts, record = results.read_json(folder / "verdicts.json"), record_of(folder)
    other = [row | {"outcome": "not settled"} for row in verdicts]
    repeat.write(file, "nets.trained", 2, record, verdicts)
    repeat.write(file, "nets.trained", 1, record | {"of": "other code"}, verdicts)
    repeat.write(file, "nets.trained", 1, record, other)
    rows = results.read_table(file)
    assert [(row["id"], row["repeat"]) for row in rows] == [("low", "1"), ("many", "1"), ("low", "2"), ("many", "2")]
    _, out, _ = call("nets", "--redraw", "--preset", "quick")
    assert "Same outcome in 1 of 2 other runs." in " ".join(out.split())
    edit(root / "nets/trained.py", "learning_rate=0.1", "learning_rate=0.2")
    assert code.of(claims.find(root)[1], root) != record["of"]


def test_unseen_seeds_decide_where_the_rule_is_newer_than_its_data(root, call):
    file, folder = root.parent / "results/quick/repeats.csv", root.parent / "results/quick/nets/trained"
    trained, new = root / "nets/trained.py", repeat.SEEN + 1
    edit(trained, "loss, headline=True", 'loss, revised="It had no rule."')
    call("nets")
    (low, many), record = results.read_json(folder / "verdicts.json"), record_of(folder)
    fails = low | {"outcome": "not reproduced", "measured": -0.25, "low": -0.5, "high": -0.125}

    def now():
        call("nets", "--redraw", "--preset", "quick")
        return results.read_json(folder / "verdicts.json")

    for rule in ("an earlier one", *[fails["judged_by"]] * 2):  # these seeds were seen before the rule was changed
        repeat.write(file, "nets.trained", new - 1, record, [fails | {"judged_by": rule}, many])
    repeat.write(file, "nets.trained", new, record | {"dirty": True}, [fails, many])  # no commit held the rule
    repeat.write(file, "nets.trained", new + 1, record | {"judged_by": {}}, [fails, many])  # this commit, another one
    assert now()[0]["outcome"] == "reproduced"
    repeat.write(file, "nets.trained", new + 3, record, [low, many])
    repeat.write(file, "nets.trained", new + 2, record, [fails, many | {"outcome": "not settled"}])
    decided, other = now()
    assert (decided["outcome"], decided["confirmed"], decided["high"]) == ("not reproduced", "not reproduced", -0.125)
    assert decided["here"] == {name: low[name] for name in ("outcome", *repeat.NUMBERS)}
    assert decided["finding"].startswith("Unseen seeds decide: -0.25 [-0.5, -0.125]. The data shown here: ")
    assert decided["finding"].endswith("These data alone: reproduced. Same outcome in 3 of 4 other runs.")
    assert other["outcome"] == "reproduced"  # its rule is as old as the data
    edit(trained, 'data.loss.mean("width")', 'data.loss.max("width")')  # another measure: they do not confirm it
    assert "confirmed" not in now()[0]
    assert now()[0]["outcome"] == "reproduced"


def test_a_repeat_that_is_in_the_table_is_not_run_again(root, call):
    _, out, _ = call("sums", "--repeat", "1")
    assert "repeat 9 sums.adding" in out
    _, out, _ = call("sums", "--repeat", "1")
    assert "repeat 9" not in out
    (root.parent / "results/quick/repeats.csv").unlink()  # as if killed before it was written
    _, out, _ = call("sums", "--repeat", "1")
    assert "repeat 9 sums.adding" in out
    assert len(results.read_table(root.parent / "results/quick/repeats.csv")) == 1


def test_what_no_seed_enters_is_not_repeated(root, call):
    file = root.parent / "results/quick/repeats.csv"
    edit(root / "nets/trained.py", "equal(1), lambda data, level: count(data.many > 8e9))",
         "equal(1), lambda data, level: count(data.many > 8e9), random=False)")  # fmt: skip
    edit(root / "sums/adding.py", "exact(data.two.max()))", "exact(data.two.max()), random=False)")
    _, out, _ = call("--repeat", "1")
    assert "sums.adding is not repeated" in out
    assert [(row["claim"], row["id"]) for row in results.read_table(file)] == [("nets.trained", "low")]
    known = results.read_json(root.parent / "results/quick/nets/trained/verdicts.json")
    assert ["other run" in row["finding"] for row in known] == [True, False]


def test_counts_are_kept_whole_and_other_numbers_to_six_digits(tmp_path):
    verdict = {"id": "a", "outcome": "reproduced", "judged_by": "r", "measured": 8_378_070_864.0, "low": 1 / 3,
               "high": "inf"}  # fmt: skip
    record = {"of": "c", "dirty": False, "judged_by": {"a": "r"}, "commit": "d"}
    repeat.write(tmp_path / "repeats.csv", "a.b", 9, record, [verdict])
    (row,) = results.read_table(tmp_path / "repeats.csv")
    assert [row[name] for name in repeat.NUMBERS] == ["8378070864", "0.333333", "inf"]


def test_random_numbers_of_claims_differ_and_those_of_others_do_not(monkeypatch):
    def draws():
        monkeypatch.setitem(globals(), "__name__", "experiments.toy.claim")
        return np.random.default_rng(3).random(), float(jax.random.uniform(jax.random.key(3)))

    first, data = draws(), tasks.two_spirals(noise=0.1).x
    with repeat.other(0):
        assert draws() == first
    with repeat.other(2):
        second = draws()
        assert repeat.seed(5) == 5 + 2 * repeat.STEP
        assert not np.array_equal(tasks.two_spirals(noise=0.1).x, data)
        monkeypatch.setitem(globals(), "__name__", "scipy.stats")
        assert np.random.default_rng(3).random() == first[0]
    assert not set(first) & set(second)
    assert draws() == first


def test_the_summary_counts_pairs_that_agree_and_outcomes_that_turned():
    def row(id, outcome, measured, low, high, **more):
        numbers = {"measured": str(measured), "low": str(low), "high": str(high)}
        return (
            {"claim": "a.b", "id": id, "repeat": "1", "outcome": outcome, "of": "c", "judged_by": "r"} | numbers | more
        )

    def committed(*rows):
        about = {"region": [2.0, "inf"], "n": 1_000, "code": "c"}
        return {"a.b": {one["id"]: one | about | {"here": one} for one in rows}}

    holds, fails = repeat.HOLDS, repeat.FAILS
    known = committed(row("x", holds, 3, 2.9, 3.1), row("y", holds, 5, 4, 6), row("z", holds, 3, 3, 3))
    again = [
        row("x", holds, 3.13, 3.0, 3.2),
        row("y", fails, 9, 8, 10),
        row("z", fails, 4, 4, 4),
        row("gone", holds, 1, 0, 2),
        row("x", fails, 1, 1, 1, judged_by="another rule"),
    ]
    text = repeat.summary(again, known)
    assert text.startswith("Of 2 pairs of estimates, each of a committed run and a repeat, 1 agree")
    assert "In 1 of these pairs the two decide differently, where about 0 were to be expected" in text
    assert "Of all 3 outcomes 2 differ" in text
    assert "2 turned from reproduced to not reproduced or back: a.b y, repeat 1; a.b z, repeat 1." in text
    at_end = committed(row("x", "not settled", 2.1, 1.9, 2.3))
    many = [row("x", "partly", 2.1, 1.9, 2.3) for _ in range(100)]
    assert "In 0 of these pairs the two decide differently, where about 26 " in repeat.summary(many, at_end)
    assert repeat.summary([], {}) == "No repeat of a rule as it is now has been run."
