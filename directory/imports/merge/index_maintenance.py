"""Filling an empty registry: its indexes and foreign keys are made once, at the end, over all rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import Connection

# Below this many rows it makes no difference that anybody would notice.
LEAST: Final = 5_000

_TABLES: Final = ["account_search", "accounts", "handle_states", "handles", "observations", "statements", "versions"]


@contextmanager
def deferred_indexes(conn: Connection, expected: int) -> Iterator[None]:
    """Within it the tables of an empty registry have their keys alone; a registry with accounts stays as it is.

    Inside the transaction, so that a failure leaves all as it was. Readers wait, but there is nothing to read.
    """
    definitions = _select_definitions(conn) if expected >= LEAST and _is_empty(conn) else []
    # The server's own words, for what it has.
    for drop, _ in definitions:
        conn.execute(drop.encode())
    yield
    for _, create in reversed(definitions):
        conn.execute(create.encode())
    if definitions:
        # The first query after a start plans by these.
        conn.execute("ANALYZE accounts, account_search, handles, statements, observations, departments, versions")


def plan_for_many(conn: Connection, rows: int) -> None:
    """Keep the planner from nested loops if there are many rows: every step is about all of them."""
    if rows >= LEAST:
        conn.execute("SET LOCAL enable_nestloop = off")


def _is_empty(conn: Connection) -> bool:
    row = conn.execute("SELECT NOT EXISTS (SELECT FROM accounts) AND NOT EXISTS (SELECT FROM handles)").fetchone()
    return bool(row and row[0])


def _select_definitions(conn: Connection) -> list[tuple[str, str]]:
    """Give what drops and what makes each foreign key, and each index that no constraint needs; foreign keys first."""
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
