"""Pages of the list in any order, and WITH, FROM and WHERE of a filter, which all other queries of accounts use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.filter_kinds import Table
from directory.accounts.filters import FILTERS
from directory.accounts.parameters import Filter
from directory.accounts.sorts import RELEVANCE, CursorValue, Order
from directory.database.point_in_time import ACCOUNT_RECORDS, PointInTime, shadow_ctes
from directory.database.point_in_time import Table as ShadowedTable
from directory.database.prepared_statements import Query, RowsCallback, fetch_planned, fetch_prepared, run_together
from directory.database.sql import Fragment, column, compose, join, number_literal, placeholder

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.search.query_plan import QueryPlan


Row = tuple[Any, ...]
"""An account in JSON (bytes, UTF-8), the values of its cursor, and to highlight also its tier and its whole JSON."""

# A condition has some hundred bytes, a statement some thousand.
_CACHED_CONDITIONS: Final = 4096
_CACHED_STATEMENTS: Final = 512
_LIST: Final = """{}SELECT {}
  FROM {}{}
 {}
 LIMIT {}"""
_HITS: Final = """hits AS (
    SELECT *
      FROM (SELECT s.account_id, s.name_length,
                   search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[]) AS tier
              FROM account_search AS s{}
             WHERE s.terms @@ {}
               AND {}
               AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
            -- Without OFFSET 0 the planner merges the queries and computes the tier twice, and before the filter.
            OFFSET 0) AS found
     WHERE tier IS NOT NULL)"""
# A count does not depend on the tier, so no text is read.
_COUNTED_HITS: Final = """hits AS (
    SELECT s.account_id
      FROM account_search AS s{}
     WHERE {}
       AND {}
       AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s))"""
# What the index is asked for, and what an account's terms must be.
INDEX_QUERY: Final = compose("search_any_tier(%(q)s::tsquery[])")
MATCHES: Final = compose("s.terms @@ search_any_tier(%(q_terms)s::tsquery[])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page: how many rows after a cursor's values, with which keys of the record, highlighted or not."""

    limit: int
    fields: tuple[str, ...] = ()
    after: Sequence[CursorValue] | None = None
    highlight: bool = False


@dataclass(slots=True)
class _ConditionBinder:
    """The parameters of one filter's conditions, named after the filter: equal shapes of filters have equal SQL."""

    name: str
    table: Table
    is_counting: bool
    is_by_followers: bool = False
    parameters: dict[str, object] = field(default_factory=dict)

    def column(self, name: str) -> Fragment:
        """Return a column with its table, since a statement may join tables that have others of the same name."""
        if self.is_by_followers and name in {"platform", "division"}:
            return column(self.table, f"counted_{name}")
        return column(self.table, name)

    def bind(self, value: object) -> Fragment:
        """Add a parameter and return its placeholder."""
        name = f"{self.name}_{len(self.parameters)}"
        self.parameters[name] = value
        return placeholder(name)


@lru_cache(_CACHED_CONDITIONS)
def _filter_conditions(
    name: str,
    value: Any,  # noqa: ANN401 - each filter has values of its own type
    table: Table,
    is_counting: bool,  # noqa: FBT001 - of the key
    is_by_followers: bool,  # noqa: FBT001 - of the key
) -> tuple[Sequence[Fragment], Mapping[str, object]]:
    """Return the SQL conditions of a filter, and their parameters."""
    binder = _ConditionBinder(name, table, is_counting, is_by_followers)
    return tuple(FILTERS[name].conditions(value, binder)), binder.parameters


@dataclass(slots=True)
class WhereClause:
    """The rows that a filter selects of a table, as WITH, FROM and WHERE, with the parameters of the statement."""

    table: Table = "accounts"
    is_counting: bool = False
    # The planner sees no values of the search, and makes one plan for all of them.
    has_generic_plan: bool = False
    as_of: PointInTime | None = None
    search: QueryPlan | None = None
    search_facets: str | None = None
    filter_conditions: list[Fragment] = field(default_factory=list)
    # The conditions on platform and province are on the table of followers, whose indexes begin with them.
    is_by_followers: bool = False
    # What a page needs besides the filter.
    page_conditions: list[Fragment] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        account_filter: Filter,
        table: Table = "accounts",
        *,
        is_counting: bool = False,
        order: Order | None = None,
    ) -> WhereClause:
        """Return the clause of a filter, for a page in an order.

        On `account_counts` the filter must be one that counts can answer.
        """
        where = cls(table, is_counting, as_of=account_filter.as_of, search=account_filter.search)
        where.is_by_followers = (
            order is not None and order.begins_with_followers and account_filter.as_of is None and where.search is None
        )
        if account_filter.as_of is not None:
            where.parameters |= account_filter.as_of.parameters
        for name, value in account_filter.values.items():
            conditions, parameters = _filter_conditions(name, value, table, is_counting, where.is_by_followers)
            where.filter_conditions += conditions
            where.parameters |= parameters
        if account_filter.search is not None:
            where.search_facets = account_filter.search_facets
            where.parameters |= {**search_parameters(account_filter.search), "q_facet": where.search_facets}
        return where

    def add(self, condition: Fragment, parameters: Mapping[str, object]) -> None:
        """Add a condition of the page to those of the filter."""
        self.page_conditions.append(condition)
        self.parameters.update(parameters)

    def start_after(self, cursor: Sequence[CursorValue] | None, order: Order) -> None:
        """Start after a cursor's values in an order; from the first row on without a cursor."""
        if cursor is not None:
            self.add(*order.after(cursor))
        if order.begins_with_followers and self.as_of is None:
            self.require_counts()
        if self.as_of is not None and order.newest_first_time is not None:
            # True of every row at that time. It is there for the index: entered here, it skips what came later.
            self.add(compose("{} <= %(as_of_at)s", order.newest_first_time), {})

    def require_counts(self) -> None:
        """Make the join with the counts an inner one, which can begin with them: true of every account."""
        self.add(compose("accounts.counted_id IS NOT NULL"), {})

    def with_clause(self, *, whole_records: bool = False) -> Fragment:
        """Return WITH: the tables at a point in time, and the hits of a search; or nothing.

        `whole_records`: the statement reads columns of accounts by which nothing is filtered or sorted.
        """
        ctes: list[Fragment] = []
        if self.as_of is not None:
            tables: list[ShadowedTable] = ["records" if whole_records else self.table]
            if self.search is not None:
                tables.append("account_search")
            # A CTE hides the table of its name: the rest of the statement is the same for now and for then.
            ctes = shadow_ctes(self.as_of, *tables)
        if self.search is not None:
            ctes.append(self._hits(self.search))
        return compose("WITH {}\n", join(", ", ctes)) if ctes else compose("")

    def _hits(self, search: QueryPlan) -> Fragment:
        """Return the CTE of a search's hits: now those within the filter, at a point in time all."""
        conditions: list[Fragment] = []
        joined = compose("")
        if self.as_of is None:
            conditions += self.filter_conditions
            if conditions:
                joined = compose("\n              JOIN {} ON accounts.id = s.account_id", ACCOUNT_RECORDS)
            # Facets are those of now. At a point in time the conditions on accounts say all that they would.
            if self.search_facets is not None:
                conditions.append(compose("s.facets @@ %(q_facet)s::tsquery"))
        filtered = join("\n               AND ", conditions) if conditions else compose("true")
        if self.is_counting and not any(search.text_patterns):
            matches = MATCHES
            if self.parameters["q"] != self.parameters["q_terms"]:
                # Only where they differ: given one condition twice, the planner takes them for independent and
                # expects far fewer rows.
                matches = compose("s.terms @@ {} AND {}", INDEX_QUERY, MATCHES)
            return compose(_COUNTED_HITS, joined, matches, filtered)
        # PostgreSQL does not look into a subquery for an estimate, which takes as long as the search of what few match.
        index_query = compose("(SELECT {})", INDEX_QUERY) if self.has_generic_plan else INDEX_QUERY
        return compose(_HITS, joined, index_query, filtered)

    def from_items(self) -> Fragment:
        """Return what stands after FROM."""
        is_live = self.table == "accounts" and self.as_of is None
        records = ACCOUNT_RECORDS if is_live else column(self.table)
        if self.search is None:
            return records
        return compose("hits JOIN {} ON accounts.id = hits.account_id", records)

    def where(self) -> Fragment:
        """Return the WHERE clause on a line of its own, or nothing."""
        # The hits of a search of now are within the filter.
        is_filtered = self.search is not None and self.as_of is None
        conditions = self.page_conditions if is_filtered else [*self.filter_conditions, *self.page_conditions]
        return compose("\n WHERE {}", join("\n   AND ", conditions)) if conditions else compose("")

    def filter_expression(self) -> Fragment:
        """Return the conditions of the filter as one expression."""
        return join(" AND ", self.filter_conditions) if self.filter_conditions else compose("true")


def search_parameters(search: QueryPlan) -> dict[str, object]:
    """Return the parameters of a search for statements with hits."""
    values = search.parameters
    return {
        "q": values["index_queries"],
        "q_terms": values["tiers"],
        "q_checks": values["text_patterns"],
        "q_never": values["excluded_pattern"],
    }


def select_by_sort(conn: Connection[Any], account_filter: Filter, order: Order, page: PageRequest) -> list[Row]:
    """Return a page in any order: read from an index where one has the order, else sorted."""
    rows: list[Row] = []
    run_together(conn, [page_query(account_filter, order, page, rows.extend)])
    return rows


def page_query(account_filter: Filter, order: Order, page: PageRequest, on_rows: RowsCallback) -> Query:
    """Return the query of a page in any order; see `select_by_sort`."""
    where = WhereClause.of(account_filter, order=order)
    where.start_after(page.after, order)
    # The limit is a literal: a prepared statement's plan depends on it, and without it would be one for all rows.
    if where.as_of is None and where.search is None:
        conditions = (*where.filter_conditions, *where.page_conditions)
        statement = _plain_statement(conditions, order, page.limit, page.fields)
    else:
        statement = _list_statement(where, order, page, number_literal(page.limit))
    # Where one index has the very order, one plan is right for all values. Elsewhere it depends on the values: a
    # generic plan, to which PostgreSQL may change a prepared statement, walks the wrong index, or sorts a whole
    # province.
    has_index = account_filter.is_empty or (account_filter.is_single_platform and order.is_by_followers)
    is_planned_once = has_index and order.has_one_direction and account_filter.as_of is None
    return Query(statement, where.parameters, on_rows, is_planned_once, first_as_bytes=True)


def select_tiers_by_sort(
    conn: Connection[Any], account_filter: Filter, page: PageRequest, first: int, last: int
) -> list[Row]:
    """Return a page of a search by relevance, of what matches by tiers `first` to `last`, all of it sorted.

    `account_filter.search` is for these tiers alone: see `QueryPlan.restricted_to`.
    """
    where = WhereClause.of(account_filter)
    where.start_after(page.after, RELEVANCE)
    where.add(
        compose("hits.tier BETWEEN %(first_tier)s::integer AND %(last_tier)s::integer"),
        {"first_tier": first, "last_tier": last, "limit": page.limit},
    )
    # Whatever is searched for, hits are looked up and sorted. At a point in time planning takes longer than that.
    where.has_generic_plan = account_filter.is_search_only
    statement = _list_statement(where, RELEVANCE, page, compose("%(limit)s::integer"))
    if where.has_generic_plan:
        return fetch_prepared(conn, statement, where.parameters, first_as_bytes=True)
    return fetch_planned(conn, statement, where.parameters, first_as_bytes=True)


@lru_cache(_CACHED_STATEMENTS)
def _plain_statement(conditions: tuple[Fragment, ...], order: Order, limit: int, fields: tuple[str, ...]) -> Fragment:
    """Return the statement of a page of the current state without a search, composed once for each shape."""
    where = WhereClause(filter_conditions=[*conditions])
    return _list_statement(where, order, PageRequest(limit=limit, fields=fields), number_literal(limit))


def _list_statement(where: WhereClause, order: Order, page: PageRequest, limit: Fragment) -> Fragment:
    # A page that begins with the counts has joined them.
    is_joined = order.begins_with_followers and where.as_of is None
    return compose(
        _LIST,
        where.with_clause(),
        select_list(page, order, is_joined=is_joined),
        where.from_items(),
        where.where(),
        order.order_by(),
        limit,
    )


def select_list(page: PageRequest, order: Order, *, is_joined: bool = False) -> Fragment:
    """Return the select list of a page: see Row and `record_json`."""
    highlight = compose(", hits.tier::text, accounts.document" if page.highlight else "")
    return compose("{}, {}{}", record_json(page.fields, is_joined=is_joined), order.cursor_columns(), highlight)


def record_json(fields: Sequence[str], *, is_joined: bool = False) -> Fragment:
    """Return the SQL of a record's public JSON text, with these keys or all.

    `is_joined`: with counts that the statement joins, instead of looking them up for each account.
    """
    document = compose("accounts.joined_document" if is_joined else "accounts.document")
    if not fields:
        return document
    # The names come from a fixed list, and are quoted nevertheless.
    keys = join(", ", (compose("{} json", column(name)) for name in fields))
    # As json and not jsonb: what is under a key keeps its text, and the record is parsed once for all keys.
    return compose("(SELECT row_to_json(r)::text FROM json_to_record({}::json) AS r ({}))", document, keys)
