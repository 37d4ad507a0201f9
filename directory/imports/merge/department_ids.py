"""Departments by external id: rows that mean one by its id, departments that turn out to be one, and their ids.

Departments of the rows must have been matched by name (`import_department_regions`). An id is a department's as long as
a source states it; ids of office-holders (rows of a person) are theirs, and say nothing of the body.
"""

from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection

from directory.imports.merge.body_identity import (
    Body,
    Contradiction,
    Identities,
    KnownDepartment,
    find_identities,
)
from directory.imports.merge.department_aliases import Alias, assign_departments
from directory.imports.merge.merged_departments import MergedDepartment, merge_departments
from directory.imports.merge.stated_bodies import select_bodies

_WHY: Final = {
    "several_ids": "its rows state {other}, too",
    "many_bodies": "its source states it of many bodies",
    "several_bodies": "its rows state {other}, too, which is of a department that this one is not",
    "another_id": "it has {other} already",
    "another_body": "another department has this id, and this one has {other}",
    "another_type": "another department has this id, and is of another type",
    "another_region": "another department has this id, and governs another region",
}


@dataclass(frozen=True, slots=True)
class RefusedId:
    """An external id that contradicts what is known and was not taken; `position` and `line` are of its first row."""

    position: int
    line: int
    source: str
    department: str
    external_id: str
    code: str
    other: str | None

    def __str__(self) -> str:
        return f"{self.external_id} of {self.department} was not taken: {_WHY[self.code].format(other=self.other)}"


@dataclass(slots=True)
class DepartmentIds:
    """What an import did by external ids: departments merged, ids refused, and rows whose ids mean no department."""

    merged: list[MergedDepartment] = field(default_factory=list)
    refused: list[RefusedId] = field(default_factory=list)
    without_department: int = 0


def have_external_ids(conn: Connection) -> bool:
    """Whether any changed statement has external ids, or had some before."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM import_statements WHERE statement ? 'external_ids' OR earlier ? 'external_ids')
        """
    ).fetchone()
    return bool(row and row[0])


def identify_departments(conn: Connection) -> tuple[DepartmentIds, list[Alias]]:
    """Match bodies by their external ids: merge departments that are one, and write the ids of those that exist.

    Bodies of `import_department_regions` get the department, or the body, that they are; the ids of new ones are in
    table `import_new_ids`. Return what is to be reported, and the aliases, which need the new departments.
    """
    bodies, names = select_bodies(conn)
    abandoned = _select_abandoned_ids(conn)
    known = _select_known(conn, [stated.body for stated in bodies], abandoned)
    found = find_identities([stated.body for stated in bodies], known)
    merged = merge_departments(conn, found.merged)
    _write_ids(conn, found, known)
    aliases = assign_departments(conn, bodies, found)
    return DepartmentIds(merged, _describe(conn, found.contradictions, names)), aliases


def _select_abandoned_ids(conn: Connection) -> dict[str, set[str]]:
    """Return the ids of departments that statements had before and that no statement has any more."""
    rows = conn.execute(
        """
        WITH dropped AS MATERIALIZED (
            SELECT DISTINCT e.id COLLATE "C" AS id
              FROM import_statements AS s, jsonb_array_elements_text(s.earlier -> 'external_ids') AS e (id)
             WHERE s.earlier ? 'external_ids' AND NOT coalesce(s.statement -> 'external_ids' ? e.id, false)
        )
        SELECT i.department_id, d.id
          FROM dropped AS d
          JOIN department_identifiers AS i
            ON (i.scheme, i.value) = (split_part(d.id, ':', 1), substring(d.id FROM position(':' IN d.id) + 1))
         WHERE i.to_revision = infinite_revision()
           AND NOT EXISTS (SELECT FROM accounts AS a
                             JOIN statements AS o ON o.account_id = a.id
                            WHERE a.department_id = i.department_id AND o.statement -> 'external_ids' ? d.id
                              AND NOT EXISTS (SELECT FROM import_statements AS n
                                               WHERE (n.account_id, n.source, n.source_id)
                                                     = (o.account_id, o.source, o.source_id)))
        """
    )
    found: dict[str, set[str]] = {}
    for department_id, external_id in rows:
        found.setdefault(department_id, set()).add(external_id)
    return found


def _select_known(conn: Connection, bodies: list[Body], abandoned: dict[str, set[str]]) -> dict[str, KnownDepartment]:
    """Return the departments that bodies are by name, those that have one of their ids, and those that lose some."""
    ids = sorted({stated.external_id for body in bodies for stated in body.ids})
    rows = conn.execute(
        """
        SELECT id, coalesce(region_path, ''), external_ids,
               row_number() OVER (ORDER BY created_at, external_ids = '{}', id), array_remove(ARRAY[type], 'other')
          FROM departments
         WHERE id = ANY (%(named)s)
            OR id IN (SELECT i.department_id
                        FROM unnest(%(ids)s::text[]) AS e (id)
                        JOIN department_identifiers AS i
                          ON (i.scheme, i.value)
                             = (split_part(e.id, ':', 1), substring(e.id FROM position(':' IN e.id) + 1))
                       WHERE i.to_revision = infinite_revision())
        """,
        {"named": [*abandoned, *(body.department_id for body in bodies if body.department_id)], "ids": ids},
    )
    return {
        department_id: KnownDepartment(
            department_id,
            path,
            tuple(each for each in external_ids if each not in abandoned.get(department_id, ())),
            rank,
            frozenset(types),
        )
        for department_id, path, external_ids, rank, types in rows
    }


def _write_ids(conn: Connection, found: Identities, known: dict[str, KnownDepartment]) -> None:
    """Write the ids of departments that exist, where they differ."""
    conn.execute(
        """
        UPDATE departments AS d SET external_ids = string_to_array(n.ids, ' ')
          FROM unnest(%(departments)s::text[], %(ids)s::text[]) AS n (id, ids)
         WHERE d.id = n.id AND d.external_ids <> string_to_array(n.ids, ' ')
        """,
        {
            "departments": [node for node in found.ids if node in known],
            # No id has a blank; an array of arrays would have to be rectangular.
            "ids": [" ".join(ids) for node, ids in found.ids.items() if node in known],
        },
    )


def match_rows_without_name(conn: Connection) -> int:
    """Assign statements that name no department the one that has their ids; return how many have none."""
    conn.execute(
        """
        UPDATE import_statements AS s SET department_id = m.department_id
          FROM (SELECT n.account_id, n.source, n.source_id, min(i.department_id) AS department_id
                  FROM import_statements AS n
                 CROSS JOIN LATERAL jsonb_array_elements_text(n.statement -> 'external_ids') AS e (id)
                  JOIN department_identifiers AS i
                    ON (i.scheme, i.value) = (split_part(e.id, ':', 1), substring(e.id FROM position(':' IN e.id) + 1))
                 WHERE n.department_key = '' AND n.department_id IS NULL
                   AND n.statement ->> 'subject' IS DISTINCT FROM 'person' AND i.to_revision = infinite_revision()
                 GROUP BY 1, 2, 3
                -- Ids of several departments say of none that it is this one.
                HAVING min(i.department_id) = max(i.department_id)) AS m
         WHERE (s.account_id, s.source, s.source_id) = (m.account_id, m.source, m.source_id)
        """
    )
    row = conn.execute(
        """
        SELECT count(*) FROM import_statements
         WHERE statement ? 'external_ids' AND department_key = '' AND department_id IS NULL
           AND statement ->> 'subject' IS DISTINCT FROM 'person'
        """
    ).fetchone()
    return int(row[0]) if row else 0


def _describe(conn: Connection, contradictions: list[Contradiction], names: list[str]) -> list[RefusedId]:
    """Return the contradictions with the line of each, in the order of the rows."""
    positions = sorted({each.stated.position for each in contradictions})
    rows = conn.execute("SELECT position, line FROM import_rows WHERE position = ANY (%s)", (positions,))
    lines: dict[int, int] = dict(rows.fetchall())
    return [
        RefusedId(
            each.stated.position,
            lines.get(each.stated.position, 0),
            each.stated.source,
            names[each.body] or "",
            each.stated.external_id,
            each.code,
            each.other,
        )
        for each in sorted(contradictions, key=lambda each: (each.stated.position, each.stated.external_id))
    ]
