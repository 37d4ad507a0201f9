"""The URLs of departments and of their types."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from directory.departments import queries, schemas
from directory.departments.missing_departments import redirect_or_raise
from directory.http.blueprint import Blueprint, NoParameters, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problem import MAX_SUGGESTIONS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error
from directory.http.registry_request import RegistryRequest
from directory.http.request import database
from directory.regions.queries import RegionNode, parse_region

if TYPE_CHECKING:
    from flask import Response
    from psycopg import Connection

blueprint = Blueprint("departments", __name__, url_prefix="/v1", description="Government bodies that run accounts.")


@blueprint.route("/departments")
@blueprint.arguments(schemas.DepartmentQuerySchema)
@blueprint.response(200, schemas.DepartmentListSchema)
@etag_from_revision
def get_departments(query: schemas.DepartmentQuery) -> Response:
    """List departments.

    In the order of their names, each with the number of accounts that it runs.
    """
    after = read_cursor(query.cursor, str, str)
    with database().read() as conn:
        path = _require_known(conn, query)
        rows = queries.select_departments(
            conn,
            query,
            path=path,
            after=(after[0], after[1]) if after else None,
        )
    return page_from_rows(rows, query.limit)


@blueprint.route(
    "/departments/<department_id>",
    parameters=[path_parameter("department_id", "The id of a department.", pattern="^[0-9b-z]{7}$")],
)
@blueprint.response(200, schemas.DepartmentSchema)
@blueprint.alt_response(301, description="The department was merged into another.")
@blueprint.alt_response(410)
@blueprint.direct_view(NoParameters)
def get_department(request: RegistryRequest, _query: object, department_id: str) -> DirectResponse:
    """Get one department.

    One that was merged into another redirects to it; one that was deleted is gone.
    """
    with request.database.read() as conn:
        document = queries.select_department(conn, department_id)
        return direct_json(document) if document is not None else redirect_or_raise(conn, department_id)


@blueprint.route("/department-types")
@blueprint.arguments(schemas.TypeQuerySchema)
@blueprint.response(200, schemas.DepartmentTypeListSchema)
@etag_from_revision
def get_department_types(query: schemas.TypeQuery) -> Response:
    """List the types of department.

    Each is in a division of COFOG, the United Nations' classification of the functions of government.
    """
    after = read_cursor(query.cursor, int)
    with database().read() as conn:
        rows = queries.select_types(conn, after=after[0] if after else None, limit=query.limit + 1)
    return page_from_rows(rows, query.limit)


def _require_known(conn: Connection[Any], query: schemas.DepartmentQuery) -> str | None:
    """Return the path of the requested region, None if there is none.

    Raises InvalidParameters for an unknown type, region or department.
    """
    faults: list[ParameterError] = []
    types = queries.select_type_slugs(conn) if query.type else []
    unknown = [slug for slug in (*query.type.include, *query.type.exclude) if slug not in types]
    faults += [_unknown("type", slug, types if number < MAX_SUGGESTIONS else ()) for number, slug in enumerate(unknown)]
    region = parse_region(conn, query.region) if query.region else None
    if isinstance(region, str):
        faults.append(parameter_error("region", query.region, region))
    parents = [*query.parent.include, *query.parent.exclude]
    known = queries.select_known_departments(conn, parents) if parents else {}
    faults += [_unknown("parent", parent, ()) for parent in parents if parent not in known]
    if faults:
        raise InvalidParameters("The request was not carried out: see errors.", errors=faults)
    return region.path if isinstance(region, RegionNode) else None


def _unknown(name: str, value: str, known: list[str] | tuple[()]) -> ParameterError:
    nearest = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    return parameter_error(name, value, f"{value} is not known" + (f"; did you mean {nearest[0]}?" if nearest else ""))
