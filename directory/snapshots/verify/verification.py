"""Verify a snapshot from its files alone: signature, sizes, digests, contents, and that all formats agree."""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from directory.snapshots.contents.compression import DecompressionError, decompress
from directory.snapshots.contents.deltas import check_counts, check_delta, counts_base, delta_base
from directory.snapshots.contents.digests import read_blocks
from directory.snapshots.contents.file_names import (
    DATA_PACKAGE,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    encoding_of,
    plain_name,
)
from directory.snapshots.contents.observations import NAME as OBSERVATIONS
from directory.snapshots.contents.observations import part_of
from directory.snapshots.fetch.download import MAX_MANIFEST_SIZE, fetch_snapshot
from directory.snapshots.publish.manifest import ManifestEntry, ManifestError, parse_manifest
from directory.snapshots.publish.signature import PublicKey
from directory.snapshots.verify.format_consistency import compare_formats
from directory.snapshots.verify.observation_files import compare_observations

# hashlib releases the GIL for blocks of more than 2,047 bytes.
_THREADS: Final = 2
# What parsing malformed contents may raise.
_CONTENT_ERRORS: Final = (
    ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError, MemoryError, csv.Error, OSError
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class VerificationReport:
    """The result of a verification: valid if there are no `errors`; `notes` state what could not be verified."""

    revision: int
    at: str
    key: PublicKey
    files: int = 0
    bytes: int = 0
    records: int = 0
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify_url(url: str, key: PublicKey | None = None) -> VerificationReport:
    """Download the snapshot at a URL into a temporary folder and verify it; raise what these two steps raise."""
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        fetch_snapshot(url, Path(folder), key)
        return verify_folder(Path(folder), key)


def verify_folder(folder: Path, key: PublicKey | None = None) -> VerificationReport:
    """Verify the snapshot in a folder; raise SignatureError, ManifestError or OSError if its manifest is not valid.

    Without a key the one in the folder is used, which detects damage but does not prove who made the snapshot.
    """
    trusted = key or PublicKey.parse((folder / PUBLIC_KEY).read_text("utf-8", "replace"))
    with (folder / MANIFEST).open("rb") as file:
        text = file.read(MAX_MANIFEST_SIZE + 1)
        if len(text) > MAX_MANIFEST_SIZE:
            message = f"it has more than {MAX_MANIFEST_SIZE:,} bytes"
            raise ManifestError(message)
        file.seek(0)
        trusted.verify(file, (folder / SIGNATURE).read_text("utf-8", "replace"))
    content, entries = parse_manifest(text)
    report = VerificationReport(revision=content["revision"], at=str(content.get("at")), key=trusted)
    if key is None:
        report.notes.append("the key is the snapshot's own: compare it with a key from a trusted source (--key)")
    by_name = {entry.name: entry for entry in entries}
    with ThreadPoolExecutor(_THREADS) as pool:
        # list(): a generator would do its work in this thread.
        for errors in pool.map(lambda entry: list(_check_file(folder, entry, by_name)), entries):
            report.errors += errors
    report.files, report.bytes = len(entries), sum(entry.bytes for entry in entries)
    if not report.errors:
        try:
            _compare_tables(folder, content, by_name, report)
        except _CONTENT_ERRORS as error:
            # A valid signature does not mean that the contents are well-formed.
            report.errors.append(f"its contents cannot be compared ({type(error).__name__}): {error}")
    return report


def _check_file(folder: Path, entry: ManifestEntry, entries: dict[str, ManifestEntry]) -> Iterator[str]:
    """Yield errors of a file: missing, wrong size or digest, or compressed content unlike the plain file."""
    path = folder / entry.name
    if not path.is_file():
        yield f"{entry.name} is missing"
        return
    size = path.stat().st_size
    if size != entry.bytes:
        yield f"{entry.name} has {size:,} bytes instead of {entry.bytes:,}"
        return
    with path.open("rb") as file:
        if _digest(read_blocks(file.read)) != entry.sha256:
            yield f"{entry.name} has another SHA-256"
            return
    encoding = encoding_of(entry.name)
    if encoding is None:
        return
    if part_of(entry.name) is not None:
        # There is no plain file of it.
        return
    plain = entries.get(plain_name(entry.name))
    if plain is None:
        yield f"{entry.name} is the compressed form of an unlisted file"
        return
    try:
        with path.open("rb") as file:
            if _digest(decompress(file, encoding, plain.bytes)) != plain.sha256:
                yield f"{entry.name} has other content than {plain.name}"
    except DecompressionError as error:
        yield f"{entry.name} {error}"


def _compare_tables(
    folder: Path, content: dict[str, Any], entries: dict[str, ManifestEntry], report: VerificationReport
) -> None:
    """Compare the formats of each table with its NDJSON, and their rows with the counts in the manifest."""
    package = json.loads((folder / DATA_PACKAGE).read_bytes())
    keys = {resource["name"]: resource["schema"]["primaryKey"] for resource in package["resources"]}
    counts = dict(content["counts"])
    observations = counts.pop(OBSERVATIONS, 0)
    for table, rows in counts.items():
        names = [f"{table}{suffix}" for suffix in (".ndjson", ".json", ".csv", ".parquet")]
        listed = [entries[name] for name in names if name in entries]
        report.errors += [
            f"{entry.name} has {entry.rows} rows instead of the {rows} in `counts`"
            for entry in listed
            if entry.rows != rows
        ]
        result = compare_formats(folder, table, keys[table], [entry.name for entry in listed], report.revision)
        report.errors += result.errors
        report.notes += [note for note in result.notes if note not in report.notes]
        report.records += result.rows
        if result.rows != rows:
            report.errors.append(f"{table}.ndjson has {result.rows} lines instead of {rows}")
    result = compare_observations(folder, entries, report.revision)
    report.errors += result.errors
    report.notes += result.notes
    report.records += result.rows
    if not result.errors and result.rows != observations:
        report.errors.append(f"the observations are {result.rows} instead of the {observations} in `counts`")
    for name, entry in entries.items():
        if (since := delta_base(name)) is not None:
            report.errors += check_delta(folder / name, since, report.revision, entry.rows)
        elif (since := counts_base(name)) is not None:
            report.errors += check_counts(folder / name, since, report.revision, entry.rows)


def _digest(blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()
