"""Erasure: what the registry stores of a deleted account no longer identifies it.

Its versions stay, so that counts, filters and changes of earlier revisions still hold, but only with fields that do not
identify it: platform, department, region, subject, status, verification, sources, language. Handles are nothing but
names, so of theirs only the version of their end stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

# Emptied and not removed: the JSON Schema of an account requires its keys, in earlier versions too.
_EMPTIED: Final[dict[str, object]] = {
    "platform_user_id": None,
    "handle": None,
    "url": None,
    "name": None,
    "names": [],
    "description": None,
    "followers": None,
    "opened_on": None,
    "closed_on": None,
    "last_post_at": None,
    "tags": [],
    "replaced_by": None,
}


def erase(conn: Connection[Any], ids: Sequence[str]) -> None:
    """Erase from all that is stored what identifies these accounts, which have been deleted.

    The caller owns the transaction and has begun a revision.
    """
    _erase_handles(conn, ids)
    _cut_messages(conn, ids)
    versions = conn.execute(
        """
        SELECT revision, sequence, record FROM versions
         WHERE kind = 'account' AND id = ANY (%s) AND record IS NOT NULL
        """,
        (list(ids),),
    ).fetchall()
    # Redacted here and not by jsonb operators, which would reorder the keys of documents that mirrors compare by byte.
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE versions SET record = %s WHERE revision = %s AND sequence = %s",
            [(redact(record), revision, sequence) for revision, sequence, record in versions],
        )
    conn.execute(
        """
        UPDATE account_states
           SET (platform_user_id, handle_key, name_key, opened_on, tags)
             = (NULL, NULL, NULL, NULL, '{}')
         WHERE id = ANY (%s)
        """,
        (list(ids),),
    )
    for table in ("account_follower_states", "search_states", "account_decisions", "proposals"):
        conn.execute(sql.SQL("DELETE FROM {} WHERE account_id = ANY (%s)").format(sql.Identifier(table)), (list(ids),))
    conn.execute("DELETE FROM account_merges WHERE duplicate_id = ANY (%s)", (list(ids),))
    conn.execute(
        """
        UPDATE tombstones SET erased_in = current_revision()
         WHERE kind = 'account' AND id = ANY (%s) AND successor_id IS NULL AND erased_in IS NULL
        """,
        (list(ids),),
    )


def redact(record: str) -> str:
    """Return the public JSON of an account without what identifies it, in the form that PostgreSQL writes."""
    values: dict[str, Any] = json.loads(record)
    emptied = {key: _EMPTIED.get(key, value) for key, value in values.items()}
    return json.dumps(emptied, ensure_ascii=False, separators=(",", ":"))


def _cut_messages(conn: Connection[Any], ids: Sequence[str]) -> None:
    """Take what changes say of accounts from the messages of webhooks that wait; the feed has the changes as they are.

    Those of a webhook that is switched off wait without an end.
    """
    messages = conn.execute(
        """
        SELECT id, payload FROM webhook_messages
         WHERE state = 'waiting'
           AND EXISTS (SELECT FROM unnest(%s::text[]) AS a (id) WHERE strpos(payload, '"' || a.id || '"') > 0)
           FOR UPDATE
        """,
        (list(ids),),
    ).fetchall()
    for message_id, payload in messages:
        message = json.loads(payload)
        for change in message["data"].get("changes", ()):
            told = json.dumps(change)
            if any(f'"{each}"' in told for each in ids):
                change |= {"before": None, "after": None, "is_cut": True}
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        conn.execute("UPDATE webhook_messages SET payload = %s WHERE id = %s", (text, message_id))


def _erase_handles(conn: Connection[Any], ids: Sequence[str]) -> None:
    """Delete the handles of accounts, their versions but for the last, and their quarantine exemptions."""
    # The rows in `handles` go first; their tombstones, versions and exemptions are found by this copy.
    parameters = {"ids": list(ids)}
    conn.execute(
        """
        CREATE TEMP TABLE erased_handles ON COMMIT DROP AS
        SELECT h.public_id, h.platform, h.handle_key,
               NOT EXISTS (SELECT FROM handles AS o
                            WHERE (o.platform, o.handle_key) = (h.platform, h.handle_key)
                              AND o.account_id <> ALL (%(ids)s)) AS has_no_other_account
          FROM handles AS h WHERE h.account_id = ANY (%(ids)s)
        """,
        parameters,
    )
    conn.execute("DELETE FROM handles WHERE account_id = ANY (%(ids)s)", parameters)
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, revision)
        SELECT 'handle', public_id, current_revision() FROM erased_handles ON CONFLICT DO NOTHING
        """
    )
    conn.execute("DELETE FROM handle_states WHERE account_id = ANY (%(ids)s)", parameters)
    # Handles that were joined with another one in a merge have versions of their own.
    conn.execute(
        """
        WITH RECURSIVE gone (id) AS (
            SELECT public_id FROM erased_handles
             UNION
            SELECT t.id FROM gone JOIN tombstones AS t ON t.kind = 'handle' AND t.successor_id = gone.id
        )
        DELETE FROM versions AS v USING gone
         WHERE v.kind = 'handle' AND v.id = gone.id AND v.record IS NOT NULL
        """
    )
    for table in ("quarantine_exemptions", "quarantine_exemption_accounts"):
        conn.execute(
            sql.SQL(
                """
                DELETE FROM {} AS c USING erased_handles AS e
                 WHERE (c.platform, c.handle_key) = (e.platform, e.handle_key) AND e.has_no_other_account
                """
            ).format(sql.Identifier(table))
        )
    # ON COMMIT DROP is too late for a second erasure in the same transaction.
    conn.execute("DROP TABLE erased_handles")
