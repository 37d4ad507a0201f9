"""The filters of the change feed as a query of `versions.facets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from directory.accounts.vocabularies import unknown
from directory.changes.parameters import ChangeFilters
from directory.changes.queries import select_known_ids
from directory.http.fields import Selection
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.platforms.queries import select_spellings
from directory.platforms.reference import fold_name
from directory.regions.parsing import explain_too_many, parse_region
from directory.regions.queries import select_region_by_code

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.revisions import State

# Clients poll with the same filters; an entry is valid as long as the revision is the latest.
_FILTERS: Final = 1024


@lru_cache(_FILTERS)
def build_facet_query(database: Database, _revision: State, filters: ChangeFilters) -> str | None:
    """Return the tsquery for lexemes of `change_facets()`, None without filters; raise InvalidParameters.

    Deleted regions, departments and platforms are still accepted: their deletion is a change too.
    """
    if not filters:
        return None
    faults: list[ParameterError] = []
    if detail := explain_too_many((*filters.region.include, *filters.region.exclude)):
        fault = parameter_error("region", None, detail)
        raise InvalidParameters("The request was not carried out: see errors.", errors=[fault])
    with database.read() as conn:
        spellings = select_spellings(conn) if filters.platform else {}
        selections = {
            "k": filters.kind,
            "a": filters.action,
            "p": _resolve_selection(conn, "platform", filters.platform, partial(_resolve_platform, spellings), faults),
            "d": _resolve_selection(conn, "department", filters.department, _resolve_department, faults),
            "r": _resolve_selection(conn, "region", filters.region, _resolve_region, faults),
        }
    if faults:
        raise InvalidParameters("The request was not carried out: see errors.", errors=faults)
    required = [f"({_any_lexeme(prefix, chosen.include)})" for prefix, chosen in selections.items() if chosen.include]
    excluded = [f"!({_any_lexeme(prefix, chosen.exclude)})" for prefix, chosen in selections.items() if chosen.exclude]
    return " & ".join([*required, *excluded])


def _any_lexeme(prefix: str, values: tuple[str, ...]) -> str:
    return " | ".join(f"'{prefix}{value}'" for value in values)


def _resolve_selection(
    conn: Connection,
    name: str,
    selection: Selection,
    resolve: Callable[[Connection, str, bool], str | ParameterError],
    faults: list[ParameterError],
) -> Selection:
    """Return a selection with slugs, ids and codes in place of the client's terms; add what fails to `faults`."""
    include: dict[str, None] = {}
    exclude: dict[str, None] = {}
    for terms, values in ((selection.include, include), (selection.exclude, exclude)):
        for term in terms:
            value = resolve(conn, term, len(faults) < MAX_SUGGESTIONS)
            if isinstance(value, str):
                values[value] = None
            else:
                faults.append(value)
    faults += [
        parameter_error(name, value, f"{value} is both included and excluded; nothing can match")
        for value in include.keys() & exclude.keys()
    ]
    return Selection(tuple(include), tuple(exclude))


# With `helpful` each suggests a value, which takes longer than all the rest.
def _resolve_platform(
    spellings: Mapping[str, str],
    conn: Connection,
    term: str,
    helpful: bool,  # noqa: FBT001 - as `_resolve_selection` calls it
) -> str | ParameterError:
    if (slug := spellings.get(fold_name(term))) is not None:
        return slug
    return (
        term
        if select_known_ids(conn, "platform", [term])
        else unknown("platform", term, fold_name(term), spellings if helpful else ())
    )


def _resolve_department(conn: Connection, term: str, _helpful: bool) -> str | ParameterError:  # noqa: FBT001 - as above
    return term if select_known_ids(conn, "department", [term]) else unknown("department", term, term, ())


def _resolve_region(conn: Connection, term: str, helpful: bool) -> str | ParameterError:  # noqa: FBT001 - as above
    if (region := select_region_by_code(conn, term)) is not None:
        return region.code
    if select_known_ids(conn, "region", [term]):
        return term
    named = parse_region(conn, term, helpful=helpful)
    return parameter_error("region", term, named) if isinstance(named, str) else named.code
