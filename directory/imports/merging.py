"""Merges without rows: accounts that an operator knows to be one, and accounts whose statements an operator moved."""

from collections.abc import Sequence

from psycopg import Connection

from directory.imports.merge.accounts import compose_accounts, write_accounts
from directory.imports.merge.matching import match_rows, reject_contradictions
from directory.imports.merge.staging import create_staging
from directory.imports.merge.statements import select_changes
from directory.imports.options import ignore_progress
from directory.imports.pipeline import merge_rows
from directory.imports.report import Report


def merge_accounts(conn: Connection, duplicate_id: str, survivor_id: str, *, actor: str, reason: str) -> int:
    """Merge an account into another, as imports do, and return the revision.

    The caller owns the transaction and has the lock.
    """
    _stage_nothing(conn)
    report = Report()
    merge_rows(
        conn,
        report,
        actor=actor,
        reason=reason,
        origin="",
        sources=(),
        progress=ignore_progress,
        duplicates=[(duplicate_id, survivor_id)],
    )
    if report.revision is None:
        raise LookupError(duplicate_id)
    return report.revision


def recompose_accounts(conn: Connection, ids: Sequence[str]) -> None:
    """Write accounts as all statements about them say together, in the open revision."""
    _stage_nothing(conn)
    match_rows(conn)
    select_changes(conn)
    # As an import does where another source still lists an account.
    conn.execute(
        "INSERT INTO import_withdrawn (account_id, source, source_id) SELECT unnest(%s::text[]), '', ''", (list(ids),)
    )
    compose_accounts(conn)
    write_accounts(conn)


def _stage_nothing(conn: Connection) -> None:
    """Create the staging tables of an import without rows."""
    create_staging(conn)
    reject_contradictions(conn)
