"""What findings say of replications."""

from experiments.lab import estimates, rules
from experiments.lab.claims import find_claims
from experiments.lab.report.measured_again import with_replications
from experiments.lab.verdicts import Verdict
from tests.experiments.toys import write_claim


def test_a_finding_says_where_a_replication_came_to_another_outcome(empty_root, tmp_path):
    write_claim(empty_root, "solo.only", "Solo claims little.")
    (claim,) = find_claims(empty_root)
    verdicts = [Verdict(id, "", "aim", "", None, "", "Found.", 3, None, None, "", 3, "partly") for id in "abc"]

    def told(*outcomes, measured=3):
        runs = [[one._replace(outcome=each[i]) for i, one in enumerate(verdicts)] for each in outcomes]
        found = {0: estimates.rows_of(claim, 0, [one._replace(measured=measured) for one in verdicts])}
        found |= {i: estimates.rows_of(claim, i, run) for i, run in enumerate(runs, start=1)}
        return [one.finding for one in with_replications(claim, verdicts, found)]

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
        found = {i: estimates.rows_of(claim, i, [run]) for i, run in enumerate(runs)}
        assert found[0][0]["tuning"] == (estimates.LEFT_OUT if first.rule else "")
        return with_replications(claim, [first], found)[0].finding

    assert told(0.75, 0.65, 0.85) == (
        "Found. Of 4 complete runs, each tuned anew, the median is 70.83%; the least and the greatest are 65% and 85%."
    )
    assert told(-0.2, 0.3, 0.1, measured=0.1, unit="").endswith("is 0.1; the least and the greatest are -0.2 and 0.3.")
    assert told(0.75, 0.65) == told(2 / 3, 2 / 3, 2 / 3) == told(0.75, 0.65, 0.85, rule="") == "Found."
    assert told("3 of 4", "3 of 4", "2 of 4", measured="3 of 4") == told(0.7, 0.7, None) == "Found."
