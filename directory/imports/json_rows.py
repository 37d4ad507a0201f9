"""JSON as rows: one object a line, or one array of objects, read piece by piece."""

import json
from collections.abc import Iterable, Iterator
from io import TextIOBase
from typing import Final

from directory.imports.columns import ERRORS_COLUMN, PRIVATE_PREFIX, Headings
from directory.imports.faults import Fault, UnreadableFile
from directory.imports.records import Record

_PIECE: Final = 256 * 1024
# An object of an array that is longer than this is no row.
_ROW_MAX: Final = 4 * 1024 * 1024


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Give the object of `pairs`; raise ValueError for a key that is given twice, whose first value would be lost."""
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return value


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no number that JSON knows")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


class Objects:
    """Makes records of JSON objects; remembers what each key stands for."""

    def __init__(self, headings: Headings) -> None:
        self._headings = headings
        self._columns: dict[str, str | None] = {}

    def lines(self, lines: Iterable[str]) -> Iterator[Record]:
        """Give a record for each line that is not blank."""
        for number, text in enumerate(lines, 1):
            stripped = text.strip()
            if stripped:
                yield self.record(number, stripped)

    def record(self, line: int, text: str) -> Record:
        """Give the record of one object's text."""
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            reason = f"it is not JSON: {error}"
            return Record(line, {}, text, (Fault("row", text, "not-json", reason, "write one whole object a line"),))
        return self._record(line, value, text)

    def array(self, stream: TextIOBase) -> Iterator[Record]:
        """Give a record for each element of the one array in `stream`; raise UnreadableFile where it breaks off."""
        buffer, line, finished = "", 1, False
        opened = False
        while True:
            rest = buffer.lstrip(" \t\r\n," if opened else " \t\r\n\ufeff[")
            line += buffer.count("\n", 0, len(buffer) - len(rest))
            buffer = rest
            opened = opened or bool(rest)
            if buffer.startswith("]"):
                return
            value, end = None, 0
            try:
                if buffer:
                    value, end = _DECODER.raw_decode(buffer)
            except ValueError as error:
                if finished or len(buffer) > _ROW_MAX:
                    raise UnreadableFile(f"line {line}: the array breaks off or is no JSON: {error}") from error
            # A number at the end of a piece may go on in the next one.
            if end and (end < len(buffer) or finished):
                yield self._record(line, value, buffer[:end])
                line += buffer.count("\n", 0, end)
                buffer = buffer[end:]
                continue
            if finished:
                raise UnreadableFile(f"line {line}: the array is not closed; the file seems cut short")
            piece = stream.read(_PIECE)
            finished = not piece
            buffer += piece

    def _record(self, line: int, value: object, text: str) -> Record:
        if not isinstance(value, dict):
            fault = Fault("row", text, "not-an-object", "it is no object", 'write {"platform": …, "handle": …}')
            return Record(line, {}, text, (fault,))
        values: dict[str, object] = {}
        faults = []
        for key, item in value.items():
            if key not in self._columns:
                self._columns[key] = self._column(key)
            column = self._columns[key]
            if column == "":
                message = self._headings.explain(key)
                faults.append(Fault(key, str(item), "unknown-column", "the key is not known", message))
            elif column is not None:
                if column in values:
                    faults.append(Fault(key, str(item), "repeated-column", f"{column!r} is given twice", "keep one"))
                values[column] = item
        return Record(line, values, text, tuple(faults))

    def _column(self, key: str) -> str | None:
        """Give the column of `key`, None for one to leave out, "" for one that is unknown."""
        try:
            return self._headings.column(key)
        except UnreadableFile:
            return ""


def annotate(text: str, faults: Iterable[Fault]) -> str:
    """Give the object's text with what is wrong under `_errors`; text that is no object stays as it is."""
    errors = json.dumps([str(fault) for fault in faults], ensure_ascii=False)
    if not (text.startswith("{") and text.endswith("}")):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if ERRORS_COLUMN in value:
        kept = {key: item for key, item in value.items() if not key.startswith(PRIVATE_PREFIX)}
        text = json.dumps(kept, ensure_ascii=False)
        value = kept
    # The rest stays byte for byte what it was.
    return f'{text[:-1].rstrip()}{", " if value else ""}"{ERRORS_COLUMN}": {errors}}}'
