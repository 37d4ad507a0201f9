"""SQL that tells a running service whether there is anything to check; the service imports nothing else of proofs."""

from __future__ import annotations

from typing import Any

from psycopg import Connection


def has_work(conn: Connection[Any], *, only_requested: bool) -> bool:
    """Whether the time of a proof is up, or a check is due: one that was requested, or any."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM account_evidence
                        WHERE result = 'proved' AND ended_at IS NULL AND expires_at <= now())
            OR EXISTS (SELECT FROM proof_checks
                        WHERE due_at <= now() AND (requested_by IS NOT NULL OR NOT %s))
        """,
        (only_requested,),
    ).fetchone()
    return row == (True,)
