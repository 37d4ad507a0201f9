"""Relaxation: which words to drop from a search that finds nothing, so that it finds something.

The fewest possible are dropped (Elasticsearch's minimum_should_match, with the words chosen). Stop words ("the", "of")
go first, and a search is never reduced to them; then what people add to a name ("official"); then the most frequent
words, at most half of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from directory.search.parsing import AMPERSAND, MAX_WORDS, ParsedQuery
from directory.search.query_plan import QueryPlan, add_fuzzy_tiers, plan_query
from directory.search.synonyms import is_added_word, is_stop_word, split_added_word
from directory.text.normalization import is_unspaced

if TYPE_CHECKING:
    from directory.database.connections import Database

# At most so many sets of words are tried; each costs a search that finds little.
_MAX_TRIED: Final = 20
# Matches of a word are counted up to here, and estimated beyond.
_MAX_COUNTED: Final = 50
# Returns the number of accounts that a plan finds, at most the number passed.
Count = Callable[[QueryPlan, int], int]


@dataclass(frozen=True, slots=True)
class RelaxedQuery:
    """The query to search for instead, and the words dropped, in the order in which they were typed."""

    text: str
    dropped: tuple[str, ...]


def split_added_words(query: ParsedQuery) -> ParsedQuery:
    """Return the query with what people add to a name as a word of its own: 成都发布官方微博 becomes two words."""
    split = [split_added_word(word) if is_unspaced(word) else word for word in query.words]
    if tuple(split) == query.words or sum(len(word.split()) for word in split) > MAX_WORDS:
        return query
    parts = dict(zip(query.words, split, strict=True))
    tokens = tuple(part for token in query.tokens or query.words for part in parts.get(token, token).split())
    words = tuple(dict.fromkeys(token for token in tokens if token != AMPERSAND))
    return replace(query, words=words, tokens=tokens)


def relax_query(database: Database, query: ParsedQuery, count: Count) -> RelaxedQuery | None:
    """Return what to search for where a query finds nothing, None where too little of it would be left.

    Phrases and excluded words stay as they are.
    """
    query = split_added_words(query)
    stop_words = [word for word in query.words if is_stop_word(word)]
    content_words = [word for word in query.words if not is_stop_word(word)]
    if not content_words or len(query.words) + len(query.phrases) == 1:
        return None

    def try_without(dropped: Sequence[str]) -> RelaxedQuery | None:
        rest = RelaxedQuery(query.text_without(dropped), tuple(word for word in query.words if word in dropped))
        return rest if count(add_fuzzy_tiers(database, rest.text), 1) else None

    if stop_words and (relaxed := try_without(stop_words)) is not None:
        return relaxed
    for dropped in _word_sets(database, content_words, len(query.phrases), count):
        if (relaxed := try_without([*stop_words, *dropped])) is not None:
            # A name that has its stop words ranks better with them in the query.
            return (try_without(dropped) if stop_words else None) or relaxed
    return None


def _word_sets(database: Database, content_words: Sequence[str], phrases: int, count: Count) -> Iterator[Sequence[str]]:
    """Yield sets of words to drop, the best first; each contains the words that no account has."""
    # Added words do not count, unless there is nothing else.
    named = {word for word in content_words if not is_added_word(word)} or set(content_words)
    max_dropped = (len(named) + phrases) // 2
    missing: list[str] = []
    frequent: dict[str, float] = {}
    for word in content_words:
        matches = count(add_fuzzy_tiers(database, word), _MAX_COUNTED)
        if matches:
            is_more = matches == _MAX_COUNTED
            frequent[word] = max(matches, plan_query(database, word).max_estimate) if is_more else matches
            continue
        missing.append(word)
        if len(named.intersection(missing)) > max_dropped:
            return
    # Of equally frequent words the last one typed comes first.
    present = [*reversed(frequent)]
    present.sort(key=lambda word: (is_added_word(word), frequent[word]), reverse=True)
    largest = max_dropped - len(named.intersection(missing)) + sum(word not in named for word in present)
    every = (
        (*missing, *further)
        for size in range(0 if missing else 1, min(largest, len(present)) + 1)
        for further in combinations(present, size)
    )
    allowed = (
        dropped
        for dropped in every
        if len(named.intersection(dropped)) <= max_dropped and (phrases or not named.issubset(dropped))
    )
    yield from islice(allowed, _MAX_TRIED)
