"""Build the files of a revision in the cheapest way that yields the SHA-256 in its manifest.

A table is reused from the copy if it is unchanged, else replayed from the copy and a delta, else downloaded. Since the
result is verified, a delta needs no trust, and damage on either side costs a download.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from directory.fetching.network import MismatchError, MissingError
from directory.mirror.local_copy import CopyError, LocalCopy, SignedManifest
from directory.mirror.replay import (
    FOLLOWERS,
    PARSE_ERRORS,
    ChangeSorter,
    apply_changes,
    can_replay,
    compose_accounts,
    join_into_blocks,
    key_function,
    replace_counts,
    split_lines,
)
from directory.mirror.transfer import download
from directory.snapshots.contents.compression import DecompressionError, decompress
from directory.snapshots.contents.deltas import counts_file_name, delta_file_name
from directory.snapshots.contents.digests import open_hashing
from directory.snapshots.contents.file_names import DATA_PACKAGE
from directory.snapshots.contents.observations import part_of
from directory.snapshots.contents.text_formats import read_lines
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import ManifestEntry
from directory.snapshots.storage.local import fsync_path

_PARTIAL: Final = ".parts"
_SORTED_RUNS: Final = "runs"
_COMPRESSED: Final = ".zst"
_FOLLOWERS: Final = f"{FOLLOWERS}.ndjson"


@dataclass(slots=True)
class FileCounts:
    """How many files were built in which way, and how many changes were replayed."""

    reused: int = 0
    replayed: int = 0
    downloaded: int = 0
    changes: int = 0


class TableBuilder:
    """Builds one revision in a copy; `snapshots` is the URL below which the registry has its revisions."""

    def __init__(
        self,
        copy: LocalCopy,
        manifest: SignedManifest,
        *,
        snapshots: str,
        client: HttpClient,
        also: Iterable[str] = (),
        on_step: Callable[[str], None],
    ) -> None:
        self.counts = FileCounts()
        self._copy = copy
        self._manifest = manifest
        self._base = f"{snapshots}/{manifest.name}"
        self._client = client
        self._extra_files = select_extra_files(manifest, also)
        self._on_step = on_step
        self._old = SignedManifest.load(copy.current) if copy.current is not None else None
        self._changes: ChangeSorter | None = None
        self._are_changes_fetched = False

    def build(self) -> None:
        """Build all files and make the revision current; raise TransferError, CopyError and OSError."""
        folder = self._copy.begin(self._manifest)
        self._check_disk_space()
        (folder / _PARTIAL).mkdir(exist_ok=True)
        # Counts first: a replayed table of accounts takes them from there.
        for entry in sorted(self._manifest.tables, key=lambda each: each.name != _FOLLOWERS):
            self._on_step(entry.name)
            # A file has its final name only once it is complete, so an existing one is from an interrupted build.
            if not (folder / entry.name).exists():
                self._build_table(entry)
        for entry in self._extra_files:
            self._on_step(entry.name)
            if not (folder / entry.name).exists() and not self._reuse(entry):
                self._download_plain(entry)
                self.counts.downloaded += 1
        self._on_step("publish")
        shutil.rmtree(folder / _PARTIAL)
        self._copy.publish(self._manifest)

    def _build_table(self, entry: ManifestEntry) -> None:
        if self._reuse(entry):
            return
        if self._replay(entry) or (entry.name == _FOLLOWERS and self._replay_counts(entry)):
            self.counts.replayed += 1
            return
        self._download(entry)
        self.counts.downloaded += 1

    def _reuse(self, entry: ManifestEntry) -> bool:
        """Hard-link a file of the current revision; return whether it has the same SHA-256, on the disk too."""
        if self._old is None or self._copy.current is None:
            return False
        path, known = self._copy.current / entry.name, self._old.files.get(entry.name)
        if known is None or known.sha256 != entry.sha256 or not path.is_file():
            return False
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                # A hard link shares the data, so damage in the current revision would pass into every later one.
                return False
        try:
            os.link(path, self._copy.next / entry.name)
        except OSError:
            # A file system without hard links.
            part = self._part(entry.name)
            shutil.copyfile(path, part)
            self._move_into_place(part)
        self.counts.reused += 1
        return True

    def _replay(self, entry: ManifestEntry) -> bool:
        """Apply the changes since the current revision to a table; return whether that yields the expected SHA-256."""
        table = entry.name.removesuffix(".ndjson")
        if self._copy.current is None or not can_replay(table) or (changes := self._read_changes()) is None:
            return False
        part = self._part(entry.name)
        try:
            with ExitStack() as stack:
                old = read_lines(stack.enter_context((self._copy.current / entry.name).open("rb")))
                lines = apply_changes(old, key_function(table), changes.sorted_changes(table))
                if table == "accounts":
                    before, after = (
                        # A copy or a registry of an earlier version has no such table.
                        read_lines(stack.enter_context(path.open("rb"))) if path.exists() else iter(())
                        for path in (self._copy.current / _FOLLOWERS, self._copy.next / _FOLLOWERS)
                    )
                    lines = compose_accounts(lines, before, after)
                file = stack.enter_context(open_hashing(part))
                for block in join_into_blocks(lines):
                    file.write(block)
        except (FileNotFoundError, *PARSE_ERRORS):
            # The table in the copy is damaged: download it.
            return False
        if file.info().sha256 != entry.sha256:
            return False
        self._move_into_place(part)
        return True

    def _replay_counts(self, entry: ManifestEntry) -> bool:
        """Replace the lines of counts that changed; return whether that yields the expected SHA-256."""
        old, current = self._old, self._copy.current
        changes = self._read_changes() if current is not None else None
        if old is None or current is None or changes is None:
            return False
        plain = self._manifest.files.get(counts_file_name(old.revision))
        compressed = self._manifest.files.get(counts_file_name(old.revision) + _COMPRESSED)
        if plain is None or compressed is None:
            return False
        path, part = self._copy.next / _PARTIAL / compressed.name, self._part(entry.name)
        try:
            download(self._url(compressed), path, compressed.bytes, compressed.sha256, self._client)
            with path.open("rb") as file, (current / entry.name).open("rb") as lines, open_hashing(part) as new:
                changed = split_lines(decompress(file, "zstd", plain.bytes))
                counts = replace_counts(read_lines(lines), changed, changes.sorted_changes("accounts"))
                for block in join_into_blocks(counts):
                    new.write(block)
        except (MissingError, MismatchError, DecompressionError, FileNotFoundError, *PARSE_ERRORS):
            return False
        if new.info().sha256 != entry.sha256:
            return False
        self._move_into_place(part)
        return True

    def _read_changes(self) -> ChangeSorter | None:
        """Return the changes since the current revision; None if there is no delta or it is not worth downloading."""
        if not self._are_changes_fetched:
            # A failure is a result, too: it is not tried again for each table.
            self._are_changes_fetched = True
            self._changes = self._fetch_changes()
        return self._changes

    def _fetch_changes(self) -> ChangeSorter | None:
        if self._old is None or (delta := self._delta()) is None:
            return None
        compressed, max_size = delta
        path = self._copy.next / _PARTIAL / compressed.name
        runs = self._copy.next / _PARTIAL / _SORTED_RUNS
        shutil.rmtree(runs, ignore_errors=True)
        runs.mkdir()
        changes = ChangeSorter(runs)
        self._on_step(compressed.name)
        try:
            download(self._url(compressed), path, compressed.bytes, compressed.sha256, self._client)
            with path.open("rb") as file:
                self.counts.changes = changes.read(split_lines(decompress(file, "zstd", max_size)))
        # The tables do without the delta. Other errors of the transfer would meet them too, so those are raised.
        except (MissingError, MismatchError, DecompressionError, *PARSE_ERRORS):
            return None
        return changes

    def _delta(self) -> tuple[ManifestEntry, int] | None:
        """Return the compressed delta from the current revision and its plain size; None if the tables are smaller."""
        files, old = self._manifest.files, self._old
        if old is None or (plain := files.get(delta_file_name(old.revision))) is None:
            return None
        delta = files.get(plain.name + _COMPRESSED)
        changed = [
            files[entry.name + _COMPRESSED].bytes
            for entry in self._manifest.tables
            if entry.name + _COMPRESSED in files
            and (entry.name not in old.files or old.files[entry.name].sha256 != entry.sha256)
        ]
        return (delta, plain.bytes) if delta is not None and delta.bytes < sum(changed) else None

    def _download(self, entry: ManifestEntry) -> None:
        compressed = self._manifest.files.get(entry.name + _COMPRESSED)
        if compressed is None:
            self._download_plain(entry)
            return
        path = self._copy.next / _PARTIAL / compressed.name
        # An existing one is from an interrupted build: `download` gives a file its name only once it is verified.
        if not path.exists():
            download(self._url(compressed), path, compressed.bytes, compressed.sha256, self._client)
        part = self._part(entry.name)
        try:
            with path.open("rb") as file, open_hashing(part) as plain:
                # The signed size bounds what a damaged or hostile file unpacks to.
                for block in decompress(file, "zstd", entry.bytes):
                    plain.write(block)
        except DecompressionError as error:
            raise MismatchError(f"{self._url(compressed)} {error}") from error
        if plain.info().sha256 != entry.sha256:
            message = f"{self._url(compressed)} does not have the content that the manifest states"
            raise MismatchError(message)
        self._move_into_place(part)
        # Last, so that an interrupted build need not download it again.
        path.unlink()

    def _download_plain(self, entry: ManifestEntry) -> None:
        """Download a file uncompressed."""
        part = self._copy.next / _PARTIAL / entry.name
        download(self._url(entry), part, entry.bytes, entry.sha256, self._client)
        self._move_into_place(part)

    def _part(self, name: str) -> Path:
        """Return the path to write a file to before it is complete, where no file exists."""
        part = self._copy.next / _PARTIAL / name
        part.unlink(missing_ok=True)
        return part

    def _move_into_place(self, part: Path) -> None:
        fsync_path(part)
        part.replace(self._copy.next / part.name)

    def _url(self, entry: ManifestEntry) -> str:
        return f"{self._base}/{quote(entry.name)}"

    def _check_disk_space(self) -> None:
        """Raise CopyError if the disk has less free space than this may need."""
        missing = [
            entry
            for entry in (*self._manifest.tables, *self._extra_files)
            if not (self._copy.next / entry.name).exists()
        ]
        compressed = [self._manifest.files.get(entry.name + _COMPRESSED, entry).bytes for entry in missing]
        # Besides the files: the largest compressed one while it is unpacked; or the delta, compressed and sorted.
        delta = self._delta()
        temporary = delta[0].bytes + delta[1] if delta is not None else max(compressed, default=0)
        need, free = sum(entry.bytes for entry in missing) + temporary, shutil.disk_usage(self._copy.root).free
        if need > free:
            message = (
                f"revision {self._manifest.revision} needs {need:,} bytes, but the disk has {free:,} left: free some "
                "space, or use a folder on a larger disk"
            )
            raise CopyError(message)


def select_extra_files(manifest: SignedManifest, also: Iterable[str]) -> list[ManifestEntry]:
    """Return the files of tables and observations with the suffixes `also`; raise CopyError if there is none."""
    selected: dict[str, ManifestEntry] = {}
    for suffix in also:
        names = [f"{entry.name.removesuffix('.ndjson')}.{suffix}" for entry in manifest.tables]
        existing = [name for name in names if name in manifest.files]
        # The data package describes the CSV of observations as it is: compressed.
        endings = (f".{suffix}", *((".csv.gz",) if suffix == "csv" else ()))
        existing += [name for name in manifest.files if part_of(name) is not None and name.endswith(endings)]
        if not existing:
            message = f"revision {manifest.revision} has no files that end with .{suffix}"
            raise CopyError(message)
        if suffix == "csv" and DATA_PACKAGE in manifest.files:
            existing.append(DATA_PACKAGE)
        selected |= {name: manifest.files[name] for name in existing if not name.endswith(".ndjson")}
    return list(selected.values())
