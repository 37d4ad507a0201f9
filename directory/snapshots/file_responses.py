"""Responses with a file of a snapshot: content negotiation, headers, and who sends the bytes.

The database knows the files with size and digest, so conditions and ranges are answered here. The bytes come from
granian, from nginx (X-Accel-Redirect), or from the bucket (a redirect to a presigned URL).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import Connection

from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import has_preconditions, is_range_without_if_range
from directory.http.files.responses import (
    FileRepresentation,
    accel_redirect,
    evaluate_conditions,
    redirect_to_storage,
    send_from_disk,
)
from directory.http.problems import StorageUnavailable
from directory.http.request import config, preferred_encoding
from directory.http.responses import Response, content_disposition
from directory.snapshots.contents.file_names import COMPRESSED_MEDIA_TYPES
from directory.snapshots.contents.file_names import ENCODINGS as SUFFIXES
from directory.snapshots.queries import SnapshotFile, select_file
from directory.snapshots.storage.interface import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from directory.snapshots.storage.interface import Storage

# Media types sent with Content-Encoding from the stored .gz or .zst. Not Parquet, whose readers request byte ranges.
_NEGOTIATED: Final = frozenset({"application/x-ndjson", "application/json", "text/csv"})
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NegotiatedFile:
    """The requested file, and the selected one whose bytes are sent: the same, or its compressed form."""

    requested: SnapshotFile
    selected: SnapshotFile

    @classmethod
    def negotiate(cls, conn: Connection[Any], requested: SnapshotFile) -> NegotiatedFile:
        """Select the compressed form if the request accepts it and is not for a range of the plain file."""
        encoding = preferred_encoding(ENCODINGS) if _is_negotiated(requested) else "identity"
        if encoding == "identity":
            return cls(requested, requested)
        suffix = next(suffix for suffix, name in SUFFIXES.items() if name == encoding)
        compressed = select_file(conn, requested.revision, requested.name + suffix)
        if compressed is None:
            return cls(requested, requested)
        # RFC 9110 counts a range in the encoded bytes, but clients that resume a download count the decoded bytes on
        # their disk. So a range is one of the plain file, unless If-Range names the tag of the compressed one.
        return cls(requested, requested if is_range_without_if_range(_etag(compressed)) else compressed)


def send_file(file: NegotiatedFile, storage: Storage, caching: Mapping[str, str]) -> Response:
    """Return the response with a file and the headers `caching`; raise StorageUnavailable if it cannot be read."""
    stored = _stored_file(file, caching)
    if (response := evaluate_conditions(stored)) is not None:
        return response
    revision, name = file.selected.revision, file.selected.name
    try:
        path = storage.local_path(revision, name)
        if path is None:
            return redirect_to_storage(stored, lambda: storage.presign(revision, name) or "")
        # Content-Length is the size in the database: a truncated file must be a 503 and not a body that breaks off.
        _require_size(path, file.selected)
        location = config().accel_prefix
        # nginx evaluates If-Match and If-Unmodified-Since against an ETag and a date of its own, and answers 412.
        if location is not None and not has_preconditions():
            return accel_redirect(stored, f"{location}/{revision}/{name}")
        return send_from_disk(stored, path)
    except (OSError, StorageError) as error:
        logger.error("%s of revision %s cannot be read: %s", name, revision, error)  # noqa: TRY400 - no traceback
        raise StorageUnavailable(f"{name} of revision {revision} cannot be read at the moment.") from error


def _require_size(path: Path, file: SnapshotFile) -> None:
    size = path.stat().st_size
    if size != file.bytes:
        raise OSError(f"{path} has {size} bytes instead of {file.bytes}")


def _stored_file(file: NegotiatedFile, caching: Mapping[str, str]) -> FileRepresentation:
    requested, selected = file.requested, file.selected
    content_type = COMPRESSED_MEDIA_TYPES[requested.encoding] if requested.encoding else requested.media_type
    content = {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition(download_name(config().title, requested)),
    }
    if selected.encoding != requested.encoding:
        content["Content-Encoding"] = str(selected.encoding)
    vary = {"Vary": "Accept-Encoding"} if _is_negotiated(requested) else {}
    return FileRepresentation(
        size=selected.bytes,
        etag=_etag(selected),
        last_modified=selected.built_at,
        content_headers=content,
        cache_headers={**caching, **vary},
    )


def download_name(title: str, file: SnapshotFile) -> str:
    """Return the file name in Content-Disposition: the registry's title, the revision and the name of the file."""
    registry = "-".join(re.findall(r"\w+", title.lower()))
    return f"{registry or 'registry'}-{file.revision}-{file.name}"


def _is_negotiated(file: SnapshotFile) -> bool:
    return file.encoding is None and file.media_type.partition(";")[0] in _NEGOTIATED


def _etag(file: SnapshotFile) -> str:
    # A strong tag (RFC 9110, section 8.8.1), which If-Range requires (13.1.5).
    return f'"{file.sha256}"'
