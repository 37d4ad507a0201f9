"""Retention of snapshots: all of a week, then one a week for a quarter, then one a month; the rest is pruned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from psycopg import Connection

from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.publish.build import build_lock
from directory.snapshots.storage.interface import Storage

RETAIN_ALL: Final = dt.timedelta(days=7)
RETAIN_WEEKLY: Final = dt.timedelta(days=91)


def select_retained(snapshots: Iterable[tuple[int, dt.datetime]], now: dt.datetime) -> set[int]:
    """Return the revisions to retain of `snapshots`, pairs of revision and build time; always the latest revision.

    The first snapshot of an ISO 8601 week and of a month is retained, in UTC. Being the first does not depend on when
    this runs, so a later run never needs a snapshot that an earlier one removed. A build time in the future counts as
    now.
    """
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot[1], snapshot[0]))
    retained = {max(revision for revision, _ in ordered)} if ordered else set()
    weeks: set[tuple[int, int]] = set()
    months: set[tuple[int, int]] = set()
    for revision, built_at in ordered:
        age, day = now - built_at, built_at.astimezone(dt.UTC)
        # The year of an ISO week is not always that of its days.
        week, month = day.isocalendar()[:2], (day.year, day.month)
        if age < RETAIN_ALL or (age < RETAIN_WEEKLY and week not in weeks) or month not in months:
            retained.add(revision)
        weeks.add(week)
        months.add(month)
    return retained


def prune(url: str, storage: Storage) -> list[int]:
    """Remove the snapshots that are not retained and return their revisions; raise BuildError and StorageError."""
    with connect(url) as writer, build_lock(writer, storage):
        built = queries.select_build_times(writer)
        removed = sorted({revision for revision, _ in built} - select_retained(built, queries.select_now(writer)))
        _remove(writer, storage, removed)
    return removed


def drop(url: str, storage: Storage, revisions: Iterable[int]) -> list[int]:
    """Remove the snapshots of these revisions and return those that existed; raise BuildError and StorageError."""
    with connect(url) as writer, build_lock(writer, storage):
        removed = sorted({revision for revision, _ in queries.select_build_times(writer)} & set(revisions))
        _remove(writer, storage, removed)
    return removed


def _remove(writer: Connection[Any], storage: Storage, revisions: Iterable[int]) -> None:
    for revision in revisions:
        # First the rows, which readers see, then the files: a file is never listed and missing.
        queries.delete_snapshot(writer, revision)
        storage.delete(revision)
