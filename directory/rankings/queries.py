"""SQL of rankings: all matches with their counts, ranked within the filter, in one statement.

| ranking                                                   | function         | reads                                |
|-----------------------------------------------------------|------------------|--------------------------------------|
| accounts by their latest followers, compared with nothing | `select_highest` | the page, from the index of the list |
| anything else                                             | `select_ranking` | the counts of all matches            |

The first one takes the ranks before the page from the cursor. Both give the same page.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.csv import csv_expression
from directory.accounts.queries.facets import count_matches
from directory.accounts.queries.list import PageRequest, WhereClause, select_by_sort
from directory.accounts.queries.region_levels import region_at
from directory.accounts.sorts import Order
from directory.database.prepared_statements import fetch_planned
from directory.database.sql import Fragment, array_literal, compose, join, number_literal
from directory.http.problems import InvalidCursor
from directory.rankings.figures import (
    LEAST_IMPLAUSIBLE,
    Column,
    Ends,
    day_ctes,
    figure_joins,
    has_jumped,
    is_implausible,
)
from directory.rankings.parameters import RankingPageQuery, RankingQuery
from directory.rankings.rendering import csv_columns, row_json

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter

# Of how many accounts the counts are looked up one by one rather than read by the day.
_MAX_LOOKED_UP: Final = 2000
_JUDGED: Final = """{}matched AS MATERIALIZED (
    SELECT accounts.id, {} AS key
      FROM {}{}
){}, judged AS MATERIALIZED (
    SELECT j.*, {} AS value, {} AS previous
      FROM (SELECT m.id, m.key, {}, {} AS reason
              FROM matched AS m
              JOIN account_followers AS k ON k.account_id = m.id{}) AS j
)"""
_GROUPED: Final = """, entries AS (
    SELECT key AS id, {} AS value, {} AS previous, count(*) AS accounts,
           count(*) FILTER (WHERE reason IS NULL) AS counted{}
      FROM judged WHERE key IS NOT NULL GROUP BY key
)"""
_GROUPED_FIGURE: Final = """,
           sum(count_{0}) FILTER (WHERE reason IS NULL) AS count_{0},
           min(at_{0}) FILTER (WHERE reason IS NULL) AS at_{0}"""
_RANKED: Final = """, ranked AS (
    SELECT e.*, rank() OVER by_value AS rank, row_number() OVER by_value_and_id AS position, {} AS previous_rank
      FROM {} AS e
    WINDOW by_value AS (ORDER BY value DESC NULLS LAST), by_value_and_id AS (ORDER BY value DESC NULLS LAST, id DESC)
)"""
_PREVIOUS_RANK: Final = "CASE WHEN previous IS NOT NULL THEN rank() OVER (ORDER BY previous DESC NULLS LAST) END"
_PAGE: Final = """, listed AS (
    SELECT * FROM ranked WHERE value IS NOT NULL{}
     ORDER BY position
     LIMIT {}
)
SELECT document, value, id, rank, position FROM (
    SELECT {} AS document, p.value::text, p.id, p.rank::text, p.position::text, p.position AS place
      FROM listed AS p{}
     UNION ALL
    SELECT (SELECT json_object_agg(coalesce(reason, ''), number)::text
              FROM (SELECT reason, count(*) AS number FROM judged GROUP BY reason) AS reasons),
           (SELECT count(*) FROM {} AS e WHERE value IS NOT NULL)::text, '', '', '', 0) AS shown
 ORDER BY place"""
_CSV: Final = """COPY ({}
SELECT {}
  FROM ranked AS p{}
 WHERE p.value IS NOT NULL
 ORDER BY p.position) TO STDOUT (FORMAT csv, HEADER)"""
_JOINED: Final = {
    "accounts": compose("\n      JOIN account_records AS accounts ON accounts.id = p.id"),
    "departments": compose("\n      LEFT JOIN departments ON departments.id = p.id"),
    "regions": compose("\n      LEFT JOIN regions ON regions.code = p.id"),
}
_WRONG: Final = "The cursor is of another order."


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: its last row, with its rank and its position, and the state of the registry."""

    value: str
    id: str
    rank: int
    position: int
    state: str

    @classmethod
    def parse(cls, values: Sequence[object], by: str) -> Position:
        """Return the position in a cursor; raise InvalidCursor, as a client may write anything there."""
        try:
            value, id_, rank, position, state = values
            number = float(str(value)) if by == "growth_rate" else int(str(value))
            parsed = cls(str(value), str(id_), int(str(rank)), int(str(position)), str(state))
        except (ValueError, OverflowError) as error:
            raise InvalidCursor(_WRONG) from error
        if not (abs(number) < 10**30 and 0 < parsed.rank <= parsed.position < 2**53 and "\0" not in parsed.id):
            raise InvalidCursor(_WRONG)
        return parsed


@dataclass(slots=True)
class Ranking:
    """Ranked rows, one more than the page has if another follows, and what was left out."""

    # JSON, then value, id, rank and position.
    rows: list[tuple[bytes, str, str, int, int]] = field(default_factory=list)
    # None where it was not counted.
    ranked: int | None = None
    # Number of accounts by the reason for which they have no part.
    left_out: Mapping[str, int] | None = None


def select_last_day(conn: Connection[Any]) -> dt.date | None:
    """Return the last day (UTC) on which any account was observed, None if none ever was."""
    row = conn.execute(
        "SELECT (greatest(max(followers_at), max(posts_at)) AT TIME ZONE 'UTC')::date FROM account_followers"
    ).fetchone()
    return row[0] if row else None


def select_highest(
    conn: Connection[Any], account_filter: Filter, query: RankingPageQuery, *, limit: int, after: Position | None
) -> Ranking | None:
    """Return a page of accounts by their latest followers, None where one of them has jumped: it must be left out."""
    page = PageRequest(
        limit=limit,
        fields=(*query.fields, *(() if "followers" in query.fields else ("followers",))),
        after=None if after is None else [after.value, after.id],
    )
    found = select_by_sort(conn, account_filter, Order.by(("-followers",)), page)
    rank, position, last = (after.rank, after.position, after.value) if after is not None else (0, 0, "")
    ranking = Ranking()
    for document, followers, account_id in found:
        if followers == "-1":
            break
        position += 1
        if followers != last:
            rank, last = position, followers
        account = json.loads(document)
        figure = account["followers"] if "followers" in query.fields else account.pop("followers")
        row = {"rank": rank, "previous_rank": None, "movement": None, "value": figure["count"], "account": account}
        row |= {"figure": figure, "earlier": None}
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        ranking.rows.append((text, followers, account_id, rank, position))
    high = [row[2] for row in ranking.rows if int(row[1]) >= LEAST_IMPLAUSIBLE]
    return None if high and _have_jumped(conn, high) else ranking


def _have_jumped(conn: Connection[Any], ids: Sequence[str]) -> bool:
    """Whether the latest count of any of these accounts is absurdly higher than the one before."""
    condition = has_jumped(compose("k.followers"), compose("k.followers_at"), compose("k.account_id"))
    statement = compose(
        """
        SELECT count(*) FROM unnest(%(ids)s::text[]) AS given (id)
          JOIN account_followers AS k ON k.account_id = given.id
         WHERE {}""",
        condition,
    )
    return bool(fetch_planned(conn, statement, {"ids": array_literal(ids)})[0][0])


def select_ranking(
    conn: Connection[Any],
    account_filter: Filter,
    query: RankingPageQuery,
    ends: Ends,
    *,
    limit: int,
    after: Position | None,
) -> Ranking:
    """Return a page of any ranking, and what was left out."""
    statement, parameters = _ranked(conn, account_filter, query, ends)
    start = compose("")
    if after is not None:
        start = compose(" AND (value, id) < (%(after_value)s::{}, %(after_id)s)", _type_of(query))
        parameters = {**parameters, "after_value": after.value, "after_id": after.id}
    source = compose("judged" if query.of == "accounts" else "entries")
    page = compose(_PAGE, start, number_literal(limit), row_json(query, ends), _JOINED[query.of], source)
    summary, *rows = fetch_planned(conn, compose("{}{}", statement, page), parameters, first_as_bytes=True)
    reasons: dict[str, int] = json.loads(summary[0] or b"{}")
    ranked = int(summary[1])
    reasons.pop("", None)
    return Ranking([(each[0], each[1], each[2], int(each[3]), int(each[4])) for each in rows], ranked, reasons)


def csv_statement(
    conn: Connection[Any], account_filter: Filter, query: RankingQuery, ends: Ends, *, escape_formulas: bool
) -> tuple[Fragment, Mapping[str, Any]]:
    """Return the COPY that writes the whole ranking as CSV, and its parameters."""
    statement, parameters = _ranked(conn, account_filter, query, ends)
    items = [csv_expression(each, escape_formulas=escape_formulas) for each in csv_columns(query, ends)]
    return compose(_CSV, statement, join(", ", items), _JOINED[query.of]), parameters


def _ranked(
    conn: Connection[Any], account_filter: Filter, query: RankingQuery, ends: Ends
) -> tuple[Fragment, Mapping[str, Any]]:
    """Return WITH as far as `ranked`, and its parameters."""
    name: Column = "posts" if query.by == "posts" else "followers"
    where = WhereClause.of(account_filter, is_counting=True)
    count = count_matches(conn, account_filter, "estimated").count
    reads_days = int(str((count or {}).get("value", 0))) > _MAX_LOOKED_UP
    days = day_ctes(ends, name) if reads_days else []
    number = len(ends.times)
    columns = [compose("f{0}.count AS count_{0}, f{0}.observed_at AS at_{0}", number_literal(n)) for n in range(number)]
    value, previous = _values(query, number)
    tables = where.with_clause()
    opening = compose("{}, ", tables) if tables.as_string() else compose("WITH ")
    judged = compose(
        _JUDGED,
        opening,
        _key(query),
        where.from_items(),
        where.where(),
        join("", (compose(",\n{}", each) for each in days)),
        value if query.of == "accounts" else compose("NULL"),
        previous if query.of == "accounts" else compose("NULL"),
        join(", ", columns),
        _reason(query, name),
        figure_joins(ends, name, reads_days=reads_days),
    )
    entries = compose("")
    if query.of != "accounts":
        figures = [compose(_GROUPED_FIGURE, number_literal(n)) for n in range(min(number, 2))]
        entries = compose(_GROUPED, *_sums(query, number), join("", figures))
    ranked = compose(
        _RANKED,
        compose(_PREVIOUS_RANK) if number > 1 else compose("NULL::bigint"),
        compose("judged" if query.of == "accounts" else "entries"),
    )
    return compose("{}{}{}", judged, entries, ranked), {**where.parameters, **ends.parameters}


def _key(query: RankingQuery) -> Fragment:
    match query.of:
        case "departments":
            return compose("accounts.department_id")
        case "regions":
            return region_at(query.region_level or 1)
        case _:
            return compose("NULL::text")


def _type_of(query: RankingQuery) -> Fragment:
    if query.by == "growth_rate":
        return compose("float8")
    return compose("bigint" if query.of == "accounts" else "numeric")


def _values(query: RankingQuery, number: int) -> tuple[Fragment, Fragment]:
    """Return the value of an account and the one `days` before, of `j`."""
    match query.by:
        case "growth":
            value = compose("count_0 - count_1")
            previous = compose("count_1 - count_2")
        case "growth_rate":
            value = compose("(count_0 - count_1)::float8 / nullif(count_1, 0)::float8")
            previous = compose("(count_1 - count_2)::float8 / nullif(count_2, 0)::float8")
        case _:
            value, previous = compose("count_0"), compose("count_1" if number > 1 else "NULL::bigint")
    if query.is_growth:
        plausible = is_implausible(compose("count_1"), compose("count_2"))
        previous = compose("CASE WHEN NOT {} THEN {} END", plausible, previous)
    return compose("CASE WHEN reason IS NULL THEN {} END", value), previous


def _sums(query: RankingQuery, number: int) -> tuple[Fragment, Fragment]:
    """Return the value of a group and the one `days` before: of the accounts that have a part in it each time."""
    if not query.is_growth:
        previous = compose("sum(count_1)" if number > 1 else "NULL::numeric")
        return compose("sum(count_0) FILTER (WHERE reason IS NULL)"), previous
    was_counted = compose(
        "count_1 IS NOT NULL AND count_2 IS NOT NULL AND NOT {}", is_implausible(compose("count_1"), compose("count_2"))
    )
    value = compose("sum(count_0 - count_1) FILTER (WHERE reason IS NULL)")
    previous = compose("sum(count_1 - count_2) FILTER (WHERE {})", was_counted)
    if query.by == "growth_rate":
        value = compose("({})::float8 / nullif(sum(count_1) FILTER (WHERE reason IS NULL), 0)::float8", value)
        previous = compose("({})::float8 / nullif(sum(count_2) FILTER (WHERE {}), 0)::float8", previous, was_counted)
    return value, previous


def _reason(query: RankingQuery, name: Column) -> Fragment:
    """Return the reason for which an account has no part in the ranking, NULL if it has."""
    cases = []
    if query.of != "accounts":
        missing = "WHEN m.key IS NULL THEN 'no_department'" if query.of == "departments" else ""
        cases.append(compose(missing or "WHEN m.key IS NULL THEN 'no_region'"))
    never = (
        "WHEN k.posts IS NULL THEN 'never_observed'"
        if name == "posts"
        else "WHEN k.followers IS NULL THEN 'never_observed'"
    )
    cases += [compose(never), compose("WHEN f0.count IS NULL THEN 'no_count_at_end'")]
    if query.is_growth:
        cases.append(compose("WHEN f1.count IS NULL THEN 'no_count_at_start'"))
        cases.append(compose("WHEN {} THEN 'implausible'", is_implausible(compose("f0.count"), compose("f1.count"))))
        if query.by == "growth_rate" and query.of == "accounts":
            cases.append(compose("WHEN f1.count = 0 THEN 'started_at_zero'"))
    elif name == "followers":
        jumped = has_jumped(compose("f0.count"), compose("f0.observed_at"), compose("m.id"))
        cases.append(compose("WHEN {} THEN 'implausible'", jumped))
    return compose("CASE {} END", join(" ", cases))
