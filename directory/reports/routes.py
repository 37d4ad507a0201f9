"""The URLs of reports."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, BinaryIO

from directory.accounts.downloads import MEDIA_TYPES, compressed, write_csv
from directory.departments.queries import select_type_slugs
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.fields import Selection
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.parameters import canonical_query, query_pairs
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, NotFound, ParameterError, parameter_error
from directory.http.request import database, preferred_encoding
from directory.http.responses import download_response
from directory.platforms.queries import select_spellings
from directory.platforms.reference import fold_name
from directory.regions.queries import RegionNode, parse_region, select_region_by_code
from directory.reports import queries, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Response
    from psycopg import Connection

blueprint = Blueprint("reports", __name__, url_prefix="/v1", description="What the registry has, and what it lacks.")


@blueprint.route("/reports/coverage")
@blueprint.arguments(schemas.CoverageQuerySchema)
@blueprint.response(200, schemas.CoverageListSchema)
@etag_from_revision
def get_coverage(query: schemas.CoverageQuery) -> Response:
    """Report coverage.

    How many bodies of a kind each region should have, how many the registry knows, how many have accounts, and which
    are missing. With `region` also every type of department there, of which no number is expected.
    """
    after = read_cursor(query.cursor, str, str, str)
    with database().read() as conn:
        wanted = _find_coverage(conn, query)
        rows = queries.select_coverage(
            conn, wanted, after=(after[0], after[1], after[2]) if after else None, limit=query.limit + 1
        )
    return page_from_rows(rows, query.limit)


@blueprint.route("/reports/coverage.csv")
@blueprint.arguments(schemas.CoverageFileQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@etag_from_revision
def get_coverage_csv(query: schemas.CoverageFileQuery) -> Response:
    """Report coverage, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot. `missing.first` and `platforms` are
    joined by `|`; the platforms are without their numbers.
    """
    registry, encoding = database(), preferred_encoding(ENCODINGS)
    with registry.read() as conn:
        wanted = _find_coverage(conn, query)
    statement, parameters = queries.csv_statement(wanted, escape_formulas=query.escapes_formulas)

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with registry.export() as conn, compressed(file, encoding) as target:
            write_csv(conn, target, statement, parameters, query)

    key = ("coverage", registry.state, canonical_query(query_pairs()), encoding)
    filename = f"coverage-{registry.state.number}.csv"
    return download_response(key, write, content_type=MEDIA_TYPES["csv"], filename=filename, encoding=encoding)


@blueprint.route(
    "/reports/coverage/<code>/<kind>/missing",
    parameters=[
        path_parameter("code", "The code of the region of a row.", example="CN-510000"),
        path_parameter(
            "kind", "The kind of the row, or its type if its kind is null.", example="prefecture-government"
        ),
    ],
)
@blueprint.arguments(schemas.MissingQuerySchema)
@blueprint.response(200, schemas.MissingListSchema)
@etag_from_revision
def get_missing(query: schemas.MissingQuery, code: str, kind: str) -> Response:
    """List missing bodies.

    Those of one row of the coverage report that have no account: by the regions that they govern, by their names, or
    the departments that the registry knows.
    """
    after = read_cursor(query.cursor, str)
    with database().read() as conn:
        faults: list[ParameterError] = []
        platforms = _find_platforms(conn, query.platform, faults)
        _raise(faults)
        region = select_region_by_code(conn, code.upper())
        if region is None:
            raise NotFound(f"No region has the code {code}.")
        kinds = queries.select_kinds(conn, region.code)
        if kind not in kinds and kind not in select_type_slugs(conn):
            known = f"{', '.join(kinds)} or a department type" if kinds else "a department type"
            raise NotFound(f"The report has no row {kind} of {region.code}; name {known}.")
        rows = queries.select_missing(
            conn,
            region.code,
            kind=kind if kind in kinds else None,
            department_type=None if kind in kinds else kind,
            platforms=platforms,
            after=after[0] if after else None,
            limit=query.limit + 1,
        )
    return page_from_rows(rows, query.limit)


def _find_coverage(conn: Connection[Any], query: schemas.CoverageQuery) -> queries.CoverageFilter:
    """Return what a query asks for; raise InvalidParameters with each value that the registry does not know."""
    faults: list[ParameterError] = []
    region = _find_region(conn, query.region, faults) if query.region else None
    wanted = queries.CoverageFilter(
        path=region.path if region else None,
        platforms=_find_platforms(conn, query.platform, faults),
        types=_check_types(conn, query.department_type, faults),
        kind=_check_kind(conn, query.kind, faults),
    )
    _raise(faults)
    return wanted


def _raise(faults: list[ParameterError]) -> None:
    if faults:
        raise InvalidParameters("The request was not carried out: see errors.", errors=faults)


def _find_region(conn: Connection[Any], text: str, faults: list[ParameterError]) -> RegionNode | None:
    region = parse_region(conn, text)
    if isinstance(region, str):
        faults.append(parameter_error("region", text, region))
        return None
    return region


def _find_platforms(conn: Connection[Any], given: Selection, faults: list[ParameterError]) -> Selection:
    """Return the slugs of platforms, whichever way they are spelled."""
    if not given:
        return given
    spellings = select_spellings(conn)
    return Selection(
        tuple(_look_up("platform", given.include, spellings, faults)),
        tuple(_look_up("platform", given.exclude, spellings, faults)),
    )


def _look_up(
    name: str, texts: Iterable[str], spellings: Mapping[str, str], faults: list[ParameterError]
) -> Iterable[str]:
    for text in texts:
        slug = spellings.get(fold_name(text))
        if slug is None:
            faults.append(_unknown(name, text, list(spellings), faults))
        else:
            yield slug


def _check_types(conn: Connection[Any], given: Selection, faults: list[ParameterError]) -> Selection:
    known = select_type_slugs(conn) if given else []
    for slug in (*given.include, *given.exclude):
        if slug not in known:
            faults.append(_unknown("department_type", slug, known, faults))
    return given


def _check_kind(conn: Connection[Any], kind: str | None, faults: list[ParameterError]) -> str | None:
    if kind is not None:
        known = queries.select_kinds(conn)
        if kind not in known:
            faults.append(_unknown("kind", kind, known, faults))
    return kind


def _unknown(name: str, value: str, known: list[str], faults: list[ParameterError]) -> ParameterError:
    nearest = difflib.get_close_matches(value, known, n=1, cutoff=0.5) if len(faults) < MAX_SUGGESTIONS else []
    return parameter_error(name, value, f"{value} is not known" + (f"; did you mean {nearest[0]}?" if nearest else ""))
