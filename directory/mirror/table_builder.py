"""Make the files of an edition: from those of the copy and a delta where that gives them, else from the registry."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from directory.mirror.changes import Changes
from directory.mirror.local_copy import Copy, CopyError, Edition, synchronise
from directory.mirror.records import DAMAGE, is_replayed, key_reader
from directory.mirror.sorted_merge import blocks_of, lines_of, merge
from directory.mirror.transfer import download
from directory.snapshots.contents.deltas import delta_name
from directory.snapshots.contents.file_names import DATA_PACKAGE
from directory.snapshots.contents.text_formats import digested, read_lines
from directory.snapshots.fetch.http_client import Client
from directory.snapshots.fetch.network import DifferentError, GoneError
from directory.snapshots.publish.manifest import Entry
from directory.snapshots.verify.decompression import DamagedError, plain_content

_PARTS: Final = ".parts"
_RUNS: Final = "runs"
_COMPRESSED: Final = ".zst"


@dataclass(slots=True)
class Tally:
    """How the files came to be, and how many changes were replayed for it."""

    kept: int = 0
    replayed: int = 0
    downloaded: int = 0
    changes: int = 0


class Making:
    """The making of one edition in a copy; `snapshots` is the address that revisions are below."""

    def __init__(
        self,
        copy: Copy,
        edition: Edition,
        *,
        snapshots: str,
        client: Client,
        also: Iterable[str] = (),
        step: Callable[[str], None],
    ) -> None:
        self.tally = Tally()
        self._copy = copy
        self._edition = edition
        self._base = f"{snapshots}/{edition.name}"
        self._client = client
        self._others = others(edition, also)
        self._step = step
        self._old = Edition.of(copy.current) if copy.current is not None else None
        self._changes: Changes | None = None
        self._is_asked = False

    def make(self) -> None:
        """Make all files and the edition current; raise TransferError, CopyError and OSError: then nothing is shown."""
        folder = self._copy.begin(self._edition)
        self._check_room()
        (folder / _PARTS).mkdir(exist_ok=True)
        for entry in self._edition.tables:
            self._step(entry.name)
            # What bears its name here is whole.
            if not (folder / entry.name).exists():
                self._make(entry)
        for entry in self._others:
            self._step(entry.name)
            if not (folder / entry.name).exists() and not self._keep(entry):
                self._fetch(entry)
                self.tally.downloaded += 1
        self._step("publish")
        shutil.rmtree(folder / _PARTS)
        self._copy.publish(self._edition)

    def _make(self, entry: Entry) -> None:
        if self._keep(entry):
            return
        if self._replay(entry):
            self.tally.replayed += 1
            return
        self._download(entry)
        self.tally.downloaded += 1

    def _keep(self, entry: Entry) -> bool:
        """Take over a file that is the same in the current edition, if its bytes still are what they were."""
        if self._old is None or self._copy.current is None:
            return False
        path, known = self._copy.current / entry.name, self._old.files.get(entry.name)
        if known is None or known.sha256 != entry.sha256 or not path.is_file():
            return False
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                return False
        try:
            os.link(path, self._copy.next / entry.name)
        except OSError:
            # A file system without such links.
            part = self._part(entry.name)
            shutil.copyfile(path, part)
            self._settle(part)
        self.tally.kept += 1
        return True

    def _replay(self, entry: Entry) -> bool:
        """Make a table of what it was and the changes since; tell whether that gave what the manifest says."""
        table = entry.name.removesuffix(".ndjson")
        if self._copy.current is None or not is_replayed(table) or (changes := self._read_changes()) is None:
            return False
        part = self._part(entry.name)
        try:
            with (self._copy.current / entry.name).open("rb") as old, digested(part) as file:
                for block in blocks_of(merge(read_lines(old), key_reader(table), changes.of(table))):
                    file.write(block)
        except (FileNotFoundError, *DAMAGE):
            # The table was damaged here.
            return False
        if file.written().sha256 != entry.sha256:
            return False
        self._settle(part)
        return True

    def _read_changes(self) -> Changes | None:
        """Return the changes since the current edition; None if there is no delta, or the tables are smaller."""
        if not self._is_asked:
            self._is_asked = True
            self._changes = self._fetch_changes()
        return self._changes

    def _fetch_changes(self) -> Changes | None:
        if self._old is None or (delta := self._delta()) is None:
            return None
        compressed, most = delta
        path = self._copy.next / _PARTS / compressed.name
        runs = self._copy.next / _PARTS / _RUNS
        shutil.rmtree(runs, ignore_errors=True)
        runs.mkdir()
        changes = Changes(runs)
        self._step(compressed.name)
        try:
            download(self._address(compressed), path, compressed.bytes, compressed.sha256, self._client)
            with path.open("rb") as file:
                self.tally.changes = changes.read(lines_of(plain_content(file, "zstd", most)))
        except (GoneError, DifferentError, DamagedError, *DAMAGE):
            return None
        return changes

    def _delta(self) -> tuple[Entry, int] | None:
        """Return the delta from the current edition, compressed, and how long it is, if it is worth taking."""
        files, old = self._edition.files, self._old
        if old is None or (plain := files.get(delta_name(old.revision))) is None:
            return None
        delta = files.get(plain.name + _COMPRESSED)
        changed = [
            files[entry.name + _COMPRESSED].bytes
            for entry in self._edition.tables
            if entry.name + _COMPRESSED in files
            and (entry.name not in old.files or old.files[entry.name].sha256 != entry.sha256)
        ]
        return (delta, plain.bytes) if delta is not None and delta.bytes < sum(changed) else None

    def _download(self, entry: Entry) -> None:
        compressed = self._edition.files.get(entry.name + _COMPRESSED)
        if compressed is None:
            self._fetch(entry)
            return
        path = self._copy.next / _PARTS / compressed.name
        if not path.exists():
            download(self._address(compressed), path, compressed.bytes, compressed.sha256, self._client)
        part = self._part(entry.name)
        try:
            with path.open("rb") as file, digested(part) as plain:
                for block in plain_content(file, "zstd", entry.bytes):
                    plain.write(block)
        except DamagedError as error:
            raise DifferentError(f"{self._address(compressed)} {error}") from error
        if plain.written().sha256 != entry.sha256:
            message = f"{self._address(compressed)} holds other bytes than the manifest says"
            raise DifferentError(message)
        self._settle(part)
        path.unlink()

    def _fetch(self, entry: Entry) -> None:
        """Download a file as it is."""
        part = self._copy.next / _PARTS / entry.name
        download(self._address(entry), part, entry.bytes, entry.sha256, self._client)
        self._settle(part)

    def _part(self, name: str) -> Path:
        """Return where a file is written before it has its place; nothing is there yet."""
        part = self._copy.next / _PARTS / name
        part.unlink(missing_ok=True)
        return part

    def _settle(self, part: Path) -> None:
        synchronise(part)
        part.replace(self._copy.next / part.name)

    def _address(self, entry: Entry) -> str:
        return f"{self._base}/{quote(entry.name)}"

    def _check_room(self) -> None:
        """Raise CopyError where the disk has less room than is needed at most."""
        wanted = [
            entry for entry in (*self._edition.tables, *self._others) if not (self._copy.next / entry.name).exists()
        ]
        compressed = [self._edition.files.get(entry.name + _COMPRESSED, entry).bytes for entry in wanted]
        # Beside the files the largest one that is being fetched; or a delta, once as it comes and once sorted.
        delta = self._delta()
        beside = delta[0].bytes + delta[1] if delta is not None else max(compressed, default=0)
        need, free = sum(entry.bytes for entry in wanted) + beside, shutil.disk_usage(self._copy.root).free
        if need > free:
            message = (
                f"revision {self._edition.revision} needs {need:,} bytes, and the disk has {free:,} left: make room on "
                f"it, or name a folder on a larger one"
            )
            raise CopyError(message)


def others(edition: Edition, also: Iterable[str]) -> list[Entry]:
    """Return the files of an edition that are had beside the NDJSON, by what their names end with; raise CopyError."""
    found: dict[str, Entry] = {}
    for suffix in also:
        names = [f"{entry.name.removesuffix('.ndjson')}.{suffix}" for entry in edition.tables]
        there = [name for name in names if name in edition.files]
        if not there:
            message = f"revision {edition.revision} has no files that end with .{suffix}"
            raise CopyError(message)
        if suffix == "csv" and DATA_PACKAGE in edition.files:
            there.append(DATA_PACKAGE)
        found |= {name: edition.files[name] for name in there if not name.endswith(".ndjson")}
    return list(found.values())
