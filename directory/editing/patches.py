"""JSON Merge Patch (RFC 7396) of an account: a member is the new value of a field, null says that there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from directory.editing.fields import ELSEWHERE, EMPTY, FIELDS
from directory.http.problem import MAX_ERRORS, body_error
from directory.http.problems import InvalidBody
from directory.http.request_body import parse_json, read_body
from directory.imports.errors import InvalidValue

if TYPE_CHECKING:
    from directory.editing.fields import Statement
    from directory.http.problem import BodyError

MERGE_PATCH: Final = "application/merge-patch+json"
NOT_TAKEN: Final = "The body was not taken: see errors."
# 50 names of two members, 50 tags, and each field.
_VALUES_MAX: Final = 250


def describe() -> dict[str, object]:
    """Return the JSON Schema of a patch."""
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {name: field.json_schema() for name, field in FIELDS.items()},
    }


def read_patch() -> dict[str, Statement]:
    """Return what the body of this request states of each field; raise InvalidBody with all that is wrong."""
    body = parse_json(read_body((MERGE_PATCH,))[1], _VALUES_MAX)
    if not isinstance(body, dict) or not body:
        detail = "is no object" if not isinstance(body, dict) else "has no member, so it changes nothing"
        raise InvalidBody(NOT_TAKEN, body_errors=[body_error(detail, pointer="")])
    stated: dict[str, Statement] = {}
    errors: list[BodyError] = []
    for name, value in body.items():
        try:
            stated[name] = _read_member(name, value)
        except InvalidValue as invalid:
            pointer = "/" + name.replace("~", "~0").replace("/", "~1")
            errors.append(body_error(f"{invalid.message}; {invalid.remedy}", pointer=pointer))
    if errors:
        raise InvalidBody(NOT_TAKEN, body_errors=errors[:MAX_ERRORS])
    return stated


def _read_member(name: str, value: Any) -> Statement:  # noqa: ANN401 - whatever JSON holds
    field = FIELDS.get(name)
    if field is None:
        known = f"known are {', '.join(FIELDS)}"
        raise InvalidValue("unknown-field", "it is no field that an editor sets", ELSEWHERE.get(name, known))
    if value is None:
        if not field.is_nullable:
            raise InvalidValue("null", "every account has one", "send another one")
        return EMPTY[name]
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidValue("surrogate", "it has half of a character", "send whole characters") from None
    return field.read(value)
