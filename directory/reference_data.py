"""The reference data that every registry begins with: sources, regions, platforms, department types, counts."""

from typing import Final

from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.departments.expected import expected_counts
from directory.departments.expected_queries import replace_expected_counts, select_expected_counts
from directory.departments.reference import DEPARTMENT_TYPES
from directory.departments.upsert import upsert_department_types
from directory.platforms.reference import PLATFORMS
from directory.platforms.upsert import select_differing_platforms, upsert_platforms
from directory.regions.reference import regions
from directory.regions.upsert import select_differing_regions, upsert_regions
from directory.search.indexing import index_pending
from directory.sources.reference import SOURCES
from directory.sources.upsert import select_differing_sources, upsert_sources

ACTOR: Final = "directory"
REASON: Final = "reference data of this version of the program"


def sync_reference_data(conn: Connection) -> None:
    """Bring the reference tables up to what this program ships, in one revision; none if nothing differs."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        # Of a registry that an older program made.
        index_pending(conn)
        upsert_department_types(conn, DEPARTMENT_TYPES)
        sources = select_differing_sources(conn, SOURCES)
        differing_regions = select_differing_regions(conn, regions().values())
        platforms = select_differing_platforms(conn, PLATFORMS.values())
        expected = expected_counts(regions())
        is_expected = select_expected_counts(conn) == expected
        if is_expected and not (sources or differing_regions or platforms):
            return
        revisions.begin_revision(conn, actor=ACTOR, reason=REASON)
        upsert_sources(conn, sources)
        upsert_regions(conn, differing_regions)
        upsert_platforms(conn, platforms)
        if not is_expected:
            # In a revision, although no record changes: responses are cached by it.
            replace_expected_counts(conn, expected)
