"""Check a snapshot from its files alone: signature, sizes, digests, contents, and that all formats say the same."""

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

from directory.snapshots.contents.deltas import delta_start, faults_of_delta
from directory.snapshots.contents.file_names import (
    DATA_PACKAGE,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    encoding_of,
    plain_name,
)
from directory.snapshots.contents.text_formats import plain_blocks
from directory.snapshots.fetch.download import MAX_MANIFEST_SIZE, fetch_snapshot
from directory.snapshots.publish.manifest import Entry, ManifestError, read_manifest
from directory.snapshots.publish.signature import PublicKey
from directory.snapshots.verify.decompression import DamagedError, plain_content
from directory.snapshots.verify.format_consistency import disagreements

_THREADS: Final = 2
# What reading contents may raise that are not what they should be.
_DAMAGE: Final = (
    ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError, MemoryError, csv.Error, OSError
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was found: nothing is wrong where there are no `faults`; `notes` say what could not be told."""

    revision: int
    at: str
    key: PublicKey
    files: int = 0
    bytes: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify_url(address: str, key: PublicKey | None = None) -> Verdict:
    """Fetch the snapshot at an address into a temporary folder and check it; raise what the two steps raise."""
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        fetch_snapshot(address, Path(folder), key)
        return verify_folder(Path(folder), key)


def verify_folder(folder: Path, key: PublicKey | None = None) -> Verdict:
    """Check the snapshot in a folder; raise SignatureError, ManifestError or OSError if it cannot even be begun.

    Without a key the one in the folder is taken: that shows damage, and not who made it.
    """
    trusted = key or PublicKey.parse((folder / PUBLIC_KEY).read_text("utf-8", "replace"))
    with (folder / MANIFEST).open("rb") as file:
        text = file.read(MAX_MANIFEST_SIZE + 1)
        if len(text) > MAX_MANIFEST_SIZE:
            message = f"it has more than {MAX_MANIFEST_SIZE:,} bytes"
            raise ManifestError(message)
        file.seek(0)
        trusted.verify(file, (folder / SIGNATURE).read_text("utf-8", "replace"))
    content, entries = read_manifest(text)
    verdict = Verdict(revision=content["revision"], at=str(content.get("at")), key=trusted)
    if key is None:
        verdict.notes.append("the key is the snapshot's own: compare it with one that you have from elsewhere (--key)")
    by_name = {entry.name: entry for entry in entries}
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(lambda entry: list(_faults(folder, entry, by_name)), entries):
            verdict.faults += found
    verdict.files, verdict.bytes = len(entries), sum(entry.bytes for entry in entries)
    if not verdict.faults:
        try:
            _compare(folder, content, by_name, verdict)
        except _DAMAGE as error:
            # Whoever signs a snapshot can write anything into it.
            verdict.faults.append(f"its contents cannot be compared ({type(error).__name__}): {error}")
    return verdict


def _faults(folder: Path, entry: Entry, entries: dict[str, Entry]) -> Iterator[str]:
    """Yield what is wrong with the bytes of one file, and with what is compressed in it."""
    path = folder / entry.name
    if not path.is_file():
        yield f"{entry.name} is missing"
        return
    size = path.stat().st_size
    if size != entry.bytes:
        yield f"{entry.name} has {size:,} bytes and not {entry.bytes:,}"
        return
    with path.open("rb") as file:
        if _digest(plain_blocks(file.read)) != entry.sha256:
            yield f"{entry.name} has another SHA-256"
            return
    encoding = encoding_of(entry.name)
    if encoding is None:
        return
    plain = entries.get(plain_name(entry.name))
    if plain is None:
        yield f"{entry.name} is the compressed form of a file that is not listed"
        return
    try:
        with path.open("rb") as file:
            if _digest(plain_content(file, encoding, plain.bytes)) != plain.sha256:
                yield f"{entry.name} holds other bytes than {plain.name}"
    except DamagedError as error:
        yield f"{entry.name} {error}"


def _compare(folder: Path, content: dict[str, Any], entries: dict[str, Entry], verdict: Verdict) -> None:
    """Hold the formats of each table to its NDJSON, and their rows to the counts."""
    package = json.loads((folder / DATA_PACKAGE).read_bytes())
    keys = {resource["name"]: resource["schema"]["primaryKey"] for resource in package["resources"]}
    for table, rows in content["counts"].items():
        names = [f"{table}{suffix}" for suffix in (".ndjson", ".json", ".csv", ".parquet")]
        listed = [entries[name] for name in names if name in entries]
        verdict.faults += [
            f"{entry.name} has {entry.rows} rows and not the {rows} that are counted"
            for entry in listed
            if entry.rows != rows
        ]
        found = disagreements(folder, table, keys[table], [entry.name for entry in listed], verdict.revision)
        verdict.faults += found.faults
        verdict.notes += [note for note in found.notes if note not in verdict.notes]
        verdict.records += found.rows
        if found.rows != rows:
            verdict.faults.append(f"{table}.ndjson has {found.rows} lines and not {rows}")
    for name, entry in entries.items():
        if (since := delta_start(name)) is not None:
            verdict.faults += faults_of_delta(folder / name, since, verdict.revision, entry.rows)


def _digest(blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()
