"""SQL of the expected counts: the reference data as they are stored, compared and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from directory.departments.expected import KINDS, ExpectedCount, NamedBody


def select_expected_counts(conn: Connection[Any]) -> list[ExpectedCount]:
    """Return the stored expected counts, by region and kind."""
    rows = conn.execute(
        """
        SELECT region_code, kind, department_type, expected, counted_on, source, regions, bodies
          FROM expected_counts ORDER BY region_code, kind
        """
    )
    return [
        ExpectedCount(
            region_code=region_code,
            kind=kind,
            department_type=department_type,
            expected=expected,
            counted_on=counted_on,
            source=source,
            regions=tuple(regions),
            bodies=tuple(NamedBody(name=body["name"], keys=tuple(body["keys"])) for body in bodies),
        )
        for region_code, kind, department_type, expected, counted_on, source, regions, bodies in rows
    ]


def replace_expected_counts(conn: Connection[Any], counts: Sequence[ExpectedCount]) -> None:
    """Replace all expected counts; their regions and types must exist."""
    conn.execute("DELETE FROM expected_counts")
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO expected_counts
                   (region_code, kind, name, department_type, expected, counted_on, source, regions, bodies)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    count.region_code,
                    count.kind,
                    KINDS[count.kind],
                    count.department_type,
                    count.expected,
                    count.counted_on,
                    count.source,
                    list(count.regions),
                    Jsonb([{"name": body.name, "keys": body.keys} for body in count.bodies]),
                )
                for count in counts
            ],
        )
