"""The parameters and the public shape of imports over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, validate

from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import MAX_VALUES, Enum, Integer, QueryField, String, split_values
from directory.http.pagination import PageSchema, count_field
from directory.http.parameters import QuerySchema
from directory.imports.errors import InvalidValue
from directory.imports.read.records import FORMATS
from directory.imports.validate.fields import parse_source
from directory.tokens.queries import PLACES_MAX

STATUSES: Final = ("queued", "checking", "checked", "refused", "applying", "applied", "failed")
VERDICTS: Final = ("created", "changed", "merged", "unchanged", "accepted", "rejected")
NAME_MAX: Final = 200
_ROWS_MAX: Final = 1000
_BOOLEANS: Final = ("true", "false")


class Pairs(QueryField[dict[str, str]]):
    """A list of pairs with an equals sign in between; `is_heading`: the first part may have one of its own."""

    style: ClassVar[Mapping[str, object]] = {"style": "form", "explode": False}

    def __init__(self, description: str, *, is_heading: bool = False, **options: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        """Document the parameter."""
        super().__init__(description, **options)
        self.is_heading = is_heading

    def parse(self, texts: Sequence[str]) -> dict[str, str]:
        """Return the pairs; raise ValidationError for what is none, and for two that contradict each other."""
        pairs: dict[str, str] = {}
        for text in split_values(texts):
            name, separator, value = text.rpartition("=") if self.is_heading else text.partition("=")
            if not separator or not name.strip():
                raise ValidationError(f"{text} has no = behind a name")
            if pairs.setdefault(name.strip(), value.strip()) != value.strip():
                raise ValidationError(f"{name.strip()} is given twice; keep one")
        return pairs

    def json_schema(self) -> dict[str, object]:
        """Return an array of pairs."""
        items = {"type": "string", "pattern": "^[^,=]*[^,= ][^,=]*=[^,]*$", "maxLength": 200}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_VALUES}


class SourceField(String):
    """The id of a source."""

    def parse_one(self, text: str) -> str:
        """Return the id as rows spell it; raise ValidationError."""
        try:
            found = parse_source(text)
        except InvalidValue as error:
            raise ValidationError(f"{error.message}; {error.remedy}") from error
        if found is None:
            raise ValidationError("is a mark for none")
        return found

    def json_schema(self) -> dict[str, object]:
        """Return the schema of an id."""
        return {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "minLength": 1, "maxLength": 63}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportQuery:
    """How a file is to be read and merged."""

    source: str
    name: str | None = None
    format: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    map: dict[str, str] | None = None
    set: dict[str, str] | None = None
    header_line: int | None = None
    skip_invalid: str = "false"
    strict: str = "false"
    replace: str = "false"
    sync: str = "false"
    allow_withdrawals: int = 10
    reason: str | None = None

    def as_options(self) -> dict[str, Any]:
        """Return the options under the names that the job reads, without those that were left out."""
        given: dict[str, Any] = {
            "format": self.format,
            "encoding": self.encoding,
            "sheet": self.sheet,
            "columns": self.map,
            "constants": self.set,
            "header_line": self.header_line,
            "skip_invalid": self.skip_invalid == "true" or None,
            "strict": self.strict == "true" or None,
            "replace": self.replace == "true" or None,
            "complete": self.sync == "true" or None,
            "allow_withdrawals": float(self.allow_withdrawals) if self.sync == "true" else None,
            "reason": self.reason,
        }
        return {name: value for name, value in given.items() if value is not None}


class ImportQuerySchema(QuerySchema):
    """How a file is to be read and merged."""

    result_class: ClassVar[type[Any] | None] = ImportQuery

    source = SourceField(
        "The id of the source of rows that name none. Imports of one source run one after the other.",
        required=True,
        example="city-list",
    )
    name = String("The name of the file.", max_length=NAME_MAX, example="list.csv")
    format = Enum("The form of a file that is no workbook, if it is not found out.", FORMATS, example="csv")
    encoding = String(
        "The encoding of a file that is not UTF-8, if it is not found out.", max_length=40, example="gb18030"
    )
    sheet = String("The sheet of a workbook, by its name or number.", max_length=100, example="1")
    map = Pairs(
        "What headings stand for, each as `heading=column`; nothing behind the sign leaves a column out. Others are"
        " found out, see `columns` in the report.",
        is_heading=True,
        example=["Agency=department"],
    )
    set = Pairs("Values of fields for all rows that leave them empty, each as `field=value`.", example=["platform=x"])
    header_line = Integer(
        "The line that names the columns, if it is not found out.", minimum=1, maximum=10_000, example=1
    )
    skip_invalid = Enum(
        "Whether to import the valid rows though others are rejected.", _BOOLEANS, load_default="false", example="true"
    )
    strict = Enum(
        "Whether to reject rows with optional fields that are not understood.",
        _BOOLEANS,
        load_default="false",
        example="true",
    )
    replace = Enum(
        "Whether the rows are all that their source says of these accounts: what they do not say is emptied.",
        _BOOLEANS,
        load_default="false",
        example="true",
    )
    sync = Enum(
        "Whether the file is the whole list of its source: what this listed before and lists no longer is withdrawn.",
        _BOOLEANS,
        load_default="false",
        example="true",
    )
    allow_withdrawals = Integer(
        "With `sync`: nothing is imported if the source would lose more percent of what it lists.",
        minimum=0,
        maximum=100,
        load_default=10,
        example=25,
    )
    reason = String(
        "Why; everybody can read it once the import is applied, so name nobody in it.",
        max_length=500,
        example="weekly list",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsQuery:
    """Which imports."""

    limit: int = 50


class ImportsQuerySchema(QuerySchema):
    """Which imports."""

    result_class: ClassVar[type[Any] | None] = ImportsQuery

    limit = Integer("Most imports.", minimum=1, maximum=200, load_default=50, example=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRowsQuery:
    """Which rows of an import."""

    verdict: str | None = None
    limit: int = 100
    cursor: str | None = None


class ImportRowsQuerySchema(QuerySchema):
    """Which rows of an import."""

    result_class: ClassVar[type[Any] | None] = ImportRowsQuery

    verdict = Enum("Rows of this verdict alone.", VERDICTS, example="rejected")
    limit = Integer("Most rows on a page.", minimum=1, maximum=_ROWS_MAX, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRowsCsvQuery(CsvOptions):
    """How the rows of an import are written."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


class ImportRowsCsvQuerySchema(CsvOptionsSchema):
    """How the rows of an import are written."""

    result_class: ClassVar[type[Any] | None] = ImportRowsCsvQuery


def _text(description: str, *, null: bool = False, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    return fields.String(required=True, allow_none=null, metadata={"description": description}, **options)


def _time(description: str) -> fields.DateTime:
    return fields.DateTime(required=True, format="iso", metadata={"description": description})


class ProgressSchema(Schema):
    """How far a job is."""

    phase = _text("What it does: reading or merging; null: it does not run.", null=True)
    done = count_field("How much of the phase is done.")
    total = count_field("How much of it there is; 0: unknown.")


class ImportSchema(Schema):
    """A file that was sent, and what became of it."""

    id = _text("Its id.")
    source = _text("The id of the source of rows that name none.")
    name = _text("The name of the file.")
    bytes = count_field("Its size, as it was sent.")
    options = fields.Dict(required=True, metadata={"description": "How it is read and merged, as it was asked for."})
    status = _text(
        "`queued` and `checking`: nothing is known yet. `checked`: it can be applied. `refused`: `error` says why not."
        " `applying`, then `applied`: it is in the registry. `failed`: it could not be read or written.",
        validate=validate.OneOf(STATUSES),
    )
    created_at = _time("When it was sent.")
    updated_at = _time("When its status or progress last changed; a week later it is deleted.")
    sent_by = _text("The name of the token with which it was sent.")
    applied_by = _text("The name of the token with which it was applied.", null=True)
    regions = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=PLACES_MAX),
        metadata={"description": "Regions that it may write to, with all below; empty: all."},
    )
    departments = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=PLACES_MAX),
        metadata={"description": "Departments that it may write to, with all below; empty: all."},
    )
    progress = fields.Nested(ProgressSchema, required=True, metadata={"description": "How far the job is."})
    revision = count_field("The revision that it wrote; null: none.", null=True)
    error = _text("Why it was refused or failed.", null=True)
    report = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "What it would change, or has changed, as `directory import --report` writes it: `accounts`"
            " created, updated and merged, `withdrawn`, `rejected`, `columns`, `notes`. Null in lists, and before it is"
            " checked."
        },
    )


class ImportListSchema(Schema):
    """Imports."""

    data = fields.List(
        fields.Nested(ImportSchema),
        required=True,
        validate=validate.Length(max=_ROWS_MAX),
        metadata={"description": "The latest first."},
    )


class ImportErrorSchema(Schema):
    """One error of a row."""

    field = _text("The column.")
    value = _text("The value as it stands there.")
    code = _text("The kind of error.")
    message = _text("What is wrong.")
    remedy = _text("What to do.")


class ImportRowSchema(Schema):
    """What becomes of one account of a row."""

    line = count_field("Where the row begins in the file; 1 is the first line.")
    verdict = _text(
        "`merged`: two accounts of the registry turned out to be one. `accepted`: the row is valid, but nothing is"
        " imported because of others.",
        validate=validate.OneOf(VERDICTS),
    )
    account = _text("The id of the account; null: one that is not yet there, or none.", null=True)
    errors = fields.List(
        fields.Nested(ImportErrorSchema), required=True, metadata={"description": "Why it is rejected."}
    )


class ImportRowListSchema(Schema):
    """A page of rows of an import."""

    data = fields.List(
        fields.Nested(ImportRowSchema),
        required=True,
        validate=validate.Length(max=_ROWS_MAX),
        metadata={"description": "By line."},
    )
    page = fields.Nested(PageSchema, required=True, metadata={"description": "Where it stands."})
