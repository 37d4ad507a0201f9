"""Writing regions: what is new is added, what differs is changed, what is the same is left alone."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from psycopg import Connection
from psycopg.types.json import Jsonb

from directory.regions.reference import Region


def select_differing_regions(conn: Connection, regions: Iterable[Region]) -> list[Region]:
    """Give those of `regions` that the registry has not, or has otherwise, in the order given."""
    rows = conn.execute("SELECT code, parent_code, level, name, name_local, aliases, source FROM regions")
    kept = {
        code: Region(code, parent, level, name, local, tuple(aliases), source)
        for code, parent, level, name, local, aliases, source in rows
    }
    return [region for region in regions if kept.get(region.code) != region]


def merge_regions(conn: Connection, regions: Sequence[Region]) -> None:
    """Write all of `regions`, parents first, in the revision that the transaction has begun."""
    # In the order given: the trigger that writes a region's path reads its parent's.
    conn.execute(
        """
        INSERT INTO regions (code, parent_code, level, name, name_local, aliases, source)
        SELECT row ->> 'code', row ->> 'parent_code', row ->> 'level', row ->> 'name', row ->> 'name_local',
               ARRAY(SELECT jsonb_array_elements_text(row -> 'aliases')), row ->> 'source'
          FROM jsonb_array_elements(%(regions)s) WITH ORDINALITY AS given (row, position)
         ORDER BY position
        ON CONFLICT (code) DO UPDATE
           SET (parent_code, level, name, name_local, aliases, source)
             = (excluded.parent_code, excluded.level, excluded.name,
                excluded.name_local, excluded.aliases, excluded.source)
        """,
        {"regions": Jsonb([asdict(region) for region in regions])},
    )
