"""SQL of handles: who holds one, who released it and when, and for whom it is quarantined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Release:
    """An interval in which an account held a handle that it then gave up; times have an offset.

    `account_id` is the heir where accounts were merged; `handle_now` is what that account is called now, None if it
    has no handle or `is_gone`. `valid_from` is None for since before the registry knew of it. `is_cleared` tells
    whether an operator has cleared the handle since for everybody, `cleared_for` for which accounts.
    """

    account_id: str
    handle: str
    valid_from: datetime | None
    valid_to: datetime
    handle_now: str | None
    is_gone: bool
    is_cleared: bool
    cleared_for: tuple[str, ...]

    def holds_off(self, account_id: str | None) -> bool:
        """Tell whether this account may not have the handle because of this release; None is any new account."""
        return not self.is_cleared and account_id != self.account_id and account_id not in self.cleared_for


@dataclass(frozen=True, slots=True)
class Holding:
    """What is known of one handle: its holder, if any, since when, and its releases by any account, the latest first.

    A handle that is quarantined is not vouched for, whoever holds it.
    """

    platform: str
    handle_key: str
    account_id: str | None
    handle: str | None
    valid_from: datetime | None
    releases: tuple[Release, ...]

    @property
    def is_quarantined(self) -> bool:
        """Whether the holder, or any new account if there is none, is held off by somebody's release."""
        return any(release.holds_off(self.account_id) for release in self.releases)


@dataclass(frozen=True, slots=True)
class Interval:
    """One handle of an account with its interval; None for since before the registry knew of it, and until now."""

    platform: str
    handle: str
    handle_key: str
    valid_from: datetime | None
    valid_to: datetime | None


def select_holders(conn: Connection[Any], pairs: Sequence[tuple[str, str]]) -> list[Holding]:
    """Give what is known of each (platform, handle key), in the order of `pairs`; one query, fit for 1,000 of them."""
    rows = conn.execute(
        """
        SELECT asked.place, h.id, h.account_id, h.handle, h.valid_from, h.valid_to, a.handle, a.id IS NULL,
               c.revision IS NOT NULL AND c.account_id IS NULL, c.account_id
          FROM unnest(%(platforms)s::text[], %(keys)s::text[]) WITH ORDINALITY AS asked (platform, handle_key, place)
          JOIN handles AS h ON (h.platform, h.handle_key) = (asked.platform, asked.handle_key)
          LEFT JOIN accounts AS a ON a.id = h.account_id AND h.valid_to IS NOT NULL
          LEFT JOIN handle_clearances AS c
            ON (c.platform, c.handle_key) = (h.platform, h.handle_key) AND c.revision > h.released_in
         ORDER BY asked.place, h.valid_to DESC NULLS FIRST, h.id DESC, c.revision
        """,
        {"platforms": [platform for platform, _ in pairs], "keys": [key for _, key in pairs]},
    ).fetchall()
    nobody: tuple[str | None, str | None, datetime | None] = (None, None, None)
    current: dict[int, tuple[str, str, datetime | None]] = {}
    releases: dict[int, list[Release]] = {}
    # An interval comes once for each clearance after it, and once if there is none.
    for (place, _), lines in groupby(rows, key=itemgetter(0, 1)):
        first, *more = lines
        account_id, handle, valid_from, valid_to, handle_now, is_gone, *_ = first[2:]
        if valid_to is None:
            current[place] = (account_id, handle, valid_from)
            continue
        is_cleared = any(line[8] for line in (first, *more))
        cleared_for = tuple(line[9] for line in (first, *more) if line[9] is not None)
        release = Release(account_id, handle, valid_from, valid_to, handle_now, is_gone, is_cleared, cleared_for)
        releases.setdefault(place, []).append(release)
    return [
        Holding(platform, key, *(current.get(place) or nobody), releases=tuple(releases.get(place, ())))
        for place, (platform, key) in enumerate(pairs, start=1)
    ]


def select_intervals(conn: Connection[Any], account_id: str) -> list[Interval]:
    """Give all handles of an account in the order of time, the current one last; also of one that was deleted."""
    with conn.cursor(row_factory=class_row(Interval)) as cursor:
        return cursor.execute(
            """
            SELECT platform, handle, handle_key, valid_from, valid_to FROM handles WHERE account_id = %(id)s
             ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
            """,
            {"id": account_id},
        ).fetchall()
