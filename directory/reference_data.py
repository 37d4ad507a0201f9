"""The reference data that every registry begins with: sources of it, regions, platforms, department types."""

from typing import Final

from psycopg import Connection

from directory.database import revisions
from directory.departments.loading import merge_department_types, select_differing_department_types
from directory.departments.reference import DEPARTMENT_TYPES
from directory.platforms.loading import merge_platforms, select_differing_platforms
from directory.platforms.reference import PLATFORMS
from directory.regions.loading import merge_regions, select_differing_regions
from directory.regions.reference import regions
from directory.search.indexing import index_pending
from directory.search.queries import count_pending
from directory.sources.loading import merge_sources, select_differing_sources
from directory.sources.reference import SOURCES

ACTOR: Final = "directory"
REASON: Final = "reference data of this version of the program"


def is_current(conn: Connection) -> bool:
    """Whether there is nothing to load, which waits for no writer."""
    with conn.transaction():
        return not (
            count_pending(conn)
            or select_differing_department_types(conn, DEPARTMENT_TYPES)
            or select_differing_sources(conn, SOURCES)
            or select_differing_regions(conn, regions().values())
            or select_differing_platforms(conn, PLATFORMS.values())
        )


def sync_reference_data(conn: Connection) -> None:
    """Bring the reference tables up to what this program ships, in one revision; none if nothing differs."""
    with conn.transaction():
        revisions.lock_writes(conn)
        # Of a registry that an older program made.
        index_pending(conn)
        merge_department_types(conn, DEPARTMENT_TYPES)
        sources = select_differing_sources(conn, SOURCES)
        differing_regions = select_differing_regions(conn, regions().values())
        platforms = select_differing_platforms(conn, PLATFORMS.values())
        if not (sources or differing_regions or platforms):
            return
        revisions.begin_revision(conn, actor=ACTOR, reason=REASON)
        merge_sources(conn, sources)
        merge_regions(conn, differing_regions)
        merge_platforms(conn, platforms)
