"""SQL of probes: which accounts are due, and what their results change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from directory.probe.results import BLUESKY_DOMAIN, BLUESKY_VERIFIER, MASTODON_LINK, Account, Result

# An account that was not found is closed if it is not found so much later, either.
CONFIRMED_AFTER: Final = "1 day"
_METHODS: Final = [f"{method}:%" for method in (BLUESKY_DOMAIN, BLUESKY_VERIFIER, MASTODON_LINK)]


class StatusChange(NamedTuple):
    """An account whose status or verification follows from its probe and is another one in the registry."""

    account_id: str
    url: str | None
    status_before: str
    status: str
    verification_before: str
    verification: str


def select_due(conn: Connection[Any], platform: str, *, before: datetime, limit: int) -> list[Account]:
    """Return accounts of a platform that were not asked for since `before`: never asked ones first, then the oldest."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(
            """
            SELECT a.id, a.platform, a.handle, a.platform_user_id, a.url, d.website,
                   CASE WHEN p.handle_key = a.handle_key THEN p.evidence ->> 'user_id' END AS seen_id
              FROM accounts AS a
              LEFT JOIN account_probes AS p ON p.account_id = a.id
              LEFT JOIN departments AS d ON d.id = a.department_id
             WHERE a.platform = %(platform)s AND (p.asked_at IS NULL OR p.asked_at < %(before)s)
             ORDER BY p.asked_at NULLS FIRST, a.id LIMIT %(limit)s
            """,
            {"platform": platform, "before": before, "limit": limit},
        ).fetchall()


def select_accounts(conn: Connection[Any], ids: Sequence[str]) -> list[Account]:
    """Return the accounts with these ids, in the order of the ids."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(
            """
            SELECT a.id, a.platform, a.handle, a.platform_user_id, a.url, d.website,
                   CASE WHEN p.handle_key = a.handle_key THEN p.evidence ->> 'user_id' END AS seen_id
              FROM accounts AS a
              LEFT JOIN account_probes AS p ON p.account_id = a.id
              LEFT JOIN departments AS d ON d.id = a.department_id
             WHERE a.id = ANY (%s) ORDER BY a.id
            """,
            (list(ids),),
        ).fetchall()


def stage_results(conn: Connection[Any], results: Sequence[Result]) -> list[str]:
    """Create `probe_results`, and return the accounts in it: those that are still what was asked for."""
    conn.execute(
        """
        CREATE TEMP TABLE probe_results (
            account_id text COLLATE "C" PRIMARY KEY, handle text, platform_user_id text, asked_at timestamptz NOT NULL,
            method text COLLATE "C" NOT NULL, outcome text COLLATE "C" NOT NULL, is_answer boolean NOT NULL,
            evidence jsonb NOT NULL, last_post_at timestamptz, verification_method text, verified_at timestamptz
        ) ON COMMIT DROP
        """
    )
    with conn.cursor() as cursor, cursor.copy("COPY probe_results FROM STDIN") as copy:
        for result in results:
            proof = result.verification
            copy.write_row(
                (
                    result.account.id,
                    result.account.handle,
                    result.account.platform_user_id,
                    result.asked_at,
                    result.method,
                    result.outcome,
                    result.is_answer,
                    Jsonb(result.evidence),
                    result.last_post_at,
                    str(proof) if proof else None,
                    proof.at if proof else None,
                )
            )
    # An import may have renamed or merged them while they were asked for.
    conn.execute(
        """
        DELETE FROM probe_results AS r
         WHERE NOT EXISTS (SELECT FROM accounts AS a
                            WHERE a.id = r.account_id AND a.handle IS NOT DISTINCT FROM r.handle
                              AND a.platform_user_id IS NOT DISTINCT FROM r.platform_user_id)
        """
    )
    return [account_id for (account_id,) in conn.execute("SELECT account_id FROM probe_results ORDER BY account_id")]


def merge_probes(conn: Connection[Any], dormant_days: int) -> None:
    """Write the staged results to `account_probes`, with the end that follows from each, and to `account_activity`.

    Only an answer changes the status. An account that is not found, or whose handle another one has, is closed after
    `CONFIRMED_AFTER`; a silence counts in days, as some platforms show no more of the last post.
    """
    conn.execute(
        """
        INSERT INTO account_probes AS p
               (account_id, handle_key, asked_at, method, outcome, evidence, answered_at, gone_since, status)
        SELECT r.account_id, a.handle_key, r.asked_at, r.method, r.outcome,
               -- The last answer stays known while none comes.
               CASE WHEN r.is_answer OR o.answered_at IS NULL THEN r.evidence
                    ELSE o.evidence || jsonb_build_object('failure', r.evidence) END,
               CASE WHEN r.is_answer THEN r.asked_at ELSE o.answered_at END,
               CASE WHEN r.outcome IN ('gone', 'reassigned') THEN coalesce(o.gone_since, r.asked_at)
                    WHEN NOT r.is_answer THEN o.gone_since END,
               CASE WHEN NOT r.is_answer THEN o.status
                    WHEN r.outcome = 'suspended' THEN 'suspended'
                    WHEN r.outcome = 'moved' THEN 'closed'
                    -- A handle that another account has is a stranger's: nobody must vouch for it.
                    WHEN r.outcome IN ('gone', 'reassigned')
                    THEN CASE WHEN o.gone_since <= r.asked_at - %(confirmed)s::interval THEN 'closed' ELSE o.status END
               END
          FROM probe_results AS r
          JOIN accounts AS a ON a.id = r.account_id
          LEFT JOIN account_probes AS o
            ON o.account_id = r.account_id AND o.handle_key IS NOT DISTINCT FROM a.handle_key
         ORDER BY r.account_id
        ON CONFLICT (account_id) DO UPDATE
           SET (handle_key, asked_at, method, outcome, evidence, answered_at, gone_since, status)
             = (excluded.handle_key, excluded.asked_at, excluded.method, excluded.outcome, excluded.evidence,
                excluded.answered_at, excluded.gone_since, excluded.status)
         -- A result of an interrupted run that another one has overtaken.
         WHERE p.asked_at <= excluded.asked_at
        """,
        {"confirmed": CONFIRMED_AFTER},
    )
    conn.execute(
        """
        INSERT INTO account_activity AS y (account_id, seen_at, status)
        SELECT account_id, CASE WHEN r.last_post_at IS NOT NULL THEN r.asked_at END, n.status
          FROM probe_results AS r
          JOIN account_probes AS p USING (account_id, asked_at)
          LEFT JOIN account_followers AS f USING (account_id)
         CROSS JOIN LATERAL (
               SELECT activity_status(greatest(r.last_post_at, f.last_post_at),
                                      (r.asked_at AT TIME ZONE 'UTC')::date, %(days)s) AS status) AS n
         -- A last post that was known before says nothing of the time since, where the answer shows none.
         WHERE r.outcome IN ('present', 'renamed') AND (n.status = 'active' OR r.last_post_at IS NOT NULL)
         ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE
           SET (seen_at, status) = (greatest(y.seen_at, excluded.seen_at), excluded.status)
        """,
        {"days": dormant_days},
    )


def select_status_changes(conn: Connection[Any]) -> list[StatusChange]:
    """Create `probe_targets`, the accounts whose status or verification is to change, and return them.

    The rule by which accounts are dormant is `activity_status`; see `directory.quality.dormancy_rule`.
    """
    conn.execute(
        """
        CREATE TEMP TABLE probe_targets ON COMMIT DROP AS
        WITH judged AS (
            SELECT a.id, a.status AS old_status, a.verification AS old_verification,
                   a.verification_method AS old_method, a.verification_checked_at AS old_checked_at, a.sources,
                   decided_status(a.id, stated_status(a.id, a.status), coalesce(p.status, y.status)) AS status,
                   a.verification = 'platform' AND a.verification_method LIKE ANY (%(methods)s) AS is_ours,
                   -- No proof makes an account official again that its last source has dropped.
                   r.is_answer, CASE WHEN a.withdrawn_by IS NULL THEN r.verification_method END AS verification_method,
                   r.verified_at
              FROM probe_results AS r
              JOIN account_probes AS p USING (account_id)
              JOIN accounts AS a ON a.id = r.account_id
              LEFT JOIN account_activity AS y USING (account_id)
        ), decided AS (
            SELECT id, old_status, status, old_verification, old_method, old_checked_at,
                   CASE WHEN old_verification = 'registry' OR NOT is_answer THEN old_verification
                        WHEN verification_method IS NOT NULL THEN 'platform'
                        WHEN is_ours THEN CASE WHEN sources = '{}' THEN 'none' ELSE 'source' END
                        ELSE old_verification END AS verification,
                   CASE WHEN old_verification = 'registry' OR NOT is_answer THEN old_method
                        WHEN verification_method IS NOT NULL THEN verification_method
                        WHEN is_ours THEN NULL ELSE old_method END AS method,
                   CASE WHEN old_verification = 'registry' OR NOT is_answer THEN old_checked_at
                        -- The same proof keeps its time: a probe that finds nothing new is no change of the record.
                        WHEN verification_method IS NOT NULL
                        THEN CASE WHEN old_method = verification_method THEN old_checked_at ELSE verified_at END
                        WHEN is_ours THEN NULL ELSE old_checked_at END AS checked_at
              FROM judged
        )
        SELECT * FROM decided
         WHERE (old_status, old_verification, old_method, old_checked_at)
               IS DISTINCT FROM (status, verification, method, checked_at)
        """,
        {"methods": _METHODS},
    )
    with conn.cursor(row_factory=class_row(StatusChange)) as cursor:
        return cursor.execute(
            """
            SELECT t.id AS account_id, a.url, t.old_status AS status_before, t.status,
                   t.old_verification AS verification_before, t.verification
              FROM probe_targets AS t JOIN accounts AS a USING (id) ORDER BY t.id
            """
        ).fetchall()


def update_accounts(conn: Connection[Any]) -> None:
    """Write the status and the verification of `probe_targets`, in the open revision."""
    conn.execute(
        """
        UPDATE accounts AS a
           SET (status, verification, verification_method, verification_checked_at)
             = (t.status, t.verification, t.method, t.checked_at)
          FROM probe_targets AS t
         WHERE a.id = t.id
        """
    )


def update_probed_handle(conn: Connection[Any], account_id: str) -> None:
    """Keep what was found of an account that was renamed as the platform shows it: its immutable id is the same."""
    conn.execute(
        """
        UPDATE account_probes AS p SET handle_key = a.handle_key
          FROM accounts AS a WHERE a.id = p.account_id AND a.id = %s
        """,
        (account_id,),
    )


def count_new_observations(conn: Connection[Any]) -> int:
    """Return how many of the staged observations the series does not have, of accounts that exist."""
    row = conn.execute(
        """
        SELECT count(*)
          FROM observation_rows AS r
          JOIN account_followers AS f USING (account_id)
          -- For each row: joined, the view would unnest the packed months of all accounts.
          LEFT JOIN LATERAL (
               SELECT s.followers, s.posts, s.last_post_at FROM observation_series AS s
                WHERE (s.account_id, s.observed_at, s.source) = (r.account_id, r.observed_at, r.source)
                  AND s.month = date_trunc('month', r.observed_at AT TIME ZONE 'UTC')::date
                OFFSET 0) AS o ON true
         WHERE (o.followers, o.posts, o.last_post_at)
               IS DISTINCT FROM (coalesce(r.followers, o.followers), coalesce(r.posts, o.posts),
                                 coalesce(r.last_post_at, o.last_post_at))
        """
    ).fetchone()
    return int(row[0]) if row else 0
