"""The page of the results: every verdict is on it with its number, and damage is told and hides nothing else."""

import base64
import csv
import html
import importlib.util
import io
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from experiments.lab import estimates
from experiments.lab.claims import ROOT, Claim, find_claims
from experiments.lab.report import answers, board, explorer, findings, index, readme
from experiments.lab.report.measured_again import OTHERWISE
from experiments.lab.report.questions import QUESTIONS, Short
from experiments.lab.report.read import DAMAGED, NOT_RUN, NOT_TESTED, read
from experiments.lab.verdicts import Verdict

RESULTS = ROOT.parent / "results"
VERDICT = {
    "id": "some id", "claim": "Toys are high.", "kind": "published", "source": "Toy (2000)", "reference": 0.5,
    "rule": "Reproduced above 0.", "finding": "They are 0.25 high.", "measured": 0.25, "low": 0.1, "high": "inf",
    "unit": "m", "n": 3, "outcome": "reproduced", "command": "python -m experiments toys.tall",
}  # fmt: skip
RUN = {
    "command": "python -m experiments toys.tall", "date": "2026-01-01", "config": {"seeds": 3, "rates": [0.1, 1.0]},
    "seconds": {"total": 7.25}, "versions": {"jax": "0.12"}, "cores": 2,
}  # fmt: skip


class Page(HTMLParser):
    """The rows of the board by their ids, what loads from elsewhere, links and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[str, dict] = {}
        self.loads, self.links, self.ids, self.tags = [], [], [], []
        self._row: dict | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        asked = {name: value for name, value in found.items() if name in ("src", "srcset", "poster", "data", "action")}
        self.loads += [*asked.values(), *([found["href"]] if tag in ("link", "base", "use", "image") else [])]
        if tag == "tr" and "data-outcome" in found:
            self._row = {"outcome": found["data-outcome"], "kind": found["data-kind"], "values": [], "text": ""}
            self.rows[found.get("id", f"row {len(self.rows)}")] = self._row
        if tag == "data" and self._row is not None:
            self._row["values"].append(float(found["value"]))

    def handle_endtag(self, tag):
        self._row = None if tag == "tr" else self._row

    def handle_data(self, data):
        if self._row is not None:
            self._row["text"] += data


@pytest.fixture(scope="module")
def committed() -> tuple[str, Page]:
    """The page of the committed results; an empty picture stands for each of its pictures, which take long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board, "picture", lambda path, *, whole=False: 'src="data:," width="1" height="1"')
        text = index.as_html(find_claims(), RESULTS, ["--preset", "full"])
    return text, Page(text)


@pytest.fixture
def toy(tmp_path: Path) -> tuple[Claim, Path]:
    """A claim with results: two verdicts, a run, a table and a figure."""
    folder = tmp_path / "toys" / "tall"
    folder.mkdir(parents=True)
    rows = [
        VERDICT,
        VERDICT | {"id": "other", "measured": "words", "low": None, "high": None, "outcome": "not settled"},
    ]
    (folder / "verdicts.json").write_text(json.dumps(rows))
    (folder / "run.json").write_text(json.dumps(RUN))
    (folder / "table.csv").write_text("x\n1\n")
    figure = plt.figure(figsize=(1, 1))
    figure.savefig(folder / "seen.png")
    plt.close(figure)
    return Claim("toys.tall", tmp_path, "Toys are tall."), tmp_path


def page_of(toy: tuple[Claim, Path], *more: Claim) -> Page:
    claim, results = toy
    return Page(index.as_html([claim, *more], results))


def test_every_committed_verdict_is_on_the_board_with_its_number(committed):
    rows, expected = committed[1].rows, 0
    for file in sorted(RESULTS.glob("*/*/verdicts.json")):
        name = ".".join(file.parts[-3:-1])
        for verdict in json.loads(file.read_text(encoding="utf-8")):
            row = rows["_".join(f"{name}/{verdict['id']}".split())]
            expected += 1
            assert (row["outcome"], row["kind"]) == (verdict["outcome"], verdict["kind"])
            number = verdict["measured"]
            assert row["values"] == ([] if isinstance(number, str) or number is None else [number])
            for part in ("claim", "finding", "rule", "unit", "command"):
                assert verdict[part] in row["text"]
    assert expected > 300
    assert sum(row["outcome"] != NOT_RUN for row in rows.values()) == expected


def test_the_page_is_one_file_that_asks_for_nothing(committed):
    text, page = committed
    assert [source[:40] for source in page.loads if not source.startswith("data:")] == []
    assert not {"link", "iframe", "object", "embed", "base"} & set(page.tags)
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert "@import" not in styles
    assert "url(" not in styles
    assert 'type="module"' not in text
    assert not re.search(r"localStorage|sessionStorage|XMLHttpRequest|\bfetch\(|indexedDB", text)


@pytest.mark.slow
def test_the_page_with_its_pictures_is_small():
    text = index.as_html(find_claims(), RESULTS, ["--preset", "full"])
    explorer = importlib.util.find_spec("vl_convert") is not None  # it takes 600 KB
    assert len(text.encode()) < (5_000_000 if explorer else 4_400_000)
    assert {source.partition(",")[0] for source in Page(text).loads} == {"data:image/webp;base64"}


def test_every_link_leads_somewhere(committed):
    page = committed[1]
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert unquote(link[1:].partition("?")[0]) in page.ids
        elif not link.startswith("data:"):
            assert (RESULTS / unquote(link)).is_file(), link


def numbers(words: str) -> set[str]:
    return set(re.findall(r"\d(?:[\d.e-]*\d)?", words))


def test_the_answers_name_statements_and_figures_that_are_there(committed):
    results = {result.claim.name: result for result in read(find_claims(), RESULTS)}
    for one in answers.asked(results):
        for name, id in one.statements:
            if name in results and results[name].verdicts:
                assert id in [verdict.id for verdict in results[name].verdicts], name
        name, figure = one.figure
        if name in results and results[name].figures:
            assert figure in [path.stem for path in results[name].figures]
            assert f'alt="{html.escape(one.alt)}"' in committed[0]
        told = [answers._verdict(results.get(name), id) for name, id in one.statements]
        if all(told):
            assert answers._filled(one.found, told) or not one.found, one.question
        for short, verdict in answers.judged(one, results):  # a number is that of the statement
            assert numbers(short.claim) <= numbers(verdict.claim), short
            told = f"{verdict.claim} {verdict.reference} {verdict.finding} {verdict.measured}"
            assert numbers(re.sub(r"\{.*?\}", "", short.measured)) <= numbers(told), short


def test_an_answer_begins_with_its_claims_and_their_outcomes(toy, monkeypatch):
    claim, root = toy
    verdict = read([claim], root)[0].verdicts[0]
    one = QUESTIONS[0]._replace(
        claims=(Short("Toys are <tall>", 0, "{:.2f}"), Short("Never asked", 1, "")), short="On average {0:.2f}.",
        found="", statements=((claim.name, verdict.id), ("toys.never_run", "unknown")),
    )  # fmt: skip
    results = read([claim], root)
    monkeypatch.setattr(answers, "QUESTIONS", (one,))
    assert f"{board.badge(verdict)} <span>Toys are &lt;tall&gt;</span></li></ul>" in answers.answers(results)


def test_a_statement_that_the_settings_of_a_run_leave_out_is_not_tested(toy, monkeypatch):
    claim, root = toy
    results = read([claim], root)
    one = QUESTIONS[0]._replace(
        claims=(Short("Toys are tall", 0, "{:.2f}"),), short="", found="On average {1:.2f}.",
        statements=((claim.name, results[0].verdicts[0].id), (claim.name, "left out")),
    )  # fmt: skip
    monkeypatch.setattr(answers, "QUESTIONS", (one,))
    told = answers.answers(results)
    assert "<dd>Not all of the statements below have results in this run.</dd>" in told
    assert (
        f"{board.badge(NOT_TESTED)} <p>“left out” of toys.tall is not tested with the settings of this run.</p>" in told
    )


def test_the_readme_has_a_row_for_each_claim_and_the_numbers_in_sentences(toy, monkeypatch):
    claim, root = toy
    said, words = read([claim], root)[0].verdicts
    one = QUESTIONS[0]._replace(
        claims=(Short("Toys are <tall>", 0, "{:.2f} m"), Short("They are a|b", 1, "as {}")),
        short="On average {0:.2f}.", statements=((claim.name, said.id), (claim.name, words.id)),
    )  # fmt: skip
    unfit = one._replace(claims=(Short("They are a|b", 1, "as {:.2f}"),))
    monkeypatch.setattr(answers, "QUESTIONS", (unfit,))
    with pytest.raises(ValueError, match=re.escape(f"{one.question} 'other' does not fit into 'as {{:.2f}}'")):
        readme.glance(read([claim], root))
    monkeypatch.setattr(answers, "QUESTIONS", (one,))
    results = read([claim], root)
    lines = readme.glance(results, str.upper).splitlines()
    assert lines[2:4] == [
        f"| **{one.question}** | Toys are &lt;tall&gt; | [✓&nbsp;reproduced](TOYS.TALL) | 0.25 [0.10, inf] m |",
        f"|  | They are a\\|b | [{board.SHAPES[words.outcome]}&nbsp;{words.outcome}](TOYS.TALL) | as words |",
    ]
    assert lines[-1].startswith("2 statements were tested.")
    told = f"Found. Measured once more, {OTHERWISE}, the outcome was partly."
    again = replace(results[0], verdicts=[said._replace(finding=told), words])
    lines = readme.glance([again], str.upper).splitlines()
    assert f"(TOYS.TALL){readme.DAGGER} |" in lines[2]
    assert readme.DAGGER not in lines[3]
    assert lines[5] == readme.DAGGER_SAYS
    assert readme.answer_lines(results, str) == (
        f"- **{one.question}** On average 0.25 [0.10, inf]. Evidence: [toys.tall](toys.tall)"
    )


def test_an_answer_that_has_lost_a_number_does_not_vanish_from_the_readme(toy, monkeypatch):
    claim, root = toy
    never = Claim("toys.never_run", root, "Never run.")
    (said, words) = read([claim], root)[0].verdicts
    one = QUESTIONS[0]._replace(claims=(), short="On average {0:.2f}.", statements=((claim.name, said.id),))

    def line(**change):
        monkeypatch.setattr(answers, "QUESTIONS", (one._replace(**change),))
        return readme.answer_lines(read([claim, never], root), str)

    assert line().endswith("On average 0.25 [0.10, inf]. Evidence: [toys.tall](toys.tall)")
    assert line(statements=((never.name, "some id"),)) == ""
    for change in ({"statements": ((claim.name, "gone"),)}, {"claims": (Short("Tall", 1, ""),), "statements": (
        (claim.name, said.id), (claim.name, "gone"))}):  # fmt: skip
        with pytest.raises(ValueError, match=re.escape(f"{one.question} toys.tall has no statement 'gone': it has")):
            line(**change)
    with pytest.raises(ValueError, match="does not fit into 'On average"):
        line(statements=((claim.name, words.id),))
    (root / "toys" / "tall" / "verdicts.json").write_text("<<<<<<< HEAD")
    with pytest.raises(ValueError, match=r"toys.tall has no statement 'some id': verdicts.json cannot be read"):
        line()


def test_an_aim_is_met_partly_met_or_missed_wherever_its_outcome_is_told(toy, monkeypatch):
    folder = toy[1] / "toys" / "tall"
    words = {"reproduced": "met", "partly": "partly met", "not reproduced": "missed", "not settled": "not settled"}
    (folder / "verdicts.json").write_text(
        json.dumps([VERDICT | {"id": one, "kind": "aim", "outcome": one, "source": ""} for one in words])
    )
    (result,) = read([toy[0]], toy[1])
    for verdict, (outcome, word) in zip(result.verdicts, words.items(), strict=True):
        badge = board.badge(verdict)
        assert badge == f'<span class="badge {outcome.replace(" ", "-")}">{badge.split(">", 1)[1]}'
        assert badge.endswith(f"</span> {word}</span>")
        one = QUESTIONS[0]._replace(
            found="It is {0.outcome}.", claims=(Short("Fast", 0, ""),), statements=((toy[0].name, outcome),)
        )
        monkeypatch.setattr(answers, "QUESTIONS", (one,))
        told = answers.answers([result])
        assert told.count(badge) == 2
        assert f"It is {word}." in told
        assert badge in findings.claims([result], "toys")
        where = f"#board?kind=aim&amp;outcome={outcome.replace(' ', '+')}"
        assert f'<li><a href="{where}"><strong>1</strong> {badge}</a></li>' in board.summary([result])
        row = page_of(toy).rows[f"toys.tall/{'_'.join(outcome.split())}"]
        assert (row["outcome"], row["text"].split("Some")[0].split("Toys")[0].strip("✓◐✗? ")) == (outcome, word)


def test_the_numbers_of_an_answer_are_those_of_the_verdicts(toy):
    (verdict, words) = read([toy[0]], toy[1])[0].verdicts
    assert answers._filled("{0:.2f} is {0.outcome}", [verdict]) == "0.25 [0.10, inf] is reproduced"
    verdict = verdict._replace(high=0.5)
    assert answers._filled("{0:.0%} is {0.outcome}", [verdict]) == "25% [10%, 50%] is reproduced"
    assert answers._filled("{1} here", [verdict, words]) == "words here"
    assert answers._filled("{1:.1f}", [verdict, words]) == ""
    assert answers._filled("{1}", [verdict, None]) == ""
    assert answers._filled("{1}", [verdict, words._replace(measured=None)]) == ""


def test_a_claim_without_results_is_shown_with_its_command(toy):
    page = page_of(toy, Claim("toys.small", toy[1], "Toys are <small>."))
    (row,) = [row for row in page.rows.values() if row["outcome"] == NOT_RUN]
    assert "Toys are <small>." in row["text"]
    assert "python -m experiments toys.small" in row["text"]
    assert len(page.rows) == 3


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("verdicts.json", None, "verdicts.json is missing"),
        ("verdicts.json", b'[{"id": "x"', "verdicts.json cannot be read"),
        ("verdicts.json", b"\xff\xfe\x00", "verdicts.json cannot be read"),
        ("verdicts.json", b"{}", "it holds no list of verdicts"),
        ("verdicts.json", b'[{"id": "x"}]', "a verdict lacks a field"),
        ("verdicts.json", json.dumps([VERDICT | {"outcome": "fine"}]).encode(), "'fine'"),
        ("verdicts.json", json.dumps([VERDICT | {"measured": [1]}]).encode(), "measured of a verdict is [1]"),
        ("verdicts.json", json.dumps([VERDICT | {"claim": None}]).encode(), "claim of a verdict is None"),
        (
            "verdicts.json",
            json.dumps([VERDICT | {"level": "high"}]).encode(),
            "level of a verdict is 'confidence', 'high'",
        ),
        ("verdicts.json", json.dumps([VERDICT | {"level": 95.0}]).encode(), "level of a verdict is 'confidence', 95.0"),
        ("verdicts.json", json.dumps([VERDICT | {"interval": "wide"}]).encode(), "level of a verdict is 'wide', 0.95"),
        ("verdicts.json", json.dumps([VERDICT | {"claim": "half a pair \ud800"}]).encode(), "surrogates not allowed"),
        ("verdicts.json", b"[" * 100_000, "verdicts.json cannot be read"),
        ("run.json", None, "run.json is missing"),
        ("run.json", b"[]", "it holds no settings"),
        ("run.json", json.dumps(RUN | {"seconds": {}}).encode(), "seconds has no total"),
        ("seen.png", None, "there is no figure"),
        ("seen.png", b"\x89PNG\r\n\x1a\n and no more", "seen.png cannot be read"),
        ("table.csv", None, "table.csv is missing"),
    ],
)
def test_what_is_missing_or_damaged_is_told_with_the_command(toy, file, content, said):
    path = toy[1] / "toys" / "tall" / file
    path.unlink() if content is None else path.write_bytes(content)
    (result,) = read([toy[0]], toy[1])
    assert said in "; ".join(result.problems)
    text = index.as_html([toy[0]], toy[1])
    assert "These results are incomplete or damaged" in text
    assert "Make it with <code>python -m experiments toys.tall</code>" in text
    outcomes = [row["outcome"] for row in Page(text).rows.values()]
    assert outcomes == ([DAMAGED] if file == "verdicts.json" else ["reproduced", "not settled"])


def test_the_command_of_a_run_that_is_named_full_names_it(toy):
    options = ["--preset", "full", "--name", "full"]
    assert read([toy[0]], toy[1], options)[0].command == f"{RUN['command']} --name full"


def test_the_board_of_a_named_run_has_commands_that_write_into_its_folder(toy):
    options = ["--name", "mine", "--results-dir", "else where"]
    (result,) = read([toy[0]], toy[1], options)
    assert result.command == f"{RUN['command']} --name mine --results-dir 'else where'"
    page = Page(index.as_html([toy[0]], toy[1], options))
    assert [result.command in row["text"] for row in page.rows.values()] == [True, True]
    assert [row["command"] for row in csv.DictReader(io.StringIO(board.as_csv([result])))] == [result.command] * 2


def test_a_replication_with_another_outcome_is_told_and_a_damaged_table_of_them_hides_nothing(toy):
    claim, results = toy
    rows = [Verdict(**row) for row in json.loads((results / "toys" / "tall" / "verdicts.json").read_text())]
    path = results / estimates.FOLDER / estimates.ESTIMATES
    path.parent.mkdir()
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, estimates.COLUMNS)
        writer.writeheader()
        for number, verdicts in enumerate((rows, [one._replace(outcome="partly") for one in rows])):
            writer.writerows(estimates.rows_of(claim, number, verdicts))
    told = " Measured once more, with other seeds, data and splits, the outcome was partly."
    assert [one.finding for one in read([claim], results)[0].verdicts] == [VERDICT["finding"] + told] * 2
    for damaged in ("claim,replication\ntoys.tall,x\n", "x" * 200_000, 'claim\n"'):
        path.write_text(damaged)
        assert [one.finding for one in read([claim], results)[0].verdicts] == [VERDICT["finding"]] * 2


def test_the_figure_of_an_answer_is_the_first_of_its_experiment_with_the_same_words(toy, monkeypatch):
    claim, root = toy
    folder = root / "toys" / "tall"
    shutil.copy(folder / "seen.png", folder / "also_seen.png")
    (result,) = read([claim], root)
    alts = {(claim.name, "seen"): "How <tall> they are"}
    assert list(board.figures(result, alts).values()) == [*alts.values(), "also seen, a figure of toys.tall"]
    assert board.board([result], alts).count('alt="How &lt;tall&gt; they are"') == 1
    monkeypatch.setattr(findings, "ALTS", alts)
    shown = findings.claims([result], "toys")
    assert 0 < shown.index("/seen.png") < shown.index("/also_seen.png")


def test_a_table_without_numbers_is_saved_and_not_explored(toy):
    table = toy[1] / "toys" / "tall" / "table.csv"
    assert "[Explore its table](../results/index.html#explorer?experiment=toys.tall), or save [table.csv](" in (
        findings.claims(read([toy[0]], toy[1]), "toys")
    )
    table.write_text("x\nyes\n")
    assert "\n\nSave [table.csv](../results/toys/tall/table.csv)." in findings.claims(read([toy[0]], toy[1]), "toys")


def test_a_page_says_what_the_columns_of_a_table_hold_where_the_claim_tells(toy):
    claim, root = toy
    assert "What the columns" not in findings.claims(read([claim], root), "toys")
    words = claim.path / "columns.toml"
    words.write_text('x = "height | of <one> toy (m)"\n"not in the table" = "nothing"\n')
    (result,) = read([claim], root)
    assert "    | x | height \\| of &lt;one&gt; toy (m) |" in findings.claims([result], "toys")
    assert explorer.table(result)["words"] == {"x": "height | of <one> toy (m)"}
    words.write_text("x = 'not closed")
    (result,) = read([claim], root)
    assert (result.columns, result.status) == ({}, "")
    assert "columns.toml cannot be read" in "; ".join(result.problems)


def test_every_column_of_a_committed_table_is_explained():
    found = [one for one in read(find_claims(), RESULTS) if one.table is not None]
    assert len(found) > 40
    for one in found:
        (head, *_) = csv.reader(one.table.read_text("utf-8").splitlines())
        assert set(one.columns) == set(head), one.claim.path / "columns.toml"
        assert all(len(words) > 3 and not words.endswith(".") for words in one.columns.values()), one.claim.name


def test_a_picture_that_is_damaged_inside_leaves_the_rest(toy):
    figure = toy[1] / "toys" / "tall" / "seen.png"
    content = figure.read_bytes()
    figure.write_bytes(content[:40] + content[-40:])
    assert board.picture(figure) == ""
    assert len(page_of(toy).rows) == 2


def test_a_picture_of_all_pixels_is_smaller_than_its_figure_and_looks_the_same():
    path = RESULTS / "universal_approximation" / "near_the_best" / "ratios.png"
    source = re.search(r'src="data:image/webp;base64,([^"]+)"', board.picture(path, whole=True))
    assert source
    content = base64.b64decode(source[1])
    assert len(content) < 0.75 * path.stat().st_size
    with Image.open(io.BytesIO(content)) as copy, Image.open(path) as figure:
        assert copy.size == figure.size
        assert np.abs(np.asarray(copy.convert("RGB"), int) - np.asarray(figure.convert("RGB"), int)).max() <= 4


def test_a_claim_may_be_figures_and_a_table_without_statements(toy):
    claim, results = toy
    (results / "toys" / "tall" / "verdicts.json").write_text("[]")
    found = read([claim], results)
    assert page_of(toy).rows == {}
    assert len(board.as_csv(found).splitlines()) == 1
    assert "table.csv" in findings.claims(found, "toys")
    assert "statement" not in findings.claims(found, "toys")


def test_what_stands_in_files_is_shown_as_text(toy):
    plain = page_of(toy)
    mean = '</script><script>alert("1")</script><img src=x onerror=alert(2)>\'"&'
    folder = toy[1] / "toys" / "tall"
    verdict = VERDICT | {key: mean for key, value in VERDICT.items() if isinstance(value, str)}
    (folder / "verdicts.json").write_text(json.dumps([verdict | {"kind": "aim", "outcome": "partly"}]))
    run = RUN | {"command": mean, "date": mean, "config": {mean: mean}, "versions": {mean: mean}, "processor": mean}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "seen.png").rename(folder / "<script>&'.png")
    page = Page(index.as_html([toy[0]], toy[1], ["--name", mean], note=mean))
    assert page.tags.count("script") == plain.tags.count("script")
    assert page.tags.count("img") == plain.tags.count("img")
    (row,) = page.rows.values()
    assert mean in row["text"]
    assert unquote(next(link for link in page.links if link.endswith(".png"))) == "toys/tall/<script>&'.png"


def test_the_csv_of_the_board_holds_the_exact_numbers(toy):
    page = page_of(toy, Claim("toys.small", toy[1], "Small."))
    (link,) = [link for link in page.links if link.startswith("data:text/csv")]
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(link.partition(",")[2]).decode())))
    assert [(row["experiment"], row["id"], row["measured"], row["high"]) for row in rows] == [
        ("toys.tall", "some id", "0.25", "inf"),
        ("toys.tall", "other", "words", ""),
        ("toys.small", "", "", ""),
    ]
    assert rows[2]["outcome"] == NOT_RUN
    assert [rows[0][name] for name in ("interval", "level", "fixed")] == ["confidence", "0.95", ""]


def test_the_command_writes_the_page_that_is_asked_for(root: Path, call):
    results = root.parent / "results"
    status, out, _ = call("report")
    assert status == 0
    assert str(results / "index.html") in out
    assert "python -m experiments solo.only --preset full" in (results / "index.html").read_text("utf-8")
    assert call("report", "--preset", "quick")[0] == 0
    assert "<code>python -m experiments solo.only</code>" in (results / "quick" / "index.html").read_text("utf-8")
    assert call("report", "--name", "mine", "--results-dir", str(root.parent / "else"))[0] == 0
    text = (root.parent / "else" / "runs" / "mine" / "index.html").read_text("utf-8")
    assert f"solo.only --name mine --results-dir {root.parent / 'else'}" in text
    shutil.rmtree(root.parent / "else")
    status, _, err = call("report", "solo")
    assert status == 2
    assert "report is a page of every experiment" in err
