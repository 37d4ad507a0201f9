import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database.sql import column, compose, join, json_array, number_literal, placeholder, text_literal


def test_templates_are_filled_as_psycopg_fills_them() -> None:
    compared = compose("{0} = {1} OR {0} IS NULL", column("accounts", 'a"b'), placeholder("p0"))
    assert compared.as_string() == '"accounts"."a""b" = %(p0)s OR "accounts"."a""b" IS NULL'
    assert compose("{} LIMIT {}", compared, number_literal(5)).as_string() == f"{compared.as_string()} LIMIT 5"


def test_a_text_is_quoted() -> None:
    assert compose("SELECT {}", text_literal("it's")).as_string() == "SELECT 'it''s'"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_a_list_of_texts_comes_to_postgresql_as_it_is(conn: psycopg.Connection, texts: list[str]) -> None:
    rows = conn.execute("SELECT * FROM json_array_elements_text(%(texts)s::json)", {"texts": json_array(texts)})
    assert [text for (text,) in rows] == texts


def test_pieces_are_joined() -> None:
    assert join(" AND ", (compose(text) for text in ("a", "b"))).as_string() == "a AND b"
    assert join(", ", ()).as_string() == ""


def test_the_same_is_written_once() -> None:
    assert compose("{} = {}", column("id"), placeholder("p0")) is compose("{} = {}", column("id"), placeholder("p0"))
    assert join(" OR ", [compose("a")]) is join(" OR ", [compose("a")])
