"""Departments of an import: the one that runs each account, found by name and region, or inserted.

The region of the rows, which is what a department governs, tells apart two departments of one name. Only the members of
a legislature sit for regions below that of their chamber: the chamber governs the region that contains all of theirs. A
row without a region means the only department of its name, if there is only one.

If no department has name and region, the one that has an external id of the rows is theirs (`department_ids`), and is
found by that name from then on (`department_aliases`).
"""

from psycopg import Connection

from directory.departments.type_detection import find_type
from directory.imports.merge.department_aliases import insert_aliases
from directory.imports.merge.department_ids import (
    DepartmentIds,
    have_external_ids,
    identify_departments,
    match_rows_without_name,
)


def resolve_departments(conn: Connection) -> tuple[int, DepartmentIds]:
    """Fill `import_department_regions` with the department of each changed statement.

    Return how many departments were inserted, because the registry did not have them, and what external ids led to.
    """
    _match_departments(conn)
    has_ids = have_external_ids(conn)
    found, aliases = identify_departments(conn) if has_ids else (DepartmentIds(), [])
    inserted = _insert_departments(conn)
    _update_departments(conn)
    if aliases:
        insert_aliases(conn, aliases)
    conn.execute(
        """
        UPDATE import_department_regions AS h SET department_id = d.id
          FROM departments AS d
         WHERE h.department_id IS NULL AND d.name_key = h.target_key
           AND coalesce(d.region_code, '') = h.home_region
        """
    )
    conn.execute("ANALYZE import_department_regions")
    if has_ids:
        found.without_department = match_rows_without_name(conn)
    return inserted, found


def _match_departments(conn: Connection) -> None:
    """Fill `import_department_regions` with the region that each name governs, and the department that exists already.

    A legislature whose members sit for several regions of one country governs the lowest region that contains them all,
    or, if the registry has such a chamber, the region of that.
    """
    conn.execute(
        """
        WITH named AS (
            SELECT department_key, region, department_type, bool_or(has_members) AS has_members, sum(rows) AS rows
              FROM (SELECT department_key, region, department_type, bool_or(is_member) AS has_members, count(*) AS rows
                      FROM import_rows WHERE department_key <> '' GROUP BY 1, 2, 3
                     UNION ALL
                    -- Rows that became one statement, or were completed, may have put a name and a region together.
                    SELECT department_key, region, department_type,
                           bool_or(department_type = 'legislature' AND statement ->> 'subject' = 'person'), 0
                      FROM import_statements WHERE department_key <> '' GROUP BY 1, 2, 3) AS both_kinds
             GROUP BY 1, 2, 3
        ), span AS (
            -- By country: two countries can have a chamber of the same name.
            SELECT g.department_key, split_part(r.path, '/', 1) AS country, min(r.path) AS low, max(r.path) AS high
              FROM named AS g
              JOIN regions AS r ON r.code = g.region
             WHERE g.department_type = 'legislature'
             GROUP BY 1, 2
            HAVING bool_or(g.has_members)
        ), chamber AS (
            -- Paths sort as text: what the lowest and the highest have in common, all between them have.
            SELECT s.department_key, string_agg(part.low || '/', '' ORDER BY part.place) AS path
              FROM span AS s, LATERAL (
                   SELECT low, place, bool_and(low = high) OVER (ORDER BY place) AS is_common
                     FROM unnest(string_to_array(rtrim(s.low, '/'), '/'), string_to_array(rtrim(s.high, '/'), '/'))
                          WITH ORDINALITY AS both_paths (low, high, place)) AS part
             WHERE part.is_common
             GROUP BY s.department_key, s.country
        ), seat AS (
            -- The path ends in "/", so its last code is the second part from the end.
            SELECT c.department_key, c.path, coalesce(d.region_code, split_part(c.path, '/', -2)) AS home_region
              FROM chamber AS c
              LEFT JOIN LATERAL (
                   SELECT region_code FROM departments AS d
                    WHERE d.name_key = c.department_key AND d.type = 'legislature'
                      AND starts_with(c.path, d.region_path)
                    ORDER BY length(d.region_path) DESC LIMIT 1) AS d ON true
        ), located AS (
            SELECT g.*, coalesce(seat.home_region, g.region) AS home_region
              FROM named AS g
              LEFT JOIN regions AS r ON r.code = g.region
              LEFT JOIN seat ON g.department_type = 'legislature' AND seat.department_key = g.department_key
                            AND starts_with(r.path, seat.path)
        ), only_one AS (
            -- Names without a region that one department alone has, in the rows and in the registry together.
            SELECT department_key, min(home_region) AS home_region
              FROM (SELECT department_key, home_region FROM located
                     WHERE home_region <> ''
                       AND department_key IN (SELECT department_key FROM located WHERE home_region = '')
                     UNION ALL
                    SELECT name_key, coalesce(region_code, '') FROM departments
                     WHERE name_key IN (SELECT department_key FROM located WHERE home_region = '')
                     UNION ALL
                    SELECT name_key, coalesce(region_code, '') FROM department_aliases
                     WHERE name_key IN (SELECT department_key FROM located WHERE home_region = '')) AS known
             GROUP BY department_key HAVING min(home_region) = max(home_region)
        )
        INSERT INTO import_department_regions
               (department_key, region, department_type, rows, target_key, department_id, home_region)
        SELECT p.department_key, p.region, p.department_type, p.rows, p.department_key,
               coalesce(d.id, n.department_id),
               CASE WHEN p.home_region = '' THEN coalesce(o.home_region, '') ELSE p.home_region END
          FROM located AS p
          LEFT JOIN only_one AS o ON o.department_key = p.department_key AND p.home_region = ''
          LEFT JOIN departments AS d
            ON d.name_key = p.department_key
           AND coalesce(d.region_code, '')
               = CASE WHEN p.home_region = '' THEN coalesce(o.home_region, '') ELSE p.home_region END
          LEFT JOIN department_aliases AS n
            ON n.name_key = p.department_key
           AND coalesce(n.region_code, '')
               = CASE WHEN p.home_region = '' THEN coalesce(o.home_region, '') ELSE p.home_region END
        """
    )
    conn.execute("ANALYZE import_department_regions")


def _insert_departments(conn: Connection) -> int:
    """Insert the departments that changed statements name and the registry does not have; return their number."""
    _guess_types(conn)
    inserted = conn.execute(
        """
        WITH needed AS (
            SELECT h.target_key, h.home_region,
                   -- The name has to be that of the key: others are those of rows with its external id.
                   min(s.position) FILTER (WHERE s.department_key = h.target_key) AS position,
                   bool_or(s.statement ? 'department_type') AS is_stated,
                   -- min() only chooses the same one every time.
                   min(s.statement ->> 'department_url') AS website
              FROM import_statements AS s
              JOIN import_department_regions AS h USING (department_key, region, department_type)
             WHERE h.department_id IS NULL
             GROUP BY 1, 2
        ), voted AS (
            -- The type that most rows state; "other" says nothing against any.
            SELECT DISTINCT ON (target_key, home_region) target_key, home_region, department_type
              FROM (SELECT target_key, home_region, department_type, sum(rows) AS rows
                      FROM import_department_regions GROUP BY 1, 2, 3) AS v
             ORDER BY target_key, home_region, department_type = 'other', rows DESC, department_type
        )
        INSERT INTO departments (name, name_key, type, region_code, website, external_ids)
        SELECT s.statement ->> 'department', n.target_key,
               CASE WHEN n.is_stated THEN v.department_type ELSE coalesce(t.type, v.department_type) END,
               nullif(n.home_region, ''), n.website, coalesce(i.external_ids, '{}')
          FROM needed AS n
          JOIN voted AS v USING (target_key, home_region)
          LEFT JOIN import_types_by_name AS t ON t.department_key = n.target_key
          LEFT JOIN import_new_ids AS i ON i.name_key = n.target_key AND i.region = n.home_region
          JOIN import_statements AS s ON s.position = n.position
         ORDER BY n.position
        """
    )
    return inserted.rowcount


def _guess_types(conn: Connection) -> None:
    """Create table `import_types_by_name`: types of new departments that their names show ("… Police Department")."""
    names = [
        name
        for (name,) in conn.execute(
            """
            SELECT DISTINCT department_key
              FROM import_department_regions
             WHERE department_id IS NULL AND department_type = 'other'
            """
        )
    ]
    types = {name: slug for name in names if (slug := find_type(name))}
    conn.execute(
        """
        CREATE TEMP TABLE import_types_by_name ON COMMIT DROP AS
        SELECT * FROM unnest(%(names)s::text[], %(types)s::text[]) AS by_name (department_key, type)
        """,
        {"names": list(types), "types": list(types.values())},
    )


def _update_departments(conn: Connection) -> None:
    """Fill in what departments lack and changed statements know: the website, and a type other than "other"."""
    conn.execute(
        """
        UPDATE departments AS d
           SET website = coalesce(d.website, stated.website),
               type = CASE WHEN d.type = 'other' THEN stated.type ELSE d.type END
          FROM (SELECT coalesce(h.department_id, s.department_id) AS id,
                       min(s.statement ->> 'department_url') AS website,
                       coalesce(mode() WITHIN GROUP (ORDER BY s.department_type)
                                FILTER (WHERE s.department_type <> 'other'), 'other') AS type
                  FROM import_statements AS s
                  LEFT JOIN import_department_regions AS h USING (department_key, region, department_type)
                 WHERE coalesce(h.department_id, s.department_id) IS NOT NULL
                 GROUP BY 1) AS stated
         WHERE stated.id = d.id
           AND (d.website IS NULL AND stated.website IS NOT NULL OR d.type = 'other' AND stated.type <> 'other')
        """
    )
