"""Tasks done with the keyboard alone, in both languages; every step of the focus is seen."""

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browser import Tab, needs_chromium
from tests.web.keyboard import Keyboard
from tests.web.registry import GERMAN

pytestmark = needs_chromium

WORDS = {
    "en": {"box": "A name, a handle or a link", "check": "Check", "verdict": "Yes, this is an official account",
           "rankings": "Rankings", "growth": "Growth", "germany": "Germany", "other": "中文"},
    "zh": {"box": "名称、用户名或链接", "check": "核验", "verdict": "是，这是官方账号",
           "rankings": "排行", "growth": "粉丝增长", "germany": "德国", "other": "English"},
}  # fmt: skip


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Tab:
    """Return a tab of the module's own."""
    return Tab(browser.new_context(viewport={"width": 1280, "height": 900}))


@pytest.fixture(params=WORDS)
def language(request: pytest.FixtureRequest, tab: Tab, website: str) -> str:
    """Open the front page in a language and return it."""
    code: str = request.param
    tab.page.goto(f"{website}/{code}/")
    return code


def test_an_account_is_found_by_its_handle(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.go_to("combobox", WORDS[language]["box"])
    keyboard.type("layout_german")
    with tab.page.expect_navigation():
        keyboard.press("Enter")
    keyboard.follow(GERMAN[:20])
    expect(tab.page.locator("h1")).to_contain_text(GERMAN[:20])


def test_suggestions_are_named_as_the_page_names_accounts(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.go_to("combobox", WORDS[language]["box"])
    keyboard.type("bjsubway")
    suggestion = tab.page.get_by_role("option").first
    expect(suggestion).to_contain_text({"en": "Beijing Subway", "zh": "北京地铁"}[language])


def test_a_suggestion_is_forgotten_when_the_text_is_another(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.go_to("combobox", WORDS[language]["box"])
    keyboard.type("layout")
    box, suggestions = tab.page.locator("#q"), tab.page.get_by_role("listbox")
    expect(suggestions).to_be_visible()
    keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "q-suggestions-0")
    tab.page.route("**/v1/suggest?*", lambda route: route.abort())
    keyboard.type("_")
    assert box.get_attribute("aria-activedescendant") is None
    expect(suggestions).to_be_hidden()
    tab.page.unroute("**/v1/suggest?*")


def test_a_search_that_is_refused_shows_why(tab: Tab, website: str) -> None:
    tab.page.goto(f"{website}/en/accounts")
    # As if the platform had gone since the page was made.
    tab.page.locator("[name=platform]").first.evaluate("box => { box.value = 'nowhere'; box.click(); }")
    tab.page.wait_for_url("**/accounts?platform=nowhere")
    expect(tab.page.locator("main")).to_contain_text("nowhere")


def test_a_link_is_checked(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.follow(WORDS[language]["check"])
    # The first field is that of the search in the frame of the page.
    tab.page.locator("main").focus()
    keyboard.go_to("textbox", "")
    keyboard.type("https://weibo.com/layout_thai")
    with tab.page.expect_navigation():
        keyboard.press("Enter")
    expect(tab.page.locator("main")).to_contain_text(WORDS[language]["verdict"])


def test_a_region_and_then_the_ranking_by_growth_are_opened(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.follow(WORDS[language]["germany"])
    assert tab.page.url.endswith(f"/{language}/regions/DE")
    keyboard.follow(WORDS[language]["rankings"])
    keyboard.follow(WORDS[language]["growth"])
    assert "by=growth" in tab.page.url


def test_a_page_leads_to_itself_in_the_other_language(tab: Tab, language: str) -> None:
    keyboard = Keyboard(tab)
    keyboard.follow(WORDS[language]["other"])
    assert tab.page.url.endswith("/zh/" if language == "en" else "/en/")
