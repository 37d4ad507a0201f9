"""Departments by external id: rows that mean one by its id, departments that turn out to be one, and their ids.

Departments of the rows must have been matched by name (`import_department_regions`). An id is a department's as long as
a source states it; ids of office-holders (rows of a person) are theirs, and say nothing of the body.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from psycopg import Connection

from directory.imports.merge.body_identity import (
    Body,
    Contradiction,
    Identities,
    KnownDepartment,
    StatedId,
    find_identities,
)
from directory.imports.merge.merged_departments import MergedDepartment, merge_departments

_WHY: Final = {
    "several_ids": "its rows state {other}, too",
    "many_bodies": "its source states it of many bodies",
    "several_bodies": "its rows state {other}, too, which is of a department that this one is not",
    "another_id": "it has {other} already",
    "another_body": "another department has this id, and this one has {other}",
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


class _StatedBody(NamedTuple):
    """A body, and the department that has its ids where rows may mean another body by its name."""

    body: Body
    owner: str | None


@dataclass(slots=True)
class Alias:
    """A name in a region by which rows mean a department of another name."""

    name_key: str
    region: str
    target_id: str | None
    target_key: str
    target_region: str


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
    bodies, names = _select_bodies(conn)
    abandoned = _select_abandoned_ids(conn)
    known = _select_known(conn, [stated.body for stated in bodies], abandoned)
    found = find_identities([stated.body for stated in bodies], known)
    merged = merge_departments(conn, found.merged)
    _write_ids(conn, found, known)
    aliases = _retarget(conn, bodies, found)
    return DepartmentIds(merged, _describe(conn, found.contradictions, names)), aliases


def _select_bodies(conn: Connection) -> tuple[list[_StatedBody], list[str]]:
    """Return the bodies of which changed statements state ids, in the order of the rows, and their names as stated."""
    conn.execute(
        """
        -- The department that has the ids of a statement; ids of several say of none that it is this one.
        INSERT INTO import_owned_statements (account_id, source, source_id, owner)
        SELECT s.account_id, s.source, s.source_id, min(i.department_id)
          FROM import_statements AS s
         CROSS JOIN LATERAL jsonb_array_elements_text(s.statement -> 'external_ids') AS e (id)
          JOIN department_identifiers AS i
            ON (i.scheme, i.value) = (split_part(e.id, ':', 1), substring(e.id FROM position(':' IN e.id) + 1))
         WHERE s.statement ->> 'subject' IS DISTINCT FROM 'person' AND i.to_revision = infinite_revision()
         GROUP BY 1, 2, 3
        HAVING min(i.department_id) = max(i.department_id)
        """
    )
    rows = conn.execute(
        """
        SELECT b.name_key, b.home_region, b.department_id, b.owner, coalesce(min(r.path), '') AS path, e.id, b.source,
               min(b.position) AS position,
               coalesce(min(d.name), (array_agg(b.statement ->> 'department' ORDER BY b.position))[1]) AS name
          FROM (SELECT s.statement, s.source, s.position, h.home_region AS stated_region, k.department_id,
                       CASE WHEN k.department_id IS NULL THEN s.department_key ELSE '' END AS name_key,
                       CASE WHEN k.department_id IS NULL THEN coalesce(h.home_region, '') ELSE '' END AS home_region,
                       CASE WHEN k.department_id IS NULL THEN o.owner END AS owner
                  FROM import_statements AS s
                  LEFT JOIN import_owned_statements AS o USING (account_id, source, source_id)
                  LEFT JOIN import_department_regions AS h USING (department_key, region, department_type)
                  LEFT JOIN departments AS own
                    ON own.name_key = h.department_key AND coalesce(own.region_code, '') = h.home_region
                 -- An id says more than a name that others have given to a department.
                 CROSS JOIN LATERAL (SELECT CASE WHEN own.id IS NOT NULL THEN own.id
                                                 WHEN s.department_key = '' THEN s.department_id
                                                 WHEN o.owner IS NULL THEN h.department_id END AS department_id) AS k
                 WHERE s.statement ? 'external_ids' AND s.statement ->> 'subject' IS DISTINCT FROM 'person'
                   AND (s.department_key <> '' OR s.department_id IS NOT NULL)) AS b
          LEFT JOIN departments AS d ON d.id = b.department_id
          LEFT JOIN regions AS r ON r.code = coalesce(d.region_code, b.stated_region)
         CROSS JOIN LATERAL jsonb_array_elements_text(b.statement -> 'external_ids') AS e (id)
         GROUP BY 1, 2, 3, 4, 6, 7
         ORDER BY position, e.id COLLATE "C", b.source
        """
    )
    stated: dict[tuple[str, str, str | None, str | None], list[StatedId]] = {}
    places: dict[tuple[str, str, str | None, str | None], tuple[str, str]] = {}
    for name_key, region, department_id, owner, path, external_id, source, position, name in rows:
        body = (name_key, region, department_id, owner)
        stated.setdefault(body, []).append(StatedId(external_id, source, position))
        places.setdefault(body, (path, name))
    bodies = [
        _StatedBody(Body(name_key, region, places[body][0], department_id, tuple(ids)), owner)
        for body, ids in stated.items()
        for name_key, region, department_id, owner in [body]
    ]
    return bodies, [name for _, name in places.values()]


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
               row_number() OVER (ORDER BY created_at, external_ids = '{}', id)
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
        )
        for department_id, path, external_ids, rank in rows
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


def _retarget(conn: Connection, bodies: list[_StatedBody], found: Identities) -> list[Alias]:
    """Assign each body the department, or new body, that it is; return those that are not found by their own name."""
    aliases: list[Alias] = []
    pinned: list[tuple[_StatedBody, str]] = []
    for number, ((body, owner), node) in enumerate(zip(bodies, found.nodes, strict=True)):
        if body.department_id is not None or node == number:
            continue
        target = bodies[node].body if isinstance(node, int) else None
        aliases.append(
            Alias(
                body.name_key,
                body.region,
                node if isinstance(node, str) else None,
                target.name_key if target else body.name_key,
                target.region if target else body.region,
            )
        )
        if owner is not None and isinstance(node, str):
            pinned.append((bodies[number], node))
    _pin_statements(conn, pinned)
    # By a name that rows with other ids mean other bodies by, rows without ids mean none of these.
    counts = Counter((body.name_key, body.region) for body, _ in bodies if body.department_id is None)
    aliases = [alias for alias in aliases if counts[alias.name_key, alias.region] == 1]
    conn.execute(
        """
        UPDATE import_department_regions AS h
           SET (department_id, target_key, home_region) = (a.target_id, a.target_key, a.target_region)
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[], %(target_keys)s::text[],
                      %(target_regions)s::text[]) AS a (name_key, region, target_id, target_key, target_region)
         WHERE h.department_id IS NULL AND (h.department_key, h.home_region) = (a.name_key, a.region)
        """,
        _parameters(aliases),
    )
    new: dict[tuple[str, str], list[str]] = {}
    for node, ids in found.ids.items():
        if isinstance(node, int) and ids:
            new.setdefault((bodies[node].body.name_key, bodies[node].body.region), ids)
    conn.execute(
        """
        INSERT INTO import_new_ids (name_key, region, external_ids)
        SELECT name_key, region, string_to_array(ids, ' ')
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[]) AS n (name_key, region, ids)
        """,
        {
            "keys": [name_key for name_key, _ in new],
            "regions": [region for _, region in new],
            "ids": [" ".join(ids) for ids in new.values()],
        },
    )
    return aliases


def _pin_statements(conn: Connection, pinned: list[tuple[_StatedBody, str]]) -> None:
    """Assign statements the department of their ids, whatever other rows mean by the same name."""
    conn.execute(
        """
        UPDATE import_statements AS s SET (department_key, department_id, digest) = ('', p.target_id, NULL)
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(owners)s::text[], %(ids)s::text[])
               AS p (name_key, region, owner, target_id),
               import_department_regions AS h, import_owned_statements AS o
         WHERE (h.department_key, h.region, h.department_type) = (s.department_key, s.region, s.department_type)
           AND (o.account_id, o.source, o.source_id) = (s.account_id, s.source, s.source_id)
           AND (p.name_key, p.region, p.owner) = (s.department_key, h.home_region, o.owner)
        """,
        {
            "keys": [stated.body.name_key for stated, _ in pinned],
            "regions": [stated.body.region for stated, _ in pinned],
            "owners": [stated.owner for stated, _ in pinned],
            "ids": [target for _, target in pinned],
        },
    )


def _parameters(aliases: list[Alias]) -> dict[str, list[str | None]]:
    return {
        "keys": [alias.name_key for alias in aliases],
        "regions": [alias.region for alias in aliases],
        "ids": [alias.target_id for alias in aliases],
        "target_keys": [alias.target_key for alias in aliases],
        "target_regions": [alias.target_region for alias in aliases],
    }


def insert_aliases(conn: Connection, aliases: list[Alias]) -> None:
    """Write the names by which rows mean departments of other names, new ones included."""
    conn.execute(
        """
        INSERT INTO department_aliases (name_key, region_code, department_id)
        SELECT a.name_key, nullif(a.region, ''), d.id
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[], %(target_keys)s::text[],
                      %(target_regions)s::text[]) AS a (name_key, region, target_id, target_key, target_region)
          JOIN departments AS d
            ON CASE WHEN a.target_id IS NOT NULL THEN d.id = a.target_id
                    ELSE d.name_key = a.target_key AND coalesce(d.region_code, '') = a.target_region END
         -- A name without a region is that of many bodies: "Department of Education".
         WHERE (a.region <> '' OR d.region_code IS NULL)
           AND NOT EXISTS (SELECT FROM departments AS own
                            WHERE own.name_key = a.name_key AND coalesce(own.region_code, '') = a.region)
        ON CONFLICT DO NOTHING
        """,
        _parameters(aliases),
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
