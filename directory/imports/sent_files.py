"""Files that were sent by HTTP: written to the disk for those who read them, decompressed and bounded."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from directory.imports import queries
from directory.imports.errors import UnreadableFile
from directory.imports.merge.places import Places
from directory.imports.options import WITHDRAWALS_ALLOWED, Options
from directory.imports.read.files import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg import Connection

    from directory.imports.queries import Import

UNPACKED_MAX: Final = 1024 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"


@contextmanager
def opened_file(conn: Connection, found: Import) -> Iterator[InputFile]:
    """Yield the file of an import; raise UnreadableFile for a damaged one, or one that is too large unpacked."""
    with tempfile.TemporaryDirectory(prefix="directory-import-") as folder:
        # Its own name might be that of another folder, or too long for a file system.
        path = Path(folder) / "file"
        _write_file(path, queries.stream_file(conn, found.id), found.name)
        file = InputFile(path, found.name)
        try:
            yield file
        finally:
            file.close()


def make_options(found: Import) -> Options:
    """Return how an import is to be read and merged."""
    given = found.options
    return Options(
        actor=found.applied_by or found.actor,
        reason=given.get("reason") or f"import of {found.name}, sent by {found.actor}",
        default_source=found.source,
        form=given.get("format"),
        encoding=given.get("encoding"),
        columns=given.get("columns", {}),
        constants=given.get("constants", {}),
        header_line=given.get("header_line"),
        sheet=given.get("sheet"),
        skip_invalid=given.get("skip_invalid", False),
        strict=given.get("strict", False),
        replace=given.get("replace", False),
        complete=given.get("complete", False),
        allow_withdrawals=given.get("allow_withdrawals", WITHDRAWALS_ALLOWED),
        dry_run=found.status != "applying",
        places=Places(tuple(found.regions), tuple(found.departments)),
    )


def _write_file(path: Path, pieces: Iterable[bytes], name: str) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    with path.open("rb") as file:
        if not file.read(2).startswith(_GZIP):
            return
    packed = path.with_name("packed")
    path.rename(packed)
    try:
        with gzip.open(packed) as source, path.open("wb") as target:
            _copy_bounded(source, target, name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{name} is a damaged .gz ({error}); pack it again") from error
    finally:
        packed.unlink()


def _copy_bounded(source: gzip.GzipFile, target: BinaryIO, name: str) -> None:
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > UNPACKED_MAX:
            raise UnreadableFile(f"{name} unpacks to more than {UNPACKED_MAX:,} bytes, which is not read; split it")
        target.write(block)
