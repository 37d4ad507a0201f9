"""Which accounts are meant: a filter whose values the registry knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from directory.database.point_in_time import PointInTime
from directory.http.fields import Selection
from directory.regions.queries import RegionNode
from directory.search.query_plan import QueryPlan

# Columns that a filter compares for equality, by the name of their parameter.
EQUAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "platform": "platform",
        "department": "department_id",
        "department_type": "department_type",
        "status": "status",
        "verification": "verification",
        "subject": "subject",
    }
)
# Columns that hold several values of which one must match.
ARRAYS: Final[Mapping[str, str]] = MappingProxyType({"tag": "tags", "source": "sources"})
# What a search is narrowed by without reading accounts, by the mark of its facets (see account_search.facets).
SEARCHED: Final[Mapping[str, str]] = MappingProxyType(
    {"platform": "p", "department_type": "t", "status": "s", "verification": "v", "subject": "u"}
)
# What the kept counts can tell apart; regions only down to the first division of a country.
KEPT: Final = frozenset({"platform", "department_type", "status", "verification", "subject", "language"})
KEPT_DEPTH: Final = 2


@dataclass(frozen=True, slots=True)
class Places:
    """Regions asked for and excluded, each meaning itself and all below."""

    include: tuple[RegionNode, ...] = ()
    exclude: tuple[RegionNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of accounts: AND between its parts, OR within each."""

    search: QueryPlan | None = None
    # What was typed, of which `search` was made.
    typed: str = ""
    # Words that were typed and left out, as nothing has them all.
    dropped: tuple[str, ...] = ()
    regions: Places = Places()
    # By parameter: those of EQUAL and ARRAYS, and `language`.
    selections: Mapping[str, Selection] = field(default_factory=dict)
    followers_min: int | None = None
    followers_max: int | None = None
    opened_after: dt.date | None = None
    opened_before: dt.date | None = None
    updated_after: dt.datetime | None = None
    # None: as they are now.
    as_of: PointInTime | None = None

    @property
    def ranges(self) -> tuple[object, ...]:
        """The ends of ranges that are given."""
        ends = (self.followers_min, self.followers_max, self.opened_after, self.opened_before, self.updated_after)
        return tuple(end for end in ends if end is not None)

    @property
    def is_empty(self) -> bool:
        """Tell whether every account is meant."""
        places = self.regions.include or self.regions.exclude
        return not (places or self.selections or self.ranges or self.search)

    @property
    def is_kept(self) -> bool:
        """Tell whether kept counts can answer for this filter."""
        if self.search or self.ranges or not self.selections.keys() <= KEPT:
            return False
        return all(place.depth <= KEPT_DEPTH for place in (*self.regions.include, *self.regions.exclude))

    @property
    def is_search_alone(self) -> bool:
        """Tell whether a search is all that is asked."""
        return self.search is not None and replace(self, search=None).is_empty

    @property
    def is_searched(self) -> bool:
        """Tell whether the search alone can answer, its facets included: of what is now."""
        if self.search is None or self.as_of is not None:
            return False
        return not self.ranges and self.selections.keys() <= SEARCHED.keys()

    @property
    def facet(self) -> str | None:
        """The tsquery of facets that the filter asks for, as far as facets tell; None where they need not be asked."""
        chosen = [(mark, self.selections[name]) for name, mark in SEARCHED.items() if name in self.selections]
        places = Selection(
            tuple(place.code for place in self.regions.include), tuple(place.code for place in self.regions.exclude)
        )
        if places:
            chosen.append(("r", places))
        if not chosen:
            return None
        asked = [_one_of(mark, selection.include) for mark, selection in chosen if selection.include]
        refused = [f"!({_one_of(mark, selection.exclude)})" for mark, selection in chosen if selection.exclude]
        # Every account has a subject: an index is not to be asked for what is not there and nothing else.
        return " & ".join(f"({part})" for part in [*(asked or [_one_of("u", ("body", "person"))]), *refused])

    @property
    def is_one_platform(self) -> bool:
        """Tell whether one platform is meant, all of it or in one province, and nothing else is asked.

        One index holds just these in the order of followers.
        """
        platforms = self.selections.get("platform", Selection())
        if len(platforms.include) != 1 or platforms.exclude or len(self.selections) > 1 or self.ranges or self.search:
            return False
        provinces = self.regions.include
        return not self.regions.exclude and len(provinces) <= 1 and all(p.depth == KEPT_DEPTH for p in provinces)


def _one_of(mark: str, values: tuple[str, ...]) -> str:
    return " | ".join(f"'{mark}{value}'" for value in values)
