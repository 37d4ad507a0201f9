"""The SQL of a filter: its conditions on the accounts, or on the counts that are kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from directory.accounts.filters import ARRAYS, EQUAL, KEPT_DEPTH, Filter, Places
from directory.accounts.sorts import CursorValue, Order
from directory.database.point_in_time import PointInTime, as_of_parameters, shadow_ctes
from directory.database.point_in_time import Table as PastTable
from directory.database.sql import Fragment, column, compose, join, placeholder
from directory.http.fields import Selection
from directory.regions.queries import RegionNode
from directory.search.query_plan import QueryPlan

Table = Literal["accounts", "account_counts"]

_HITS: Final = """
    hits AS (
        SELECT * FROM (
            SELECT s.account_id, s.name_length,
                   search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[]) AS tier
              FROM account_search AS s{}
             WHERE s.terms @@ {} AND {} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
            -- So that the tier is told once, and of no account that the filter leaves out.
            OFFSET 0
        ) AS found WHERE tier IS NOT NULL
    ) """


# Where matches are only counted and texts need not be read, which rule they match by does not matter.
_COUNTED: Final = """
    hits AS (
        SELECT s.account_id
          FROM account_search AS s{}
         WHERE {} AND {} AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
    ) """

# What the index is asked for, and what an account's terms must be.
SOUGHT: Final = compose("search_any_tier(%(q)s::tsquery[])")
MATCHES: Final = compose("s.terms @@ search_any_tier(%(q_terms)s::tsquery[])")


@dataclass(slots=True)
class Where:
    """The conditions of a filter on one table, with their parameters."""

    table: Table = "accounts"
    is_counting: bool = False
    # The planner is not told what is sought, and makes one plan for all.
    is_planned_once: bool = False
    as_of: PointInTime | None = None
    search: QueryPlan | None = None
    conditions: list[Fragment] = field(default_factory=list)
    # What is asked of a page beside the filter.
    further: list[Fragment] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: Filter, table: Table = "accounts", *, is_counting: bool = False) -> Where:
        """Give the conditions of a filter; on `account_counts` the filter must be a kept one."""
        where = cls(table, is_counting, as_of=wanted.as_of)
        where.parameters |= as_of_parameters(wanted.as_of)
        where._add_regions(wanted.regions)
        for name, selection in wanted.selections.items():
            where._add_selection(name, selection)
        where._add_range("followers", ">=", wanted.followers_min)
        where._add_range("followers", "<=", wanted.followers_max)
        where._add_range("opened_on", ">=", wanted.opened_after)
        where._add_range("opened_on", "<=", wanted.opened_before)
        where._add_range("updated_at", ">=", wanted.updated_after)
        if wanted.search:
            where.search = wanted.search
            where.parameters |= {**search_parameters(wanted.search), "q_facet": wanted.facet}
        return where

    def add(self, condition: Fragment, parameters: Mapping[str, object]) -> None:
        """Ask for one thing more than the filter does."""
        self.further.append(condition)
        self.parameters.update(parameters)

    def begin_after(self, place: Sequence[CursorValue] | None, order: Order) -> None:
        """Ask for what comes after a cursor's values in an order; from the first on where there is no cursor."""
        if place is not None:
            self.add(*order.after(place))
        if self.as_of is not None and order.newest_first is not None:
            # True of all that was there: so the index is entered behind all that came later.
            self.add(compose("{} <= %(as_of_at)s", order.newest_first), {})

    def opening(self, *, whole: bool = False) -> Fragment:
        """Give the WITH clause: what stands in for tables as of then, and what a search finds; or nothing.

        `whole`: the statement reads columns of accounts by which nothing is filtered or sorted.
        """
        tables: list[PastTable] = ["records" if whole else self.table]
        if "q" in self.parameters:
            tables.append("account_search")
        definitions = shadow_ctes(self.as_of, *tables) if self.as_of is not None else []
        if "q" in self.parameters:
            definitions.append(self._hits())
        return compose("WITH {} ", join(", ", definitions)) if definitions else compose("")

    def _hits(self) -> Fragment:
        """Give the definition of what the search finds: now within the filter, as of then whatever the filter."""
        conditions = list(self.conditions) if self.as_of is None else []
        joined = compose(" JOIN accounts ON accounts.id = s.account_id" if conditions else "")
        # Facets are those of now. As of then the conditions on the accounts say all that they would.
        if self.parameters["q_facet"] is not None and self.as_of is None:
            conditions.append(compose("s.facets @@ %(q_facet)s::tsquery"))
        others = join(" AND ", conditions) if conditions else compose("true")
        has_checks = any(self.search.text_patterns) if self.search is not None else False
        if self.is_counting and not has_checks:
            # Said twice, the planner expects the few that would be left if one had nothing to do with the other.
            is_said = self.parameters["q"] == self.parameters["q_terms"]
            return compose(
                _COUNTED, joined, MATCHES if is_said else compose("s.terms @@ {} AND {}", SOUGHT, MATCHES), others
            )
        sought = compose("(SELECT {})", SOUGHT) if self.is_planned_once else SOUGHT
        return compose(_HITS, joined, sought, others)

    def rows(self) -> Fragment:
        """Give what stands behind FROM."""
        if "q" not in self.parameters:
            return column(self.table)
        return compose("hits JOIN accounts ON accounts.id = hits.account_id")

    def clause(self) -> Fragment:
        """Give the WHERE clause; nothing where nothing is asked for."""
        # What a search finds now has been held against the filter.
        asked = self.further if "q" in self.parameters and self.as_of is None else [*self.conditions, *self.further]
        return compose("WHERE {}", join(" AND ", asked)) if asked else compose("")

    def fits(self) -> Fragment:
        """Give the filter's own conditions as one expression."""
        return join(" AND ", self.conditions) if self.conditions else compose("true")

    def _hold(self, value: object) -> Fragment:
        """Keep a value under a name of its own and give its place in the statement."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return placeholder(name)

    def _column(self, name: str) -> Fragment:
        """Give a column by its whole name: a statement may join tables that have others of the same name."""
        return column(self.table, name)

    def _add_range(self, name: str, comparison: Literal[">=", "<="], end: object) -> None:
        if end is not None:
            self.conditions.append(compose("{} {} {}", self._column(name), compose(comparison), self._hold(end)))

    def _add_selection(self, name: str, selection: Selection) -> None:
        """Ask for one of the included values; NULL is none of the excluded ones."""
        choose = self._language if name == "language" else self._array if name in ARRAYS else self._equal
        if selection.include:
            self.conditions.append(choose(name, selection.include))
        if selection.exclude:
            self.conditions.append(compose("({}) IS NOT TRUE", choose(name, selection.exclude)))

    def _equal(self, name: str, values: tuple[str, ...]) -> Fragment:
        compared = self._column(EQUAL[name])
        if len(values) == 1:  # an index that begins with this column then keeps the order of its next
            return compose("{} = {}", compared, self._hold(values[0]))
        return compose("{} = ANY({})", compared, self._hold(list(values)))

    def _array(self, name: str, values: tuple[str, ...]) -> Fragment:
        return compose("{} && {}::text[]", self._column(ARRAYS[name]), self._hold(list(values)))

    def _language(self, _: str, values: tuple[str, ...]) -> Fragment:
        """A tag means itself and all that are more special: `en` also `en-GB`."""
        return _any(
            compose(
                "({0} = {1} OR ({0} >= {2} AND {0} < {3}))",
                self._column("language"),
                self._hold(tag),
                self._hold(f"{tag}-"),
                self._hold(f"{tag}."),  # "." is the character after "-"
            )
            for tag in values
        )

    def _add_regions(self, regions: Places) -> None:
        if regions.include:
            self.conditions.append(_any(self._place(region) for region in regions.include))
        if regions.exclude:
            excluded = _any(self._place(region) for region in regions.exclude)
            self.conditions.append(compose("({}) IS NOT TRUE", excluded))

    def _place(self, region: RegionNode) -> Fragment:
        """A region and all below: one range of paths; `0` is the character after the slash that ends a path."""
        if self.table == "account_counts":
            codes = region.path.split("/")[: region.depth]
            columns = (
                compose("{} = {}", self._column(name), self._hold(code))
                for name, code in zip(("country", "division"), codes, strict=False)
            )
            return compose("({})", join(" AND ", columns))
        # An index begins with the division and goes on with the order of a page; counting has no order, and another
        # index that holds all it reads.
        if region.depth == KEPT_DEPTH and not self.is_counting:
            return compose("{} = {}", self._column("division"), self._hold(region.code))
        low, high = self._hold(region.path), self._hold(f"{region.path[:-1]}0")
        return compose("({0} >= {1} AND {0} < {2})", self._column("region_path"), low, high)


def search_parameters(search: QueryPlan) -> dict[str, object]:
    """Give the parameters by which a statement finds what is sought."""
    asked = search.parameters
    return {
        "q": asked["index_queries"],
        "q_terms": asked["tiers"],
        "q_checks": asked["text_patterns"],
        "q_never": asked["excluded_pattern"],
    }


def _any(conditions: Iterable[Fragment]) -> Fragment:
    """Join by OR, in brackets."""
    return compose("({})", join(" OR ", conditions))
