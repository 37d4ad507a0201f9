"""The search as a client sees it, on registries of a few accounts: each rule of finding and of order."""

import psycopg
import pytest
from flask.testing import FlaskClient

from tests.search.conftest import Load, names
from tests.serving import walk


def test_the_exact_name_comes_first_then_beginnings_whole_words_insides_and_typos(load: Load) -> None:
    client = load(
        {"handle": "a1", "name": "Vilnius polise"},
        {"handle": "a2", "name": "Superpolice of Vilnius"},
        {"handle": "a3", "name": "City police"},
        {"handle": "a4", "name": "Police of Lyon"},
        {"handle": "a5", "name": "Police"},
        {"handle": "a6", "name": "Fire brigade"},
        {"handle": "policestation", "name": "Harbour"},
    )
    assert names(client, "police") == ["Police", "Harbour", "Police of Lyon", "City police", "Vilnius polise"]


def test_followers_decide_between_equal_matches_then_the_status_then_the_shorter_name(load: Load) -> None:
    client = load(
        {"handle": "a1", "name": "Kent police", "status": "closed"},
        {"handle": "a2", "name": "Kent police service", "status": "active"},
        {"handle": "a3", "name": "Kent police force", "status": "active"},
        {"handle": "a4", "name": "Kent police office", "followers": 5},
        {"handle": "a5", "name": "Kent police station", "followers": 7},
    )
    assert names(client, "kent pol") == [
        "Kent police station",
        "Kent police office",
        "Kent police force",
        "Kent police service",
        "Kent police",
    ]


@pytest.mark.parametrize(
    "q",
    [
        "急救", "京", "急救中", "北京急救中心", "北京急救", "急救 北京",
        "beijing jijiu", "beijingjijiu", "bei jing ji jiu",
        "běijīng jíjiù", "bei3jing1 ji2jiu4", "beijingjij", "bjjjzx", "bjjj", "jjzx", "BJJJZX", "ｂｊｊｊｚｘ",
        "卫生健康",
        "衛生健康委員會", "北京卫健委", "emergency medical", "Beijing Emergency Medical Center",
        "medical emergency", "beijing emerg", "Beijing Emergancy", "Bejing Emergncy Medicl", "jijiu120", "@jijiu120",
        "jijiu12", "2028810631", '"emergency medical"', "北京急就中心", "beijing-emergency",
    ],
)  # fmt: skip
def test_an_account_is_found_by_every_way_of_naming_it(two: FlaskClient, q: str) -> None:
    assert names(two, q) == ["北京急救中心"]


@pytest.mark.parametrize(
    "q", ["chongqing", "changshou", "zhangshou", "cqcs", "zqzs", "lvyou", "重慶長壽", "长寿文旅委"]
)
def test_characters_of_several_readings_are_found_by_each(two: FlaskClient, q: str) -> None:
    assert names(two, q) == ["重庆长寿区旅游"]


def test_all_words_must_match_and_excluded_ones_must_not(load: Load) -> None:
    client = load({"handle": "a1", "name": "Kent County police"}, {"handle": "a2", "name": "Kent police"})
    assert names(client, "police kent county") == ["Kent County police"]
    assert names(client, "kent -county") == ["Kent police"]
    assert names(client, '"kent police"') == ["Kent police"]
    assert names(client, 'kent -"county police"') == ["Kent police"]
    assert names(client, "kent police lyon paris york") == []


SCRIPTS = (
    ("министерство оборон", "Министерство обороны"),
    ("وزارة الصحه", "وزارة الصحة"),
    ("สาธารณสุข", "กระทรวงสาธารณสุข"),
    ("시청", "서울특별시청"),
    ("東京都 防災", "東京都防災"),
    ("ぼうさい", "ボウサイ情報"),
    ("υπουργειο", "Υπουργείο Υγείας"),
    ("interieur", "Ministère de l'Intérieur"),
    ("azur", "Région Côte d’Azur"),
)


def test_names_of_all_scripts_are_found(load: Load) -> None:
    client = load(*({"handle": f"a{number}", "name": name} for number, (_, name) in enumerate(SCRIPTS)))
    assert {q: names(client, q) for q, _ in SCRIPTS} == {q: [name] for q, name in SCRIPTS}
    assert names(client, "l'intérieur") == ["Ministère de l'Intérieur"]


def test_what_changes_its_name_is_found_by_the_new_one_and_a_department_that_does_by_its(load: Load) -> None:
    row = {"platform": "weibo", "handle": "h1", "platform_user_id": "1234567890"}
    client = load({**row, "name": "Old name"})
    assert names(client, "old") == ["Old name"]
    client = load({**row, "name": "New name"})
    assert names(client, "old") == []
    assert names(client, "new") == ["New name"]


def test_the_rank_band_of_an_account_follows_its_followers_its_status_and_its_names(
    load: Load, database_url: str
) -> None:
    rows = [{"handle": "a", "name": "Alpha", "platform_user_id": "1"}, {"handle": "b", "name": "Beta"}]
    load(*rows)
    changes = (
        {"followers": 70_000, "followers_at": "2026-01-01T00:00:00Z"},
        {"status": "closed"},
        {"name": "Alphabet"},
    )
    for change in ({}, *changes):
        load({**rows[0], **change})
        with psycopg.connect(database_url) as conn:
            bands = conn.execute(
                """
                SELECT rank_band, search_rank_band(search_followers(followers), status_rank, name_length),
                       'b' || rank_band = ANY (tsvector_to_array(facets))
                  FROM account_search JOIN account_followers USING (account_id)
                """
            ).fetchall()
        assert len(bands) == len(rows)
        assert all(band == computed and is_facet for band, computed, is_facet in bands), change


def test_no_write_leaves_entries_on_the_pending_list_of_an_index(load: Load, database_url: str) -> None:
    row = {"handle": "a", "name": "Alpha", "platform_user_id": "1"}
    for change in ({}, {"status": "closed"}, {"name": "Alphabet"}):
        load({**row, **change})
    with psycopg.connect(database_url) as conn:
        # A search would read the whole list. The function returns how many pages of it there were.
        pages = conn.execute(
            """
            SELECT c.relname, gin_clean_pending_list(c.oid)
              FROM pg_class AS c WHERE c.relname ~ '^(account_search|search_states)_(terms|look_alikes)$'
            """
        ).fetchall()
    assert dict(pages) == dict.fromkeys(
        ("account_search_terms", "account_search_look_alikes", "search_states_terms", "search_states_look_alikes"), 0
    )


def test_pages_of_a_search_follow_each_other_without_a_gap_and_without_a_double(load: Load) -> None:
    rows = [
        {"handle": f"h{number}", "name": f"Police {number % 7}", "followers": number % 5, "status": "active"}
        for number in range(60)
    ]
    client = load(*rows, {"handle": "z", "name": "Fire"})
    once = [record["id"] for record in walk(client, "/v1/accounts?q=police&limit=1000")]
    assert len(once) == 60
    assert [record["id"] for record in walk(client, "/v1/accounts?q=police&limit=7")] == once
    assert client.get("/v1/accounts?q=police&count=exact&facets=platform&limit=1").get_json()["facets"] == {
        "platform": [{"value": "x", "count": 60}]
    }


@pytest.mark.parametrize(
    "q",
    [
        "x" * 200,
        "a " * 20,
        "' OR 1=1 --",
        "<->",
        "!a & (b",
        "a:*",
        "\\",
        "%",
        "(.*)*",
        "'" * 50,
        "*" * 200,
        "((((",
        "$$",
    ],
)
def test_nothing_typed_breaks_a_search(two: FlaskClient, q: str) -> None:
    assert two.get("/v1/accounts", query_string={"q": q}).status_code in {200, 400}
    assert two.get("/v1/suggest", query_string={"q": q}).status_code in {200, 400}


@pytest.mark.parametrize("q", ["y" * 10_000, "w " * 1_000, "!!!", "-police"])
def test_what_cannot_be_searched_for_is_a_400_that_says_why(two: FlaskClient, q: str) -> None:
    for path in ("/v1/accounts", "/v1/suggest"):
        response = two.get(path, query_string={"q": q})
        assert response.status_code == 400
        assert response.get_json()["errors"][0]["parameter"] == "q"


def test_suggestions_are_what_the_search_finds_in_short(two: FlaskClient) -> None:
    (found,) = two.get("/v1/suggest?q=beijing ji").get_json()["data"]
    assert found | {"id": ""} == {
        "id": "",
        "name": "北京急救中心",
        "names": [{"name": "Beijing Emergency Medical Center", "language": "en"}],
        "platform": "weibo",
        "handle": "jijiu120",
        "url": "https://weibo.com/jijiu120",
        "department": "北京市卫生健康委员会",
        "region": None,
        "status": "unknown",
        "rule": "spelt_begins",
    }
    assert two.get("/v1/suggest").status_code == 400
    assert len(two.get("/v1/suggest?q=1&limit=1").get_json()["data"]) <= 1
