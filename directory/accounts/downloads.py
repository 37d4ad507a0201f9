"""Downloads: all matches as one file, of one state of the registry, written whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

import zstandard

from directory.accounts.parameters import AccountQuery, CsvQuery, Filter
from directory.accounts.queries.download import Format, copy_statement
from directory.accounts.queries.list import WhereClause
from directory.accounts.sorts import Order
from directory.database.copy_out import copy_blocks, copy_texts
from directory.database.revisions import select_latest

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

    from directory.database.sql import Fragment
    from directory.http.csv_options import CsvOptions

FORMATS: Final[tuple[Format, ...]] = ("ndjson", "json", "csv")
MEDIA_TYPES: Final[dict[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
# Larger blocks are no faster; row by row is slower.
_BLOCK: Final = 128 * 1024
# Compression must not take longer than PostgreSQL writes. For 46 MB zstd takes 42 ms of the processor at level 1 and
# 100 at level 3, which makes records no smaller.
_GZIP_LEVEL: Final = 4
_ZSTD_LEVEL: Final = 1


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
    # Without `sort` no order is promised: ids are random, and to sort 50,000 records by them takes PostgreSQL 60 ms.
    is_ordered = bool(query.sort) or account_filter.search is not None
    order = Order.by(query.sort, searching=account_filter.search is not None) if is_ordered else None
    statement = copy_statement(form, where, order, fields=query.fields, escape_formulas=options.escapes_formulas)
    with conn.transaction():
        # In the transaction of the COPY: it is the revision of these very rows.
        latest = select_latest(conn)
        if form == "csv":
            blocks = copy_blocks(conn, statement, where.parameters)
        elif form == "json":
            as_of = account_filter.as_of
            revision = as_of.revision if as_of is not None else latest.number if latest else 0
            blocks = _json_document(copy_texts(conn, statement, where.parameters), revision, account_filter.dropped)
        else:
            blocks = (_join(b"\n", texts) for texts in copy_texts(conn, statement, where.parameters))
        if options.has_bom:
            file.write("\N{BYTE ORDER MARK}".encode())
        try:
            for block in blocks:
                file.write(block)
        except BaseException:
            # PostgreSQL takes no other command before the rest of the COPY is read.
            conn.close()
            raise


def write_csv(
    conn: Connection[Any],
    file: Sink,
    statement: Fragment | Composed,
    parameters: Mapping[str, Any],
    options: CsvOptions,
) -> None:
    """Write what a COPY of CSV sends to `file`; `conn` is used for nothing else meanwhile."""
    if options.has_bom:
        file.write("\N{BYTE ORDER MARK}".encode())
    try:
        for block in copy_blocks(conn, statement, parameters):
            file.write(block)
    except BaseException:
        # PostgreSQL takes no other command before the rest of the COPY is read.
        conn.close()
        raise


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


def _join(separator: bytes, texts: Iterable[memoryview]) -> bytes:
    """Return the texts with the separator between them, and a line feed at the end."""
    return separator.join(texts) + b"\n"


def _json_document(texts: Iterator[list[memoryview]], revision: int, dropped: Sequence[str]) -> Iterator[bytes]:
    """Yield records as the `data` of an object, one a line."""
    yield b'{"data":[\n'
    is_first = True
    for some in texts:
        yield _join(b"\n,", some) if is_first else b"," + _join(b"\n,", some)
        is_first = False
    more = f',"dropped":{json.dumps(dropped, ensure_ascii=False, separators=(",", ":"))}' if dropped else ""
    yield f'],"revision":{revision}{more}}}\n'.encode()
