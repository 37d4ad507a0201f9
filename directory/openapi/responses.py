"""The responses and headers of every operation in OpenAPI: problems, 304, 206 and 307."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from directory.http.idempotency_keys import KEY_MAX
from directory.http.problem_docs import explain_all
from directory.http.problems import MEDIA_TYPE
from directory.http.request_body import NDJSON

_BYTES: Final = {"type": "string", "format": "binary"}

# Statuses that any GET can have; 405 is that of its path with another method.
_ALWAYS: Final[tuple[int, ...]] = (400, 405, 413, 414, 500, 503)
_FOUND_BY_PATH: Final = 404
# Media types that are not sent as a file to save.
_PAGES: Final = frozenset(
    {
        "application/atom+xml",
        "application/json",
        "application/ld+json",
        "application/linkset+json",
        "application/schema+json",
        "image/svg+xml",
    }
)
_LOCATED: Final = frozenset({"201", "301", "307"})

_HEADERS: Final[dict[str, tuple[str, str]]] = {
    "Access-Control-Allow-Origin": ("Every web page may read the answer.", "*"),
    "ETag": ("The tag of this answer at this revision; send it back in `If-None-Match`.", 'W/"17-3f9a1c0d5e7b2846"'),
    "Cache-Control": ("How long you may cache the answer without validating it.", "public, max-age=60"),
    "Vary": ("The request headers that the answer depends on.", "Accept-Encoding"),
    "Link": (
        "The first page and, unless this is the last, the next one (RFC 8288).",
        '</v1/accounts?limit=25>; rel="first", </v1/accounts?limit=25&cursor=eyJ>; rel="next"',
    ),
    "X-Request-ID": ("The id of this request in the log; yours, if you sent one.", "5f2d8c1b9a3e4f60"),
    "Location": ("The URL of the record that replaced this one.", "/v1/accounts/0000000"),
    "Content-Disposition": ("The name to save the file by.", "attachment; filename*=UTF-8''accounts.csv"),
    "Content-Encoding": ("The compression, if `Accept-Encoding` accepts one.", "gzip"),
    "Allow": ("The methods that the endpoint supports.", "GET, HEAD, OPTIONS"),
    "Accept-Ranges": ("The unit of the ranges of the file that you can request.", "bytes"),
    "Content-Range": ("The range of the file that this is, or the length of the file.", "bytes 0-99/4096"),
    "Last-Modified": ("The time of the last change of the file.", "Sun, 01 Jun 2025 03:00:00 GMT"),
}

IF_NONE_MATCH: Final[dict[str, Any]] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of an answer that you have; if it is still current, the answer is 304.",
    "required": False,
    "schema": {"type": "string"},
    "example": 'W/"0-0000000000000000"',
}

RANGE: Final[dict[str, Any]] = {
    "name": "Range",
    "in": "header",
    "description": "The range of the file to send, in bytes; separate several ranges by commas.",
    "required": False,
    "schema": {"type": "string"},
    "example": "bytes=0-99",
}
IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the record as you read it; the answer is 428 without it, and 412 if it changed since.",
    "required": False,
    "schema": {"type": "string"},
    "example": 'W/"0-0000000000000000"',
}
IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any text of your own, such as a UUID: a request with the same key and body gets the same answer for"
    " 24 hours, and creates nothing more. With another body the answer is 422.",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"},
    "example": "6d7f0c2e-2f0b-4f3e-9a57-0c8d0f6f1a11",
}
IF_RANGE: Final[dict[str, Any]] = {
    "name": "If-Range",
    "in": "header",
    "description": "The `ETag` of the file that you have a part of; if it has another one now, the whole file is sent.",
    "required": False,
    "schema": {"type": "string"},
    "example": '"0000000000000000000000000000000000000000000000000000000000000000"',
}

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem (RFC 9457). Types of problem may add members of their own.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The URL of a page that explains this type of problem.",
        },
        "title": {"type": "string", "description": "The type of problem in words; always the same for one type."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened this time."},
        "request_id": {"type": "string", "description": "The id of the request in the log, also in X-Request-ID."},
        "errors": {
            "type": "array",
            "description": "What is wrong with each parameter, or each place of the body.",
            "items": {"$ref": "#/components/schemas/ParameterError"},
        },
        "available": {
            "type": "array",
            "description": "The media types of the endpoint, where `Accept` excludes all of them.",
            "items": {"type": "string"},
        },
        "limit_bytes": {"type": "integer", "description": "The largest body that the server accepts, in bytes."},
        "region": {
            "type": ["string", "null"],
            "description": "The code of the region that the request is about and the token is not for.",
        },
        "department": {
            "type": ["string", "null"],
            "description": "The id of the department that the request is about and the token is not for.",
        },
        "current": {"type": "object", "description": "The current state of the record."},
        "latest": {"type": "integer", "minimum": 0, "description": "The latest revision of the registry."},
        "code": {"type": "string", "description": "The rule that the request breaks, in kebab case."},
        "remedy": {"type": "string", "description": "What to do instead."},
        "proposals": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where to propose the change that nobody makes alone.",
        },
        "found": {
            "type": "object",
            "description": "The revision that is here instead of the one in the request.",
            "required": ["revision", "mark"],
            "properties": {
                "revision": {"type": "integer", "description": "Its number."},
                "mark": {"type": "string", "description": "Its mark."},
            },
        },
        "tombstone": {
            "type": "object",
            "description": "What remains of a deleted record: its id and the revision that deleted it.",
            "required": ["id", "revision"],
            "properties": {
                "id": {"type": "string", "description": "The id of the record."},
                "revision": {"type": "integer", "description": "The revision that deleted it."},
                "at": {"type": "string", "format": "date-time", "description": "The time of that revision."},
                "reason": {"type": "string", "description": "Why it was deleted."},
                "category": {
                    "type": ["string", "null"],
                    # Clients of openapi-generator raise for a value that is not listed: a new one breaks them.
                    "enum": ["erasure_request", "not_official", "mistake", "order", "other", None],
                    "description": "The kind of reason: the person or body that it describes requested it, it was not"
                    " official, it was entered by mistake, a court or an authority ordered it; null if none was"
                    " stated.",
                },
            },
        },
        "oldest": {
            "type": "object",
            "description": "The oldest revision that you can read.",
            "required": ["revision", "at"],
            "properties": {
                "revision": {"type": "integer", "description": "Its number."},
                "at": {"type": "string", "format": "date-time", "description": "Its time."},
            },
        },
    },
}
PARAMETER_ERROR_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What is wrong with one parameter, or with one place of the body.",
    "required": ["detail"],
    "properties": {
        "parameter": {"type": "string", "description": "The name of the parameter."},
        "pointer": {"type": "string", "description": "The place in the body, as a JSON pointer (RFC 6901)."},
        "line": {"type": "integer", "minimum": 1, "description": "The line of the body, counted from 1."},
        "value": {"type": "string", "description": "Its value, cut to 200 characters."},
        "detail": {"type": "string", "description": "What is wrong with it, or what is expected instead."},
    },
}


def problem_responses(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a response for each status of an error, all its problem types as examples; add their schemas."""
    schemas["Problem"] = PROBLEM_SCHEMA
    schemas["ParameterError"] = PARAMETER_ERROR_SCHEMA
    responses: dict[str, Any] = {}
    for explanation in explain_all():
        response = responses.setdefault(
            _name(explanation.status),
            {
                "description": "",
                "headers": _refer("X-Request-ID", "Access-Control-Allow-Origin"),
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        response["description"] += f"- [{explanation.title}](/problems/{explanation.slug})\n"
        response["content"][MEDIA_TYPE]["examples"][explanation.slug] = {
            "summary": explanation.title,
            "value": explanation.document,
        }
        if explanation.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
            response["headers"].update(_refer("Retry-After"))
        if explanation.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response["headers"].update(_refer("Allow"))
    return responses


def response_headers() -> dict[str, Any]:
    """Return the headers that responses refer to."""
    headers: dict[str, Any] = {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, (description, example) in _HEADERS.items()
    }
    headers["Retry-After"] = {
        "description": "Seconds to wait before you try again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    }
    return headers


def describe_lines(operation: dict[str, Any]) -> None:
    """Document NDJSON as bytes, with the schema of a line under `x-itemSchema`, as OpenAPI 3.2 does under `itemSchema`.

    `schema` describes the whole body. Clients generated from a contract with the schema of a line there parse the body
    as one record, and fail.
    """
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media_type, media in part.get("content", {}).items():
            if media_type == NDJSON and media["schema"] != _BYTES:
                media["x-itemSchema"] = media["schema"]
                media["schema"] = dict(_BYTES)
                if "example" in media:
                    media["example"] = json.dumps(media["example"], ensure_ascii=False, separators=(",", ":")) + "\n"


def complete_responses(operation: dict[str, Any]) -> None:
    """Add the problems, the 304 and the headers to an operation, by its markers and parameters."""
    responses: dict[str, Any] = operation.setdefault("responses", {})
    parameters = operation["parameters"]
    statuses = _statuses(operation)
    names = ["X-Request-ID", "Access-Control-Allow-Origin"]
    # Keys that begin with x- are markers of `Blueprint`, which the document does not show.
    if operation.pop("x-conditional", False):
        parameters.append(IF_NONE_MATCH)
        names += ["ETag", "Cache-Control", "Vary"]
        responses["304"] = {
            "description": "Not modified: the answer that you have is current.",
            "headers": _refer(*names),
        }
    if operation.pop("x-if-match", False):
        parameters.append(IF_MATCH)
    if operation.pop("x-idempotent", False):
        parameters.append(IDEMPOTENCY_KEY)
    if operation.pop("x-stored-file", False):
        _add_ranges(operation, statuses)
    for status, response in responses.items():
        if int(status) < HTTPStatus.BAD_REQUEST:
            response["headers"] = {**_refer(*names), **response.get("headers", {})}
    successes = responses["200"]
    is_page = not _PAGES.isdisjoint(successes["content"])
    if not is_page and "requestBody" not in operation:
        successes["headers"].update(_refer("Content-Disposition", "Content-Encoding"))
    if any(parameter["name"] == "cursor" for parameter in parameters):
        successes["headers"].update(_refer("Link"))
    for redirect in _LOCATED & responses.keys():
        responses[redirect]["headers"].update(_refer("Location"))
    for code in statuses:
        responses[str(code)] = {"$ref": f"#/components/responses/{_name(code)}"}
    operation["responses"] = dict(sorted((str(status), response) for status, response in responses.items()))


def _statuses(operation: dict[str, Any]) -> set[int]:
    """Return the statuses of the problems of an operation: its own, those of its path and of its media types."""
    statuses = {*_ALWAYS, *(int(status) for status in operation["responses"] if int(status) >= HTTPStatus.BAD_REQUEST)}
    if any(parameter["in"] == "path" for parameter in operation["parameters"]):
        statuses.add(_FOUND_BY_PATH)
    if operation.pop("x-negotiated", False):
        statuses.add(HTTPStatus.NOT_ACCEPTABLE)
    return statuses


def _add_ranges(operation: dict[str, Any], statuses: set[int]) -> None:
    """Add the responses to Range and its conditions to an operation that sends stored files."""
    operation["parameters"] += [RANGE, IF_RANGE]
    statuses.update((HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE))
    responses = operation["responses"]
    responses["200"]["headers"] = _refer("Accept-Ranges", "Last-Modified")
    responses["206"] = {
        "description": "The bytes that `Range` requests: one range, or several, each with its own `Content-Range`.",
        "headers": _refer("Accept-Ranges", "Last-Modified"),
        "content": {
            media_type: {"schema": dict(_BYTES)}
            for media_type in (*responses["200"]["content"], "multipart/byteranges")
        },
    }
    responses["307"] = {
        "description": "The file is in another storage: the URL in `Location` expires, this one does not."
    }


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")


def _refer(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
