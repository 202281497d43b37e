"""The explorer of the committed results in a real browser: `make test-browser`."""

import csv
import re
from urllib.parse import quote

import pytest

from experiments.lab.claims import ROOT, find_claims
from experiments.lab.report import index
from experiments.lab.report.explorer import table
from experiments.lab.report.read import read

pytestmark = pytest.mark.browser

RESULTS = ROOT.parent / "results"
POINTS = "#explorer svg .mark-symbol.role-mark path"
RULES = "#explorer svg .mark-rule.role-mark line"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pytest.importorskip("vl_convert", reason="there is no vl-convert here: pip install -e '.[report]'")
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(index.as_html(find_claims(), RESULTS, ["--preset", "full"]), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def shown(opened):
    """A function that opens a view and waits until it is drawn."""

    def look(view="experiment=xor.trained", width=1400, scheme="light"):
        tab = opened(f"#explorer?{view}", width, scheme)
        tab.wait_for_selector("#explorer svg")
        return tab

    return look


def rows(tab):
    """The rows below the figure, as texts by column."""
    found = tab.eval_on_selector_all(
        "#explorer .rows tr", "(all) => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def changed(tab, name, value):
    """Choose a value, and wait for another figure."""
    tab.evaluate("document.querySelector('#explorer svg').dataset.old = 1")
    tab.select_option(f"#explorer [name={name}], #explorer [data-key='{name}']", value)
    tab.wait_for_selector("#explorer svg:not([data-old])")


def test_a_view_has_the_rows_of_the_table_and_an_interval_for_each(shown):
    tab = shown()
    changed(tab, "solver", "Adam")
    table = list(csv.DictReader((RESULTS / "xor" / "trained" / "table.csv").read_text("utf-8").splitlines()))
    expected = [row for row in table if row["solver"] == "Adam"]
    seen = rows(tab)
    assert len(seen) == len(expected) == tab.locator(POINTS).count() == tab.locator(RULES).count()
    assert tab.locator("#explorer .rows thead th[scope=col]").all_text_contents() == list(seen[0])
    assert tab.text_content("#explorer .rows caption") == f"{len(seen)} rows of xor.trained"
    for row, there in zip(seen, expected, strict=True):
        assert row["activation"] == there["activation"]
        assert [float(row[name]) for name in ("part", "low", "high")] == [
            float(there[name]) for name in ("part", "low", "high")
        ]


def test_the_address_holds_the_view(shown):
    tab = shown()
    changed(tab, "experiment", "universal_approximation.trained")
    changed(tab, "colour", "solver")
    changed(tab, "panel", "")
    changed(tab, "target", "exp")
    again = shown(tab.evaluate("location.hash").removeprefix("#explorer?"))
    assert again.text_content("#explorer-said") == tab.text_content("#explorer-said")
    assert "target exp" in again.text_content("#explorer-said")
    assert rows(again) == rows(tab) != []


def test_a_page_that_may_not_change_its_address_draws_the_view(shown):
    tab = shown()
    tab.evaluate("() => { history.replaceState = () => { throw new DOMException('', 'SecurityError'); }; }")
    changed(tab, "solver", "Adam")
    assert "solver Adam" in tab.text_content("#explorer-said[role=status]")


def test_a_copy_that_fails_says_so(shown):
    tab = shown()
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {}); document.execCommand = () => false;")
    tab.eval_on_selector_all("#explorer details", "(all) => all.forEach((one) => { one.open = true; })")
    tab.click("#explorer [data-do=copy]")
    assert tab.text_content("#explorer [data-do=copy] + [role=status]").startswith("Not copied")
    assert tab.locator("#explorer pre[role=region][aria-label]").count() == 1


def test_an_experiment_leads_to_its_table(opened):
    tab = opened("#xor.parity")
    tab.click("details[id='xor.parity'] a >> text=Explore its table")
    tab.wait_for_selector("#explorer svg")
    assert "rows of xor.parity" in tab.text_content("#explorer-said")


def test_every_table_is_drawn(shown):
    tab = shown()
    names = [one.claim.name for one in read(find_claims(), RESULTS) if table(one) is not None]
    options = tab.eval_on_selector_all("#explorer [name=experiment] option", "(all) => all.map((one) => one.value)")
    assert options == names
    for name in names:
        changed(tab, "experiment", name if name != "xor.trained" else names[0])
        assert tab.locator(POINTS).count() > 0, name


def test_the_python_draws_the_same_rows(shown, monkeypatch):
    alt = pytest.importorskip("altair")
    tab = shown()
    changed(tab, "solver", "Adam")
    code = tab.text_content("#explorer pre code")
    assert "# The table again: python -m experiments xor.trained --preset full" in code
    monkeypatch.chdir(ROOT.parent)
    names: dict = {}
    exec(re.sub(r"drawn\.save\(.*\)", "", code), names)
    assert len(names["rows"]) == len(rows(tab))
    drawn = names["drawn"].to_dict()
    assert drawn["facet"]["field"] == "init"
    assert {layer["encoding"]["y"]["field"] for layer in drawn["spec"]["layer"]} == {"part", "low"}
    assert isinstance(names["drawn"], alt.FacetChart)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("learning_from_data.sample_size", "against (empty)"),
        ("wide_versus_deep.learnable&colour=part&panel=&=kind=", "kind (empty)"),
        ("perceptron.order", "parity_inputs (empty)"),
    ],
)
def test_the_python_holds_what_is_empty(shown, monkeypatch, view, said):
    pytest.importorskip("altair")
    tab = shown(f"experiment={view}")
    assert said in tab.text_content("#explorer-said")
    code = tab.text_content("#explorer pre code")
    monkeypatch.chdir(ROOT.parent)
    names: dict = {}
    exec(re.sub(r"drawn\.save\(.*\)", "", code), names)
    y = re.search(r'y = alt\.Y\(field="(\w+)"', code)[1]
    assert len(names["rows"].dropna(subset=y)) == len(rows(tab)) > 0
    lines = tab.locator("#explorer svg .mark-line").count()  # none where an x has several points of a colour
    assert (lines > 0) == ("mark_line" in code) == ("learnable" not in view)


def test_a_view_that_is_impossible_becomes_a_possible_one(shown):
    tab = shown(f"experiment={quote('<b>')}&x=nothing&y={quote('</script>')}&colour=part")
    assert tab.locator(POINTS).count() > 0
    tab = shown("experiment=xor.trained&x=nothing&colour=part&=solver=none")
    assert len(rows(tab)) > 0


def test_it_is_used_by_the_keyboard_alone(shown):
    tab = shown()
    tab.focus("#explorer [name=experiment]")
    before = tab.text_content("#explorer-said")
    tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowDown")
    tab.wait_for_function("(before) => document.getElementById('explorer-said').textContent !== before", arg=before)
    assert tab.text_content("#explorer-said") != before


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_everyone_can_use_it_and_nothing_is_wider_than_the_screen(shown, shut_out, width, scheme):
    tab = shown("experiment=universal_approximation.trained&log=1", width, scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.select_option("[name=topic]", "xor")  # a part of the board, as looking at every row takes half a minute
    tab.eval_on_selector_all("#explorer details", "(all) => all.forEach((one) => { one.open = true; })")
    assert shut_out(tab) == []
