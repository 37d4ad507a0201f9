"""How many accounts match, and how many by the values of a facet: from summary tables wherever they can answer.

All filters apply to a facet, those on its own parameter too: its values add up to the count of the list, except those
of `source` and `tag`, of which an account has any number.

| count of                                               | read from                                          |
|--------------------------------------------------------|----------------------------------------------------|
| filters that are columns of `account_counts`           | `account_counts`                                   |
| a search, with filters that search facets have         | `account_search`                                   |
| a search alone as of a revision                        | `account_search`, `search_states` by their terms   |
| one department, tag or source                          | `account_tallies`                                  |
| one region                                             | `account_tallies` of all regions below             |
| anything else                                          | `accounts`                                         |

Where an estimate is enough, only the last is estimated, and a search that many accounts match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from directory.accounts.filter_kinds import AnyOf, Table
from directory.accounts.filters import FILTERS
from directory.accounts.parameters import Filter
from directory.accounts.queries.list import INDEX_QUERY, MATCHES, WhereClause, search_parameters
from directory.accounts.schemas import MAX_VALUES
from directory.database.point_in_time import PointInTime, as_of_parameters, with_clause
from directory.database.prepared_statements import Query, RowsCallback, run_together
from directory.database.sql import Fragment, column, compose, join, number_literal

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.regions.queries import RegionNode
    from directory.search.query_plan import QueryPlan

_COUNT: Final = "{}SELECT {}\n  FROM {}{}"
_COUNT_SEARCH_AS_OF: Final = """
    SELECT (SELECT count(*) FROM account_search AS s
             WHERE {0} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
               AND NOT EXISTS (SELECT FROM search_states AS later
                                WHERE later.account_id = s.account_id AND later.to_revision > %(as_of)s)
               AND NOT EXISTS (SELECT FROM accounts AS younger
                                WHERE younger.id = s.account_id AND younger.created_at > %(as_of_at)s))
         + (SELECT count(*) FROM search_states AS s
             WHERE {0} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
               AND s.from_revision <= %(as_of)s AND s.to_revision > %(as_of)s
               AND EXISTS (SELECT FROM {1} AS state
                            WHERE state.id = s.account_id AND state.from_revision <= %(as_of)s
                              AND state.to_revision > %(as_of)s))"""
_COUNT_TALLY: Final = """{}SELECT sum(accounts)
  FROM account_tallies
 WHERE (dimension, value) = (%(dimension)s, %(value)s)"""
# Tallies are of a region's own accounts, so that a new account writes one row and not one for each region above.
_COUNT_REGION: Final = """{}SELECT sum(t.accounts)
  FROM regions AS r
  JOIN account_tallies AS t ON (t.dimension, t.value) = ('region', r.code)
 WHERE r.path >= %(low)s
   AND r.path < %(high)s"""
_TALLIES: Final = """{}SELECT value, accounts
  FROM account_tallies
 WHERE dimension = %(dimension)s
 ORDER BY accounts DESC, value
 LIMIT %(limit)s"""
# One scan for all facets; ARRAY[grouping(…)] is 0 at the facet that a row counts, and nowhere in the row of the total.
_GROUPING_SETS: Final = """{}SELECT ARRAY[{}], {}, {}::bigint
  FROM {}{}
 GROUP BY GROUPING SETS ({})"""
_ITEMS: Final = """{}SELECT item.value, count(*)
  FROM {}, unnest({}) AS item (value){}
 GROUP BY 1"""

# Matches of a search that are counted where an estimate would do too: to count 800 takes as long as to plan (2 to 6 ms
# with 400,000 accounts), and the planner says 1 for words of which 196 accounts have both.
_MAX_COUNTED: Final = 2_000
_CACHED_STATEMENTS: Final = 512

CountKind = Literal["none", "exact", "estimated"]
Buckets = list[dict[str, Any]]


@dataclass(slots=True)
class Counts:
    """The count of the matches as the list shows it, and the number of matches by value for each facet.

    `queries` fill both in; see `count_matches`.
    """

    count: Mapping[str, object] | None = None
    # The most frequent value first; None where no facet was requested.
    facets: dict[str, Buckets] | None = None
    queries: list[Query] = field(default_factory=list)

    def ask(
        self,
        statement: Fragment,
        parameters: Mapping[str, Any],
        on_rows: RowsCallback,
        *,
        is_planned_once: bool = False,
    ) -> None:
        """Add a query."""
        self.queries.append(Query(statement, parameters, on_rows, is_planned_once))

    def set_exact(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take the count from the only row of a query."""
        # A sum of no rows is NULL.
        self.count = {"value": int(rows[0][0] or 0), "kind": "exact"}

    def set_estimated(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take the count from a plan, in JSON."""
        self.count = {"value": round(rows[0][0][0]["Plan"]["Plan Rows"]), "kind": "estimated"}

    def set_facets(self, buckets: Mapping[str, Buckets]) -> None:
        """Take the values of some facets."""
        if self.facets is not None:
            self.facets |= buckets


def count_matches(conn: Connection[Any], account_filter: Filter, kind: CountKind, facets: Sequence[str] = ()) -> Counts:
    """Return the number of matches and by facets; as of one state, though the caller holds no transaction."""
    counts = plan_counts(account_filter, kind, facets)
    run_together(conn, counts.queries)
    return counts


def plan_counts(account_filter: Filter, kind: CountKind, names: Sequence[str]) -> Counts:
    """Return counts that their queries will fill in: from summary tables wherever they can answer."""
    counts = Counts(facets={name: [] for name in names} if names else None)
    arrays = {name: filter_kind.column for name in names if isinstance(filter_kind := FILTERS[name], AnyOf)}
    from_counts: list[str] = []
    from_accounts: list[str] = []
    for name in names:
        if account_filter.is_answered_by_counts and _is_in_counts(name, account_filter):
            from_counts.append(name)
        elif name not in arrays:
            from_accounts.append(name)
    # Where facets are counted from the same table, the count is one more row of theirs.
    has_total = kind != "none" and account_filter.is_answered_by_counts and bool(from_counts)
    if kind != "none" and not has_total:
        _ask_count(counts, account_filter, kind)
    for name, array in arrays.items():
        # Tallies know one value at a time, so they answer only where nothing else is filtered.
        if account_filter.is_empty:
            _ask_tallies(counts, name, account_filter.as_of)
        else:
            _ask_items(counts, account_filter, name, array)
    if from_counts:
        _ask_groups(counts, account_filter, "account_counts", from_counts, has_total=has_total)
    if from_accounts:
        _ask_groups(counts, account_filter, "accounts", from_accounts)
    return counts


def _ask_count(counts: Counts, account_filter: Filter, kind: CountKind) -> None:
    """Ask for the exact count, or where no summary table has it and `kind` allows, for the planner's estimate."""
    search, as_of = account_filter.search, account_filter.as_of
    parameters: dict[str, object] = as_of_parameters(as_of)
    tallies = with_clause(as_of, "account_tallies")
    if account_filter.is_answered_by_counts:
        where = WhereClause.of(account_filter, "account_counts")
        statement = compose(_COUNT, *_parts(where, compose("sum(accounts)")))
        counts.ask(statement, where.parameters, counts.set_exact, is_planned_once=as_of is None)
    elif (tally := _single_tally(account_filter)) is not None:
        parameters |= {"dimension": tally[0], "value": tally[1]}
        counts.ask(compose(_COUNT_TALLY, tallies), parameters, counts.set_exact, is_planned_once=as_of is None)
    elif (region := _single_region(account_filter)) is not None:
        parameters |= {"low": region.path, "high": f"{region.path[:-1]}0"}
        counts.ask(compose(_COUNT_REGION, tallies), parameters, counts.set_exact, is_planned_once=as_of is None)
    elif kind == "estimated" and not _finds_few(account_filter):
        where = WhereClause.of(account_filter, is_counting=True)
        # EXPLAIN plans the count and reads no account.
        statement = compose("EXPLAIN (FORMAT JSON)\n{}", compose(_COUNT, *_parts(where, compose(""))))
        counts.ask(statement, where.parameters, counts.set_estimated)
    elif account_filter.is_answered_by_search:
        where = WhereClause.of(account_filter, is_counting=True)
        counts.ask(compose("{}SELECT count(*)\n  FROM hits", where.with_clause()), where.parameters, counts.set_exact)
    elif search is not None and as_of is not None and account_filter.is_search_only and not as_of.shares_time:
        counts.ask(*_search_count_as_of(search, as_of), counts.set_exact)
    else:
        where = WhereClause.of(account_filter, is_counting=True)
        counts.ask(compose(_COUNT, *_parts(where, compose("count(*)"))), where.parameters, counts.set_exact)


def _finds_few(account_filter: Filter) -> bool:
    """Whether a search of now finds so few accounts that they are counted: by whichever tier, and before the filter."""
    search = account_filter.search
    # Before the first ANALYZE nothing is known of terms, nor of the number of accounts.
    if search is None or account_filter.as_of is not None or not search.accounts:
        return False
    return max(search.estimates) <= _MAX_COUNTED


def _ask_tallies(counts: Counts, name: str, as_of: PointInTime | None) -> None:
    """Ask for the tallies of a facet, at most 1,000."""

    def take(rows: Sequence[tuple[Any, ...]]) -> None:
        counts.set_facets({name: [{"value": value, "count": count} for value, count in rows]})

    parameters = {"dimension": name, "limit": MAX_VALUES, **as_of_parameters(as_of)}
    counts.ask(compose(_TALLIES, with_clause(as_of, "account_tallies")), parameters, take)


def _ask_groups(
    counts: Counts, account_filter: Filter, table: Table, names: Sequence[str], *, has_total: bool = False
) -> None:
    """Ask for the matches, read once, by each facet, none of which has several values in an account."""
    where = WhereClause.of(account_filter, table, is_counting=True)
    values = tuple(_facet_value(name, account_filter) for name in names)
    is_summed = table == "account_counts"
    with_clause, from_items, condition = where.with_clause(), where.from_items(), where.where()
    statement = _groups_statement(with_clause, from_items, condition, values, is_summed, has_total)

    def take(rows: Sequence[tuple[Any, ...]]) -> None:
        buckets: dict[str, Buckets] = {name: [] for name in names}
        for groupings, *row_values, count in rows:
            if 0 not in groupings:
                counts.set_exact([(count,)])
            # As of a revision `account_counts` are steps: those of what came and went again add up to nothing.
            elif count:
                position: int = groupings.index(0)
                buckets[names[position]].append({"value": row_values[position], "count": count})
        counts.set_facets({name: _most_frequent(each) for name, each in buckets.items()})

    is_planned_once = is_summed and account_filter.as_of is None
    counts.ask(statement, where.parameters, take, is_planned_once=is_planned_once)


@lru_cache(_CACHED_STATEMENTS)
def _groups_statement(
    with_clause: Fragment,
    from_items: Fragment,
    where: Fragment,
    values: tuple[Fragment, ...],
    is_summed: bool,  # noqa: FBT001 - of the key
    has_total: bool,  # noqa: FBT001 - likewise
) -> Fragment:
    """Return the statement that counts rows by each of several values."""
    return compose(
        _GROUPING_SETS,
        with_clause,
        join(", ", (compose("grouping({})", value) for value in values)),
        join(", ", values),
        compose("sum(accounts)" if is_summed else "count(*)"),
        from_items,
        where,
        join(", ", (*([compose("()")] if has_total else []), *(compose("({})", value) for value in values))),
    )


def _ask_items(counts: Counts, account_filter: Filter, name: str, array: str) -> None:
    """Ask for the matches by the items of an array column."""
    where = WhereClause.of(account_filter, is_counting=True)
    statement = compose(_ITEMS, where.with_clause(), where.from_items(), column(array), where.where())

    def take(rows: Sequence[tuple[Any, ...]]) -> None:
        counts.set_facets({name: _most_frequent([{"value": value, "count": count} for value, count in rows])})

    counts.ask(statement, where.parameters, take)


def _most_frequent(buckets: Buckets) -> Buckets:
    """Return at most 1,000 of the buckets, the most frequent value first, ties by value, null last."""
    return sorted(buckets, key=lambda each: (-each["count"], each["value"] is None, each["value"] or ""))[:MAX_VALUES]


def _facet_value(name: str, account_filter: Filter) -> Fragment:
    """Return the SQL of an account's value of a facet; a region is shown at the level below the filter's one region."""
    if name != "region":
        return column(name)
    depth = _region_depth(account_filter)
    if depth == 0:
        return compose("country")
    if depth == 1:
        return compose("coalesce(division, country)")
    return compose(
        "coalesce(nullif(split_part(region_path, '/', {}), ''), split_part(region_path, '/', {}))",
        number_literal(depth + 1),
        number_literal(depth),
    )


def _region_depth(account_filter: Filter) -> int:
    """Return the depth of the filter's one region, 0 for none or several."""
    regions = account_filter.region.include
    return regions[0].depth if len(regions) == 1 else 0


def _is_in_counts(name: str, account_filter: Filter) -> bool:
    return FILTERS[name].is_counted and (name != "region" or _region_depth(account_filter) <= 1)


def _single_tally(account_filter: Filter) -> tuple[str, str] | None:
    """Return the name and value of a filter that is one tallied value and nothing else."""
    if account_filter.search is not None or len(account_filter.values) != 1:
        return None
    ((name, value),) = account_filter.values.items()
    is_one = FILTERS[name].is_tallied and len(value.include) == 1 and not value.exclude
    return (name, value.include[0]) if is_one else None


def _single_region(account_filter: Filter) -> RegionNode | None:
    """Return the region of a filter that is one region and nothing else."""
    if account_filter.search is not None or account_filter.values.keys() != {"region"}:
        return None
    regions = account_filter.region
    return regions.include[0] if len(regions.include) == 1 and not regions.exclude else None


def _search_count_as_of(search: QueryPlan, as_of: PointInTime) -> tuple[Fragment, dict[str, object]]:
    """Return the count of what a search alone finds at a point in time, without a look at the state of each account.

    An account whose terms still hold was there unless it is younger. The few whose terms ended later are looked up.
    """
    matches = MATCHES
    if any(search.text_patterns):
        tier = compose("search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[])")
        matches = compose("s.terms @@ {} AND {} IS NOT NULL", INDEX_QUERY, tier)
    return compose(_COUNT_SEARCH_AS_OF, matches, as_of.states), {**search_parameters(search), **as_of.parameters}


def _parts(where: WhereClause, select_list: Fragment) -> tuple[Fragment, Fragment, Fragment, Fragment]:
    return where.with_clause(), select_list, where.from_items(), where.where()
