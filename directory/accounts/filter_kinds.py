"""Kinds of filters: how a parameter's values are looked up, and the SQL condition that they become."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from directory.database.sql import Fragment, array_literal, compose, join
from directory.http.fields import QueryField, Selection
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import ParameterError, parameter_error
from directory.search.parsing import UnsearchableError
from directory.search.query_plan import plan_query

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.point_in_time import PointInTime
    from directory.search.query_plan import QueryPlan

Table = Literal["accounts", "account_counts"]
Vocabulary = Callable[["Database", Selection, "PointInTime | None"], Mapping[str, str]]
"""The values that the registry knows for a selection: each spelling with the value that it stands for."""


class Binder(Protocol):
    """The statement that a condition is part of: its table, and its parameters."""

    @property
    def table(self) -> Table:
        """The table that the columns belong to."""
        ...

    @property
    def is_counting(self) -> bool:
        """Whether the statement only counts, so that no order matters."""
        ...

    def column(self, name: str) -> Fragment:
        """Return the qualified name of a column."""
        ...

    def bind(self, value: object) -> Fragment:
        """Add a parameter and return its placeholder."""
        ...


@dataclass(frozen=True)
class FilterKind(ABC):
    """A filter: a query parameter with its field, which documents it, and its condition."""

    name: str
    field: QueryField[Any]
    _: KW_ONLY
    # The prefix of its values in `account_search.facets`, by which a search is narrowed without reading accounts.
    search_facet: str | None = None
    # Whether matches can be counted by its values (`facets=`).
    is_facet: bool = False
    # Whether `account_counts` has a column for it.
    is_counted: bool = False
    # Whether `account_tallies` counts the accounts of each of its values.
    is_tallied: bool = False

    def resolve(
        self,
        value: Any,  # noqa: ANN401 - each kind has values of its own type
        database: Database,  # noqa: ARG002 - for kinds that look values up
        as_of: PointInTime | None,  # noqa: ARG002 - likewise
        errors: list[ParameterError],  # noqa: ARG002 - likewise
    ) -> Any:  # noqa: ANN401 - likewise
        """Return the value as the registry has it, and add to `errors` what the registry does not know."""
        return value

    @abstractmethod
    def conditions(self, value: Any, binder: Binder) -> Iterator[Fragment]:  # noqa: ANN401 - likewise
        """Yield the SQL conditions of a value, all of which must hold."""

    def is_counted_by(self, value: Any) -> bool:  # noqa: ANN401, ARG002 - likewise
        """Whether `account_counts` can tell accounts with this value apart."""
        return self.is_counted

    def facet_values(self, value: Any) -> Selection:  # noqa: ANN401 - likewise
        """Return the values as `account_search.facets` has them, without the prefix."""
        selection: Selection = value
        return selection


@dataclass(frozen=True)
class _TermsFilter(FilterKind):
    """Values to include, any of which matches, and values to exclude."""

    _: KW_ONLY
    column: str
    vocabulary: Vocabulary | None = None
    normalize: Callable[[str], str] = str

    def resolve(
        self, value: Selection, database: Database, as_of: PointInTime | None, errors: list[ParameterError]
    ) -> Selection:
        """Return the selection in the registry's ids."""
        if self.vocabulary is None:
            return value
        # An unknown value is an error: with an empty page a typo would look like a registry without such accounts.
        known = self.vocabulary(database, value, as_of)
        resolved: dict[str, str] = {}
        for term in (*value.include, *value.exclude):
            key = self.normalize(term)
            if key in known:
                resolved[term] = known[key]
            else:
                suggestions = known if len(errors) < MAX_SUGGESTIONS else ()
                errors.append(unknown_value_error(self.name, term, key, suggestions))
        include = dict.fromkeys(resolved[term] for term in value.include if term in resolved)
        exclude = dict.fromkeys(resolved[term] for term in value.exclude if term in resolved)
        errors += [contradiction_error(self.name, both) for both in include.keys() & exclude.keys()]
        return Selection(tuple(include), tuple(exclude))

    def conditions(self, value: Selection, binder: Binder) -> Iterator[Fragment]:
        """Yield the condition of the included values and that of the excluded ones."""
        if value.include:
            yield self.matches_any(value.include, binder)
        if value.exclude:
            # Not NOT: an account without the value (NULL) has none of the excluded ones.
            yield compose("({}) IS NOT TRUE", self.matches_any(value.exclude, binder))

    @abstractmethod
    def matches_any(self, values: tuple[str, ...], binder: Binder) -> Fragment:
        """Return the condition that an account has any of the values."""


@dataclass(frozen=True)
class Equals(_TermsFilter):
    """A column that equals any of the values."""

    def matches_any(self, values: tuple[str, ...], binder: Binder) -> Fragment:
        """Return an equality, by ANY for several values."""
        column = binder.column(self.column)
        # `= ANY` of one value too would lose the order of an index that begins with this column: PostgreSQL then
        # sorts all of its rows for a page.
        if len(values) == 1:
            return compose("{} = {}", column, binder.bind(values[0]))
        return compose("{} = ANY({})", column, binder.bind(array_literal(values)))


@dataclass(frozen=True)
class OfDepartments(Equals):
    """A column of departments, which are found by a key of theirs: an external id, the host of a website."""

    _: KW_ONLY
    lookup: Callable[[Connection[Any], list[str], PointInTime | None], Mapping[str, Sequence[str]]]

    def resolve(
        self,
        value: Selection,
        database: Database,
        as_of: PointInTime | None,
        errors: list[ParameterError],  # noqa: ARG002 - any key may be asked for: it is another register's
    ) -> Selection:
        """Return the departments that have the keys, or had them then."""
        with database.read() as conn:
            found = self.lookup(conn, [*value.include, *value.exclude], as_of)
        include = dict.fromkeys(each for key in value.include for each in found.get(key, ()))
        exclude = dict.fromkeys(each for key in value.exclude for each in found.get(key, ()))
        # Nothing included means all, and the empty id is nobody's.
        return Selection(tuple(include) or (("",) if value.include else ()), tuple(exclude))


@dataclass(frozen=True)
class AnyOf(_TermsFilter):
    """An array column that has any of the values."""

    def matches_any(self, values: tuple[str, ...], binder: Binder) -> Fragment:
        """Return an overlap of arrays."""
        return compose("{} && {}::text[]", binder.column(self.column), binder.bind(array_literal(values)))


@dataclass(frozen=True)
class LanguageRange(_TermsFilter):
    """A column of language tags, compared by basic filtering (RFC 4647, 3.3.1): `en` also matches `en-GB`."""

    def matches_any(self, values: tuple[str, ...], binder: Binder) -> Fragment:
        """Return the tags themselves and ranges of what begins with a tag and a hyphen."""
        # Ranges and not LIKE: they use the index under any server locale, since the column has COLLATE "C".
        return any_of(
            compose(
                "({0} = {1} OR ({0} >= {2} AND {0} < {3}))",
                binder.column(self.column),
                binder.bind(tag),
                binder.bind(f"{tag}-"),
                binder.bind(f"{tag}."),  # "." is the character after "-"
            )
            for tag in values
        )


@dataclass(frozen=True)
class _Bound(FilterKind):
    """A bound of a column's values, itself included; an account without the value does not match."""

    _: KW_ONLY
    column: str

    def conditions(self, value: object, binder: Binder) -> Iterator[Fragment]:
        """Yield the comparison."""
        comparison = compose(">=" if isinstance(self, AtLeast) else "<=")
        yield compose("{} {} {}", binder.column(self.column), comparison, binder.bind(value))


@dataclass(frozen=True)
class AtLeast(_Bound):
    """The least value of a column."""


@dataclass(frozen=True)
class AtMost(_Bound):
    """The greatest value of a column."""


@dataclass(frozen=True)
class FullText(FilterKind):
    """Words that the search index finds: its condition is the `hits` of the statement."""

    def resolve(
        self,
        value: str,
        database: Database,
        as_of: PointInTime | None,  # noqa: ARG002 - the plan of a search is that of today
        errors: list[ParameterError],
    ) -> QueryPlan | None:
        """Return the query plan of a text."""
        try:
            return plan_query(database, value)
        except UnsearchableError as error:
            errors.append(parameter_error(self.name, value, str(error)))
            return None

    def conditions(self, value: object, binder: Binder) -> Iterator[Fragment]:  # noqa: ARG002 - see the class
        """Yield nothing."""
        yield from ()


def facets_tsquery(selections: Iterable[tuple[str, Selection]], *, everything: str | None = None) -> str | None:
    """Return the tsquery of facets for selections with the prefix of their facet; None where nothing is selected.

    `everything` is a query that all rows match, for where only exclusions are selected.
    """
    include, exclude = [], []
    for prefix, selection in selections:
        if selection.include:
            include.append(f"({_any_facet(prefix, selection.include)})")
        if selection.exclude:
            exclude.append(f"!({_any_facet(prefix, selection.exclude)})")
    if exclude and not include and everything is not None:
        include.append(f"({everything})")
    return " & ".join([*include, *exclude]) or None


def _any_facet(prefix: str, values: Sequence[str]) -> str:
    return " | ".join(f"'{prefix}{value}'" for value in values)


def unknown_value_error(name: str, term: str, key: str, known: Collection[str]) -> ParameterError:
    """Return the error of a value that is not among those known, with the most similar one as a suggestion."""
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    suggestion = f"; did you mean {nearest[0]}?" if nearest else ""
    return parameter_error(name, term, f"{term} is not known{suggestion}")


def contradiction_error(name: str, value: str) -> ParameterError:
    """Return the error of a value that is both included and excluded."""
    return parameter_error(name, value, f"{value} is both included and excluded; nothing can match")


def any_of(conditions: Iterable[Fragment]) -> Fragment:
    """Return the condition that any of the conditions holds."""
    return compose("({})", join(" OR ", conditions))
