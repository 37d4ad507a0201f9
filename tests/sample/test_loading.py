from collections.abc import Iterator

import psycopg
import pytest

from directory.database import revisions
from directory.database.connections import connect
from directory.sample.loading import SampleRefusedError, load_sample, require_compatible
from directory.sample.places import SamplePlace
from directory.sample.rows import generate

ACCOUNTS = 600


def _ignore(_phase: str, _done: int, _total: int) -> None:
    pass


def _definitions(conn: psycopg.Connection) -> list[tuple[str, ...]]:
    return conn.execute(
        """
        SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text NOT LIKE 'pg\\_%%'
           -- A month's partition is made by the first observation in it, and stays.
           AND indrelid::regclass::text NOT LIKE 'observations\\_%%'
        UNION ALL
        SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid::regclass::text NOT LIKE 'observations\\_%%'
        ORDER BY 1
        """
    ).fetchall()


@pytest.fixture
def registry(database_url: str) -> Iterator[psycopg.Connection]:
    """Return a connection to an empty registry."""
    with connect(database_url) as conn:
        yield conn


def test_a_sample_is_one_revision_of_accounts_that_all_say_they_are_synthetic(
    registry: psycopg.Connection, places: list[SamplePlace]
) -> None:
    before = revisions.select_latest(registry)
    done = load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore)
    assert done is not None
    assert done.created == ACCOUNTS
    assert done.revision == (before.number if before else 0) + 1
    counts = registry.execute("SELECT sources, subject, language, count(*) FROM accounts GROUP BY 1, 2, 3").fetchall()
    assert counts == [(["synthetic"], "body", "zh", ACCOUNTS)]
    source = registry.execute("SELECT title, licence FROM sources WHERE id = 'synthetic'").fetchone()
    assert source == ("Synthetic accounts in the shape of China's: none is a real account", "CC0-1.0")


def test_the_same_sample_again_changes_nothing(registry: psycopg.Connection, places: list[SamplePlace]) -> None:
    load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore)
    before = revisions.select_latest(registry)
    assert load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore) is None
    assert revisions.select_latest(registry) == before


def test_the_same_sample_gives_the_same_registry_ids_and_all(
    registry: psycopg.Connection, module_database_url: str, places: list[SamplePlace]
) -> None:
    query = """
        SELECT (document::jsonb - '{created_at,updated_at}'::text[])::text FROM accounts
        UNION ALL
        SELECT (document::jsonb - '{created_at,updated_at}'::text[])::text FROM departments
        ORDER BY 1
    """
    load_sample(registry, generate(ACCOUNTS, 5, places), ACCOUNTS, 5, _ignore)
    with connect(module_database_url) as other:
        load_sample(other, generate(ACCOUNTS, 5, places), ACCOUNTS, 5, _ignore)
        assert registry.execute(query).fetchall() == other.execute(query).fetchall()


def test_another_sample_is_refused(registry: psycopg.Connection, places: list[SamplePlace]) -> None:
    load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore)
    with pytest.raises(SampleRefusedError, match=r"another sample \(--accounts 600 --seed 1\).*DIRECTORY_DATA_DIR"):
        load_sample(registry, generate(ACCOUNTS, 2, places), ACCOUNTS, 2, _ignore)


@pytest.mark.parametrize("sources", [["ministry"], ["ministry", "synthetic"], []])
def test_a_registry_with_a_real_account_is_refused(
    registry: psycopg.Connection, places: list[SamplePlace], sources: list[str]
) -> None:
    with registry.transaction():
        revisions.begin_revision(registry, actor="test", reason="a real account")
        registry.execute(
            "INSERT INTO accounts (platform, handle, handle_key, sources) VALUES ('weibo', 'cdfb', 'cdfb', %s)",
            [sources],
        )
    with pytest.raises(SampleRefusedError, match=r"holds 1 accounts that are not synthetic.*DIRECTORY_DATA_DIR"):
        load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore)
    assert registry.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    with pytest.raises(SampleRefusedError):
        require_compatible(registry, ACCOUNTS, 1)


def test_after_the_load_and_after_a_failure_all_indexes_and_constraints_are_as_before(
    registry: psycopg.Connection, places: list[SamplePlace]
) -> None:
    before = _definitions(registry)
    twice = [row for _ in range(2) for row in generate(1, 1, places)]
    twice[1]["region"] = "CN-000000"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        load_sample(registry, twice[1:], 1, 1, _ignore)
    assert registry.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
    assert _definitions(registry) == before
    load_sample(registry, generate(ACCOUNTS, 1, places), ACCOUNTS, 1, _ignore)
    assert _definitions(registry) == before
