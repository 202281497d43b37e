"""The page of the committed results in a real browser: `make test-browser`."""

import re
from urllib.parse import parse_qsl

import pytest

from experiments.lab import claims
from experiments.lab.report import page
from experiments.lab.report.questions import QUESTIONS
from experiments.lab.report.read import read

pytestmark = pytest.mark.browser

RESULTS = claims.ROOT.parent / "results"
STATUS = "#statements [role=status]"
SHOWN = "#statements tbody tr:not([hidden])"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(page.as_html(claims.find(), RESULTS), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def rows():
    """Every committed verdict, with its topic."""
    return [row | {"topic": one.claim.topic} for one in read(claims.find(), RESULTS) for row in one.verdicts]


def counted(tab):
    """(rows shown, rows that fit), which the page says and shows."""
    shown, fitting = map(int, re.findall(r"\d+", tab.text_content(STATUS))[:2])
    assert tab.eval_on_selector_all(SHOWN, "(rows) => rows.filter((row) => row.checkVisibility()).length") == shown
    return shown, fitting


@pytest.mark.parametrize("width", [400, 1400])
def test_statements_are_folded_up_filtered_and_searched(opened, rows, width):
    tab = opened("", width)
    assert not tab.locator("#statements table").is_visible()
    tab.click("nav a[href='#statements']")
    tab.wait_for_selector("#statements[open]")
    assert counted(tab) == (page.SHOWN, len(rows))
    tab.select_option("[name=topic]", "xor")
    assert counted(tab)[1] == sum(row["topic"] == "xor" for row in rows)
    tab.select_option("#statements [name=outcome]", "not settled")
    assert counted(tab)[1] == sum(row["topic"] == "xor" and row["outcome"] == "not settled" for row in rows)
    for name in ("topic", "outcome"):
        tab.select_option(f"#statements [name={name}]", "")
    tab.fill("[name=search]", "novikoff BOUND")
    texts = tab.locator(SHOWN).all_text_contents()
    assert texts
    assert all("novikoff" in text.lower() and "bound" in text.lower() for text in texts)
    tab.fill("[name=search]", "")
    tab.press("#statements [data-shown]", "Enter")  # by the keyboard
    assert counted(tab) == (len(rows), len(rows))
    tab.press(f"{SHOWN} summary", "Enter")
    assert tab.locator(f"{SHOWN} details[open] code").first.is_visible()


def test_the_first_screen_is_the_playground_and_answers_lead_to_it(opened):
    tab = opened()
    assert tab.locator("#playground [data-do=run]").bounding_box()["y"] < 400
    tab.click("#playground .address summary")
    links = tab.locator("article a[href^='#playground?']")
    asked = [one.try_it for one in QUESTIONS if one.try_it]
    assert links.count() == len(asked) > 3
    for place, settings in enumerate(asked):
        links.nth(place).click()
        tab.wait_for_function("Math.abs(document.getElementById('playground').getBoundingClientRect().top) < 90")
        wanted = dict(parse_qsl(settings, True)).items()
        tab.wait_for_function(
            "(wanted) => { const value = document.querySelector('[name=address]').value;"
            " const seen = new URLSearchParams(value.split('?')[1]);"
            " return wanted.every(([name, value]) => (seen.get(name) ?? '') === value); }",
            arg=[list(pair) for pair in wanted],
        )


def test_it_can_be_finished(opened):
    for width, most in ((1400, 15), (400, 32)):
        tab = opened("", width)
        assert tab.evaluate("document.documentElement.scrollHeight") <= most * 900


def test_it_is_read_without_scripts(opened):
    tab = opened("", java_script_enabled=False)
    tab.click("#statements > summary")
    assert tab.locator("#statements tbody tr").first.is_visible()
    assert tab.locator("article .answer").count() == len(QUESTIONS)


def test_nothing_is_wider_than_the_screen(opened):
    tab = opened("", 320)
    tab.eval_on_selector_all("details", "(all) => all.forEach((one) => { one.open = true; })")
    for width in (320, 400, 800, 1100, 1400):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_everyone_can_use_it(opened, shut_out, width, scheme):
    tab = opened("", width, scheme)
    tab.eval_on_selector_all(
        "article details, #statements, #figures", "(all) => all.forEach((one) => { one.open = true; })"
    )
    tab.eval_on_selector_all(
        "#statements tr:nth-child(5n) details", "(all) => all.forEach((one) => { one.open = true; })"
    )
    assert shut_out(tab) == []
