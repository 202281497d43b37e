"""Pages in a real browser, opened from disk, as a reader opens them."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(__file__).resolve().parents[3] / ".axe" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def browser():
    """Chromium; without it the test is skipped."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here, such as Debian's package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, address):
    """A function that opens the page at the module's `address`; in the end nothing was complained of or asked for."""
    said, asked, contexts = [], [], []

    def open_page(hash="", width=1400, scheme="light", **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(address + hash)
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("blob:", "data:", address))] == []


@pytest.fixture
def shut_out():
    """A function that tells what on a page keeps people out, by axe-core."""
    if not AXE.exists() and shutil.which("npm") is None:
        pytest.skip("there is no npm, which brings axe-core")

    def look(tab):
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        # No preload: it would ask for style sheets, which a page from disk may show and not read.
        found = tab.evaluate("axe.run(document, { preload: false })")["violations"]
        return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]

    return look
