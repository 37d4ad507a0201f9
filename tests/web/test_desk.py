"""The desk: signing in and out, what a token opens, forms that other sites send, and decisions."""

import dataclasses
import datetime as dt
import re
import time
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from directory.database.revisions import begin_revision
from directory.http.bearer_tokens import digest, make_token
from directory.http.request import CONFIG
from directory.tokens.queries import insert_token, revoke_token
from directory.web import desk_attempts
from tests.web.browser import needs_chromium

REPORTS = {"4h6pd00": "CN-510100", "4h6pd01": "US-CA"}
CreateToken = Callable[..., str]


@pytest.fixture(autouse=True)
def _fresh_counts(app: Flask) -> None:
    """Forget wrong tokens of other tests."""
    desk_attempts.register(app)


@pytest.fixture(autouse=True)
def _reports(module_database_url: str) -> None:
    """Begin each test with a report of Chengdu and one of California."""
    with psycopg.connect(module_database_url) as conn:
        conn.execute("DELETE FROM feedback_events")
        conn.execute("DELETE FROM feedback")
        for number, (report, region) in enumerate(REPORTS.items()):
            conn.execute(
                "INSERT INTO feedback (id, kind, region_code, text, key_digest) VALUES (%s, 'fake', %s, %s, %s)",
                (report, region, f"text of {region} <b>", bytes([number]) * 32),
            )


@pytest.fixture
def create_token(module_database_url: str) -> CreateToken:
    """Return a function that creates a token with scopes and regions."""

    def create(*scopes: str, regions: tuple[str, ...] = ()) -> str:
        token = make_token()
        with psycopg.connect(module_database_url) as conn:
            lifetime = dt.timedelta(days=1)
            insert_token(conn, digest(token), name="Desk", scopes=scopes, lifetime=lifetime, regions=regions)
        return token

    return create


def revoke(url: str, token: str) -> None:
    """Revoke a token, as an operator does."""
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT id FROM tokens WHERE digest = %s", (digest(token),)).fetchone()
        assert row is not None
        assert revoke_token(conn, row[0])


def form_key(response: TestResponse) -> str:
    """Return the key in the forms of a page."""
    found = re.search(r'name="form_key" value="([0-9a-f]{64})"', response.get_data(as_text=True))
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, token: str, language: str = "en") -> TestResponse:
    """Send the form of the login."""
    key = form_key(client.get(f"/{language}/desk"))
    return client.post(f"/{language}/desk", data={"form_key": key, "token": token})


def follow(client: FlaskClient, response: TestResponse) -> TestResponse:
    """Return the page that a response redirects to."""
    assert response.status_code == 303
    return client.get(urljoin(response.request.path, response.headers["Location"]))


def is_login(response: TestResponse) -> bool:
    """Whether a page asks for a token."""
    return 'name="token"' in response.get_data(as_text=True)


def test_a_token_opens_the_desk_in_both_languages_and_stands_in_no_cookie_as_it_is(
    client: FlaskClient, create_token: CreateToken
) -> None:
    token = create_token("moderate", regions=("CN-510000",))
    answer = sign_in(client, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, "../en/desk")
    cookies = answer.headers.getlist("Set-Cookie")
    assert [re.findall(r"Path=(\S+?);? ", f"{cookie} ") for cookie in cookies] == [["/en/desk"], ["/zh/desk"]]
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Strict", "Max-Age=14400"} <= set(cookie.split("; "))
        assert token[4:] not in cookie
    assert "Sichuan" in client.get("/en/desk").get_data(as_text=True)
    assert "四川" in client.get("/zh/desk").get_data(as_text=True)
    assert client.get("/en/feedback/reports").request.headers.get("Cookie") is None


@pytest.mark.parametrize("path", ["/en/desk", "/en/desk/reports"])
def test_nothing_of_the_desk_is_kept_or_listed(client: FlaskClient, create_token: CreateToken, path: str) -> None:
    for _ in range(2):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "ETag" not in answer.headers
        assert '<meta name="robots" content="noindex, nofollow">' in answer.get_data(as_text=True)
        sign_in(client, create_token("moderate"))
    assert "/desk" not in client.get("/sitemap.xml").get_data(as_text=True)


def test_behind_https_the_cookie_is_secure_and_below_the_path_of_the_public_url(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions[CONFIG]
    monkeypatch.setitem(
        app.extensions, CONFIG, dataclasses.replace(settings, public_url="https://example.org/registry")
    )
    cookies = app.test_client().get("/en/desk").headers.getlist("Set-Cookie")
    assert all("; Secure;" in cookie and "Path=/registry/" in cookie for cookie in cookies)


def test_a_revoked_token_loses_the_desk_at_once(
    client: FlaskClient, create_token: CreateToken, module_database_url: str
) -> None:
    token = create_token("moderate")
    sign_in(client, token)
    page = client.get("/en/desk/reports")
    assert not is_login(page)
    revoke(module_database_url, token)
    refused = client.get("/en/desk/reports")
    assert (refused.status_code, is_login(refused)) == (401, True)
    step = {"form_key": form_key(page), "state": "under_review"}
    assert client.post("/en/desk/reports/4h6pd00", data=step).status_code == 401


def test_a_session_ends_by_itself_and_by_signing_out(
    client: FlaskClient, create_token: CreateToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, create_token("moderate"))
    key = form_key(client.get("/en/desk"))
    assert client.post("/en/desk/leave", data={"form_key": key}).status_code == 303
    assert is_login(client.get("/en/desk"))
    sign_in(client, create_token("moderate"))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 4 * 3600 + 1)
    assert is_login(client.get("/en/desk"))


def test_a_form_that_another_site_sends_does_nothing_and_signs_nobody_out(
    client: FlaskClient, create_token: CreateToken
) -> None:
    token = create_token("moderate")
    key = form_key(client.get("/en/desk"))
    for data, headers in (
        ({"token": token}, {}),
        ({"token": token, "form_key": "0" * 64}, {}),
        ({"token": token, "form_key": "é"}, {}),
        ({"token": token, "form_key": key}, {"Sec-Fetch-Site": "cross-site"}),
        ({"token": token, "form_key": key}, {"Sec-Fetch-Site": "same-site"}),
    ):
        assert client.post("/en/desk", data=data, headers=headers).status_code == 403
    sign_in(client, token)
    page = client.get("/en/desk/reports")
    step = {"state": "under_review"}
    for path in ("reports/4h6pd00", "leave"):
        assert client.post(f"/en/desk/{path}", data=step).status_code == 403
        # The key of the login's form is that of another cookie.
        assert client.post(f"/en/desk/{path}", data={**step, "form_key": key}).status_code == 403
        sent = client.post(
            f"/en/desk/{path}", data={**step, "form_key": form_key(page)}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert (sent.status_code, sent.headers.getlist("Set-Cookie")) == (403, [])
    assert client.get("/v1/feedback/4h6pd00").get_json()["state"] == "received"
    assert not is_login(client.get("/en/desk"))


def test_a_form_without_a_cookie_does_nothing(app: Flask, client: FlaskClient, create_token: CreateToken) -> None:
    key = form_key(client.get("/en/desk"))
    other = app.test_client()
    assert other.post("/en/desk", data={"token": create_token("edit"), "form_key": key}).status_code == 403
    assert other.post("/en/desk/leave", data={"form_key": key}).status_code == 403


def test_wrong_tokens_are_refused_alike_and_counted(
    client: FlaskClient, create_token: CreateToken, module_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoked = create_token("edit")
    revoke(module_database_url, revoked)
    for token in ("", "dir_x", "x" * 5000, make_token(), revoked) * 2:
        refused = sign_in(client, token)
        assert refused.status_code == 403
        assert "mistyped, unknown, expired, revoked or suspended" in refused.get_data(as_text=True)
    right = create_token("edit")
    blocked = sign_in(client, right)
    assert (blocked.status_code, is_login(blocked)) == (429, True)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3601)
    assert sign_in(client, right).status_code == 303


def test_counts_of_wrong_tokens_take_no_endless_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_attempts, "_CLIENTS_MAX", 3)
    attempts = desk_attempts.Attempts()
    for number in range(5):
        for _ in range(10):
            attempts.count(str(number))
    assert [attempts.is_blocked(str(number)) for number in range(6)] == [False, False, True, True, True, False]


def test_the_queue_is_that_of_the_tokens_places_and_is_filtered(client: FlaskClient, create_token: CreateToken) -> None:
    sign_in(client, create_token("moderate", regions=("CN",)))
    page = client.get("/en/desk/reports").get_data(as_text=True)
    assert "text of CN-510100 &lt;b&gt;" in page
    assert "US-CA" not in page
    sign_in(client, create_token("admin"))
    assert "4h6pd01" in client.get("/en/desk/reports?region=&state=").get_data(as_text=True)
    assert "4h6pd01" not in client.get("/en/desk/reports?region=CN").get_data(as_text=True)
    assert "There is no report of this kind" in client.get("/en/desk/reports?state=accepted").get_data(as_text=True)
    more = client.get("/en/desk/reports?limit=1").get_data(as_text=True)
    link = re.search(r'rel="next" href="([^"]+)"', more)
    assert link is not None
    assert "4h6pd01" in client.get(f"/en/{link[1].partition('en/')[2]}".replace("&amp;", "&")).get_data(as_text=True)


def test_an_editor_without_the_scope_sees_no_queue(client: FlaskClient, create_token: CreateToken) -> None:
    sign_in(client, create_token("edit"))
    assert "desk/reports" not in client.get("/en/desk").get_data(as_text=True)
    assert client.get("/en/desk/reports").status_code == 403


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_is_decided_and_everybody_reads_the_reason(
    client: FlaskClient, create_token: CreateToken, language: str
) -> None:
    sign_in(client, create_token("moderate"), language)
    path = f"/{language}/desk/reports/4h6pd00"
    key = form_key(client.get(f"/{language}/desk/reports"))
    taken = follow(client, client.post(path, data={"form_key": key, "state": "under_review"}))
    assert taken.status_code == 200
    lacking = client.post(path, data={"form_key": key, "state": "rejected", "summary": "kept words"})
    assert (lacking.status_code, "kept words" in lacking.get_data(as_text=True)) == (422, True)
    decision = {"form_key": key, "state": "rejected", "reason": "It is their own.", "summary": "", "revision": ""}
    done = follow(client, client.post(path, data=decision))
    assert "4h6pd00" in done.get_data(as_text=True)
    assert client.get("/v1/feedback/4h6pd00").get_json()["decision"]["reason"] == "It is their own."
    late = client.post(path, data=decision)
    assert late.status_code == 409
    assert client.get(f"/{language}/desk/reports?decided=0000000").status_code == 200


def test_a_report_elsewhere_is_not_decided(client: FlaskClient, create_token: CreateToken) -> None:
    sign_in(client, create_token("moderate", regions=("CN",)))
    key = form_key(client.get("/en/desk/reports"))
    for report, status in (("4h6pd01", 403), ("0000000", 404)):
        sent = client.post(f"/en/desk/reports/{report}", data={"form_key": key, "state": "under_review"})
        assert sent.status_code == status
    assert client.get("/v1/feedback/4h6pd01").get_json()["state"] == "received"


@pytest.fixture
def account(module_database_url: str) -> str:
    """Return the id of an active account without a region."""
    with psycopg.connect(module_database_url) as conn:
        begin_revision(conn, actor="test", reason="account")
        handle = f"a{time.time_ns()}"
        row = conn.execute(
            """
            INSERT INTO accounts (platform, handle, handle_key, name, status)
            VALUES ('x', %s, %s, 'Sub<b>way', 'active') RETURNING id
            """,
            (handle, handle),
        ).fetchone()
    assert row is not None
    return str(row[0])


def hidden(response: TestResponse) -> dict[str, str]:
    """Return the fields of the form that writes."""
    text = response.get_data(as_text=True).partition('<form class="desk-form"')[2]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_operation_shows_its_difference_and_is_written_when_that_is_confirmed(
    client: FlaskClient, create_token: CreateToken, account: str, language: str
) -> None:
    sign_in(client, create_token("edit"), language)
    path = f"/{language}/desk/accounts/{account}"
    found = follow(client, client.get(f"/{language}/desk/accounts?q=https://example.org/en/accounts/{account}"))
    assert "Sub&lt;b&gt;way" in found.get_data(as_text=True)
    assert "operation=suspend" in found.get_data(as_text=True)
    assert not re.search("operation=(resume|reopen)", found.get_data(as_text=True))
    form = {"form_key": form_key(client.get(f"{path}?operation=suspend")), "operation": "suspend"}
    lacking = client.post(path, data=form)
    assert lacking.status_code == 422
    shown = client.post(path, data={**form, "reason": 'A "notice" <1>'})
    assert {"en": '<td dir="auto">suspended</td>', "zh": "<h2>标记为停用</h2>"}[language] in shown.get_data(
        as_text=True
    )
    assert client.get(f"/v1/accounts/{account}").get_json()["status"] == "active"
    written = client.post(path, data=hidden(shown))
    assert written.status_code == 303
    assert client.get(f"/v1/accounts/{account}").get_json()["status"] == "suspended"
    history = client.get(f"/v1/accounts/{account}/history").get_json()["data"]
    assert 'A "notice" <1>' in {version["reason"] for version in history}
    assert 'role="status"' in follow(client, written).get_data(as_text=True)
    again = client.post(path, data={**form, "reason": "again"})
    assert (again.status_code, "again" in again.get_data(as_text=True)) == (409, True)


def test_what_somebody_else_changed_after_the_difference_is_not_overwritten(
    client: FlaskClient, create_token: CreateToken, account: str, module_database_url: str
) -> None:
    sign_in(client, create_token("edit"))
    path = f"/en/desk/accounts/{account}"
    form = {"form_key": form_key(client.get(path)), "operation": "close", "reason": "gone"}
    shown = client.post(path, data=form)
    with psycopg.connect(module_database_url) as conn:
        begin_revision(conn, actor="other", reason="name")
        conn.execute("UPDATE accounts SET name = 'Tube' WHERE id = %s", (account,))
    late = client.post(path, data=hidden(shown))
    assert late.status_code == 412
    assert "Somebody else has changed the account" in late.get_data(as_text=True)
    assert client.get(f"/v1/accounts/{account}").get_json()["status"] == "active"


def test_a_token_for_other_places_and_an_unknown_operation_change_nothing(
    client: FlaskClient, create_token: CreateToken, account: str
) -> None:
    sign_in(client, create_token("edit", regions=("CN",)))
    path = f"/en/desk/accounts/{account}"
    form = {"form_key": form_key(client.get(path)), "operation": "close", "reason": "gone"}
    assert client.post(path, data=form).status_code == 403
    assert client.post(path, data={**form, "operation": "../close"}).status_code == 404
    assert client.get("/en/desk/accounts/0000000").status_code in {400, 404}
    assert client.get("/en/desk/accounts").status_code == 303


def test_an_editor_deletes_an_account_and_is_led_back_to_the_desk(
    client: FlaskClient, create_token: CreateToken, account: str
) -> None:
    sign_in(client, create_token("edit"))
    path = f"/en/desk/accounts/{account}"
    form = {"form_key": form_key(client.get(f"{path}?operation=delete")), "operation": "delete", "category": "mistake"}
    shown = client.post(path, data={**form, "reason": "entered twice"})
    assert "no page of its own" in shown.get_data(as_text=True)
    assert client.post(path, data=hidden(shown)).headers["Location"].endswith("en/desk")
    assert client.get(f"/v1/accounts/{account}").status_code == 410


@needs_chromium
def test_a_browser_signs_in_and_decides_by_the_keyboard(
    browser: Browser, address: str, create_token: CreateToken
) -> None:
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    page.goto(f"{address}/en/desk")
    page.get_by_label("Your token").focus()
    page.keyboard.type(create_token("moderate"))
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Reports by readers").press("Enter")
    page.get_by_role("button", name="Take under review").first.press("Enter")
    page.get_by_text("is now: under review").wait_for()
    page.get_by_label("Reason, which").fill("It is a fake.")
    page.get_by_role("button", name="Decide").press("Enter")
    page.get_by_text("is now: accepted").wait_for()
    page.get_by_role("button", name="Sign out").press("Enter")
    page.get_by_label("Your token").wait_for()
    context.close()
