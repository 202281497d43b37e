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
    assert now() == [adding, trained]
    edit(file, "learning_rate=0.1", "learning_rate=0.3")
    edit(root / "sums/more.py", "return 2", "return 3")
    assert now()[0] != adding
    assert now()[1] != trained


def test_repeats_have_other_numbers_and_the_finding_counts_them(root, call):
    call("nets")
    file, folder = root.parent / "results/quick/repeats.csv", root.parent / "results/quick/nets/trained"
    of, verdicts = results.read_json(folder / "run.json")["of"], results.read_json(folder / "verdicts.json")
    repeat.write(file, "nets.trained", 2, of, verdicts)
    repeat.write(file, "nets.trained", 1, of, [row | {"outcome": "not settled"} for row in verdicts])
    repeat.write(file, "nets.trained", 1, "other code", verdicts)
    repeat.write(file, "nets.trained", 1, of, [row | {"outcome": "not settled"} for row in verdicts])
    rows = results.read_table(file)
    assert [(row["id"], row["repeat"]) for row in rows] == [("low", "1"), ("many", "1"), ("low", "2"), ("many", "2")]
    _, out, _ = call("nets", "--redraw", "--preset", "quick")
    assert "Same outcome in 1 of 2 other runs." in " ".join(out.split())
    edit(root / "nets/trained.py", "learning_rate=0.1", "learning_rate=0.2")
    assert code.of(claims.find(root)[1], root) != of


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
        return {"claim": "a.b", "id": id, "repeat": "1", "outcome": outcome} | numbers | more

    holds, fails = repeat.HOLDS, repeat.FAILS
    committed = [row("x", holds, 1, 0.9, 1.1), row("y", holds, 5, 4, 6), row("z", holds, 3, 3, 3)]
    again = [
        row("x", holds, 1.13, 1.0, 1.2),
        row("y", fails, 9, 8, 10),
        row("z", fails, 4, 4, 4),
        row("gone", holds, 1, 0, 2),
    ]
    text = repeat.summary(again, {"a.b": {one["id"]: one for one in committed}})
    assert text.startswith("Of 2 pairs of estimates, each of a committed run and a repeat, 1 agree")
    assert "Of 3 outcomes 2 differ" in text
    assert "2 turned from reproduced to not reproduced or back: a.b y, repeat 1; a.b z, repeat 1." in text
    assert repeat.summary([], {}) == "No repeat of a rule as it is now has been run."
