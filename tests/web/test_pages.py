import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import psycopg
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.http.error_handlers import PAGE
from directory.http.problem import Problem
from directory.http.problem_docs import Explanation, explain_all
from directory.http.problems import Gone

PAGES = ["/en/", "/docs", "/problems", "/problems/not-found"]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
EXPLANATIONS = explain_all()


class _Links(HTMLParser):
    """The URLs that a page refers to, and the language it says it is in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.languages: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.urls += [value for name, value in attrs if name in {"href", "src"} and value]
        self.languages += [value for name, value in attrs if tag == "html" and name == "lang"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_in_a_stated_language_under_a_strict_policy(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-" not in policy
    assert _Links(response.get_data(as_text=True)).languages == ["en"]


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client: FlaskClient, path: str) -> None:
    for url in _Links(client.get(path).get_data(as_text=True)).urls:
        if not url.startswith("https://"):
            found = client.get(urljoin(f"http://localhost{path}", url))
            assert found.status_code == 200, url


def test_the_front_page_counts_what_the_registry_holds(client: FlaskClient) -> None:
    counts = client.get("/v1").get_json()["counts"]
    text = client.get("/en/").get_data(as_text=True)
    for name in ("accounts", "departments", "regions", "platforms"):
        assert f'<a href="../en/{name}">{counts[name]:,}</a>' in text


def test_the_host_header_of_a_client_is_not_shown_to_others(client: FlaskClient) -> None:
    assert "evil.example" not in client.get("/en/", headers={"Host": "evil.example"}).get_data(as_text=True)


def test_the_front_page_is_validated_by_its_revision(client: FlaskClient) -> None:
    first = client.get("/en/")
    again = client.get("/en/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    # A browser would take it in the place of the page's own.
    assert "Content-Security-Policy" not in again.headers


def test_assets_are_immutable_under_a_path_of_their_digest(client: FlaskClient) -> None:
    (script,) = re.findall(r'src="(assets/[^"]*swagger-ui-bundle.js)"', client.get("/docs").get_data(as_text=True))
    plain = client.get(f"/{script}")
    packed = client.get(f"/{script}", headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.content_type == "text/javascript; charset=utf-8"
    assert gzip.decompress(packed.data) == plain.data
    for wrong in ("assets/0/swagger-ui-bundle.js", script.replace("swagger-ui-bundle.js", "pages.py")):
        assert client.get(f"/{wrong}").status_code == 404


def test_the_docs_are_of_swagger_ui_5(client: FlaskClient) -> None:
    (style,) = re.findall(r'href="(assets/[^"]*swagger-ui.css)"', client.get("/docs").get_data(as_text=True))
    (script,) = re.findall(r'src="(assets/[^"]*swagger-ui-bundle.js)"', client.get("/docs").get_data(as_text=True))
    assert ".swagger-ui" in client.get(f"/{style}").get_data(as_text=True)
    assert re.search(r'version:"5\.|"5\.\d+\.\d+"', client.get(f"/{script}").get_data(as_text=True))


@pytest.mark.parametrize("explanation", EXPLANATIONS, ids=lambda explanation: explanation.slug)
def test_the_page_of_a_problem_says_what_it_means_and_what_to_do(client: FlaskClient, explanation: Explanation) -> None:
    text = client.get(f"/problems/{explanation.slug}").get_data(as_text=True)
    for heading in ("What causes it", "What to do", "How it looks", explanation.title):
        assert heading in text
    assert explanation.meaning
    assert explanation.causes
    assert explanation.remedy
    assert "`" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    "explanation",
    [explanation for explanation in EXPLANATIONS if explanation.request],
    ids=lambda explanation: explanation.slug,
)
def test_the_request_of_an_example_brings_its_problem_about(client: FlaskClient, explanation: Explanation) -> None:
    method, path, *rest = (explanation.request or "").split(" ", 2)
    header, _, value = rest[0].removeprefix("with ").partition(": ") if rest else ("X-None", "", "")
    document = json.loads(client.open(path, method=method, headers={header: value}).data)
    expected = dict(explanation.document)
    del document["request_id"], expected["request_id"]
    assert document == expected


def test_a_problem_that_there_is_not_has_no_page(client: FlaskClient) -> None:
    assert client.get("/problems/nonsense").status_code == 404


def test_pages_work_behind_a_proxy_that_serves_us_under_a_path(app: Flask) -> None:
    for path in PAGES:
        text = app.test_client().get(path).get_data(as_text=True)
        assert [url for url in _Links(text).urls if url.startswith("/")] == []


def test_the_docs_list_every_operation_without_a_script(client: FlaskClient) -> None:
    text = client.get("/docs").get_data(as_text=True)
    contract = client.get("/openapi.json").get_json()
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            assert f"<code><b>{method.upper()}</b> {path}</code>" in text
            assert operation["summary"].partition("`")[0] in text
    again = client.get("/docs", headers={"If-None-Match": client.get("/docs").headers["ETag"]})
    assert again.status_code == 304


def test_the_pages_of_the_documentation_are_served_with_links_that_work(client: FlaskClient) -> None:
    folder = Path(__file__).parents[2] / "docs"
    names = [str(path.relative_to(folder)) for path in sorted([*folder.glob("*.md"), *folder.glob("zh/*.md")])]
    listed = client.get("/docs").get_data(as_text=True)
    assert {"api.md", "zh/verdicts.md"} <= set(names)
    for name in names:
        answer = client.get(f"/docs/{name}")
        assert (answer.status_code, answer.content_type) == (200, "text/markdown; charset=utf-8")
        assert name.startswith("zh/") or f'href="docs/{name}"' in listed
        text = answer.get_data(as_text=True)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not re.match(r"[a-z]+:", target):
                assert client.get(urljoin(f"/docs/{name}", target)).status_code == 200, (name, target)
    # A guide that is in English alone has no Chinese text, and the page in that place is no copy of the English one.
    for path in ("/docs/nosuch.md", "/docs/zh/nosuch.md", "/docs/zh/schema.md"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/v1/acounts", 404, '<a href="/v1/accounts">'),
        ("GET", "/about", 404, "To the front page"),
        ("GET", "/en/acounts", 404, '<a href="/en/accounts">'),
        ("GET", "/v1/accounts?regoin=%3Cscript%3E", 400, "<code>regoin=&lt;script&gt;</code>"),
        ("GET", "/v1/accounts/0000001", 400, "last character"),
        ("POST", "/v1/regions", 405, "POST is not allowed here"),
        ("GET", "/" + "x" * 40_000, 414, "is most"),
        ("GET", "/%00", 400, "control character"),
    ],
)
def test_a_browser_gets_a_problem_as_a_page_and_a_program_as_json(
    client: FlaskClient, method: str, path: str, status: int, words: str
) -> None:
    page = client.open(path, method=method, headers=BROWSER)
    text = page.get_data(as_text=True)
    assert (page.status_code, page.content_type) == (status, "text/html; charset=utf-8")
    assert words in text
    assert _Links(text).languages == ["en"]
    assert "<script" not in text
    assert len(text) < 10_000
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9"):
        answer = client.open(path, method=method, headers={"Accept": accept})
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
        for response in (page, answer):
            assert "Accept" in response.headers["Vary"].split(", ")
            assert response.headers["Cache-Control"] == "no-store"
        assert answer.headers.get("Allow") == page.headers.get("Allow")
    if method == "GET":
        head = client.head(path, headers=BROWSER)
        assert (head.status_code, head.content_type, head.data) == (status, "text/html; charset=utf-8", b"")


@pytest.mark.parametrize(
    ("failure", "status", "retry_after"),
    [
        (ValueError("<inside>"), 500, None),
        (psycopg.OperationalError("<inside>"), 503, "5"),
        (Gone("The account was deleted.", members={"tombstone": {}}), 410, None),
    ],
)
def test_a_failure_inside_is_a_page_too_and_tells_nothing_of_the_inside(
    config: Config, database: Database, failure: Exception, status: int, retry_after: str | None
) -> None:
    app = create_app(config, database)

    def fail() -> Response:
        raise failure

    app.add_url_rule("/fails", view_func=fail)
    page = app.test_client().get("/fails", headers=BROWSER)
    assert (page.status_code, page.content_type) == (status, "text/html; charset=utf-8")
    assert page.headers.get("Retry-After") == retry_after
    assert "inside" not in page.get_data(as_text=True)
    assert page.headers["X-Request-ID"] in page.get_data(as_text=True)


def test_many_and_long_faults_are_cut_on_the_page_of_a_problem(client: FlaskClient) -> None:
    query = "&".join(f"{'n' * 60}{number}={'v' * 60}" for number in range(200))
    page = client.get(f"/v1/accounts?{query}", headers=BROWSER)
    assert page.status_code == 400
    # A problem names the first hundred.
    assert "and 80 more" in page.get_data(as_text=True)
    assert len(page.data) < 30_000


def test_a_page_that_cannot_be_drawn_leaves_the_problem_as_json(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Problem) -> Response:
        raise ValueError("no page today")

    monkeypatch.setitem(app.extensions, PAGE, fail)
    answer = app.test_client().get("/nosuch", headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_what_was_kept_for_a_program_is_no_page_for_a_browser_and_the_other_way_round(client: FlaskClient) -> None:
    for headers, mimetype in ((BROWSER, "text/html"), ({}, "application/problem+json")) * 2:
        assert client.get("/v1/accounts/bcdfghj", headers=headers).mimetype == mimetype
        assert client.get("/v1/platforms/x", headers=headers).mimetype == "application/json"


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_language_without_its_slash_leads_to_it_whatever_host_was_asked_for(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/{code}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{code}/")
