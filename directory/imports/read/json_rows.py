"""JSON as rows: one object a line, or one array of objects, read piece by piece."""

import json
from collections.abc import Iterable, Iterator
from io import TextIOBase
from typing import Final

from directory.imports.errors import Fault, UnreadableFile
from directory.imports.read.columns import ERRORS_COLUMN, PRIVATE_PREFIX, Headings, HeadingsRefused, Plan
from directory.imports.read.file_options import ANY, Shape
from directory.imports.read.nested_json import find_list
from directory.imports.read.records import Record, Remarks
from directory.imports.read.row_layouts import RowShapes
from directory.imports.values.parsing import NOT_KNOWN

_PIECE: Final = 256 * 1024
# An object of an array that is longer than this is no row.
_ROW_MAX: Final = 4 * 1024 * 1024
# Of so many ways to name the keys it is remembered what they mean.
_KEYS_MAX: Final = 10_000
_UNKNOWN_MAX: Final = 50
_DEEPEST: Final = 200


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object of `pairs`; raise ValueError for a key that is given twice, whose first value would be lost."""
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

    def __init__(self, headings: Headings, remarks: Remarks | None = None, shape: Shape = ANY) -> None:
        self._headings = headings
        self._remarks = remarks or Remarks()
        self._shape = shape
        self._unknown: set[str] = set()
        # What the keys of an object mean together, and what is wrong with them.
        self._shapes: dict[tuple[str, ...], RowShapes | tuple[Fault, ...]] = {}
        # Whether an object was about an account, and the last line with one that perhaps was not.
        self._names_accounts = False
        self._without = 0

    def lines(self, lines: Iterable[str]) -> Iterator[Record]:
        """Yield the records of each line that is not blank."""
        for number, text in enumerate(lines, 1):
            stripped = text.strip()
            if stripped:
                yield from self.records(number, stripped)
        self._require_accounts()

    def records(self, line: int, text: str) -> Iterator[Record]:
        """Yield the records of one object's text."""
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            reason = f"it is not JSON: {error}"
            yield Record(line, {}, text, (Fault("row", text, "not-json", reason, "write one whole object a line"),))
            return
        yield from self._records(line, value, text)

    def array(self, stream: TextIOBase) -> Iterator[Record]:
        """Yield the records of each element of the one array in `stream`, which may lie within an object.

        Raises UnreadableFile where it breaks off.
        """
        buffer, line = self._open_object(stream.read(_PIECE))
        finished = opened = False
        while True:
            rest = buffer.lstrip(" \t\r\n," if opened else " \t\r\n\ufeff[")
            line += buffer.count("\n", 0, len(buffer) - len(rest))
            buffer = rest
            opened = opened or bool(rest)
            if buffer.startswith("]"):
                self._require_accounts()
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
                yield from self._records(line, value, buffer[:end])
                line += buffer.count("\n", 0, end)
                buffer = buffer[end:]
                continue
            if finished:
                raise UnreadableFile(f"line {line}: the array is not closed; the file seems cut short")
            piece = stream.read(_PIECE)
            finished = not piece
            buffer += piece

    def _open_object(self, text: str) -> tuple[str, int]:
        """Return the beginning of a file from its list of rows on, and the line of that."""
        if not text.lstrip(" \t\r\n\ufeff").startswith("{"):
            return text, 1
        found = find_list(text)
        if found is None:
            raise UnreadableFile(
                "it is one object without a list of objects near its beginning; give its rows as a list, or one a line"
            )
        line = 1 + text.count("\n", 0, found.start)
        self._remarks.add(f"the rows are those of {'.'.join(found.keys)!r}; what stands beside it is left out", line)
        return text[found.start :], line

    def _records(self, line: int, value: object, text: str) -> Iterator[Record]:
        if not isinstance(value, dict):
            fault = Fault("row", text, "not-an-object", "it is no object", 'write {"platform": …, "handle": …}')
            yield Record(line, {}, text, (fault,))
            return
        if dict in map(type, value.values()):
            # As {"social": {"twitter": …}}: what is within has the key of both.
            flat = dict(_flatten(value))
            if len(flat) < sum(1 for _ in _flatten(value)):
                fault = Fault("row", text, "repeated-column", "two keys are one, once written with a dot", "keep one")
                yield Record(line, {}, text, (fault,))
                return
            value = flat
        keys = tuple(value)
        shapes = self._shapes.get(keys) or self._read_keys(keys)
        if isinstance(shapes, RowShapes) and (shapes.plan.notes or shapes.plan.unknown):
            self._tell(shapes.plan, line)
        if isinstance(shapes, tuple):
            yield Record(line, {}, text, shapes)
        elif shapes.is_plain:
            if (value.get("handle") or value.get("url") or "") in NOT_KNOWN and shapes.is_none(line, value, ()):
                self._without = line
                return
            self._names_accounts = True
            yield Record(line, value, text)
        else:
            self._without = line
            for record in shapes.records(line, list(value.values()), text):
                self._names_accounts = True
                yield record

    def _require_accounts(self) -> None:
        """Raise UnreadableFile for a file none of whose objects says which account it is about."""
        if self._without and not self._names_accounts:
            raise UnreadableFile(
                "no object says which account it is about (handle, url, platform_user_id, or a key of a platform); "
                f"look at line {self._without}, and say what a key stands for with --column KEY=COLUMN"
            )

    def _tell(self, plan: Plan, line: int) -> None:
        """Remark what is left out of an object by its keys."""
        for note in plan.notes:
            self._remarks.add(note, line)
        for key in plan.unknown:
            if key in self._unknown or len(self._unknown) < _UNKNOWN_MAX:
                self._unknown.add(key)
                self._remarks.add(f"the key {key!r} is not known, left out; --column {key!r}=COLUMN takes it", line)
            else:
                self._remarks.add("other keys that are not known, left out", line)

    def _read_keys(self, keys: tuple[str, ...]) -> "RowShapes | tuple[Fault, ...]":
        """Return what makes records of objects with these keys, or what is wrong with the keys."""
        found: RowShapes | tuple[Fault, ...]
        try:
            plan = self._headings.plan(keys, is_table=False)
        except HeadingsRefused as refused:
            found = tuple(
                Fault(key, "", code, "the key cannot be read", message) for key, code, message in refused.problems
            )
        else:
            found = RowShapes(plan, self._remarks, self._shape, is_table=False)
        if len(self._shapes) < _KEYS_MAX:
            self._shapes[keys] = found
        return found


def _flatten(value: dict[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, item in value.items():
        if isinstance(item, dict) and len(before) < _DEEPEST:
            yield from _flatten(item, f"{before}{key}.")
        else:
            yield f"{before}{key}", item


def annotate(text: str, faults: Iterable[Fault]) -> str:
    """Return the object's text with what is wrong under `_errors`; text that is no object stays as it is."""
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
