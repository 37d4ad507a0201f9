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


def test_ranges_count_characters_of_the_text_as_it_stands(load: Load) -> None:
    client = load({"handle": "a1", "name": "😀 Ministère de l'Intérieur — ﬁre"})
    response = client.get("/v1/accounts?q=linterieur fire&highlight=true&sort=-followers")
    (match,) = response.get_json()["data"][0]["highlight"]["matches"]
    assert [match["text"][start:end] for start, end in match["ranges"]] == ["l'Intérieur", "ﬁre"]


def test_highlights_need_a_search(two: FlaskClient) -> None:
    response = two.get("/v1/accounts?highlight=true")
    assert response.status_code == 400
    assert response.get_json()["errors"][0]["parameter"] == "highlight"
