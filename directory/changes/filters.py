"""Filters of the changes: each is declared once in FILTERS, and all become one tsquery of the facets of a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from directory.accounts.filter_kinds import contradiction_error, facets_tsquery, unknown_value_error
from directory.accounts.vocabularies import known_platforms
from directory.changes.queries import select_known_ids
from directory.changes.schemas import ACTIONS, KINDS
from directory.departments.schemas import parse_id
from directory.http.fields import Selection, ValueList
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.platforms.reference import fold_name
from directory.regions.queries import explain_too_many, normalize_region, parse_region, select_region_by_code

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.revisions import State

FilterValues: TypeAlias = tuple[tuple[str, Selection], ...]
"""The filters that are present, by the name of their parameter."""
Lookup: TypeAlias = Callable[["Database", "Connection", str, bool], str | ParameterError]
"""What returns the id that a term means, or an error; with a suggestion where the last argument is true."""

# Readers poll with the same filters again and again: cached as long as the revision stands.
_CACHED: Final = 1024


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """A filter: its parameter, the prefix of its values in `versions.facets`, and how they are looked up."""

    name: str
    field: ValueList
    facet: str
    lookup: Lookup | None = None


# A region, department or platform that no longer exists is still known by its code, id or slug: its changes are listed.
def _lookup_platform(database: Database, conn: Connection, term: str, helpful: bool) -> str | ParameterError:  # noqa: FBT001 - see Lookup
    spellings = known_platforms(database, Selection(), None)
    if (slug := spellings.get(fold_name(term))) is not None:
        return slug
    if select_known_ids(conn, "platform", [term]):
        return term
    return unknown_value_error("platform", term, fold_name(term), spellings if helpful else ())


def _lookup_department(_: Database, conn: Connection, term: str, _helpful: bool) -> str | ParameterError:  # noqa: FBT001 - see Lookup
    return term if select_known_ids(conn, "department", [term]) else unknown_value_error("department", term, term, ())


def _lookup_region(_: Database, conn: Connection, term: str, helpful: bool) -> str | ParameterError:  # noqa: FBT001 - see Lookup
    if (region := select_region_by_code(conn, term)) is not None:
        return region.code
    if select_known_ids(conn, "region", [term]):
        return term
    named = parse_region(conn, term, helpful=helpful)
    return parameter_error("region", term, named) if isinstance(named, str) else named.code


_FILTERS: Final = (
    ChangeFilter(
        "region",
        ValueList(
            "Regions by code, or by a name that means one now, each meaning itself and all below, as the tree was at"
            " the change: accounts, departments and handles that belong there, and the regions themselves.",
            normalize_region,
            example="FR",
        ),
        facet="r",
        lookup=_lookup_region,
    ),
    ChangeFilter(
        "department",
        ValueList(
            "Ids of departments, also of such as went: their own changes, and those of their accounts and handles.",
            parse_id,
            pattern="[0-9b-z]{7}",
        ),
        facet="d",
        lookup=_lookup_department,
    ),
    ChangeFilter(
        "platform",
        ValueList(
            "Slugs of platforms, or other spellings of theirs (`twitter`, `新浪微博`): accounts and handles there, and"
            " the platforms themselves.",
            example="weibo",
        ),
        facet="p",
        lookup=_lookup_platform,
    ),
    ChangeFilter("kind", ValueList("Kinds of records.", KINDS, example="account"), facet="k"),
    ChangeFilter("action", ValueList("Kinds of change.", ACTIONS, example="create"), facet="a"),
)
FILTERS: Final = {each.name: each for each in _FILTERS}
"""The filters by the name of their parameter, in the order of the documentation."""


@lru_cache(_CACHED)
# `_revision` is only a part of the cache key: a name may mean another region after a change.
def build_facet_query(database: Database, _revision: State, filters: FilterValues) -> str | None:
    """Return the tsquery of `versions.facets` for filters, None for every change; raise InvalidParameters."""
    if not filters:
        return None
    region = dict(filters).get("region", Selection())
    if detail := explain_too_many((*region.include, *region.exclude)):
        error = parameter_error("region", None, detail)
        raise InvalidParameters("The request was not carried out: see errors.", errors=[error])
    errors: list[ParameterError] = []
    with database.read() as conn:
        selections = [
            (FILTERS[name].facet, _resolve(database, conn, FILTERS[name], selection, errors))
            for name, selection in filters
        ]
    if errors:
        raise InvalidParameters("The request was not carried out: see errors.", errors=errors)
    return facets_tsquery(selections)


def _resolve(
    database: Database, conn: Connection, declared: ChangeFilter, selection: Selection, errors: list[ParameterError]
) -> Selection:
    """Return a selection in the registry's ids, and add to `errors` what the registry does not know."""
    if declared.lookup is None:
        return selection
    include: dict[str, None] = {}
    exclude: dict[str, None] = {}
    for terms, resolved in ((selection.include, include), (selection.exclude, exclude)):
        for term in terms:
            value = declared.lookup(database, conn, term, len(errors) < MAX_SUGGESTIONS)
            if isinstance(value, str):
                resolved[value] = None
            else:
                errors.append(value)
    errors += [contradiction_error(declared.name, value) for value in include.keys() & exclude.keys()]
    return Selection(tuple(include), tuple(exclude))
