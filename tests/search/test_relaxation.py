"""A word too many: what is found without it, and that the answer says so wherever it is given."""

import json

import pytest
from flask.testing import FlaskClient

from tests.search.conftest import Load, names
from tests.serving import walk

ROWS = (
    {"handle": "a1", "name": "Exampleton Library", "followers": 5},
    {"handle": "a2", "name": "Otherville Library"},
    {"handle": "a3", "name": "Official Gazette of Otherville"},
    {"handle": "a4", "name": "Department Health Exampleton"},
    {"handle": "a5", "name": "成都发布"},
)


@pytest.fixture
def client(load: Load) -> FlaskClient:
    """Return a client of a registry of five accounts."""
    return load(*ROWS)


def ask(client: FlaskClient, q: str, **parameters: str) -> tuple[list[str], list[str] | None]:
    answer = client.get("/v1/accounts", query_string={"q": q, **parameters}).get_json()
    return [record["name"] for record in answer["data"]], answer["page"].get("dropped")


def suggest(client: FlaskClient, q: str) -> tuple[list[str], list[str] | None]:
    answer = client.get("/v1/suggest", query_string={"q": q}).get_json()
    return [record["name"] for record in answer["data"]], answer.get("dropped")


def test_a_word_too_many_is_left_out_and_named(client: FlaskClient) -> None:
    for q, found, dropped in (
        ("Exampleton Library official", ["Exampleton Library"], ["official"]),
        ("Exampleton Library zyzzyva", ["Exampleton Library"], ["zyzzyva"]),
        ("official account of the Exampleton Library", ["Exampleton Library"], ["official", "account", "of", "the"]),
        ("Exampelton Library zyzzyva", ["Exampleton Library"], ["zyzzyva"]),
        ("Department of Health Exampleton", ["Department Health Exampleton"], ["of"]),
        ("official website of Exampleton Library", ["Exampleton Library"], ["official", "website", "of"]),
        ("gazette official twitter account", ["Official Gazette of Otherville"], ["twitter", "account"]),
        ("成都发布 官方微博", ["成都发布"], ["官方微博"]),
        ("成都發布官方微博", ["成都发布"], ["官方微博"]),
        ("Exampleton zyzzyva", ["Exampleton Library", "Department Health Exampleton"], ["zyzzyva"]),
    ):
        assert ask(client, q) == (found, dropped), q
        assert suggest(client, q) == (found, dropped), q


def test_nothing_is_left_out_where_all_words_are_found_or_too_few_would_be_left(client: FlaskClient) -> None:
    assert ask(client, "exampleton library") == (["Exampleton Library"], None)
    for q in (
        "zyzzyva",
        "the of",
        "zyzzyva of the",
        "zyzzyva quux library",
        '"zyzzyva quux"',
        '"library quux" otherville',
    ):
        assert ask(client, q) == ([], None), q
        assert suggest(client, q) == ([], None), q


def test_phrases_and_excluded_words_hold_whatever_is_left_out(client: FlaskClient) -> None:
    assert ask(client, '"exampleton library" zyzzyva') == (["Exampleton Library"], ["zyzzyva"])
    assert ask(client, "library zyzzyva -exampleton") == (["Otherville Library"], ["zyzzyva"])
    assert ask(client, "exampleton library -library zyzzyva") == ([], None)


def test_what_a_filter_leaves_counts_and_what_is_counted_is_what_is_listed(client: FlaskClient) -> None:
    counted = client.get("/v1/accounts?q=library+zyzzyva&count=exact&facets=platform&limit=1").get_json()
    assert counted["page"]["count"] == {"value": 2, "kind": "exact"}
    assert counted["page"]["dropped"] == ["zyzzyva"]
    assert counted["facets"] == {"platform": [{"value": "x", "count": 2}]}
    assert ask(client, "library zyzzyva", platform="x") == (["Exampleton Library", "Otherville Library"], ["zyzzyva"])
    assert ask(client, "library zyzzyva", platform="weibo") == ([], None)
    assert ask(client, "library zyzzyva", sort="-name")[0] == ["Otherville Library", "Exampleton Library"]
    assert client.get("/v1/accounts?q=zyzzyva&count=exact").get_json()["page"]["count"]["value"] == 0


def test_downloads_are_of_what_is_listed_and_say_what_was_left_out(client: FlaskClient) -> None:
    path = "?q=%E5%AE%98%E6%96%B9+library+exampleton&fields=name"
    ndjson = client.get(f"/v1/accounts.ndjson{path}")
    assert [json.loads(line) for line in ndjson.get_data(as_text=True).splitlines()] == [{"name": "Exampleton Library"}]
    assert ndjson.headers["Search-Dropped"] == "%E5%AE%98%E6%96%B9"
    document = client.get(f"/v1/accounts.json{path}")
    assert document.get_json()["dropped"] == ["官方"]
    assert client.get(f"/v1/accounts.csv{path}").headers["Search-Dropped"] == "%E5%AE%98%E6%96%B9"
    whole = client.get("/v1/accounts.json?q=library")
    assert "dropped" not in whole.get_json()
    assert "Search-Dropped" not in whole.headers


def test_pages_of_such_a_list_go_on_with_the_same_words(load: Load) -> None:
    rows = [{"handle": f"h{number}", "name": f"Police {number % 7}", "followers": number % 5} for number in range(30)]
    client = load(*rows, {"handle": "z", "name": "Fire"})
    path = "/v1/accounts?q=police+zyzzyva"
    once = [record["id"] for record in walk(client, f"{path}&limit=1000")]
    assert len(once) == 30
    cut = "/v1/accounts?q=%E6%88%90%E9%83%BD%E5%AE%98%E6%96%B9&limit=1"
    load({"handle": "c1", "name": "成都发布"}, {"handle": "c2", "name": "成都旅游"})
    assert [record["name"] for record in walk(client, cut)] == ["成都发布", "成都旅游"]
    for further in ("", "&sort=-followers", "&count=exact"):
        found = [record["id"] for record in walk(client, f"{path}&limit=7{further}")]
        assert sorted(found) == sorted(once)
    first = client.get(f"{path}&limit=7").get_json()["page"]
    # An account that has all words comes too late for this list, and another list begins with it.
    load({"handle": "late", "name": "Police Zyzzyva"})
    second = client.get("/v1/accounts", query_string={"q": "police zyzzyva", "limit": "7", "cursor": first["next"]})
    assert second.get_json()["page"]["dropped"] == first["dropped"] == ["zyzzyva"]
    assert [record["id"] for record in second.get_json()["data"]] == once[7:14]
    assert names(client, "police zyzzyva") == ["Police Zyzzyva"]


def test_a_list_as_of_then_is_relaxed_by_what_was_there_then(load: Load) -> None:
    client = load({"handle": "a1", "name": "Exampleton Library"}, {"handle": "a3", "name": "Otherville Library"})
    before = client.get("/v1/accounts.json").get_json()["revision"]
    client = load({"handle": "a2", "name": "Exampleton Library Zyzzyva"})
    q = "exampleton zyzzyva"
    assert ask(client, q) == (["Exampleton Library Zyzzyva"], None)
    assert ask(client, q, as_of=str(before)) == (["Exampleton Library"], ["zyzzyva"])
    path = f"/v1/accounts?q=library+zyzzyva&as_of={before}&limit=1"
    assert [record["name"] for record in walk(client, path)] == ["Otherville Library", "Exampleton Library"]
    page = client.get(path).get_json()["page"]
    assert (page["dropped"], page["revision"]) == (["zyzzyva"], before)


def test_a_cursor_with_words_that_were_not_typed_is_refused(client: FlaskClient) -> None:
    cursor = client.get("/v1/accounts?q=library+zyzzyva&limit=1").get_json()["page"]["next"]
    assert cursor
    answer = client.get("/v1/accounts", query_string={"q": "library quux", "limit": "1", "cursor": cursor})
    assert answer.status_code == 400
