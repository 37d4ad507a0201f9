"""SQL of accounts: pages of the list, one record, its changes and its observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, sql

from directory.accounts.conditions import Where
from directory.accounts.filters import Filter
from directory.accounts.sorts import CLOSENESS, HISTORY, OBSERVATIONS, CursorValue, Order
from directory.past import Past, opening, parameters_of
from directory.statements import Written, column, join, number, write

# Keys of a record that follow from every change of it, or never change.
_UNTOLD: Final = ["revision", "created_at", "updated_at", "links"]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an account: the account that it was merged into, if any, and when and why."""

    heir_id: str | None
    revision: int
    at: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a list is wanted: how many rows after a cursor's values, with which keys, and marked or not."""

    limit: int
    fields: Sequence[str] = ()
    after: Sequence[CursorValue] | None = None
    marked: bool = False


def select_accounts(conn: Connection[Any], wanted: Filter, order: Order, part: Part) -> list[tuple[str, ...]]:
    """Give a part of the list: public JSON of each account, then the texts that a cursor holds.

    Where matches are to be marked, at the end of each row also the tier of its match and its whole public JSON.
    """
    if wanted.search is not None and wanted.is_searched and order.is_by_closeness:
        return select_found(conn, wanted, wanted.search.parameters, part)
    where = Where.of(wanted)
    if part.after is not None:
        where.add(*order.after(part.after))
    if wanted.past is not None and order.newest_first is not None:
        # True of all that was there: so the index is entered behind all that came later.
        where.add(write("{} <= %(as_of_at)s", order.newest_first), {})
    statement = write(
        "{}SELECT {}, {}{} FROM {} {} {} LIMIT {}",
        where.opening(),
        document(part.fields),
        order.values(),
        write(", hits.tier::text, accounts.document" if part.marked else ""),
        where.rows(),
        where.clause(),
        order.order_by(),
        # A literal: the plan of a prepared statement must know how few rows are wanted.
        number(part.limit),
    )
    # Where one index gives the very order, one plan is good for all values. Elsewhere it depends on the values: a
    # plan made without them walks the wrong index, or sorts a whole province.
    is_plain = wanted.is_empty or (wanted.is_one_platform and order.is_by_followers)
    return conn.execute(statement, where.parameters, prepare=is_plain and order.is_single).fetchall()


def select_found(
    conn: Connection[Any], wanted: Filter, asked: Mapping[str, object], part: Part
) -> list[tuple[str, ...]]:
    """Give what `select_accounts` gives of a search in its own order, by the parameters of the search.

    It reads no more than the page where much is found. The filter must be one that the search can answer.
    """
    statement = write(
        """
        SELECT {}, p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id{}
          FROM search_page(%(terms)s::tsquery[], %(narrow)s::tsquery[], %(checks)s::text[], %(never)s::text,
                           %(among)s::tsquery, %(firsts)s::integer[], %(walked)s::boolean[], %(chunks)s::tsquery[],
                           %(floors)s::integer[], %(tier)s::integer, %(reach)s::bigint, %(standing)s::integer,
                           %(brevity)s::integer, %(id)s::text, %(limit)s::integer) AS p
          JOIN accounts ON accounts.id = p.account_id
         ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id""",
        document(part.fields),
        write(", p.tier::text, accounts.document" if part.marked else ""),
    )
    place = CLOSENESS.read(part.after) if part.after is not None else [None] * len(CLOSENESS.keys)
    parameters = {
        **asked,
        "among": wanted.facet,
        "limit": part.limit,
        **dict(zip(("tier", "reach", "standing", "brevity", "id"), place, strict=True)),
    }
    return conn.execute(statement, parameters, prepare=True).fetchall()


def document(fields: Sequence[str]) -> Written:
    """Give the SQL of a record's public JSON text, with these keys or all."""
    if not fields:
        return write("accounts.document")
    columns = join(", ", (write("{} json", column(name)) for name in fields))
    # One reading of the text for all keys; what is in them stays as it is written.
    return write("(SELECT row_to_json(kept)::text FROM json_to_record(accounts.document::json) AS kept ({}))", columns)


def select_account(conn: Connection[Any], account_id: str, past: Past | None = None) -> str | None:
    """Give an account's public JSON with all its handles, None if no account has this id."""
    row = conn.execute(
        write(
            """
            {}SELECT left(document, -1) || ',"handles":' || coalesce((
                   SELECT array_to_json(array_agg(row_to_json(held)))::text
                     FROM (SELECT handle, valid_from, valid_to FROM handles WHERE account_id = accounts.id
                            ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS held), '[]') || '}}'
              FROM accounts WHERE id = %(id)s
            """,
            opening(past, "accounts", "handles"),
        ),
        {"id": account_id, **parameters_of(past)},
    ).fetchone()
    return row[0] if row else None


def select_tombstone(conn: Connection[Any], account_id: str, past: Past | None = None) -> Tombstone | None:
    """Give what is left of an account that went, None if there never was one or it is there."""
    row = conn.execute(
        write(
            """{}SELECT t.heir_id, t.revision, to_json(r.at) #>> '{{}}', r.reason
                 FROM tombstones AS t JOIN revisions AS r USING (revision)
                WHERE t.kind = 'account' AND t.id = %(id)s""",
            opening(past, "tombstones"),
        ),
        {"id": account_id, **parameters_of(past)},
    ).fetchone()
    return Tombstone(*row) if row else None


def select_history(
    conn: Connection[Any], account_id: str, *, limit: int, after: Sequence[CursorValue] | None = None
) -> list[tuple[str, ...]]:
    """Give changes of an account, the newest first, also of one that went: public JSON, then cursor values."""
    condition, parameters = HISTORY.after(after) if after is not None else (sql.SQL("true"), {})
    statement = sql.SQL("""
        SELECT row_to_json(told)::text, told.revision::text, told.sequence::text FROM (
            SELECT v.revision, v.sequence, r.at, r.actor, r.reason, v.action,
                   CASE WHEN v.record IS NULL THEN '[]' ELSE (
                       SELECT array_to_json(coalesce(array_agg(row_to_json(changed) ORDER BY n.place), '{{}}'))
                         FROM json_each(v.record::json) WITH ORDINALITY AS n (key, value, place)
                         LEFT JOIN json_each(p.record::json) AS o ON o.key = n.key
                              , LATERAL (SELECT n.key AS field, o.value AS before, n.value AS after) AS changed
                        WHERE n.key <> ALL(%(untold)s) AND n.value::text <> coalesce(o.value::text, 'null')
                   ) END AS changes
              FROM versions AS v JOIN revisions AS r USING (revision)
              LEFT JOIN LATERAL (
                   SELECT record FROM versions AS earlier
                    WHERE (earlier.kind, earlier.id) = (v.kind, v.id)
                      AND (earlier.revision, earlier.sequence) < (v.revision, v.sequence)
                    ORDER BY earlier.revision DESC, earlier.sequence DESC LIMIT 1) AS p ON true
             WHERE v.kind = 'account' AND v.id = %(id)s AND {after}
             {order} LIMIT %(limit)s
        ) AS told
    """).format(after=condition, order=HISTORY.order_by())
    parameters |= {"id": account_id, "untold": _UNTOLD, "limit": limit}
    return conn.execute(statement, parameters).fetchall()


def select_observations(
    conn: Connection[Any], account_id: str, *, limit: int, after: Sequence[CursorValue] | None = None
) -> list[tuple[str, ...]]:
    """Give observations of an account, the newest first: public JSON, then cursor values."""
    condition, parameters = OBSERVATIONS.after(after) if after is not None else (sql.SQL("true"), {})
    statement = sql.SQL("""
        SELECT row_to_json(seen)::text, seen.observed_at::text, seen.source FROM (
            SELECT observed_at, source, followers, posts, last_post_at FROM observations
             WHERE account_id = %(id)s AND {after} {order} LIMIT %(limit)s
        ) AS seen
    """).format(after=condition, order=OBSERVATIONS.order_by())
    return conn.execute(statement, parameters | {"id": account_id, "limit": limit}).fetchall()
