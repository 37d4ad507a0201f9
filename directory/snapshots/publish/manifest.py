"""`manifest.json`: the metadata of a snapshot, with the size and SHA-256 of each of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeGuard
from unicodedata import normalize

from directory.config import Config
from directory.database import revisions
from directory.snapshots.contents import observations
from directory.snapshots.contents.digests import FileInfo
from directory.snapshots.contents.file_names import MANIFEST, SIGNATURE, content_type_of, encoding_of, plain_name
from directory.snapshots.contents.tables import SCHEMA_VERSION, TABLES

# The version of the manifest's own shape; SCHEMA_VERSION is that of the records.
FORMAT_VERSION: Final = "1.0"
# Tables in all formats are about a hundred files, and observations five for a year and for a month of this one; each
# earlier retained snapshot adds six, of its delta and counts.
MAX_FILES: Final = 10_000
# The largest integer that all JSON parsers represent exactly (RFC 8259, section 6).
_MAX_INTEGER: Final = 2**53 - 1
# Valid file names on any system, none hidden, without path separators or control characters.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# The manifest cannot contain its own digest, nor that of its signature.
_UNLISTABLE: Final = frozenset({MANIFEST, SIGNATURE})
# A quotation mark inside a JSON string is escaped by a backslash, so these never match within a string.
_REVISION: Final = re.compile(rb'"revision"\s*:\s*([1-9][0-9]{0,15})\s*[,}]')
_MARK: Final = re.compile(rb'"mark"\s*:\s*"([0-9a-f]{12})"')
_KEY: Final = re.compile(rb'"public_key"\s*:\s*"([A-Za-z0-9+/]{56})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRevision:
    """The revision of a snapshot: its number, mark and time (RFC 3339).

    `earlier` is the revision and mark of each earlier retained snapshot, the oldest first.
    """

    number: int
    mark: str
    at: str
    earlier: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationMetadata:
    """Title, description, publisher, contact and licence of the registry; None where the operator states none."""

    title: str
    description: str
    publisher: str | None = None
    contact: str | None = None
    licence: str | None = None
    licence_url: str | None = None

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Return the metadata in the settings, normalized to NFC like everything that is published."""
        return cls(
            title=normalize("NFC", config.title),
            description=normalize("NFC", config.description),
            publisher=config.publisher and normalize("NFC", config.publisher),
            contact=config.contact,
            licence=config.licence and normalize("NFC", config.licence),
            licence_url=config.licence_url,
        )


class ManifestError(Exception):
    """A manifest is invalid; the message says why."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file as listed in a manifest."""

    name: str
    bytes: int
    sha256: str
    rows: int | None

    @classmethod
    def parse(cls, value: object) -> Self:
        """Validate an item of `files` in a manifest; raise ManifestError."""
        if not isinstance(value, dict):
            message = "one of its files is not an object"
            raise ManifestError(message)
        name, size, digest, rows = (value.get(key) for key in ("name", "bytes", "sha256", "rows"))
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _UNLISTABLE:
            message = f"{str(name)[:100]!r} is not a valid file name"
            raise ManifestError(message)
        if not _is_number(size) or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            message = f"{name} has no valid size or SHA-256"
            raise ManifestError(message)
        if rows is not None and not _is_number(rows):
            message = f"{name} has no valid number of rows"
            raise ManifestError(message)
        return cls(name, size, digest, rows)


@dataclass(frozen=True, slots=True)
class UnverifiedManifest:
    """What has to be known of a manifest to fetch and verify its signature; not to be trusted before that."""

    revision: int
    mark: str
    public_key: str | None

    @property
    def name(self) -> str:
        """The revision as it is written in URLs."""
        return revisions.State(self.revision, self.mark).name

    @classmethod
    def scan(cls, manifest: bytes) -> Self:
        """Find revision, mark and key by pattern, without parsing the JSON; raise ManifestError without a revision."""
        revision, mark, key = (pattern.search(manifest) for pattern in (_REVISION, _MARK, _KEY))
        if revision is None:
            message = "not a manifest: it has no revision"
            raise ManifestError(message)
        return cls(int(revision[1]), mark[1].decode() if mark else "", key[1].decode() if key else None)

    def require_public_key(self) -> str:
        """Return the public key; raise ManifestError if there is none."""
        if self.public_key is None:
            message = "it contains no public key; pass the key of the registry with --key"
            raise ManifestError(message)
        return self.public_key


def write_manifest(
    revision: SnapshotRevision,
    metadata: PublicationMetadata,
    sources: Sequence[Mapping[str, Any]],
    files: Sequence[FileInfo],
    public_key: str,
) -> str:
    """Return the text of a manifest, a pure function of the arguments: the same revision has the same manifest."""
    content = {
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "revision": revision.number,
        "mark": revision.mark,
        "at": revision.at,
        "previous": revision.earlier[-1][0] if revision.earlier else None,
        "earlier": [{"revision": number, "mark": mark} for number, mark in revision.earlier],
        "title": metadata.title,
        "description": metadata.description,
        "publisher": metadata.publisher,
        "contact": metadata.contact,
        "licence": metadata.licence,
        "licence_url": metadata.licence_url,
        "counts": count_records(files),
        "sources": [{key: value for key, value in source.items() if key != "links"} for source in sources],
        "public_key": public_key,
        "files": [_file(file) for file in sorted(files, key=lambda file: file.name)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def count_records(files: Sequence[FileInfo]) -> dict[str, int]:
    """Return the number of records in each table."""
    rows = {file.name: file.rows or 0 for file in files}
    counts = {table.name: rows[f"{table.name}.ndjson"] for table in TABLES}
    parts = {part: rows[f"{part}.parquet"] for part in map(observations.part_of, rows) if part is not None}
    return counts | {observations.NAME: sum(parts.values())}


def parse_manifest(text: str | bytes) -> tuple[dict[str, Any], list[ManifestEntry]]:
    """Return the content of a manifest, whose `revision` is valid, and its files, at least one; raise ManifestError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"not JSON: {error}") from error
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or not files:
        message = "it lists no files"
        raise ManifestError(message)
    version = str(content.get("format_version"))
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        message = f"it is of version {version[:20]!r}, but this program reads {FORMAT_VERSION}"
        raise ManifestError(message)
    if not _is_number(content.get("revision")) or not content["revision"]:
        message = "it has no valid revision"
        raise ManifestError(message)
    if len(files) > MAX_FILES:
        message = f"it lists {len(files):,} files, but a snapshot has at most {MAX_FILES:,}"
        raise ManifestError(message)
    entries = [ManifestEntry.parse(value) for value in files]
    # Names that differ by case are one file on the usual file systems of macOS and Windows.
    if len({entry.name.lower() for entry in entries}) < len(entries):
        message = "it lists a file twice"
        raise ManifestError(message)
    return content, entries


def _is_number(value: object) -> TypeGuard[int]:
    """Whether a value is a valid size or count: a JSON integer. `isinstance` would accept `true`."""
    return type(value) is int and 0 <= value <= _MAX_INTEGER


def _file(file: FileInfo) -> dict[str, Any]:
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
    if observations.part_of(name) is not None:
        return observations.NAME
    stem = plain_name(name).rpartition(".")[0]
    return stem if any(table.name == stem for table in TABLES) else None
