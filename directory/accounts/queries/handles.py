"""SQL of handles: their holders, their releases, and for whom they are quarantined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from directory.accounts.account_record import COLUMNS, Record
from directory.database.point_in_time import PointInTime, account_records, as_of_parameters, with_clause
from directory.database.prepared_statements import Pipeline
from directory.database.sql import Fragment, compose, json_array


class Release(NamedTuple):
    """An interval in which an account had a handle that it later released; times have an offset.

    `account_id` is the successor where accounts were merged; `account` is its current state, None if it was deleted.
    `valid_from` is None where the registry does not know it. `is_lifted` is whether an operator has ended the
    quarantine for everybody since, `exempt_accounts` for which accounts. `withdrawn_by` is the source that listed the
    handle since `listed_from` and stopped then, None where the handle was released otherwise.
    """

    account_id: str
    handle: str
    valid_from: datetime | None
    valid_to: datetime
    is_lifted: bool
    exempt_accounts: Sequence[str]
    withdrawn_by: str | None
    listed_from: datetime | None
    account: Record | None

    @property
    def is_gone(self) -> bool:
        """Whether the account was deleted."""
        return self.account is None

    def holds_off(self, account_id: str | None) -> bool:
        """Whether the handle is quarantined for this account by this release; None is any new account."""
        return not self.is_lifted and account_id != self.account_id and account_id not in self.exempt_accounts


class Holding(NamedTuple):
    """What is known of one handle: its holder, if any, since when, and its releases by any account, the latest first.

    A quarantined handle proves nothing about its holder. A tuple and not a dataclass, because a batch has a thousand.
    """

    platform: str
    handle_key: str
    account_id: str | None
    handle: str | None
    valid_from: datetime | None
    account: Record | None
    releases: tuple[Release, ...]

    @property
    def is_quarantined(self) -> bool:
        """Whether it is quarantined for its holder, or for any new account if it has none."""
        return any(release.holds_off(self.account_id) for release in self.releases)


Holdings = dict[tuple[str, str], Holding]
"""Holdings by platform and handle key."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One handle of an account: `valid_from` is None where not known, `valid_to` is None for the current one."""

    platform: str
    handle: str
    handle_key: str
    valid_from: datetime | None
    valid_to: datetime | None


# With `LATERAL … OFFSET 0` the planner looks each handle up by its index, however many there are, and each clearance
# only where something was released. For hundreds it would otherwise scan whole tables, whose cost grows with them.
_INTERVALS: Final = """
    {}SELECT pair.platform, pair.handle_key, h.account_id, h.handle, h.valid_from, h.valid_to, c.is_lifted,
           c.exempt_accounts, h.withdrawn_by, h.listed_from, {}, a.document
      FROM ({}) AS pair (platform, handle_key)
     CROSS JOIN LATERAL (
           SELECT id, account_id, platform, handle_key, handle, valid_from, valid_to, released_in, withdrawn_by,
                  listed_from
             FROM handles
            WHERE platform = pair.platform AND handle_key = pair.handle_key OFFSET 0) AS h
      LEFT JOIN LATERAL (
           SELECT coalesce(bool_or(account_id IS NULL), false) AS is_lifted,
                  coalesce(array_agg(account_id) FILTER (WHERE account_id IS NOT NULL), '{{}}') AS exempt_accounts
             FROM quarantine_exemptions
            WHERE platform = h.platform AND handle_key = h.handle_key AND revision > h.released_in) AS c
        ON h.valid_to IS NOT NULL
      LEFT JOIN LATERAL (SELECT * FROM {} WHERE id = h.account_id LIMIT 1) AS a ON true
     ORDER BY h.valid_to DESC NULLS FIRST, h.id DESC"""
_OF_PAIRS: Final = compose(
    """SELECT * FROM ROWS FROM (json_array_elements_text(%(platforms)s::json),
                                json_array_elements_text(%(keys)s::json))"""
)
_OF_KEYS: Final = compose(
    """SELECT h.platform, k.key
         FROM json_array_elements_text(%(keys)s::json) AS k (key),
              LATERAL (SELECT DISTINCT platform FROM handles WHERE handle_key = k.key) AS h"""
)


def select_holders(
    conn: Connection[Any], pairs: Sequence[tuple[str, str]], as_of: PointInTime | None = None
) -> list[Holding]:
    """Return what is known of each (platform, handle key), in the order of `pairs`, by one query for up to 1,000."""
    statement, parameters = _statement(_OF_PAIRS, as_of, _parameters_of_pairs(dict.fromkeys(pairs)))
    known = _read(conn.execute(statement, parameters))
    return [known.get(pair) or empty_holding(pair) for pair in pairs]


def ask_holders(
    pipeline: Pipeline,
    pairs: Collection[tuple[str, str]],
    take: Callable[[Holdings], None],
    as_of: PointInTime | None = None,
) -> None:
    """Query what is known of these distinct (platform, handle key); `take` gets those that the registry knows."""
    pipeline.execute(*_statement(_OF_PAIRS, as_of, _parameters_of_pairs(pairs)), lambda rows: take(_read(rows)))


def ask_holders_anywhere(
    pipeline: Pipeline, keys: Collection[str], take: Callable[[Holdings], None], as_of: PointInTime | None = None
) -> None:
    """Query what is known of the handles with these distinct keys on all platforms."""
    pipeline.execute(*_statement(_OF_KEYS, as_of, {"keys": json_array(keys)}), lambda rows: take(_read(rows)))


def empty_holding(pair: tuple[str, str]) -> Holding:
    """Return the holding of a handle that no account is known to have had."""
    return Holding(*pair, None, None, None, None, ())


def _parameters_of_pairs(pairs: Collection[tuple[str, str]]) -> dict[str, object]:
    return {
        "platforms": json_array(platform for platform, _ in pairs),
        "keys": json_array(key for _, key in pairs),
    }


def _statement(
    pairs: Fragment, as_of: PointInTime | None, parameters: dict[str, object]
) -> tuple[Fragment, dict[str, object]]:
    """Return the statement and its parameters for the handles that `pairs` selects."""
    clause = with_clause(as_of, "records", "handles", "quarantine_exemptions")
    statement = compose(_INTERVALS, clause, COLUMNS, pairs, account_records(as_of))
    return statement, parameters | as_of_parameters(as_of)


def _read(rows: Iterable[Sequence[Any]]) -> Holdings:
    """Return holdings from rows of intervals, the latest first."""
    holdings: Holdings = {}
    releases: dict[tuple[str, str], list[Release]] = defaultdict(list)
    for platform, key, account_id, handle, valid_from, valid_to, *columns in rows:
        is_lifted, exempt_accounts, withdrawn_by, listed_from, *columns_of_account = columns
        account = Record._make(columns_of_account) if columns_of_account[0] is not None else None
        if valid_to is None:
            holdings[platform, key] = Holding(platform, key, account_id, handle, valid_from, account, ())
        else:
            release = Release(
                account_id, handle, valid_from, valid_to, is_lifted, exempt_accounts, withdrawn_by, listed_from, account
            )
            releases[platform, key].append(release)
    for pair, of_pair in releases.items():
        holdings[pair] = (holdings.get(pair) or empty_holding(pair))._replace(releases=tuple(of_pair))
    return holdings


def select_intervals(conn: Connection[Any], account_id: str) -> list[Interval]:
    """Return all handles of an account in chronological order, the current one last; also of a deleted account."""
    with conn.cursor(row_factory=class_row(Interval)) as cursor:
        return cursor.execute(
            """
            SELECT platform, handle, handle_key, valid_from, valid_to FROM handles WHERE account_id = %(id)s
             ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
            """,
            {"id": account_id},
        ).fetchall()
