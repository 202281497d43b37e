"""The documentation in a real browser, opened from disk: `make test-browser`."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from experiments.lab.claims import ROOT

pytestmark = pytest.mark.browser

RESULTS = "[data-md-component=search-result] .md-search-result__link"


@pytest.fixture(scope="module")
def address():
    """The folder of the pages, which `make test-browser` builds first."""
    site = ROOT.parent / "site"
    if not site.is_dir():
        pytest.skip("the pages are not built: make docs")
    return f"{site.as_uri()}/"


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_it_is_searched_from_disk(opened, width, scheme):
    tab = opened("index.html", width, scheme)
    if width < 1000:
        tab.click("header [for=__search]")
    tab.click("[data-md-component=search-query]")
    tab.keyboard.type("certificate_holds")
    tab.wait_for_selector(RESULTS)
    tab.click(RESULTS)
    tab.wait_for_url(re.compile(r"(theory|neurons)\.html"))
    assert "certificate_holds" in tab.text_content("article")


def test_a_claim_in_the_table_leads_to_its_evidence_and_its_command(opened):
    tab = opened("findings/index.html")
    tab.click("article td a[href*='xor.html#trained'] >> nth=0")
    tab.wait_for_url(re.compile(r"findings/xor\.html#trained"))
    assert "python -m experiments xor.trained --preset full" in tab.text_content("article")
    assert tab.locator("#trained ~ ul.verdicts li").count() > 3
    tab.click("#trained ~ details summary >> nth=0")
    assert tab.locator("#trained ~ details a[href$='trained/table.csv']").first.is_visible()


def test_every_link_leads_to_a_page_that_is_there(opened):
    tab = opened("index.html")
    links = tab.eval_on_selector_all("a[href]", "(all) => all.map((one) => one.href.split('#')[0])")
    assert len(set(links)) > 40  # those of the navigation
    for link in set(links):
        assert link.startswith("file:")
        assert "<title>" in Path(url2pathname(urlsplit(link).path)).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["index", "findings/xor", "findings/wide_versus_deep", "engine/speed", "api/tasks"])
@pytest.mark.parametrize("width", [320, 400, 1400])
def test_nothing_is_wider_than_the_screen(opened, page, width):
    tab = opened(f"{page}.html", width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("page", "width", "scheme"),
    [("guides/sweep", 400, "light"), ("findings/perceptron", 1400, "light"), ("api/mlp", 1400, "dark"),
     ("guides/sweep", 1400, "dark")],
)  # fmt: skip
def test_everyone_can_use_it(opened, shut_out, page, width, scheme):
    assert shut_out(opened(f"{page}.html", width, scheme)) == []
