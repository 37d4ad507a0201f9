"""Snapshots in a folder of this machine: written to a hidden folder in the same file system, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from directory.snapshots.storage.errors import OWNER_FILE, check_owner

_HIDDEN: Final = ".aside-"
_BLOCK: Final = 1024 * 1024


class LocalStorage:
    """Storage in a local folder, which is created with the first snapshot."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def scratch_folder(self) -> Iterator[Path]:
        """Yield an empty hidden folder next to the snapshots, removed when the block ends."""
        self._root.mkdir(parents=True, exist_ok=True)
        folder = self._hidden_path()
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, folder: Path, revision: int) -> None:
        """Rename the folder after fsync of every file in it."""
        for path in folder.iterdir():
            fsync_path(path)
        fsync_path(folder)
        target = self._root / str(revision)
        # rename() does not replace a folder that is not empty.
        replaced = target.rename(self._hidden_path()) if target.exists() else None
        folder.rename(target)
        fsync_path(self._root)
        if replaced is not None:
            shutil.rmtree(replaced)

    def add(self, path: Path, revision: int) -> None:
        """Copy the file under a hidden name, then rename it."""
        target = self._root / str(revision) / path.name
        temporary = target.with_name(f"{_HIDDEN}{secrets.token_hex(6)}")
        try:
            shutil.copyfile(path, temporary)
            fsync_path(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        fsync_path(target.parent)

    def link(self, revision: int, name: str, folder: Path) -> bool:
        """Create a hard link; return False if there is no such file, or the file system has none."""
        try:
            os.link(self._root / str(revision) / name, folder / name)
        except OSError:
            return False
        return True

    def sizes(self, revision: int) -> dict[str, int]:
        """Return the names and sizes of the files in the snapshot's folder."""
        folder = self._root / str(revision)
        if not folder.is_dir():
            return {}
        return {path.name: path.stat().st_size for path in folder.iterdir() if not path.name.startswith(_HIDDEN)}

    def revisions(self) -> set[int]:
        """Return the folders whose name is a number."""
        if not self._root.is_dir():
            return set()
        return {int(path.name) for path in self._root.iterdir() if path.name.isascii() and path.name.isdecimal()}

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Yield the file's bytes in blocks of 1 MiB."""
        with (self._root / str(revision) / name).open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def delete(self, revision: int) -> None:
        """Hide the folder by renaming it, then remove it file by file."""
        target = self._root / str(revision)
        if target.exists():
            # rename(2) is atomic, so no reader finds a snapshot with half of its files.
            shutil.rmtree(target.rename(self._hidden_path()))

    def remove_leftovers(self) -> None:
        """Remove hidden folders, and hidden files in the folders of snapshots."""
        for path in [*self._root.glob(f"{_HIDDEN}*"), *self._root.glob(f"*/{_HIDDEN}*")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def claim(self, registry_id: str) -> None:
        """Store the registry's id in a file of the folder."""
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._root / OWNER_FILE
        if not check_owner(path.read_text("utf-8") if path.exists() else None, registry_id, str(self._root)):
            temporary = self._hidden_path()
            temporary.write_text(registry_id, "utf-8")
            temporary.replace(path)

    def local_path(self, revision: int, name: str) -> Path | None:
        """Return the file's path."""
        return self._root / str(revision) / name

    def presign(self, revision: int, name: str) -> str | None:  # noqa: ARG002 - as in Storage
        """Return None: the file is on this machine."""
        return None

    def _hidden_path(self) -> Path:
        return self._root / f"{_HIDDEN}{secrets.token_hex(6)}"


def fsync_path(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    # fsync(2): a file's own fsync does not write its entry in the folder, which is why folders get one too.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
