"""`manifest.json`: what a snapshot is, and the size and SHA-256 of each of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from directory.snapshots.edition import Edition
from directory.snapshots.files import content_type_of, encoding_of, plain_name
from directory.snapshots.formats import Written
from directory.snapshots.tables import SCHEMA_VERSION, TABLES

# Of the manifest itself, as SCHEMA_VERSION is of the records.
FORMAT_VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the registry was when the snapshot was taken: revision, its time (RFC 3339), the snapshot before it."""

    revision: int
    at: str
    previous: int | None = None


class ManifestError(Exception):
    """A manifest cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as a manifest has it."""

    name: str
    bytes: int
    sha256: str
    rows: int | None

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Take it from a manifest; raise ManifestError."""
        name, size, digest, rows = (value.get(key) for key in ("name", "bytes", "sha256", "rows"))
        if not isinstance(name, str) or not name or name.startswith(".") or "/" in name or "\\" in name:
            message = f"{name!r} is no name of a file"
            raise ManifestError(message)
        if not isinstance(size, int) or size < 0 or not isinstance(digest, str) or not isinstance(rows, int | None):
            message = f"{name} has no size or no SHA-256"
            raise ManifestError(message)
        return cls(name, size, digest, rows)


def write_manifest(
    state: State, edition: Edition, sources: Sequence[Mapping[str, Any]], files: Sequence[Written], public_key: str
) -> str:
    """Give the text of a manifest; it follows from the arguments and from nothing else."""
    counts = {table.name: _rows(files, table.name) for table in TABLES}
    content = {
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "revision": state.revision,
        "at": state.at,
        "previous": state.previous,
        "title": edition.title,
        "description": edition.description,
        "publisher": edition.publisher,
        "contact": edition.contact,
        "licence": edition.licence,
        "licence_url": edition.licence_url,
        "counts": counts,
        "sources": [{key: value for key, value in source.items() if key != "links"} for source in sources],
        "public_key": public_key,
        "files": [_file(file) for file in sorted(files, key=lambda file: file.name)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_manifest(text: str | bytes) -> tuple[dict[str, Any], list[Entry]]:
    """Give a manifest and its files; raise ManifestError."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ManifestError(f"it is no JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("files"), list):
        message = "it lists no files"
        raise ManifestError(message)
    version = str(content.get("format_version"))
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        message = f"it is of version {version}, and this program reads {FORMAT_VERSION}"
        raise ManifestError(message)
    return content, [Entry.read(value) for value in content["files"] if isinstance(value, dict)]


def _file(file: Written) -> dict[str, Any]:
    return {
        "name": file.name,
        "table": _table(file.name),
        "media_type": content_type_of(file.name),
        "encoding": encoding_of(file.name),
        "bytes": file.bytes,
        "rows": file.rows,
        "sha256": file.sha256,
    }


def _table(name: str) -> str | None:
    stem = plain_name(name).rpartition(".")[0]
    return stem if any(table.name == stem for table in TABLES) else None


def _rows(files: Sequence[Written], table: str) -> int:
    return next(file.rows or 0 for file in files if file.name == f"{table}.ndjson")
