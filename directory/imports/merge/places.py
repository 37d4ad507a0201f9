"""Places: an import with a narrowed token writes only to its regions and departments, with all below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from directory.imports.errors import ImportFailed

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Places:
    """Codes of regions and ids of departments; an import may write to what is in both. An empty tuple is no limit."""

    regions: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    @property
    def are_all(self) -> bool:
        """Whether there is no limit."""
        return not (self.regions or self.departments)


ALL: Final = Places()


class OutsidePlaces(ImportFailed):
    """The import would write to a record outside of its places, as none of its rows shows."""


def stage_places(conn: Connection, places: Places) -> None:
    """Create tables `import_regions` and `import_departments` of all that an import may write to."""
    conn.execute("DROP TABLE IF EXISTS pg_temp.import_regions, pg_temp.import_departments")
    conn.execute(
        """
        CREATE TEMP TABLE import_regions ON COMMIT DROP AS
        SELECT r.code
          FROM regions AS r
         WHERE %(is_free)s OR EXISTS (SELECT FROM regions AS o
                                       WHERE (o.code = ANY(%(regions)s) OR o.aliases && %(regions)s::text[])
                                         AND starts_with(r.path, o.path))
        """,
        {"is_free": not places.regions, "regions": list(places.regions)},
    )
    conn.execute(
        """
        CREATE TEMP TABLE import_departments ON COMMIT DROP AS
        WITH RECURSIVE own AS (
            SELECT d.id
              FROM departments AS d
             WHERE %(is_free)s OR d.id IN (
                   SELECT coalesce(t.successor_id, stated.id)
                     FROM unnest(%(departments)s::text[]) AS stated (id)
                     LEFT JOIN tombstones AS t ON t.kind = 'department' AND t.id = stated.id)
             UNION
            SELECT d.id FROM own AS o JOIN departments AS d ON d.parent_id = o.id
        )
        SELECT id FROM own
        """,
        {"is_free": not places.departments, "departments": list(places.departments)},
    )


def reject_rows_outside(conn: Connection, places: Places) -> int:
    """Move rows about records outside of the places out of staging; return how many.

    A row is inside if the account that it is about is, where there is one, and the region and the department that it
    states are. What a new account does not state is outside.
    """
    if places.are_all:
        return 0
    stage_places(conn, places)
    return conn.execute(
        """
        WITH about AS MATERIALIZED (
            SELECT r.position, r.region, r.department_key, a.id AS account_id, a.region_code, a.department_id
              FROM import_rows AS r
              LEFT JOIN accounts AS a ON a.id = r.settled_id
                   OR a.platform = r.platform AND (a.handle_key = nullif(r.handle_key, '')
                                                   OR a.platform_user_id = nullif(r.user_id, ''))
        ), judged AS (
            SELECT b.position,
                   CASE WHEN %(is_region)s AND b.account_id IS NOT NULL
                             AND NOT EXISTS (SELECT FROM import_regions AS p WHERE p.code = b.region_code)
                        THEN 'the account ' || b.account_id
                        WHEN %(is_region)s AND (b.region <> '' OR b.account_id IS NULL)
                             AND NOT EXISTS (SELECT FROM import_regions AS p WHERE p.code = b.region)
                        THEN coalesce('the region ' || nullif(b.region, ''), 'no region')
                        WHEN %(is_department)s AND b.account_id IS NOT NULL
                             AND NOT EXISTS (SELECT FROM import_departments AS p WHERE p.id = b.department_id)
                        THEN 'the account ' || b.account_id
                        WHEN %(is_department)s AND (b.department_key <> '' OR b.account_id IS NULL)
                             AND NOT EXISTS (SELECT FROM departments AS d JOIN import_departments AS p USING (id)
                                              WHERE d.name_key = b.department_key
                                                AND (b.region = '' OR d.region_code = b.region))
                        THEN 'another department, or none'
                   END AS outside
              FROM about AS b
        ), refused AS (
            SELECT position, min(outside) AS outside FROM judged WHERE outside IS NOT NULL GROUP BY position
        ), taken AS (
            DELETE FROM import_rows AS r USING refused AS o WHERE o.position = r.position
            RETURNING r.position, o.outside
        )
        INSERT INTO import_rejections (position, code, other)
        SELECT position, 'outside-places', outside FROM taken
        """,
        {"is_region": bool(places.regions), "is_department": bool(places.departments)},
    ).rowcount


def refuse_matches_outside(conn: Connection, places: Places) -> None:
    """Raise OutsidePlaces if a row is about an account outside by more than its identity, such as a former handle."""
    if places.are_all:
        return
    row = conn.execute(
        """
        SELECT a.id
          FROM import_matches AS m
          JOIN accounts AS a ON a.id = m.account_id
         WHERE %(is_region)s AND NOT EXISTS (SELECT FROM import_regions AS p WHERE p.code = a.region_code)
            OR %(is_department)s AND NOT EXISTS (SELECT FROM import_departments AS p WHERE p.id = a.department_id)
         LIMIT 1
        """,
        {"is_region": bool(places.regions), "is_department": bool(places.departments)},
    ).fetchone()
    if row is not None:
        raise OutsidePlaces(_explain("account", row[0]))


def refuse_writes_outside(conn: Connection, places: Places, revision: int | None) -> None:
    """Raise OutsidePlaces if a revision wrote a record that no row names, such as one that was merged or withdrawn."""
    if places.are_all or revision is None:
        return
    row = conn.execute(
        """
        SELECT kind, id
          FROM (SELECT 'account' AS kind, a.id
                  FROM accounts AS a
                 WHERE a.revision = %(revision)s
                   AND (%(is_region)s AND NOT EXISTS (SELECT FROM import_regions AS p WHERE p.code = a.region_code)
                        OR %(is_department)s
                           AND NOT EXISTS (SELECT FROM import_departments AS p WHERE p.id = a.department_id))
                 UNION ALL
                SELECT 'department', d.id
                  FROM departments AS d
                 WHERE d.revision = %(revision)s
                   AND (%(is_region)s AND NOT EXISTS (SELECT FROM import_regions AS p WHERE p.code = d.region_code)
                        OR %(is_department)s AND NOT EXISTS (SELECT FROM import_departments AS p WHERE p.id = d.id))
                 UNION ALL
                -- Of a record that is gone nothing tells where it was.
                SELECT t.kind, t.id FROM tombstones AS t WHERE t.revision = %(revision)s) AS written
         LIMIT 1
        """,
        {
            "revision": revision,
            "is_region": bool(places.regions),
            "is_department": bool(places.departments),
        },
    ).fetchone()
    if row is not None:
        raise OutsidePlaces(_explain(*row))


def _explain(kind: str, record: str) -> str:
    return (
        f"the {kind} {record} would be written or merged, which is outside of the regions and departments of the "
        "token: nothing was written. Somebody with a token for it has to import the file"
    )
