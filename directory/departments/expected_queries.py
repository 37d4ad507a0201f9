"""SQL of the expected counts: those of the program as they are stored, compared and written, and the operator's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from directory.departments.expected import ExpectedCount, NamedBody


def select_expected_counts(conn: Connection[Any]) -> list[ExpectedCount]:
    """Return the stored counts of the program, by region and kind."""
    rows = conn.execute(
        """
        SELECT region_code, kind, name, department_type, expected, counted_on, source, regions, bodies
          FROM expected_counts WHERE NOT is_own ORDER BY region_code, kind
        """
    )
    return [
        ExpectedCount(
            region_code=region_code,
            kind=kind,
            name=name,
            department_type=department_type,
            expected=expected,
            counted_on=counted_on,
            source=source,
            regions=tuple(regions),
            bodies=tuple(NamedBody(name=body["name"], keys=tuple(body["keys"])) for body in bodies),
        )
        for region_code, kind, name, department_type, expected, counted_on, source, regions, bodies in rows
    ]


def replace_expected_counts(conn: Connection[Any], counts: Sequence[ExpectedCount], *, is_own: bool = False) -> None:
    """Replace all counts of the program, or the operator's own; their regions and types must exist."""
    conn.execute("DELETE FROM expected_counts WHERE is_own = %s", (is_own,))
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO expected_counts
                   (region_code, kind, name, department_type, expected, counted_on, source, regions, bodies, is_own)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    count.region_code,
                    count.kind,
                    count.name,
                    count.department_type,
                    count.expected,
                    count.counted_on,
                    count.source,
                    list(count.regions),
                    Jsonb([{"name": body.name, "keys": body.keys} for body in count.bodies]),
                    is_own,
                )
                for count in counts
            ],
        )
