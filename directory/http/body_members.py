"""Members of a JSON object in a body: one declaration for the parser and for the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from directory.http.problem import MAX_ERRORS, body_error
from directory.http.problems import InvalidBody
from directory.http.request_body import JSON, parse_json, read_body

if TYPE_CHECKING:
    from directory.http.problem import BodyError

_NOT_TAKEN: Final = "The body was not taken: see errors."
# Half of a character, which JSON can escape and UTF-8 cannot encode.
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
# Controls but for tab and the ends of lines; written as every dialect of regular expressions reads it.
CONTROLS: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_TEXT: Final = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMember:
    """A member that is a text: its bounds, and what it has to look like."""

    description: str
    max_length: int
    values: tuple[str, ...] = ()
    pattern: str = _TEXT
    is_required: bool = False

    def json_schema(self) -> dict[str, object]:
        """Return the JSON Schema of the member."""
        schema: dict[str, object] = {"type": "string", "description": self.description}
        if self.values:
            return schema | {"enum": list(self.values)}
        return schema | {"minLength": 1, "maxLength": self.max_length, "pattern": self.pattern}

    def explain_unusable(self, value: object) -> str | None:
        """Return what is wrong with a value, None for nothing."""
        if not isinstance(value, str):
            return "is no text"
        if self.values:
            return None if value in self.values else f"is not one of {', '.join(self.values)}"
        if not 0 < len(value) <= self.max_length:
            return f"has {len(value)} characters; 1 to {self.max_length} are taken"
        if _SURROGATE.search(value):
            return "has half of a character"
        return (
            None
            if re.search(self.pattern, value)
            else f"is blank, has control characters, or is not of the form {self.pattern}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMember:
    """A member that is a list of texts, each of `values` and none twice, at least one."""

    description: str
    values: tuple[str, ...]
    is_required: bool = False

    def json_schema(self) -> dict[str, object]:
        """Return the JSON Schema of the member."""
        items = {"type": "string", "enum": list(self.values)}
        bounds = {"minItems": 1, "maxItems": len(self.values), "uniqueItems": True}
        return {"type": "array", "description": self.description, "items": items, **bounds}

    def explain_unusable(self, value: object) -> str | None:
        """Return what is wrong with a value, None for nothing."""
        if not isinstance(value, list) or not value:
            return "is no list with a text"
        if not all(isinstance(each, str) and each in self.values for each in value):
            return f"has what is not one of {', '.join(self.values)}"
        return "has a text twice" if len(set(value)) < len(value) else None


Members: TypeAlias = Mapping[str, TextMember | ListMember]


def object_schema(members: Members) -> dict[str, Any]:
    """Return the JSON Schema of an object with these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, member in members.items() if member.is_required],
        "properties": {name: member.json_schema() for name, member in members.items()},
    }


def read_members(members: Members) -> dict[str, Any]:
    """Return the members of the body, a JSON object; raise InvalidBody with all that is wrong."""
    # A text that escapes each character takes six bytes for one; more members than are declared are not parsed.
    items = sum(len(member.values) for member in members.values() if isinstance(member, ListMember))
    value = parse_json(read_body((JSON,))[1], 2 * (len(members) + items) + 2)
    if not isinstance(value, dict):
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error("is no object", pointer="")])
    errors: list[BodyError] = [
        body_error("is missing", pointer=f"/{name}")
        for name, member in members.items()
        if member.is_required and name not in value
    ]
    for name, given in value.items():
        member = members.get(name)
        wrong = "is not a member of this body" if member is None else member.explain_unusable(given)
        if wrong is not None:
            errors.append(body_error(wrong, pointer=f"/{name}"))
    if errors:
        raise InvalidBody(_NOT_TAKEN, body_errors=errors[:MAX_ERRORS])
    return {
        name: given.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(given, str) else given
        for name, given in value.items()
    }
