"""Axe-core on our pages, in both colour schemes, at the widths of a desk and of a phone."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located

from tests.web.chromium import DRIVER, emulate, keep_picture, open_browser, wait

SCREENS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
# Found by a browser's Accept alone.
PROBLEMS = ["/v1/acounts", "/v1/accounts?regoin=CN"]
# Contrast is what a colour scheme changes, and the one rule that takes long: on a large page it is seen once a scheme.
EVERYTHING = "{rules: {'target-size': {enabled: true}}}"
NO_CONTRAST = "{rules: {'target-size': {enabled: true}, 'color-contrast': {enabled: false}}}"
CONTRAST = "{runOnly: ['color-contrast']}"
# Swagger UI's buttons change their colours within 0.3 s of another colour scheme: what is measured is where that ends.
RUN = """
    new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)))
    .then(() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null))))
    .then(() => axe.run(document, OPTIONS)).then(found => JSON.stringify(
        found.violations.map(each => [each.id, each.impact, each.nodes.length, each.nodes[0].html.slice(0, 200)])))
"""

pytestmark = pytest.mark.skipif(DRIVER is None, reason="no chromedriver here; Debian has it as chromium-driver")


@cache
def axe() -> str:
    """Return the script of axe-core; its package is not imported, as it wants playwright."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return a Chromium of the module's own."""
    with open_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def findings(browser: Chrome, options: str = EVERYTHING) -> list[list[object]]:
    """Return all that axe finds in the page as it stands: rule, impact, how often, and the first element."""
    # Not as a script of the page's, which its policy would refuse.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe()})
    run = {"expression": RUN.replace("OPTIONS", options), "awaitPromise": True, "returnByValue": True}
    found: list[list[object]] = json.loads(browser.execute_cdp_cmd("Runtime.evaluate", run)["result"]["value"])
    return found


@pytest.mark.parametrize("path", ["/", "/problems", "/problems/invalid-parameters", *PROBLEMS])
def test_a_page_has_nothing_that_shuts_readers_out(browser: Chrome, address: str, path: str) -> None:
    browser.get(f"{address}{path}")
    for scheme, width in SCREENS:
        emulate(browser, scheme=scheme, width=width)
        keep_picture(browser, f"axe-{path.strip('/').replace('/', '-').partition('?')[0]}-{scheme}-{width}")
        assert findings(browser) == []
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_the_docs_have_nothing_that_shuts_readers_out_with_an_operation_open_and_tried(
    browser: Chrome, address: str
) -> None:
    browser.get(f"{address}/docs")
    # It has parameters, a body, and a choice of examples and of media types.
    for part in (".opblock-summary-control", ".execute"):
        button = f"[id$='-post_resolve'] {part}"
        wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, button)))
        browser.execute_script("document.querySelector(arguments[0]).click()", button)
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, ".live-responses-table .microlight")))
    # A schema too.
    browser.execute_script("document.querySelector(\"[id$='-post_resolve'] [data-name=model]\").click()")
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, "[id$='-post_resolve'] .json-schema-2020-12")))
    for scheme, width, options in (("light", 1280, EVERYTHING), ("light", 390, NO_CONTRAST), ("dark", 390, CONTRAST)):
        emulate(browser, scheme=scheme, width=width)
        keep_picture(browser, f"axe-docs-{scheme}-{width}")
        assert findings(browser, options) == []


def test_the_docs_say_what_there_is_to_a_reader_without_scripts(browser: Chrome, address: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{address}/docs")
        text = browser.find_element(By.TAG_NAME, "main").text
        for words in ("GET /v1/accounts/{account_id}", "POST /v1/resolve", "openapi.json", "llms.txt"):
            assert words in text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
