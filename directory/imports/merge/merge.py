"""From staged rows to one revision of the registry, or to none if they say nothing new."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from psycopg import Connection

from directory.database import revisions
from directory.imports.errors import SyntheticMixed
from directory.imports.merge.accounts import compose_accounts, count_accounts, write_accounts
from directory.imports.merge.departments import resolve_departments
from directory.imports.merge.differences import Difference, select_differences
from directory.imports.merge.handles import TakenUp, select_taken_up, settle_inherited_handles
from directory.imports.merge.index_maintenance import deferred_indexes, plan_for_many
from directory.imports.merge.listings import adopt_listings
from directory.imports.merge.matching import count_merges, merge_accounts, resolve_identities
from directory.imports.merge.staging import count_rows, select_only_source, would_mix
from directory.imports.merge.statements import merge_observations, merge_statements, select_changes, select_new_sources
from directory.imports.merge.withdrawals import (
    Complete,
    Withdrawals,
    create_tables,
    find_dropped,
    judge,
    select_withdrawals,
    withdraw,
)
from directory.search.indexing import index_pending
from directory.sources.reference import SYNTHETIC
from directory.sources.upsert import Source, select_differing_sources, upsert_sources

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
    differences: list[Difference] = field(default_factory=list)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)


def merge_staged(  # noqa: PLR0913 - what an import is about
    conn: Connection,
    *,
    actor: str,
    reason: str,
    origin: str,
    sources: Sequence[Source],
    progress: Progress,
    titles: Mapping[str, str] = MappingProxyType({}),
    listed: int = 0,
    complete: Complete | None = None,
) -> Merged:
    """Merge what is staged, and `sources`, into the registry; the caller holds the transaction and the lock.

    `origin` names the files: where all rows are of one source, the revision says that, else these names. Of the
    accounts that change the first `listed` are told one by one. `titles` are those of sources that are not
    known yet, by id. `complete`: what its sources list no longer is withdrawn.

    Raises SyntheticMixed if real accounts and synthetic ones would come together, WithdrawalsRefused if more would be
    withdrawn than is allowed.
    """
    _refuse_mixture(conn)
    merge = _Merge(conn, actor, reason, origin, progress, listed)
    plan_for_many(conn, count_rows(conn))
    resolve_identities(conn)
    adopt_listings(conn)
    progress("merging", 1, _STEPS)
    touched = count_accounts(conn)
    merge.merge_duplicates()
    changed, observed = select_changes(conn)
    merge.find_withdrawals(complete)
    progress("merging", 2, _STEPS)
    merge.merge_sources(sources, titles)
    done = merge.done
    if changed or observed or done.merged or done.withdrawals.statements:
        merge.merge_accounts(changed)
    done.unchanged = max(touched + done.withdrawals.still_listed - done.created - done.updated, 0)
    progress("merging", _STEPS, _STEPS)
    return done


@dataclass(slots=True)
class _Merge:
    """A merge under way: each step begins the revision if it is the first that has something to write."""

    conn: Connection
    actor: str
    reason: str
    origin: str
    progress: Progress
    listed: int
    done: Merged = field(default_factory=Merged)

    def merge_duplicates(self) -> None:
        """Make one of accounts that the rows show to be the same."""
        self.done.merged = count_merges(self.conn)
        if self.done.merged:
            self._begin()
            merge_accounts(self.conn)

    def find_withdrawals(self, complete: Complete | None) -> None:
        """Find what a complete list lists no longer; raise WithdrawalsRefused if that is more than is allowed."""
        if complete is None:
            create_tables(self.conn)
            return
        find_dropped(self.conn, complete.defaults, complete.mentioned)
        self.done.withdrawals = select_withdrawals(self.conn)
        judge(self.done.withdrawals, complete.allowed)

    def merge_sources(self, given: Sequence[Source], titles: Mapping[str, str]) -> None:
        """Write the sources that are given and differ, and those that the rows name and nobody described."""
        differing = select_differing_sources(self.conn, given)
        known = {source.id for source in given}
        made = [
            Source(id=name, title=titles.get(name, name)) for name in select_new_sources(self.conn) if name not in known
        ]
        if differing or made:
            self._begin()
            upsert_sources(self.conn, [*differing, *made])
            self.done.sources = [source.id for source in made]

    def merge_accounts(self, changed: int) -> None:
        """Write what the rows say: departments, accounts (so many have changed), statements and observations."""
        conn, done = self.conn, self.done
        self._begin()
        withdraw(conn)
        done.departments = resolve_departments(conn)
        self.progress("merging", 3, _STEPS)
        compose_accounts(conn)
        self.progress("merging", 4, _STEPS)
        with deferred_indexes(conn, changed):
            done.taken_up = select_taken_up(conn)
            if self.listed:
                done.differences = select_differences(conn, self.listed)
            written = write_accounts(conn)
            if done.merged:
                settle_inherited_handles(conn)
            done.created, done.updated, done.renamed = written.created, written.updated, written.renamed
            self.progress("merging", 5, _STEPS)
            merge_statements(conn)
            merge_observations(conn)
            index_pending(conn, lambda indexed, of: self.progress("indexing", indexed, of))

    def _begin(self) -> None:
        if self.done.revision is None:
            source = select_only_source(self.conn) or self.origin
            self.done.revision = revisions.begin_revision(
                self.conn, actor=self.actor, reason=self.reason, source=source
            )


def _refuse_mixture(conn: Connection) -> None:
    """Raise SyntheticMixed if real accounts and synthetic ones would come together."""
    if would_mix(conn, SYNTHETIC):
        raise SyntheticMixed(
            "the registry or the rows hold synthetic accounts (source: synthetic), which are never mixed with real "
            "ones; use a registry of its own: set DIRECTORY_DATA_DIR to an empty folder, or DATABASE_URL to an empty "
            "database"
        )
