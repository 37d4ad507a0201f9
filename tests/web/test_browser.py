"""The pages in headless Chromium."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located, text_to_be_present_in_element

from tests.web.chromium import DRIVER, keep_picture, open_browser, wait

pytestmark = pytest.mark.skipif(DRIVER is None, reason="no chromedriver here; Debian has it as chromium-driver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return a Chromium of the module's own."""
    with open_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def requested(browser: Chrome) -> list[str]:
    """Return the addresses that the page asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]  # type: ignore[no-untyped-call]
    return [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]


def complaints(browser: Chrome) -> list[str]:
    """Return what the page's console says went wrong, its policy being broken included."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in {"SEVERE", "WARNING"}]


def test_the_docs_browser_shows_every_operation_and_tries_one_without_leaving_this_machine(
    browser: Chrome, address: str
) -> None:
    requested(browser)
    browser.get(f"{address}/docs")
    block = "#operations-regions-get_region"
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, block)))
    contract = json.loads(browser.execute_script("return fetch('openapi.json').then(answer => answer.text())"))
    operations = [operation for path in contract["paths"].values() for operation in path.values()]
    assert len(browser.find_elements(By.CSS_SELECTOR, ".opblock")) == len(operations)
    keep_picture(browser, "docs")

    browser.find_element(By.CSS_SELECTOR, f"{block} .opblock-summary-control").click()
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, f"{block} button.execute"))).click()
    live = f"{block} .live-responses-table"
    keep_picture(browser, "docs-asked")
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, live)))
    wait(browser).until(
        text_to_be_present_in_element((By.CSS_SELECTOR, f"{live} tr.response .response-col_status"), "200")
    )
    wait(browser).until(text_to_be_present_in_element((By.CSS_SELECTOR, f"{live} .highlight-code"), '"code": "CN-'))
    browser.execute_script("arguments[0].scrollIntoView()", browser.find_element(By.CSS_SELECTOR, block))
    keep_picture(browser, "docs-tried")

    asked = [url for url in requested(browser) if urlsplit(url).scheme in {"http", "https", "ws", "wss"}]
    assert any("/v1/regions/CN-" in url for url in asked)
    assert {url[: len(address) + 1] for url in asked} == {f"{address}/"}
    assert complaints(browser) == []


def test_the_front_page_leads_to_the_docs_and_asks_for_nothing_elsewhere(browser: Chrome, address: str) -> None:
    requested(browser)
    browser.get(f"{address}/")
    keep_picture(browser, "front")
    assert {url[: len(address) + 1] for url in requested(browser)} == {f"{address}/"}
    browser.find_element(By.LINK_TEXT, "Try the API").click()
    wait(browser).until(presence_of_element_located((By.CSS_SELECTOR, ".opblock")))
    assert urlsplit(browser.current_url).path == "/docs"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/problems", "/problems/invalid-parameters"])
def test_text_stands_out_from_its_ground(browser: Chrome, address: str, path: str, scheme: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.get(f"{address}{path}")
    keep_picture(browser, f"page{path.replace('/', '-')}-{scheme}")
    # Contrast as WCAG 2.2 counts it; 4.5 is what level AA asks for.
    worst = browser.execute_script("""
        const luminance = colour => {
            const [red, green, blue] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
                const share = part / 255;
                return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const ground = element => {
            const colour = getComputedStyle(element).backgroundColor;
            return colour === "rgba(0, 0, 0, 0)" ? ground(element.parentElement) : colour;
        };
        const contrast = element => {
            const ink = luminance(getComputedStyle(element).color), paper = luminance(ground(element));
            return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        };
        return Math.min(...[...document.querySelectorAll("body *")].filter(element => element.innerText).map(contrast));
    """)
    assert worst >= 4.5
    assert complaints(browser) == []


def test_a_narrow_screen_needs_no_scrolling_sideways(browser: Chrome, address: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 340, "height": 700, "deviceScaleFactor": 1, "mobile": True}
    )
    for path in ("/", "/problems", "/problems/invalid-parameters"):
        browser.get(f"{address}{path}")
        keep_picture(browser, f"narrow{path.replace('/', '-')}")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 340
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
