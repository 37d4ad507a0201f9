"""The tables of a snapshot: the query of each, the schema of its records, and the columns of its CSV and Parquet.

A table has one record per line, in the order of its primary key; the line is the stored public JSON. The columns follow
from the public schema of the record, so that a key has the same description wherever it is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from marshmallow import Schema, fields, validate
from psycopg import sql

from directory.accounts.schemas import AccountRecordSchema
from directory.departments.schemas import DepartmentSchema
from directory.http.pagination import count_field
from directory.platforms.schemas import PlatformSchema
from directory.regions.schemas import RegionSchema
from directory.sources.schemas import SourceSchema

# The minor version grows when keys are added; renaming, removing or redefining one needs a new major version.
SCHEMA_VERSION: Final = "1.4"

ColumnType = Literal["string", "integer", "boolean", "date", "datetime", "object", "texts", "names"]
_TYPES: Final[tuple[tuple[type[fields.Field[Any]], ColumnType], ...]] = (
    (fields.Integer, "integer"),
    (fields.Boolean, "boolean"),
    (fields.AwareDateTime, "datetime"),
    (fields.Date, "date"),
    (fields.Dict, "object"),
    (fields.String, "string"),
)


class HeldHandleSchema(Schema):
    """A current or former handle of an account."""

    id = fields.String(
        required=True, metadata={"description": "Permanent id of this account's period with the handle."}
    )
    account = fields.String(
        required=True, metadata={"description": "Id of the account; handles of a deleted account remain."}
    )
    platform = fields.String(required=True, metadata={"description": "Slug of the platform."})
    handle = fields.String(required=True, metadata={"description": "The handle in the profile's URL at that time."})
    valid_from = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Start of the period; null if it is unknown."}
    )
    valid_to = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "End of the period; null for a current handle."}
    )
    revision = count_field("Revision of the registry that last changed this record.")


class LatestFollowersSchema(Schema):
    """The latest counts of an account, which its record has too."""

    account = fields.String(required=True, metadata={"description": "Id of the account."})
    followers = count_field("Followers; null if never counted.", null=True)
    followers_at = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "When the followers were counted."}
    )
    source = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Id of the source that counted the followers; null if it is not known."},
    )
    posts = count_field("Posts; null if never counted.", null=True)
    last_post_at = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Time of the last post that was seen."}
    )
    revision = count_field("Revision of the registry that last changed these counts, and no record of the account.")


class ObservationRecordSchema(Schema):
    """What was seen of an account at a time."""

    account = fields.String(required=True, metadata={"description": "Id of the account."})
    observed_at = fields.AwareDateTime("iso", required=True, metadata={"description": "When."})
    source = fields.String(required=True, metadata={"description": "Id of the source that observed it."})
    revision = count_field("Revision of the registry that wrote it; 0: from before this was recorded.")
    followers = count_field("Followers; null if not counted.", null=True)
    following = count_field("How many accounts it follows; null if not counted.", null=True)
    posts = count_field("Posts; null if not counted.", null=True)
    last_post_at = fields.AwareDateTime(
        "iso",
        required=True,
        allow_none=True,
        metadata={"description": "Time of the last post then; null if not known."},
    )
    verified = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether the platform showed its own mark of a verified account; null if not known."},
    )
    stated = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "What was stated and is none of the values, such as a count of -1; under `replaced`, the"
            " values that a later statement of the same source replaced. Mostly null."
        },
    )


class TombstoneSchema(Schema):
    """A record that was deleted, or merged into another record of its kind."""

    kind = fields.String(required=True, metadata={"description": "Kind of the record: `account`, `department`, …"})
    id = fields.String(required=True, metadata={"description": "Its id, slug or code."})
    action = fields.String(
        required=True,
        validate=validate.OneOf(("delete", "merge")),
        metadata={"description": "`merge`: it was merged into another record."},
    )
    revision = count_field("Revision of the registry that removed it.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it was removed."})
    replaced_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Id of the record it was merged into, at that time; null if it was deleted."},
    )


@dataclass(frozen=True, slots=True)
class SnapshotColumn:
    """One column of a flattened table; `path` is the keys that lead to its value in the record."""

    path: tuple[str, ...]
    type: ColumnType
    is_required: bool
    description: str

    @property
    def name(self) -> str:
        """The name in the header: the keys joined by dots."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class SnapshotTable:
    """One table: the query of its lines in their order, and the schema of its records.

    `foreign_keys` maps a column to the table whose primary key it contains.
    """

    name: str
    query: sql.SQL | sql.Composed
    schema: type[Schema]
    primary_key: tuple[str, ...]
    foreign_keys: Mapping[str, str] = field(default_factory=dict)
    # Keys of a response that are not in the stored record.
    unstored: frozenset[str] = frozenset({"accounts"})
    # The query of the cells of its CSV, where they need not be extracted from the lines.
    csv_query: sql.SQL | sql.Composed | None = None

    @property
    def columns(self) -> tuple[SnapshotColumn, ...]:
        """The columns of the flattened table, in the order of the record's keys."""
        return tuple(_columns(self.schema(exclude=self.unstored & set(self.schema().fields)), (), is_required=True))


# The counts that changed after a revision.
LATEST_FOLLOWERS: Final = sql.SQL("""
    SELECT row_to_json(f)::text AS document
      FROM (SELECT account_id AS account, followers, followers_at, source, posts, last_post_at, revision
              FROM account_followers WHERE revision > {} ORDER BY account_id) AS f""")
# Keys have COLLATE "C", so their order is the same on every server; it is also Python's, in which mirrors merge.
TABLES: Final = (
    SnapshotTable(
        "accounts",
        sql.SQL("SELECT joined_document AS document FROM account_records ORDER BY id"),
        AccountRecordSchema,
        ("id",),
        {"platform": "platforms", "department.id": "departments", "region.code": "regions", "replaced_by": "accounts"},
    ),
    SnapshotTable(
        "departments",
        sql.SQL("SELECT document FROM departments ORDER BY id"),
        DepartmentSchema,
        ("id",),
        {"region.code": "regions", "parent.id": "departments"},
    ),
    SnapshotTable(
        "followers",
        LATEST_FOLLOWERS.format(sql.Literal(0)),
        LatestFollowersSchema,
        ("account",),
        {"account": "accounts", "source": "sources"},
    ),
    SnapshotTable(
        "handles",
        sql.SQL("SELECT document FROM handles ORDER BY public_id"),
        HeldHandleSchema,
        ("id",),
        # No foreign key to accounts: handles of a deleted account remain.
        {"platform": "platforms"},
    ),
    SnapshotTable("platforms", sql.SQL("SELECT document FROM platforms ORDER BY slug"), PlatformSchema, ("slug",)),
    SnapshotTable(
        "regions",
        sql.SQL("SELECT document FROM regions ORDER BY code"),
        RegionSchema,
        ("code",),
        {"parent": "regions"},
    ),
    SnapshotTable("sources", sql.SQL("SELECT document FROM sources ORDER BY id"), SourceSchema, ("id",)),
    SnapshotTable(
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


def get_table(name: str) -> SnapshotTable:
    """Return the table of this name; raise KeyError."""
    return {table.name: table for table in TABLES}[name]


def enum_values(column: SnapshotColumn, table: SnapshotTable) -> tuple[str, ...]:
    """Return the values that a column is restricted to, empty if it is not restricted."""
    item: fields.Field[Any] | None = None
    schema: Schema = table.schema()
    for key in column.path:
        item = schema.fields[key]
        if isinstance(item, fields.Nested):
            schema = item.schema
    validators = item.validators if item is not None else ()
    return next((tuple(validator.choices) for validator in validators if isinstance(validator, validate.OneOf)), ())


def _columns(schema: Schema, parent: tuple[str, ...], *, is_required: bool) -> Iterator[SnapshotColumn]:
    for key, item in schema.fields.items():
        path, required = (*parent, key), is_required and item.required and not item.allow_none
        description = item.metadata.get("description", "")
        if isinstance(item, fields.Nested):
            yield from _columns(item.schema, path, is_required=required)
        elif isinstance(item, fields.List):
            column_type: ColumnType = "names" if isinstance(item.inner, fields.Nested) else "texts"
            # An empty list is an empty cell.
            yield SnapshotColumn(path, column_type, is_required=False, description=description)
        else:
            yield SnapshotColumn(path, _column_type(item), is_required=required, description=description)


def _column_type(item: fields.Field[Any]) -> ColumnType:
    return next(name for field_type, name in _TYPES if isinstance(item, field_type))
