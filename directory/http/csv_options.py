"""How a CSV file is written: query parameters of every download of that form."""

from __future__ import annotations

from directory.http.fields import Enum
from directory.http.parameters import QuerySchema


class CsvOptions:
    """How a CSV file is written: what the parameters of every such download mean."""

    # Of fields with slots only one base may have any.
    __slots__ = ()
    bom: str
    escape_formulas: str
    spreadsheet: str

    @property
    def has_bom(self) -> bool:
        """Whether a byte order mark begins the file."""
        return "true" in {self.bom, self.spreadsheet}

    @property
    def escapes_formulas(self) -> bool:
        """Whether no cell may be a formula."""
        return "true" in {self.escape_formulas, self.spreadsheet}


class CsvOptionsSchema(QuerySchema):
    """How a CSV file is written."""

    bom = Enum(
        "Whether to begin with a byte order mark, without which some spreadsheets take UTF-8 for something else.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    escape_formulas = Enum(
        "Whether to put an apostrophe before a text that begins with `=`, `+`, `-`, `@`, one of these in full width, a"
        " tab or a line break, and before one of these characters behind a semicolon, a tab or a line break, so that no"
        " spreadsheet takes it for a formula.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    spreadsheet = Enum(
        "Whether the file is to be opened in a spreadsheet: `bom` and `escape_formulas` together.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
