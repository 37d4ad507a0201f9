"""The folder of a copy: a folder for each revision that is kept, and by a link the one that is current.

    DIR/minisign.pub   the key that manifests are verified with
    DIR/current        a link to the folder of the revision that is to be read, replaced at once
    DIR/previous       a link to the one before it, for those who still read it
    DIR/120/           manifest.json, manifest.json.minisig, accounts.ndjson, …
    DIR/.next/         what is being made; a folder takes its name and its place when it is whole

Where there are no links, `current` and `previous` are files with the name of the folder in them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from directory.database.revisions import State
from directory.embedded.locks import open_lock_file, try_lock_exclusive
from directory.snapshots.contents.deltas import delta_start
from directory.snapshots.contents.file_names import MANIFEST, PUBLIC_KEY, SIGNATURE
from directory.snapshots.fetch.download import address_of
from directory.snapshots.publish.manifest import Entry, ManifestError, read_manifest

_CURRENT: Final = "current"
_PREVIOUS: Final = "previous"
_NEXT: Final = ".next"
_LOCK: Final = ".lock"
_TAG: Final = ".tag"
# There are seven, and each costs a request.
_MAX_TABLES: Final = 100
_REVISION: Final = re.compile(r"[1-9][0-9]*(-[0-9a-f]{8})?")


class CopyError(Exception):
    """The folder of a copy cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One signed state of the registry: its revision, its files by name, and the bytes that say so.

    `name` is that of its addresses. `earlier` has the marks of revisions before it, by which a registry that was
    restored from a backup is known.
    """

    revision: int
    name: str
    files: dict[str, Entry]
    manifest: bytes
    signature: str
    mark: str = ""
    earlier: Mapping[int, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest."""
        return hashlib.sha256(self.manifest).hexdigest()

    @property
    def tables(self) -> list[Entry]:
        """The NDJSON of each table."""
        return [entry for name, entry in self.files.items() if name.endswith(".ndjson") and delta_start(name) is None]

    @classmethod
    def read(cls, manifest: bytes, signature: str) -> Self:
        """Take it from a manifest; raise ManifestError."""
        content, entries = read_manifest(manifest)
        files = {entry.name: entry for entry in entries}
        name, mark = address_of(content), content.get("mark") or ""
        edition = cls(content["revision"], name, files, manifest, signature, mark, _read_marks(content))
        if not 0 < len(edition.tables) <= _MAX_TABLES:
            message = f"it lists {len(edition.tables):,} tables, and a snapshot has 1 to {_MAX_TABLES}"
            raise ManifestError(message)
        return edition

    def continues(self, other: Self) -> bool:
        """Whether the registry of this one has the revision of the other one in its past, as far as marks tell."""
        mark = self.mark if self.revision == other.revision else self.earlier.get(other.revision, "")
        return not mark or not other.mark or mark == other.mark

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Read that of a folder, None where there is none."""
        try:
            return cls.read((folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_text("utf-8"))
        except (FileNotFoundError, ManifestError, UnicodeDecodeError):
            return None


def _read_marks(content: Mapping[str, Any]) -> dict[int, str]:
    """Return the marks of earlier revisions in a manifest; raise ManifestError."""
    marks: dict[int, str] = {}
    earlier = content.get("earlier") or []
    for entry in earlier if isinstance(earlier, list) else [None]:
        state = State.read(f"{entry.get('revision')}-{entry.get('mark')}") if isinstance(entry, dict) else None
        if state is None:
            message = "its earlier revisions cannot be read"
            raise ManifestError(message)
        marks[state.number] = state.mark
    return marks


class Copy:
    """A copy in the folder `root`, which nobody else writes to while `alone` lasts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key_file = root / PUBLIC_KEY

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other mirrors out while the block runs; raise CopyError where one is at it, or the folder is no copy."""
        self.root.mkdir(parents=True, exist_ok=True)
        if not (self.root / _LOCK).exists() and any(self.root.iterdir()):
            message = f"{self.root} has something in it that is no mirror's; name an empty folder, or one to be made"
            raise CopyError(message)
        with open_lock_file(self.root / _LOCK) as lock:
            if not try_lock_exclusive(lock):
                message = f"another mirror works on {self.root} at this moment"
                raise CopyError(message)
            yield

    @property
    def current(self) -> Path | None:
        """The folder that is to be read, None before the first."""
        return self._pointed(_CURRENT)

    @property
    def next(self) -> Path:
        """The folder in which the next one is made."""
        return self.root / _NEXT

    def begin(self, edition: Edition) -> Path:
        """Return the folder to make an edition in, with what was made of this very one before and is whole."""
        if (begun := Edition.of(self.next)) is None or begun.manifest != edition.manifest:
            self.give_up()
            self.next.mkdir()
            write_whole(self.next / SIGNATURE, edition.signature.encode())
            write_whole(self.next / MANIFEST, edition.manifest)
        return self.next

    def give_up(self) -> None:
        """Remove what was being made."""
        shutil.rmtree(self.next, ignore_errors=True)

    def has(self, edition: Edition) -> bool:
        """Tell whether an edition is the current one, made so now if it was whole when its maker was killed."""
        if self.current is not None and _is_of(self.current, edition):
            return True
        if _is_of(self.root / str(edition.revision), edition):
            self._point(str(edition.revision))
            return True
        return False

    def publish(self, edition: Edition) -> None:
        """Give the next folder its name and make it the current one."""
        name = str(edition.revision)
        if self.current is not None and self.current.name == name:
            # The same revision with other content: readers go on with what they have.
            name = f"{name}-{edition.digest[:8]}"
        target = self.root / name
        shutil.rmtree(target, ignore_errors=True)
        synchronise(self.next)
        self.next.rename(target)
        synchronise(self.root)
        self._point(name)

    def tag_of(self, edition: Edition) -> str | None:
        """Return the tag that the registry's answer had when an edition was the latest, None if that is not known."""
        path = self.root / _TAG
        digest, _, tag = path.read_text("utf-8").partition(" ") if path.is_file() else ("", "", "")
        return tag if digest == edition.digest else None

    def keep_tag(self, edition: Edition, tag: str) -> None:
        """Keep the tag of the registry's answer."""
        if tag.isascii() and tag.isprintable():
            write_whole(self.root / _TAG, f"{edition.digest} {tag}".encode())

    def prune(self) -> None:
        """Remove all revisions but the current and the previous one."""
        kept = {path for path in (self.current, self._pointed(_PREVIOUS)) if path is not None}
        for path in self.root.iterdir():
            if path.is_dir() and not path.is_symlink() and _REVISION.fullmatch(path.name) and path not in kept:
                shutil.rmtree(path)

    def _point(self, name: str) -> None:
        if self.current is not None:
            self._link(_PREVIOUS, self.current.name)
        self._link(_CURRENT, name)
        synchronise(self.root)

    def _link(self, pointer: str, name: str) -> None:
        part = self.root / f".{pointer}"
        part.unlink(missing_ok=True)
        try:
            part.symlink_to(name)
        except OSError:
            # A file system without links.
            write_whole(part, name.encode())
        part.replace(self.root / pointer)

    def _pointed(self, pointer: str) -> Path | None:
        path = self.root / pointer
        if path.is_symlink():
            name = str(path.readlink())
        elif path.is_file():
            name = path.read_text("utf-8")
        else:
            return None
        folder = self.root / name
        return folder if _REVISION.fullmatch(name) and folder.is_dir() else None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def synchronise(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_of(folder: Path, edition: Edition) -> bool:
    found = Edition.of(folder)
    return found is not None and found.manifest == edition.manifest
