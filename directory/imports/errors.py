"""Errors of an import: in a value, in a row, in a file, or of the whole import."""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowError:
    """One error of a row: the field, its value as it stands, a code for counting, what is wrong, and what to do.

    `stops`: whether nothing is imported because of it; otherwise only the row is left out.
    """

    field: str
    value: str
    code: str
    message: str
    remedy: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.field} {shorten(self.value)!r}: {self.message}; {self.remedy}"


def shorten(value: str) -> str:
    """Return a value cut to the width of a terminal line."""
    return value if len(value) <= 80 else value[:79] + "…"  # noqa: PLR2004 - a line of a terminal


def show(value: object) -> str:
    """Return a value as an error shows it: a text as it stands, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class InvalidValue(Exception):  # noqa: N818 - it is a verdict on a value, caught where the row is judged
    """A value cannot be used; the message says why.

    `is_damaged`: whether it shows that the file has lost data, so that its other values are doubtful, too.
    """

    def __init__(self, code: str, message: str, remedy: str, *, is_damaged: bool = False) -> None:
        super().__init__(message)
        self.is_damaged = is_damaged
        self.code = code
        self.message = message
        self.remedy = remedy


class RowRejected(Exception):  # noqa: N818 - as above
    """A row cannot be imported; `errors` say why."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(map(str, self.errors)))


class ImportFailed(Exception):  # noqa: N818 - the name of the outcome
    """An import failed and nothing was written; the message says why."""


class SyntheticMixed(ImportFailed):
    """Real accounts and synthetic ones would come together in one registry."""


class OlderList(ImportFailed):
    """A list with a date is older than what the registry has of its source."""


class UnwritableFile(ImportFailed):
    """The file for rejected rows cannot be written, so they would be lost."""


class UnreadableFile(ImportFailed):
    """A file cannot be read as a whole: its encoding, its format or its columns."""
