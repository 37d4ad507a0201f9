"""The URLs of the service itself: its overview and its health."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from directory.http.blueprint import Blueprint
from directory.http.conditional_requests import etag_from_revision
from directory.http.request import config, database
from directory.http.responses import json_response
from directory.overview.links import link_paths, uri_templates
from directory.overview.notice import select_invented
from directory.overview.queries import select_overview
from directory.overview.schemas import OverviewSchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("overview", __name__, url_prefix="/v1", description="What this service is and holds.")
health = Blueprint("health", __name__, description="Whether the service can answer.")

_HEALTH = {
    "type": "object",
    "description": "The service can answer.",
    "required": ["status", "revision"],
    "properties": {
        "status": {
            "type": "string",
            "enum": ["ok"],
            "description": "Always `ok`; an unhealthy service answers with a problem.",
        },
        "revision": {"type": "integer", "minimum": 0, "description": "The latest revision of the registry."},
    },
}


@blueprint.route("")
@blueprint.response(200, OverviewSchema)
@etag_from_revision
def get_overview() -> Response:
    """Get what the service is and holds.

    Its title, the registry's latest revision and the time of it, the numbers of records, and links to everything.
    """
    with database().read() as conn:
        overview = select_overview(conn)
        notice = select_invented(conn).notice
    document = {
        "title": config().title,
        "notice": notice,
        "revision": overview.revision,
        "updated_at": overview.updated_at,
        "counts": overview.counts,
        "licence": config().terms,
        "links": link_paths(),
        "templates": uri_templates(),
    }
    return json_response(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


@health.route("/healthz")
@health.response(200, _HEALTH, description="The service can answer.", example={"status": "ok", "revision": 17})
def get_health() -> Response:
    """Check the health of the service.

    Sends the database one query. 503 means that it does not answer; try again after `Retry-After` seconds.
    """
    with database().read() as conn:
        conn.execute("SELECT 1")
    return json_response(f'{{"status":"ok","revision":{database().revision}}}', headers={"Cache-Control": "no-store"})
