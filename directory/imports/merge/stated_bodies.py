"""Bodies of an import: what its rows name, with the external ids that they state of it."""

from typing import NamedTuple

from psycopg import Connection

from directory.imports.merge.body_identity import Body, StatedId


class StatedBody(NamedTuple):
    """A body, and the department that has its ids where rows may mean another body by its name."""

    body: Body
    owner: str | None


def select_bodies(conn: Connection) -> tuple[list[StatedBody], list[str]]:
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
               array_remove(array_agg(DISTINCT coalesce(d.type, b.department_type)), 'other') AS types,
               coalesce(min(d.name), (array_agg(b.statement ->> 'department' ORDER BY b.position))[1]) AS name
          FROM (SELECT s.statement, s.source, s.position, s.department_type, h.home_region AS stated_region,
                       k.department_id,
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
    types: dict[tuple[str, str, str | None, str | None], set[str]] = {}
    for name_key, region, department_id, owner, path, external_id, source, position, kinds, name in rows:
        body = (name_key, region, department_id, owner)
        types.setdefault(body, set()).update(kinds)
        stated.setdefault(body, []).append(StatedId(external_id, source, position))
        places.setdefault(body, (path, name))
    bodies = [
        StatedBody(Body(name_key, region, places[body][0], department_id, tuple(ids), frozenset(types[body])), owner)
        for body, ids in stated.items()
        for name_key, region, department_id, owner in [body]
    ]
    return bodies, [name for _, name in places.values()]
