"""What a query means in the words of the registry: aliases resolved, unknown values refused."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from directory.accounts.filters import ARRAYS, EQUAL, Filter, Places
from directory.departments.queries import select_known_departments, select_type_slugs
from directory.http.as_of import find_point_in_time
from directory.http.fields import Selection
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.platforms.queries import select_spellings
from directory.platforms.reference import fold_name
from directory.regions.parsing import explain_too_many, parse_region
from directory.regions.queries import RegionNode
from directory.search.parsing import UnsearchableError
from directory.search.query_plan import QueryPlan, plan_query
from directory.sources.queries import select_source_ids

if TYPE_CHECKING:
    from directory.accounts.parameters import AccountQuery
    from directory.database.connections import Database
    from directory.database.point_in_time import PointInTime
    from directory.database.revisions import State

_NOT_KNOWN: Final = "%s is not known; did you mean %s?"
# Cached as long as the revision stands: registries in use change a few times a minute at most.
_PLACES: Final = 8192


@dataclass(frozen=True, slots=True)
class _Words:
    """The closed vocabularies at one revision, each spelling with what it stands for."""

    platform: Mapping[str, str]
    department_type: Mapping[str, str]
    source: Mapping[str, str]


def resolve(database: Database, query: AccountQuery) -> Filter:
    """Return the filter that a query means; raise InvalidParameters for values that the registry does not know."""
    as_of = find_point_in_time(database, query.as_of)
    faults: list[ParameterError] = []
    words = _words(database, database.state)
    selections = {name: getattr(query, name) for name in (*EQUAL, *ARRAYS, "language")}
    for name, known in (
        ("platform", words.platform), ("department_type", words.department_type), ("source", words.source)
    ):  # fmt: skip
        key = fold_name if name == "platform" else str.lower
        selections[name] = _translate(name, selections[name], known, key, faults)
    selections["department"] = _departments(database, selections["department"], as_of, faults)
    regions = _places(database, query.region, faults)
    search = _search(database, query.q, faults) if query.q else None
    if faults:
        raise InvalidParameters("The request was not carried out: see errors.", errors=faults)
    return Filter(
        search=search,
        typed=query.q or "",
        regions=regions,
        selections={name: selection for name, selection in selections.items() if selection},
        followers_min=query.followers_min,
        followers_max=query.followers_max,
        opened_after=query.opened_after,
        opened_before=query.opened_before,
        updated_after=query.updated_after,
        as_of=as_of,
    )


def _search(database: Database, text: str, faults: list[ParameterError]) -> QueryPlan | None:
    try:
        return plan_query(database, text)
    except UnsearchableError as error:
        faults.append(parameter_error("q", text, str(error)))
        return None


def _translate(
    name: str, selection: Selection, known: Mapping[str, str], key: Callable[[str], str], faults: list[ParameterError]
) -> Selection:
    """Return a selection in canonical values."""
    found: dict[str, str] = {}
    for term in (*selection.include, *selection.exclude):
        value = known.get(key(term))
        if value is None:
            faults.append(unknown(name, term, key(term), known if len(faults) < MAX_SUGGESTIONS else ()))
        else:
            found[term] = value
    include = dict.fromkeys(found[term] for term in selection.include if term in found)
    exclude = dict.fromkeys(found[term] for term in selection.exclude if term in found)
    faults += [_contradiction(name, value) for value in include.keys() & exclude.keys()]
    return Selection(tuple(include), tuple(exclude))


def _departments(
    database: Database, selection: Selection, as_of: PointInTime | None, faults: list[ParameterError]
) -> Selection:
    """Return a selection of departments, merged ones replaced by their successors."""
    if not selection:
        return selection
    with database.read() as conn:
        known = select_known_departments(conn, [*selection.include, *selection.exclude], as_of)
    return _translate("department", selection, known, str, faults)


def _places(database: Database, selection: Selection, faults: list[ParameterError]) -> Places:
    found: dict[str, RegionNode] = {}
    if detail := explain_too_many((*selection.include, *selection.exclude)):
        faults.append(parameter_error("region", None, detail))
        return Places()
    for term in (*selection.include, *selection.exclude):
        place = _place(database, database.state, term, len(faults) < MAX_SUGGESTIONS)
        if isinstance(place, str):
            faults.append(parameter_error("region", term, place))
        else:
            found[term] = place
    include = dict.fromkeys(found[code] for code in selection.include if code in found)
    exclude = dict.fromkeys(found[code] for code in selection.exclude if code in found)
    for place in include:
        faults += [_contradiction("region", place.code) for other in exclude if place.path.startswith(other.path)]
    return Places(tuple(include), tuple(exclude))


def unknown(name: str, term: str, key: str, known: Collection[str]) -> ParameterError:
    """Return what is wrong with a value that is not among those known, and the one that was perhaps meant."""
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return parameter_error(name, term, _NOT_KNOWN % (term, nearest[0]) if nearest else f"{term} is not known")


def _contradiction(name: str, value: str) -> ParameterError:
    return parameter_error(name, value, f"{value} is both asked for and excluded; nothing can match")


@lru_cache(maxsize=4)
def _words(database: Database, _revision: State) -> _Words:
    with database.read() as conn:
        types, sources = select_type_slugs(conn), select_source_ids(conn)
        return _Words(select_spellings(conn), dict(zip(types, types, strict=True)), {id_: id_ for id_ in sources})


@lru_cache(maxsize=_PLACES)
def _place(database: Database, _revision: State, term: str, helpful: bool) -> RegionNode | str:  # noqa: FBT001 - of the key
    with database.read() as conn:
        return parse_region(conn, term, helpful=helpful)
