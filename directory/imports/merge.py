"""From staged rows to one revision of the registry, or to none if they say nothing new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from psycopg import Connection

from directory import revisions
from directory.imports.accounts import compose_accounts, count_accounts, write_accounts
from directory.imports.bulk import deferred_indexes, plan_for_many
from directory.imports.departments import resolve_departments
from directory.imports.faults import SyntheticMixed
from directory.imports.handles import TakenUp, select_taken_up, settle_inherited_handles
from directory.imports.identity import count_merges, merge_accounts, resolve_identities
from directory.imports.staging import count_rows, select_only_source, would_mix
from directory.imports.statements import merge_observations, merge_statements, select_changes, select_new_sources
from directory.search.indexing import index_pending
from directory.sources.loading import Source, merge_sources, select_differing_sources
from directory.sources.reference import SYNTHETIC

# Called with a phase, how much of it is done, and how much there is.
Progress: TypeAlias = Callable[[str, int, int], None]

_STEPS = 6


@dataclass(slots=True)
class Merged:
    """What a merge changed; `revision` is None if that is nothing."""

    revision: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    renamed: int = 0
    departments: int = 0
    sources: list[str] = field(default_factory=list)
    taken_up: list[TakenUp] = field(default_factory=list)


def merge_staged(
    conn: Connection, *, actor: str, reason: str, origin: str, sources: Sequence[Source], progress: Progress
) -> Merged:
    """Merge what is staged, and `sources`, into the registry; the caller holds the transaction and the lock.

    `origin` names the files: where all rows are of one source, the revision says that, else these names.

    Raises SyntheticMixed if real accounts and synthetic ones would come together.
    """
    _refuse_mixture(conn)
    done = Merged()

    def begin() -> None:
        if done.revision is None:
            source = select_only_source(conn) or origin
            done.revision = revisions.begin(conn, actor=actor, reason=reason, source=source)

    plan_for_many(conn, count_rows(conn))
    resolve_identities(conn)
    progress("merging", 1, _STEPS)
    touched = count_accounts(conn)
    done.merged = count_merges(conn)
    if done.merged:
        begin()
        merge_accounts(conn)
    changed, observed = select_changes(conn)
    progress("merging", 2, _STEPS)
    differing = select_differing_sources(conn, sources)
    known = {source.id for source in sources}
    made = [Source(id=name, title=name) for name in select_new_sources(conn) if name not in known]
    if differing or made:
        begin()
        merge_sources(conn, [*differing, *made])
        done.sources = [source.id for source in made]
    if changed or observed or done.merged:
        begin()
        done.departments = resolve_departments(conn)
        progress("merging", 3, _STEPS)
        compose_accounts(conn)
        progress("merging", 4, _STEPS)
        with deferred_indexes(conn, changed):
            done.taken_up = select_taken_up(conn)
            written = write_accounts(conn)
            if done.merged:
                settle_inherited_handles(conn)
            done.created, done.updated, done.renamed = written.created, written.updated, written.renamed
            progress("merging", 5, _STEPS)
            merge_statements(conn)
            merge_observations(conn)
            index_pending(conn, lambda done, of: progress("indexing", done, of))
    done.unchanged = max(touched - done.created - done.updated, 0)
    progress("merging", _STEPS, _STEPS)
    return done


def _refuse_mixture(conn: Connection) -> None:
    """Raise SyntheticMixed if real accounts and synthetic ones would come together."""
    if would_mix(conn, SYNTHETIC):
        raise SyntheticMixed(
            "the registry or the rows hold synthetic accounts (source: synthetic), which are never mixed with real "
            "ones; use a registry of its own: set DIRECTORY_DATA_DIR to an empty folder, or DATABASE_URL to an empty "
            "database"
        )
