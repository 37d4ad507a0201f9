"""Writing the types of department."""

from collections.abc import Sequence

from psycopg import Connection

from directory.departments.reference import DepartmentType


def select_differing_department_types(conn: Connection, types: Sequence[DepartmentType]) -> list[DepartmentType]:
    """Return those of `types` that the registry has not, has otherwise, or in another place."""
    rows = conn.execute("SELECT slug, name, name_zh, cofog, position FROM department_types")
    kept = {slug: values for slug, *values in rows}
    return [
        kind
        for position, kind in enumerate(types, start=1)
        if kept.get(kind.slug) != [kind.name, kind.name_zh, kind.cofog, position]
    ]


def merge_department_types(conn: Connection, types: Sequence[DepartmentType]) -> None:
    """Write those of `types` that the registry has not, or has otherwise; their order is their position."""
    # From the last one: its position is free for the one before it when a new type moves all behind it.
    conn.execute(
        """
        INSERT INTO department_types AS kept (slug, name, name_zh, cofog, position)
        SELECT slug, name, name_zh, cofog, position
          FROM unnest(%(slugs)s::text[], %(names)s::text[], %(names_zh)s::text[], %(cofogs)s::text[])
               WITH ORDINALITY AS given (slug, name, name_zh, cofog, position)
         ORDER BY position DESC
        ON CONFLICT (slug) DO UPDATE
           SET (name, name_zh, cofog, position)
             = (excluded.name, excluded.name_zh, excluded.cofog, excluded.position)
         WHERE (kept.name, kept.name_zh, kept.cofog, kept.position)
               <> (excluded.name, excluded.name_zh, excluded.cofog, excluded.position)
        """,
        {
            "slugs": [kind.slug for kind in types],
            "names": [kind.name for kind in types],
            "names_zh": [kind.name_zh for kind in types],
            "cofogs": [kind.cofog for kind in types],
        },
    )
