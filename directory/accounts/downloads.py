"""Downloads: all matches as one file, of one state of the registry, written whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

import zstandard

from directory.accounts.parameters import AccountQuery, CsvQuery, Filter
from directory.accounts.queries.download import Format, copy_statement
from directory.accounts.queries.list import WhereClause
from directory.accounts.sorts import Order
from directory.database.revisions import select_latest

if TYPE_CHECKING:
    from psycopg import Connection

FORMATS: Final[tuple[Format, ...]] = ("ndjson", "json", "csv")
MEDIA_TYPES: Final[dict[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
# Larger blocks are no faster; row by row is slower.
_BLOCK: Final = 128 * 1024
# Compression must not take much longer than PostgreSQL writes: these do about 100 MB/s and 400 MB/s on one core.
_GZIP_LEVEL: Final = 4
_ZSTD_LEVEL: Final = 3


class Sink(Protocol):
    """A file, or a compressor that writes to one."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""


def write_accounts(
    conn: Connection[Any], file: Sink, form: Format, query: AccountQuery, account_filter: Filter
) -> None:
    """Write every match to `file` in the form and order of the query; `conn` is used for nothing else meanwhile."""
    where = WhereClause.of(account_filter)
    options = query if isinstance(query, CsvQuery) else CsvQuery()
    order = Order.by(query.sort, searching=account_filter.search is not None)
    statement = copy_statement(form, where, order, fields=query.fields, escape_formulas=options.escapes_formulas)
    with conn.transaction(), conn.cursor() as cursor:
        # In the transaction of the COPY: it is the revision of these very rows.
        latest = select_latest(conn)
        with cursor.copy(statement, where.parameters) as rows:
            blocks = join_rows(rows)
            if form == "json":
                as_of = account_filter.as_of
                revision = as_of.revision if as_of is not None else latest.number if latest else 0
                blocks = _json_document(blocks, revision, account_filter.dropped)
            if options.has_bom:
                file.write("\N{BYTE ORDER MARK}".encode())
            for block in blocks:
                file.write(block)


@contextmanager
def compressed(file: BinaryIO, encoding: str) -> Iterator[Sink]:
    """Yield a sink that writes to `file` in a content encoding: `zstd`, `gzip` or `identity`."""
    if encoding == "zstd":
        # The checksum reveals a damaged file. Browsers accept a window of at most 8 MB (RFC 9659), as this level has.
        parameters = zstandard.ZstdCompressionParameters.from_level(_ZSTD_LEVEL, write_checksum=True)
        with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(file, closefd=False) as writer:
            yield writer
    elif encoding == "gzip":
        # No time and no name in the header: equal content has equal bytes.
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0, filename="") as writer:
            yield writer
    else:
        yield file


def join_rows(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Yield the rows of a COPY, which PostgreSQL sends one by one, in blocks of about 128 KiB."""
    pending: list[memoryview] = []
    size = 0
    for row in rows:
        pending.append(memoryview(row))
        size += pending[-1].nbytes
        if size >= _BLOCK:
            yield b"".join(pending)
            pending.clear()
            size = 0
    yield b"".join(pending)


def _json_document(blocks: Iterator[bytes], revision: int, dropped: Sequence[str]) -> Iterator[bytes]:
    """Yield lines that each begin with a comma as the `data` of an object, one a line."""
    yield b'{"data":['
    is_first = True
    for block in blocks:
        yield b"\n" + block.removeprefix(b",") if is_first else block
        is_first = False
    more = f',"dropped":{json.dumps(dropped, ensure_ascii=False, separators=(",", ":"))}' if dropped else ""
    yield f'],"revision":{revision}{more}}}\n'.encode()
