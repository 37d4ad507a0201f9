"""SQL of handles: who holds one, who released it and when, and for whom it is quarantined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Release:
    """An interval in which an account held a handle that it then gave up; times have an offset.

    `account_id` is the heir where accounts were merged; `handle_now` is what that account is called now, None if it
    has no handle or `is_gone`. `valid_from` is None for since before the registry knew of it. `is_quarantined` tells
    whether the release still holds off whoever holds the handle now, or everybody if nobody does.
    """

    account_id: str
    handle: str
    valid_from: datetime | None
    valid_to: datetime
    handle_now: str | None
    is_gone: bool
    is_quarantined: bool


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
        """Whether the holder, or everybody if there is none, is held off by somebody's release."""
        return any(release.is_quarantined for release in self.releases)


@dataclass(frozen=True, slots=True)
class Interval:
    """One handle of an account with its interval; None for since before the registry knew of it, and until now."""

    handle: str
    handle_key: str
    valid_from: datetime | None
    valid_to: datetime | None


def select_holders(conn: Connection[Any], pairs: Sequence[tuple[str, str]]) -> list[Holding]:
    """Give what is known of each (platform, handle key), in the order of `pairs`; one query, fit for 1,000 of them."""
    rows = conn.execute(
        """
        SELECT asked.place, h.account_id, h.handle, h.valid_from, h.valid_to, a.handle, a.id IS NULL,
               h.valid_to IS NOT NULL AND h.account_id IS DISTINCT FROM now.account_id
               AND NOT EXISTS (
                   SELECT FROM handle_clearances AS c
                    WHERE (c.platform, c.handle_key) = (h.platform, h.handle_key) AND c.revision > h.released_in
                      AND (c.account_id IS NULL OR c.account_id = now.account_id))
          FROM unnest(%(platforms)s::text[], %(keys)s::text[]) WITH ORDINALITY AS asked (platform, handle_key, place)
          JOIN handles AS h ON (h.platform, h.handle_key) = (asked.platform, asked.handle_key)
          LEFT JOIN accounts AS a ON a.id = h.account_id
          LEFT JOIN handles AS now
            ON (now.platform, now.handle_key) = (h.platform, h.handle_key) AND now.valid_to IS NULL
           AND h.valid_to IS NOT NULL
         ORDER BY asked.place, h.valid_to DESC NULLS FIRST, h.id DESC
        """,
        {"platforms": [platform for platform, _ in pairs], "keys": [key for _, key in pairs]},
    ).fetchall()
    current: dict[int, tuple[str, str, datetime | None]] = {}
    releases: dict[int, list[Release]] = {}
    for place, account_id, handle, valid_from, valid_to, *rest in rows:
        if valid_to is None:
            current[place] = (account_id, handle, valid_from)
        else:
            releases.setdefault(place, []).append(Release(account_id, handle, valid_from, valid_to, *rest))
    return [
        Holding(platform, key, *current.get(place, (None, None, None)), tuple(releases.get(place, ())))
        for place, (platform, key) in enumerate(pairs, start=1)
    ]


def select_intervals(conn: Connection[Any], account_id: str) -> list[Interval]:
    """Give all handles of an account in the order of time, the current one last; also of one that was deleted."""
    with conn.cursor(row_factory=class_row(Interval)) as cursor:
        return cursor.execute(
            """
            SELECT handle, handle_key, valid_from, valid_to FROM handles WHERE account_id = %(id)s
             ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
            """,
            {"id": account_id},
        ).fetchall()
