"""SQL of the reports on silent accounts.

`activity_status` is the rule, which the status of accounts follows too: see `directory.quality.queries.statuses`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from directory.accounts.parameters import Filter
from directory.accounts.queries.region_levels import region_at
from directory.database.sql import Fragment, compose
from directory.quality.queries.fragments import ACCOUNT_COLUMNS, JOIN_REFERENCES, LISTED, filter_of
from directory.quality.rows import Column, Report

_GROUPS: Final = """(
    SELECT {0} AS key, count(*) AS accounts, count(*) FILTER (WHERE activity = 'active') AS active,
           count(*) FILTER (WHERE activity = 'dormant') AS dormant,
           count(*) FILTER (WHERE activity = 'dormant' AND NOT is_seen) AS unconfirmed,
           count(*) FILTER (WHERE activity IS NULL) AS unknown
      FROM (SELECT accounts.*, activity_status(accounts.last_post_at, %(day)s::date, %(days)s::integer) AS activity,
                   -- Whether anybody has looked since its silence passed the threshold.
                   coalesce(activity_status(accounts.last_post_at, (y.seen_at AT TIME ZONE 'UTC')::date,
                                            %(days)s::integer) = 'dormant', false) AS is_seen
              FROM account_records AS accounts
              LEFT JOIN account_activity AS y ON y.account_id = accounts.id) AS accounts
     WHERE {1} AND {2} AND {0} IS NOT NULL AND (%(after_0)s::text IS NULL OR {0} > %(after_0)s)
     GROUP BY 1 ORDER BY 1 LIMIT %(limit)s::bigint) AS page{3}"""
_NAMES: Final = {
    "region": compose("\n  LEFT JOIN regions AS n ON n.code = page.key"),
    "platform": compose("\n  LEFT JOIN platforms AS n ON n.slug = page.key"),
    "department_type": compose(
        "\n  LEFT JOIN (SELECT slug, name, name_zh AS name_local FROM department_types) AS n ON n.slug = page.key"
    ),
    "department": compose(
        "\n  LEFT JOIN (SELECT id, name, NULL::text AS name_local FROM departments) AS n ON n.id = page.key"
    ),
    "none": compose("\n CROSS JOIN (SELECT NULL::text AS name, NULL::text AS name_local) AS n"),
}
_COLUMNS: Final = (
    Column("value", compose("nullif(page.key, '')")),
    Column("name", compose("n.name"), "free"),
    Column("name_local", compose("n.name_local"), "free"),
    Column("accounts", compose("page.accounts")),
    Column("active", compose("page.active")),
    Column("dormant", compose("page.dormant")),
    Column("unconfirmed", compose("page.unconfirmed")),
    Column("unknown", compose("page.unknown")),
    Column("share", compose("round(page.dormant::numeric / nullif(page.active + page.dormant, 0), 4)::float8")),
)
_ACCOUNTS: Final = """(
    SELECT accounts.*
      FROM account_records AS accounts
     WHERE {} AND {} AND activity_status(accounts.last_post_at, %(day)s::date, %(days)s::integer) = 'dormant'
       AND (%(after_0)s::timestamptz IS NULL
            OR (accounts.last_post_at, accounts.id) > (%(after_0)s::timestamptz, %(after_1)s))
     ORDER BY accounts.last_post_at, accounts.id LIMIT %(limit)s::bigint) AS accounts{}"""
_ACCOUNTS_COLUMNS: Final = (
    *ACCOUNT_COLUMNS,
    Column("last_post_at", compose("accounts.last_post_at"), "time"),
    Column("days", compose("%(day)s::date - (accounts.last_post_at AT TIME ZONE 'UTC')::date")),
    Column("followers.count", compose("accounts.followers")),
    Column("followers.observed_at", compose("accounts.followers_at"), "time"),
)


def count_dormant(
    account_filter: Filter, by: str, *, day: dt.date, days: int, after: Sequence[str] | None, limit: int | None
) -> Report:
    """Return counts of active, silent and unknown accounts, by the values of a dimension."""
    matches, parameters = filter_of(account_filter)
    return Report(
        columns=_COLUMNS,
        keys=(compose("page.key"),),
        rows=compose(_GROUPS, _key(account_filter, by), LISTED, matches, _NAMES[by]),
        parameters={**parameters, "day": day, "days": days, "after_0": after[0] if after else None, "limit": limit},
    )


def list_dormant(
    account_filter: Filter, *, day: dt.date, days: int, after: tuple[dt.datetime, str] | None, limit: int | None
) -> Report:
    """Return silent accounts, the longest silent first."""
    matches, parameters = filter_of(account_filter)
    first, second = after or (None, None)
    return Report(
        columns=_ACCOUNTS_COLUMNS,
        keys=(compose("accounts.last_post_at"), compose("accounts.id")),
        rows=compose(_ACCOUNTS, LISTED, matches, JOIN_REFERENCES),
        parameters={**parameters, "day": day, "days": days, "after_0": first, "after_1": second, "limit": limit},
    )


def _key(account_filter: Filter, by: str) -> Fragment:
    """Return the SQL of an account's value of a dimension, "" where it has none; NULL: it is in no row."""
    match by:
        case "region":
            regions = account_filter.region.include
            if len(regions) == 1:
                return region_at(regions[0].depth + 1)
            return compose("coalesce(accounts.country, '')")
        case "platform":
            return compose("accounts.platform")
        case "department_type":
            return compose("coalesce(accounts.department_type, '')")
        case "department":
            # As the index has it, from which the groups of a page are read.
            return compose("accounts.department_id")
        case _:
            return compose("''::text")
