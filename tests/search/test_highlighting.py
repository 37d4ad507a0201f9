import pytest
from flask.testing import FlaskClient

from tests.search.conftest import Load


@pytest.mark.parametrize(
    ("q", "rule", "field", "marked"),
    [
        ("北京急救中心", "exact", "name", ["北京急救中心"]),
        ("bjjjzx", "spelt", "name", ["北京急救中心"]),
        ("北京", "begins", "name", ["北京"]),
        ("beijing", "begins", "names", ["Beijing"]),
        ("jijiu", "begins", "handle", ["jijiu"]),
        ("jijiu zhongxin", "inside", "name", ["急救中心"]),
        ("急救", "inside", "name", ["急救"]),
        ("emergency", "words", "names", ["Emergency"]),
        ("EMERG", "inside", "names", ["Emerg"]),
        ("北京卫健委", "apart", "department", ["北京", "卫", "健", "委"]),
        ("Emergancy", "typo", "names", ["Emergency"]),
        ("衛生", "inside", "department", ["卫生"]),
    ],
)
def test_a_match_is_shown_where_it_is_with_the_rule(
    two: FlaskClient, q: str, rule: str, field: str, marked: list[str]
) -> None:
    response = two.get("/v1/accounts", query_string={"q": q, "highlight": "true", "fields": "id"})
    (record,) = response.get_json()["data"]
    assert set(record) == {"id", "highlight"}
    assert record["highlight"]["rule"] == rule
    shown = {match["field"]: match for match in record["highlight"]["matches"]}
    assert [shown[field]["text"][start:end] for start, end in shown[field]["ranges"]] == marked


@pytest.mark.parametrize(
    ("q", "rule", "name", "marked"),
    [
        ("dept health", "inside", "Department of Health", ["Department", "Health"]),
        ("health united states", "inside", "Health of the U.S.", ["Health", "U.S"]),
        ("health us", "inside", "Health of the United States", ["Health", "United", "States"]),
        ("The Exampleton Library", "exact", "Exampleton Library", ["Exampleton Library"]),
        ("Parks and Recreation", "exact", "Parks & Recreation", ["Parks & Recreation"]),
        ("library the exampleton", "inside", "Exampleton Library", ["Exampleton", "Library"]),
        ("大学 文藝", "inside", "大学の文芸", ["大学", "文芸"]),
        ("茅が崎", "inside", "市立茅ヶ崎館", ["茅ヶ崎"]),
        ("佐佐木区", "apart", "佐々木市の区", ["佐々木", "区"]),
        ("廣島", "begins", "広島県", ["広島"]),
        ("official exampleton", "begins", "Exampleton Library", ["Exampleton"]),
    ],
)
def test_what_is_written_otherwise_is_shown_as_it_is_written(
    load: Load, q: str, rule: str, name: str, marked: list[str]
) -> None:
    client = load({"handle": "a1", "name": name})
    answer = client.get("/v1/accounts", query_string={"q": q, "highlight": "true", "fields": "id"}).get_json()
    (record,) = answer["data"]
    (match,) = record["highlight"]["matches"]
    assert record["highlight"]["rule"] == rule
    assert [match["text"][start:end] for start, end in match["ranges"]] == marked


def test_ranges_count_characters_of_the_text_as_it_stands(load: Load) -> None:
    client = load({"handle": "a1", "name": "😀 Ministère de l'Intérieur — ﬁre"})
    response = client.get("/v1/accounts?q=linterieur fire&highlight=true&sort=-followers")
    (match,) = response.get_json()["data"][0]["highlight"]["matches"]
    assert [match["text"][start:end] for start, end in match["ranges"]] == ["l'Intérieur", "ﬁre"]


def test_highlights_need_a_search(two: FlaskClient) -> None:
    response = two.get("/v1/accounts?highlight=true")
    assert response.status_code == 400
    assert response.get_json()["errors"][0]["parameter"] == "highlight"


def test_an_account_of_a_body_that_is_not_named_is_shown_with_what_is_marked(load: Load) -> None:
    client = load({"handle": "exampleton", "name": "Exampleton Notices", "department_type": "police"})
    (record,) = client.get("/v1/accounts?q=notices&highlight=true").get_json()["data"]
    assert record["department"] == {"id": None, "name": None, "type": "police"}
    assert [match["field"] for match in record["highlight"]["matches"]] == ["name"]
