"""The page of the committed results in a real browser: `make test-browser`."""

import importlib.util
import json
from urllib.parse import parse_qsl, quote, quote_plus

import pytest

from experiments.lab.claims import ROOT, find_claims
from experiments.lab.report import board, index
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import read

pytestmark = pytest.mark.browser
exploring = pytest.mark.skipif(not importlib.util.find_spec("vl_convert"), reason="there is no vl-convert here")

RESULTS = ROOT.parent / "results"
SHOWN, STATUS = "#board tbody tr:not([hidden])", "#board [role=status]"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(index.as_html(find_claims(), RESULTS), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def verdicts():
    """Every committed verdict, with its topic."""
    files = sorted(RESULTS.glob("*/*/verdicts.json"))
    return [one | {"topic": file.parts[-3]} for file in files for one in json.loads(file.read_text("utf-8"))]


def shown(tab):
    """How many rows are to be seen, which the page tells as well."""
    number = tab.eval_on_selector_all("#board tbody tr", "(rows) => rows.filter((row) => row.checkVisibility()).length")
    assert tab.text_content(STATUS).startswith(f"{number} of ")
    return number


def reset(tab):
    """By the keyboard, as parts of the page that are laid out late may move the button between press and release."""
    tab.press(".controls [type=reset]", "Enter")


def tab_to(tab, selector):
    """Move the focus by the tabulator alone."""
    for _ in range(400):
        if tab.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not reach {selector}")


@pytest.mark.parametrize("width", [400, 1400])
def test_rows_are_filtered_searched_and_sorted(opened, verdicts, width):
    tab = opened("", width)
    every = shown(tab)
    assert every >= len(verdicts)
    tab.select_option("[name=topic]", "xor")
    assert shown(tab) == sum(one["topic"] == "xor" for one in verdicts)
    tab.select_option("[name=outcome]", "not reproduced")
    assert shown(tab) == sum(one["topic"] == "xor" and one["outcome"] == "not reproduced" for one in verdicts)
    reset(tab)
    tab.wait_for_selector(f"{STATUS} >> text=/^{every} of/")
    tab.select_option("[name=kind]", "not aim")
    assert shown(tab) == sum(one["kind"] != "aim" for one in verdicts)
    tab.select_option("[name=kind]", "theorem")
    tab.fill("[name=search]", "novikoff BOUND")
    texts = tab.locator(SHOWN).all_text_contents()
    assert 0 < len(texts) < 20
    assert all("novikoff" in text.lower() and "bound" in text.lower() for text in texts)
    tab.fill("[name=search]", "no such words anywhere")
    assert shown(tab) == 0
    tab.fill("[name=search]", "")
    tab.select_option("[name=kind]", "")
    tab.select_option("[name=sort]", "outcome")
    order = tab.eval_on_selector_all(SHOWN, "(rows) => rows.map((row) => row.dataset.outcome)")
    assert list(dict.fromkeys(order))[:4] == ["reproduced", "partly", "not reproduced", "not settled"]
    assert len(list(dict.fromkeys(order))) == len(set(order))
    tab.check("[name=down]")
    assert tab.eval_on_selector_all(SHOWN, "(rows) => rows.map((row) => row.dataset.outcome)") == order[::-1]


def test_the_counts_lead_to_their_rows(opened, verdicts):
    tab = opened()
    for outcome in ("not reproduced", "not settled"):
        link = f".counts a[href$='outcome={quote_plus(outcome)}']"
        tab.click(link)
        assert shown(tab) == int(tab.text_content(f"{link} strong")) > 0
        assert shown(tab) == sum(one["kind"] != "aim" and one["outcome"] == outcome for one in verdicts)
    tab.click(".counts a[href*='kind=aim'] >> text=/^✓ met/")
    assert shown(tab) == sum(one["kind"] == "aim" and one["outcome"] == "reproduced" for one in verdicts)


def test_the_address_holds_what_is_shown(opened, verdicts):
    tab = opened()
    tab.select_option("[name=topic]", "xor")
    tab.fill("[name=search]", "two hidden neurons")
    tab.check("[name=down]")
    texts = tab.locator(SHOWN).all_text_contents()
    tab.reload()
    assert tab.locator(SHOWN).all_text_contents() == texts
    assert 0 < shown(tab) < sum(one["topic"] == "xor" for one in verdicts)
    reset(tab)
    tab.wait_for_url("**/*#board?")
    tab.goto(tab.url + "outcome=partly&topic=none&sort=none&other=1")  # what the page does not know shows all
    tab.wait_for_function("document.querySelector('[name=outcome]').value === 'partly'")
    assert shown(tab) == sum(one["outcome"] == "partly" for one in verdicts)


def test_an_answer_its_evidence_and_its_command_are_three_clicks_apart(opened):
    tab = opened()
    tab.select_option("[name=topic]", "speed")  # hides the row
    tab.click(".outcomes a >> text=of GELU or of sine learn XOR")
    tab.wait_for_selector("tr:target details[open]")
    assert "python -m experiments xor.trained --preset full" in tab.text_content("tr:target")
    assert tab.locator("tr:target summary").is_visible()
    tab.click("tr:target summary")  # closed again
    tab.click(".outcomes a >> text=of GELU or of sine learn XOR")
    tab.wait_for_selector("tr:target details[open]")
    tab.click("tr:target dd a[href='#xor.trained']")
    tab.wait_for_selector("details:target[open]")
    assert "tuning_seeds" in tab.text_content("details:target")


def test_an_answer_leads_to_the_playground_with_its_settings(opened):
    tab = opened()
    tab.click("#playground .address summary")
    links = tab.locator("#answers a[href^='#playground?']")
    asked = [one.try_it[0] for one in QUESTIONS if one.try_it[0]]
    assert links.count() == len(asked) > 3
    for place, settings in enumerate(asked):
        links.nth(place).click()
        tab.wait_for_function("document.getElementById('playground').getBoundingClientRect().top < 60")
        tab.wait_for_function(f"document.querySelector('[name=address]').value.includes('{settings[:9]}')")
        seen = tab.input_value("[name=address]").partition("?")[2]
        assert dict(parse_qsl(settings, True)).items() <= dict(parse_qsl(seen, True)).items()


def test_a_row_is_found_and_opened_by_the_keyboard_alone(opened):
    tab = opened()
    tab_to(tab, "[name=search]")
    tab.keyboard.type("two hidden neurons nearly every start")
    assert shown(tab) == 1
    verdicts = json.loads((RESULTS / "xor" / "trained" / "verdicts.json").read_text("utf-8"))
    tab_to(tab, "[name=outcome]")
    tab.keyboard.type(next(one["outcome"] for one in verdicts if one["id"] == "two-neurons"))
    assert shown(tab) == 1
    tab_to(tab, f"{SHOWN} summary")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"{SHOWN} details[open]")


def test_the_board_is_saved_as_csv(opened, tmp_path):
    tab = opened(accept_downloads=True)
    with tab.expect_download() as download:
        tab.click("[download]")
    download.value.save_as(tmp_path / "saved.csv")
    assert download.value.suggested_filename == "board.csv"
    assert (tmp_path / "saved.csv").read_text("utf-8") == board.as_csv(read(find_claims(), RESULTS))


def test_a_figure_is_enlarged_without_the_files_beside_the_page(opened):
    tab = opened("", 400)
    tab.locator("a.figure").first.click()
    shown = tab.locator("dialog.enlarged img")
    assert shown.evaluate("(image) => image.clientWidth") > 800
    tab.keyboard.press("Escape")
    assert not shown.is_visible()
    tab.locator("a.figure").first.press("Enter")
    tab.keyboard.press("Enter")  # on its button
    assert not shown.is_visible()


@pytest.mark.parametrize(
    ("part", "width"),
    [
        ("board", 400),
        ("explorer?experiment=xor.trained", 1400),
        ("playground?task=and", 1400),
        ("does-depth-help", 400),
    ],
)
def test_an_address_leads_to_its_part_of_the_page(opened, part, width):
    tab = opened(f"#{part}", width)
    place = f"document.getElementById('{part.partition('?')[0]}').getBoundingClientRect().top"
    tab.wait_for_timeout(1500)  # for all that is laid out late
    assert -30 < tab.evaluate(place) < 60
    tab.mouse.wheel(0, 400)
    tab.wait_for_function(f"{place} < -200")  # a reader who moves is left alone
    tab.click(".to-top")
    tab.wait_for_function("scrollY < 50")


@exploring
def test_an_experiment_leads_to_its_table(opened):
    tab = opened("#xor.parity")
    tab.click("details[id='xor.parity'] a >> text=Explore its table")
    tab.wait_for_selector("#explorer svg")
    assert "rows of xor.parity" in tab.text_content("#explorer-said")


@exploring
def test_a_copy_from_the_explorer_that_fails_says_so(opened):
    tab = opened("#explorer?experiment=xor.trained")
    tab.wait_for_selector("#explorer svg")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {}); document.execCommand = () => false;")
    tab.eval_on_selector_all("#explorer details", "(all) => all.forEach((one) => { one.open = true; })")
    tab.click("#explorer [data-do=copy]")
    assert tab.text_content("#explorer [data-do=copy] + [role=status]").startswith("Not copied")
    assert tab.locator("#explorer pre[role=region][aria-label]").count() == 1


@exploring
def test_a_browser_that_cannot_unpack_says_so_and_may_try_again(opened):
    tab = opened()
    tab.evaluate("window.kept = window.DecompressionStream; delete window.DecompressionStream")
    for view in ("xor.trained", "xor.parity"):
        tab.evaluate("(view) => { location.hash = `#explorer?experiment=${view}`; }", view)
        tab.wait_for_selector("#explorer [role=status] >> text=/cannot unpack/")
    tab.evaluate("window.DecompressionStream = kept; location.hash = '#explorer?experiment=xor.published'")
    tab.wait_for_selector("#explorer svg")
    assert "rows of xor.published" in tab.text_content("#explorer-said")


def test_it_is_read_without_scripts(opened):
    tab = opened("#" + quote("xor.trained/two-neurons"), java_script_enabled=False)
    assert tab.locator("#board tbody tr").first.is_visible()
    assert not tab.locator("#board .controls").is_visible()
    tab.click("tr:target summary")
    assert tab.locator("tr:target dd").first.is_visible()


def test_nothing_is_wider_than_the_screen(opened):
    tab = opened("", 320)
    tab.eval_on_selector_all("details", "(all) => all.forEach((one) => { one.open = true; })")
    for width in (320, 400, 800, 1100, 1400):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_everyone_can_use_it(opened, shut_out, width, scheme):
    tab = opened("", width, scheme)
    opening = "(all) => all.forEach((one) => { one.open = true; })"
    tab.select_option("[name=topic]", "xor")  # a part, as looking at every row takes half a minute
    tab.eval_on_selector_all("#board tr:nth-child(9n) details, #experiments details:nth-of-type(6n)", opening)
    assert shut_out(tab) == []
