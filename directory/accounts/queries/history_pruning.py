"""SQL of history pruning: eras of states that `as_of` no longer has to reach are retired, then dropped.

Versions stay: they are the history of records, and the changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection


def retire_eras(conn: Connection[Any], before: dt.datetime) -> int:
    """Retire the eras that ended before a time, and return how many: `as_of` no longer reaches them.

    Requests that began a moment ago still read their tables, so `drop_retired_eras` drops these only in the next run.
    """
    retired = conn.execute(
        """
        DELETE FROM account_eras AS e
         USING account_eras AS next, revisions AS r
         WHERE next.era = (SELECT min(era) FROM account_eras WHERE era > e.era)
           AND r.revision = next.first_revision AND r.at < %s
        """,
        (before,),
    ).rowcount
    if retired:
        _delete_older_states(conn)
    return retired


def _delete_older_states(conn: Connection[Any]) -> None:
    """Delete states that ended before the first revision of the oldest era."""
    conn.execute(
        """
        DELETE FROM account_count_checkpoints AS c
         USING account_count_checkpoints AS next
         WHERE next.checkpoint = (SELECT min(checkpoint) FROM account_count_checkpoints
                                   WHERE checkpoint > c.checkpoint)
           AND next.checkpoint <= (SELECT min(first_revision) FROM account_eras)
        """
    )
    conn.execute(
        """
        DELETE FROM account_count_deltas WHERE checkpoint < (SELECT min(checkpoint) FROM account_count_checkpoints)
        """
    )
    conn.execute(
        """
        DELETE FROM account_tally_deltas WHERE checkpoint < (SELECT min(checkpoint) FROM account_count_checkpoints)
        """
    )
    for table in (
        "account_follower_states",
        "handle_states",
        "department_identifiers",
        "search_states",
        "tombstone_successors",
        "quarantine_exemption_accounts",
    ):
        conn.execute(
            sql.SQL("DELETE FROM {} WHERE to_revision <= (SELECT min(first_revision) FROM account_eras)").format(
                sql.Identifier(table)
            )
        )


def drop_retired_eras(conn: Connection[Any]) -> int:
    """Drop the tables of retired eras, and return how many."""
    # Each era is a table of its own: to drop it frees the disk at once, where DELETE would leave dead rows to VACUUM.
    names = conn.execute(
        """
        SELECT c.relname
          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'account_states'::regclass
           AND c.relname <> ALL (SELECT 'account_states_' || era FROM account_eras)
         ORDER BY c.relname
        """
    ).fetchall()
    for (name,) in names:
        conn.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    return len(names)
