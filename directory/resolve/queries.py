"""SQL of resolving: each question is asked once for a whole batch, and answered by indexes alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, TypeVar

from psycopg import Connection, sql
from psycopg.rows import class_row

# More rows than these are never compared for one query: no handle has so many neighbours, a made-up one might.
MOST_NEIGHBOURS: Final = 200

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Record:
    """What a verdict needs of an account; `region_path` is the codes from the country down, a slash after each."""

    id: str
    platform: str
    handle: str | None
    handle_key: str | None
    platform_user_id: str | None
    name: str | None
    status: str
    verification: str
    closed_on: dt.date | None
    replaced_by: str | None
    department_id: str | None
    region_path: str | None
    followers: int | None
    document: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds or held a handle, from when to when."""

    account_id: str
    platform: str
    handle: str
    handle_key: str
    valid_from: dt.datetime | None
    valid_to: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Departure:
    """What is left of an account that was merged (into the last heir of all) or deleted."""

    id: str
    heir_id: str | None
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An account that shares a key with a query: the key, and what it is called by."""

    key: str
    account_id: str
    platform: str
    handle: str | None
    names: list[str]
    followers: int | None


_COLUMNS: Final = sql.SQL(
    """a.id, a.platform, a.handle, a.handle_key, a.platform_user_id, a.name, a.status, a.verification, a.closed_on,
       a.replaced_by, a.department_id, a.region_path, a.followers, a.document"""
)


def select_records(conn: Connection[Any], ids: Collection[str]) -> list[Record]:
    """Give the accounts with these ids."""
    return _select(
        conn,
        Record,
        sql.SQL("SELECT {} FROM accounts AS a WHERE a.id = ANY(%(ids)s)").format(_COLUMNS),
        {"ids": list(ids)},
    )


def select_documents(conn: Connection[Any], ids: Collection[str]) -> dict[str, str]:
    """Give the public JSON of accounts by id."""
    rows = conn.execute("SELECT id, document FROM accounts WHERE id = ANY(%(ids)s)", {"ids": list(ids)})
    return dict(rows.fetchall())


def select_by_user_id(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> list[Record]:
    """Give the accounts with these ids of their platforms: pairs of platform and user id."""
    platforms, ids = _columns(pairs)
    return _select(
        conn,
        Record,
        sql.SQL(
            """
            SELECT {} FROM unnest(%(platforms)s::text[], %(ids)s::text[]) AS asked (platform, user_id)
              JOIN accounts AS a ON a.platform = asked.platform AND a.platform_user_id = asked.user_id
            """
        ).format(_COLUMNS),
        {"platforms": platforms, "ids": ids},
    )


def select_by_lower_user_id(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> list[Record]:
    """Give the accounts whose id of their platform has capitals and is one of these without them."""
    platforms, ids = _columns(pairs)
    return _select(
        conn,
        Record,
        sql.SQL(
            """
            SELECT {} FROM unnest(%(platforms)s::text[], %(ids)s::text[]) AS asked (platform, user_id)
              JOIN accounts AS a ON a.platform = asked.platform AND lower(a.platform_user_id) = asked.user_id
                   AND a.platform_user_id <> lower(a.platform_user_id)
            """
        ).format(_COLUMNS),
        {"platforms": platforms, "ids": ids},
    )


def select_holdings(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> list[Holding]:
    """Give who holds or held handles: pairs of platform and handle key."""
    platforms, keys = _columns(pairs)
    return _select(
        conn,
        Holding,
        sql.SQL(
            """
            SELECT h.account_id, h.platform, h.handle, h.handle_key, h.valid_from, h.valid_to
              FROM unnest(%(platforms)s::text[], %(keys)s::text[]) AS asked (platform, handle_key)
              JOIN handles AS h ON h.platform = asked.platform AND h.handle_key = asked.handle_key
            """
        ),
        {"platforms": platforms, "keys": keys},
    )


def select_holdings_anywhere(conn: Connection[Any], keys: Collection[str]) -> list[Holding]:
    """Give who holds or held a handle on whatever platform."""
    return _select(
        conn,
        Holding,
        sql.SQL(
            """
            SELECT h.account_id, h.platform, h.handle, h.handle_key, h.valid_from, h.valid_to
              FROM accounts AS a
              JOIN handles AS h ON h.platform = a.platform AND h.handle_key = a.handle_key AND h.valid_to IS NULL
             WHERE a.handle_key = ANY(%(keys)s)
             UNION ALL
            SELECT account_id, platform, handle, handle_key, valid_from, valid_to
              FROM handles WHERE handle_key = ANY(%(keys)s) AND valid_to IS NOT NULL
            """
        ),
        {"keys": list(keys)},
    )


def select_departures(conn: Connection[Any], ids: Collection[str]) -> list[Departure]:
    """Give what is left of accounts that went, each with the one that it ended in after all mergers."""
    return _select(
        conn,
        Departure,
        sql.SQL(
            """
            WITH RECURSIVE went AS (
                SELECT t.id, t.heir_id, t.revision, 1 AS step FROM tombstones AS t
                 WHERE t.kind = 'account' AND t.id = ANY(%(ids)s)
                 UNION ALL
                SELECT w.id, t.heir_id, t.revision, w.step + 1
                  FROM went AS w JOIN tombstones AS t ON t.kind = 'account' AND t.id = w.heir_id
                 WHERE w.step < 20
            )
            SELECT DISTINCT ON (w.id) w.id, w.heir_id, w.revision, r.reason
              FROM went AS w JOIN revisions AS r USING (revision) ORDER BY w.id, w.step DESC
            """
        ),
        {"ids": list(ids)},
    )


def select_neighbours(conn: Connection[Any], keys: Collection[str]) -> list[Neighbour]:
    """Give the accounts that stand under these keys of look-alikes, at most a few hundred for each key."""
    return _select(
        conn,
        Neighbour,
        sql.SQL(
            """
            SELECT asked.key, a.id AS account_id, a.platform, a.handle, a.followers,
                   CASE WHEN a.platform IN ('weibo', 'wechat')
                        THEN array_remove(ARRAY[a.name] || ARRAY(SELECT n ->> 'name'
                                          FROM jsonb_array_elements(a.names) AS n), NULL)
                        ELSE '{{}}' END AS names
              FROM unnest(%(keys)s::text[]) AS asked (key),
                   LATERAL (SELECT account_id FROM account_search WHERE look_alikes @> ARRAY[asked.key]
                             LIMIT {}) AS found
              JOIN accounts AS a ON a.id = found.account_id
            """
        ).format(sql.Literal(MOST_NEIGHBOURS)),
        {"keys": list(keys)},
    )


def select_named(conn: Connection[Any], names: Collection[str]) -> list[tuple[str, Record]]:
    """Give the accounts of which one name, or the handle, is exactly one of these, folded; each with that name."""
    with conn.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                """
                SELECT asked.name, {} FROM unnest(%(names)s::text[]) AS asked (name),
                       LATERAL (SELECT account_id FROM account_search
                                 WHERE terms @@ ('''=' || asked.name || '''')::tsquery
                                 LIMIT {}) AS found
                  JOIN accounts AS a ON a.id = found.account_id
                """
            ).format(_COLUMNS, sql.Literal(MOST_NEIGHBOURS)),
            {"names": list(names)},
        )
        return [(name, Record(*columns)) for name, *columns in cursor]


def _select(
    conn: Connection[Any], row: type[Row], statement: sql.SQL | sql.Composed, parameters: dict[str, Any]
) -> list[Row]:
    with conn.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(statement, parameters).fetchall()


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[Sequence[str], Sequence[str]]:
    listed = list(pairs)
    return [first for first, _ in listed], [second for _, second in listed]
