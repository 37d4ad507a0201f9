import json
import re
from html import unescape
from urllib.parse import urljoin

import psycopg
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from directory.database import revisions
from directory.ids import explain_malformed
from tests.web.browser import Tab, needs_chromium
from tests.web.pages import ids_of


@pytest.fixture(scope="module")
def accounts(module_database_url: str) -> dict[str, str]:
    """Return the ids of accounts, by what they are."""
    ids = {}
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="editor", reason="first list")
        department = conn.execute(
            "INSERT INTO departments (name, name_key, type) VALUES ('平安<北京>', 'p', 'police') RETURNING id"
        ).fetchone()
        assert department is not None
        for name, values in {
            "official": ("police", "active", "platform", "https://weibo.com/police"),
            "unproven": ("quiet", "active", "none", "https://weibo.com/quiet"),
            "closed": ("shut", "closed", "source", "https://weibo.com/shut"),
            "merged": ("twin", "active", "none", None),
            "deleted": ("gone", "active", "none", None),
        }.items():
            row = conn.execute(
                """
                INSERT INTO accounts (platform, handle, handle_key, status, verification, url, name, department_id,
                                      names)
                SELECT 'weibo', v.handle, v.handle, v.status, v.verification, v.url, '<b>' || v.handle, %s,
                       '[{"name": "北京公安", "language": "zh"}]'
                  FROM (VALUES (%s, %s, %s, %s)) AS v (handle, status, verification, url)
                RETURNING id
                """,
                (department[0], *values),
            ).fetchone()
            assert row is not None
            ids[name] = str(row[0])
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="editor", reason="a new name")
        conn.execute("UPDATE accounts SET name = 'Police' WHERE id = %s", (ids["official"],))
        for name, successor in (("merged", ids["official"]), ("deleted", None)):
            conn.execute("DELETE FROM accounts WHERE id = %s", (ids[name],))
            conn.execute(
                """
                INSERT INTO tombstones (kind, id, successor_id, revision, category)
                VALUES ('account', %s, %s, current_revision(), %s)
                """,
                (ids[name], successor, None if successor else "mistake"),
            )
    assert not any(map(explain_malformed, ids.values()))
    return ids


def _text(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


def test_the_page_of_an_account_shows_what_proves_it_and_every_change(
    accounts: dict[str, str], client: FlaskClient
) -> None:
    text = _text(client, f"/en/accounts/{accounts['official']}")
    assert "This is an official account." in text
    section = text.partition('id="verification"')[2].partition("</section>")[0]
    assert '<a href="../../en/official">What official means, and how accounts are verified</a>' in section
    assert '<a class="address" href="https://weibo.com/police"' in text
    assert '<del dir="auto">&lt;b&gt;police</del>' in text
    assert "平安&lt;北京&gt;" in text
    (schema,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert json.loads(schema)["mainEntity"]["sameAs"] == ["https://weibo.com/police"]
    badge = unescape(re.findall(r"<pre .*?><code>(.*?)</code>", text, re.DOTALL)[0])
    assert '<a rel="me" href="https://weibo.com/police">' in badge
    assert f"/v1/accounts/{accounts['official']}/badge.svg" in badge
    assert re.search(r"Entry [0-9a-z]{7}, revision \d+ of", text)


def test_the_page_of_an_account_is_in_chinese_too(accounts: dict[str, str], client: FlaskClient) -> None:
    text = _text(client, f"/zh/accounts/{accounts['official']}")
    assert "这是官方账号。" in text
    assert re.search("<h1><span dir=.auto.>北京公安</span></h1>", text)


@pytest.mark.parametrize(
    ("name", "words"),
    [("unproven", "This account is listed here, but nobody has verified it."), ("closed", "no longer official")],
)
def test_an_account_that_is_not_vouched_for_is_not_called_official(
    accounts: dict[str, str], client: FlaskClient, name: str, words: str
) -> None:
    text = _text(client, f"/en/accounts/{accounts[name]}")
    assert words in text
    assert "This is an official account." not in text
    assert "sameAs" not in text
    # Somebody else may hold the handle of a closed account now.
    assert ('href="https://weibo.com/shut"' in text) is False


def test_a_merged_account_leads_to_its_successor_and_a_deleted_one_says_so(
    accounts: dict[str, str], client: FlaskClient
) -> None:
    path = f"/zh/accounts/{accounts['merged']}"
    moved = client.get(path)
    assert moved.status_code == 301
    assert urljoin(path, moved.headers["Location"]) == f"/zh/accounts/{accounts['official']}"
    text = _text(client, f"/en/accounts/{accounts['deleted']}", 410)
    assert "This account was taken off the registry" in text
    assert "it was entered by mistake" in text
    assert "gone" not in text
    assert "该账号已从本名录移除" in _text(client, f"/zh/accounts/{accounts['deleted']}", 410)


def test_an_id_that_no_account_has_is_a_page_too(client: FlaskClient) -> None:
    assert client.get("/en/accounts/0000001").status_code == 400
    assert client.get("/en/accounts/bcdfghj").status_code in {400, 404}


@needs_chromium
def test_the_axes_of_its_chart_can_be_read_on_a_phone_without_a_page_that_scrolls_sideways(
    browser: Browser, website: str
) -> None:
    tab = Tab(browser.new_context(viewport={"width": 360, "height": 800}))
    tab.page.goto(f"{website}/zh/accounts/{ids_of(website)['chinese']}")
    chart = tab.page.locator("img.chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    # Of 720 pixels, with texts of 12.
    assert box["width"] >= 720 * 9 / 12
    assert tab.overflow(360) == []
    assert (chart.get_attribute("src") or "").endswith("/followers.svg?lang=zh")
    tab.page.context.close()
