"""The public shape of snapshots, and the query parameters of their list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field
from directory.snapshots.publish.manifest import MAX_FILES

_BINARY: Final[Mapping[str, object]] = {"schema": {"type": "string", "format": "binary"}}
# Every file is documented as bytes, with application/octet-stream first: generated clients parse a response by the
# first media type that they know, and if that were JSON, they would parse every file as JSON.
FORMS: Final[Mapping[str, Mapping[str, object]]] = {"application/octet-stream": _BINARY, "*/*": _BINARY}


def text(description: str, *, null: bool = False) -> fields.String:
    """Return the field of a text in a response."""
    return fields.String(required=True, allow_none=null, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotQuery:
    """The query parameters of a page of snapshots."""

    limit: int = 100
    cursor: str | None = None


class SnapshotQuerySchema(PagedQuerySchema):
    """One page of snapshots."""

    result_class: ClassVar[type[Any] | None] = SnapshotQuery


class SnapshotLinksSchema(Schema):
    """Links of a snapshot."""

    self = fields.String(required=True, metadata={"description": "The manifest, which lists the files."})


class SnapshotSchema(Schema):
    """The whole registry at one revision."""

    revision = count_field("The revision.")
    mark = text("The mark of the revision, which differs from that of another one with its number after a restore.")
    at = fields.AwareDateTime(required=True, metadata={"description": "The time of the revision."})
    built_at = fields.AwareDateTime(required=True, metadata={"description": "When the snapshot was built."})
    files = count_field("Number of its files.")
    bytes = count_field("Total size of its files in bytes.")
    links = fields.Nested(SnapshotLinksSchema, required=True)


class SnapshotListSchema(Schema):
    """A page of snapshots."""

    data = fields.List(fields.Nested(SnapshotSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)


class ManifestFileSchema(Schema):
    """One file of a snapshot."""

    name = text("Its name, the last segment of its URL.")
    table = text("The table in it; null for a file about the snapshot.", null=True)
    media_type = text("The media type of the uncompressed content.")
    encoding = text("Its compression, `gzip` or `zstd`; null if it is not compressed.", null=True)
    bytes = count_field("Its size in bytes.")
    rows = count_field("Number of records in it; null for a file without records.", null=True)
    sha256 = text("SHA-256 of its bytes, in hexadecimal.")


class MarkedSchema(Schema):
    """A revision by number and mark."""

    revision = count_field("The revision.")
    mark = text("Its mark.")


_WITHOUT_MARKS: Final = "Missing in snapshots that were built before revisions had marks."


class ManifestSchema(Schema):
    """The metadata of a snapshot, and its files."""

    format_version = text("The version of this document's shape.")
    schema_version = text("The version of the records' shape.")
    revision = count_field("The revision.")
    mark = fields.String(metadata={"description": f"The mark of the revision. {_WITHOUT_MARKS}"})
    at = fields.AwareDateTime(required=True, metadata={"description": "The time of the revision."})
    previous = count_field("The revision of the snapshot before it; null for the first.", null=True)
    earlier = fields.List(
        fields.Nested(MarkedSchema),
        # Each has six files in the manifest: the delta from it and the counts since, plain and compressed.
        validate=validate.Length(max=MAX_FILES),
        metadata={
            "description": "The earlier snapshots that were retained, the oldest first. A copy of one of them with"
            f" another mark was made before the registry was restored. {_WITHOUT_MARKS}"
        },
    )
    title = text("Title of the registry.")
    description = text("Description of the registry.", null=True)
    publisher = text("Publisher of the registry.", null=True)
    contact = text("Contact of the publisher.", null=True)
    licence = text("Licence of the data.", null=True)
    licence_url = text("URL of the licence.", null=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=count_field("Records."),
        required=True,
        metadata={"description": "Number of records in each table."},
    )
    sources = fields.List(
        fields.Dict(), required=True, metadata={"description": "The sources of the records, as in `/v1/sources`."}
    )
    public_key = text("The public key of the signature in `manifest.json.minisig`, in minisign's format.")
    files = fields.List(fields.Nested(ManifestFileSchema), required=True)
