"""SQL that writes regions from the reference data: new ones are inserted, differing ones updated."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from directory.regions.folding import keys_of
from directory.regions.reference import Region


def select_differing_regions(conn: Connection, regions: Iterable[Region]) -> list[Region]:
    """Return those of `regions` that are new, or differ in the database, in their order."""
    rows: list[tuple[Any, ...]] = conn.execute(
        """
        SELECT code, parent_code, level, name, name_local, aliases, source, other_names, established_on, dissolved_on,
               replaced_by, name_keys
          FROM regions
        """
    ).fetchall()
    stored = {}
    for *values, keys in rows:
        columns: Any = [tuple(value) if isinstance(value, list) else value for value in values]
        stored[values[0]] = (Region(*columns), keys)
    return [region for region in regions if stored.get(region.code) != (region, keys_of(region))]


def upsert_regions(conn: Connection, regions: Sequence[Region]) -> None:
    """Insert or update all of `regions`, parents first, in the open revision."""
    # Parents first: the trigger that writes the path of a region reads the path of its parent.
    conn.execute(
        """
        INSERT INTO regions (code, parent_code, level, name, name_local, aliases, source, other_names, established_on,
                             dissolved_on, replaced_by, name_keys)
        SELECT row ->> 'code', row ->> 'parent_code', row ->> 'level', row ->> 'name', row ->> 'name_local',
               ARRAY(SELECT jsonb_array_elements_text(row -> 'aliases')), row ->> 'source',
               ARRAY(SELECT jsonb_array_elements_text(row -> 'other_names')),
               (row ->> 'established_on')::date, (row ->> 'dissolved_on')::date,
               ARRAY(SELECT jsonb_array_elements_text(row -> 'replaced_by')),
               ARRAY(SELECT jsonb_array_elements_text(row -> 'name_keys'))
          FROM jsonb_array_elements(%(regions)s) WITH ORDINALITY AS item (row, position)
         ORDER BY position
        ON CONFLICT (code) DO UPDATE
           SET (parent_code, level, name, name_local, aliases, source, other_names, established_on, dissolved_on,
                replaced_by, name_keys)
             = (excluded.parent_code, excluded.level, excluded.name, excluded.name_local, excluded.aliases,
                excluded.source, excluded.other_names, excluded.established_on, excluded.dissolved_on,
                excluded.replaced_by, excluded.name_keys)
        """,
        {"regions": Jsonb([_row(region) for region in regions])},
    )


def _row(region: Region) -> dict[str, object]:
    return {
        "code": region.code,
        "parent_code": region.parent_code,
        "level": region.level,
        "name": region.name,
        "name_local": region.name_local,
        "aliases": region.aliases,
        "source": region.source,
        "other_names": region.other_names,
        "established_on": region.established_on.isoformat() if region.established_on else None,
        "dissolved_on": region.dissolved_on.isoformat() if region.dissolved_on else None,
        "replaced_by": region.replaced_by,
        "name_keys": keys_of(region),
    }
