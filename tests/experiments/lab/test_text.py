"""Results as text: counts, numbers, intervals, tables."""

import dataclasses
from types import SimpleNamespace

import pytest

from experiments.lab import text
from experiments.lab.claims import Claim
from experiments.lab.report.fill import Formatted
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PREDICTION, REPRODUCED
from tests.experiments.toys import GOOD


def test_aims_are_counted_apart():
    pairs = [("published", REPRODUCED), ("textbook", NOT_SETTLED), ("aim", REPRODUCED), ("aim", NOT_REPRODUCED)]
    verdicts = [SimpleNamespace(kind=kind, outcome=outcome) for kind, outcome in pairs]
    assert text.counts(verdicts) == "1 reproduced, 1 not settled; 1 of 2 aims met"
    assert text.counts(verdicts[2:]) == "1 of 2 aims met"
    assert text.counts([]) == "no verdict"


def test_numbers_are_told_in_four_digits_or_whole():
    told = {
        999.9: "999.9",
        9999.4: "9999",
        9999.7: "10,000",
        12_345: "12,345",
        12_345.6: "1.235e+04",
        -0.0: "0",
        -1e-9: "-1e-09",
    }
    assert {value: text.number(value) for value in told} == told
    assert text.number(-0.0, "of the networks") == "0%"


def test_an_interval_says_what_it_is_unless_it_is_one_of_confidence_of_95_percent():
    one = GOOD.verdict("Found.", 0.4, 0.3, 0.5)._replace(unit="of the networks")
    assert text.with_interval(one) == "40% [30%, 50%] of the networks"
    assert text.with_interval(one._replace(level=0.995)) == "40% [30%, 50%; 99.5%] of the networks"
    told = one._replace(interval=PREDICTION, level=0.99)
    assert text.with_interval(told) == "40% [30%, 50%; predicted, 99%] of the networks"
    assert format(Formatted(told), ".1f") == "0.4 [0.3, 0.5; predicted, 99%]"
    assert text.with_interval(one._replace(low=None, high=None)) == "40% of the networks"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_verdict_table_keeps_its_width_and_every_word(width: int):
    long = dataclasses.replace(
        GOOD, id="-".join(["long"] * 12), claim="many words " * 30, reference="no finite local minimum"
    )
    verdicts = [one.verdict("few words", 0.4, 0.3, 0.6) for one in (GOOD, long)]
    table = text.verdict_table(verdicts, width)
    assert max(map(len, table.splitlines())) <= width
    assert table.count("many") == 30
    assert "0.4 [0.3, 0.6]" in table
    assert "\033" not in table
    assert "\033[32mreproduced\033[0m" in text.verdict_table(verdicts[:1], width, colour=True)


def test_a_list_keeps_words_whole_in_a_narrow_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "columns", lambda: 60)
    claim = Claim(f"solo.{'long' * 9}", tmp_path, "Uninterrupted sentences about universal approximation.")
    listed = text.listing([claim], tmp_path)
    assert [word for word in claim.summary.split() if word not in listed.split()] == []
