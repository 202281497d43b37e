"""The page, the findings of the documentation and the README: all of them from the results, and nothing typed."""

import re

import pytest

from experiments.lab import claims
from experiments.lab.report import findings, page
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import badge, counts, in_powers, measured, read

RESULTS = claims.ROOT.parent / "results"
EVERY = claims.find()


@pytest.fixture(scope="module")
def committed():
    return read(EVERY, RESULTS)


def test_every_question_is_answered_by_a_statement_in_one_sentence(committed):
    known = {one.claim.name: one for one in committed}
    for one in QUESTIONS:
        verdicts = one.verdicts(known)
        assert verdicts, one.question
        answer = one.answered(verdicts)
        assert all(measured(row) in answer for row in verdicts)
        assert len(re.findall(r"[.!?](?: |$)", re.sub(r"\d\.\d", "", answer))) == 1, answer
        assert known[one.claim].figures, one.claim


def test_powers_of_ten_are_written_as_people_write_them():
    assert in_powers("-2e-05 to 1.23e+03, median 4.5e+09 (8 draws)") == "-2 × 10⁻⁵ to 1,230, median 4.5 × 10⁹ (8 draws)"


def test_the_page_holds_every_statement_once_and_is_small(committed):
    text = page.as_html(EVERY, RESULTS)
    rows = [row for one in committed for row in one.verdicts]
    assert text.count("<tr data-topic=") == len(rows)
    assert len(text.encode()) < 3_000_000
    assert not re.findall(r"(?:src|href)=\"https?:", text)
    assert len(set(re.findall(r' id="([^"]+)"', text))) == len(re.findall(r' id="([^"]+)"', text))
    anchors = set(re.findall(r'href="#([\w-]+)', text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))


def test_what_was_not_run_is_left_out_of_the_page_and_named_in_the_findings(tmp_path):
    text = page.as_html(EVERY, tmp_path)
    assert "All 0 statements" in text
    topic = EVERY[0].topic
    assert "It has not been run yet." in findings.topic_page(topic, read(EVERY, tmp_path))


def test_a_damaged_claim_hides_no_other(root, call):
    assert call("--preset", "full", "--dirty")[0] == 0
    results = root.parent / "results"
    (results / "sums/adding/verdicts.json").write_text("<<<<<<<")
    text = page.as_html(claims.find(root), results)
    assert "The loss is above 0." in text
    assert "Two is two." not in text


def test_words_of_a_claim_are_escaped(root, call):
    file = root / "nets/trained.py"
    file.write_text(file.read_text().replace("The loss is above 0.", "1 < 2 & [a](b) | *c*."))
    assert call("nets", "--preset", "full", "--dirty")[0] == 0
    assert "1 &lt; 2 &amp; [a](b) | *c*." in page.as_html(claims.find(root), root.parent / "results")
    assert findings.escaped("1 < 2 & [a](b) | *c*") == r"1 &lt; 2 &amp; [a\](b) \| \*c\*"


def test_lines_are_filled_and_unknown_ones_refused(committed):
    filled = findings.filled("before\n[a link](x) <!-- filled: overview -->\nafter", committed)
    assert filled.startswith("before\n| experiment |")
    assert "statements:" in filled
    assert filled.endswith("\nafter")
    with pytest.raises(ValueError, match="nothing fills"):
        findings.filled("<!-- filled: nothing -->", committed)


def test_outcomes_have_a_shape_beside_their_colour():
    assert "✗" in badge("not reproduced")
    assert counts([{"outcome": "partly"}, {"outcome": "partly"}])["partly"] == 2
