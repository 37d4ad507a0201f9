"""Handles that a source replaced: in a complete list, its record has another handle of the same platform than before.

An account without a user id is known by its handle alone, so the row with the other handle would be a new account, and
the old handle would stay with an account that nobody lists. The source's own id of the record shows that both are one
account: it is renamed. The old handle is released, and so in quarantine.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Final

from psycopg import Connection

# A record that loses and gains more handles of a platform at once is no account that was renamed.
_PAIRED_MAX: Final = 8


def match_replaced_handles(conn: Connection) -> None:
    """Match rows with a new handle to the account whose handle it replaces: table `import_replaced_handles`.

    That is an account that no row of the import is about, and that no other source lists. One that the platform or the
    registry has verified stays, as what was verified is the account with the old handle. `import_mentioned` has been
    filled.
    """
    _find_handles_of_known_accounts(conn)
    pairs: list[tuple[str, str, str]] = []
    # Several records can have one handle.
    paired: set[str] = set()
    for source, *group in _select_groups(conn):
        for pair in _pair(*group):
            if paired.isdisjoint(pair):
                paired.update(pair)
                pairs.append((source, *pair))
    if not pairs:
        return
    with conn.cursor() as cursor, cursor.copy("COPY import_replaced_handles FROM STDIN") as copy:
        for row in pairs:
            copy.write_row(row)
    conn.execute(
        """
        UPDATE import_matches AS p SET (account_id, is_new) = (r.account_id, false)
          FROM import_replaced_handles AS r
         WHERE p.account_id = r.matched_id
        """
    )


def _select_groups(conn: Connection) -> Iterator[tuple[str, list[str], list[str], list[str], list[str]]]:
    """Yield source, accounts that lost their handle, with the handles, and new accounts with theirs, by record."""
    yield from conn.execute(
        """
        WITH added AS MATERIALIZED (
            SELECT DISTINCT p.source, p.source_id, r.platform, p.account_id,
                   CASE r.handle_key WHEN '' THEN r.user_id ELSE r.handle_key END AS name
              FROM import_matches AS p
              JOIN import_rows AS r USING (position)
             WHERE p.is_new AND NOT p.is_ended AND p.source_id <> ''
               -- Of a list that is imported for the first time this leaves nothing to sort.
               AND EXISTS (SELECT FROM statements AS s
                            WHERE (s.source, s.source_id) = (p.source, p.source_id) AND s.listed_until IS NULL)
        ), dropped AS (
            SELECT DISTINCT s.source, s.source_id, a.platform, a.id, a.handle_key AS name
              FROM (SELECT DISTINCT source, source_id, platform FROM added) AS n
              JOIN statements AS s USING (source, source_id)
              JOIN accounts AS a ON a.id = s.account_id AND a.platform = n.platform
             WHERE s.listed_until IS NULL AND a.platform_user_id IS NULL AND a.verification IN ('source', 'none')
               AND a.status <> 'closed' AND a.replaced_by IS NULL
               AND coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = a.handle_key
               AND NOT EXISTS (SELECT FROM import_matches AS p WHERE p.account_id = a.id)
               AND NOT EXISTS (SELECT FROM import_mentioned AS m
                                WHERE (m.platform, m.handle_key) = (a.platform, a.handle_key))
               AND NOT EXISTS (SELECT FROM statements AS o
                                WHERE o.account_id = a.id AND o.source <> s.source AND o.listed_until IS NULL)
        )
        SELECT source, d.ids, d.handles, n.ids, n.handles
          FROM (SELECT source, source_id, platform, array_agg(id ORDER BY id) AS ids,
                       array_agg(name ORDER BY id) AS handles
                  FROM dropped GROUP BY 1, 2, 3) AS d
          JOIN (SELECT source, source_id, platform, array_agg(account_id ORDER BY account_id) AS ids,
                       array_agg(name ORDER BY account_id) AS handles
                  FROM added GROUP BY 1, 2, 3) AS n USING (source, source_id, platform)
         ORDER BY source, d.ids, n.ids
        """
    )


def _pair(
    dropped: Sequence[str], old_handles: Sequence[str], added: Sequence[str], new_handles: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of an account and the new account that it is, those with the most similar handles first."""
    if max(len(dropped), len(added)) > _PAIRED_MAX:
        return
    ranked = sorted(
        (-SequenceMatcher(None, old, new, autojunk=False).ratio(), account_id, new_id)
        for (account_id, old), (new_id, new) in product(
            zip(dropped, old_handles, strict=True), zip(added, new_handles, strict=True)
        )
    )
    paired: set[str] = set()
    for _, account_id, new_id in ranked:
        if paired.isdisjoint((account_id, new_id)):
            paired |= {account_id, new_id}
            yield account_id, new_id


def _find_handles_of_known_accounts(conn: Connection) -> None:
    """Add accounts whose record has a handle that they had before, or none now: its row is matched to them."""
    conn.execute(
        """
        INSERT INTO import_replaced_handles
        SELECT DISTINCT ON (a.id) s.source, a.id, a.id
          FROM import_matches AS p
          JOIN import_rows AS r USING (position)
          JOIN accounts AS a ON a.id = p.account_id
          JOIN statements AS s ON (s.account_id, s.source, s.source_id) = (p.account_id, p.source, p.source_id)
         WHERE NOT p.is_new AND NOT p.is_ended AND r.settled_id IS NULL
           -- Of a row with a user id another handle is news anyway, and none is if the row is all that its source says.
           AND (r.user_id = '' AND r.handle_key <> a.handle_key
                OR r.user_id <> '' AND NOT r.statement ? 'handle' AND r.cleared IS NULL)
           AND s.listed_until IS NULL AND a.verification IN ('source', 'none')
           AND coalesce(s.statement ->> 'handle_key', s.statement ->> 'handle') = a.handle_key
           AND NOT EXISTS (SELECT FROM import_matches AS o
                             LEFT JOIN import_rows AS n USING (position)
                            WHERE o.account_id = a.id
                              AND (n.handle_key = a.handle_key OR n.settled_id IS NOT NULL))
           AND NOT EXISTS (SELECT FROM statements AS o
                            WHERE o.account_id = a.id AND o.source <> s.source AND o.listed_until IS NULL)
        """
    )


def record_released_handles(conn: Connection) -> None:
    """Record which source stopped listing the handles that are released in this revision, and since when it did.

    None did where another source still lists the handle. Runs after accounts are written, and before statements are.
    """
    conn.execute(
        """
        UPDATE handles AS h
           SET (withdrawn_by, listed_from)
             = (d.source, greatest(h.valid_from, coalesce(d.stated_from, r.list_date, r.at)))
          FROM (SELECT DISTINCT ON (n.account_id, handle_key) n.account_id, n.source, handle_key,
                       (n.earlier ->> 'listed_from')::timestamptz AS stated_from, s.listed_from
                  FROM import_statements AS n
                  JOIN statements AS s USING (account_id, source, source_id)
                 CROSS JOIN LATERAL (SELECT coalesce(n.earlier ->> 'handle_key', n.earlier ->> 'handle')
                           ) AS k (handle_key)
                 WHERE coalesce(n.statement ->> 'handle_key', n.statement ->> 'handle') IS DISTINCT FROM handle_key
                 ORDER BY n.account_id, handle_key, n.position DESC) AS d
          LEFT JOIN revisions AS r ON r.revision = d.listed_from
         WHERE (h.account_id, h.handle_key) = (d.account_id, d.handle_key) AND h.released_in = current_revision()
           AND NOT EXISTS (
               SELECT FROM statements AS o
                 LEFT JOIN import_statements AS n USING (account_id, source, source_id)
                WHERE o.account_id = h.account_id AND o.listed_until IS NULL AND n.account_id IS NULL
                  AND coalesce(o.statement ->> 'handle_key', o.statement ->> 'handle') = h.handle_key)
        """
    )


def date_released_handles(conn: Connection) -> None:
    """Move the end of handles that are released in this revision, and the beginning of the next, to its list date."""
    conn.execute(
        """
        WITH released AS (
            UPDATE handles AS h SET valid_to = r.list_date
              FROM revisions AS r
             WHERE r.revision = current_revision() AND h.released_in = r.revision
               AND r.list_date > coalesce(h.valid_from, h.listed_from, '-infinity')
            RETURNING h.account_id, h.valid_to
        )
        UPDATE handles AS h SET valid_from = d.valid_to
          FROM released AS d
         WHERE h.account_id = d.account_id AND h.valid_to IS NULL
        """
    )
