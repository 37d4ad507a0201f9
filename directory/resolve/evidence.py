"""What the registry knows of all that a batch may name, gathered in few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Final

from directory.accounts.account_record import Record
from directory.accounts.handles import Holding, Holdings, ask_holders, ask_holders_anywhere, unknown
from directory.database.point_in_time import PointInTime
from directory.database.prepared_statements import Pipeline
from directory.lookalikes.keys import name_keys, query_keys
from directory.lookalikes.skeletons import ascii_readings
from directory.platforms.addresses import handle_key, is_user_id_but_for_case
from directory.resolve import queries
from directory.resolve.input_parsing import Asked, keys_anywhere
from directory.resolve.name_forms import NameForm
from directory.resolve.queries import Departure, Similar, Way
from directory.search.query_plan import QueryPlan
from directory.search.terms import MAX_NAME_LENGTH

# As `q` takes.
_MAX_WORDS_LENGTH: Final = 200
# Of the forms of a name, of which the last leave out the less likely regions.
_MAX_DISGUISED: Final = 8
# In the place of a platform: on any.
_ANYWHERE: Final = ""
# Gives the search that a text means, None where it cannot be searched for.
Understand = Callable[[str], QueryPlan | None]


@dataclass(slots=True)
class Findings:
    """Accounts, handles and names that were found, by what was asked for, as of a revision or (None) now."""

    as_of: PointInTime | None = None
    records: dict[str, Record] = field(default_factory=dict[str, Record])
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict[tuple[str, str], Holding])
    # By the key of the handle.
    anywhere: dict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    departures: dict[str, Departure] = field(default_factory=dict[str, Departure])
    # By words and platform: what the search finds.
    similar: dict[tuple[str, str | None], list[Similar]] = field(
        default_factory=dict[tuple[str, str | None], list[Similar]]
    )
    _under: dict[tuple[Way, str], list[Record]] = field(default_factory=lambda: defaultdict(list))
    _asked: dict[Way, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def under(self, way: Way, key: str, platform: str | None = None) -> Sequence[Record]:
        """Give the accounts that were found in a way under a key, on one platform or on all."""
        found = self._under.get((way, key), ())
        if platform is None or not found:
            return found
        return [record for record in found if record.platform == platform]

    def successor(self, account_id: str) -> str:
        """Give the id that an account has now: its own, or that of the account which it was merged into."""
        departure = self.departures.get(account_id)
        return departure.successor_id if departure is not None and departure.successor_id is not None else account_id

    def look_up(
        self, pipeline: Pipeline, asked: Mapping[Way, Iterable[tuple[str, str]]], *, documents: bool = True
    ) -> None:
        """Ask for accounts by pairs of a platform and a key, in each way; with their public JSON, or without."""
        wanted: dict[Way, Iterable[tuple[str, str]]] = {}
        for way, pairs in asked.items():
            # What was asked for a while ago is not asked again.
            known, each = self._asked[way], dict.fromkeys(pairs)
            if known:
                each = {pair: None for pair in each if pair not in known}
            if each:
                known.update(each)
                wanted[way] = each
        if wanted:
            queries.ask_records(pipeline, wanted, self._keep, self.as_of, documents=documents)

    def _keep(self, rows: Iterable[tuple[Way, str, Record]]) -> None:
        for way, key, record in rows:
            self._under[way, key].append(record)
            if record.document is not None or record.id not in self.records:
                self.records[record.id] = record

    def take(self, holdings: Holdings) -> None:
        """Keep what is known of handles, and the accounts that hold or held them."""
        self.holdings |= holdings
        self._take_accounts(holdings)

    def take_anywhere(self, holdings: Holdings) -> None:
        """Keep what is known of handles that were asked for without a platform."""
        for pair in sorted(holdings):
            self.anywhere[pair[1]].append(holdings[pair])
        self._take_accounts(holdings)

    def _take_accounts(self, holdings: Holdings) -> None:
        for holding in holdings.values():
            if holding.account is not None:
                self.records[holding.account.id] = holding.account
            for release in holding.releases:
                if release.account is not None:
                    self.records[release.account.id] = release.account


def pairs_of(asked: Asked) -> list[tuple[str, str]]:
    """Return the pairs of platform and handle key that a text names for certain."""
    address = asked.address
    platform = address.platform if address is not None else asked.platform
    if platform is None:
        return []
    handle = address.handle if address is not None else None
    keys = [handle_key(platform, handle)] if handle is not None else []
    return [(platform, key) for key in (*keys, *asked.keys)]


def elsewhere_keys(asked: Asked) -> tuple[str, ...]:
    """Give the keys under which the same handle is looked for on other platforms."""
    return _keys_anywhere((asked.handle or "").rpartition("/")[2])


# Asked for when a text is looked up, and again when it is judged.
_keys_anywhere: Final = lru_cache(maxsize=4096)(keys_anywhere)


def disguised_keys(asked: Asked) -> Iterator[tuple[Way, str, NameForm]]:
    """Return the keys under which accounts are looked for whose names a typed name looks like, each with its way."""
    if asked.is_url or asked.text.isascii():
        return
    for form in asked.names[:_MAX_DISGUISED]:
        for plain in ascii_readings(form.text[:MAX_NAME_LENGTH]):
            if plain[:MAX_NAME_LENGTH] not in {"", form.key}:
                yield "name", plain[:MAX_NAME_LENGTH], form
        for key in name_keys(form.text):
            # By the others what stands in a handle's place is looked for already.
            if key[0] == "~" or form.text != asked.handle:
                yield "look_alike", key, form


def gather_exact(pipeline: Pipeline, found: Findings, batch: Sequence[Asked]) -> None:
    """Ask for all that is named for certain: ids, handles, user ids, names."""
    pairs = dict.fromkeys(pair for asked in batch for pair in pairs_of(asked) if pair not in found.holdings)
    if pairs:
        found.holdings.update((pair, unknown(pair)) for pair in pairs)
        ask_holders(pipeline, pairs, found.take, found.as_of)
    named = dict.fromkeys(key for asked in batch if asked.platform is None for key in asked.keys)
    keys = [key for key in named if key not in found.anywhere]
    if keys:
        found.anywhere.update((key, []) for key in keys)
        ask_holders_anywhere(pipeline, keys, found.take_anywhere, found.as_of)
    found.look_up(
        pipeline,
        {
            "user_id": (
                (asked.address.platform, asked.address.user_id)
                for asked in batch
                if asked.address is not None and asked.address.user_id is not None
            ),
            "name": ((_ANYWHERE, form.key) for asked in batch if not asked.is_url for form in asked.names),
            "id": ((_ANYWHERE, asked.registry_id) for asked in batch if asked.registry_id is not None),
        },
    )


def follow(pipeline: Pipeline, found: Findings, batch: Iterable[Asked]) -> None:
    """Look up what became of the accounts that went, and who took over from those that ended."""
    held = (*found.holdings.values(), *(each for holdings in found.anywhere.values() for each in holdings))
    wanted = {asked.registry_id for asked in batch if asked.registry_id is not None}
    wanted |= {release.account_id for each in held for release in each.releases}
    # First the accounts that went and those that replaced others, then the successors of those that went.
    for _ in range(2):
        wanted |= {record.replaced_by for record in found.records.values() if record.replaced_by is not None}
        wanted |= {
            departure.successor_id for departure in found.departures.values() if departure.successor_id is not None
        }
        wanted -= found.records.keys() | found.departures.keys()
        if not wanted:
            return
        found.look_up(pipeline, {"id": ((_ANYWHERE, account_id) for account_id in wanted)})
        pipeline.sync()
        gone = wanted - found.records.keys()
        if gone:
            found.departures |= {
                departure.id: departure for departure in queries.select_departures(pipeline.conn, gone, found.as_of)
            }


def gather_near(pipeline: Pipeline, found: Findings, batch: Sequence[Asked], *, documents: bool) -> None:
    """Ask for what may be meant by texts that name nothing for certain; `documents`: with the public JSON of all."""
    disguised = [each for asked in batch for each in disguised_keys(asked)]
    handled = [asked for asked in batch if asked.handle is not None]
    urls = [asked for asked in handled if asked.is_url]
    found.look_up(
        pipeline,
        {
            "look_alike": (
                *(
                    (asked.platform or _ANYWHERE, key)
                    for asked in handled
                    for key in query_keys(asked.platform, asked.handle or "")
                ),
                *((_ANYWHERE, key) for way, key, _ in disguised if way == "look_alike"),
            ),
            "handle": ((_ANYWHERE, key) for asked in urls for key in elsewhere_keys(asked)),
            "name": (
                *((_ANYWHERE, form.key) for asked in urls for form in asked.names),
                *((_ANYWHERE, key) for way, key, _ in disguised if way == "name"),
            ),
            "lower_user_id": (
                (asked.platform, asked.handle.lower())
                for asked in handled
                if asked.platform is not None and asked.handle is not None
                if is_user_id_but_for_case(asked.platform, asked.handle.lower())
            ),
        },
        documents=documents,
    )


def gather_similar(pipeline: Pipeline, found: Findings, batch: Iterable[Asked], understand: Understand) -> None:
    """Ask the search for the names that no account bears."""
    wanted = dict.fromkeys(
        (asked.words, asked.platform) for asked in batch if 0 < len(asked.words) <= _MAX_WORDS_LENGTH
    )
    for words, platform in wanted:
        # The server seeks one name while the next is understood.
        search = understand(words)
        if search is None:
            continue
        if found.as_of is None:
            queries.ask_similar(pipeline, search, platform, partial(found.similar.__setitem__, (words, platform)))
        else:
            pipeline.sync()
            found.similar[words, platform] = queries.select_similar_then(pipeline.conn, search, platform, found.as_of)
