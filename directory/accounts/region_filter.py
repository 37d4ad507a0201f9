"""The filter of accounts by region: codes and names are read as regions, and each means all below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from directory.accounts.filter_kinds import Binder, FilterKind, any_of, contradiction_error
from directory.database.sql import Fragment, compose, join
from directory.http.fields import Selection
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import ParameterError, parameter_error
from directory.regions.queries import RegionNode, explain_too_many, parse_region

if TYPE_CHECKING:
    from directory.database.connections import Database
    from directory.database.point_in_time import PointInTime
    from directory.database.revisions import State

# `account_counts` has regions down to the first division of a country.
COUNTED_DEPTH: Final = 2
# Cached as long as the revision stands: registries in use change a few times a minute at most.
_CACHED_REGIONS: Final = 8192


@dataclass(frozen=True, slots=True)
class RegionSelection:
    """Regions included and excluded, each meaning itself and all below."""

    include: tuple[RegionNode, ...] = ()
    exclude: tuple[RegionNode, ...] = ()


@dataclass(frozen=True)
class WithinRegion(FilterKind):
    """Regions by code or name, each with all below it."""

    def resolve(
        self,
        value: Selection,
        database: Database,
        as_of: PointInTime | None,  # noqa: ARG002 - regions are those of today at any point in time
        errors: list[ParameterError],
    ) -> RegionSelection:
        """Return the regions that codes, aliases and names mean."""
        terms = (*value.include, *value.exclude)
        if detail := explain_too_many(terms):
            errors.append(parameter_error(self.name, None, detail))
            return RegionSelection()
        resolved: dict[str, RegionNode] = {}
        for term in terms:
            # To suggest a code takes longer than all the rest, so only the first few errors do.
            region = _read_region(database, database.state, term, len(errors) < MAX_SUGGESTIONS)
            if isinstance(region, str):
                errors.append(parameter_error(self.name, term, region))
            else:
                resolved[term] = region
        include = dict.fromkeys(resolved[term] for term in value.include if term in resolved)
        exclude = dict.fromkeys(resolved[term] for term in value.exclude if term in resolved)
        for region in include:
            above = [other for other in exclude if region.path.startswith(other.path)]
            errors += [contradiction_error(self.name, region.code) for _ in above]
        return RegionSelection(tuple(include), tuple(exclude))

    def conditions(self, value: RegionSelection, binder: Binder) -> Iterator[Fragment]:
        """Yield the condition of the included regions and that of the excluded ones."""
        if value.include:
            yield any_of(self._is_within(region, binder) for region in value.include)
        if value.exclude:
            yield compose("({}) IS NOT TRUE", any_of(self._is_within(region, binder) for region in value.exclude))

    def is_counted_by(self, value: RegionSelection) -> bool:
        """Whether all regions are countries or first divisions."""
        return all(region.depth <= COUNTED_DEPTH for region in (*value.include, *value.exclude))

    def facet_values(self, value: RegionSelection) -> Selection:
        """Return the codes: facets have an account's region and all above it."""
        return Selection(tuple(region.code for region in value.include), tuple(region.code for region in value.exclude))

    @staticmethod
    def _is_within(region: RegionNode, binder: Binder) -> Fragment:
        if binder.table == "account_counts":
            codes = region.path.split("/")[: region.depth]
            columns = (
                compose("{} = {}", binder.column(name), binder.bind(code))
                for name, code in zip(("country", "division"), codes, strict=False)
            )
            return compose("({})", join(" AND ", columns))
        # An index begins with the division and goes on with the order of a page. A count has no order, and another
        # index has all that it reads.
        if region.depth == COUNTED_DEPTH and not binder.is_counting:
            return compose("{} = {}", binder.column("division"), binder.bind(region.code))
        # A region and all below are one range of paths: "0" is the character after the slash that ends a path.
        low, high = binder.bind(region.path), binder.bind(f"{region.path[:-1]}0")
        return compose("({0} >= {1} AND {0} < {2})", binder.column("region_path"), low, high)


@lru_cache(maxsize=_CACHED_REGIONS)
def _read_region(database: Database, _revision: State, term: str, helpful: bool) -> RegionNode | str:  # noqa: FBT001 - of the key
    with database.read() as conn:
        return parse_region(conn, term, helpful=helpful)
