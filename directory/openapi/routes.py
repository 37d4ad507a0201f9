"""The URL of the OpenAPI document."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app

from directory.http.blueprint import Blueprint
from directory.http.conditional_requests import document_conditional, with_etag
from directory.http.request import preferred_encoding
from directory.http.responses import json_response
from directory.openapi.document import OPENAPI, Contract

blueprint = Blueprint("contract", __name__, description="The OpenAPI document.")

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
