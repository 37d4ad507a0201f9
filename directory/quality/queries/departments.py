"""SQL of the reports on what the accounts of departments have in common, or contradict each other in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from directory.accounts.parameters import Filter
from directory.database.sql import compose
from directory.quality.queries.fragments import LISTED, MEMBERS, filter_of, join_members
from directory.quality.rows import Column, Report

_DEPARTMENT: Final = (
    Column("department.id", compose("d.id")),
    Column("department.name", compose("d.name"), "free"),
    Column("department.type", compose("d.type")),
    Column("region.code", compose("r.code")),
    Column("region.name", compose("r.name"), "free"),
    Column("region.name_local", compose("r.name_local"), "free"),
)
_JOIN: Final = compose("""
  JOIN departments AS d ON d.id = page.department_id
  LEFT JOIN regions AS r ON r.code = d.region_code""")
# One body has one account on a platform: those of persons do not count, nor does what has ended.
_OF_BODIES: Final = compose("{} AND accounts.subject = 'body'", LISTED)
_DUPLICATES: Final = """(
    SELECT accounts.department_id, accounts.platform, count(*) AS number
      FROM account_records AS accounts
     WHERE {0} AND {1} AND accounts.department_id IS NOT NULL
       AND (%(after_0)s::text IS NULL
            OR (accounts.department_id, accounts.platform) > (%(after_0)s, %(after_1)s))
     GROUP BY 1, 2 HAVING count(*) > 1
     ORDER BY 1, 2 LIMIT %(limit)s::bigint) AS page{2}{3}"""
_DUPLICATES_COLUMNS: Final = (
    *_DEPARTMENT,
    Column("platform", compose("page.platform")),
    *MEMBERS,
    Column(
        "links.accounts", compose("'/v1/accounts?department=' || page.department_id || '&platform=' || page.platform")
    ),
)
_DIFFERENT: Final = """(
    SELECT accounts.department_id, count(*) AS number
      FROM account_records AS accounts
     WHERE {0} AND {1} AND accounts.department_id IS NOT NULL AND accounts.name_key IS NOT NULL
       AND (%(after_0)s::text IS NULL OR accounts.department_id > %(after_0)s)
     -- More than one, without the sort that count(DISTINCT …) needs.
     GROUP BY 1 HAVING min(accounts.name_key) <> max(accounts.name_key)
     ORDER BY 1 LIMIT %(limit)s::bigint) AS page{2}{3}"""
_NAMES: Final = compose("""
 CROSS JOIN LATERAL (
       SELECT array_agg(name ORDER BY name COLLATE "C") AS names
         FROM (SELECT min(m.name COLLATE "C") AS name
                 FROM json_to_recordset(members.list) AS m (name text) WHERE m.name IS NOT NULL
                GROUP BY m.name) AS each_name) AS shown""")
_DIFFERENT_COLUMNS: Final = (
    Column("kind", compose("'different_names'")),
    *_DEPARTMENT,
    Column("names", compose("shown.names"), "list"),
    *MEMBERS,
    Column("links.accounts", compose("'/v1/accounts?department=' || page.department_id")),
)
_SHARED: Final = """(
    SELECT coalesce(accounts.name_key, '') AS name_key, accounts.region_code, count(*) AS number,
           count(DISTINCT accounts.department_id) AS departments
      FROM account_records AS accounts
     WHERE {0} AND {1} AND coalesce(accounts.name_key, '') <> '' AND accounts.region_code IS NOT NULL
       AND accounts.department_id IS NOT NULL
       AND (%(after_0)s::text IS NULL
            OR (coalesce(accounts.name_key, ''), accounts.region_code) > (%(after_0)s, %(after_1)s))
     GROUP BY 1, 2 HAVING min(accounts.department_id) <> max(accounts.department_id)
     ORDER BY 1, 2 LIMIT %(limit)s::bigint) AS page
  JOIN regions AS r ON r.code = page.region_code{2}"""
_SHARED_COLUMNS: Final = (
    Column("kind", compose("'shared_name'")),
    Column("department.id", compose("NULL::text")),
    Column("department.name", compose("NULL::text"), "free"),
    Column("department.type", compose("NULL::text")),
    *_DEPARTMENT[3:],
    Column("names", compose("shown.names"), "list"),
    *MEMBERS,
    Column("links.accounts", compose("'/v1/accounts?region=' || page.region_code")),
)


def list_duplicates(account_filter: Filter, *, after: Sequence[str] | None, limit: int | None) -> Report:
    """Return departments with several accounts on one platform, by department and platform."""
    matches, parameters = filter_of(account_filter)
    first, second = after or (None, None)
    members = join_members(
        compose("{} AND accounts.department_id = page.department_id AND accounts.platform = page.platform", _OF_BODIES),
        matches,
    )
    return Report(
        columns=_DUPLICATES_COLUMNS,
        keys=(compose("page.department_id"), compose("page.platform")),
        rows=compose(_DUPLICATES, _OF_BODIES, matches, _JOIN, members),
        parameters={**parameters, "after_0": first, "after_1": second, "limit": limit},
    )


def list_different_names(account_filter: Filter, *, after: Sequence[str] | None, limit: int | None) -> Report:
    """Return departments whose accounts show different names, by department."""
    matches, parameters = filter_of(account_filter)
    condition = "{} AND accounts.department_id = page.department_id AND accounts.name_key IS NOT NULL"
    members = compose("{}{}", join_members(compose(condition, _OF_BODIES), matches), _NAMES)
    return Report(
        columns=_DIFFERENT_COLUMNS,
        keys=(compose("page.department_id"),),
        rows=compose(_DIFFERENT, _OF_BODIES, matches, _JOIN, members),
        parameters={**parameters, "after_0": after[0] if after else None, "limit": limit},
    )


def list_shared_names(account_filter: Filter, *, after: Sequence[str] | None, limit: int | None) -> Report:
    """Return names that accounts of different departments of a region show, by name and region."""
    matches, parameters = filter_of(account_filter)
    first, second = after or (None, None)
    condition = compose(
        "{} AND coalesce(accounts.name_key, '') = page.name_key AND accounts.region_code = page.region_code"
        " AND accounts.department_id IS NOT NULL",
        _OF_BODIES,
    )
    return Report(
        columns=_SHARED_COLUMNS,
        keys=(compose("page.name_key"), compose("page.region_code")),
        rows=compose(_SHARED, _OF_BODIES, matches, compose("{}{}", join_members(condition, matches), _NAMES)),
        parameters={**parameters, "after_0": first, "after_1": second, "limit": limit},
    )
