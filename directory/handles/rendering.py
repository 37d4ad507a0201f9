"""Handles as tables for a terminal: who holds or held one, from when to when, and what holds others off."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from rich.console import Console
from rich.table import Table

from directory.accounts.handles import Holding, Release, select_holders, select_intervals
from directory.handles.errors import ChangeRefused
from directory.handles.queries import select_clearances, select_held, select_platforms_of, select_successor
from directory.handles.validation import read_address
from directory.ids import is_well_formed
from directory.platforms.addresses import handle_key
from directory.platforms.reference import PLATFORMS

# Where no terminal says how wide it is, lines are as long as they are.
_WIDE: Final = 200


def find_holdings(conn: Connection[Any], words: str, platform: str | None) -> list[Holding]:
    """Give all that is known of a handle (on one platform or all), of a profile's URL, or of an account's handles.

    Raises ChangeRefused for what is neither.
    """
    if platform is None and is_well_formed(words):
        account = select_held(conn, words)
        successor = select_successor(conn, words)
        if account is not None or successor is not None:
            known = words if account is not None or successor is None or successor[0] is None else successor[0]
            return select_holders(conn, _keys_of(conn, known))
    if platform is None and "/" not in words:
        plain = words.strip()
        keys = {(slug, key) for slug in PLATFORMS for key in _keys_on(slug, plain)}
        found = select_platforms_of(conn, sorted({key for _, key in keys}))
        return select_holders(conn, [pair for pair in found if pair in keys])
    address, key = read_address(platform, words, lenient=True)
    (holding,) = select_holders(conn, [(address.platform, key)])
    return [holding] if holding.account_id or holding.releases else []


def _keys_on(slug: str, plain: str) -> Iterator[str]:
    """Yield the keys of a handle on a platform: as it stands, and with the words that only a URL tells."""
    yield handle_key(slug, plain)
    yield from (
        handle_key(slug, f"{space.word}/{plain}") for space in PLATFORMS[slug].namespaces if space.is_in_url_only
    )


def _keys_of(conn: Connection[Any], account_id: str) -> list[tuple[str, str]]:
    return list(dict.fromkeys((each.platform, each.handle_key) for each in select_intervals(conn, account_id)))


def show(conn: Connection[Any], words: str, platform: str | None) -> None:
    """Print the tables of what `words` name; raises ChangeRefused if no handle and no account does."""
    holdings = find_holdings(conn, words, platform)
    if not holdings:
        raise ChangeRefused("unknown-handle", f"nobody holds or held {words}", "look at it again")
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=_WIDE)
    console.print(_tabulate(["platform", "handle", "account", "from", "to", "quarantine"], _lines(holdings)))
    cleared = [
        (each.platform, each.handle_key, account or "everybody", _time(at), str(revision), actor, reason)
        for each in holdings
        for account, revision, at, actor, reason in select_clearances(conn, each.platform, each.handle_key)
    ]
    if cleared:
        heads = ["platform", "handle", "cleared for", "at", "revision", "by", "reason"]
        console.print(_tabulate(heads, cleared))


def _lines(holdings: Iterable[Holding]) -> Iterable[Sequence[str]]:
    for each in holdings:
        for release in reversed(each.releases):
            yield (
                each.platform,
                release.handle,
                f"{release.account_id} (deleted)" if release.is_gone else release.account_id,
                _time(release.valid_from, "before"),
                _time(release.valid_to),
                _describe(release),
            )
        if each.account_id is not None:
            state = "yes: not vouched for" if each.is_quarantined else "no"
            yield (each.platform, str(each.handle), each.account_id, _time(each.valid_from, "before"), "now", state)


def _describe(release: Release) -> str:
    if release.is_lifted:
        return "cleared"
    return f"for all but {', '.join((release.account_id, *release.exempt_accounts))}"


def _tabulate(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for line in lines:
        table.add_row(*line)
    return table


def _time(at: datetime | None, otherwise: str = "") -> str:
    return otherwise if at is None else at.isoformat(timespec="seconds")
