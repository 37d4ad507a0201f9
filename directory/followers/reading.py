"""Read observations from NDJSON or CSV, one row a line, in blocks of whole lines."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from directory.followers.rows import COLUMNS, IGNORED, RowRefused

Form: TypeAlias = Literal["csv", "ndjson"]
FORMS: Final[tuple[Form, ...]] = ("csv", "ndjson")
Line: TypeAlias = tuple[int, "Mapping[str, object] | RowRefused"]

LINE_MAX: Final = 65_536
BLOCK_BYTES: Final = 2 * 1024 * 1024
_BUFFER: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_SHOWN: Final = 200
_DELIMITERS: Final = (",", ";", "\t")


class UnreadableError(Exception):
    """A file cannot be read as a whole; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file: their text, the number of the first one, and, of CSV, the columns and the delimiter."""

    text: bytes
    first_line: int
    form: Form
    header: tuple[str, ...] = ()
    delimiter: str = ","

    def lines(self) -> Iterator[Line]:
        """Yield the number of each line that is not blank, and what it says, or why it could not be read."""
        for number, text in enumerate(self.text.split(b"\n"), self.first_line):
            if len(text) > LINE_MAX:
                message = f"it is longer than {LINE_MAX:,} bytes"
                yield (
                    number,
                    RowRefused("row", text[:_SHOWN].decode("utf-8", "replace"), message, "write one row a line"),
                )
            elif stripped := text.strip():
                # The last cells of a row may be empty, between tabs.
                yield number, parse_object(stripped) if self.form == "ndjson" else self._read_cells(text.rstrip(b"\r"))

    def _read_cells(self, text: bytes) -> Mapping[str, object] | RowRefused:
        try:
            decoded = text.decode()
            (cells,) = csv.reader([decoded], delimiter=self.delimiter, strict=True)
        except (csv.Error, UnicodeDecodeError) as error:
            shown = text[:_SHOWN].decode("utf-8", "replace")
            return RowRefused("row", shown, f"it is no row of CSV ({error})", "write one row a line, in UTF-8")
        if len(cells) != len(self.header):
            message = f"it has {len(cells)} cells, and the first line {len(self.header)}"
            return RowRefused("row", decoded[:_SHOWN], message, "quote what contains the delimiter")
        return dict(zip(self.header, cells, strict=True))


def read_blocks(stream: BinaryIO, form: Form | None = None) -> Iterator[Block]:
    """Yield the blocks of plain or gzipped text; raise UnreadableError for what is no table of observations."""
    plain = _buffer(stream)
    try:
        if not plain.peek(2).startswith(_GZIP):
            yield from _read_plain(plain, form)
            return
        unpacked = _buffer(gzip.GzipFile(fileobj=plain))
        try:
            yield from _read_plain(unpacked, form)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableError(f"the file breaks off or is damaged ({error}); compress it again") from error
        finally:
            unpacked.detach()
    finally:
        # It would close the stream, which is its owner's.
        plain.detach()


def _read_plain(stream: io.BufferedReader, form: Form | None) -> Iterator[Block]:
    if stream.peek(_BUFFER).startswith(_BOM):
        stream.read(len(_BOM))
    if form is None:
        form = "ndjson" if stream.peek(_BUFFER).lstrip().startswith((b"{", b"[")) else "csv"
    number, delimiter = 1, ","
    header: tuple[str, ...] = ()
    if form == "csv":
        first = stream.readline(LINE_MAX)
        if not first.strip():
            return
        header, delimiter = _read_header(first)
        number = 2
    while text := stream.read(BLOCK_BYTES):
        text += _rest_of_line(stream, text, number)
        yield Block(text, number, form, header, delimiter)
        number += text.count(b"\n")


def parse_object(text: bytes) -> Mapping[str, object] | RowRefused:
    """Return the JSON object of one line, or why it is none."""
    try:
        value = _decode(text.decode())
    # The decoder recurses, so deep nesting ends it with RecursionError.
    except (ValueError, RecursionError) as error:
        shown = text[:_SHOWN].decode("utf-8", "replace")
        return RowRefused("row", shown, f"it is not JSON ({error})", "write one whole object a line, in UTF-8")
    if not isinstance(value, dict):
        return RowRefused("row", str(value)[:_SHOWN], "it is no JSON object", "write one object a line: {…}")
    return value


def _buffer(stream: object) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER)


def _rest_of_line(stream: io.BufferedReader, text: bytes, first_line: int) -> bytes:
    if text.endswith(b"\n"):
        return b""
    rest = stream.readline(LINE_MAX)
    if len(rest) >= LINE_MAX:
        number = first_line + text.count(b"\n")
        raise UnreadableError(f"line {number} is longer than {LINE_MAX:,} bytes: write one row a line")
    return rest


def _read_header(first: bytes) -> tuple[tuple[str, ...], str]:
    """Return the columns of CSV and its delimiter; raise UnreadableError for a column that there is not."""
    try:
        text = first.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not UTF-8 ({error.reason}); save it as UTF-8") from error
    delimiter = max(_DELIMITERS, key=text.count)
    header = tuple(cell.strip().lower() for cell in next(csv.reader([text], delimiter=delimiter)))
    unknown = [cell for cell in header if cell not in COLUMNS and cell not in IGNORED]
    if unknown or len({*header}) < len(header):
        fault = f"has an unknown column {unknown[0][:80]!r}" if unknown else "names a column twice"
        raise UnreadableError(f"the first line {fault}; it has to name columns: {', '.join(COLUMNS)}")
    return header, delimiter


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number that JSON knows")


_decode: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant).decode
