"""Which changes are meant: parameters as a query of the facets that each change carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from directory.accounts.vocabularies import unknown
from directory.changes.parameters import Filters
from directory.changes.queries import select_known
from directory.http.fields import Selection
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.platforms.queries import select_spellings
from directory.platforms.reference import fold_name
from directory.regions.queries import select_place
from directory.regions.reading import read_place, refuse_many

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database
    from directory.database.revisions import State

# Filters that readers ask again and again, known for as long as the revision stands.
_FILTERS: Final = 1024


@lru_cache(_FILTERS)
def read_facets(database: Database, _revision: State, wanted: Filters) -> str | None:
    """Return the tsquery of `change_facets` that filters ask for, None for every change; raise InvalidParameters.

    A region, department or platform that went is still known by its code, id or slug: what became of it is news too.
    """
    if not wanted:
        return None
    faults: list[ParameterError] = []
    if detail := refuse_many((*wanted.region.include, *wanted.region.exclude)):
        fault = parameter_error("region", None, detail)
        raise InvalidParameters("The request was not carried out: see errors.", errors=[fault])
    with database.read() as conn:
        spellings = select_spellings(conn) if wanted.platform else {}
        selections = {
            "k": wanted.kind,
            "a": wanted.action,
            "p": _translate(conn, "platform", wanted.platform, partial(_read_platform, spellings), faults),
            "d": _translate(conn, "department", wanted.department, _read_department, faults),
            "r": _translate(conn, "region", wanted.region, _read_region, faults),
        }
    if faults:
        raise InvalidParameters("The request was not carried out: see errors.", errors=faults)
    asked = [f"({_one_of(mark, chosen.include)})" for mark, chosen in selections.items() if chosen.include]
    refused = [f"!({_one_of(mark, chosen.exclude)})" for mark, chosen in selections.items() if chosen.exclude]
    return " & ".join([*asked, *refused])


def _one_of(mark: str, values: tuple[str, ...]) -> str:
    return " | ".join(f"'{mark}{value}'" for value in values)


def _translate(
    conn: Connection,
    name: str,
    selection: Selection,
    read: Callable[[Connection, str, bool], str | ParameterError],
    faults: list[ParameterError],
) -> Selection:
    """Return a selection in the words of the registry."""
    include: dict[str, None] = {}
    exclude: dict[str, None] = {}
    for terms, found in ((selection.include, include), (selection.exclude, exclude)):
        for term in terms:
            value = read(conn, term, len(faults) < MAX_SUGGESTIONS)
            if isinstance(value, str):
                found[value] = None
            else:
                faults.append(value)
    faults += [
        parameter_error(name, value, f"{value} is both asked for and excluded; nothing can match")
        for value in include.keys() & exclude.keys()
    ]
    return Selection(tuple(include), tuple(exclude))


# Each tells what was perhaps meant, if it may be `helpful`: to find that takes longer than all the rest.
def _read_platform(
    spellings: Mapping[str, str],
    conn: Connection,
    term: str,
    helpful: bool,  # noqa: FBT001 - as `_translate` calls it
) -> str | ParameterError:
    if (slug := spellings.get(fold_name(term))) is not None:
        return slug
    return (
        term
        if select_known(conn, "platform", [term])
        else unknown("platform", term, fold_name(term), spellings if helpful else ())
    )


def _read_department(conn: Connection, term: str, _helpful: bool) -> str | ParameterError:  # noqa: FBT001 - as above
    return term if select_known(conn, "department", [term]) else unknown("department", term, term, ())


def _read_region(conn: Connection, term: str, helpful: bool) -> str | ParameterError:  # noqa: FBT001 - as above
    if (place := select_place(conn, term)) is not None:
        return place.code
    if select_known(conn, "region", [term]):
        return term
    named = read_place(conn, term, helpful=helpful)
    return parameter_error("region", term, named) if isinstance(named, str) else named.code
