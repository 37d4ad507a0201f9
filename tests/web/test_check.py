import csv
import io
import re
from urllib.parse import quote

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from directory.accounts.csv import FORMULA_STARTS
from directory.database import revisions
from directory.search.indexing import index_pending
from directory.web.formats import with_days

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module", autouse=True)
def account_id(module_database_url: str) -> str:
    """Return the one account of the registry: of the subway of Beijing, on Weibo."""
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="editor", reason="first list")
        row = conn.execute(
            """
            INSERT INTO accounts (platform, handle, handle_key, status, verification, url, name)
            VALUES ('weibo', 'bjsubway', 'bjsubway', 'active', 'platform', 'https://weibo.com/bjsubway', '=Subway')
            RETURNING id
            """
        ).fetchone()
        index_pending(conn)
    assert row is not None
    return str(row[0])


def _get(client: FlaskClient, query: str, language: str = "en") -> str:
    response = client.get(f"/{language}/check", query_string={"q": query})
    assert response.status_code == 200
    return response.get_data(as_text=True)


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("query", "english", "chinese"),
    [
        ("https://weibo.com/bjsubway", "Yes, this is an official account.", "是，这是官方账号。"),
        ("https://weibo.com/bjsubway_", "Not official: it only resembles an official account.", "不是官方账号："),
        ("https://weibo.com/nobody", "Not known here: nothing says that it is official.", "本名录未收录："),
        ("https://weibo.com/", "This is not the address of an account", "这不是账号的网址"),
        ("https://we1bo.com/nobody", "Not official: the address only resembles that of a platform.", "不是官方账号："),
    ],
)
def test_a_verdict_is_said_in_words_in_both_languages(
    client: FlaskClient, query: str, english: str, chinese: str
) -> None:
    text = _get(client, query)
    assert english in text
    assert chinese in _get(client, query, "zh")
    # A green mark is nobody's but the official one's.
    assert ("standing official" in text) is english.startswith("Yes")


def test_an_imitation_is_no_link_and_the_real_account_is_next_to_it(client: FlaskClient, account_id: str) -> None:
    text = _get(client, "https://weibo.com/bjsubw\N{CYRILLIC SMALL LETTER A}y")
    links = re.findall(r'href="([^"]*)"', text)
    assert [link for link in links if link.startswith("https://weibo")] == ["https://weibo.com/bjsubway"]
    assert any(link.endswith(f"accounts/{account_id}") for link in links)
    assert "U+0430 cyrillic small letter a" in text


def test_a_list_is_answered_as_a_table_and_as_csv_and_never_stored(client: FlaskClient, account_id: str) -> None:
    lines = "https://weibo.com/bjsubway\r\n\r\n=1+1\r\nhttps://weibo.com/bjsubway_<b>"
    table = client.post("/en/check", data={"list": lines})
    assert (table.status_code, table.headers["Cache-Control"]) == (200, "no-store")
    text = table.get_data(as_text=True)
    assert len(re.findall('<th scope="row" class="given-cell">', text)) == 3
    assert "<b>" not in text.partition("<table")[2]
    file = client.post("/en/check", data={"list": lines, "format": "csv"})
    assert (file.status_code, file.headers["Cache-Control"], file.mimetype) == (200, "no-store", "text/csv")
    rows = _csv(file.data.decode("utf-8-sig"))
    assert [row["line"] for row in rows] == ["1", "3", "4"]
    assert [row["verdict"] for row in rows] == ["official", "unknown", "look_alike"]
    assert (rows[0]["account.id"], rows[0]["account.url"]) == (account_id, "https://weibo.com/bjsubway")
    assert not [cell for row in rows for cell in row.values() if cell[:1] and cell[0] in FORMULA_STARTS]


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"list": "x\n" * 1001}, 422, "The list has 1,001 lines, and at most 1,000 are checked at a time."),
        ({"list": " \r\n"}, 422, "The list is empty."),
        ({"list": "x", "platform": "nosuch"}, 400, "nosuch"),
        ({"list": "x" * 2_000_000}, 413, "at most"),
    ],
)
def test_a_list_that_cannot_be_checked_is_refused_with_the_reason(
    client: FlaskClient, data: dict[str, str], status: int, words: str
) -> None:
    response = client.post("/en/check", data=data, headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert words in response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("body", "media_type", "status"), [(b"list=%ff", FORM, 400), (b"list=x", "text/plain", 415)])
def test_another_body_than_that_of_the_form_is_refused(
    client: FlaskClient, body: bytes, media_type: str, status: int
) -> None:
    assert client.post("/en/check", data=body, content_type=media_type).status_code == status


def test_a_name_that_an_official_account_has_is_not_called_official_itself(client: FlaskClient) -> None:
    name = client.get("/v1/resolve?q=https://weibo.com/bjsubway").get_json()["account"]["name"]
    assert client.get("/v1/resolve", query_string={"q": name}).get_json()["verdict"] == "official"
    text = client.get("/en/check", query_string={"q": name}).get_data(as_text=True)
    assert "An official account has this name." in text
    assert "Yes, this is an official account." not in text
    assert "Yes, this is an official account." in client.get("/en/check?q=https://weibo.com/bjsubway").get_data(
        as_text=True
    )


def test_a_check_is_about_today_and_kept_by_no_cache(client: FlaskClient) -> None:
    assert client.get("/en/check?q=x&as_of=2", headers={"Accept": "text/html"}).status_code == 400
    assert client.get("/en/check?q=https://weibo.com/bjsubway").headers["Cache-Control"] == "no-store"


def test_a_long_link_that_is_searched_for_is_checked_whole(client: FlaskClient) -> None:
    link = f"https://example.org/{'x' * 300}"
    answer = client.get("/zh/accounts", query_string={"q": link})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"../zh/check?q={quote(link, safe=':')}")


def test_the_dates_of_reasons_are_those_of_the_language_and_quoted_ones_stay(app: Flask) -> None:
    sentence = "“2026-01-02” on X was given up on 2026-11-30."
    for code, day in (("en", "30 November 2026"), ("zh", "2026年11月30日")):
        with app.test_request_context(f"/{code}/check"):
            app.preprocess_request()
            assert with_days(sentence) == f"“2026-01-02” on X was given up on {day}."
            assert with_days("已于2026-11-30弃用") == f"已于{day}弃用"
            assert with_days("3-2026-11-30") == "3-2026-11-30"
