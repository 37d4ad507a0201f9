"""Read observations from NDJSON or CSV, line by line: what a line says, or why it could not be read."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from directory.followers.rows import COLUMNS, IGNORED, RowRefused

Form: TypeAlias = Literal["csv", "ndjson"]
FORMS: Final[tuple[Form, ...]] = ("csv", "ndjson")
Line: TypeAlias = tuple[int, "Mapping[str, object] | RowRefused"]

LINE_MAX: Final = 65_536
_BUFFER: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_SHOWN: Final = 200
_DELIMITERS: Final = (",", ";", "\t")


class UnreadableError(Exception):
    """A file cannot be read as a whole; the message says why, and what to do."""


def read_lines(stream: BinaryIO, form: Form | None = None) -> Iterator[Line]:
    """Yield the number of each line and what it says, of plain or gzipped text in UTF-8; raise UnreadableError."""
    buffered = _buffer(stream)
    if buffered.peek(2).startswith(_GZIP):
        buffered = _buffer(gzip.GzipFile(fileobj=buffered))
    try:
        start = buffered.peek(_BUFFER).removeprefix(_BOM).lstrip()
        if not start:
            return
        if form is None:
            form = "ndjson" if start.startswith((b"{", b"[")) else "csv"
        yield from _read_objects(buffered) if form == "ndjson" else _read_table(buffered)
    except (EOFError, gzip.BadGzipFile) as error:
        raise UnreadableError(f"the file breaks off or is damaged ({error}); compress it again") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not UTF-8 ({error.reason}); save it as UTF-8") from error


def _buffer(stream: object) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER)


def parse_object(text: bytes | str) -> Mapping[str, object] | RowRefused:
    """Return the JSON object of one line, or why it is none."""
    try:
        value = _decode(text.decode() if isinstance(text, bytes) else text)
    # The decoder recurses, so deep nesting ends it with RecursionError.
    except (ValueError, RecursionError) as error:
        shown = text[:_SHOWN].decode("utf-8", "replace") if isinstance(text, bytes) else text[:_SHOWN]
        return RowRefused("row", shown, f"it is not JSON ({error})", "write one whole object a line, in UTF-8")
    if not isinstance(value, dict):
        return RowRefused("row", str(value)[:_SHOWN], "it is no JSON object", "write one object a line: {…}")
    return value


def _read_objects(lines: io.BufferedReader) -> Iterator[Line]:
    for number, text in enumerate(_bounded_lines(lines), 1):
        stripped = (text.removeprefix(_BOM) if number == 1 else text).strip()
        if stripped:
            yield number, parse_object(stripped)


def _bounded_lines(stream: io.BufferedReader) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(LINE_MAX):
        number += 1
        if len(line) >= LINE_MAX:
            raise UnreadableError(f"line {number} is longer than {LINE_MAX:,} bytes: write one object a line")
        yield line


def _read_table(stream: io.BufferedReader) -> Iterator[Line]:
    first = stream.readline(LINE_MAX).decode("utf-8-sig")
    delimiter = max(_DELIMITERS, key=first.count)
    header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter))]
    unknown = [cell for cell in header if cell not in COLUMNS and cell not in IGNORED]
    if unknown or len({*header}) < len(header):
        fault = f"has an unknown column {unknown[0][:80]!r}" if unknown else "names a column twice"
        raise UnreadableError(f"the first line {fault}; it has to name columns: {', '.join(COLUMNS)}")
    rows = csv.reader((line.decode() for line in _bounded_lines(stream)), delimiter=delimiter)
    try:
        for cells in rows:
            number = rows.line_num + 1
            if not any(cells):
                continue
            if len(cells) != len(header):
                message = f"it has {len(cells)} cells, and the first line {len(header)}"
                yield number, RowRefused("row", delimiter.join(cells)[:_SHOWN], message, "quote what contains a comma")
            else:
                yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise UnreadableError(f"line {rows.line_num + 1} is no CSV ({error})") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number that JSON knows")


_decode: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant).decode
