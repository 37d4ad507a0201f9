"""SQL of sources, each with the number of accounts that it lists, from the tallies."""

from __future__ import annotations

from typing import Any

from psycopg import Connection


def select_source_ids(conn: Connection[Any]) -> list[str]:
    """Return the ids of all sources."""
    return [source for (source,) in conn.execute("SELECT id FROM sources")]


def select_source(conn: Connection[Any], source_id: str) -> str | None:
    """Return a source's public JSON; None for an unknown id."""
    # The stored JSON has no count: each new account would otherwise be a new version of its source.
    row = conn.execute(
        """SELECT left(document, -1) || ',"accounts":' || coalesce(t.accounts, 0) || '}'
             FROM sources LEFT JOIN account_tallies AS t ON t.dimension = 'source' AND t.value = sources.id
            WHERE id = %s""",
        (source_id,),
    ).fetchone()
    return row[0] if row else None


def select_sources(
    conn: Connection[Any], *, licence: str | None = None, after: str | None = None, limit: int
) -> list[tuple[str, str]]:
    """Return public JSON and id of sources, sorted by id; `licence` filters."""
    return conn.execute(
        """SELECT left(document, -1) || ',"accounts":' || coalesce(t.accounts, 0) || '}', id
             FROM sources LEFT JOIN account_tallies AS t ON t.dimension = 'source' AND t.value = sources.id
            WHERE (%(licence)s::text IS NULL OR licence = %(licence)s) AND (%(after)s::text IS NULL OR id > %(after)s)
            ORDER BY id LIMIT %(limit)s""",
        {"licence": licence, "after": after, "limit": limit},
    ).fetchall()
