"""Tables of handles for the terminal: the accounts that have or had one, with dates and quarantines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from rich.console import Console
from rich.table import Table

from directory.accounts.queries.handles import Holding, Release, select_holders, select_intervals
from directory.handles.errors import ChangeRefused
from directory.handles.queries import select_account_handle, select_exemptions, select_known_handles, select_successor
from directory.handles.validation import parse_address
from directory.ids import is_well_formed
from directory.platforms.addresses import handle_key
from directory.platforms.reference import PLATFORMS

# Output into a file or a pipe has no width of its own; no line should be folded there.
_WIDE: Final = 200


def find_holdings(conn: Connection[Any], words: str, platform: str | None) -> list[Holding]:
    """Return the holdings of a handle (on one platform or all), of a profile's URL, or of an account's handles.

    Raises ChangeRefused for anything else.
    """
    if platform is None and is_well_formed(words):
        account = select_account_handle(conn, words)
        successor = select_successor(conn, words)
        if account is not None or successor is not None:
            # Handles of a merged account have moved to its successor; those of a deleted account are still its own.
            account_id = (None if account is not None or successor is None else successor[0]) or words
            intervals = select_intervals(conn, account_id)
            return select_holders(conn, list(dict.fromkeys((each.platform, each.handle_key) for each in intervals)))
    # A bare handle fits the grammar of many platforms, so it is looked up by its key on each of them.
    if platform is None and "/" not in words:
        plain = words.strip()
        keys = {(slug, key) for slug in PLATFORMS for key in _handle_keys(slug, plain)}
        known = select_known_handles(conn, sorted({key for _, key in keys}))
        return select_holders(conn, [pair for pair in known if pair in keys])
    address, key = parse_address(platform, words, lenient=True)
    (holding,) = select_holders(conn, [(address.platform, key)])
    return [holding] if holding.account_id or holding.releases else []


def _handle_keys(slug: str, plain: str) -> Iterator[str]:
    """Yield the keys of a handle on a platform: as it is, and behind each word that only URLs show."""
    yield handle_key(slug, plain)
    yield from (
        handle_key(slug, f"{space.word}/{plain}") for space in PLATFORMS[slug].namespaces if space.is_in_url_only
    )


def print_holdings(conn: Connection[Any], words: str, platform: str | None) -> None:
    """Print the tables of a handle, URL or account id; raises ChangeRefused for an unknown one."""
    holdings = find_holdings(conn, words, platform)
    if not holdings:
        raise ChangeRefused("unknown-handle", f"no account has or had {words}", "check the spelling")
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=_WIDE)
    console.print(_tabulate(["platform", "handle", "account", "from", "to", "quarantine"], _holding_rows(holdings)))
    exemptions = [
        (each.platform, each.handle_key, account or "all accounts", _format_time(at), str(revision), actor, reason)
        for each in holdings
        for account, revision, at, actor, reason in select_exemptions(conn, each.platform, each.handle_key)
    ]
    if exemptions:
        heads = ["platform", "handle", "lifted for", "at", "revision", "by", "reason"]
        console.print(_tabulate(heads, exemptions))


def _holding_rows(holdings: Iterable[Holding]) -> Iterable[Sequence[str]]:
    for each in holdings:
        for release in reversed(each.releases):
            yield (
                each.platform,
                release.handle,
                f"{release.account_id} (deleted)" if release.is_gone else release.account_id,
                _format_time(release.valid_from, "before"),
                _format_time(release.valid_to),
                _describe_quarantine(release),
            )
        if each.account_id is not None:
            state = "yes: not vouched for" if each.is_quarantined else "no"
            yield (
                each.platform,
                str(each.handle),
                each.account_id,
                _format_time(each.valid_from, "before"),
                "now",
                state,
            )


def _describe_quarantine(release: Release) -> str:
    if release.is_lifted:
        return "lifted"
    return f"for all but {', '.join((release.account_id, *release.exempt_accounts))}"


def _tabulate(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for line in lines:
        table.add_row(*line)
    return table


def _format_time(at: datetime | None, otherwise: str = "") -> str:
    return otherwise if at is None else at.isoformat(timespec="seconds")
