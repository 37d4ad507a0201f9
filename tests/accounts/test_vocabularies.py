import psycopg
import pytest

from directory.accounts.parameters import PageQuerySchema
from directory.accounts.vocabularies import resolve
from directory.database.revisions import begin_revision
from directory.http.problems import InvalidParameters
from tests.accounts.conftest import Registry


def test_a_merged_department_stands_for_its_successor_and_a_deleted_one_for_nothing(registry: Registry) -> None:
    with psycopg.connect(registry.url, autocommit=True) as conn:
        one, two, other = (row[0] for row in conn.execute("SELECT id FROM departments ORDER BY id LIMIT 3"))
        with conn.transaction():
            revision = begin_revision(conn, actor="test", reason="one body, two names")
            conn.execute("INSERT INTO tombstones VALUES ('department', %s, %s, %s)", (one, two, revision))
            conn.execute("INSERT INTO tombstones VALUES ('department', %s, NULL, %s)", (other, revision))
            conn.execute("UPDATE accounts SET department_id = NULL WHERE department_id = ANY(%s)", ([one, other],))
            conn.execute("DELETE FROM departments WHERE id = ANY(%s)", ([one, other],))
    wanted = resolve(registry.database, PageQuerySchema().parse((("department", one),)))
    assert wanted.selections["department"].include == (two,)
    with pytest.raises(InvalidParameters):
        resolve(registry.database, PageQuerySchema().parse((("department", other),)))


def test_a_source_that_appears_is_known_at_once(registry: Registry) -> None:
    query = PageQuerySchema().parse((("source", "late"),))
    with pytest.raises(InvalidParameters):
        resolve(registry.database, query)
    before = registry.database.revision
    with psycopg.connect(registry.url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="a new source")
        conn.execute("INSERT INTO sources (id, title, licence) VALUES ('late', 'Late', 'CC0')")
    while registry.database.revision == before:
        pass
    assert resolve(registry.database, query).selections["source"].include == ("late",)


@pytest.mark.parametrize("name", ["region", "platform", "source", "department_type"])
def test_what_was_perhaps_meant_is_told_of_a_few_unknown_values_alone(registry: Registry, name: str) -> None:
    terms = ",".join(f"{'CN-51' if name == 'region' else 'weib'}{number}" for number in range(190))
    with pytest.raises(InvalidParameters) as caught:
        resolve(registry.database, PageQuerySchema().parse(((name, terms),)))
    told = [error["detail"] for error in caught.value.errors]
    assert len(told) == 190
    assert all(detail.endswith("is not known") for detail in told[5:])
