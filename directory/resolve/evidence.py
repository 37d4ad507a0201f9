"""Evidence: what the registry knows of all that a batch of texts may name, collected in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Final

from directory.accounts.account_record import Record
from directory.accounts.queries.handles import Holding, Holdings, ask_holders, ask_holders_anywhere, empty_holding
from directory.database.point_in_time import PointInTime
from directory.database.prepared_statements import Pipeline
from directory.lookalikes.keys import name_keys, query_keys
from directory.lookalikes.skeletons import ascii_readings
from directory.platforms.addresses import handle_key, is_user_id_but_for_case
from directory.resolve import queries
from directory.resolve.input_parsing import ParsedInput, handle_keys_on_any_platform
from directory.resolve.names import NameForm
from directory.resolve.queries import Departure, Lookup, SearchResult
from directory.search.query_plan import QueryPlan
from directory.search.terms import MAX_NAME_LENGTH

# As long as `q` of a search may be.
_MAX_WORDS_LENGTH: Final = 200
# Forms of a name that are looked up by look-alike keys; the last ones leave out less likely regions.
_MAX_DISGUISED: Final = 8
# In the place of a platform.
_ANY_PLATFORM: Final = ""
# Returns the plan of a search, None where the text cannot be searched for.
Plan = Callable[[str], QueryPlan | None]


@dataclass(slots=True)
class Evidence:
    """Accounts, handles and names that were looked up, as of a revision or (None) now."""

    as_of: PointInTime | None = None
    records: dict[str, Record] = field(default_factory=dict[str, Record])
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict[tuple[str, str], Holding])
    # By the key of the handle, on all platforms.
    holdings_by_key: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    departures: dict[str, Departure] = field(default_factory=dict[str, Departure])
    # By words and platform.
    similar_accounts: dict[tuple[str, str | None], list[SearchResult]] = field(
        default_factory=dict[tuple[str, str | None], list[SearchResult]]
    )
    _by_key: dict[tuple[Lookup, str], list[Record]] = field(default_factory=lambda: defaultdict(list))
    _requested_pairs: dict[Lookup, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def records_by_key(self, lookup: Lookup, key: str, platform: str | None = None) -> Sequence[Record]:
        """Return the accounts that a lookup found under a key, on one platform or on all."""
        records = self._by_key.get((lookup, key), ())
        if platform is None or not records:
            return records
        return [record for record in records if record.platform == platform]

    def successor(self, account_id: str) -> str:
        """Return the id that an account has now: its own, or that of the account that it was merged into."""
        departure = self.departures.get(account_id)
        return departure.successor_id if departure is not None and departure.successor_id is not None else account_id

    def look_up(
        self, pipeline: Pipeline, keys_by_lookup: Mapping[Lookup, Iterable[tuple[str, str]]], *, documents: bool = True
    ) -> None:
        """Request accounts by pairs of a platform and a key, for each lookup; with their public JSON, or without."""
        requested: dict[Lookup, Iterable[tuple[str, str]]] = {}
        for lookup, pairs in keys_by_lookup.items():
            # What an earlier batch requested is not requested again.
            known, each = self._requested_pairs[lookup], dict.fromkeys(pairs)
            if known:
                each = {pair: None for pair in each if pair not in known}
            if each:
                known.update(each)
                requested[lookup] = each
        if requested:
            queries.request_records(pipeline, requested, self._add_records, self.as_of, documents=documents)

    def _add_records(self, rows: Iterable[tuple[Lookup, str, Record]]) -> None:
        for lookup, key, record in rows:
            self._by_key[lookup, key].append(record)
            if record.document is not None or record.id not in self.records:
                self.records[record.id] = record

    def add_holdings(self, holdings: Holdings) -> None:
        """Add who holds and held handles on a platform, with the accounts."""
        self.holdings |= holdings
        self._add_accounts(holdings)

    def add_holdings_on_any_platform(self, holdings: Holdings) -> None:
        """Add who holds and held handles that were requested on all platforms, with the accounts."""
        for pair in sorted(holdings):
            self.holdings_by_key[pair[1]].append(holdings[pair])
        self._add_accounts(holdings)

    def _add_accounts(self, holdings: Holdings) -> None:
        for holding in holdings.values():
            if holding.account is not None:
                self.records[holding.account.id] = holding.account
            for release in holding.releases:
                if release.account is not None:
                    self.records[release.account.id] = release.account


def handle_pairs(parsed: ParsedInput) -> list[tuple[str, str]]:
    """Return the pairs of platform and handle key that a text names for certain, the likeliest first."""
    address = parsed.address
    platform = address.platform if address is not None else parsed.platform
    if platform is None:
        return []
    handle = address.handle if address is not None else None
    keys = [handle_key(platform, handle)] if handle is not None else []
    return [(platform, key) for key in (*keys, *parsed.keys)]


def same_handle_keys(parsed: ParsedInput) -> tuple[str, ...]:
    """Return the keys under which the same handle is looked up on other platforms."""
    return _keys_anywhere((parsed.handle or "").rpartition("/")[2])


# Used when a text is looked up, and again when it is judged.
_keys_anywhere: Final = lru_cache(maxsize=4096)(handle_keys_on_any_platform)


def disguised_keys(parsed: ParsedInput) -> Iterator[tuple[Lookup, str, NameForm]]:
    """Yield lookup, key and form for the accounts whose names a typed name may imitate by similar characters."""
    if parsed.is_url or parsed.text.isascii():
        return
    for form in parsed.names[:_MAX_DISGUISED]:
        for plain in ascii_readings(form.text[:MAX_NAME_LENGTH]):
            if plain[:MAX_NAME_LENGTH] not in {"", form.key}:
                yield "name", plain[:MAX_NAME_LENGTH], form
        for key in name_keys(form.text):
            # What is in a handle's place is looked up by the other keys already.
            if key[0] == "~" or form.text != parsed.handle:
                yield "look_alike", key, form


def gather_exact(pipeline: Pipeline, evidence: Evidence, batch: Sequence[ParsedInput]) -> None:
    """Request all that is named for certain: ids, handles, user ids, names."""
    pairs = dict.fromkeys(pair for parsed in batch for pair in handle_pairs(parsed) if pair not in evidence.holdings)
    if pairs:
        evidence.holdings.update((pair, empty_holding(pair)) for pair in pairs)
        ask_holders(pipeline, pairs, evidence.add_holdings, evidence.as_of)
    named = dict.fromkeys(key for parsed in batch if parsed.platform is None for key in parsed.keys)
    keys = [key for key in named if key not in evidence.holdings_by_key]
    if keys:
        evidence.holdings_by_key.update((key, []) for key in keys)
        ask_holders_anywhere(pipeline, keys, evidence.add_holdings_on_any_platform, evidence.as_of)
    evidence.look_up(
        pipeline,
        {
            "user_id": (
                (parsed.address.platform, parsed.address.user_id)
                for parsed in batch
                if parsed.address is not None and parsed.address.user_id is not None
            ),
            "name": ((_ANY_PLATFORM, form.key) for parsed in batch if not parsed.is_url for form in parsed.names),
            "id": ((_ANY_PLATFORM, parsed.registry_id) for parsed in batch if parsed.registry_id is not None),
            "department": ((_ANY_PLATFORM, key) for parsed in batch for key in parsed.department_keys),
        },
    )


def follow_successors(pipeline: Pipeline, evidence: Evidence, batch: Iterable[ParsedInput]) -> None:
    """Look up what became of deleted and merged accounts, and the successors of those that ended."""
    held = (*evidence.holdings.values(), *(each for holdings in evidence.holdings_by_key.values() for each in holdings))
    requested = {parsed.registry_id for parsed in batch if parsed.registry_id is not None}
    requested |= {release.account_id for each in held for release in each.releases}
    # First the deleted and merged accounts and the successors of others, then the successors of the merged ones.
    for _ in range(2):
        requested |= {record.replaced_by for record in evidence.records.values() if record.replaced_by is not None}
        requested |= {
            departure.successor_id for departure in evidence.departures.values() if departure.successor_id is not None
        }
        requested -= evidence.records.keys() | evidence.departures.keys()
        if not requested:
            return
        evidence.look_up(pipeline, {"id": ((_ANY_PLATFORM, account_id) for account_id in requested)})
        pipeline.sync()
        gone = requested - evidence.records.keys()
        if gone:
            evidence.departures |= {
                departure.id: departure for departure in queries.select_departures(pipeline.conn, gone, evidence.as_of)
            }


def gather_similar_records(
    pipeline: Pipeline, evidence: Evidence, batch: Sequence[ParsedInput], *, documents: bool
) -> None:
    """Request what may be meant by texts that name nothing for certain; `documents`: with the public JSON of all."""
    disguised = [each for parsed in batch for each in disguised_keys(parsed)]
    handled = [parsed for parsed in batch if parsed.handle is not None]
    urls = [parsed for parsed in handled if parsed.is_url]
    evidence.look_up(
        pipeline,
        {
            "look_alike": (
                *(
                    (parsed.platform or _ANY_PLATFORM, key)
                    for parsed in handled
                    for key in query_keys(parsed.platform, parsed.handle or "")
                ),
                *((_ANY_PLATFORM, key) for lookup, key, _ in disguised if lookup == "look_alike"),
            ),
            "handle": ((_ANY_PLATFORM, key) for parsed in urls for key in same_handle_keys(parsed)),
            "name": (
                *((_ANY_PLATFORM, form.key) for parsed in urls for form in parsed.names),
                *((_ANY_PLATFORM, key) for lookup, key, _ in disguised if lookup == "name"),
            ),
            "lower_user_id": (
                (parsed.platform, parsed.handle.lower())
                for parsed in handled
                if parsed.platform is not None and parsed.handle is not None
                if is_user_id_but_for_case(parsed.platform, parsed.handle.lower())
            ),
        },
        documents=documents,
    )


def gather_search_results(pipeline: Pipeline, evidence: Evidence, batch: Iterable[ParsedInput], plan: Plan) -> None:
    """Request the search results of the names that no account has."""
    requested = dict.fromkeys(
        (parsed.words, parsed.platform) for parsed in batch if 0 < len(parsed.words) <= _MAX_WORDS_LENGTH
    )
    for words, platform in requested:
        # The server searches for one name while the next query is planned.
        search = plan(words)
        if search is None:
            continue
        if evidence.as_of is None:
            queries.request_search_results(
                pipeline, search, platform, partial(evidence.similar_accounts.__setitem__, (words, platform))
            )
        else:
            pipeline.sync()
            evidence.similar_accounts[words, platform] = queries.select_search_results(
                pipeline.conn, search, platform, evidence.as_of
            )
