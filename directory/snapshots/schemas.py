"""The public shape of snapshots, and what can be asked of their list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field
from directory.snapshots.publish.manifest import MAX_FILES

_BINARY: Final[Mapping[str, object]] = {"schema": {"type": "string", "format": "binary"}}
# Whatever the file, it is documented as bytes, and first as the type of any bytes: generated clients read an answer as
# they read the first type that they know, and if that were JSON, they would read each file as JSON.
FORMS: Final[Mapping[str, Mapping[str, object]]] = {"application/octet-stream": _BINARY, "*/*": _BINARY}


def text(description: str, *, null: bool = False) -> fields.String:
    """Return the field of a text in an answer."""
    return fields.String(required=True, allow_none=null, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotQuery:
    """What was asked of one page of snapshots."""

    limit: int = 100
    cursor: str | None = None


class SnapshotQuerySchema(PagedQuerySchema):
    """One page of snapshots."""

    result_class: ClassVar[type[Any] | None] = SnapshotQuery


class SnapshotLinksSchema(Schema):
    """Where more is to be had."""

    self = fields.String(required=True, metadata={"description": "The manifest, which lists the files."})


class SnapshotSchema(Schema):
    """The whole registry at one revision."""

    revision = count_field("The revision.")
    mark = text("The mark of the revision, which tells it from another of its number before or after a restore.")
    at = fields.AwareDateTime(required=True, metadata={"description": "The time of the revision."})
    built_at = fields.AwareDateTime(required=True, metadata={"description": "When the snapshot was made of it."})
    files = count_field("Number of its files.")
    bytes = count_field("Bytes of all of them together.")
    links = fields.Nested(SnapshotLinksSchema, required=True)


class SnapshotListSchema(Schema):
    """A page of snapshots."""

    data = fields.List(fields.Nested(SnapshotSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)


class ManifestFileSchema(Schema):
    """One file of a snapshot."""

    name = text("Its name, the end of its address.")
    table = text("The table that it holds; null where it is about the snapshot.", null=True)
    media_type = text("What it is before it is compressed.")
    encoding = text("What it is compressed with, `gzip` or `zstd`; null where it is plain.", null=True)
    bytes = count_field("Its size in bytes.")
    rows = count_field("Records in it; null where it holds none.", null=True)
    sha256 = text("SHA-256 of its bytes, in hexadecimal.")


class MarkedSchema(Schema):
    """A revision by its number and its mark."""

    revision = count_field("The revision.")
    mark = text("Its mark.")


_OF_OLD: Final = "Missing in snapshots of before revisions had marks."


class ManifestSchema(Schema):
    """What a snapshot is of, and what it holds."""

    format_version = text("The version of this document's shape.")
    schema_version = text("The version of the records' shape.")
    revision = count_field("The revision.")
    mark = fields.String(metadata={"description": f"The mark of the revision. {_OF_OLD}"})
    at = fields.AwareDateTime(required=True, metadata={"description": "The time of the revision."})
    previous = count_field("The revision of the snapshot before it; null for the first.", null=True)
    earlier = fields.List(
        fields.Nested(MarkedSchema),
        # Each has three files in the manifest, as a delta from it.
        validate=validate.Length(max=MAX_FILES),
        metadata={
            "description": "The snapshots before it that were kept, the oldest first: a copy of one of them with"
            f" another mark was made before the registry was restored. {_OF_OLD}"
        },
    )
    title = text("What the registry is called.")
    description = text("What it is.", null=True)
    publisher = text("Who publishes it.", null=True)
    contact = text("Where to write.", null=True)
    licence = text("On what terms the data may be used.", null=True)
    licence_url = text("The address of the licence's text.", null=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=count_field("Records."),
        required=True,
        metadata={"description": "Number of records in each table."},
    )
    sources = fields.List(
        fields.Dict(), required=True, metadata={"description": "Where the rows came from, as `/v1/sources` has it."}
    )
    public_key = text("The key that the signature in `manifest.json.minisig` is made with, as minisign writes it.")
    files = fields.List(fields.Nested(ManifestFileSchema), required=True)
