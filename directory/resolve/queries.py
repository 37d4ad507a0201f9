"""SQL of resolving: what a whole batch names is asked for at once, and answered by indexes alone.

`LATERAL … LIMIT` has the planner look up each item by its index, however many there are: for hundreds it would rather
read whole tables, which takes the longer the larger the registry is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from psycopg import Connection
from psycopg.rows import class_row

from directory.accounts.account_record import COLUMNS, Record
from directory.accounts.filters import Filter
from directory.accounts.page_request import Part
from directory.accounts.queries import select_accounts
from directory.accounts.sorts import CLOSENESS
from directory.database.point_in_time import Past, opening, parameters_of
from directory.database.prepared_statements import Pipeline, fetch
from directory.database.sql import Written, join, list_texts, literal, number, place, write
from directory.http.fields import Selection
from directory.search.query_plan import PAGE, Search

Way = Literal["id", "user_id", "lower_user_id", "handle", "name", "look_alike"]
"""By what an account is looked up: see `select_records`."""

# More rows than these are never compared for one query: no handle has so many neighbours, a made-up one might.
_MOST_NEIGHBOURS: Final = number(200)
# Of ids that differ only by capitals.
_MOST_SPELLINGS: Final = number(5)
# On all platforms.
_MOST_HOLDERS: Final = number(100)
# As many as a verdict shows. Of more accounts with one name the public JSON is not read.
_MOST_SHOWN: Final = 5


_SIMILAR: Final = write(
    """
    SELECT p.account_id, p.tier, a.followers
      FROM {} AS p
      JOIN accounts AS a ON a.id = p.account_id
     ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id
    """,
    PAGE,
)


@dataclass(frozen=True, slots=True)
class Similar:
    """An account that the search finds, and the rule by which it does (see directory.search.rules)."""

    account_id: str
    rule: int
    followers: int | None


@dataclass(frozen=True, slots=True)
class Departure:
    """What is left of an account that was merged (into the last heir of all) or deleted."""

    id: str
    heir_id: str | None
    revision: int
    reason: str


# How each way asks its index; the numbers are places among the accounts of one key.
_LOOKUPS: Final[Mapping[Way, Written]] = {
    "id": write("SELECT id, 1::bigint FROM accounts WHERE id = asked.key LIMIT 1"),
    "user_id": write(
        "SELECT id, 1::bigint FROM accounts WHERE platform = asked.platform AND platform_user_id = asked.key LIMIT 1"
    ),
    "lower_user_id": write(
        """SELECT id, 1::bigint FROM accounts
            WHERE platform = asked.platform AND lower(platform_user_id) = asked.key
              AND platform_user_id <> lower(platform_user_id) LIMIT {}""",
        _MOST_SPELLINGS,
    ),
    "handle": write(
        """SELECT account_id, 1::bigint FROM handles
            WHERE handle_key = asked.key AND valid_to IS NULL ORDER BY id LIMIT {}""",
        _MOST_HOLDERS,
    ),
    "name": write(
        """SELECT account_id, row_number() OVER () FROM account_search
            WHERE terms @@ ('''=' || asked.key || '''')::tsquery LIMIT {}""",
        _MOST_NEIGHBOURS,
    ),
    "look_alike": write(
        "SELECT account_id, 1::bigint FROM account_search WHERE look_alikes @> ARRAY[asked.key] LIMIT {}",
        _MOST_NEIGHBOURS,
    ),
}


def ask_records(
    pipeline: Pipeline,
    asked: Mapping[Way, Iterable[tuple[str, str]]],
    take: Callable[[Iterator[tuple[Way, str, Record]]], None],
    past: Past | None = None,
    *,
    documents: bool = True,
) -> None:
    """Ask for the accounts under the keys of each way; `take` gets each with the way and the key.

    Each way has one pair at least of a platform, empty for any, and a key: of `id` the registry's id; of `user_id` the
    platform's, of `lower_user_id` the same without the capitals that it has; of `handle` the key of the handle that the
    account holds; of `name` what one of its names, or its handle, is exactly, folded; of `look_alike` a key of
    directory.lookalikes.keys, under which no more than a few hundred are given. Without `documents` no public JSON
    is read.
    """
    parameters: dict[str, object] = {**parameters_of(past)}
    for way, pairs in asked.items():
        platforms, keys = zip(*pairs, strict=True)
        parameters[f"{way}_platforms"], parameters[f"{way}_keys"] = list_texts(platforms), list_texts(keys)
    pipeline.ask(
        _write(tuple(asked), past, _MOST_SHOWN if documents else 0),
        parameters,
        lambda rows: take((way, key, Record._make(columns)) for way, key, *columns in rows),
    )


@lru_cache(maxsize=64)
def _write(ways: tuple[Way, ...], past: Past | None, shown: int) -> Written:
    """Return the statement that looks accounts up in these ways, with the JSON of the first of each key."""
    found = (
        write(
            """SELECT {}, asked.platform, asked.key, found.id, found.place
                 FROM ROWS FROM (json_array_elements_text({}::json), json_array_elements_text({}::json))
                      AS asked (platform, key),
                      LATERAL ({}) AS found (id, place)""",
            literal(way),
            place(f"{way}_platforms"),
            place(f"{way}_keys"),
            _LOOKUPS[way],
        )
        for way in ways
    )
    return write(
        """{}SELECT found.way, found.key, {}, CASE WHEN found.place <= {} THEN a.document END
             FROM ({}) AS found (way, platform, key, id, place),
                  LATERAL (SELECT * FROM accounts WHERE id = found.id LIMIT 1) AS a
            WHERE found.platform IN ('', a.platform)""",
        opening(past, "records", "account_search", "handles"),
        COLUMNS,
        number(shown),
        join(" UNION ALL ", found),
    )


def select_documents(conn: Connection[Any], ids: Iterable[str], past: Past | None = None) -> dict[str, str]:
    """Give the public JSON of accounts by id."""
    rows = fetch(
        conn,
        write(
            """{}SELECT a.id, a.document FROM json_array_elements_text(%(ids)s::json) AS asked (id),
                        LATERAL (SELECT id, document FROM accounts WHERE id = asked.id LIMIT 1) AS a""",
            opening(past, "accounts"),
        ),
        {"ids": list_texts(ids), **parameters_of(past)},
    )
    return dict(rows)


def select_departures(conn: Connection[Any], ids: Collection[str], past: Past | None = None) -> list[Departure]:
    """Give what is left of accounts that went, each with the one that it ended in after all mergers."""
    with conn.cursor(row_factory=class_row(Departure)) as cursor:
        return cursor.execute(
            write(
                """
                {}SELECT id, heir_id, revision, reason FROM (
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
                ) AS ended
                """,
                opening(past, "tombstones"),
            ),
            {"ids": list(ids), **parameters_of(past)},
        ).fetchall()


def ask_similar(
    pipeline: Pipeline, search: Search, platform: str | None, take: Callable[[list[Similar]], None]
) -> None:
    """Ask for the first accounts that a search finds, on one platform where one is named."""
    among = f"'p{platform}'" if platform is not None else None
    parameters = {**search.parameters, "among": among, "limit": _MOST_SHOWN}
    pipeline.ask(_SIMILAR, parameters, lambda rows: take([Similar(*row) for row in rows]))


def select_similar_then(conn: Connection[Any], search: Search, platform: str | None, past: Past) -> list[Similar]:
    """Return the same as of then: what the list would begin with."""
    selections = {"platform": Selection(include=(platform,))} if platform is not None else {}
    wanted = Filter(search=search, selections=selections, past=past)
    rows = select_accounts(conn, wanted, CLOSENESS, Part(limit=_MOST_SHOWN, fields=("id",)))
    # Behind the JSON: rule, followers (-1 where they are not known), …, id.
    return [Similar(row[-1], int(row[1]), int(row[2]) if int(row[2]) >= 0 else None) for row in rows]
