"""The URLs of the service itself: the OpenAPI document and the health check."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app

from directory.http.blueprint import Blueprint
from directory.http.conditional_requests import document_conditional, with_etag
from directory.http.request import database, preferred_encoding
from directory.http.responses import json_response
from directory.openapi.document import OPENAPI, Contract

blueprint = Blueprint("service", __name__, description="The service itself: its OpenAPI document and its health.")

_HEALTH = {
    "type": "object",
    "description": "The service can answer.",
    "required": ["status", "revision"],
    "properties": {
        "status": {"type": "string", "enum": ["ok"], "description": "Always `ok`; an unhealthy service answers with a problem."},
        "revision": {"type": "integer", "minimum": 0, "description": "The latest revision of the registry."},
    },
}
_CONTRACT = {
    "type": "object",
    "description": "An OpenAPI 3.1 document.",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"type": "string", "description": "The version of the format."},
        "info": {"type": "object", "description": "What the service is."},
        "paths": {"type": "object", "description": "Each path with its operations."},
    },
}


@blueprint.route("/openapi.json")
@blueprint.response(200, _CONTRACT, description="The OpenAPI document.")
@document_conditional
def get_openapi() -> Response:
    """Get the contract.

    The OpenAPI 3.1 document of this service: every endpoint, parameter, schema and problem.
    """
    contract = cast("Contract", current_app.extensions[OPENAPI])
    if preferred_encoding(("gzip",)) == "gzip":
        response = json_response(contract.compressed, headers={"Content-Encoding": "gzip"})
    else:
        response = json_response(contract.text)
    return with_etag(response, contract.tag)


@blueprint.route("/healthz")
@blueprint.response(200, _HEALTH, description="The service can answer.", example={"status": "ok", "revision": 17})
def get_health() -> Response:
    """Check the health of the service.

    Sends the database one query. 503 means that it does not answer; try again after `Retry-After` seconds.
    """
    with database().read() as conn:
        conn.execute("SELECT 1")
    return json_response(f'{{"status":"ok","revision":{database().revision}}}', headers={"Cache-Control": "no-store"})
