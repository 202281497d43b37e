"""The explorer of the committed results in a real browser, alone on a page: `make test-browser`."""

import csv
import re
from urllib.parse import quote

import pytest

from experiments.lab.claims import ROOT, find_claims, literal
from experiments.lab.report import index
from experiments.lab.report.explorer import explorer, table
from experiments.lab.report.read import read

pytestmark = pytest.mark.browser

RESULTS = ROOT.parent / "results"
POINTS = "#explorer svg .mark-symbol.role-mark path"
RULES = "#explorer svg .mark-rule.role-mark line"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pytest.importorskip("vl_convert", reason="there is no vl-convert here: pip install -e '.[report]'")
    file = tmp_path_factory.mktemp("page") / "explorer.html"
    shown = explorer(read(find_claims(), RESULTS, ["--preset", "full"]))
    body = f'<div class="report">\n<main>\n<h1>Explorer</h1>\n{shown}\n</main>\n</div>'
    file.write_text(index.page(body, "Explorer", index.style()), encoding="utf-8")
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
    """The rows below the figure, as texts by column. They are listed when they are opened."""
    if not tab.locator("#explorer .rows").is_visible():
        tab.click("#explorer summary >> text=The rows of this view")
        tab.wait_for_selector("#explorer .rows table")
    found = tab.eval_on_selector_all(
        "#explorer .rows tr", "(all) => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def drawn_by_python(tab, monkeypatch):
    """The names that the Python of a view defines; nothing is saved."""
    pytest.importorskip("altair")
    monkeypatch.chdir(ROOT.parent)
    names: dict = {}
    exec(re.sub(r"drawn\.save\(.*\)", "", tab.text_content("#explorer pre code")), names)
    return names


def changed(tab, name, value):
    """Choose a value, and wait for another figure."""
    tab.evaluate("document.querySelector('#explorer svg').dataset.old = 1")
    tab.select_option(f"#explorer [name={name}], #explorer [data-key='{name}']", value)
    tab.wait_for_selector("#explorer svg:not([data-old])")


def test_a_view_has_the_rows_of_the_table_and_an_interval_for_each(shown):
    tab = shown()
    changed(tab, "solver", "Adam")
    assert tab.locator("#explorer .rows tr").count() == 0  # nothing is listed while it is closed
    table = list(csv.DictReader((RESULTS / "xor" / "trained" / "table.csv").read_text("utf-8").splitlines()))
    expected = [row for row in table if row["solver"] == "Adam"]
    seen = rows(tab)
    assert len(seen) == len(expected) == tab.locator(POINTS).count() == tab.locator(RULES).count()
    assert tab.locator("#explorer .rows thead th[scope=col]").all_text_contents() == list(seen[0])
    assert tab.text_content("#explorer .rows caption") == f"{len(seen)} rows of xor.trained"
    for row, there in zip(seen, expected, strict=True):
        assert row["activation"] == there["activation"]
        assert [float(row[name]) for name in ("value", "low", "high")] == [
            float(there[name]) for name in ("value", "low", "high")
        ]


def test_what_the_columns_of_the_view_hold_is_said_below_it(shown):
    tab = shown("experiment=xor.trained&y=value")
    words = literal(ROOT / "xor" / "trained.py", "NAMES", {})
    terms = tab.locator("#explorer .words dt").all_text_contents()
    assert terms[:3] == ["value", "low", "high"]
    assert len(set(terms)) == len(terms) > 4
    assert tab.locator("#explorer .words dd").all_text_contents() == [words[name] for name in terms]
    changed(tab, "experiment", "xor.parity")
    assert tab.locator("#explorer .words dt").first.text_content() == tab.input_value("#explorer [name=y]")


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
    names = drawn_by_python(tab, monkeypatch)
    assert len(names["rows"]) == len(rows(tab))
    drawn = names["drawn"].to_dict()
    assert drawn["facet"]["field"] == "init"
    assert {layer["encoding"]["y"]["field"] for layer in drawn["spec"]["layer"]} == {"value", "low"}
    assert isinstance(names["drawn"], alt.FacetChart)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("wide_versus_deep.learnable&colour=part&panel=&%3Dkind=", "kind (empty)"),
        ("perceptron.order", "parity_inputs (empty)"),
    ],
)
def test_the_python_holds_what_is_empty(shown, monkeypatch, view, said):
    tab = shown(f"experiment={view}")
    assert said in tab.text_content("#explorer-said")
    code = tab.text_content("#explorer pre code")
    names = drawn_by_python(tab, monkeypatch)
    y = re.search(r'y = alt\.Y\(field="(\w+)"', code)[1]
    assert len(names["rows"].dropna(subset=y)) == len(rows(tab)) > 0
    lines = tab.locator("#explorer svg .mark-line").count()  # none where an x has several points of a colour
    assert (lines > 0) == ("mark_line" in code) == ("learnable" not in view)


def test_a_view_that_is_impossible_becomes_a_possible_one(shown):
    tab = shown(f"experiment={quote('<b>')}&x=nothing&y={quote('</script>')}&colour=part")
    assert tab.locator(POINTS).count() > 0
    tab = shown("experiment=xor.trained&x=nothing&colour=part&%3Dsolver=none")
    assert len(rows(tab)) > 0
    assert tab.text_content("#explorer [role=status]") == ""
    tab = shown("experiment=toString")
    assert tab.text_content("#explorer [role=status]").startswith("There is no table of toString here")
    changed(tab, "experiment", "xor.parity")
    assert tab.text_content("#explorer [role=status]") == ""


def test_what_is_infinite_is_listed_and_told_and_a_bar_without_end_reaches_the_edge(shown, monkeypatch):
    tab = shown("experiment=xor.parity&x=bits&y=half_time&colour=&panel=&%3Dmultiple=*")
    seen = rows(tab)
    finite = [row for row in seen if row["half_time"] != "∞"]
    assert len(seen) - 4 == len(finite) == tab.locator(POINTS).count() == tab.locator(RULES).count()
    assert "Not drawn, as they have no finite value: 4 more." in tab.text_content("#explorer-said")
    assert len(drawn_by_python(tab, monkeypatch)["rows"]) == len(finite)
    tab = shown("experiment=activations.linear&x=layers_of_weights&y=measured&colour=&panel=&%3Dwhat=*")
    seen = rows(tab)
    (row,) = [row for row in seen if row["high"] == "∞"]
    assert "A bar whose end is infinite reaches to the edge." in tab.text_content("#explorer-said")
    assert tab.locator(RULES).count() == sum(row["low"] != "" for row in seen) + 1
    end = "(bar) => bar.transform.baseVal[0].matrix.f + bar.y2.baseVal.value"  # its distance from the upper edge
    assert tab.locator(RULES).evaluate_all(f"(all) => all.map({end})").count(0) == 1
    names = drawn_by_python(tab, monkeypatch)
    assert names["rows"].query("open_up")["measured"].tolist() == [float(row["measured"])]
    assert [layer["encoding"]["y2"] for layer in names["drawn"].to_dict()["layer"] if "transform" in layer] == [
        {"value": 0}
    ]


def test_another_y_has_rows_and_an_axis_that_cannot_be_logarithmic_is_told(shown):
    tab = shown("experiment=wide_versus_deep.learnable&colour=&panel=&y=solved_share&%3Dpart=random start")
    changed(tab, "y", "tilt")
    assert "part coarse" in tab.text_content("#explorer-said")
    assert len(rows(tab)) > 0
    assert "Not logarithmic" not in tab.text_content("#explorer-said")
    tab = shown("experiment=activations.signal_propagation&y=log_q_theory&log=1")
    assert "Not logarithmic, as some values are 0 or less: " in tab.text_content("#explorer-said")
    assert "log_q_theory" in tab.text_content("#explorer-said").partition("Not logarithmic")[2]


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
    tab.eval_on_selector_all("#explorer details", "(all) => all.forEach((one) => { one.open = true; })")
    assert shut_out(tab) == []
