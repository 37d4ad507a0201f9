"""From a text to the accounts that it finds: readings and corrections looked up, loose ways tried where few match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from directory.search import queries
from directory.search.expressions import Shares
from directory.search.parsing import UnsearchableError, parse
from directory.search.pinyin_index import Spoken
from directory.search.query_plan import Chunks, Search
from directory.search.spelling import edits, nearest, wanted_parts
from directory.search.tiers import homophone_readings, loosen, make_tiers, wanted_readings
from directory.text.normalization import is_unspaced

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.revisions import State

# The highest bands hold so many accounts, with the next ones they are so many times more.
_TOP: Final = 512
_GROWTH: Final = 8
_MAX_CORRECTIONS: Final = 20
_GROUP: Final = 8
_HIGHEST: Final = 143
_KEPT: Final = 2_048


def understand(database: Database, text: str) -> Search:
    """Return the search that a text means at the latest revision; raise UnsearchableError if it means none.

    Its loose ways are not in it: see `widen`.
    """
    return _understand(database, database.state, text)


def understand_any(database: Database, text: str) -> Search | None:
    """Return the search that a text means, None where it means none."""
    try:
        return understand(database, text)
    except UnsearchableError:
        return None


def widen(database: Database, text: str) -> Search:
    """Return the search with its loose ways: characters apart, letters inside handles, mistyped words."""
    return _widen(database, database.state, text)


def forget() -> None:
    """Forget every search that was understood: for whoever measures what it costs."""
    _understand.cache_clear()
    _widen.cache_clear()


@lru_cache(maxsize=_KEPT)
def _understand(database: Database, revision: State, text: str) -> Search:
    sought = parse(text)
    chunks, shares = _survey(database, revision)
    return replace(make_tiers(sought, _read(database, revision, wanted_readings(sought)), shares), chunks=chunks)


@lru_cache(maxsize=_KEPT)
def _widen(database: Database, revision: State, text: str) -> Search:
    search = _understand(database, revision, text)
    _, shares = _survey(database, revision)
    sought = search.sought
    readings = _read(database, revision, [*wanted_readings(sought), *homophone_readings(sought)])
    with database.read() as conn:
        corrections = _correct(conn, sought.words)
    return loosen(search, readings, shares, corrections)


def _read(database: Database, revision: State, wanted: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the characters that occur with each reading."""
    if not wanted:
        return {}
    spoken = _spoken(database)
    if spoken.revision != revision:
        with database.read() as conn:
            spoken.refresh(conn, revision)
    return spoken.find(wanted)


@lru_cache(maxsize=4)
def _spoken(_database: Database) -> Spoken:
    return Spoken()


def _correct(conn: Connection[Any], words: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the words that occur and are within the forgiven edits of those that were typed."""
    mistyped = [word for word in words if edits(word) and not is_unspaced(word)]
    if not mistyped:
        return {}
    found = queries.select_words(conn, [part for word in mistyped for part in wanted_parts(word)])
    return {word: nearest(word, found, _MAX_CORRECTIONS) for word in mistyped}


@lru_cache(maxsize=4)
def _survey(database: Database, _revision: State) -> tuple[Chunks, Shares]:
    """Return what the planner's statistics say: where to look first, and which terms are frequent.

    What is found does not depend on them.
    """
    with database.read() as conn:
        bands = queries.select_bands(conn)
        return make_chunks(bands), Shares.among(sum(bands.values()), queries.select_shares(conn))


def make_chunks(bands: Mapping[int, int]) -> Chunks:
    """Return the bands in chunks of growing size, by the number of accounts of each."""
    facets: list[str | None] = []
    floors: list[int] = []
    seen, wanted, ceiling = 0, _TOP, _HIGHEST + 1
    for band, accounts in sorted(bands.items(), reverse=True):
        seen += accounts
        if seen >= wanted:
            facets.append(write_bands(band, ceiling))
            floors.append(band)
            wanted, ceiling = wanted * _GROWTH, band
    return Chunks((*facets, None), (*floors, 0))


def write_bands(floor: int, ceiling: int) -> str:
    """Return the tsquery of the bands from `floor` to below `ceiling`, eight neighbours as one where they can be."""
    names, band = [], floor
    while band < ceiling:
        if band % _GROUP == 0 and band + _GROUP <= ceiling:
            names.append(f"g{band // _GROUP}")
            band += _GROUP
        else:
            names.append(f"b{band}")
            band += 1
    return " | ".join(f"'{name}'" for name in names)
