"""Withdrawals: what a complete list no longer lists, compared with what its source listed before.

Nothing is deleted. A statement retains what its source said, and the revision in which the source stopped saying so. An
account that no source lists any more retains its fields, and shows which source listed it last, and when.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg import Connection
from psycopg.rows import class_row

# A report names no more of them; the changes of the revision have them all.
NAMED_MAX: Final = 10_000
# So many replaced handles of a source are not counted as withdrawals.
REPLACED_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class UnlistedAccount:
    """An account that `source` no longer lists; it did since `listed_from` (with offset).

    `is_listed`: whether another source still lists it; if not, it is withdrawn.
    """

    account_id: str
    platform: str
    handle: str | None
    url: str | None
    source: str
    listed_from: datetime | None
    is_listed: bool

    def __str__(self) -> str:
        where = self.url or f"{self.platform}/{self.handle or self.account_id}"
        since = f"listed by {self.source} since {self.listed_from:%Y-%m-%d}" if self.listed_from else "listed before"
        return f"{where} (account {self.account_id}, {since})" + (": another source lists it" if self.is_listed else "")


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """How many accounts a source listed before the import, how many it no longer lists, or by another handle."""

    source: str
    listed: int
    unlisted: int
    replaced: int = 0

    @property
    def lost(self) -> int:
        """How many it no longer lists, with the replaced handles where these are many."""
        # Some handles change between two releases. A list that is damaged or forged replaces most of them.
        return self.unlisted + (self.replaced if self.replaced > REPLACED_MAX else 0)

    @property
    def percent(self) -> float:
        """The share of `lost`, in percent."""
        return 100 * self.lost / self.listed if self.listed else 0.0


@dataclass(slots=True)
class Withdrawals:
    """What a complete list no longer lists: how much of each source, how many accounts, and which.

    `statements` also counts those of accounts that their source still lists, under another id of its own.
    """

    statements: int = 0
    sources: Sequence[SourceTotals] = ()
    withdrawn: int = 0
    still_listed: int = 0
    first: Sequence[UnlistedAccount] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return them as plain values for JSON."""
        return {
            "accounts": self.withdrawn,
            "still_listed": self.still_listed,
            "sources": [
                {"source": each.source, "listed": each.listed, "no_longer_listed": each.unlisted}
                | ({"handles_replaced": each.replaced} if each.replaced else {})
                for each in self.sources
            ],
            "first": [
                {
                    "account": each.account_id,
                    "platform": each.platform,
                    "handle": each.handle,
                    "url": each.url,
                    "source": each.source,
                    "listed_from": each.listed_from.isoformat() if each.listed_from else None,
                    "still_listed": each.is_listed,
                }
                for each in self.first
            ],
        }

    def lines(self, shown: int) -> Iterator[str]:
        """Yield them line by line, no more than `shown` accounts by name."""
        for each in self.sources:
            replaced = f", {each.replaced:,} by another handle" if each.replaced else ""
            yield f"source {each.source}: lists {each.unlisted:,} of its {each.listed:,} accounts no longer{replaced}"
        if self.withdrawn or self.still_listed:
            yield f"withdrawn: {self.withdrawn:,} accounts; {self.still_listed:,} more stay listed by another source"
            yield from (f"  {each}" for each in self.first[:shown])
            if self.withdrawn + self.still_listed > shown:
                yield f"  … and {self.withdrawn + self.still_listed - shown:,} more (--report FILE names them)"


@dataclass(frozen=True, slots=True)
class CompleteList:
    """The staged rows are the whole list of their sources; `default_sources` are the sources of a list without rows.

    Up to `allowed_percent` of what a source lists may be withdrawn. `mentioned` are the accounts that rejected rows
    name: platform, user id and handle key, each of the last two may be empty. That a row was rejected does not mean
    that the source no longer lists its account.
    """

    default_sources: Sequence[str]
    allowed_percent: float
    mentioned: Sequence[tuple[str, str, str]] = ()


def find_withdrawals(conn: Connection, complete: CompleteList | None) -> Withdrawals:
    """Find what sources said before and no longer say: those of a complete list, and of rows with `listed_until`.

    Of a complete list, `import_mentioned` has been filled.
    """
    _find_ended_statements(conn)
    if complete is not None:
        _find_withdrawn_statements(conn, complete.default_sources)
    conn.execute("ANALYZE import_withdrawn")
    _find_unlisted_accounts(conn)
    return _select_withdrawals(conn)


def _find_ended_statements(conn: Connection) -> None:
    """Fill `import_withdrawn` with the statements of which the rows say until when their source made them."""
    conn.execute(
        """
        INSERT INTO import_withdrawn
        SELECT DISTINCT p.account_id, p.source, p.source_id
          FROM import_matches AS p
          JOIN statements AS s USING (account_id, source, source_id)
         WHERE p.is_ended AND s.listed_until IS NULL
           AND NOT EXISTS (SELECT FROM import_matches AS o
                            WHERE (o.account_id, o.source, o.source_id) = (p.account_id, p.source, p.source_id)
                              AND NOT o.is_ended)
        """
    )


def copy_mentioned(conn: Connection, mentioned: Iterable[tuple[str, str, str]]) -> None:
    """Create table `import_mentioned`: the accounts that rejected rows name."""
    conn.execute(
        """
        CREATE TEMP TABLE import_mentioned (
            platform text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL, handle_key text COLLATE "C" NOT NULL
        ) ON COMMIT DROP
        """
    )
    with conn.cursor() as cursor, cursor.copy("COPY import_mentioned FROM STDIN") as copy:
        for each in mentioned:
            copy.write_row(each)


def _find_withdrawn_statements(conn: Connection, default_sources: Sequence[str]) -> None:
    """Fill `import_withdrawn` with the statements that their source no longer makes."""
    conn.execute(
        """
        WITH complete AS (
            SELECT DISTINCT source FROM import_rows
             UNION
            -- An empty list has no row that names its source, and withdraws all of it.
            SELECT unnest(%(default_sources)s::text[]) WHERE NOT EXISTS (SELECT FROM import_rows)
        )
        INSERT INTO import_withdrawn
        SELECT s.account_id, s.source, s.source_id
          FROM complete AS c
          JOIN statements AS s USING (source)
          JOIN accounts AS a ON a.id = s.account_id
         WHERE s.listed_until IS NULL
           AND NOT EXISTS (SELECT FROM import_matches AS p
                            WHERE (p.account_id, p.source, p.source_id) = (s.account_id, s.source, s.source_id))
           AND NOT EXISTS (SELECT FROM import_mentioned AS m
                            WHERE m.platform = a.platform AND (m.user_id = a.platform_user_id
                                                               OR m.handle_key = a.handle_key))
        """,
        {"default_sources": list(default_sources)},
    )


def _find_unlisted_accounts(conn: Connection) -> None:
    """Fill `import_unlisted` with the accounts that a source no longer lists, and whether another one still does."""
    conn.execute(
        """
        WITH unlisted AS (
            SELECT w.account_id, w.source
              FROM (SELECT DISTINCT account_id, source FROM import_withdrawn) AS w
             -- The source may still list it under another id of its own.
             WHERE NOT EXISTS (SELECT FROM import_matches AS p
                                WHERE (p.account_id, p.source) = (w.account_id, w.source) AND NOT p.is_ended)
               AND NOT EXISTS (SELECT FROM statements AS s
                                WHERE (s.account_id, s.source) = (w.account_id, w.source) AND s.listed_until IS NULL
                                  AND NOT EXISTS (SELECT FROM import_withdrawn AS o
                                                   WHERE (o.account_id, o.source, o.source_id)
                                                         = (s.account_id, s.source, s.source_id)))
        )
        INSERT INTO import_unlisted
        SELECT g.account_id, g.source, listed.since,
               EXISTS (SELECT FROM import_matches AS p WHERE p.account_id = g.account_id AND NOT p.is_ended)
               OR EXISTS (SELECT FROM statements AS s
                           WHERE s.account_id = g.account_id AND s.listed_until IS NULL
                             AND NOT EXISTS (SELECT FROM import_withdrawn AS o
                                              WHERE (o.account_id, o.source, o.source_id)
                                                    = (s.account_id, s.source, s.source_id))),
               listed.stated_from, listed.stated_until
          FROM unlisted AS g
         CROSS JOIN LATERAL (
               -- Statements that are older than the column `listed_from` have NULL there: the history knows since when.
               SELECT CASE WHEN bool_and(s.listed_from IS NOT NULL) THEN min(s.listed_from)
                      ELSE (SELECT min(v.revision) FROM versions AS v
                             WHERE v.kind = 'account' AND v.id = g.account_id AND v.record IS NOT NULL
                               AND v.record::jsonb -> 'sources' ? g.source) END AS since,
                      min((coalesce(n.statement, s.statement) ->> 'listed_from')::timestamptz) AS stated_from,
                      max((n.statement ->> 'listed_until')::timestamptz) AS stated_until
                 FROM statements AS s
                 LEFT JOIN import_statements AS n USING (account_id, source, source_id)
                WHERE (s.account_id, s.source) = (g.account_id, g.source) AND s.listed_until IS NULL) AS listed
        """
    )
    conn.execute("ANALYZE import_unlisted")


def _select_withdrawals(conn: Connection) -> Withdrawals:
    """Return the totals of each source and the first NAMED_MAX accounts."""
    sources = [
        SourceTotals(*row)
        for row in conn.execute(
            """
            SELECT s.source, count(DISTINCT s.account_id),
                   (SELECT count(*) FROM import_unlisted AS d WHERE d.source = s.source),
                   (SELECT count(*) FROM import_replaced_handles AS d WHERE d.source = s.source)
              FROM statements AS s
             WHERE s.listed_until IS NULL
               AND s.source IN (SELECT source FROM import_unlisted UNION SELECT source FROM import_replaced_handles)
             GROUP BY s.source ORDER BY s.source
            """
        )
    ]
    counted = conn.execute(
        """
        SELECT count(DISTINCT account_id) FILTER (WHERE NOT is_listed),
               count(DISTINCT account_id) FILTER (WHERE is_listed), (SELECT count(*) FROM import_withdrawn)
          FROM import_unlisted
        """
    ).fetchone()
    with conn.cursor(row_factory=class_row(UnlistedAccount)) as cursor:
        first = cursor.execute(
            """
            SELECT d.account_id, a.platform, a.handle, a.url, d.source,
                   coalesce(d.stated_from, r.list_date, r.at) AS listed_from, d.is_listed
              FROM import_unlisted AS d
              JOIN accounts AS a ON a.id = d.account_id
              LEFT JOIN revisions AS r ON r.revision = d.listed_from
             ORDER BY d.is_listed, d.source, a.platform, a.handle_key, a.id LIMIT %(most)s
            """,
            {"most": NAMED_MAX},
        ).fetchall()
    withdrawn, still_listed, statements = counted or (0, 0, 0)
    return Withdrawals(statements, sources, withdrawn, still_listed, first)


def withdraw(conn: Connection) -> None:
    """Write, in the open revision, which source stopped listing what.

    Accounts that another source still lists are not written here: they are composed again with all changed accounts.
    """
    conn.execute(
        """
        UPDATE statements AS s SET listed_until = current_revision()
          FROM import_withdrawn AS w
         WHERE (s.account_id, s.source, s.source_id) = (w.account_id, w.source, w.source_id)
        """
    )
    conn.execute(
        """
        UPDATE accounts AS a
           -- What the registry has proved does not depend on a list. What a platform shows proves who runs the account,
           -- and not that it is still a body's.
           SET verification = CASE a.verification WHEN 'registry' THEN 'registry' ELSE 'none' END,
               verification_method = CASE a.verification WHEN 'registry' THEN a.verification_method END,
               verification_checked_at = CASE a.verification WHEN 'registry' THEN a.verification_checked_at END,
               sources = '{}',
               withdrawn_by = d.source, listed_from = coalesce(d.stated_from, began.list_date, began.at),
               -- A row may state a beginning after the date of its list: no interval ends before it begins.
               listed_until = greatest(coalesce(d.stated_until, r.list_date, r.at),
                                       coalesce(d.stated_from, began.list_date, began.at))
          -- An account shows one source, also where several dropped it at once.
          FROM (SELECT DISTINCT ON (account_id) account_id, source, listed_from, stated_from, stated_until
                  FROM import_unlisted WHERE NOT is_listed
                 ORDER BY account_id, stated_until DESC, listed_from DESC, source) AS d
          LEFT JOIN revisions AS began ON began.revision = d.listed_from
         CROSS JOIN revisions AS r
         WHERE a.id = d.account_id AND r.revision = current_revision()
        """
    )
