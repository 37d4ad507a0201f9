"""SQL of what is ranked: of an account its value, and why it has none; of a department or region, sums of these.

`j` is an account with its counts: `count_0` and `at_0` at the end of the day, `count_1` so many days before, and so on.
"""

from __future__ import annotations

from directory.accounts.queries.region_levels import region_at
from directory.database.sql import Fragment, compose, join
from directory.rankings.figures import Column, has_jumped, is_implausible
from directory.rankings.parameters import RankingQuery

_COUNT_0, _COUNT_1, _COUNT_2 = compose("j.count_0"), compose("j.count_1"), compose("j.count_2")
_ID = compose("j.id")
_IS_RANKED = compose("j.reason IS NULL")


def key_of(query: RankingQuery) -> Fragment:
    """Return the department or region of an account; none where accounts are ranked."""
    match query.of:
        case "departments":
            return compose("accounts.department_id")
        case "regions":
            return region_at(query.region_level or 1)
        case _:
            return compose("NULL::text")


def value_type(query: RankingQuery) -> Fragment:
    """Return the type of a value."""
    if query.by == "growth_rate":
        return compose("float8")
    return compose("bigint" if query.of == "accounts" else "numeric")


def reason_of(query: RankingQuery, name: Column) -> Fragment:
    """Return the reason for which an account has no part in the ranking, NULL if it has."""
    cases = []
    if query.of == "departments":
        cases.append(compose("WHEN j.key IS NULL THEN 'no_department'"))
    elif query.of == "regions":
        cases.append(compose("WHEN j.key IS NULL THEN 'no_region'"))
    cases.append(compose("WHEN j.latest IS NULL THEN 'never_observed'"))
    cases.append(compose("WHEN j.count_0 IS NULL THEN 'no_count_at_end'"))
    if query.is_growth:
        cases.append(compose("WHEN j.count_1 IS NULL THEN 'no_count_at_start'"))
        cases.append(compose("WHEN {} THEN 'implausible'", is_implausible(_COUNT_0, _COUNT_1)))
        if query.by == "growth_rate" and query.of == "accounts":
            cases.append(compose("WHEN j.count_1 = 0 THEN 'started_at_zero'"))
    elif name == "followers":
        jumped = has_jumped(_COUNT_0, compose("j.at_0"), _ID)
        cases.append(compose("WHEN {} THEN 'implausible'", jumped))
    return compose("CASE {} END", join(" ", cases))


def account_values(query: RankingQuery, ends: int) -> tuple[Fragment, Fragment]:
    """Return the value of an account and the one `days` before; `ends` is the number of counts."""
    match query.by:
        case "growth":
            value, previous = compose("j.count_0 - j.count_1"), compose("j.count_1 - j.count_2")
        case "growth_rate":
            value = compose("(j.count_0 - j.count_1)::float8 / nullif(j.count_1, 0)::float8")
            previous = compose("(j.count_1 - j.count_2)::float8 / nullif(j.count_2, 0)::float8")
        case _:
            value, previous = _COUNT_0, _previous_count(query, ends)
    if query.is_growth:
        previous = compose("CASE WHEN NOT {} THEN {} END", is_implausible(_COUNT_1, _COUNT_2), previous)
    return compose("CASE WHEN {} THEN {} END", _IS_RANKED, value), previous


def _previous_count(query: RankingQuery, ends: int) -> Fragment:
    """Return the count `days` before, NULL where nothing is compared, and where it is absurd: it had no rank then."""
    if ends == 1:
        return compose("NULL::bigint")
    if query.by == "posts":
        return _COUNT_1
    return compose("CASE WHEN {} THEN NULL ELSE {} END", has_jumped(_COUNT_1, compose("j.at_1"), _ID), _COUNT_1)


def group_values(query: RankingQuery) -> tuple[Fragment, Fragment]:
    """Return the value of a group and the one `days` before: of the accounts that have a part in it each time."""
    if not query.is_growth:
        return compose("sum(j.count_0) FILTER (WHERE {})", _IS_RANKED), compose("sum(j.previous)::numeric")
    was_ranked = compose(
        "j.count_1 IS NOT NULL AND j.count_2 IS NOT NULL AND NOT {}", is_implausible(_COUNT_1, _COUNT_2)
    )
    value = compose("sum(j.count_0 - j.count_1) FILTER (WHERE {})", _IS_RANKED)
    previous = compose("sum(j.count_1 - j.count_2) FILTER (WHERE {})", was_ranked)
    if query.by == "growth_rate":
        value = compose("({})::float8 / nullif(sum(j.count_1) FILTER (WHERE {}), 0)::float8", value, _IS_RANKED)
        previous = compose("({})::float8 / nullif(sum(j.count_2) FILTER (WHERE {}), 0)::float8", previous, was_ranked)
    return value, previous
