"""SQL that writes the types of department from the reference data."""

from collections.abc import Sequence

from psycopg import Connection

from directory.departments.reference import DepartmentType


def select_differing_department_types(conn: Connection, types: Sequence[DepartmentType]) -> list[DepartmentType]:
    """Return those of `types` that are new, or differ in the database by a value or by position."""
    rows = conn.execute("SELECT slug, name, name_zh, cofog, position FROM department_types")
    # Compared before anything is written: a start that changes nothing begins no revision.
    stored = {slug: values for slug, *values in rows}
    return [
        kind
        for position, kind in enumerate(types, start=1)
        if stored.get(kind.slug) != [kind.name, kind.name_zh, kind.cofog, position]
    ]


def upsert_department_types(conn: Connection, types: Sequence[DepartmentType]) -> None:
    """Insert or update `types`; their order is their position."""
    # Last position first: `position` is unique, and a new type moves all behind it one further.
    conn.execute(
        """
        INSERT INTO department_types AS stored (slug, name, name_zh, cofog, position)
        SELECT slug, name, name_zh, cofog, position
          FROM unnest(%(slugs)s::text[], %(names)s::text[], %(names_zh)s::text[], %(cofogs)s::text[])
               WITH ORDINALITY AS row (slug, name, name_zh, cofog, position)
         ORDER BY position DESC
        ON CONFLICT (slug) DO UPDATE
           SET (name, name_zh, cofog, position)
             = (excluded.name, excluded.name_zh, excluded.cofog, excluded.position)
         WHERE (stored.name, stored.name_zh, stored.cofog, stored.position)
               <> (excluded.name, excluded.name_zh, excluded.cofog, excluded.position)
        """,
        {
            "slugs": [kind.slug for kind in types],
            "names": [kind.name for kind in types],
            "names_zh": [kind.name_zh for kind in types],
            "cofogs": [kind.cofog for kind in types],
        },
    )
