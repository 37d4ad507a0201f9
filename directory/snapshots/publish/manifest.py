"""`manifest.json`: what a snapshot is, and the size and SHA-256 of each of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeGuard

from directory.database import revisions
from directory.snapshots.contents.file_names import MANIFEST, SIGNATURE, content_type_of, encoding_of, plain_name
from directory.snapshots.contents.tables import SCHEMA_VERSION, TABLES
from directory.snapshots.contents.text_formats import Written
from directory.snapshots.publish.metadata import Edition

# Of the manifest itself, as SCHEMA_VERSION is of the records.
FORMAT_VERSION: Final = "1.0"
# Tables in all formats are some hundred files; each snapshot that was kept before adds the three of its delta.
MAX_FILES: Final = 10_000
# The largest whole number that all readers of JSON have exactly (RFC 8259, section 6).
_MAX_INTEGER: Final = 2**53 - 1
# Names of files on any system, none of them hidden, and nothing that a terminal would act upon.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# They prove the others, so they cannot be among them.
_SEALED: Final = frozenset({MANIFEST, SIGNATURE})
# Within a text of JSON a quotation mark has a backslash before it, so neither is found inside one.
_REVISION: Final = re.compile(rb'"revision"\s*:\s*([1-9][0-9]{0,15})\s*[,}]')
_MARK: Final = re.compile(rb'"mark"\s*:\s*"([0-9a-f]{12})"')
_KEY: Final = re.compile(rb'"public_key"\s*:\s*"([A-Za-z0-9+/]{56})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the registry was when the snapshot was taken: revision, its mark, its time (RFC 3339).

    `earlier` are the snapshots before it that are kept, the oldest first, by their revisions and marks.
    """

    revision: int
    mark: str
    at: str
    earlier: Sequence[tuple[int, str]] = ()


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
    def read(cls, value: object) -> Self:
        """Take it from a manifest; raise ManifestError."""
        if not isinstance(value, dict):
            message = "one of its files is no object"
            raise ManifestError(message)
        name, size, digest, rows = (value.get(key) for key in ("name", "bytes", "sha256", "rows"))
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _SEALED:
            message = f"{str(name)[:100]!r} is no name of a file"
            raise ManifestError(message)
        if not _is_number(size) or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            message = f"{name} has no size or no SHA-256"
            raise ManifestError(message)
        if rows is not None and not _is_number(rows):
            message = f"{name} has no number of rows"
            raise ManifestError(message)
        return cls(name, size, digest, rows)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a manifest says of itself before its signature is verified: where that is, and whose it is to be."""

    revision: int
    mark: str
    public_key: str | None

    @property
    def name(self) -> str:
        """The name that the addresses of the snapshot have."""
        return revisions.State(self.revision, self.mark).name

    @classmethod
    def read(cls, manifest: bytes) -> Self:
        """Take them from a manifest without parsing it; raise ManifestError where there is no revision."""
        revision, mark, key = (pattern.search(manifest) for pattern in (_REVISION, _MARK, _KEY))
        if revision is None:
            message = "it is no manifest: it has no revision"
            raise ManifestError(message)
        return cls(int(revision[1]), mark[1].decode() if mark else "", key[1].decode() if key else None)

    def require_own_key(self) -> str:
        """Return the key; raise ManifestError where there is none."""
        if self.public_key is None:
            message = "it names no public key; state the registry's by --key"
            raise ManifestError(message)
        return self.public_key


def write_manifest(
    state: State, edition: Edition, sources: Sequence[Mapping[str, Any]], files: Sequence[Written], public_key: str
) -> str:
    """Return the text of a manifest; it follows from the arguments and from nothing else."""
    counts = {table.name: _rows(files, table.name) for table in TABLES}
    content = {
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "revision": state.revision,
        "mark": state.mark,
        "at": state.at,
        "previous": state.earlier[-1][0] if state.earlier else None,
        "earlier": [{"revision": revision, "mark": mark} for revision, mark in state.earlier],
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
    """Return a manifest, whose `revision` is a number, and its files, of which there are some; raise ManifestError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"it is no JSON: {error}") from error
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or not files:
        message = "it lists no files"
        raise ManifestError(message)
    version = str(content.get("format_version"))
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        message = f"it is of version {version[:20]!r}, and this program reads {FORMAT_VERSION}"
        raise ManifestError(message)
    if not _is_number(content.get("revision")) or not content["revision"]:
        message = "it has no revision"
        raise ManifestError(message)
    if len(files) > MAX_FILES:
        message = f"it lists {len(files):,} files, and no snapshot has more than {MAX_FILES:,}"
        raise ManifestError(message)
    entries = [Entry.read(value) for value in files]
    if len({entry.name.lower() for entry in entries}) < len(entries):
        message = "it lists a file twice"
        raise ManifestError(message)
    return content, entries


def _is_number(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number that a size or a count can be; in Python `true` would be one."""
    return type(value) is int and 0 <= value <= _MAX_INTEGER


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
