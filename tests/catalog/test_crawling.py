import xml.etree.ElementTree as ET

from flask.testing import FlaskClient
from protego import Protego

from directory.web.languages import LANGUAGES
from tests.catalog.conftest import ADDRESS, updated_at

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ALTERNATE = "{http://www.w3.org/1999/xhtml}link"


def pages(client: FlaskClient) -> list[str]:
    """Return the URLs of the sitemap."""
    answer = client.get("/sitemap.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    root = ET.fromstring(answer.data)  # noqa: S314 - it is ours
    assert root.tag == f"{NAMESPACE}urlset"
    assert {child.tag for url in root for child in url} <= {f"{NAMESPACE}loc", f"{NAMESPACE}lastmod", ALTERNATE}
    return [str(found.text) for found in root.iter(f"{NAMESPACE}loc")]


def test_the_sitemap_lists_pages_that_there_are_each_once(client: FlaskClient) -> None:
    found = pages(client)
    assert len(found) == len(set(found)) <= 50_000
    for url in found:
        answer = client.get(url.removeprefix(ADDRESS))
        assert (answer.status_code, answer.mimetype) == (200, "text/html"), url


def test_every_page_of_the_application_is_in_the_sitemap(client: FlaskClient) -> None:
    views = [rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    rules = {rule.rule for rule in views if rule.endpoint.startswith("pages.") and "assets" not in rule.rule}
    # What files of the site there are is not a page.
    site = [rule.rule for rule in views if rule.endpoint.startswith("site.") and rule.arguments == {"language"}]
    # Nor are those for which somebody signs in.
    shown = {rule.partition(">")[2] for rule in site if "." not in rule and "/desk" not in rule}
    paths = {url.removeprefix(ADDRESS) for url in pages(client)}
    assert {rule.partition("<")[0] for rule in rules} | {f"/{code}{path}" for code in LANGUAGES for path in shown} == {
        "/problems/" if path.startswith("/problems/") else path for path in paths
    }


def test_the_front_page_says_when_it_last_changed(client: FlaskClient) -> None:
    modified = updated_at(client)
    text = client.get("/sitemap.xml").get_data(as_text=True)
    for code in LANGUAGES:
        assert f"<url><loc>{ADDRESS}/{code}/</loc><lastmod>{modified}</lastmod><xhtml:link " in text
    assert text.count("<lastmod>") == len(LANGUAGES)


def test_robots_may_fetch_all_but_what_has_no_end(client: FlaskClient) -> None:
    rules = Protego.parse(client.get("/robots.txt").get_data(as_text=True))
    assert list(rules.sitemaps) == [f"{ADDRESS}/sitemap.xml"]
    for url in (*pages(client), f"{ADDRESS}/v1/accounts", f"{ADDRESS}/v1/snapshots/latest/accounts.csv"):
        assert rules.can_fetch(url, "AnyBot"), url
    for path in ("/v1/accounts?cursor=abc", "/v1/resolve?q=x", "/v1/suggest?q=x", "/zh/accounts?q=x&region=CN"):
        assert not rules.can_fetch(f"{ADDRESS}{path}", "AnyBot"), path
