"""What an import means for the life of handles: what successors inherit, and which released handles others take up."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A handle that an account takes up though another released it, when (with offset): it stays quarantined."""

    platform: str
    handle: str
    account_id: str
    is_new: bool
    released_by: str
    released_at: datetime

    def __str__(self) -> str:
        holder = "a new account" if self.is_new else f"account {self.account_id}"
        return (
            f"{self.platform} {self.handle}: {holder} takes up a handle that account {self.released_by} released on "
            f"{self.released_at:%Y-%m-%d}, so the handle stays quarantined and is not vouched for; "
            f"if it is rightly held, directory handle unquarantine {self.platform} '{self.handle}' --reason …"
        )


def inherit_handles(conn: Connection) -> None:
    """Move the handles and the quarantine exemptions of merged accounts to their successors."""
    conn.execute(
        """
        UPDATE handles AS h SET account_id = m.successor_id
          FROM import_merges AS m
         WHERE h.account_id = m.loser_id
        """
    )
    conn.execute(
        """
        UPDATE quarantine_exemptions AS c SET account_id = m.successor_id
          FROM import_merges AS m
         WHERE c.account_id = m.loser_id
        """
    )


def settle_inherited_handles(conn: Connection) -> None:
    """End what successors inherited and do not go on to hold, and make one life of the intervals that came together."""
    conn.execute(
        """
        UPDATE handles AS h SET (valid_to, released_in) = (r.at, r.revision)
          FROM import_merges AS m, accounts AS a, revisions AS r
         WHERE h.account_id = m.successor_id AND h.valid_to IS NULL AND a.id = m.successor_id
           AND h.handle_key IS DISTINCT FROM a.handle_key AND r.revision = current_revision()
        """
    )
    conn.execute("SELECT coalesce_handle_intervals(ARRAY(SELECT DISTINCT successor_id FROM import_merges))")


def select_taken_up(conn: Connection) -> list[TakenUp]:
    """Give the handles that accounts of `import_desired` are about to take up from quarantine, by position."""
    with conn.cursor(row_factory=class_row(TakenUp)) as cursor:
        return cursor.execute(
            """
            SELECT DISTINCT ON (d.position, d.id) d.platform, d.handle, d.id AS account_id, d.is_new,
                   q.released_by, q.released_at
              FROM import_desired AS d
              JOIN handle_quarantines AS q ON (q.platform, q.handle_key) = (d.platform, d.handle_key)
              LEFT JOIN accounts AS a ON a.id = d.id
             WHERE d.handle_key IS DISTINCT FROM a.handle_key
               AND q.released_by <> d.id AND d.id <> ALL (q.exempt_accounts)
             ORDER BY d.position, d.id, q.released_at DESC
            """
        ).fetchall()
