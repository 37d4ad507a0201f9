"""Which snapshots are kept: all of a week, then one a week for a quarter, and one a month for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

ALL: Final = dt.timedelta(days=7)
WEEKLY: Final = dt.timedelta(days=91)


def kept(snapshots: Iterable[tuple[int, dt.datetime]], now: dt.datetime) -> set[int]:
    """Give the revisions to keep of snapshots, each with its time of building; the latest revision is always one.

    Of a week (ISO 8601) and of a month the first stays, in UTC. So what is dropped today would have been dropped
    whenever it was asked, and nothing that a later day keeps is gone before. A time to come counts as now.
    """
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot[1], snapshot[0]))
    keep = {max(revision for revision, _ in ordered)} if ordered else set()
    weeks: set[tuple[int, int]] = set()
    months: set[tuple[int, int]] = set()
    for revision, built_at in ordered:
        age, day = now - built_at, built_at.astimezone(dt.UTC)
        week, month = day.isocalendar()[:2], (day.year, day.month)
        if age < ALL or (age < WEEKLY and week not in weeks) or month not in months:
            keep.add(revision)
        weeks.add(week)
        months.add(month)
    return keep
