"""All matches as one file: one COPY, so one state of the registry, written whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

import zstandard

from directory.accounts.filters import Filter
from directory.accounts.formats import Format, copy_statement
from directory.accounts.parameters import AccountQuery, CsvQuery
from directory.accounts.sorts import Order
from directory.accounts.where_clause import Where
from directory.database.revisions import select_latest

if TYPE_CHECKING:
    from psycopg import Connection

# Larger at once is no faster; a row alone is slower.
_BLOCK: Final = 128 * 1024
# Compressing must not take much longer than PostgreSQL writes: about 100 MB/s and 400 MB/s on one core.
_GZIP_LEVEL: Final = 4
_ZSTD_LEVEL: Final = 3


class Sink(Protocol):
    """What takes bytes: a file, or what compresses into one."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""


def write_accounts(conn: Connection[Any], file: Sink, form: Format, query: AccountQuery, wanted: Filter) -> None:
    """Write every match into `file` in the form and order asked for; `conn` is used for nothing else meanwhile."""
    where = Where.of(wanted)
    options = query if isinstance(query, CsvQuery) else CsvQuery()
    order = Order.by(query.sort, searching=wanted.search is not None)
    statement = copy_statement(form, where, order, fields=query.fields, defuse=options.is_defused)
    with conn.transaction(), conn.cursor() as cursor:
        latest = select_latest(conn)
        with cursor.copy(statement, where.parameters) as rows:
            blocks = join_rows(rows)
            if form == "json":
                shown = wanted.as_of.revision if wanted.as_of is not None else latest.number if latest else 0
                blocks = _array(blocks, shown, wanted.dropped)
            if options.is_marked:
                file.write("\N{BYTE ORDER MARK}".encode())
            for block in blocks:
                file.write(block)


@contextmanager
def compressed(file: BinaryIO, encoding: str) -> Iterator[Sink]:
    """Yield what to write to, so that `file` gets it in a content encoding: `zstd`, `gzip` or `identity`."""
    if encoding == "zstd":
        # The checksum makes a damaged file known; a window of 8 MB is the most that browsers take (RFC 9659).
        parameters = zstandard.ZstdCompressionParameters.from_level(_ZSTD_LEVEL, write_checksum=True)
        with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(file, closefd=False) as writer:
            yield writer
    elif encoding == "gzip":
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0, filename="") as writer:
            yield writer
    else:
        yield file


def join_rows(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Join the rows that PostgreSQL sends one by one into blocks of about 128 KiB."""
    held: list[memoryview] = []
    size = 0
    for row in rows:
        held.append(memoryview(row))
        size += held[-1].nbytes
        if size >= _BLOCK:
            yield b"".join(held)
            held.clear()
            size = 0
    yield b"".join(held)


def _array(blocks: Iterator[bytes], revision: int, dropped: Sequence[str]) -> Iterator[bytes]:
    """Put lines that each begin with a comma into the `data` of an object, one a line."""
    yield b'{"data":['
    is_first = True
    for block in blocks:
        yield b"\n" + block.removeprefix(b",") if is_first else block
        is_first = False
    told = f',"dropped":{json.dumps(dropped, ensure_ascii=False, separators=(",", ":"))}' if dropped else ""
    yield f'],"revision":{revision}{told}}}\n'.encode()
