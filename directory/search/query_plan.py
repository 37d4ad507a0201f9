"""The plan of a search: what each tier asks the index for, and in which order the accounts are read.

Two things make a search cost the same at 50,000 accounts and at 1,000,000, whatever it finds:

- Index queries: of each tier the index gets only the rare part (see `directory.search.expressions`).
- Bands: the order within a tier (followers, status, length of the name) is also indexed in coarse steps, as a lexeme.
  A frequent word is looked for among the 512 highest accounts first, then among eight times as many, and so on until
  the page is full.

Both come from the planner's statistics, and what is found depends on neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from directory.database.sql import array_literal
from directory.search import queries
from directory.search.expressions import TermFrequencies, phrase_pattern
from directory.search.parsing import ParsedQuery, UnsearchableError, parse_query
from directory.search.pinyin_index import PinyinIndex
from directory.search.spelling import max_edits, nearest_words, query_parts
from directory.search.synonyms import whole_name_variants
from directory.search.tiers import (
    EXACT,
    FIRST_FUZZY,
    PINYIN,
    TIERS,
    Tier,
    build_fuzzy_tiers,
    build_tiers,
    homophone_readings,
    pinyin_readings,
)
from directory.text.normalization import is_unspaced

if TYPE_CHECKING:
    from directory.database.connections import Database
    from directory.database.revisions import State

# Accounts in the highest bands that are read first; each further step reads eight times as many.
_FIRST_STEP: Final = 512
_GROWTH: Final = 8
_HIGHEST_BAND: Final = 143
# The index also has a lexeme for each eight neighbouring bands.
_BAND_GROUP: Final = 8
# A tier with at most so many accounts is read at once and sorted. More are read by band, in the hope that the first
# ones fill the page. Where texts are checked too, most of them may turn out not to match.
_READ_AT_ONCE: Final = 500
_READ_AT_ONCE_WITH_PATTERN: Final = 2000
# Tiers that together expect at most so many accounts are one group: a query that finds nothing costs as much as reading
# that many.
_MAX_GROUPED: Final = 100
_MAX_CORRECTIONS: Final = 20
_CACHED_PLANS: Final = 2_048
_NONE: Final[tuple[str | None, ...]] = (None,) * len(TIERS)
# The parameters of `queries.SEARCH_PAGE` that are no part of the plan: a filter, and the position before the page.
_FROM_THE_FIRST: Final = dict.fromkeys(("facet_filter", "tier", "followers", "status_rank", "name_length", "id"))


# Without slots, here and below: cached_property needs a __dict__.
@dataclass(frozen=True)
class Bands:
    """The steps in which bands are read, from the highest down; the last one has all the rest."""

    # The tsquery of each step's bands, None for all the rest.
    facets: tuple[str | None, ...] = ()
    # The lowest band of each step.
    floors: tuple[int, ...] = ()

    @cached_property
    def parameters(self) -> Mapping[str, str | None]:
        """The parameters of the search functions, written once for all searches of a revision."""
        return {"band_facets": array_literal(self.facets), "band_floors": array_literal(map(str, self.floors))}


@dataclass(frozen=True)
class QueryPlan:
    """A search as the functions of the database take it; each tuple has an item for each of TIERS."""

    query: ParsedQuery
    # The whole expressions, as tsqueries.
    tiers: tuple[str | None, ...] = _NONE
    # The queries of the index, and about how many accounts each returns.
    index_queries: tuple[str | None, ...] = _NONE
    estimates: tuple[float, ...] = (0.0,) * len(TIERS)
    text_patterns: tuple[str | None, ...] = _NONE
    # All accounts of the registry, by the planner's statistics.
    accounts: int = 0
    bands: Bands = Bands()
    # Words that occur, by the mistyped word that they may stand for.
    corrections: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """The whole query as one name, in each way of writing it."""
        return frozenset(whole_name_variants(self.query))

    @cached_property
    def parameters(self) -> Mapping[str, str | None]:
        """The parameters of the search functions, all but the limit: arrays are written out."""
        return self._parameters_from(0)

    @cached_property
    def fuzzy_parameters(self) -> Mapping[str, str | None]:
        """The same, from the first fuzzy tier on."""
        return self._parameters_from(FIRST_FUZZY)

    @property
    def max_estimate(self) -> float:
        """About how many accounts the tier with the most accounts finds, of those that are not fuzzy."""
        return max(self.estimates[:FIRST_FUZZY])

    @property
    def groups(self) -> list[tuple[int, int, bool]]:
        """The first and the last tier of each group that is read at once, and whether it is read by band."""
        starts, by_band = self._group(0)
        return [*zip(starts, [start - 1 for start in (*starts[1:], len(TIERS))], by_band, strict=True)]

    def restricted_to(self, first: int, last: int) -> QueryPlan:
        """Return the plan that reads the tiers from the first to the last, and still knows what matches by others."""
        index_queries = [query if first <= tier <= last else None for tier, query in enumerate(self.index_queries)]
        estimates = [estimate if first <= tier <= last else 0.0 for tier, estimate in enumerate(self.estimates)]
        return replace(self, index_queries=tuple(index_queries), estimates=tuple(estimates))

    def with_tiers(self, tiers: Sequence[Tier | None], terms: TermFrequencies) -> QueryPlan:
        """Return the plan with further tiers, by their numbers."""
        tsqueries, index_queries = list(self.tiers), list(self.index_queries)
        patterns, estimates = list(self.text_patterns), list(self.estimates)
        for number, tier in enumerate(tiers):
            if tier is not None:
                index_query = tier.expression.index_query(terms)
                tsqueries[number] = tier.expression.tsquery
                index_queries[number] = index_query.expression.tsquery
                patterns[number] = tier.text_pattern
                # Few accounts share a name, whatever is expected of a term outside the statistics.
                is_name = number in {EXACT, PINYIN}
                estimates[number] = 0.0 if is_name else index_query.frequency * terms.accounts
        return replace(
            self,
            tiers=tuple(tsqueries),
            index_queries=tuple(index_queries),
            text_patterns=tuple(patterns),
            estimates=tuple(estimates),
            accounts=terms.accounts,
        )

    def _parameters_from(self, tier: int) -> dict[str, str | None]:
        starts, by_band = self._group(tier)
        return {
            "tiers": array_literal(self.tiers),
            "index_queries": array_literal(self.index_queries),
            "text_patterns": array_literal(self.text_patterns),
            "excluded_pattern": "|".join(map(phrase_pattern, self.query.excluded)) or None,
            "group_starts": array_literal(map(str, starts)),
            "by_band": array_literal(map(str, by_band)),
            **self.bands.parameters,
            **_FROM_THE_FIRST,
        }

    def _group(self, first: int) -> tuple[list[int], list[bool]]:
        """Return the first tier of each group that is read at once, and which groups are read by band.

        Tiers are one group as long as they find few accounts; a tier that finds many is a group of its own, as better
        ones may fill the page.
        """
        starts, by_band, expected = [first], [False], 0.0
        for tier in range(first, len(TIERS)):
            estimate = self.estimates[tier]
            at_once = _READ_AT_ONCE if self.text_patterns[tier] is None else _READ_AT_ONCE_WITH_PATTERN
            is_many = estimate > at_once and len(self.bands.floors) > 1
            if tier > first and (is_many or by_band[-1] or expected + estimate > _MAX_GROUPED):
                starts.append(tier)
                by_band.append(is_many)
                expected = 0.0
            elif is_many:
                by_band[-1] = True
            expected += estimate
        return starts, by_band


def plan_query(database: Database, text: str) -> QueryPlan:
    """Return the plan of a query at the latest revision, without fuzzy tiers; raise UnsearchableError."""
    return _plan_query(database, database.state, text)


def try_plan_query(database: Database, text: str) -> QueryPlan | None:
    """Return the plan of a query, None where it cannot be searched for."""
    try:
        return plan_query(database, text)
    except UnsearchableError:
        return None


def add_fuzzy_tiers(database: Database, text: str) -> QueryPlan:
    """Return the plan of a query with its fuzzy tiers: characters apart, letters inside handles, mistyped words."""
    return _plan_fuzzy(database, database.state, text)


def clear_caches() -> None:
    """Forget all plans, for benchmarks."""
    _plan_query.cache_clear()
    _plan_fuzzy.cache_clear()


# The revision is part of the key: readings, corrections and statistics change with it.
@lru_cache(maxsize=_CACHED_PLANS)
def _plan_query(database: Database, revision: State, text: str) -> QueryPlan:
    query = parse_query(text)
    bands, terms = _statistics(database, revision)
    tiers = build_tiers(query, _characters_read(database, revision, pinyin_readings(query)))
    return QueryPlan(query, bands=bands).with_tiers(tiers, terms)


@lru_cache(maxsize=_CACHED_PLANS)
def _plan_fuzzy(database: Database, revision: State, text: str) -> QueryPlan:
    plan = _plan_query(database, revision, text)
    query = plan.query
    _, terms = _statistics(database, revision)
    readings = _characters_read(database, revision, [*pinyin_readings(query), *homophone_readings(query)])
    corrections: Mapping[str, Sequence[str]] = {}
    if mistyped := [word for word in query.words if max_edits(word) and not is_unspaced(word)]:
        with database.read() as conn:
            candidates = queries.select_words(conn, [part for word in mistyped for part in query_parts(word)])
        corrections = {word: nearest_words(word, candidates, _MAX_CORRECTIONS) for word in mistyped}
    plan = plan.with_tiers(build_fuzzy_tiers(query, readings, corrections), terms)
    return replace(plan, corrections=corrections)


def _characters_read(database: Database, revision: State, readings: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the characters that occur in the registry, by reading."""
    if not readings:
        return {}
    index = _pinyin_index(database)
    if index.revision != revision:
        with database.read() as conn:
            index.refresh(conn, revision)
    return index.find(readings)


@lru_cache(maxsize=4)
def _pinyin_index(_database: Database) -> PinyinIndex:
    return PinyinIndex()


@lru_cache(maxsize=4)
def _statistics(database: Database, _revision: State) -> tuple[Bands, TermFrequencies]:
    """Return what the planner's statistics say at a revision: where to look first, and which terms are frequent."""
    with database.read() as conn:
        accounts = queries.select_bands(conn)
        terms = TermFrequencies.from_statistics(sum(accounts.values()), queries.select_term_frequencies(conn))
        return build_bands(accounts), terms


def build_bands(accounts: Mapping[int, int]) -> Bands:
    """Return the bands in steps of growing size, by the number of accounts in each band."""
    facets: list[str | None] = []
    floors: list[int] = []
    total, target, ceiling = 0, _FIRST_STEP, _HIGHEST_BAND + 1
    for band, count in sorted(accounts.items(), reverse=True):
        total += count
        if total >= target:
            facets.append(bands_tsquery(band, ceiling))
            floors.append(band)
            target, ceiling = target * _GROWTH, band
    return Bands((*facets, None), (*floors, 0))


def bands_tsquery(floor: int, ceiling: int) -> str:
    """Return the tsquery of the bands from `floor` to below `ceiling`, with one lexeme for eight where there is one."""
    lexemes, band = [], floor
    while band < ceiling:
        # A scan of a GIN index reads the list of each lexeme, so fewer lexemes cost less.
        if band % _BAND_GROUP == 0 and band + _BAND_GROUP <= ceiling:
            lexemes.append(f"g{band // _BAND_GROUP}")
            band += _BAND_GROUP
        else:
            lexemes.append(f"b{band}")
            band += 1
    return " | ".join(f"'{lexeme}'" for lexeme in lexemes)
