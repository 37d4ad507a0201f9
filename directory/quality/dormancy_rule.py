"""The rule by which accounts are dormant, applied to all of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.quality.queries.statuses import (
    StatusChange,
    merge_activity,
    select_status_changes,
    update_statuses,
)

ACTOR: Final = "directory dormancy"


def apply_rule(conn: Connection[Any], *, day: dt.date, days: int, dry_run: bool = False) -> list[StatusChange]:
    """Set the status of accounts by their last posts, in one revision; return how many change, by old and new status.

    A silence counts only where somebody has looked since it passed the threshold.

    There is no revision where no status changes. Raises LockTimeoutError.
    """
    with conn.transaction(force_rollback=dry_run):
        advisory_locks.lock_writes(conn)
        merge_activity(conn, day, days)
        changes = select_status_changes(conn)
        if changes:
            reason = f"no post for more than {days} days, or one since, as of {day.isoformat()}"
            revisions.begin_revision(conn, actor=ACTOR, reason=reason)
            # Names stay, so nothing is queued for the search index, whose ranks triggers update.
            update_statuses(conn)
    return changes
