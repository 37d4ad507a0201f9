"""Former handles: rows that say until when their source listed a handle which the account of another row replaced.

A history of a list has a row for each handle that a record had. They are one account, as in releases that are imported
one by one: the last handle is its own, and the earlier ones are in quarantine.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final, NamedTuple

from psycopg import Connection
from psycopg.rows import args_row

# A record with more handles on a platform than these is no account that was renamed.
_COMPARED_MAX: Final = 30


class _Listing(NamedTuple):
    """A handle that a record has or had, with its account; times are as the source states them.

    `position` is that of its row, None for a handle that only the registry has.
    """

    source: str
    source_id: str
    platform: str
    account_id: str
    handle_key: str
    listed_from: str | None
    listed_until: str | None
    position: int | None

    @property
    def record(self) -> tuple[str, str, str]:
        """The record of the source, on one platform."""
        return self.source, self.source_id, self.platform


def attach_former_handles(conn: Connection) -> None:
    """Move rows of former handles from `import_matches` to `import_former_handles`, which has their accounts."""
    _attach_own_handles(conn)
    former: list[tuple[int, str]] = []
    for _, group in groupby(_select_listings(conn), key=lambda each: each.record):
        # An account may have a row for each of its follower counts.
        former += _attach(list(dict.fromkeys(group)))
    with conn.cursor() as cursor, cursor.copy("COPY import_former_handles (position, account_id) FROM STDIN") as copy:
        for row in former:
            copy.write_row(row)
    conn.execute("DELETE FROM import_matches AS p USING import_former_handles AS f WHERE p.position = f.position")


def _attach_own_handles(conn: Connection) -> None:
    """Attach rows of handles whose account has another one by now, or by another row of the same record."""
    conn.execute(
        """
        INSERT INTO import_former_handles (position, account_id)
        SELECT DISTINCT p.position, p.account_id
          FROM import_matches AS p
          JOIN import_rows AS r USING (position)
          LEFT JOIN accounts AS a ON a.id = p.account_id
          LEFT JOIN import_matches AS o ON (o.account_id, o.source, o.source_id)
                                           = (p.account_id, p.source, p.source_id) AND NOT o.is_ended
          LEFT JOIN import_rows AS c ON c.position = o.position
         WHERE p.is_ended AND r.handle_key <> ''
           AND (c.handle_key <> '' AND c.handle_key <> r.handle_key
                OR a.handle_key <> r.handle_key
                   AND EXISTS (SELECT FROM handles AS h
                                WHERE (h.account_id, h.handle_key) = (a.id, r.handle_key) AND h.valid_to IS NOT NULL))
        """
    )
    conn.execute("DELETE FROM import_matches AS p USING import_former_handles AS f WHERE p.position = f.position")


def _select_listings(conn: Connection) -> list[_Listing]:
    """Return what records with a handle that ended say of each platform, one record after the other."""
    with conn.cursor(row_factory=args_row(_Listing)) as cursor:
        return cursor.execute(
            """
            WITH listing AS (
                SELECT p.source, p.source_id, r.platform, p.account_id, r.handle_key,
                       r.statement ->> 'listed_from' AS listed_from, r.statement ->> 'listed_until' AS listed_until,
                       -- Only an account that nothing else is known of can be another one.
                       CASE WHEN r.user_id = '' AND p.is_new
                                 AND (SELECT count(*) FROM import_matches AS o WHERE o.account_id = p.account_id) = 1
                            THEN p.position END AS position
                  FROM import_matches AS p
                  JOIN import_rows AS r USING (position)
                 WHERE p.source_id <> '' AND r.handle_key <> ''
            ), ended AS (
                SELECT DISTINCT source, source_id, platform FROM listing WHERE listed_until IS NOT NULL
            )
            SELECT source, source_id, platform, account_id, handle_key, listed_from, listed_until, position
              FROM ended JOIN listing USING (source, source_id, platform)
             UNION ALL
            SELECT e.source, e.source_id, e.platform, a.id, a.handle_key, s.statement ->> 'listed_from', NULL, NULL
              FROM ended AS e
              JOIN statements AS s USING (source, source_id)
              JOIN accounts AS a ON a.id = s.account_id AND a.platform = e.platform
             WHERE s.listed_until IS NULL AND a.handle_key IS NOT NULL
               AND NOT EXISTS (SELECT FROM import_matches AS p
                                WHERE (p.account_id, p.source, p.source_id) = (s.account_id, s.source, s.source_id))
             ORDER BY 1, 2, 3, 5
            """
        ).fetchall()


def _attach(listings: Sequence[_Listing]) -> Iterator[tuple[int, str]]:
    """Yield the position of each row of a former handle, and the account that has the handle which replaced it."""
    if len(listings) > _COMPARED_MAX:
        return
    successors: dict[str, str] = {}
    for _, former, latter in sorted(_candidates(listings)):
        if former not in successors and latter not in successors.values():
            successors[former] = latter
    for each in listings:
        if each.account_id in successors and each.position is not None:
            account_id = each.account_id
            # A successor begins when the handle ended, so there is no circle.
            while account_id in successors:
                account_id = successors[account_id]
            yield each.position, account_id


def _candidates(listings: Sequence[_Listing]) -> Iterable[tuple[tuple[str, float], str, str]]:
    """Yield rank, account that ended, and account that can have replaced it: the next and most similar one first."""
    for former in listings:
        if former.listed_until is None or former.position is None:
            continue
        for latter in listings:
            if latter.account_id == former.account_id:
                continue
            # Since when it is listed need not be known, if there is nothing to confuse it with.
            is_next = (
                latter.listed_from >= former.listed_until
                if latter.listed_from is not None
                else latter.listed_until is None and len(listings) == 2  # noqa: PLR2004 - a pair
            )
            if is_next:
                ratio = SequenceMatcher(None, former.handle_key, latter.handle_key, autojunk=False).ratio()
                yield (latter.listed_from or "", -ratio), former.account_id, latter.account_id


def has_new_former_handles(conn: Connection) -> bool:
    """Whether there are former handles that the registry does not know of."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM import_former_handles AS f
                         JOIN import_rows AS r USING (position)
                        WHERE NOT EXISTS (SELECT FROM handles AS h
                                           WHERE (h.platform, h.handle_key) = (r.platform, r.handle_key)
                                             AND (h.valid_to IS NULL OR h.account_id = f.account_id)))
        """
    ).fetchone()
    return bool(row and row[0])


def write_former_handles(conn: Connection) -> None:
    """Write the former handles of accounts, which must have been written; those that are known stay as they are."""
    conn.execute(
        """
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from, valid_to, released_in, withdrawn_by,
                             listed_from)
        SELECT f.account_id, r.platform, r.statement ->> 'handle', r.handle_key,
               CASE WHEN s.listed_from <= s.ended THEN s.listed_from END, s.ended, current_revision(), r.source,
               s.listed_from
          FROM import_former_handles AS f
          JOIN import_rows AS r USING (position)
          LEFT JOIN handles AS now ON now.account_id = f.account_id AND now.valid_to IS NULL
         CROSS JOIN LATERAL (
               SELECT (r.statement ->> 'listed_from')::timestamptz AS listed_from,
                      least((r.statement ->> 'listed_until')::timestamptz, now.valid_from) AS ended) AS s
         WHERE NOT EXISTS (SELECT FROM handles AS h
                            WHERE (h.platform, h.handle_key) = (r.platform, r.handle_key)
                              AND (h.valid_to IS NULL OR h.account_id = f.account_id))
         ORDER BY f.account_id, s.ended
        """
    )
    conn.execute(
        """
        UPDATE handles AS h SET valid_from = d.ended
          FROM (SELECT account_id, max(valid_to) AS ended FROM handles
                 WHERE account_id IN (SELECT account_id FROM import_former_handles) GROUP BY account_id) AS d
         WHERE h.account_id = d.account_id AND h.valid_to IS NULL AND h.valid_from IS NULL
        """
    )
