"""Build a snapshot: write all files of one revision into a scratch folder, publish them, then register the snapshot.

Readers see a snapshot when its rows are in the database, which is the last step. A build that is killed, a full disk or
a failed storage therefore leaves nothing to readers; files without rows are removed by the next build.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection, IsolationLevel

from directory.config import Config
from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.contents.compression import compress
from directory.snapshots.contents.deltas import delta_base, write_counts, write_deltas
from directory.snapshots.contents.digests import FileInfo, open_hashing
from directory.snapshots.contents.file_names import (
    DATA_PACKAGE,
    ENCODINGS,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    content_type_of,
    encoding_of,
)
from directory.snapshots.contents.tables import TABLES, SnapshotTable
from directory.snapshots.contents.text_formats import write_csv, write_ndjson_and_json
from directory.snapshots.publish.datapackage import write_data_package
from directory.snapshots.publish.manifest import (
    PublicationMetadata,
    SnapshotRevision,
    count_records,
    write_manifest,
)
from directory.snapshots.publish.observation_files import EarlierFiles, write_observations
from directory.snapshots.publish.signature import SigningKey
from directory.snapshots.storage.interface import Storage, open_storage

# Called with the name of each step before it begins.
OnStep = Callable[[str], None]


class BuildError(Exception):
    """A snapshot cannot be built now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """The outcome of a build: the revision that now has a snapshot, and what was written if `is_new`."""

    revision: int
    is_new: bool
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0


def configured_storage(config: Config) -> Storage:
    """Return the storage that the settings name; raise StorageError."""
    return open_storage(config.storage_url, config.data_dir / "snapshots-scratch")


def load_signing_key(config: Config) -> SigningKey:
    """Return the key that signs snapshots, generated at the first use; raise SignatureError and OSError."""
    return SigningKey.load_or_create(config.signing_key_path)


def publish(config: Config, url: str, on_step: OnStep = lambda _: None) -> BuildReport:
    """Build the snapshot of the latest revision of the registry at `url`; raise what `build` raises."""
    return build(
        url, configured_storage(config), PublicationMetadata.from_config(config), load_signing_key(config), on_step
    )


def build(
    url: str, storage: Storage, metadata: PublicationMetadata, key: SigningKey, on_step: OnStep = lambda _: None
) -> BuildReport:
    """Publish the latest revision of the registry at `url`, unless it is already published.

    Removes leftovers of killed builds, and replaces a snapshot whose files are missing or truncated. Raises BuildError,
    StorageError, NotNormalizedError and OSError; nothing has been published then.
    """
    started = time.monotonic()
    with connect(url) as writer, build_lock(writer, storage), storage.scratch_folder() as folder:
        revision, files = _write_tables(url, writer, storage, folder, on_step)
        if not files:
            return BuildReport(revision=revision.number, is_new=False)
        on_step("describe")
        counts = count_records(files)
        manifest = _write_metadata_files(folder, revision, metadata, key, files)
        on_step("publish")
        storage.publish(folder, revision.number)
        on_step("record")
        with writer.transaction():
            queries.insert_snapshot(writer, revision.number, manifest, [_file_row(file) for file in files])
    on_step("done")
    return BuildReport(
        revision=revision.number,
        is_new=True,
        counts=counts,
        files=len(files),
        bytes=sum(file.bytes for file in files),
        seconds=time.monotonic() - started,
    )


@contextmanager
def build_lock(writer: Connection[Any], storage: Storage) -> Iterator[None]:
    """Hold the lock for writing snapshots while the block runs, after removing leftovers from the storage.

    Raises BuildError if another process holds it or the registry is empty, and StorageError if the storage belongs to
    another registry.
    """
    if not queries.try_lock_builds(writer):
        message = "another process is building or pruning snapshots"
        raise BuildError(message)
    try:
        registry_id = queries.select_registry_id(writer)
        if registry_id is None:
            message = "the registry is empty: there is nothing to publish"
            raise BuildError(message)
        storage.claim(registry_id)
        storage.remove_leftovers()
        # Files without rows: a process was killed between publishing them and inserting the rows.
        for revision in storage.revisions() - {revision for revision, _ in queries.select_build_times(writer)}:
            storage.delete(revision)
        yield
    finally:
        if not writer.closed:
            # On a lost connection there is nothing to release: PostgreSQL drops session locks with their session.
            queries.unlock_builds(writer)


def _write_tables(
    url: str, writer: Connection[Any], storage: Storage, folder: Path, on_step: OnStep
) -> tuple[SnapshotRevision, list[FileInfo]]:
    """Write all tables and deltas in all formats at one revision; no files if its snapshot is already complete."""
    with ThreadPoolExecutor(os.cpu_count(), "snapshot") as pool:
        jobs: list[Future[list[FileInfo]]] = []
        files: list[FileInfo] = []
        try:
            with _read_transaction(url) as reader:
                revision = _select_revision(reader, writer)
                if _is_complete(writer, storage, revision.number):
                    return revision, []
                for table in TABLES:
                    on_step(f"read {table.name}")
                    ndjson, array = write_ndjson_and_json(reader, table, folder, revision.number)
                    plain = [ndjson, array, write_csv(reader, table, folder, ndjson.rows or 0)]
                    files += plain
                    jobs += [pool.submit(_compress, folder, file) for file in plain]
                    jobs.append(pool.submit(_write_parquet, folder, table))
                on_step("read observations")
                files += write_observations(reader, storage, revision, EarlierFiles.load(writer), folder, pool)
                on_step("read changes")
                earlier = [number for number, _ in revision.earlier]
                ndjson_size = sum(file.bytes for file in files if file.name.endswith(".ndjson"))
                deltas = write_deltas(reader, folder, revision.number, earlier, ndjson_size)
                starts = [since for file in deltas if (since := delta_base(file.name)) is not None]
                counts_size = sum(file.bytes for file in files if file.name == "followers.ndjson")
                deltas += write_counts(reader, folder, starts, counts_size)
                files += deltas
                jobs += [pool.submit(_compress, folder, file) for file in deltas]
            on_step("compress")
            for job in jobs:
                files += job.result()
        except BaseException:
            # The end of the `with` block waits for all queued jobs, and cancels none.
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return revision, files


@contextmanager
def _read_transaction(url: str) -> Iterator[Connection[Any]]:
    """Yield a connection in a REPEATABLE READ transaction, which sees a single revision."""
    with connect(url) as reader:
        # READ COMMITTED, the default, lets each COPY see what was committed before it.
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        reader.read_only = True
        with reader.transaction():
            yield reader


def _select_revision(reader: Connection[Any], writer: Connection[Any]) -> SnapshotRevision:
    latest = queries.select_latest(reader)
    if latest is None:
        raise LookupError
    number, mark, at = latest
    return SnapshotRevision(number=number, mark=mark, at=at, earlier=queries.select_earlier_marks(writer, number))


def _is_complete(writer: Connection[Any], storage: Storage, revision: int) -> bool:
    expected = queries.select_file_sizes(writer, revision)
    return bool(expected) and expected.items() <= storage.sizes(revision).items()


def _write_parquet(folder: Path, table: SnapshotTable) -> list[FileInfo]:
    # Only a build needs pyarrow, whose import would cost every worker 40 MB of memory.
    from directory.snapshots.contents.parquet import write_parquet  # noqa: PLC0415

    file = write_parquet(table, folder)
    return [file, *_compress(folder, file)]


def _compress(folder: Path, file: FileInfo) -> list[FileInfo]:
    return [compress(folder / file.name, encoding, file.rows) for encoding in ENCODINGS.values()]


def _write_metadata_files(
    folder: Path, revision: SnapshotRevision, metadata: PublicationMetadata, key: SigningKey, files: list[FileInfo]
) -> str:
    """Write public key, data package, manifest and signature and add them to `files`; return the manifest."""
    sources = [json.loads(line) for line in (folder / "sources.ndjson").read_bytes().splitlines()]
    files.append(_write_text(folder / PUBLIC_KEY, key.public.file_text))
    files.append(_write_text(folder / DATA_PACKAGE, write_data_package(revision, metadata, sources, files)))
    manifest = write_manifest(revision, metadata, sources, files, key.public.base64)
    files.append(_write_text(folder / MANIFEST, manifest))
    with (folder / MANIFEST).open("rb") as file:
        # The time of the revision, not of the build: the same revision has the same signature.
        signature = key.sign(file, f"revision:{revision.number}\tat:{revision.at}\tfile:{MANIFEST}")
    files.append(_write_text(folder / SIGNATURE, signature))
    return manifest


def _write_text(path: Path, text: str) -> FileInfo:
    with open_hashing(path) as file:
        file.write(text.encode())
    return file.info()


def _file_row(file: FileInfo) -> queries.FileRow:
    return (file.name, content_type_of(file.name), encoding_of(file.name), file.bytes, file.rows, file.sha256)
