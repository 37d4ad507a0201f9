"""The canonical files of a table: NDJSON, JSON and CSV as PostgreSQL writes them, and each of them compressed.

The same revision gives the same bytes wherever it is written: records in the order of their key, keys in that of the
documentation, numbers as PostgreSQL writes them, UTF-8 in NFC, a line feed at the end of every line. Of compressed
files that holds for one version of the libraries that compress; what is in them does not depend on any.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import zstandard
from zlib_ng import zlib_ng

from directory.snapshots.contents.copy_queries import copy_cells, copy_lines
from directory.snapshots.contents.file_names import Encoding

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from psycopg import Connection, sql

    from directory.snapshots.contents.tables import Table

BLOCK: Final = 1024 * 1024
# Bytes of a line, which readers hold in memory; of a change, that is two records of which each text has its bound.
MAX_LINE_LENGTH: Final = 16 * 1024 * 1024
# On one core of 2.5 GHz: gzip 6 about 120 MB/s, zstd 9 about 90 MB/s, each a third smaller than at their quickest.
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9
# RFC 1952: deflate, no flags, no time, nothing of how, an unknown system. A library would put its own in the last byte.
_GZIP_HEADER: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"


class NotCanonicalError(Exception):
    """A record cannot be published as it is; the message names it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is known of a file that has been written: size in bytes, SHA-256 in hexadecimal, records in it if any."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class Digest(io.RawIOBase):
    """A file that is hashed and counted while it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb", buffering=0)
        self._hash = hashlib.sha256()
        self._bytes = 0

    def writable(self) -> bool:
        """Tell that it takes writes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`, or raise OSError."""
        view = memoryview(data)
        size = view.nbytes
        self._hash.update(view)
        self._bytes += size
        while view.nbytes:
            # Without a buffer a disk that becomes full is known here, and some of the bytes may be written.
            view = view[self._file.write(view) :]
        return size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    @property
    def size(self) -> int:
        """The bytes that were written so far."""
        return self._bytes

    def written(self, rows: int | None = None) -> Written:
        """Return what is known of the file once it is whole."""
        return Written(self._path.name, self._bytes, self._hash.hexdigest(), rows)


@contextmanager
def digested(path: Path) -> Iterator[Digest]:
    """Yield a new file to write to."""
    file = Digest(path)
    try:
        yield file
    finally:
        file.close()


def write_lines(conn: Connection[Any], table: Table, folder: Path, revision: int) -> list[Written]:
    """Write `{table}.ndjson` and `{table}.json` from one reading; raise NotCanonicalError."""
    rows = 0
    with digested(folder / f"{table.name}.ndjson") as lines, digested(folder / f"{table.name}.json") as array:
        array.write(b'{"data":[\n')
        for block in _blocks(conn, copy_lines(table)):
            _hold_canonical(block, table)
            lines.write(block)
            array.write((b"," if rows else b"") + block[:-1].replace(b"\n", b"\n,") + b"\n")
            rows += block.count(b"\n")
        array.write(b'],"revision":%d}\n' % revision)
    return [lines.written(rows), array.written(rows)]


def write_cells(conn: Connection[Any], table: Table, folder: Path, rows: int) -> Written:
    """Write `{table}.csv`, which is to have so many `rows` under its header."""
    with digested(folder / f"{table.name}.csv") as cells:
        for block in _blocks(conn, copy_cells(table)):
            cells.write(block)
    return cells.written(rows)


def compress(path: Path, encoding: Encoding, rows: int | None = None) -> Written:
    """Write a file compressed beside itself: `.gz` without time and name, `.zst` with a checksum."""
    with path.open("rb") as plain, digested(path.with_name(path.name + _SUFFIXES[encoding])) as file:
        _COMPRESSORS[encoding](plain_blocks(plain.read), file)
    return file.written(rows)


def plain_blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield what `read` reads, in blocks, until there is no more."""
    while block := read(BLOCK):
        yield block


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Return the lines of a file, each with its end; raise ValueError for one that is longer than any record."""
    while line := file.readline(MAX_LINE_LENGTH + 1):
        require_bounded(line)
        yield line


def require_bounded(line: bytes) -> None:
    """Raise ValueError for a line that is longer than any record."""
    if len(line) > MAX_LINE_LENGTH:
        message = f"a line has more than {MAX_LINE_LENGTH:,} bytes"
        raise ValueError(message)


def _gzip(blocks: Iterable[bytes], file: Digest) -> None:
    compressor = zlib_ng.compressobj(_GZIP_LEVEL, wbits=-zlib_ng.MAX_WBITS)
    file.write(_GZIP_HEADER)
    checksum = size = 0
    for block in blocks:
        checksum = zlib_ng.crc32(block, checksum)
        size += len(block)
        file.write(compressor.compress(block))
    file.write(compressor.flush() + struct.pack("<LL", checksum, size & 0xFFFFFFFF))


def _zstd(blocks: Iterable[bytes], file: Digest) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(_ZSTD_LEVEL, write_checksum=True, threads=0)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    for block in blocks:
        file.write(compressor.compress(block))
    file.write(compressor.flush())


_COMPRESSORS: Final[dict[Encoding, Callable[[Iterable[bytes], Digest], None]]] = {"gzip": _gzip, "zstd": _zstd}
_SUFFIXES: Final[dict[Encoding, str]] = {"gzip": ".gz", "zstd": ".zst"}


def _blocks(conn: Connection[Any], statement: sql.Composed | sql.SQL) -> Iterator[bytes]:
    """Join the rows that PostgreSQL sends one by one; every block ends with a line."""
    held: list[memoryview] = []
    size = 0
    with conn.cursor() as cursor, cursor.copy(statement) as rows:
        for row in rows:
            held.append(memoryview(row))
            size += held[-1].nbytes
            if size >= BLOCK:
                yield b"".join(held)
                held.clear()
                size = 0
    if held:
        yield b"".join(held)


def _hold_canonical(block: bytes, table: Table) -> None:
    """Raise NotCanonicalError for a record whose text is not in Unicode's normal form C."""
    text = block.decode()
    if unicodedata.is_normalized("NFC", text):
        return
    line = next(line for line in text.split("\n") if not unicodedata.is_normalized("NFC", line))
    record = json.loads(line)
    key = " ".join(str(record[name]) for name in table.key)
    message = f"{table.name}: the record {key} has text that is not in Unicode's normal form C; correct it by an import"
    raise NotCanonicalError(message)
