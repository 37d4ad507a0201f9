"""Forms that pages send: their fields, read strictly."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from directory.http.problems import MalformedBody
from directory.http.request_body import read_body

_FORM: Final = "application/x-www-form-urlencoded"
# No form has more.
_MAX_FIELDS: Final = 20


def read_form() -> dict[str, str]:
    """Return the fields of the form; raise UnsupportedMediaType, MalformedBody."""
    _type, text = read_body((_FORM,))
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise MalformedBody("The form cannot be read: it is not UTF-8, or has too many fields.") from error
