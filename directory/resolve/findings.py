"""What the registry knows of all that a batch may name, gathered with one question for each kind of thing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from directory.platforms.addresses import handle_key
from directory.resolve import queries
from directory.resolve.names import NameForm, squeeze
from directory.resolve.queries import Departure, Holding, Neighbour, Record, Similar
from directory.resolve.texts import Asked, keys_anywhere
from directory.search.folding import compact
from directory.search.lookalikes import query_keys
from directory.search.searches import Search
from directory.search.terms import LONGEST_EXACT

# As `q` takes.
_LONGEST_WORDS = 200
# Gives the search that a text means, None where it cannot be searched for.
Understand = Callable[[str], Search | None]


@dataclass(slots=True)
class Findings:
    """Accounts, handles and names that were found, by what was asked for."""

    records: dict[str, Record] = field(default_factory=dict[str, Record])
    holdings: dict[tuple[str, str], list[Holding]] = field(default_factory=lambda: defaultdict(list))
    anywhere: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    user_ids: dict[tuple[str, str], Record] = field(default_factory=dict[tuple[str, str], Record])
    lower_ids: dict[tuple[str, str], list[Record]] = field(default_factory=lambda: defaultdict(list))
    departures: dict[str, Departure] = field(default_factory=dict[str, Departure])
    neighbours: dict[str, list[Neighbour]] = field(default_factory=lambda: defaultdict(list))
    compared: dict[str, Neighbour] = field(default_factory=dict[str, Neighbour])
    named: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    # By words and platform: what the search finds.
    similar: dict[tuple[str, str | None], list[Similar]] = field(
        default_factory=dict[tuple[str, str | None], list[Similar]]
    )

    def heir(self, account_id: str) -> str:
        """Give the id that an account has now: its own, or that of the account which it was merged into."""
        departure = self.departures.get(account_id)
        return departure.heir_id if departure is not None and departure.heir_id is not None else account_id


def pairs_of(asked: Asked) -> list[tuple[str, str]]:
    """Give the pairs of platform and handle key that a text names for certain."""
    if asked.platform is None:
        return []
    address = asked.address
    handle = address.handle if address is not None else None
    keys = [handle_key(asked.platform, handle)] if handle is not None else []
    return [(asked.platform, key) for key in (*keys, *asked.keys)]


def elsewhere_keys(asked: Asked) -> tuple[str, ...]:
    """Give the keys under which the same handle is looked for on other platforms."""
    return keys_anywhere((asked.handle or "").rpartition("/")[2])


def gather_exact(conn: Connection[Any], batch: Iterable[Asked]) -> Findings:
    """Look up all that is named for certain: ids, handles, user ids, names."""
    found, batch = Findings(), list(batch)
    pairs = dict.fromkeys(pair for asked in batch for pair in pairs_of(asked))
    if pairs:
        for holding in queries.select_holdings(conn, pairs):
            found.holdings[holding.platform, holding.handle_key].append(holding)
    _gather_anywhere(conn, found, (key for asked in batch if asked.platform is None for key in asked.keys))
    ids = dict.fromkeys(
        (asked.address.platform, asked.address.user_id)
        for asked in batch
        if asked.address is not None and asked.address.user_id is not None
    )
    if ids:
        for record in queries.select_by_user_id(conn, ids):
            found.records[record.id] = found.user_ids[record.platform, record.platform_user_id or ""] = record
    _gather_named(conn, found, (form.key for asked in batch if not asked.is_url for form in asked.names))
    _gather_records(conn, found, (asked.registry_id for asked in batch if asked.registry_id is not None))
    return found


def gather_similar(conn: Connection[Any], found: Findings, batch: Iterable[Asked], understand: Understand) -> None:
    """Search for the names that no account bears."""
    for words, platform in dict.fromkeys(
        (asked.words, asked.platform) for asked in batch if 0 < len(asked.words) <= _LONGEST_WORDS
    ):
        search = understand(words)
        if search is not None:
            found.similar[words, platform] = queries.select_similar(conn, search, platform)


def gather_near(conn: Connection[Any], found: Findings, batch: Iterable[Asked]) -> None:
    """Look up what may be meant by texts that name nothing for certain."""
    batch = [asked for asked in batch if asked.handle is not None]
    keys = {key: None for asked in batch for key in query_keys(asked.platform, asked.handle or "")}
    if keys:
        for neighbour in queries.select_neighbours(conn, keys):
            found.neighbours[neighbour.key].append(neighbour)
            found.compared[neighbour.account_id] = neighbour
    _gather_anywhere(conn, found, (key for asked in batch if asked.is_url for key in elsewhere_keys(asked)))
    _gather_named(conn, found, (form.key for asked in batch if asked.is_url for form in asked.names))
    lower = dict.fromkeys(
        (asked.platform, (asked.handle or "").lower())
        for asked in batch
        if asked.platform is not None and asked.handle is not None
    )
    if lower:
        for record in queries.select_by_lower_user_id(conn, lower):
            found.lower_ids[record.platform, (record.platform_user_id or "").lower()].append(record)
            found.records[record.id] = record
    _gather_records(conn, found, ())


def _gather_anywhere(conn: Connection[Any], found: Findings, keys: Iterable[str]) -> None:
    wanted = {key: None for key in keys if key not in found.anywhere}
    if wanted:
        for holding in queries.select_holdings_anywhere(conn, wanted):
            found.anywhere[holding.handle_key].append(holding)


def _gather_named(conn: Connection[Any], found: Findings, names: Iterable[str]) -> None:
    wanted = {name: None for name in names if name and name not in found.named}
    if wanted:
        for name, record in queries.select_named(conn, wanted):
            found.named[name].append(record)
            found.records[record.id] = record


def _gather_records(conn: Connection[Any], found: Findings, ids: Iterable[str]) -> None:
    """Look up the accounts that are spoken of, what became of those that went, and their successors."""
    held = (row.account_id for rows in (*found.holdings.values(), *found.anywhere.values()) for row in rows)
    wanted = {account_id for account_id in (*ids, *held) if account_id not in found.records}
    for _ in range(2):
        wanted -= found.records.keys() | found.departures.keys()
        if wanted:
            for record in queries.select_records(conn, wanted):
                found.records[record.id] = record
        gone = wanted - found.records.keys()
        if gone:
            found.departures |= {departure.id: departure for departure in queries.select_departures(conn, gone)}
        wanted = {record.replaced_by for record in found.records.values() if record.replaced_by is not None}
        wanted |= {departure.heir_id for departure in found.departures.values() if departure.heir_id is not None}


def is_named(record: Record, form: NameForm, *, exactly: bool = True) -> bool:
    """Tell whether one of an account's names is that of the form; `exactly` in its characters, not only folded."""
    names = [record.name or "", *(each["name"] for each in json.loads(record.document)["names"])]
    if exactly:
        return any(squeeze(name) == form.exact for name in names)
    return any(compact(name)[:LONGEST_EXACT] == form.key for name in names)
