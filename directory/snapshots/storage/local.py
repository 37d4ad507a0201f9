"""Snapshots in a folder of this machine: written aside in the same file system, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from directory.snapshots.storage.errors import MARK, check_mark

_ASIDE: Final = ".aside-"
_BLOCK: Final = 1024 * 1024


class Folder:
    """The storage in one folder; it is made when the first snapshot is."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """Give an empty folder beside the snapshots; what is left in it at the end of the block is removed."""
        self._root.mkdir(parents=True, exist_ok=True)
        folder = self._hidden()
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, folder: Path, revision: int) -> None:
        """Rename the folder once every byte of it is on the disk."""
        for path in folder.iterdir():
            _synchronise(path)
        _synchronise(folder)
        target = self._root / str(revision)
        # A folder cannot take the place of one that is not empty.
        replaced = target.rename(self._hidden()) if target.exists() else None
        folder.rename(target)
        _synchronise(self._root)
        if replaced is not None:
            shutil.rmtree(replaced)

    def add(self, path: Path, revision: int) -> None:
        """Copy the file under a hidden name, then rename it."""
        target = self._root / str(revision) / path.name
        part = target.with_name(f"{_ASIDE}{secrets.token_hex(6)}")
        try:
            shutil.copyfile(path, part)
            _synchronise(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        _synchronise(target.parent)

    def sizes(self, revision: int) -> dict[str, int]:
        """Give the names and sizes of the files in a snapshot's folder."""
        folder = self._root / str(revision)
        if not folder.is_dir():
            return {}
        return {path.name: path.stat().st_size for path in folder.iterdir() if not path.name.startswith(_ASIDE)}

    def revisions(self) -> set[int]:
        """Give the folders whose name is a number."""
        if not self._root.is_dir():
            return set()
        return {int(path.name) for path in self._root.iterdir() if path.name.isascii() and path.name.isdecimal()}

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Give the file's bytes in blocks of 1 MiB."""
        with (self._root / str(revision) / name).open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def delete(self, revision: int) -> None:
        """Hide the folder at once, then remove it file by file."""
        target = self._root / str(revision)
        if target.exists():
            shutil.rmtree(target.rename(self._hidden()))

    def remove_leftovers(self) -> None:
        """Remove hidden folders, and hidden files in the folders of snapshots."""
        for path in [*self._root.glob(f"{_ASIDE}*"), *self._root.glob(f"*/{_ASIDE}*")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def claim(self, mark: str) -> None:
        """Keep the mark in a file of the folder."""
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._root / MARK
        if not check_mark(path.read_text("utf-8") if path.exists() else None, mark, str(self._root)):
            part = self._hidden()
            part.write_text(mark, "utf-8")
            part.replace(path)

    def local_path(self, revision: int, name: str) -> Path | None:
        """Give the file's path."""
        return self._root / str(revision) / name

    def presign(self, revision: int, name: str) -> str | None:  # noqa: ARG002 - what every storage takes
        """Give None: whoever reads it is on this machine."""
        return None

    def _hidden(self) -> Path:
        return self._root / f"{_ASIDE}{secrets.token_hex(6)}"


def _synchronise(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
