"""SQL of departments and their types, each with its number of accounts from the counts tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from directory.database.point_in_time import PointInTime, as_of_parameters, with_clause
from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import compose
from directory.departments.names import fold
from directory.departments.schemas import DepartmentQuery
from directory.departments.websites import spellings


@dataclass(frozen=True, slots=True)
class DepartmentTombstone:
    """The tombstone of a department: its successor, if it was merged, and when and why it went."""

    successor_id: str | None
    revision: int
    at: str
    reason: str
    category: str | None


def select_known_departments(conn: Connection[Any], ids: list[str], as_of: PointInTime | None = None) -> dict[str, str]:
    """Return those of `ids` that are, or were before a merge, the id of a department, each with the current id."""
    # The former id of a merged department works as a filter like the current one.
    rows = conn.execute(
        compose(
            """{}SELECT id, id FROM departments WHERE id = ANY(%(ids)s)
                UNION ALL SELECT id, successor_id FROM tombstones
                WHERE kind = 'department' AND successor_id IS NOT NULL AND id = ANY(%(ids)s)""",
            with_clause(as_of, "departments", "tombstones"),
        ),
        {"ids": ids, **as_of_parameters(as_of)},
    )
    return dict(rows.fetchall())


def select_department_ids_by_key(
    conn: Connection[Any], keys: list[tuple[str, str]], as_of: PointInTime | None = None
) -> list[tuple[str, str, str]]:
    """Return scheme, value and department id for keys: an external id, or `website` and a host."""
    return conn.execute(
        compose(
            """{}SELECT i.scheme, i.value, i.department_id
                   FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS k (scheme, value)
                   JOIN department_identifiers AS i USING (scheme, value)
                  WHERE i.to_revision = infinite_revision()
                  ORDER BY i.scheme, i.value, i.department_id""",
            with_clause(as_of, "department_identifiers"),
        ),
        {
            "schemes": [scheme for scheme, _ in keys],
            "values": [value for _, value in keys],
            **as_of_parameters(as_of),
        },
    ).fetchall()


def select_ids_by_external_id(
    conn: Connection[Any], external_ids: list[str], as_of: PointInTime | None = None
) -> dict[str, list[str]]:
    """Return the ids of departments by external id, as a filter takes them."""
    keys = [(scheme, value) for scheme, _, value in (each.partition(":") for each in external_ids)]
    found: dict[str, list[str]] = {}
    for scheme, value, department_id in select_department_ids_by_key(conn, keys, as_of):
        found.setdefault(f"{scheme}:{value}", []).append(department_id)
    return found


def select_ids_by_website(
    conn: Connection[Any], hosts: list[str], as_of: PointInTime | None = None
) -> dict[str, list[str]]:
    """Return the ids of departments by the host of their website."""
    host_of = {spelling: host for host in hosts for spelling in spellings(host)}
    found: dict[str, list[str]] = {}
    for _, value, department_id in select_department_ids_by_key(conn, [("website", key) for key in host_of], as_of):
        found.setdefault(host_of[value], []).append(department_id)
    return found


def select_type_slugs(conn: Connection[Any]) -> list[str]:
    """Return the slugs of all types."""
    return [slug for (slug,) in conn.execute("SELECT slug FROM department_types ORDER BY position")]


def select_types(conn: Connection[Any], *, after: int | None = None, limit: int) -> list[tuple[str, int]]:
    """Return public JSON and position of the types, sorted by position."""
    return conn.execute(
        """SELECT row_to_json(kind)::text, position FROM department_types AS t, LATERAL (
                  SELECT t.slug, t.name, t.name_zh, t.cofog,
                         (SELECT row_to_json(l) FROM (SELECT '/v1/accounts?department_type=' || t.slug AS accounts,
                                 '/v1/departments?type=' || t.slug AS departments) AS l) AS links,
                         (SELECT coalesce(sum(accounts), 0) FROM account_counts
                           WHERE department_type = t.slug) AS accounts) AS kind
            WHERE (%(after)s::bigint IS NULL OR position > %(after)s) ORDER BY position LIMIT %(limit)s""",
        {"after": after, "limit": limit},
    ).fetchall()


def select_department(conn: Connection[Any], department_id: str) -> str | None:
    """Return a department's public JSON, None for an unknown id."""
    # The stored JSON has no count: each new account would otherwise be a new version of its department.
    rows = fetch_prepared(
        conn,
        compose(
            """SELECT left(document, -1) || ',"accounts":' || coalesce(t.accounts, 0) || '}}'
                 FROM departments
                 LEFT JOIN account_tallies AS t ON t.dimension = 'department' AND t.value = departments.id
                WHERE id = %(id)s"""
        ),
        {"id": department_id},
    )
    return rows[0][0] if rows else None


def select_tombstone(conn: Connection[Any], department_id: str) -> DepartmentTombstone | None:
    """Return the tombstone of a merged or deleted department; None for any other id."""
    # `to_json` writes a time as RFC 3339 has it, as in stored JSON; a cast to text writes a blank for the T.
    row = conn.execute(
        """
        SELECT t.successor_id, t.revision, to_json(r.at) #>> '{}', r.reason, t.category
          FROM tombstones AS t JOIN revisions AS r USING (revision)
         WHERE t.kind = 'department' AND t.id = %s
        """,
        (department_id,),
    ).fetchone()
    return DepartmentTombstone(*row) if row else None


def select_departments(
    conn: Connection[Any], query: DepartmentQuery, *, path: str | None = None, after: tuple[str, str] | None = None
) -> list[tuple[str, str, str]]:
    """Return public JSON, folded name and id of departments, sorted by name and id, one more than a page has.

    `path` is the path of a region: departments of it and of all regions below.
    """
    name, last_id = after or (None, None)
    keyed = [
        (selection, select(conn, [*selection.include, *selection.exclude]))
        for selection, select in (
            (query.external_id, select_ids_by_external_id),
            (query.website, select_ids_by_website),
        )
    ]
    # Those of both parameters: what each includes, together, and what any excludes.
    including = [{id_ for each in part.include for id_ in found.get(each, ())} for part, found in keyed if part.include]
    excluded = [id_ for part, found in keyed for each in part.exclude for id_ in found.get(each, ())]
    # Planned for these values (no generic plan): conditions on absent parameters then cost nothing.
    return conn.execute(
        """SELECT left(document, -1) || ',"accounts":' || coalesce(t.accounts, 0) || '}', name_key, id
             FROM departments LEFT JOIN account_tallies AS t ON t.dimension = 'department' AND t.value = departments.id
            WHERE (%(types)s::text[] IS NULL OR type = ANY(%(types)s))
              AND (%(parents)s::text[] IS NULL OR parent_id = ANY(%(parents)s))
              -- A department without a parent compares to NULL, which is no reason to exclude it.
              AND type <> ALL(%(without_types)s) AND (parent_id = ANY(%(without_parents)s)) IS NOT TRUE
              AND (%(ids)s::text[] IS NULL OR id = ANY(%(ids)s)) AND id <> ALL(%(without_ids)s)
              AND (%(low)s::text IS NULL OR (region_path >= %(low)s AND region_path < %(high)s))
              AND (%(q)s::text IS NULL OR (name_key >= %(q)s AND name_key < %(q)s || U&'\\+10FFFF'))
              AND (%(name)s::text IS NULL OR name_key >= %(name)s)
              AND (%(name)s::text IS NULL OR (name_key, id) > (%(name)s, %(id)s))
            ORDER BY name_key, id LIMIT %(limit)s""",
        {
            "types": list(query.type.include) or None,
            "without_types": list(query.type.exclude),
            "parents": list(query.parent.include) or None,
            "without_parents": list(query.parent.exclude),
            "ids": sorted(set.intersection(*including)) if including else None,
            "without_ids": excluded,
            "low": path,
            # In ASCII "0" follows "/", so this is the end of all paths that begin with `path`.
            "high": f"{path[:-1]}0" if path else None,
            "q": fold(query.q) if query.q else None,
            "name": name,
            "id": last_id,
            "limit": query.limit + 1,
        },
        prepare=False,
    ).fetchall()
