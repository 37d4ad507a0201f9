"""SQL of aggregates: one statement counts all groups, subtotals and the total, of one state of the registry.

| what is counted                                               | read from                             |
|---------------------------------------------------------------|---------------------------------------|
| accounts alone, by dimensions and filters of `account_counts` | `account_counts`                      |
| accounts alone, by department, no filter                      | `account_tallies`                     |
| anything else                                                 | `accounts` (with `account_followers`) |

An account of several sources is in a group of each. So groups by source are counted from accounts joined with their
sources, all others from accounts alone: an account counts once in each group, and once in the total.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.csv import Column, csv_expression
from directory.accounts.filter_kinds import Table
from directory.accounts.queries.list import WhereClause
from directory.accounts.queries.region_levels import region_at
from directory.aggregates.parameters import AggregateQuery
from directory.database.point_in_time import as_of_parameters, with_clause
from directory.database.prepared_statements import fetch_planned
from directory.database.sql import Fragment, array_literal, column, compose, join, number_literal, text_literal
from directory.http.problems import InvalidCursor

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter

Row = tuple[Any, ...]

# Dimensions that are columns of `account_counts`; regions are down to the first divisions.
_COUNTED: Final = frozenset({"platform", "region", "department_type", "status", "verification", "language"})
_COUNTED_LEVEL: Final = 2
_CACHED_STATEMENTS: Final = 256
_GROUPS: Final = """{}matched AS (
    {}
), groups AS (
    {}
)
"""
_FROM_ACCOUNTS: Final = """SELECT {}, 1 AS accounts{}
      FROM {}{}"""
_FROM_COUNTS: Final = """SELECT {}, accounts
      FROM account_counts{}"""
# Departments are tallied one by one, so accounts without one are the rest.
_FROM_TALLIES: Final = """SELECT value AS department, accounts
      FROM account_tallies
     WHERE dimension = 'department'
     UNION ALL
    SELECT NULL, (SELECT coalesce(sum(accounts), 0) FROM account_counts)
                 - (SELECT coalesce(sum(accounts), 0) FROM account_tallies WHERE dimension = 'department')"""
_GROUPED: Final = """SELECT {} AS level, ARRAY[{}]::text[] COLLATE "C" AS key,
           coalesce(sum(accounts), 0)::bigint AS accounts, {}
      FROM matched{}
     GROUP BY GROUPING SETS ({}){}"""
# What is counted as of a revision are steps, some of which add up to nothing. The total is there all the same.
_NOT_EMPTY: Final = """
    HAVING sum(accounts) <> 0 OR {} = 0"""
_FOLLOWERS: Final = "count(followers) AS known, sum(followers) AS followers"
_MEDIAN: Final = "percentile_cont(0.5) WITHIN GROUP (ORDER BY followers) AS median"
_PAGE: Final = """{}, listed AS (
    SELECT * FROM (SELECT g.*, {} AS place FROM groups AS g WHERE level > 0) AS placed{}
     ORDER BY place, key
     LIMIT {}
)
SELECT concat('{{', {}, '"accounts":', g.accounts, {}, '}}'), g.level::text, g.place::text, array_to_json(g.key)::text,
       (SELECT count(*) - 1 FROM groups)::text
  FROM (SELECT * FROM listed UNION ALL SELECT t.*, 0 FROM groups AS t WHERE level = 0) AS g{}
 ORDER BY g.level = 0 DESC, g.place, g.key"""
_CSV: Final = """COPY ({}SELECT {}
  FROM (SELECT g.*, {} AS place FROM groups AS g) AS g{}
 {}ORDER BY g.place, g.key) TO STDOUT (FORMAT csv, HEADER)"""
_SHARE: Final = compose(
    "g.followers::float8 / nullif((SELECT t.followers FROM groups AS t WHERE t.level = 0), 0)::float8"
)
# A name of today: at a point in time too.
_NAMES: Final[Mapping[str, tuple[Fragment, Fragment]]] = {
    "region": (compose("named_region.name"), compose("regions AS named_region ON named_region.code")),
    "department": (compose("named_department.name"), compose("departments AS named_department ON named_department.id")),
}


@dataclass(slots=True)
class Page:
    """The groups of a page, one more than it has if another follows, the total, and the number of all groups."""

    # JSON (bytes, UTF-8), then the values of the cursor.
    groups: list[Row] = field(default_factory=list)
    total: bytes = b"{}"
    count: int = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of a statement depends on apart from the filter."""

    by: tuple[str, ...]
    region_level: int
    has_subtotals: bool
    values: tuple[str, ...]
    sort: str

    @property
    def has_accounts_alone(self) -> bool:
        """Whether nothing is asked about followers."""
        return not {"followers", "median"} & {*self.values}


def select_groups(
    conn: Connection[Any],
    account_filter: Filter,
    query: AggregateQuery,
    *,
    limit: int,
    after: Sequence[str | int | None] | None = None,
) -> Page:
    """Return a page of groups; raise InvalidCursor where `after` is not what a page of these dimensions ends with."""
    shape = _shape_of(query)
    ctes, parameters = _groups(account_filter, shape)
    start = compose("")
    if after is not None:
        start = compose(
            """
     WHERE (place, key) > (%(after_place)s::numeric, %(after_key)s::text[] COLLATE "C")"""
        )
        parameters = {**parameters, **_parse_cursor(after, len(shape.by))}
    statement = _page_statement(ctes, shape, start, number_literal(limit))
    page = Page()
    for document, level, *cursor, count in fetch_planned(conn, statement, parameters, first_as_bytes=True):
        if level == "0":
            page.total, page.count = document, int(count)
        else:
            page.groups.append((document, *cursor))
    return page


def csv_statement(
    account_filter: Filter, query: AggregateQuery, *, escape_formulas: bool
) -> tuple[Fragment, Mapping[str, Any]]:
    """Return the COPY that writes all groups as CSV, and its parameters."""
    shape = _shape_of(query)
    ctes, parameters = _groups(account_filter, shape)
    columns: list[Column] = []
    for position, name in enumerate(shape.by, 1):
        columns.append(Column(name, compose("nullif(g.key[{}], '')", number_literal(position))))
        if name in _NAMES:
            columns.append(Column(f"{name}.name", _NAMES[name][0], is_free=True))
    columns += [Column("level", compose("g.level")), Column("accounts", compose("g.accounts"))]
    if "followers" in shape.values:
        columns.append(Column("followers.known", compose("g.known")))
        columns.append(Column("followers.sum", compose("g.followers")))
        columns.append(Column("followers.share", _SHARE))
    if "median" in shape.values:
        columns.append(Column("followers.median", compose("g.median")))
    statement = compose(
        _CSV,
        ctes,
        join(", ", (csv_expression(each, escape_formulas=escape_formulas) for each in columns)),
        _place(shape),
        _joined_names(shape),
        compose("") if shape.has_subtotals else compose("WHERE g.level > 0\n "),
    )
    return statement, parameters


def _shape_of(query: AggregateQuery) -> _Shape:
    return _Shape(query.by, query.region_level or 1, query.has_subtotals, query.values, query.sort)


def _groups(account_filter: Filter, shape: _Shape) -> tuple[Fragment, Mapping[str, Any]]:
    """Return WITH as far as `groups`: level (0: the total), key, accounts, known, followers, median; and parameters."""
    if shape.has_accounts_alone and account_filter.is_empty and shape.by == ("department",):
        tables = with_clause(account_filter.as_of, "account_tallies", "account_counts")
        return _groups_statement(shape, tables, compose(_FROM_TALLIES)), as_of_parameters(account_filter.as_of)
    is_counted = (
        shape.has_accounts_alone
        and {*shape.by} <= _COUNTED
        and shape.region_level <= _COUNTED_LEVEL
        and account_filter.is_answered_by_counts
    )
    table: Table = "account_counts" if is_counted else "accounts"
    where = WhereClause.of(account_filter, table, is_counting=True)
    values = join(", ", (_value(name, shape, table) for name in shape.by))
    if is_counted:
        matched = compose(_FROM_COUNTS, values, where.where())
    else:
        followers = compose("" if shape.has_accounts_alone else ", accounts.followers")
        matched = compose(_FROM_ACCOUNTS, values, followers, where.from_items(), where.where())
    return _groups_statement(shape, where.with_clause(), matched), where.parameters


@lru_cache(_CACHED_STATEMENTS)
def _groups_statement(shape: _Shape, tables: Fragment, matched: Fragment) -> Fragment:
    sets = [shape.by, *(shape.by[:length] for length in range(len(shape.by) - 1, 0, -1) if shape.has_subtotals), ()]
    by_source = [names for names in sets if "source" in names]
    others = [names for names in sets if "source" not in names]
    queries = [_grouped(shape, others)]
    if by_source:
        queries.append(_grouped(shape, by_source))
    opening = compose("{}, ", tables) if tables.as_string() else compose("WITH ")
    return compose(_GROUPS, opening, matched, join("\n     UNION ALL\n    ", queries))


def _grouped(shape: _Shape, sets: Sequence[tuple[str, ...]]) -> Fragment:
    """Return the query of groups by several sets of dimensions, all with the source or all without."""
    keys, levels = [], []
    for name in shape.by:
        if any(name in names for names in sets):
            # No value is empty: it stands for what is added up, and comes before every value.
            keys.append(compose("CASE WHEN grouping({0}) = 0 THEN {0} ELSE '' END", column(name)))
            levels.append(compose("(1 - grouping({}))", column(name)))
        else:
            keys.append(compose("''"))
    level = join(" + ", levels) if levels else compose("0")
    aggregates = [
        compose(_FOLLOWERS if "followers" in shape.values else "0 AS known, NULL::numeric AS followers"),
        compose(_MEDIAN if "median" in shape.values else "NULL::float8 AS median"),
    ]
    has_sources = any("source" in names for names in sets)
    return compose(
        _GROUPED,
        level,
        join(", ", keys),
        join(", ", aggregates),
        # Named as the dimension; an account without sources has one row too.
        compose(" LEFT JOIN LATERAL unnest(sources) AS s (source) ON true" if has_sources else ""),
        join(", ", (compose("({})", join(", ", map(column, names))) for names in sets)),
        compose(_NOT_EMPTY, level) if shape.has_accounts_alone else compose(""),
    )


def _value(name: str, shape: _Shape, table: Table) -> Fragment:
    """Return the select list item of an account's value of a dimension; of sources, the array of them."""
    match name:
        case "region":
            return compose("{} AS region", region_at(shape.region_level, table))
        case "department":
            return compose("department_id AS department")
        case "opened_year":
            return compose("extract(year FROM opened_on)::integer::text AS opened_year")
        case "source":
            return compose("sources")
        case _:
            return column(name)


@lru_cache(_CACHED_STATEMENTS)
def _page_statement(ctes: Fragment, shape: _Shape, start: Fragment, limit: Fragment) -> Fragment:
    return compose(
        _PAGE, ctes, _place(shape), start, limit, _group_json(shape), _values_json(shape), _joined_names(shape)
    )


def _place(shape: _Shape) -> Fragment:
    """Return the number that groups are sorted by, before their key."""
    if shape.sort == "-accounts":
        return compose("-g.accounts::numeric")
    return compose("-coalesce(g.followers, -1)" if shape.sort == "-followers" else "0::numeric")


def _group_json(shape: _Shape) -> Fragment:
    """Return the SQL of `group` and `names` of a row, which the total has not."""
    members, names = [], []
    for position, name in enumerate(shape.by, 1):
        is_there = compose("g.key[{}] IS DISTINCT FROM ''", number_literal(position))
        value = compose("coalesce(to_json(g.key[{}])::text, 'null')", number_literal(position))
        members.append(compose("CASE WHEN {} THEN {} || {} END", is_there, text_literal(f'"{name}":'), value))
        if name in _NAMES:
            value = compose("coalesce(to_json({})::text, 'null')", _NAMES[name][0])
            names.append(compose("CASE WHEN {} THEN {} || {} END", is_there, text_literal(f'"{name}":'), value))
    shown = compose("""'"group":{{', concat_ws(',', {}), '}},'""", join(", ", members))
    if names:
        shown = compose("""{}, '"names":{{', concat_ws(',', {}), '}},'""", shown, join(", ", names))
    return compose("CASE WHEN g.level > 0 THEN concat({}) END", shown)


def _values_json(shape: _Shape) -> Fragment:
    """Return the SQL of `followers` of a row, with what the values ask for."""
    members = []
    if "followers" in shape.values:
        members.append(compose("""'"known":', g.known, ',"sum":', coalesce(g.followers::text, 'null')"""))
        members.append(compose("""'"share":', coalesce(to_json({})::text, 'null')""", _SHARE))
    if "median" in shape.values:
        members.append(compose("""'"median":', coalesce(to_json(g.median)::text, 'null')"""))
    if not members:
        return compose("''")
    return compose("""',"followers":{{', {}, '}}'""", join(", ',', ", members))


def _joined_names(shape: _Shape) -> Fragment:
    return join(
        "",
        (
            compose("\n  LEFT JOIN {} = g.key[{}]", _NAMES[name][1], number_literal(position))
            for position, name in enumerate(shape.by, 1)
            if name in _NAMES
        ),
    )


def _parse_cursor(values: Sequence[object], dimensions: int) -> dict[str, object]:
    """Return the parameters of the group that a page ended with; a client may write anything there."""
    try:
        place, text = values
        key = json.loads(str(text))
        number = int(str(place))
    except (ValueError, RecursionError) as error:
        raise InvalidCursor("The cursor is of another order.") from error
    if not (isinstance(key, list) and len(key) == dimensions and abs(number) < 10**30):
        raise InvalidCursor("The cursor is of another order.")
    if not all(each is None or (isinstance(each, str) and "\0" not in each) for each in key):
        raise InvalidCursor("The cursor is of another order.")
    # As text, since a sum may be greater than an integer of PostgreSQL.
    return {"after_place": str(number), "after_key": array_literal(key)}
