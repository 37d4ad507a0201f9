"""What is in a snapshot: its tables, their order, and their columns where a record is flattened.

A table has one record a line, in the order of its key; the line is the stored public JSON. Its columns follow from the
public schema of the record, so that a key has one description wherever it appears.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from marshmallow import Schema, fields, validate
from psycopg import sql

from directory.accounts.schemas import AccountRecordSchema
from directory.departments.schemas import DepartmentSchema
from directory.platforms.schemas import PlatformSchema
from directory.regions.schemas import RegionSchema
from directory.snapshots.contents.records import HeldHandleSchema, TombstoneSchema
from directory.sources.schemas import SourceSchema

# What has been published under it is never renamed, removed or given another meaning; it grows when keys are added.
SCHEMA_VERSION: Final = "1.1"

Type = Literal["string", "integer", "boolean", "date", "datetime", "texts", "names"]
_TYPES: Final[tuple[tuple[type[fields.Field[Any]], Type], ...]] = (
    (fields.Integer, "integer"),
    (fields.Boolean, "boolean"),
    (fields.AwareDateTime, "datetime"),
    (fields.Date, "date"),
    (fields.String, "string"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a flattened table: the keys that lead to its value, joined by dots in its name."""

    path: tuple[str, ...]
    type: Type
    is_required: bool
    description: str

    @property
    def name(self) -> str:
        """The name as it heads the column."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the query of its lines in their order, and what its records look like.

    `key` names the columns that tell its records apart, `refers` columns that hold the key of another table.
    """

    name: str
    lines: sql.SQL
    schema: type[Schema]
    key: tuple[str, ...]
    refers: Mapping[str, str] = field(default_factory=dict)
    # Keys that an answer has and the stored record has not.
    without: frozenset[str] = frozenset({"accounts"})

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the flattened table, in the order of the record's keys."""
        return tuple(_columns(self.schema(exclude=self.without & set(self.schema().fields)), (), is_required=True))


TABLES: Final = (
    Table(
        "accounts",
        sql.SQL("SELECT document FROM accounts ORDER BY id"),
        AccountRecordSchema,
        ("id",),
        {"platform": "platforms", "department.id": "departments", "region.code": "regions", "replaced_by": "accounts"},
    ),
    Table(
        "departments",
        sql.SQL("SELECT document FROM departments ORDER BY id"),
        DepartmentSchema,
        ("id",),
        {"region.code": "regions", "parent.id": "departments"},
    ),
    Table(
        "handles",
        sql.SQL("SELECT document FROM handles ORDER BY public_id"),
        HeldHandleSchema,
        ("id",),
        # An account that went leaves its handles: `account` need not be in `accounts`.
        {"platform": "platforms"},
    ),
    Table("platforms", sql.SQL("SELECT document FROM platforms ORDER BY slug"), PlatformSchema, ("slug",)),
    Table(
        "regions",
        sql.SQL("SELECT document FROM regions ORDER BY code"),
        RegionSchema,
        ("code",),
        {"parent": "regions"},
    ),
    Table("sources", sql.SQL("SELECT document FROM sources ORDER BY id"), SourceSchema, ("id",)),
    Table(
        "tombstones",
        sql.SQL("""
            SELECT row_to_json(t)::text AS document
              FROM (SELECT v.kind, v.id, v.action, v.revision, r.at, v.replaced_by
                      FROM versions AS v JOIN revisions AS r USING (revision)
                     WHERE v.record IS NULL ORDER BY v.kind, v.id, v.revision) AS t"""),
        TombstoneSchema,
        ("kind", "id", "revision"),
    ),
)


def table_of(name: str) -> Table:
    """Return the table of this name; raise KeyError."""
    return {table.name: table for table in TABLES}[name]


def choices(column: Column, table: Table) -> tuple[str, ...]:
    """Return the values that a column may have, none where any may stand."""
    found: fields.Field[Any] | None = None
    schema: Schema = table.schema()
    for key in column.path:
        found = schema.fields[key]
        if isinstance(found, fields.Nested):
            schema = found.schema
    checks = found.validators if found is not None else ()
    return next((tuple(check.choices) for check in checks if isinstance(check, validate.OneOf)), ())


def _columns(schema: Schema, above: tuple[str, ...], *, is_required: bool) -> Iterator[Column]:
    for key, item in schema.fields.items():
        path, required = (*above, key), is_required and item.required and not item.allow_none
        description = item.metadata.get("description", "")
        if isinstance(item, fields.Nested):
            yield from _columns(item.schema, path, is_required=required)
        elif isinstance(item, fields.List):
            kind: Type = "names" if isinstance(item.inner, fields.Nested) else "texts"
            # A list without items is an empty cell.
            yield Column(path, kind, is_required=False, description=description)
        else:
            yield Column(path, _type_of(item), is_required=required, description=description)


def _type_of(item: fields.Field[Any]) -> Type:
    return next(name for kind, name in _TYPES if isinstance(item, kind))
