"""Pages of regions, departments and platforms, in both languages, on a few accounts."""

import datetime as dt
import io
import itertools
import json
import re
from typing import Any, Final

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from directory.http.conditional_requests import EXPIRES_AT
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.web import departments as web_departments

CHENGDU: Final = {"region": "CN-510100", "source": "test", "language": "zh"}
POLICE: Final = {
    "department": "成都市公安局",
    "department_type": "police",
    "department_url": "https://gaj.chengdu.gov.cn/",
    "external_ids": "wikidata:Q583725; uscc:11100000000013127D",
    **CHENGDU,
}
TOKYO: Final = {"department": "東京都", "region": "JP", "source": "test"}
ROWS: Final[list[dict[str, Any]]] = [
    {"platform": "weibo", "handle": "police1", "name": "平安成都", "followers": 1500000, **POLICE},
    {"platform": "weibo", "handle": "police2", "name": "<b>成都警方</b>", "status": "closed", **POLICE},
    {"platform": "x", "handle": "lund", "name": "Lund", "department": "Town of Lund", "region": "SE", "source": "test"},
    {"platform": "x", "handle": "nowhere", "name": "Nowhere", "source": "test"},
    # Of what type its body is, is all that its source says.
    {"platform": "x", "handle": "typed", "department_type": "police", "followers": 7, "region": "NO", "source": "test"},
    {"platform": "facebook", "handle": "tokyometro", "name": "Metro", "name_zh": "东京发布", "followers": 9, **TOKYO},
    {"platform": "facebook", "handle": "tokyometro2", "followers": 1, **TOKYO},
    *({"platform": "x", "handle": f"tokyo{each}", **TOKYO} for each in range(130)),
]
PATHS: Final = ["regions", "regions?q=Sichuan", "regions/CN", "regions/CN-510100", "departments", "platforms"]


@pytest.fixture(scope="module", autouse=True)
def departments(module_database_url: str) -> dict[str, str]:
    """Import the accounts; return the ids of the departments by their names."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        for rows in (ROWS, [{"platform": "x", "handle": "tokyo50", "name": "Renamed", **TOKYO}]):
            lines = io.BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode())
            import_files(conn, [lines], Options(actor="test", reason="test"))
        return dict(conn.execute("SELECT name, id FROM departments").fetchall())


def read(client: FlaskClient, path: str) -> str:
    """Return the text of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", [*PATHS, "platforms/weibo", "platforms/mastodon", "departments?region=CN"])
def test_a_page_of_places_has_one_heading_and_links_to_its_data(client: FlaskClient, language: str, path: str) -> None:
    text = read(client, f"/{language}/{path}")
    assert text.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h(\d)", text)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    (data,) = re.findall(r'<link rel="alternate" type="application/json" href="([^"]*)"', text)
    assert client.get("/" + re.sub(r"^(\.\./)+", "", data.replace("&amp;", "&"))).status_code == 200
    assert " style=" not in text
    for region in re.findall(r'<div class="scroll"[^>]*>', text):
        assert "aria-label=" in region
    assert text.count("<table") == text.count("<caption")


def test_a_page_of_a_day_is_cached_until_a_little_before_it_ends(app: Flask) -> None:
    for path in ("/en/regions/SE", "/v1/reports/dormancy"):
        with app.test_request_context(path) as context:
            answer = app.full_dispatch_request()
            expires = dt.datetime.fromtimestamp(context.request.environ[EXPIRES_AT] + 60, dt.UTC)
        today = dt.datetime.now(dt.UTC).date()
        assert expires == dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
        again = app.test_client().get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_a_region_counts_its_accounts_and_offers_just_these_as_files(client: FlaskClient) -> None:
    text = read(client, "/en/regions/CN-510000")
    assert '<a href="../../en/accounts?region=CN-510000">2</a>' in text
    assert '<a href="../../en/regions/CN">China</a>' in text
    assert "1,500,000" in text
    for name in ("accounts.csv", "accounts.ndjson", "accounts.json", "changes.atom"):
        (address,) = set(re.findall(rf'href="\.\./\.\./(v1/{name}\?region=CN-510000(?:&amp;kind=-handle)?)"', text))
        assert client.get(f"/{address}".replace("&amp;", "&")).status_code == 200
    assert "四川省" in read(client, "/zh/regions/CN-510000")


def test_chinese_pages_have_simplified_names_of_regions(client: FlaskClient) -> None:
    for path in ("regions", "regions/TW"):
        text = read(client, f"/zh/{path}")
        assert ">台湾<" in text
        assert not set("灣門縣臺") & set(text), path
    assert ">彰化县<" in text


def test_another_code_of_a_region_or_platform_leads_to_its_page(client: FlaskClient) -> None:
    for path, target in (("regions/CN-SC", "regions/CN-510000"), ("platforms/twitter", "platforms/x")):
        answer = client.get(f"/zh/{path}")
        assert answer.status_code == 301
        assert answer.location == f"../../zh/{target}"


def test_a_code_that_is_no_longer_in_use_leads_to_what_became_of_the_region(client: FlaskClient) -> None:
    answer = client.get("/en/regions/CN-110103")
    assert answer.status_code == 404
    assert '<a href="../../en/regions/CN-110101">' in answer.get_data(as_text=True)
    for path in ("regions/ZZ-ZZZ", "regions/CN%3Fx", "platforms/nosuch"):
        assert client.get(f"/en/{path}").status_code == 404


def test_a_department_shows_the_verdict_of_each_account(client: FlaskClient, departments: dict[str, str]) -> None:
    path = f"departments/{departments['成都市公安局']}"
    text = read(client, f"/en/{path}")
    assert text.count('class="standing-tag official"') == 1
    assert "<strong>formerly official</strong>" in text
    assert "&lt;b&gt;成都警方&lt;/b&gt;" in text
    assert 'href="https://wikidata.org/wiki/Q583725" rel="noopener nofollow ugc"' in text
    assert "<code>11100000000013127D</code>" in text
    (schema,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert json.loads(schema)["sameAs"] == ["https://wikidata.org/wiki/Q583725", "https://weibo.com/police1"]
    assert "<strong>曾为官方</strong>" in read(client, f"/zh/{path}")


def test_the_newest_change_of_a_department_is_the_first(client: FlaskClient, departments: dict[str, str]) -> None:
    text = read(client, f"/en/departments/{departments['東京都']}")
    changes = text.partition('<ol class="changes">')[2].partition("</ol>")[0].split("<time ")[1:]
    assert len(changes) == 20
    assert "Renamed" in changes[0]
    assert "Older changes are in the feed." in text


def test_an_account_has_one_name_on_all_chinese_pages(client: FlaskClient, departments: dict[str, str]) -> None:
    paths = [
        "regions/JP",
        "platforms/facebook",
        "rankings?region=JP",
        "reports/duplicates?region=JP",
        "accounts?region=JP",
    ]
    for path in (*paths, f"departments/{departments['東京都']}", "accounts?q=tokyometrox"):
        text = read(client, f"/zh/{path}")
        assert re.search(r">\s*东京发布\s*<", text), path
        assert ">Metro<" not in text, path
    assert ">Metro<" in read(client, "/en/reports/duplicates?region=JP")


def test_a_department_whose_table_is_cut_does_not_say_that_it_has_no_other_account(
    client: FlaskClient, departments: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, words = f"/en/departments/{departments['東京都']}", "Whatever else claims to speak for this body"
    assert words in read(client, path)
    monkeypatch.setattr(web_departments, "_MOST_ACCOUNTS", 5)
    text = read(client, path)
    assert "All 132 accounts" in text
    assert words not in text


def test_one_of_a_thing_is_no_plural(client: FlaskClient, departments: dict[str, str]) -> None:
    plural = re.compile(r"(?<![\d,.-])1 (?:accounts|followers|characters|days|ranks|countries)\b")
    for path in (f"departments/{departments['東京都']}", "regions/NO", "platforms/x", "platforms/telegram"):
        text = re.sub(r"<[^>]*>", "", read(client, f"/en/{path}"))
        assert not plural.search(text), path
    assert "1 follower<" in read(client, f"/en/departments/{departments['東京都']}")
    assert "Each file has the account of this page" in read(client, "/en/regions/NO")


def test_a_body_of_which_only_the_type_is_known_is_no_link(client: FlaskClient) -> None:
    for path in ("regions/NO", "platforms/x"):
        text = read(client, f"/en/{path}")
        assert re.search(r'@typed</bdi>.*\n.*<td class="wide">Police', text)
        assert "None" not in text


def test_departments_are_filtered_and_paged_as_the_api_does(client: FlaskClient) -> None:
    text = read(client, "/en/departments?q=town&type=&region=SE&utm_source=x")
    assert "Town of Lund" in text
    assert "成都市公安局" not in text
    first = read(client, "/en/departments?limit=1")
    (following,) = re.findall(r'<a href="\.\./(en/departments\?[^"]*)" rel="next">', first)
    assert "limit=1" in following
    assert "成都市公安局" in read(client, f"/{following}".replace("&amp;", "&"))
    wrong = client.get("/en/departments?region=Springfield")
    assert wrong.status_code == 400
    assert '<a href="../en/regions?q=Springfield">' in wrong.get_data(as_text=True)


def test_platforms_say_which_links_and_handles_are_recognized(client: FlaskClient) -> None:
    text = read(client, "/en/platforms/weibo")
    assert "<li>2 to 30 characters</li>" in text
    assert "<li>Latin letters, digits, _ -</li>" in text
    assert "<li>not of digits alone</li>" in text
    assert "<code>https://weibo.com/u/{user_id}</code>" in text
    assert "a name, an at sign and the host of a server" in read(client, "/en/platforms/mastodon")
    assert "closed on 2 April 2019" in read(client, "/en/platforms?status=closed")
    assert "was closed on 2 April 2019" in read(client, "/en/platforms/google-plus")


def test_every_platform_has_its_rules_of_handles_in_words(client: FlaskClient) -> None:
    for platform in client.get("/v1/platforms?limit=1000").get_json()["data"]:
        assert '<ul class="rules">' in read(client, f"/en/platforms/{platform['slug']}"), platform["slug"]


def test_the_world_and_china_have_a_map_with_the_numbers_of_the_list(client: FlaskClient) -> None:
    assert '<a href="../en/regions/SE" class="map-class-1"><title>Sweden: 1 account</title>' in read(
        client, "/en/regions"
    )
    china = read(client, "/zh/regions/CN")
    assert '<a href="../../zh/regions/CN-510000" class="map-class-1"><title>四川省：2 个账号</title>' in china
    assert '<a href="../../zh/regions/HK" class="map-none">' in china
    assert 'class="map"' not in read(client, "/en/regions/SE")
