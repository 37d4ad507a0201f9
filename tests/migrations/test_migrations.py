import json
import threading
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from directory import reference_data
from directory.changes.queries import ChangeRange, select_changes
from directory.database import migrations
from directory.database.migrations import MIGRATIONS, MigrationError, current, downgrade, head, migrate
from directory.search.spelling import index_parts
from tests.changes.histories import MERGE, TABLES, Step, latest, records, take
from tests.changes.reading import replay

OBJECTS = """
    SELECT 'relation', c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
     UNION ALL
    SELECT 'function', p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
     UNION ALL
    SELECT 'type', t.oid::regtype::text FROM pg_type AS t WHERE t.typnamespace = 'public'::regnamespace
     ORDER BY 1, 2
"""
REVISIONS = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))


def _objects(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as conn:
        found: set[tuple[str, str]] = set(conn.execute(OBJECTS).fetchall())
    return {(kind, name) for kind, name in found if "alembic_version" not in name}


def test_every_step_down_leaves_what_was_before_it_and_up_again_brings_all_back(bare_database_url: str) -> None:
    states = [_objects(bare_database_url)]
    for revision in REVISIONS:
        migrate(bare_database_url, revision)
        states.append(_objects(bare_database_url))
    assert states[0] == set()
    for before, revision in zip(reversed(states[:-1]), ["base", *REVISIONS[:-1]][::-1], strict=True):
        downgrade(bare_database_url, revision)
        assert _objects(bare_database_url) == before
    migrate(bare_database_url)
    assert _objects(bare_database_url) == states[-1]
    assert current(bare_database_url) == head() == REVISIONS[-1]


def test_down_and_up_again_works_on_a_registry_with_data(database_url: str) -> None:
    downgrade(database_url, "base")
    assert _objects(database_url) == set()
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        reference_data.sync_reference_data(conn)
        assert conn.execute("SELECT count(*) > 5000 FROM regions").fetchone() == (True,)


def test_migrating_what_is_at_head_changes_nothing(database_url: str) -> None:
    before = _objects(database_url)
    migrate(database_url)
    assert _objects(database_url) == before


def test_two_that_migrate_at_once_wait_for_each_other(bare_database_url: str) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(bare_database_url)
        except Exception as error:  # noqa: BLE001 - any is the test's failure
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert current(bare_database_url) == head()


def test_a_step_that_fails_leaves_the_schema_as_it_was(bare_database_url: str) -> None:
    with psycopg.connect(bare_database_url) as conn:
        conn.execute("CREATE TABLE accounts ()")
    before = _objects(bare_database_url)
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(bare_database_url)
    assert _objects(bare_database_url) == before


def test_a_schema_of_a_newer_program_is_let_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match=r"9999.*newer version"):
        migrate(database_url)


def test_a_database_that_is_not_utf8_is_refused(server_url: str) -> None:
    name = "directory_test_latin"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII'"
            " LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc"
        )
        url = make_conninfo(server_url, dbname=name)
        try:
            with pytest.raises(MigrationError, match=r"SQL_ASCII.*UTF8"):
                migrate(url)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_revision_is_a_pair_of_sql_files() -> None:
    files = {path.name for path in (MIGRATIONS / "versions").glob("*.sql")}
    stems = {path.stem for path in (MIGRATIONS / "versions").glob("*.py")}
    assert files == {f"{stem}.{way}.sql" for stem in stems for way in ("up", "down")}
    assert Path(migrations.__file__).parents[2] / "migrations" == migrations.MIGRATIONS


def _intervals(conn: psycopg.Connection) -> list[tuple[str, str, bool, bool]]:
    return conn.execute(
        """
        SELECT account_id, handle, valid_from IS NULL, valid_to IS NULL FROM handles
         ORDER BY account_id, valid_to NULLS LAST
        """
    ).fetchall()


def test_handles_of_a_registry_in_use_go_up_down_and_up(database_url: str) -> None:
    downgrade(database_url, "0005")
    with psycopg.connect(database_url, autocommit=True) as conn:

        def write(statement: LiteralString, **values: str) -> None:
            with conn.transaction():
                conn.execute("SELECT begin_revision('test', 'test')")
                conn.execute(statement, values)

        insert: LiteralString = """
            INSERT INTO accounts (id, platform, platform_user_id, handle, handle_key)
            VALUES (%(id)s, 'weibo', nullif(%(user)s, ''), nullif(%(handle)s, ''), nullif(%(handle)s, ''))
        """
        write(insert, id="0000001", user="", handle="cdfb")
        write(insert, id="0000002", user="2", handle="")
        write(insert, id="0000003", user="3", handle="old")
        rename: LiteralString = """
            UPDATE accounts SET (handle, handle_key) = ROW (%(handle)s::text, %(handle)s::text) WHERE id = %(id)s
        """
        write(rename, id="0000003", handle="new")
        # A merge as it was before: the loser's handle is closed, the successor's begins there.
        write(
            """
            WITH dead AS (INSERT INTO tombstones VALUES ('account', '0000001', '0000002', current_revision()))
            DELETE FROM accounts WHERE id = '0000001'
            """
        )
        write(rename, id="0000002", handle="cdfb")
        before = conn.execute("SELECT account_id, handle FROM handles ORDER BY id").fetchall()
        assert before == [("0000001", "cdfb"), ("0000003", "old"), ("0000003", "new"), ("0000002", "cdfb")]
    expected = [
        ("0000002", "cdfb", True, True),
        ("0000003", "old", True, False),
        ("0000003", "new", False, True),
    ]
    for to in ("0006", "0005", "0006"):
        (migrate if to == "0006" else downgrade)(database_url, to)
        with psycopg.connect(database_url) as conn:
            assert _intervals(conn) == expected
    with psycopg.connect(database_url) as conn:
        quarantined = "SELECT handle_key, released_by FROM handle_quarantines"
        assert conn.execute(quarantined).fetchall() == [("old", "0000003")]
        assert (
            conn.execute("SELECT released_in FROM handles WHERE valid_to IS NOT NULL").fetchall()
            == conn.execute("SELECT revision FROM revisions AS r JOIN handles AS h ON h.valid_to = r.at").fetchall()
        )


def test_words_are_cut_by_the_migration_as_the_program_cuts_them(database_url: str) -> None:
    words = ["abc", "abcd", "beijing", "shanghai", "départeme", "правительство", "a" * 23]
    downgrade(database_url, "0010")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("TRUNCATE search_words")
        conn.execute(
            "INSERT INTO search_words (part, word) SELECT 'x' || word, word FROM unnest(%s::text[]) AS word", (words,)
        )
        migrate(database_url)
        found = set(conn.execute("SELECT part, word FROM search_words").fetchall())
    assert found == {(part, word) for word in words for part in index_parts(word)}


FACETS: LiteralString = """
    SELECT revision, sequence, facets::text, facets_before::text, replaced_by FROM versions
     WHERE kind NOT IN ('handle', 'observations')
     ORDER BY revision, sequence
"""
HISTORY: list[Step] = [*MERGE, ("claim", 1, 2), ("move", 0, 2), ("department", 0, 1), ("delete", 1, 0)]


def test_changes_of_a_registry_in_use_are_told_as_if_they_always_had_been(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        for step in HISTORY:
            take(conn, step)
        before, told = records(conn), conn.execute(FACETS).fetchall()
        end = latest(conn)
    downgrade(database_url, "0007")
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        assert conn.execute(FACETS).fetchall() == told
        assert any(replaced_by is not None for *_, replaced_by in told)
        after = records(conn)
        changes = [
            json.loads(text) for text, *_ in select_changes(conn, ChangeRange.of(0, latest(conn)), limit=100_000)
        ]
    # Every handle became known in one revision, and nothing else happened in it.
    made = [change for change in changes if change["revision"] > end]
    assert [change["sequence"] for change in made] == list(range(1, len(made) + 1))
    assert {(change["kind"], change["action"]) for change in made} == {("handle", "create")}
    assert len(made) == sum(kind == "handle" for kind, _ in before) > 0
    for kind in TABLES.keys() - {"handle"}:
        assert {key: text for key, text in before.items() if key[0] == kind}.items() <= after.items()
    assert replay({}, changes) == after


def test_a_registry_without_handles_needs_no_revision_for_them(database_url: str) -> None:
    downgrade(database_url, "0007")
    with psycopg.connect(database_url) as conn:
        end = latest(conn)
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        assert latest(conn) == end
