"""The query string, read strictly: what cannot be read without a guess is refused."""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import quote_plus, unquote_to_bytes

from flask import request

from directory.http.problem import MOST_ERRORS
from directory.http.problems import InvalidParameters, ParameterError, parameter_error

Pairs: TypeAlias = tuple[tuple[str, str], ...]

_PARSED = "directory.query"
# C0 and C1 controls and DEL: none of them is part of a name, and PostgreSQL refuses NUL.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9_.~,:-]*")


def query_pairs() -> Pairs:
    """Return the name and value pairs of this request in their order; raise InvalidParameters."""
    environ = request.environ
    known: Pairs | None = environ.get(_PARSED)
    if known is None:
        known = environ[_PARSED] = parse_pairs(environ.get("QUERY_STRING", "").encode("latin-1"))
    return known


def parse_pairs(raw: bytes) -> Pairs:
    """Decode a query string; raise InvalidParameters with each name or value that cannot be read."""
    pairs: list[tuple[str, str]] = []
    errors: list[ParameterError] = []
    for part in raw.split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        name, name_fault = _decode(raw_name)
        value, value_fault = _decode(raw_value)
        if name_fault or not name:
            errors.append(parameter_error(name or "", value, f"the name {name_fault or 'is empty'}"))
        elif value_fault:
            errors.append(parameter_error(name, value, f"the value {value_fault}"))
        else:
            pairs.append((name, value))
        if len(errors) == MOST_ERRORS:
            break
    if errors:
        raise InvalidParameters("The query string cannot be read.", errors=errors)
    return tuple(pairs)


def canonical_query(pairs: Pairs, *, without: frozenset[str] = frozenset()) -> str:
    """Return one text for all query strings that ask the same: sorted by name, repeats joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in without:
            values.setdefault(name, []).append(value)
    return encode_pairs(tuple((name, ",".join(values[name])) for name in sorted(values)))


def encode_pairs(pairs: Pairs) -> str:
    """Return the query string of the pairs, readable where the rules of URLs allow it."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _encode(text: str) -> str:
    # Most texts are plain, and to see that takes a tenth of the time of quoting them.
    return text if _PLAIN.fullmatch(text) else quote_plus(text, safe=",:-")


def _decode(raw: bytes) -> tuple[str, str | None]:
    """Return the text and what is wrong with it; a text with a fault is fit only to be shown."""
    decoded = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        return decoded.decode("utf-8", "replace"), "is not UTF-8"
    if CONTROL.search(text):
        return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), "holds a control character"
    if _BROKEN_ESCAPE.search(raw):
        return text, "has a % that is not followed by two hexadecimal digits (write %25 for a percent sign)"
    return text, None
