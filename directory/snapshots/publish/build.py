"""Build a snapshot: one state of the registry, written aside, published whole, and known to readers last of all."""

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

from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.contents.deltas import write_deltas
from directory.snapshots.contents.file_names import (
    DATA_PACKAGE,
    ENCODINGS,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    content_type_of,
    encoding_of,
)
from directory.snapshots.contents.tables import TABLES, Table
from directory.snapshots.contents.text_formats import Written, compress, digested, write_cells, write_lines
from directory.snapshots.publish.datapackage import write_data_package
from directory.snapshots.publish.manifest import State, write_manifest
from directory.snapshots.publish.metadata import Edition
from directory.snapshots.publish.signature import SigningKey
from directory.snapshots.storage.interface import Storage

# Called with the name of each step before it is taken.
Step = Callable[[str], None]


class BuildError(Exception):
    """A snapshot cannot be built now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a build did: of which revision there is a snapshot now, and what it took if it is a new one."""

    revision: int
    is_new: bool
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0


def build(url: str, storage: Storage, edition: Edition, key: SigningKey, step: Step = lambda _: None) -> Report:
    """Publish the latest revision of the registry at `url`, unless it is published already; `step` hears of each step.

    Removes what builds that were killed have left, and writes anew a snapshot whose files are damaged. Raises
    BuildError, StorageError, NotCanonicalError and OSError: then nothing has been published.
    """
    began = time.monotonic()
    with connect(url) as writer, building(writer, storage), storage.aside() as folder:
        state, files = _take(url, writer, storage, folder, step)
        if not files:
            return Report(revision=state.revision, is_new=False)
        step("describe")
        counts = {table.name: _rows(files, table) for table in TABLES}
        manifest = _describe(folder, state, edition, key, files)
        step("publish")
        storage.publish(folder, state.revision)
        step("record")
        with writer.transaction():
            queries.insert_snapshot(writer, state.revision, manifest, [_row(file) for file in files])
    step("done")
    return Report(
        revision=state.revision,
        is_new=True,
        counts=counts,
        files=len(files),
        bytes=sum(file.bytes for file in files),
        seconds=time.monotonic() - began,
    )


@contextmanager
def building(writer: Connection[Any], storage: Storage) -> Iterator[None]:
    """Be the only one that writes snapshots while the block runs, in a storage that holds known ones alone.

    What has files and is not known was left by a process that was killed between the two. Raises BuildError if another
    process is at it, or if there is no registry yet; StorageError if the storage is another registry's.
    """
    if not queries.lock_builds(writer):
        message = "another process builds or prunes snapshots at this moment"
        raise BuildError(message)
    try:
        origin = queries.select_origin(writer)
        if origin is None:
            message = "the registry was never written to: there is nothing to publish"
            raise BuildError(message)
        storage.claim(origin)
        storage.remove_leftovers()
        for revision in storage.revisions() - {revision for revision, _ in queries.select_built(writer)}:
            storage.delete(revision)
        yield
    finally:
        if not writer.closed:
            queries.unlock_builds(writer)


def _take(url: str, writer: Connection[Any], storage: Storage, folder: Path, step: Step) -> tuple[State, list[Written]]:
    """Write all tables in all formats from one state of the registry; nothing if its snapshot is there and whole."""
    with ThreadPoolExecutor(os.cpu_count(), "snapshot") as pool:
        jobs: list[Future[list[Written]]] = []
        files: list[Written] = []
        try:
            with _reading(url) as reader:
                state = _select_state(reader, writer)
                if _is_whole(writer, storage, state.revision):
                    return state, []
                for table in TABLES:
                    step(f"read {table.name}")
                    lines = write_lines(reader, table, folder, state.revision)
                    plain = [*lines, write_cells(reader, table, folder, lines[0].rows or 0)]
                    files += plain
                    jobs += [pool.submit(_compress, folder, file) for file in plain]
                    jobs.append(pool.submit(_write_parquet, folder, table))
                step("read changes")
                deltas = write_deltas(reader, folder, state.revision, _earlier(writer, state.revision), _size(files))
                files += deltas
                jobs += [pool.submit(_compress, folder, file) for file in deltas]
            step("compress")
            for job in jobs:
                files += job.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return state, files


@contextmanager
def _reading(url: str) -> Iterator[Connection[Any]]:
    """Yield a connection in one transaction that sees one state of the registry."""
    with connect(url) as reader:
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        reader.read_only = True
        with reader.transaction():
            yield reader


def _select_state(reader: Connection[Any], writer: Connection[Any]) -> State:
    latest = queries.select_latest(reader)
    if latest is None:
        raise LookupError
    revision, mark, at = latest
    return State(revision=revision, mark=mark, at=at, earlier=queries.select_marks(writer, revision))


def _earlier(writer: Connection[Any], revision: int) -> list[int]:
    """Return the revisions of the snapshots before one, in ascending order."""
    return [built for built, _ in queries.select_built(writer) if built < revision]


def _is_whole(writer: Connection[Any], storage: Storage, revision: int) -> bool:
    known = queries.select_sizes(writer, revision)
    return bool(known) and known.items() <= storage.sizes(revision).items()


def _write_parquet(folder: Path, table: Table) -> list[Written]:
    # Only a build needs pyarrow, and it takes 40 MB that workers would hold for nothing.
    from directory.snapshots.contents.parquet import write_parquet  # noqa: PLC0415

    file = write_parquet(table, folder)
    return [file, *_compress(folder, file)]


def _compress(folder: Path, file: Written) -> list[Written]:
    return [compress(folder / file.name, encoding, file.rows) for encoding in ENCODINGS.values()]


def _describe(folder: Path, state: State, edition: Edition, key: SigningKey, files: list[Written]) -> str:
    """Write what describes the `files` and add it to them; give the text of the manifest."""
    sources = [json.loads(line) for line in (folder / "sources.ndjson").read_bytes().splitlines()]
    files.append(_write_text(folder / PUBLIC_KEY, key.public.text))
    files.append(_write_text(folder / DATA_PACKAGE, write_data_package(state, edition, sources, files)))
    manifest = write_manifest(state, edition, sources, files, key.public.line)
    files.append(_write_text(folder / MANIFEST, manifest))
    with (folder / MANIFEST).open("rb") as file:
        # The revision's time and not ours: the same revision has the same signature.
        signature = key.sign(file, f"revision:{state.revision}\tat:{state.at}\tfile:{MANIFEST}")
    files.append(_write_text(folder / SIGNATURE, signature))
    return manifest


def _write_text(path: Path, text: str) -> Written:
    with digested(path) as file:
        file.write(text.encode())
    return file.written()


def _size(files: list[Written]) -> int:
    """Return what the tables have as NDJSON, in bytes."""
    return sum(file.bytes for file in files if file.name.endswith(".ndjson"))


def _rows(files: list[Written], table: Table) -> int:
    return next(file.rows or 0 for file in files if file.name == f"{table.name}.ndjson")


def _row(file: Written) -> queries.FileRow:
    return (file.name, content_type_of(file.name), encoding_of(file.name), file.bytes, file.rows, file.sha256)
