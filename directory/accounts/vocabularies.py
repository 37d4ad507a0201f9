"""The values of filters that a registry knows: its platforms, types of departments, sources and departments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from directory.departments.queries import select_known_departments, select_type_slugs
from directory.platforms.queries import select_spellings
from directory.sources.queries import select_source_ids

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.point_in_time import PointInTime
    from directory.database.revisions import State
    from directory.http.fields import Selection

# Cached as long as the revision stands: registries in use change a few times a minute at most.
_CACHED: Final = 16


def known_platforms(database: Database, _: Selection, _as_of: PointInTime | None) -> Mapping[str, str]:
    """Return the slugs of platforms by their folded spellings."""
    return _select_vocabulary(database, database.state, select_spellings)


def known_types(database: Database, _: Selection, _as_of: PointInTime | None) -> Mapping[str, str]:
    """Return the types of departments."""
    return _select_vocabulary(database, database.state, _select_types)


def known_sources(database: Database, _: Selection, _as_of: PointInTime | None) -> Mapping[str, str]:
    """Return the ids of sources."""
    return _select_vocabulary(database, database.state, _select_sources)


def known_departments(database: Database, selection: Selection, as_of: PointInTime | None) -> Mapping[str, str]:
    """Return the ids of those departments of a selection that exist, merged ones with the id of their successor."""
    # Not cached: a registry may have as many departments as accounts, and a request names a few.
    with database.read() as conn:
        return select_known_departments(conn, [*selection.include, *selection.exclude], as_of)


def _select_types(conn: Connection) -> dict[str, str]:
    return {slug: slug for slug in select_type_slugs(conn)}


def _select_sources(conn: Connection) -> dict[str, str]:
    return {source_id: source_id for source_id in select_source_ids(conn)}


@lru_cache(maxsize=_CACHED)
def _select_vocabulary(
    database: Database, _revision: State, select: Callable[[Connection], Mapping[str, str]]
) -> Mapping[str, str]:
    with database.read() as conn:
        return select(conn)
