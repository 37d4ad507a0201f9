import psycopg
import pytest

from directory.accounts.parameters import PageQuerySchema, build_filter
from directory.database.revisions import begin_revision
from directory.http.problems import InvalidParameters
from directory.text.language_tags import format_language_tag
from tests.accounts.conftest import Registry


def test_a_merged_department_means_its_successor_and_a_deleted_one_is_unknown(registry: Registry) -> None:
    with psycopg.connect(registry.url, autocommit=True) as conn:
        one, two, other = (row[0] for row in conn.execute("SELECT id FROM departments ORDER BY id LIMIT 3"))
        with conn.transaction():
            revision = begin_revision(conn, actor="test", reason="one body, two names")
            conn.execute("INSERT INTO tombstones VALUES ('department', %s, %s, %s)", (one, two, revision))
            conn.execute("INSERT INTO tombstones VALUES ('department', %s, NULL, %s)", (other, revision))
            conn.execute("UPDATE accounts SET department_id = NULL WHERE department_id = ANY(%s)", ([one, other],))
            conn.execute("DELETE FROM departments WHERE id = ANY(%s)", ([one, other],))
    account_filter = build_filter(registry.database, PageQuerySchema().parse((("department", one),)))
    assert account_filter.values["department"].include == (two,)
    with pytest.raises(InvalidParameters):
        build_filter(registry.database, PageQuerySchema().parse((("department", other),)))


def test_a_source_that_appears_is_known_at_once(registry: Registry) -> None:
    query = PageQuerySchema().parse((("source", "late"),))
    with pytest.raises(InvalidParameters):
        build_filter(registry.database, query)
    before = registry.database.revision
    with psycopg.connect(registry.url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="a new source")
        conn.execute("INSERT INTO sources (id, title, licence) VALUES ('late', 'Late', 'CC0')")
    while registry.database.revision == before:
        pass
    assert build_filter(registry.database, query).values["source"].include == ("late",)


@pytest.mark.parametrize(
    ("text", "expected"), [("EN-gb", "en-GB"), ("zh-hant-tw", "zh-Hant-TW"), ("ES-419", "es-419"), ("zh", "zh")]
)
def test_a_language_tag_is_written_as_the_standard_recommends(text: str, expected: str) -> None:
    assert format_language_tag(text) == expected


@pytest.mark.parametrize("name", ["region", "platform", "source", "department_type"])
def test_only_the_first_few_unknown_values_come_with_a_suggestion(registry: Registry, name: str) -> None:
    terms = ",".join(f"{'CN-51' if name == 'region' else 'weib'}{number}" for number in range(190))
    with pytest.raises(InvalidParameters) as caught:
        build_filter(registry.database, PageQuerySchema().parse(((name, terms),)))
    details = [error["detail"] for error in caught.value.errors]
    assert len(details) == 190
    assert all(detail.endswith("is not known") for detail in details[5:])
