"""What holds of every page, in both languages: looked at once each, in one browser."""

from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.clients.npm_packages import require_npm_packages
from tests.web.browser import needs_chromium
from tests.web.pages import WebPage, guide_paths, ids_of, paths
from tests.web.visits import Visit, Visitor, check_html

# What one page may take of the network when nothing is cached.
MAX_BYTES = 60_000

pytestmark = needs_chromium
every_page = pytest.mark.parametrize(("path", "page"), paths(), ids=[path for path, _ in paths()])

See = Callable[[str, WebPage], Visit]


@pytest.fixture(scope="module")
def see(browser: Browser, website: str) -> See:
    """Return a function that visits a page, the first time it is called for it."""
    visitor, ids = Visitor(browser, website), ids_of(website)
    visits: dict[str, Visit] = {}

    def see_once(path: str, page: WebPage) -> Visit:
        if path not in visits:
            visits[path] = visitor.visit(path.format_map(ids), page)
        return visits[path]

    return see_once


@every_page
def test_a_page_shuts_nobody_out_in_either_colour_scheme(see: See, path: str, page: WebPage) -> None:
    visit = see(path, page)
    assert visit.status == page.status
    assert visit.axe == []
    assert visit.faint_text == []


@every_page
def test_a_page_asks_no_other_host_and_has_nothing_to_report(see: See, path: str, page: WebPage) -> None:
    visit = see(path, page)
    assert visit.foreign_requests == []
    assert visit.messages == []


@every_page
def test_a_page_has_a_policy_that_allows_our_own_files_alone(see: See, path: str, page: WebPage) -> None:
    parts = (part.strip().partition(" ") for part in see(path, page).policy.split(";"))
    policy = {name: sources for name, _, sources in parts}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {source for sources in policy.values() for source in sources.split()} <= {"'none'", "'self'", "data:"}
    assert "data:" not in policy.get("script-src", "")


@every_page
def test_a_page_fits_every_width_of_a_screen(see: See, path: str, page: WebPage) -> None:
    assert see(path, page).overflow == {}


@every_page
def test_a_page_is_small_where_nothing_is_cached(see: See, path: str, page: WebPage) -> None:
    if not page.is_drawn_by_script:
        assert see(path, page).encoded_bytes <= MAX_BYTES


@every_page
def test_a_page_says_the_same_without_scripts(see: See, path: str, page: WebPage) -> None:
    visit = see(path, page)
    assert visit.lines_without_scripts
    if not page.is_drawn_by_script:
        assert [line for line in visit.lines if line not in visit.lines_without_scripts] == []


@every_page
def test_a_page_on_paper_has_nothing_to_press(see: See, path: str, page: WebPage) -> None:
    assert page.is_drawn_by_script or see(path, page).printed == []


def test_every_page_is_valid_html(see: See, website: str, tmp_path: Path) -> None:
    require_npm_packages()
    guides: dict[str, str] = {}
    for path in guide_paths():
        with urlopen(website + path) as answer:  # noqa: S310 - our own server
            guides[path] = answer.read().decode()
    assert check_html({path: see(path, page).html for path, page in paths()} | guides, tmp_path) == []


def test_every_kind_of_page_is_visited(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    visited = {adapter.match(path.partition("?")[0])[0] for path, page in paths() if page.status == 200}
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = {rule.endpoint for rule in rules if rule.endpoint.startswith(("site.", "pages."))}
    assert pages - visited == {"pages.get_asset"}
