"""How a file of a snapshot is sent: in which encoding, under which name, and from where it lies."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import Connection

from directory.http.conditional_requests import ENCODINGS, has_preconditions, is_range_without_if_range
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

# Files that may be sent as their compressed neighbours. Not Parquet: its readers ask for parts of the plain file.
_NEGOTIATED: Final = frozenset({"application/x-ndjson", "application/json", "text/csv"})
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """The file that was asked for, and the one whose bytes are sent: the same, or its compressed neighbour."""

    asked: SnapshotFile
    sent: SnapshotFile

    @classmethod
    def of(cls, conn: Connection[Any], asked: SnapshotFile) -> Choice:
        """Return what this request gets for a file: the compressed one where it accepts that and wants all of it."""
        encoding = preferred_encoding(ENCODINGS) if _is_negotiated(asked) else "identity"
        if encoding == "identity":
            return cls(asked, asked)
        suffix = next(suffix for suffix, name in SUFFIXES.items() if name == encoding)
        packed = select_file(conn, asked.revision, asked.name + suffix)
        if packed is None:
            return cls(asked, asked)
        # Whoever continues a download counts the bytes in its file, which are plain whatever was on the way; unless
        # it names those that were.
        return cls(asked, asked if is_range_without_if_range(_tag(packed)) else packed)


def send(choice: Choice, storage: Storage, caching: Mapping[str, str]) -> Response:
    """Answer with a file, by the headers `caching`; raise StorageUnavailable where it is not where it should be."""
    file = _describe(choice, caching)
    if (held := evaluate_conditions(file)) is not None:
        return held
    revision, name = choice.sent.revision, choice.sent.name
    try:
        path = storage.local_path(revision, name)
        if path is None:
            return redirect_to_storage(file, lambda: storage.presign(revision, name) or "")
        _require_whole(path, choice.sent)
        location = config().accel_prefix
        # nginx would hold a tag that has to be the same against one that it makes itself.
        if location is not None and not has_preconditions():
            return accel_redirect(file, f"{location}/{revision}/{name}")
        return send_from_disk(file, path)
    except (OSError, StorageError) as error:
        logger.error("%s of revision %s cannot be read: %s", name, revision, error)  # noqa: TRY400 - the path is all
        raise StorageUnavailable(f"{name} of revision {revision} cannot be read at the moment.") from error


def _require_whole(path: Path, sent: SnapshotFile) -> None:
    size = path.stat().st_size
    if size != sent.bytes:
        raise OSError(f"{path} has {size} bytes and not {sent.bytes}")


def _describe(choice: Choice, caching: Mapping[str, str]) -> FileRepresentation:
    asked, sent = choice.asked, choice.sent
    content_type = COMPRESSED_MEDIA_TYPES[asked.encoding] if asked.encoding else asked.media_type
    content = {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition(save_name(config().title, asked)),
    }
    if sent.encoding != asked.encoding:
        content["Content-Encoding"] = str(sent.encoding)
    varying = {"Vary": "Accept-Encoding"} if _is_negotiated(asked) else {}
    return FileRepresentation(
        size=sent.bytes,
        etag=_tag(sent),
        last_modified=sent.built_at,
        content_headers=content,
        cache_headers={**caching, **varying},
    )


def save_name(title: str, file: SnapshotFile) -> str:
    """Return the name to save a file by: of which registry it is, of which revision, and what."""
    registry = "-".join(re.findall(r"\w+", title.lower()))
    return f"{registry or 'registry'}-{file.revision}-{file.name}"


def _is_negotiated(file: SnapshotFile) -> bool:
    return file.encoding is None and file.media_type.partition(";")[0] in _NEGOTIATED


def _tag(file: SnapshotFile) -> str:
    return f'"{file.sha256}"'
