"""Index maintenance of a large import: indexes and foreign keys of an empty registry are built once, after all rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import Connection

_TABLES: Final = [
    *("account_followers", "account_search", "accounts", "handle_states", "handles", "statements", "versions"),
]


@contextmanager
def deferred_indexes(conn: Connection) -> Iterator[None]:
    """Drop the indexes and foreign keys of an empty registry for the `with` block, except primary and unique keys.

    A registry with accounts stays as it is. All of it is inside the transaction, so a failure restores everything.
    Readers wait for the lock, but there is nothing to read.
    """
    definitions = _select_definitions(conn) if _is_empty(conn) else []
    # PostgreSQL's own text (pg_get_indexdef, pg_get_constraintdef), so the definitions cannot drift from the schema.
    for drop, _ in definitions:
        # As bytes, since psycopg's types take a text only if it is a literal.
        conn.execute(drop.encode())
    if definitions:
        # Autovacuum analyzes with the full target within a minute of the commit. Until then 9,000 rows do for a sample:
        # 0.5 s of processor time less than one of 30,000. Terms and bands have targets of their own.
        conn.execute("SET LOCAL default_statistics_target = 30")
    yield
    for _, create in reversed(definitions):
        conn.execute(create.encode())
    if definitions:
        # Autovacuum analyzes only minutes later, and the first query after a start is planned by these statistics.
        conn.execute(
            "ANALYZE accounts, account_followers, account_search, handles, statements, observations, departments,"
            " versions"
        )


def disable_nested_loops(conn: Connection) -> None:
    """Keep the planner to hash joins for the rest of the transaction: every step is about all of many rows."""
    conn.execute("SET LOCAL enable_nestloop = off")
    # Estimates of joins by several columns are far too high, and sorting texts takes twice as long as hashing them.
    conn.execute("SET LOCAL enable_mergejoin = off")


def _is_empty(conn: Connection) -> bool:
    row = conn.execute("SELECT NOT EXISTS (SELECT FROM accounts) AND NOT EXISTS (SELECT FROM handles)").fetchone()
    return bool(row and row[0])


def _select_definitions(conn: Connection) -> list[tuple[str, str]]:
    """Return the statements that drop and create each foreign key, then each index that no constraint needs."""
    return conn.execute(
        """
        SELECT drops, creates
          FROM (SELECT 1 AS place, conname AS name,
                       format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) AS drops,
                       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
                              conrelid::regclass, conname, pg_get_constraintdef(oid)) AS creates
                  FROM pg_constraint
                 WHERE contype = 'f' AND conrelid = ANY (%(tables)s::text[]::regclass[])
                 UNION ALL
                SELECT 2, c.relname, format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
                  FROM pg_index AS i
                  JOIN pg_class AS c ON c.oid = i.indexrelid
                 WHERE i.indrelid = ANY (%(tables)s::text[]::regclass[])
                   AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)) AS definition
         ORDER BY place, name
        """,
        {"tables": _TABLES},
    ).fetchall()
