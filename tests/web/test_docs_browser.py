"""The docs browser (Swagger UI) in headless Chromium."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.web.browser import CONTRAST, EVERYTHING, NO_CONTRAST, Scheme, Tab, needs_chromium

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Tab:
    """Return a tab of the module's own."""
    return Tab(browser.new_context(viewport={"width": 1280, "height": 1600}))


@pytest.fixture(autouse=True)
def _judge_messages(tab: Tab) -> Iterator[None]:
    tab.forget()
    yield
    assert tab.messages == []


def test_it_shows_every_operation_and_tries_one_without_leaving_this_machine(tab: Tab, address: str) -> None:
    tab.page.goto(f"{address}/docs")
    block = tab.page.locator("#operations-regions-get_region")
    block.wait_for()
    contract = tab.page.evaluate("() => fetch('openapi.json').then(answer => answer.json())")
    operations = [operation for path in contract["paths"].values() for operation in path.values()]
    expect(tab.page.locator(".opblock")).to_have_count(len(operations))
    tab.keep_picture("docs")

    block.locator(".opblock-summary-control").click()
    block.locator("button.execute").click()
    answer = block.locator(".live-responses-table")
    expect(answer.locator("tr.response .response-col_status").first).to_contain_text("200")
    expect(answer.locator(".highlight-code").first).to_contain_text('"code": "CN-')
    block.scroll_into_view_if_needed()
    tab.keep_picture("docs-tried")
    assert any("/v1/regions/CN-" in url for url in tab.requests)
    assert tab.foreign_requests(address) == []


def test_it_shows_every_operation_of_a_contract_with_hundreds(tab: Tab, address: str) -> None:
    # Swagger UI's own list would show those on the screen only: it does so once there are 150.
    def multiply(route: Route) -> None:
        contract = route.fetch().json()
        paths = dict(contract["paths"])
        for number in range(150 // len(paths) + 1):
            for path, operations in paths.items():
                contract["paths"][f"/copy{number}{path}"] = {
                    method: {**operation, "operationId": f"{operation['operationId']}_{number}"}
                    for method, operation in operations.items()
                }
        expected.append(sum(map(len, contract["paths"].values())))
        route.fulfill(json=contract)

    expected: list[int] = []
    tab.page.route("**/openapi.json", multiply)
    try:
        tab.page.goto(f"{address}/docs")
        tab.page.locator("#operations-regions-get_region_0").wait_for()
        assert expected[0] > 150
        assert tab.page.locator(".opblock").count() == expected[0]
        # Hidden by none of its tags: the search of the browser finds the last one, too.
        assert tab.page.locator(".opblock:visible").count() == expected[0]
    finally:
        tab.page.unroute("**/openapi.json")


def test_it_shuts_nobody_out_with_an_operation_open_and_tried(tab: Tab, address: str) -> None:
    tab.page.goto(f"{address}/docs")
    # It has parameters, a body, and a choice of examples and of media types.
    block = tab.page.locator("[id$='-post_resolve']")
    for button in (".opblock-summary-control", ".execute"):
        block.locator(button).click()
    block.locator(".live-responses-table .microlight").first.wait_for()
    # A schema too.
    block.locator("[data-name=model]").first.click()
    block.locator(".json-schema-2020-12").first.wait_for()
    # Contrast is what a colour scheme changes, and the one rule that takes long: here it is seen once a scheme.
    screens: tuple[tuple[Scheme, int, str], ...] = (
        ("light", 1280, EVERYTHING), ("light", 390, NO_CONTRAST), ("dark", 390, CONTRAST),
    )  # fmt: skip
    for scheme, width, options in screens:
        tab.page.emulate_media(color_scheme=scheme)
        tab.page.set_viewport_size({"width": width, "height": 1200})
        tab.keep_picture(f"docs-{scheme}-{width}")
        assert tab.run_axe(options) == []


def test_it_says_what_there_is_to_a_reader_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/docs")
    text = page.locator("main").inner_text()
    for words in ("GET /v1/accounts/{account_id}", "POST /v1/resolve", "openapi.json", "llms.txt"):
        assert words in text


def test_the_front_page_leads_to_it(tab: Tab, address: str) -> None:
    tab.page.goto(f"{address}/")
    tab.page.get_by_role("link", name="API docs").first.click()
    tab.page.locator(".opblock").first.wait_for()
    assert urlsplit(tab.page.url).path == "/docs"
    assert tab.foreign_requests(address) == []
