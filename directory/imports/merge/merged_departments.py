"""Departments that turn out to be one: what belongs to one of them becomes the other's, and a tombstone is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection

from directory.imports.merge.body_identity import Union


@dataclass(frozen=True, slots=True)
class MergedDepartment:
    """A department that was merged into another one, by an equal external id."""

    id: str
    name: str
    survivor_id: str
    survivor_name: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id}) into {self.survivor_name} ({self.survivor_id}), by {self.external_id}"


def merge_departments(conn: Connection, unions: Sequence[Union]) -> list[MergedDepartment]:
    """Move what belongs to departments that are others to these, and leave tombstones; return what was merged."""
    if not unions:
        return []
    conn.execute(
        """
        CREATE TEMP TABLE import_merged_departments ON COMMIT DROP AS
        SELECT d.id COLLATE "C" AS id, s.id COLLATE "C" AS survivor_id, m.external_id, d.name, s.name AS survivor_name,
               d.name_key, d.region_code, d.website, d.type, m.place
          FROM unnest(%(ids)s::text[], %(survivors)s::text[], %(external_ids)s::text[])
               WITH ORDINALITY AS m (id, survivor_id, external_id, place)
          JOIN departments AS d ON d.id = m.id
          JOIN departments AS s ON s.id = m.survivor_id
        """,
        {
            "ids": [each.other for each in unions],
            "survivors": [each.survivor for each in unions],
            "external_ids": [each.external_id for each in unions],
        },
    )
    _move_to_survivors(conn)
    conn.execute(
        """
        -- Former ids redirect to the department that is left in one step.
        UPDATE tombstones AS t SET successor_id = m.survivor_id
          FROM import_merged_departments AS m
         WHERE t.kind = 'department' AND t.successor_id = m.id
        """
    )
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, successor_id, revision)
        SELECT 'department', id, survivor_id, current_revision() FROM import_merged_departments
        """
    )
    conn.execute("DELETE FROM departments AS d USING import_merged_departments AS m WHERE d.id = m.id")
    conn.execute(
        """
        INSERT INTO department_aliases (name_key, region_code, department_id)
        SELECT name_key, region_code, survivor_id FROM import_merged_departments
        ON CONFLICT DO NOTHING
        """
    )
    rows = conn.execute(
        "SELECT id, name, survivor_id, survivor_name, external_id FROM import_merged_departments ORDER BY place"
    )
    return [MergedDepartment(*row) for row in rows]


def _move_to_survivors(conn: Connection) -> None:
    """Move accounts, statements, departments below and aliases, also those of the import itself."""
    conn.execute(
        """
        UPDATE departments AS d
           SET website = coalesce(d.website, m.website), type = CASE WHEN d.type = 'other' THEN m.type ELSE d.type END
          FROM (SELECT survivor_id, min(website) AS website, coalesce(min(type) FILTER (WHERE type <> 'other'), 'other')
                       AS type
                  FROM import_merged_departments GROUP BY survivor_id) AS m
         WHERE d.id = m.survivor_id
           AND (d.website IS NULL AND m.website IS NOT NULL OR d.type = 'other' AND m.type <> 'other')
        """
    )
    conn.execute(
        """
        UPDATE departments AS d SET parent_id = nullif(m.survivor_id, d.id)
          FROM import_merged_departments AS m
         WHERE d.parent_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE accounts AS a SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE a.department_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE statements AS s SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE s.department_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE account_decisions AS d SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE d.department_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE department_aliases AS n SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE n.department_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE import_statements AS s SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE s.department_id = m.id
        """
    )
    conn.execute(
        """
        UPDATE import_department_regions AS h SET department_id = m.survivor_id
          FROM import_merged_departments AS m WHERE h.department_id = m.id
        """
    )
