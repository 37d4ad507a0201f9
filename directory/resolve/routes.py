"""The URLs of resolve."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response
from flask import request as flask_request

from directory.http.as_of import find_point_in_time
from directory.http.blueprint import Blueprint
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.middleware import without_storing
from directory.http.problem import BodyError, body_error, parameter_error
from directory.http.problems import InvalidBody, InvalidParameters, UnsupportedMediaType
from directory.http.registry_request import RegistryRequest
from directory.http.request import database
from directory.http.request_body import JSON, NDJSON, parse_json, parse_ndjson, read_body
from directory.http.responses import json_response
from directory.platforms.reference import find_platform
from directory.resolve import schemas
from directory.resolve.input_parsing import MAX_LENGTH
from directory.resolve.resolver import resolve
from directory.search.query_plan import try_plan_query

blueprint = Blueprint("resolve", __name__, url_prefix="/v1", description="Is this account official?")

_TEXT: Final[dict[str, object]] = {
    "type": "string",
    "description": f"What a person would paste; longer than {MAX_LENGTH:,} characters is `unknown`.",
    # The whole body has no more.
    "maxLength": 1_048_576,
}
_BODY: Final[dict[str, dict[str, object]]] = {
    JSON: {
        "schema": {
            "type": "object",
            "required": ["queries"],
            "additionalProperties": False,
            "properties": {"queries": {"type": "array", "items": _TEXT, "maxItems": schemas.MAX_QUERIES}},
        },
        "example": {"queries": ["https://weibo.com/bjsubway", "@bjsubway_official"]},
    }
}
_LINES: Final[dict[str, dict[str, object]]] = {
    NDJSON: {
        "schema": {
            "description": "One line: the text, or an object that holds it.",
            "anyOf": [
                _TEXT,
                {"type": "object", "required": ["q"], "additionalProperties": False, "properties": {"q": _TEXT}},
            ],
        },
        "example": "https://weibo.com/bjsubway",
    }
}
# The path that reads each type of body.
_PATHS: Final = {JSON: "/v1/resolve", NDJSON: "/v1/resolve.ndjson"}


@blueprint.route("/resolve")
@blueprint.response(200, schemas.ResolutionSchema)
@blueprint.alt_response(410)
@blueprint.direct_view(schemas.ResolveQuerySchema)
def get_resolve(request: RegistryRequest, query: schemas.ResolveQuery) -> DirectResponse:
    """Get the verdict on an account: is it official?

    Takes anything that a person would paste: the address of a profile in any of its forms, `@handle`, an id, a name;
    gives a verdict with its reasons, the account, and up to five candidates. A known platform with a handle that is
    not registered is never official.
    """
    platform = _platform(query.platform)
    as_of = find_point_in_time(request.database, query.as_of)
    with request.database.read() as conn:
        (verdict,) = resolve(conn, [query.q], platform, plan=partial(try_plan_query, request.database), as_of=as_of)
    return direct_json(verdict)


@blueprint.route("/resolve", methods=["POST"])
@blueprint.arguments(schemas.BatchQuerySchema)
@blueprint.body(_BODY, "Up to 1,000 texts.")
@blueprint.response(200, schemas.ResolutionListSchema)
@blueprint.alt_response(410)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_resolve(query: schemas.BatchQuery) -> Response:
    """Get the verdicts on up to 1,000 accounts.

    The verdicts come in the order of the texts, each the same as for the text alone. A text that cannot be read has the
    verdict `unknown` and spoils none of the others.
    """
    verdicts = _resolve(query, _texts_of(parse_json(_read(JSON), schemas.MAX_QUERIES)))
    return without_storing(json_response(b'{"data":[%b]}' % b",".join(verdicts)))


@blueprint.route("/resolve.ndjson", methods=["POST"])
@blueprint.arguments(schemas.BatchQuerySchema)
@blueprint.body(_LINES, "Up to 1,000 texts, one a line.")
@blueprint.response(200, schemas.ResolutionSchema, content_type=NDJSON)
@blueprint.alt_response(410)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_resolve_ndjson(query: schemas.BatchQuery) -> Response:
    """Get the verdicts on up to 1,000 accounts as NDJSON.

    A text a line in, as a JSON string or `{"q": "…"}`, and its verdict in the same line out; otherwise as with JSON.
    """
    verdicts = _resolve(query, _texts_of_lines(parse_ndjson(_read(NDJSON), schemas.MAX_QUERIES)))
    return without_storing(Response(b"".join(b"%b\n" % verdict for verdict in verdicts), content_type=NDJSON))


def _read(media_type: str) -> str:
    """Return the text of a body; raise UnsupportedMediaType, with the path that reads this type if there is one."""
    other = _PATHS.get(flask_request.mimetype)
    if other is not None and flask_request.mimetype != media_type:
        raise UnsupportedMediaType(f"{flask_request.mimetype} is read at {other}; {media_type} is read here.")
    return read_body((media_type,))[1]


def _resolve(query: schemas.BatchQuery, texts: list[str]) -> list[bytes]:
    """Return the verdict on each text as JSON.

    Each is encoded by itself: a str with Chinese in it takes twice the memory of its UTF-8, and joining would copy it.
    """
    platform = _platform(query.platform)
    as_of = find_point_in_time(database(), query.as_of)
    with database().snapshot() as conn:
        verdicts = resolve(conn, texts, platform, plan=partial(try_plan_query, database()), as_of=as_of)
    return [verdict.encode() for verdict in verdicts]


def _platform(name: str | None) -> str | None:
    """Return the slug of a platform by any spelling; raise InvalidParameters."""
    if name is None:
        return None
    platform = find_platform(name)
    if platform is None:
        error = parameter_error("platform", name, "is not a platform known here; /v1/platforms lists them")
        raise InvalidParameters("The request was not carried out: see errors.", errors=[error])
    return platform.slug


def _texts_of(body: object) -> list[str]:
    """Return the texts of a JSON body; raise InvalidBody."""
    errors = []
    queries = body.get("queries") if isinstance(body, dict) else None
    if not isinstance(body, dict):
        errors.append(body_error("is not an object with a list `queries`", pointer=""))
    elif not isinstance(queries, list):
        errors.append(body_error("is missing, or is not a list", pointer="/queries"))
    else:
        errors += [
            body_error("is not known here; there is queries", pointer=f"/{_escape(name)}")
            for name in body.keys() - {"queries"}
        ]
        if len(queries) > schemas.MAX_QUERIES:
            message = f"has {len(queries)} texts; at most {schemas.MAX_QUERIES} are taken"
            errors.append(body_error(message, pointer="/queries"))
        errors += [
            body_error("is not a string", pointer=f"/queries/{number}")
            for number, query in enumerate(queries)
            if not isinstance(query, str)
        ]
    _refuse(errors)
    return list(queries or ())


def _texts_of_lines(lines: list[object]) -> list[str]:
    """Return the texts of NDJSON; raise InvalidBody."""
    texts = [line.get("q") if isinstance(line, dict) and line.keys() == {"q"} else line for line in lines]
    errors = [
        body_error('is neither a string nor {"q": a string}', line=number)
        for number, text in enumerate(texts, start=1)
        if not isinstance(text, str)
    ]
    _refuse(errors)
    return [text for text in texts if isinstance(text, str)]


def _refuse(errors: list[BodyError]) -> None:
    if errors:
        raise InvalidBody("The body was not taken: see errors.", body_errors=errors)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
