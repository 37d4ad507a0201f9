"""A search as the functions of the database take it: what is sought, rule by rule, and where to look first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from directory.database.sql import compose
from directory.search import text_patterns
from directory.search.alternatives import whole_names
from directory.search.parsing import Sought
from directory.search.rules import LOOSE, RULES

# So many accounts are read at once and sorted; more are read from the highest bands down, in the hope that the first
# ones fill the page. Where texts are checked too, most may yet be found not to match.
_MANY: Final = 500
_MANY_CHECKED: Final = 2000
# Rules of which no more than so many accounts are expected together are asked for in one go. A step that finds nothing
# costs as much as to read that many.
_TOGETHER: Final = 100
_NOTHING: Final[tuple[str | None, ...]] = (None,) * len(RULES)
# The matches of a search in its order, `limit` of them, by the names in its parameters.
PAGE: Final = compose(
    """search_page(%(terms)s::tsquery[], %(narrow)s::tsquery[], %(checks)s::text[], %(never)s::text, %(among)s::tsquery,
                   %(firsts)s::integer[], %(walked)s::boolean[], %(chunks)s::tsquery[], %(floors)s::integer[],
                   %(tier)s::integer, %(followers)s::bigint, %(status_rank)s::integer, %(name_length)s::integer,
                   %(id)s::text, %(limit)s::integer)"""
)
# What it takes beside the search itself: facets that matches are found among, and a place after which they come.
_ANYWHERE: Final = dict.fromkeys(("among", "tier", "followers", "status_rank", "name_length", "id"))


@dataclass(frozen=True)
class Chunks:
    """Bands from the highest down, so many at once: as facets, with the lowest band of each; all below come last."""

    facets: tuple[str | None, ...] = ()
    floors: tuple[int, ...] = ()

    @cached_property
    def parameters(self) -> Mapping[str, str | None]:
        """What the functions of the search take; written once for all searches of a revision."""
        return {"chunks": write_array(self.facets), "floors": write_array(map(str, self.floors))}


@dataclass(frozen=True)
class Search:
    """What is sought, written for SQL: one text for each of RULES in each list, None where the rule does not apply."""

    sought: Sought
    terms: tuple[str | None, ...] = _NOTHING
    # What the index is asked for in their place, and about how many accounts have it.
    narrow: tuple[str | None, ...] = _NOTHING
    estimates: tuple[float, ...] = (0.0,) * len(RULES)
    checks: tuple[str | None, ...] = _NOTHING
    # All that there are, as the planner counts them.
    accounts: int = 0
    chunks: Chunks = Chunks()
    # Words that occur, by the mistyped word that they may stand for.
    corrections: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """What is sought as one whole name, in each way of writing it."""
        return frozenset(whole_names(self.sought))

    @cached_property
    def parameters(self) -> Mapping[str, str | None]:
        """What PAGE takes but for its limit: from the first match on, whatever its facets; arrays are written out."""
        return self._write(0)

    @cached_property
    def loose_parameters(self) -> Mapping[str, str | None]:
        """The same, from the first loose rule on."""
        return self._write(LOOSE)

    @property
    def most_expected(self) -> float:
        """About how many accounts the rule finds that finds most, of the strict ones."""
        return max(self.estimates[:LOOSE])

    @property
    def groups(self) -> list[tuple[int, int, bool]]:
        """The first and the last rule of each group that is read at once, and whether it is one that finds many."""
        firsts, walked = self._groups(0)
        return [*zip(firsts, [first - 1 for first in (*firsts[1:], len(RULES))], walked, strict=True)]

    def only(self, first: int, last: int) -> Search:
        """Give the search for what matches by the rules from the first to the last; what matches by others is known."""
        narrow = [asked if first <= rule <= last else None for rule, asked in enumerate(self.narrow)]
        expected = [number if first <= rule <= last else 0.0 for rule, number in enumerate(self.estimates)]
        return replace(self, narrow=tuple(narrow), estimates=tuple(expected))

    def _write(self, first: int) -> dict[str, str | None]:
        firsts, walked = self._groups(first)
        return {
            "terms": write_array(self.terms),
            "narrow": write_array(self.narrow),
            "checks": write_array(self.checks),
            "never": "|".join(map(text_patterns.phrase, self.sought.excluded)) or None,
            "firsts": write_array(map(str, firsts)),
            "walked": write_array(map(str, walked)),
            **self.chunks.parameters,
            **_ANYWHERE,
        }

    def _groups(self, first: int) -> tuple[list[int], list[bool]]:
        """Give the first rule of each group that is read at once, and which groups are read band by band.

        Rules are read together as long as they find few accounts, as better ones may fill the page; one that finds many
        is a group of its own.
        """
        firsts, walked, together = [first], [False], 0.0
        for rule in range(first, len(RULES)):
            accounts = self.estimates[rule]
            most = _MANY if self.checks[rule] is None else _MANY_CHECKED
            is_many = accounts > most and len(self.chunks.floors) > 1
            if rule > first and (is_many or walked[-1] or together + accounts > _TOGETHER):
                firsts.append(rule)
                walked.append(is_many)
                together = 0.0
            elif is_many:
                walked[-1] = True
            together += accounts
        return firsts, walked


def write_array(items: Iterable[str | None]) -> str:
    """Write texts as PostgreSQL has an array. The driver would do so for every request, item by item."""
    return "{" + ",".join(["NULL" if item is None else _in_quotes(item) for item in items]) + "}"


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
