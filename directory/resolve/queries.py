"""SQL of resolving: each question is asked once for a whole batch, and answered by indexes alone.

`LATERAL … LIMIT` has the planner look up each item by its index, however many there are: for hundreds it would rather
read whole tables, which takes the longer the larger the registry is. `(SELECT %(…)s)` hides from it how many there are:
so it plans once and not at every request, which took longer than the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from psycopg import Connection, sql
from psycopg.rows import class_row

from directory.search.searches import Search

# More rows than these are never compared for one query: no handle has so many neighbours, a made-up one might.
MOST_NEIGHBOURS: Final = 200
# Of ids that differ only by capitals.
_MOST_SPELLINGS: Final = 5
# As many as a verdict shows.
_MOST_SIMILAR: Final = 5
# Of one handle on all platforms, or of one on its way from hand to hand.
_MOST_HOLDINGS: Final = 100

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
class Similar:
    """An account that the search finds, and the rule by which it does (see directory.search.rules)."""

    account_id: str
    rule: int
    followers: int | None


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds or held a handle, from when to when."""

    account_id: str
    platform: str
    handle: str
    handle_key: str
    valid_from: dt.datetime | None
    valid_to: dt.datetime | None
    # Whether an operator has cleared the released handle for everybody, and for whom else.
    is_cleared: bool
    cleared_for: list[str]


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

# A clearance lifts the releases before it.
_HOLDING: Final = sql.SQL(
    """h.account_id, h.platform, h.handle, h.handle_key, h.valid_from, h.valid_to,
       EXISTS (SELECT FROM handle_clearances AS c
                WHERE c.platform = h.platform AND c.handle_key = h.handle_key AND c.revision > h.released_in
                  AND c.account_id IS NULL) AS is_cleared,
       ARRAY(SELECT c.account_id FROM handle_clearances AS c
              WHERE c.platform = h.platform AND c.handle_key = h.handle_key AND c.revision > h.released_in
                AND c.account_id IS NOT NULL) AS cleared_for"""
)


def select_records(conn: Connection[Any], ids: Collection[str]) -> list[Record]:
    """Give the accounts with these ids."""
    return _select(
        conn,
        Record,
        sql.SQL(
            """
            SELECT {} FROM unnest((SELECT %(ids)s::text[])) AS asked (id),
                   LATERAL (SELECT * FROM accounts WHERE id = asked.id LIMIT 1) AS a
            """
        ).format(_COLUMNS),
        {"ids": list(ids)},
    )


def select_documents(conn: Connection[Any], ids: Collection[str]) -> dict[str, str]:
    """Give the public JSON of accounts by id."""
    rows = conn.execute(
        """
        SELECT a.id, a.document FROM unnest((SELECT %(ids)s::text[])) AS asked (id),
               LATERAL (SELECT id, document FROM accounts WHERE id = asked.id LIMIT 1) AS a
        """,
        {"ids": list(ids)},
    )
    return dict(rows.fetchall())


def select_by_user_id(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> list[Record]:
    """Give the accounts with these ids of their platforms: pairs of platform and user id."""
    platforms, ids = _columns(pairs)
    return _select(
        conn,
        Record,
        sql.SQL(
            """
            SELECT {}
              FROM unnest((SELECT %(platforms)s::text[]), (SELECT %(ids)s::text[])) AS asked (platform, user_id),
                   LATERAL (
                   SELECT * FROM accounts
                    WHERE platform = asked.platform AND platform_user_id = asked.user_id LIMIT 1) AS a
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
            SELECT {}
              FROM unnest((SELECT %(platforms)s::text[]), (SELECT %(ids)s::text[])) AS asked (platform, user_id),
                   LATERAL (
                   SELECT * FROM accounts
                    WHERE platform = asked.platform AND lower(platform_user_id) = asked.user_id
                      AND platform_user_id <> lower(platform_user_id) LIMIT {}) AS a
            """
        ).format(_COLUMNS, sql.Literal(_MOST_SPELLINGS)),
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
            SELECT {holding}
              FROM unnest((SELECT %(platforms)s::text[]), (SELECT %(keys)s::text[])) AS asked (platform, handle_key),
                   LATERAL (SELECT * FROM handles
                             WHERE platform = asked.platform AND handle_key = asked.handle_key
                             ORDER BY valid_to DESC NULLS FIRST, id LIMIT {most}) AS h
            """
        ).format(holding=_HOLDING, most=sql.Literal(_MOST_HOLDINGS)),
        {"platforms": platforms, "keys": keys},
    )


def select_holdings_anywhere(conn: Connection[Any], keys: Collection[str]) -> list[Holding]:
    """Give who holds or held a handle on whatever platform."""
    return _select(
        conn,
        Holding,
        sql.SQL(
            """
            SELECT {holding}
              FROM unnest((SELECT %(keys)s::text[])) AS asked (key),
                   LATERAL (SELECT platform, handle_key FROM accounts WHERE handle_key = asked.key LIMIT {most}) AS a,
                   LATERAL (SELECT * FROM handles
                             WHERE platform = a.platform AND handle_key = a.handle_key AND valid_to IS NULL
                             LIMIT 1) AS h
             UNION ALL
            SELECT {holding}
              FROM unnest((SELECT %(keys)s::text[])) AS asked (key),
                   LATERAL (SELECT * FROM handles WHERE handle_key = asked.key AND valid_to IS NOT NULL
                             ORDER BY valid_to DESC LIMIT {most}) AS h
            """
        ).format(holding=_HOLDING, most=sql.Literal(_MOST_HOLDINGS)),
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
              FROM unnest((SELECT %(keys)s::text[])) AS asked (key),
                   LATERAL (SELECT account_id FROM account_search WHERE look_alikes @> ARRAY[asked.key]
                             LIMIT {}) AS found,
                   LATERAL (SELECT * FROM accounts WHERE id = found.account_id LIMIT 1) AS a
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
                SELECT asked.name, {} FROM unnest((SELECT %(names)s::text[])) AS asked (name),
                       LATERAL (SELECT account_id FROM account_search
                                 WHERE terms @@ ('''=' || asked.name || '''')::tsquery
                                 LIMIT {}) AS found,
                       LATERAL (SELECT * FROM accounts WHERE id = found.account_id LIMIT 1) AS a
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


def select_similar(conn: Connection[Any], search: Search, platform: str | None) -> list[Similar]:
    """Give the first accounts that a search finds, on one platform where one is named."""
    rows = conn.execute(
        """
        SELECT p.account_id, p.tier, a.followers
          FROM search_page(%(terms)s::tsquery[], %(narrow)s::tsquery[], %(checks)s::text[], %(never)s::text,
                           %(among)s::tsquery, %(firsts)s::integer[], %(walked)s::boolean[], %(chunks)s::tsquery[],
                           %(floors)s::integer[], NULL, NULL, NULL, NULL, NULL, %(most)s::integer) AS p
          JOIN accounts AS a ON a.id = p.account_id
         ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id
        """,
        {
            **search.parameters,
            "among": f"'p{platform}'" if platform is not None else None,
            "most": _MOST_SIMILAR,
        },
        prepare=True,
    )
    return [Similar(*row) for row in rows]
