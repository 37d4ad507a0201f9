"""How many accounts match, and how many by the values of a dimension: from kept counts wherever they can tell.

All filters apply to a facet, those on its own dimension too: its values add up to the count of the list, but for
`source` and `tag`, of which an account has any number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from directory.accounts.filters import KEPT, Filter
from directory.accounts.schemas import MAX_VALUES
from directory.accounts.where_clause import MATCHES, SOUGHT, Table, Where, search_parameters
from directory.database.point_in_time import PointInTime, as_of_parameters, with_clause
from directory.database.sql import compose

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.regions.queries import RegionNode
    from directory.search.query_plan import QueryPlan

FACETS: Final = (
    "platform", "region", "department_type", "status", "verification", "language", "subject", "source", "tag",
)  # fmt: skip
_ARRAYS: Final = {"source": "sources", "tag": "tags"}
# Dimensions whose values are tallied one by one, by the parameter that filters them.
_TALLIED: Final = frozenset({"department", "source", "tag"})

_FOUND_THEN: Final = """
    SELECT (SELECT count(*) FROM account_search AS s
             WHERE {0} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
               AND NOT EXISTS (SELECT FROM search_states AS later
                                WHERE later.account_id = s.account_id AND later.to_revision > %(as_of)s)
               AND NOT EXISTS (SELECT FROM accounts AS younger
                                WHERE younger.id = s.account_id AND younger.created_at > %(as_of_at)s))
         + (SELECT count(*) FROM search_states AS s
             WHERE {0} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
               AND s.from_revision <= %(as_of)s AND s.to_revision > %(as_of)s
               AND EXISTS (SELECT FROM {1} AS held
                            WHERE held.id = s.account_id AND held.from_revision <= %(as_of)s
                              AND held.to_revision > %(as_of)s))"""

Count = Mapping[str, object]
Buckets = list[dict[str, Any]]


def count_accounts(conn: Connection[Any], wanted: Filter) -> int:
    """Return the exact number of accounts that match; reads accounts only where no kept count can tell."""
    if wanted.is_kept:
        return _sum(conn, sql.SQL("sum(accounts)"), Where.of(wanted, "account_counts"))
    if wanted.is_searched:
        # The search has been narrowed to all that is asked for: no account need be read.
        found = Where.of(wanted, is_counting=True)
        return _one(conn, compose("{}SELECT count(*) FROM hits", found.opening()), found.parameters)
    if (
        wanted.as_of is not None
        and wanted.search is not None
        and wanted.is_search_alone
        and not wanted.as_of.shares_time
    ):
        return _count_found_then(conn, wanted.search, wanted.as_of)
    if (tally := _only_tally(wanted)) is not None:
        return _one(
            conn,
            compose(
                "{}SELECT sum(accounts) FROM account_tallies WHERE (dimension, value) = (%(dimension)s, %(value)s)",
                with_clause(wanted.as_of, "account_tallies"),
            ),
            {"dimension": tally[0], "value": tally[1], **as_of_parameters(wanted.as_of)},
        )
    if (place := _only_place(wanted)) is not None:
        return _one(
            conn,
            compose(
                "{}SELECT sum(t.accounts) FROM regions AS r"
                " JOIN account_tallies AS t ON (t.dimension, t.value) = ('region', r.code)"
                " WHERE r.path >= %(low)s AND r.path < %(high)s",
                with_clause(wanted.as_of, "account_tallies"),
            ),
            {"low": place.path, "high": f"{place.path[:-1]}0", **as_of_parameters(wanted.as_of)},
        )
    return _sum(conn, sql.SQL("count(*)"), Where.of(wanted, is_counting=True))


def estimate_accounts(conn: Connection[Any], wanted: Filter) -> Count:
    """Return the number of matches as the list shows it: exact from kept counts, else as the planner estimates it."""
    if wanted.is_kept or _only_tally(wanted) or _only_place(wanted):
        return {"value": count_accounts(conn, wanted), "kind": "exact"}
    where = Where.of(wanted, is_counting=True)
    statement = sql.SQL("EXPLAIN (FORMAT JSON) {}SELECT FROM {} {}").format(
        where.opening(), where.rows(), where.clause()
    )
    (plan,) = conn.execute(statement, where.parameters, prepare=False).fetchone() or ([],)
    return {"value": round(plan[0]["Plan"]["Plan Rows"]), "kind": "estimated"}


def count_facets(conn: Connection[Any], wanted: Filter, names: Sequence[str]) -> dict[str, Buckets]:
    """Return the number of matches by value for each dimension in `names`, the most frequent value first."""
    found: dict[str, Buckets] = {name: [] for name in names}
    kept = [name for name in names if wanted.is_kept and _is_kept(name, wanted)]
    computed = [name for name in names if name not in kept and name not in _ARRAYS]
    for name in _ARRAYS.keys() & set(names):
        found[name] = _select_tallies(conn, name, wanted.as_of) if wanted.is_empty else _unnest(conn, wanted, name)
    if kept:
        found |= _group(conn, wanted, "account_counts", kept)
    if computed:
        found |= _group(conn, wanted, "accounts", computed)
    return found


def _select_tallies(conn: Connection[Any], name: str, as_of: PointInTime | None) -> Buckets:
    """Return the tallies of a dimension, at most 1,000."""
    statement = compose(
        "{}SELECT value, accounts FROM account_tallies WHERE dimension = %(dimension)s"
        " ORDER BY accounts DESC, value LIMIT %(most)s",
        with_clause(as_of, "account_tallies"),
    )
    rows = conn.execute(statement, {"dimension": name, "most": MAX_VALUES, **as_of_parameters(as_of)})
    return [{"value": value, "count": count} for value, count in rows]


def _group(conn: Connection[Any], wanted: Filter, table: Table, names: Sequence[str]) -> dict[str, Buckets]:
    """Read the matches once and count them by each dimension, none of which has several values."""
    where = Where.of(wanted, table, is_counting=True)
    values = [_value(name, wanted) for name in names]
    statement = sql.SQL("{}SELECT ARRAY[{}], {}, {}::bigint FROM {} {} GROUP BY GROUPING SETS ({})").format(
        where.opening(),
        sql.SQL(", ").join(sql.SQL("grouping({})").format(value) for value in values),
        sql.SQL(", ").join(values),
        sql.SQL("sum(accounts)" if table == "account_counts" else "count(*)"),
        where.rows(),
        where.clause(),
        sql.SQL(", ").join(sql.SQL("({})").format(value) for value in values),
    )
    found: dict[str, Buckets] = {name: [] for name in names}
    for row in conn.execute(statement, where.parameters, prepare=False):
        place: int = row[0].index(0)
        # What came and went again adds up to nothing.
        if row[-1]:
            found[names[place]].append({"value": row[place + 1], "count": row[-1]})
    return {name: _largest(buckets) for name, buckets in found.items()}


def _unnest(conn: Connection[Any], wanted: Filter, name: str) -> Buckets:
    """Count the matches by a dimension of which each has several values."""
    where = Where.of(wanted, is_counting=True)
    statement = sql.SQL("{}SELECT item.value, count(*) FROM {}, unnest({}) AS item (value) {} GROUP BY 1").format(
        where.opening(), where.rows(), sql.Identifier(_ARRAYS[name]), where.clause()
    )
    rows = conn.execute(statement, where.parameters, prepare=False)
    return _largest([{"value": value, "count": count} for value, count in rows])


def _largest(buckets: Buckets) -> Buckets:
    """Return at most 1,000 of the buckets, the most frequent value first, ties by value, null last."""
    return sorted(buckets, key=lambda each: (-each["count"], each["value"] is None, each["value"] or ""))[:MAX_VALUES]


def _value(name: str, wanted: Filter) -> sql.Composable:
    """Return the SQL of an account's value in a dimension; a region is shown at the level below the one asked for."""
    if name != "region":
        return sql.Identifier(name)
    depth = _depth(wanted)
    if depth == 0:
        return sql.SQL("country")
    if depth == 1:
        return sql.SQL("coalesce(division, country)")
    return sql.SQL("coalesce(nullif(split_part(region_path, '/', {}), ''), split_part(region_path, '/', {}))").format(
        sql.Literal(depth + 1), sql.Literal(depth)
    )


def _depth(wanted: Filter) -> int:
    """Return the depth of the one region asked for, 0 for none or several."""
    return wanted.regions.include[0].depth if len(wanted.regions.include) == 1 else 0


def _is_kept(name: str, wanted: Filter) -> bool:
    return _depth(wanted) <= 1 if name == "region" else name in KEPT


def _only_tally(wanted: Filter) -> tuple[str, str] | None:
    """Return the dimension and value of a filter that is one tallied value and nothing else."""
    if wanted.regions.include or wanted.regions.exclude or wanted.ranges or wanted.search:
        return None
    if len(wanted.selections) != 1:
        return None
    ((name, selection),) = wanted.selections.items()
    is_one = name in _TALLIED and len(selection.include) == 1 and not selection.exclude
    return (name, selection.include[0]) if is_one else None


def _only_place(wanted: Filter) -> RegionNode | None:
    """Return the region of a filter that is one region and nothing else."""
    if wanted.selections or wanted.ranges or wanted.search or wanted.regions.exclude:
        return None
    return wanted.regions.include[0] if len(wanted.regions.include) == 1 else None


def _count_found_then(conn: Connection[Any], search: QueryPlan, as_of: PointInTime) -> int:
    """Count what a search alone finds as of then, without a look at the state of each.

    Whose terms have held since was there then unless it is younger; of the few whose terms ended later it is looked up.
    """
    matches = MATCHES
    if any(search.text_patterns):
        tier = compose("search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[])")
        matches = compose("s.terms @@ {} AND {} IS NOT NULL", SOUGHT, tier)
    return _one(conn, compose(_FOUND_THEN, matches, as_of.states), {**search_parameters(search), **as_of.parameters})


def _sum(conn: Connection[Any], total: sql.SQL, where: Where) -> int:
    statement = sql.SQL("{}SELECT {} FROM {} {}").format(where.opening(), total, where.rows(), where.clause())
    return _one(conn, statement, where.parameters)


def _one(conn: Connection[Any], statement: sql.SQL | sql.Composed, parameters: Any) -> int:  # noqa: ANN401 - as psycopg takes them
    row = conn.execute(statement, parameters, prepare=False).fetchone()
    return int(row[0] or 0) if row else 0
