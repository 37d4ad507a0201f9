"""Which department runs each account: one body a name and region, found or made.

Two bodies of one name are told apart by where they govern, and that is the region of their rows. Only the
members of a legislature sit for regions below that of their chamber: it governs what all of them lie in.
A row without a region means the only body of its name, where there is only one.
"""

from psycopg import Connection

from directory.departments.type_detection import find_type


def resolve_departments(conn: Connection) -> int:
    """Find the department of each changed statement as table `import_homes`; make those missing, give their number."""
    _place_departments(conn)
    made = _insert_departments(conn)
    _update_departments(conn)
    conn.execute(
        """
        UPDATE import_homes AS h SET department_id = d.id
          FROM departments AS d
         WHERE h.department_id IS NULL AND d.name_key = h.department_key AND coalesce(d.region_code, '') = h.home
        """
    )
    conn.execute("ANALYZE import_homes")
    return made


def _place_departments(conn: Connection) -> None:
    """Find where each name governs: table `import_homes`, with the department that is there already."""
    conn.execute(
        """
        CREATE TEMP TABLE import_homes ON COMMIT DROP AS
        WITH given AS (
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
            SELECT g.department_key, split_part(r.path, '/', 1) AS country, min(r.path) AS low, max(r.path) AS high
              FROM given AS g
              JOIN regions AS r ON r.code = g.region
             WHERE g.department_type = 'legislature'
             GROUP BY 1, 2
            HAVING bool_or(g.has_members)
        ), chamber AS (
            -- What the lowest and the highest path have in common, all between them have.
            SELECT s.department_key, string_agg(part.low || '/', '' ORDER BY part.place) AS path
              FROM span AS s, LATERAL (
                   SELECT low, place, bool_and(low = high) OVER (ORDER BY place) AS is_common
                     FROM unnest(string_to_array(rtrim(s.low, '/'), '/'), string_to_array(rtrim(s.high, '/'), '/'))
                          WITH ORDINALITY AS both_paths (low, high, place)) AS part
             WHERE part.is_common
             GROUP BY s.department_key, s.country
        ), seat AS (
            SELECT c.department_key, c.path, coalesce(d.region_code, split_part(c.path, '/', -2)) AS home
              FROM chamber AS c
              LEFT JOIN LATERAL (
                   SELECT region_code FROM departments AS d
                    WHERE d.name_key = c.department_key AND d.type = 'legislature'
                      AND starts_with(c.path, d.region_path)
                    ORDER BY length(d.region_path) DESC LIMIT 1) AS d ON true
        ), placed AS (
            SELECT g.*, coalesce(seat.home, g.region) AS home
              FROM given AS g
              LEFT JOIN regions AS r ON r.code = g.region
              LEFT JOIN seat ON g.department_type = 'legislature' AND seat.department_key = g.department_key
                            AND starts_with(r.path, seat.path)
        ), lone AS (
            SELECT department_key, min(home) AS home
              FROM (SELECT department_key, home FROM placed
                     WHERE home <> '' AND department_key IN (SELECT department_key FROM placed WHERE home = '')
                     UNION ALL
                    SELECT name_key, coalesce(region_code, '') FROM departments
                     WHERE name_key IN (SELECT department_key FROM placed WHERE home = '')) AS known
             GROUP BY department_key HAVING min(home) = max(home)
        )
        SELECT p.department_key, p.region, p.department_type, p.rows, d.id AS department_id,
               CASE WHEN p.home = '' THEN coalesce(lone.home, '') ELSE p.home END AS home
          FROM placed AS p
          LEFT JOIN lone ON lone.department_key = p.department_key AND p.home = ''
          LEFT JOIN departments AS d
            ON d.name_key = p.department_key
           AND coalesce(d.region_code, '') = CASE WHEN p.home = '' THEN coalesce(lone.home, '') ELSE p.home END
        """
    )
    conn.execute("ANALYZE import_homes")


def _insert_departments(conn: Connection) -> int:
    """Make the departments that changed statements name and the registry has not; return their number."""
    _tell_types(conn)
    made = conn.execute(
        """
        WITH needed AS (
            SELECT h.department_key, h.home, min(s.position) AS position,
                   bool_or(s.statement ? 'department_type') AS is_stated,
                   min(s.statement ->> 'department_url') AS website
              FROM import_statements AS s
              JOIN import_homes AS h USING (department_key, region, department_type)
             WHERE h.department_id IS NULL
             GROUP BY 1, 2
        ), voted AS (
            SELECT DISTINCT ON (department_key, home) department_key, home, department_type
              FROM (SELECT department_key, home, department_type, sum(rows) AS rows
                      FROM import_homes GROUP BY 1, 2, 3) AS v
             ORDER BY department_key, home, department_type = 'other', rows DESC, department_type
        )
        INSERT INTO departments (name, name_key, type, region_code, website)
        SELECT s.statement ->> 'department', n.department_key,
               CASE WHEN n.is_stated THEN v.department_type ELSE coalesce(t.type, v.department_type) END,
               nullif(n.home, ''), n.website
          FROM needed AS n
          JOIN voted AS v USING (department_key, home)
          LEFT JOIN import_told_types AS t USING (department_key)
          JOIN import_statements AS s ON s.position = n.position
         ORDER BY n.position
        """
    )
    return made.rowcount


def _tell_types(conn: Connection) -> None:
    """Tell the types of new departments by their names: table `import_told_types`."""
    names = [
        name
        for (name,) in conn.execute(
            "SELECT DISTINCT department_key FROM import_homes WHERE department_id IS NULL AND department_type = 'other'"
        )
    ]
    told = [(name, kind) for name in names if (kind := find_type(name))]
    conn.execute(
        """
        CREATE TEMP TABLE import_told_types ON COMMIT DROP AS
        SELECT * FROM unnest(%(names)s::text[], %(types)s::text[]) AS told (department_key, type)
        """,
        {"names": [name for name, _ in told], "types": [kind for _, kind in told]},
    )


def _update_departments(conn: Connection) -> None:
    """Fill in what departments lacked and changed statements know: the website, and a type other than "other"."""
    conn.execute(
        """
        UPDATE departments AS d
           SET website = coalesce(d.website, given.website),
               type = CASE WHEN d.type = 'other' THEN given.type ELSE d.type END
          FROM (SELECT coalesce(h.department_id, s.department_id) AS id,
                       min(s.statement ->> 'department_url') AS website,
                       coalesce(mode() WITHIN GROUP (ORDER BY s.department_type)
                                FILTER (WHERE s.department_type <> 'other'), 'other') AS type
                  FROM import_statements AS s
                  LEFT JOIN import_homes AS h USING (department_key, region, department_type)
                 WHERE coalesce(h.department_id, s.department_id) IS NOT NULL
                 GROUP BY 1) AS given
         WHERE given.id = d.id
           AND (d.website IS NULL AND given.website IS NOT NULL OR d.type = 'other' AND given.type <> 'other')
        """
    )
