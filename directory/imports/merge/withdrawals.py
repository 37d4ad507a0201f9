"""What a complete list lists no longer: found by what its source listed before, guarded, and withdrawn.

Nothing is deleted. A statement keeps what its source said, and the revision in which it stopped saying so; an account
that no source lists any more keeps its fields, and shows who listed it last, and when.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from directory.imports.errors import ImportFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Connection

    from directory.imports.report import Report

ALLOWED: Final = 10.0
"""Of what a source lists, so many percent may be withdrawn unless more are allowed."""

# A report names no more of them; the changes of the revision have them all.
NAMED_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Dropped:
    """An account that `source` lists no longer, which it did since `listed_from` (with offset).

    `is_listed`: whether another source lists it still; if not, it is withdrawn.
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
class Extent:
    """How many accounts a source listed before the import, and how many of them it lists no longer."""

    source: str
    listed: int
    dropped: int

    @property
    def percent(self) -> float:
        """The share that it lists no longer."""
        return 100 * self.dropped / self.listed if self.listed else 0.0


@dataclass(slots=True)
class Withdrawals:
    """What a complete list lists no longer: how much of each source, how many accounts, and which.

    `statements` counts also those of accounts that their source still lists, under another id of its own.
    """

    statements: int = 0
    extents: Sequence[Extent] = ()
    withdrawn: int = 0
    still_listed: int = 0
    first: Sequence[Dropped] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return them as plain values; keys keep their names and meaning."""
        return {
            "accounts": self.withdrawn,
            "still_listed": self.still_listed,
            "sources": [
                {"source": each.source, "listed": each.listed, "no_longer_listed": each.dropped}
                for each in self.extents
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

    def lines(self, shown: int) -> Iterable[str]:
        """Return them line by line, no more than `shown` accounts by name."""
        for each in self.extents:
            yield f"source {each.source}: lists {each.dropped:,} of its {each.listed:,} accounts no longer"
        if self.withdrawn or self.still_listed:
            yield f"withdrawn: {self.withdrawn:,} accounts; {self.still_listed:,} more stay listed by another source"
            yield from (f"  {each}" for each in self.first[:shown])
            if self.withdrawn + self.still_listed > shown:
                yield f"  … and {self.withdrawn + self.still_listed - shown:,} more (--report FILE names them)"


@dataclass(frozen=True, slots=True)
class Complete:
    """That the rows are all that their sources list; `defaults` are the sources of a list without rows.

    Up to `allowed` percent of what a source lists may be withdrawn. `mentioned` is who stands in rejected rows:
    platform, user id, key of the handle.
    """

    defaults: Sequence[str]
    allowed: float
    mentioned: Sequence[tuple[str, str, str]] = ()


class WithdrawalsRefused(ImportFailed):
    """More would be withdrawn than is allowed, so nothing was written; `report` says what."""

    def __init__(self, withdrawals: Withdrawals, allowed: float) -> None:
        refused = [each for each in withdrawals.extents if each.percent > allowed]
        told = "; ".join(
            f"of source {each.source} {each.dropped:,} of the {each.listed:,} accounts that it lists "
            f"({each.percent:.1f} %)"
            for each in refused
        )
        # Not rounded down, so that the option as it is shown is enough.
        needed = max(math.ceil(each.percent) for each in refused)
        super().__init__(
            f"{told} would be withdrawn, more than {allowed:g} %: nothing was written. Look whether the list is whole; "
            f"if so, repeat the import with --allow-withdrawals {needed}%"
        )
        self.withdrawals = withdrawals
        self.report: Report | None = None


def find_dropped(conn: Connection[Any], defaults: Iterable[str], mentioned: Iterable[tuple[str, str, str]]) -> None:
    """Find what the sources of a complete list said and say no longer: tables `import_withdrawn`, `import_dropped`.

    The sources are those of the staged rows; of a list without any, `defaults`. `mentioned` are platform, user id and
    key of the handle (each may be empty) that rejected rows name: who rejects a row does not say that it is not there.
    """
    create_tables(conn)
    with conn.cursor() as cursor, cursor.copy("COPY import_mentioned FROM STDIN") as copy:
        for each in mentioned:
            copy.write_row(each)
    conn.execute(
        """
        WITH complete AS (
            SELECT DISTINCT source FROM import_rows
             UNION
            SELECT unnest(%(defaults)s::text[]) WHERE NOT EXISTS (SELECT FROM import_rows)
        )
        INSERT INTO import_withdrawn
        SELECT s.account_id, s.source, s.source_id
          FROM complete AS c
          JOIN statements AS s USING (source)
          JOIN accounts AS a ON a.id = s.account_id
         WHERE s.listed_until IS NULL
           AND NOT EXISTS (SELECT FROM import_placed AS p
                            WHERE (p.account_id, p.source, p.source_id) = (s.account_id, s.source, s.source_id))
           AND NOT EXISTS (SELECT FROM import_mentioned AS m
                            WHERE m.platform = a.platform AND (m.user_id = a.platform_user_id
                                                               OR m.handle_key = a.handle_key))
        """,
        {"defaults": list(defaults)},
    )
    conn.execute("ANALYZE import_withdrawn")
    conn.execute(
        """
        WITH gone AS (
            SELECT w.account_id, w.source
              FROM (SELECT DISTINCT account_id, source FROM import_withdrawn) AS w
             -- Under another id of its own the source may list it still.
             WHERE NOT EXISTS (SELECT FROM import_placed AS p WHERE (p.account_id, p.source) = (w.account_id, w.source))
               AND NOT EXISTS (SELECT FROM statements AS s
                                WHERE (s.account_id, s.source) = (w.account_id, w.source) AND s.listed_until IS NULL
                                  AND NOT EXISTS (SELECT FROM import_withdrawn AS o
                                                   WHERE (o.account_id, o.source, o.source_id)
                                                         = (s.account_id, s.source, s.source_id)))
        )
        INSERT INTO import_dropped
        SELECT g.account_id, g.source, begun.revision,
               EXISTS (SELECT FROM import_placed AS p WHERE p.account_id = g.account_id)
               OR EXISTS (SELECT FROM statements AS s
                           WHERE s.account_id = g.account_id AND s.listed_until IS NULL
                             AND NOT EXISTS (SELECT FROM import_withdrawn AS o
                                              WHERE (o.account_id, o.source, o.source_id)
                                                    = (s.account_id, s.source, s.source_id)))
          FROM gone AS g
         CROSS JOIN LATERAL (
               SELECT CASE WHEN bool_and(s.listed_from IS NOT NULL) THEN min(s.listed_from)
                      ELSE (SELECT min(v.revision) FROM versions AS v
                             WHERE v.kind = 'account' AND v.id = g.account_id AND v.record IS NOT NULL
                               AND v.record::jsonb -> 'sources' ? g.source) END AS revision
                 FROM statements AS s WHERE (s.account_id, s.source) = (g.account_id, g.source)
                  AND s.listed_until IS NULL) AS begun
        """
    )
    conn.execute("ANALYZE import_dropped")


def create_tables(conn: Connection[Any]) -> None:
    """Make the tables of what is withdrawn, empty: of a list that is not complete they stay so."""
    conn.execute(
        """
        DROP TABLE IF EXISTS pg_temp.import_withdrawn, pg_temp.import_dropped, pg_temp.import_mentioned;
        CREATE TEMP TABLE import_withdrawn (
            account_id text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, source_id text COLLATE "C" NOT NULL
        ) ON COMMIT DROP;
        CREATE TEMP TABLE import_dropped (
            account_id text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL,
            listed_from bigint, is_listed boolean NOT NULL
        ) ON COMMIT DROP;
        CREATE TEMP TABLE import_mentioned (
            platform text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL, handle_key text COLLATE "C" NOT NULL
        ) ON COMMIT DROP;
        """
    )


def select_withdrawals(conn: Connection[Any]) -> Withdrawals:
    """Return what was found, of each source how much."""
    extents = [
        Extent(*row)
        for row in conn.execute(
            """
            SELECT s.source, count(DISTINCT s.account_id),
                   (SELECT count(*) FROM import_dropped AS d WHERE d.source = s.source)
              FROM statements AS s
             WHERE s.listed_until IS NULL AND s.source IN (SELECT source FROM import_dropped)
             GROUP BY s.source ORDER BY s.source
            """
        )
    ]
    counted = conn.execute(
        """
        SELECT count(DISTINCT account_id) FILTER (WHERE NOT is_listed),
               count(DISTINCT account_id) FILTER (WHERE is_listed), (SELECT count(*) FROM import_withdrawn)
          FROM import_dropped
        """
    ).fetchone()
    with conn.cursor(row_factory=class_row(Dropped)) as cursor:
        first = cursor.execute(
            """
            SELECT d.account_id, a.platform, a.handle, a.url, d.source, r.at AS listed_from, d.is_listed
              FROM import_dropped AS d
              JOIN accounts AS a ON a.id = d.account_id
              LEFT JOIN revisions AS r ON r.revision = d.listed_from
             ORDER BY d.is_listed, d.source, a.platform, a.handle_key, a.id LIMIT %(most)s
            """,
            {"most": NAMED_MAX},
        ).fetchall()
    withdrawn, still_listed, statements = counted or (0, 0, 0)
    return Withdrawals(statements, extents, withdrawn, still_listed, first)


def judge(found: Withdrawals, allowed: float) -> None:
    """Raise WithdrawalsRefused if more of a source would be withdrawn than `allowed` percent of what it lists."""
    if any(each.percent > allowed for each in found.extents):
        raise WithdrawalsRefused(found, allowed)


def withdraw(conn: Connection[Any]) -> None:
    """Write, in the open revision, who stopped listing what; accounts that others list are composed anew later."""
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
           SET verification = CASE a.verification WHEN 'source' THEN 'none' ELSE a.verification END, sources = '{}',
               withdrawn_by = d.source, listed_from = began.at, listed_until = r.at
          FROM (SELECT DISTINCT ON (account_id) account_id, source, listed_from
                  FROM import_dropped WHERE NOT is_listed ORDER BY account_id, listed_from DESC, source) AS d
          LEFT JOIN revisions AS began ON began.revision = d.listed_from
         CROSS JOIN revisions AS r
         WHERE a.id = d.account_id AND r.revision = current_revision()
        """
    )
