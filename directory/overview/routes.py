"""The URL of the service itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from directory.http.answers import json_answer
from directory.http.blueprint import Blueprint
from directory.http.caching import conditional
from directory.http.request import config, database
from directory.overview.queries import select_overview
from directory.overview.schemas import OverviewSchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("overview", __name__, url_prefix="/v1", description="What this service is and holds.")

_LINKS: Final = {
    "self": "/v1",
    "accounts": "/v1/accounts",
    "download": "/v1/accounts.ndjson",
    "regions": "/v1/regions",
    "departments": "/v1/departments",
    "department_types": "/v1/department-types",
    "platforms": "/v1/platforms",
    "sources": "/v1/sources",
    "catalogue": "/data.json",
    "schemas": "/schemas",
    "openapi": "/openapi.json",
    "docs": "/docs",
}


@blueprint.route("")
@blueprint.response(200, OverviewSchema)
@conditional
def get_overview() -> Response:
    """Get what the service is and holds.

    Its title, the registry's latest revision and the time of it, the numbers of records, and links to all lists.
    """
    with database().read() as conn:
        overview = select_overview(conn)
    document = {
        "title": config().title,
        "revision": overview.revision,
        "updated_at": overview.updated_at,
        "counts": overview.counts,
        "licence": config().terms,
        "links": _LINKS,
    }
    return json_answer(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
