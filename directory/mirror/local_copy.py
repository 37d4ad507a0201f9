"""The folder of a local copy: a folder per revision, and a symlink to the current one.

    DIR/minisign.pub   the key that verifies manifests
    DIR/current        a symlink to the folder of the current revision, replaced atomically
    DIR/previous       a symlink to the revision before it, for readers that still use it
    DIR/120/           manifest.json, manifest.json.minisig, accounts.ndjson, …
    DIR/.next/         the revision in progress; renamed when it is complete

On a file system without symlinks, `current` and `previous` are files that contain the name of the folder.
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
from directory.snapshots.contents.deltas import is_table
from directory.snapshots.contents.file_names import MANIFEST, PUBLIC_KEY, SIGNATURE
from directory.snapshots.fetch.download import snapshot_name
from directory.snapshots.publish.manifest import ManifestEntry, ManifestError, parse_manifest
from directory.snapshots.storage.local import fsync_path

_CURRENT: Final = "current"
_PREVIOUS: Final = "previous"
_NEXT: Final = ".next"
_LOCK: Final = ".lock"
_ETAG: Final = ".tag"
# A snapshot has seven, and each costs a request.
_MAX_TABLES: Final = 100
_REVISION: Final = re.compile(r"[1-9][0-9]*(-[0-9a-f]{8})?")


class CopyError(Exception):
    """The local copy cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A snapshot as its signed manifest describes it: its revision, its files by name, and the signed bytes.

    `name` is the revision as it is written in URLs. `earlier_marks` maps earlier revisions to their marks, which reveal
    that a registry was restored from a backup.
    """

    revision: int
    name: str
    files: dict[str, ManifestEntry]
    content: bytes
    signature: str
    mark: str = ""
    earlier_marks: Mapping[int, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def tables(self) -> list[ManifestEntry]:
        """The NDJSON of each table."""
        return [entry for name, entry in self.files.items() if is_table(name)]

    @classmethod
    def parse(cls, manifest: bytes, signature: str) -> Self:
        """Parse a manifest; raise ManifestError. It does not verify the signature."""
        content, entries = parse_manifest(manifest)
        files = {entry.name: entry for entry in entries}
        name, mark = snapshot_name(content), content.get("mark") or ""
        parsed = cls(content["revision"], name, files, manifest, signature, mark, _read_marks(content))
        if not 0 < len(parsed.tables) <= _MAX_TABLES:
            message = f"it lists {len(parsed.tables):,} tables, but a snapshot has 1 to {_MAX_TABLES}"
            raise ManifestError(message)
        return parsed

    def continues(self, other: Self) -> bool:
        """Whether the revision of `other` is in the history of this one, as far as their marks show."""
        mark = self.mark if self.revision == other.revision else self.earlier_marks.get(other.revision, "")
        return not mark or not other.mark or mark == other.mark

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Return the manifest of a folder, None if there is no valid one."""
        try:
            return cls.parse((folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_text("utf-8"))
        except (FileNotFoundError, ManifestError, UnicodeDecodeError):
            return None


def _read_marks(content: Mapping[str, Any]) -> dict[int, str]:
    """Return the marks of earlier revisions in a manifest; raise ManifestError."""
    marks: dict[int, str] = {}
    earlier = content.get("earlier") or []
    for entry in earlier if isinstance(earlier, list) else [None]:
        state = State.read(f"{entry.get('revision')}-{entry.get('mark')}") if isinstance(entry, dict) else None
        if state is None:
            message = "`earlier` is invalid"
            raise ManifestError(message)
        marks[state.number] = state.mark
    return marks


class LocalCopy:
    """The copy in the folder `root`; hold `lock` while writing to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key_file = root / PUBLIC_KEY

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Exclude other mirrors while the block runs; raise CopyError if one is running or the folder is not a copy."""
        self.root.mkdir(parents=True, exist_ok=True)
        # The lock file marks a folder as a copy: in any other one, `current` or `120` may be somebody's own.
        if not (self.root / _LOCK).exists() and any(self.root.iterdir()):
            message = f"{self.root} contains files that are not from a mirror; use an empty or a new folder"
            raise CopyError(message)
        with open_lock_file(self.root / _LOCK) as descriptor:
            if not try_lock_exclusive(descriptor):
                message = f"another mirror is using {self.root}"
                raise CopyError(message)
            yield

    @property
    def current(self) -> Path | None:
        """The folder of the current revision, None before the first."""
        return self._resolve(_CURRENT)

    @property
    def next(self) -> Path:
        """The folder of the revision in progress."""
        return self.root / _NEXT

    def begin(self, manifest: SignedManifest) -> Path:
        """Return the folder to build a revision in, with the files that an interrupted build of it completed."""
        if (started := SignedManifest.load(self.next)) is None or started.content != manifest.content:
            self.discard_next()
            self.next.mkdir()
            write_atomically(self.next / SIGNATURE, manifest.signature.encode())
            write_atomically(self.next / MANIFEST, manifest.content)
        return self.next

    def discard_next(self) -> None:
        """Remove the revision in progress."""
        shutil.rmtree(self.next, ignore_errors=True)

    def ensure_current(self, manifest: SignedManifest) -> bool:
        """Whether a revision is the current one; it becomes current if a mirror was killed right before that step."""
        if self.current is not None and _has_manifest(self.current, manifest):
            return True
        if _has_manifest(self.root / str(manifest.revision), manifest):
            self._set_current(str(manifest.revision))
            return True
        return False

    def publish(self, manifest: SignedManifest) -> None:
        """Rename the folder in progress to its revision and make it the current one."""
        name = str(manifest.revision)
        if self.current is not None and self.current.name == name:
            # The same revision with other content: do not replace the folder that readers have open.
            name = f"{name}-{manifest.digest[:8]}"
        target = self.root / name
        # rename(2) replaces no folder that has files.
        shutil.rmtree(target, ignore_errors=True)
        # fsync(2): the fsync of a file writes neither its entry in the folder nor the new name of a renamed one.
        fsync_path(self.next)
        self.next.rename(target)
        fsync_path(self.root)
        self._set_current(name)

    def read_etag(self, manifest: SignedManifest) -> str | None:
        """Return the ETag of /v1/snapshots/latest when this manifest was the latest, None if it is unknown."""
        path = self.root / _ETAG
        digest, _, etag = path.read_text("utf-8").partition(" ") if path.is_file() else ("", "", "")
        # The ETag is stored before its revision is built: until then it is not that of the copy's manifest.
        return etag if digest == manifest.digest else None

    def store_etag(self, manifest: SignedManifest, etag: str) -> None:
        """Store the ETag of /v1/snapshots/latest, unless it contains characters that no header may have."""
        if etag.isascii() and etag.isprintable():
            write_atomically(self.root / _ETAG, f"{manifest.digest} {etag}".encode())

    def prune(self) -> None:
        """Remove all revisions except the current and the previous one."""
        retained = {path for path in (self.current, self._resolve(_PREVIOUS)) if path is not None}
        for path in self.root.iterdir():
            if path.is_dir() and not path.is_symlink() and _REVISION.fullmatch(path.name) and path not in retained:
                shutil.rmtree(path)

    def _set_current(self, name: str) -> None:
        if self.current is not None:
            # In this order: killed between the two, no later call prunes the revision that readers still use.
            self._link(_PREVIOUS, self.current.name)
        self._link(_CURRENT, name)
        fsync_path(self.root)

    def _link(self, pointer: str, name: str) -> None:
        temporary = self.root / f".{pointer}"
        temporary.unlink(missing_ok=True)
        try:
            # symlink(2) replaces no existing link; renaming one over another does so atomically.
            temporary.symlink_to(name)
        except OSError:
            # A file system without symlinks.
            write_atomically(temporary, name.encode())
        temporary.replace(self.root / pointer)

    def _resolve(self, pointer: str) -> Path | None:
        path = self.root / pointer
        if path.is_symlink():
            name = str(path.readlink())
        elif path.is_file():
            name = path.read_text("utf-8")
        else:
            return None
        folder = self.root / name
        return folder if _REVISION.fullmatch(name) and folder.is_dir() else None


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically: after a crash it has the old or the new content."""
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        # Without it, a power failure may leave the new name on an empty file: file systems such as ext4 allocate later.
        os.fsync(file.fileno())
    temporary.replace(path)


def _has_manifest(folder: Path, manifest: SignedManifest) -> bool:
    existing = SignedManifest.load(folder)
    return existing is not None and existing.content == manifest.content
