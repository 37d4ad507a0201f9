"""JSON as rows: one object a line, or one array of objects, which may lie within an object, as APIs answer."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from io import TextIOBase
from typing import Final, NamedTuple

from directory.imports.errors import RowError, UnreadableFile
from directory.imports.read.columns import ColumnMapping, HeadingsRefused, map_columns
from directory.imports.read.headings import COLUMNS, ERRORS_COLUMN, PRIVATE_PREFIX, Headings
from directory.imports.read.record_builder import RecordBuilder
from directory.imports.read.records import ANY, ReadOptions, Record, WarningCounts
from directory.imports.read.row_digests import RowDigests
from directory.imports.values.cell_words import NOT_KNOWN

_PIECE: Final = 256 * 1024
# An object of an array that is longer than this is no row.
_ROW_MAX: Final = 4 * 1024 * 1024
# Of so many ways to name the keys it is remembered what they mean.
_KEYS_MAX: Final = 10_000
_UNKNOWN_MAX: Final = 50
_FLATTENED_MAX: Final = 200
_LENIENT_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_LIST: Final = re.compile(r"\[[ \t\r\n]*\{")
# Lists lie a few objects deep (`result.records`), and deeper nobody looks.
_LIST_DEPTH_MAX: Final = 8


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


# Python reads NaN and Infinity unless it is told not to; RFC 8259 has no such numbers.
_STRICT_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


class JsonReader:
    """Makes records of JSON objects; remembers what each key stands for."""

    def __init__(
        self,
        headings: Headings,
        warnings: WarningCounts | None = None,
        options: ReadOptions = ANY,
        digests: RowDigests | None = None,
    ) -> None:
        self._headings = headings
        self._digests = digests
        self._warnings = warnings or WarningCounts()
        self._options = options
        self._unknown: set[str] = set()
        # What the keys of an object mean together, and what is wrong with them.
        self._builder: dict[tuple[str, ...], RecordBuilder | tuple[RowError, ...]] = {}
        # Whether an object was about an account, and the last line with one that perhaps was not.
        self._names_accounts = False
        self._without = 0

    def lines(self, lines: Iterable[str]) -> Iterator[Record]:
        """Yield the records of each line that is not blank."""
        for number, text in enumerate(lines, 1):
            stripped = text.strip()
            if not stripped:
                continue
            digest = self._digests.of_text(stripped) if self._digests is not None else b""
            if self._digests is not None and digest in self._digests.known:
                self._names_accounts = True
                yield Record(number, {}, stripped, digest=digest)
            else:
                yield from self.records(number, stripped, digest)
        self._require_accounts()

    def records(self, line: int, text: str, digest: bytes = b"") -> Iterator[Record]:
        """Yield the records of one object's text."""
        try:
            value = _STRICT_DECODER.decode(text)
        # The decoder recurses, so deep nesting ends it with RecursionError.
        except (ValueError, RecursionError) as error:
            reason = f"it is not JSON: {error}"
            yield Record(line, {}, text, (RowError("row", text, "not-json", reason, "write one whole object a line"),))
            return
        yield from self._records(line, value, text, digest)

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
                    value, end = _STRICT_DECODER.raw_decode(buffer)
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
        result = find_list(text)
        if result is None:
            raise UnreadableFile(
                "it is one object without a list of objects near its beginning; give its rows as a list, or one a line"
            )
        line = 1 + text.count("\n", 0, result.start)
        self._warnings.add(f"the rows are those of {'.'.join(result.keys)!r}; the rest of the object is left out", line)
        return text[result.start :], line

    def _records(self, line: int, value: object, text: str, digest: bytes = b"") -> Iterator[Record]:
        if not isinstance(value, dict):
            error = RowError("row", text, "not-an-object", "it is no object", 'write {"platform": …, "handle": …}')
            yield Record(line, {}, text, (error,))
            return
        if dict in map(type, value.values()):
            # As {"social": {"twitter": …}}: what is within has the key of both.
            flat = dict(_flatten(value))
            if len(flat) < sum(1 for _ in _flatten(value)):
                error = RowError(
                    "row", text, "repeated-column", "two keys are one, once written with a dot", "keep one"
                )
                yield Record(line, {}, text, (error,))
                return
            value = flat
        keys = tuple(value)
        builder = self._builder.get(keys) or self._read_keys(keys)
        if isinstance(builder, RecordBuilder) and (builder.mapping.notes or builder.mapping.unknown):
            self._tell(builder.mapping, line)
            # The next import is to remark it, too.
            digest = b""
        if isinstance(builder, tuple):
            yield Record(line, {}, text, builder)
        elif builder.is_plain:
            if (value.get("handle") or value.get("url") or "") in NOT_KNOWN and builder.is_none(line, value, ()):
                self._without = line
                return
            self._names_accounts = True
            yield Record(line, value, text, digest=digest)
        else:
            self._without = line
            for record in builder.records(line, list(value.values()), text):
                self._names_accounts = True
                yield record

    def _require_accounts(self) -> None:
        """Raise UnreadableFile for a file none of whose objects says which account it is about."""
        if self._without and not self._names_accounts:
            raise UnreadableFile(
                "no object says which account it is about (handle, url, platform_user_id, or a key of a platform); "
                f"look at line {self._without}, and say what a key stands for with --column KEY=COLUMN"
            )

    def _tell(self, mapping: ColumnMapping, line: int) -> None:
        """Remark what is left out of an object by its keys."""
        for note in mapping.notes:
            self._warnings.add(note, line)
        for key in mapping.unknown:
            if key in self._unknown or len(self._unknown) < _UNKNOWN_MAX:
                self._unknown.add(key)
                self._warnings.add(f"the key {key!r} is not known, left out; --column {key!r}=COLUMN takes it", line)
            else:
                self._warnings.add("other keys that are not known, left out", line)

    def _read_keys(self, keys: tuple[str, ...]) -> "RecordBuilder | tuple[RowError, ...]":
        """Return what makes records of objects with these keys, or what is wrong with the keys."""
        result: RecordBuilder | tuple[RowError, ...]
        try:
            mapping = map_columns(self._headings, keys, is_table=False)
        except HeadingsRefused as refused:
            result = tuple(
                RowError(key, "", code, "the key cannot be read", message) for key, code, message in refused.problems
            )
        else:
            result = RecordBuilder(mapping, self._warnings, self._options, is_table=False)
        if len(self._builder) < _KEYS_MAX:
            self._builder[keys] = result
        return result


def _flatten(value: dict[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, item in value.items():
        if isinstance(item, dict) and len(before) < _FLATTENED_MAX:
            yield from _flatten(item, f"{before}{key}.")
        else:
            yield f"{before}{key}", item


def annotate(text: str, errors: Iterable[RowError]) -> str:
    """Return the object's text with what is wrong under `_errors`; text that is no object stays as it is."""
    listed = json.dumps([str(error) for error in errors], ensure_ascii=False)
    if not (text.startswith("{") and text.endswith("}")):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    # Rejected for the second time: the errors of the first are replaced.
    if ERRORS_COLUMN in value:
        shown = {key: item for key, item in value.items() if not key.startswith(PRIVATE_PREFIX)}
        text = json.dumps(shown, ensure_ascii=False)
        value = shown
    # Appended to the text, so that the rest stays byte for byte what it was.
    return f'{text[:-1].rstrip()}{", " if value else ""}"{ERRORS_COLUMN}": {listed}}}'


class ListStart(NamedTuple):
    """Where the list begins, at its bracket, and the keys that lead to it."""

    start: int
    keys: tuple[str, ...]


def find_list(text: str) -> ListStart | None:
    """Return where the first list of objects within the object that `text` begins with is; None if it has none there.

    `text` may break off: what lies behind its end is not looked for.
    """
    start = _after_space(text, 0)
    return _find(text, start + 1, ()) if text.startswith("{", start) else None


def is_wrapped(text: str) -> bool:
    """Whether the beginning of a file is that of one object around its rows, and not the first of many rows."""
    result = find_list(text)
    # A row may have a list of names.
    if result is None or result.keys[-1] in COLUMNS:
        return False
    line, _, rest = text.lstrip().partition("\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not rest.strip()


def _find(text: str, at: int, keys: tuple[str, ...]) -> ListStart | None:
    for _ in range(len(text)):
        read = _read_key(text, at)
        if read is None:
            return None
        key, at = read
        if _LIST.match(text, at):
            return ListStart(at, (*keys, key))
        end = _end_of(text, at)
        if text.startswith("{", at) and len(keys) < _LIST_DEPTH_MAX:
            within = _find(text, at + 1, (*keys, key))
            if within is not None or end is None:
                return within
        if end is None:
            return None
        at = _after_space(text, end)
        if not text.startswith(",", at):
            return None
        at += 1
    return None


def _read_key(text: str, at: int) -> tuple[str, int] | None:
    """Return the key at a place, and where its value begins; None where there is none."""
    at = _after_space(text, at)
    if not text.startswith('"', at):
        return None
    key, end = _decode(text, at) or (None, 0)
    end = _after_space(text, end)
    return (key, _after_space(text, end + 1)) if isinstance(key, str) and text.startswith(":", end) else None


def _end_of(text: str, at: int) -> int | None:
    decoded = _decode(text, at)
    return decoded[1] if decoded is not None else None


def _decode(text: str, at: int) -> tuple[object, int] | None:
    decode: Callable[[str, int], tuple[object, int]] = _LENIENT_DECODER.raw_decode
    try:
        return decode(text, at)
    except (ValueError, RecursionError):
        return None


def _after_space(text: str, at: int) -> int:
    result = _SPACE.match(text, at)
    return result.end() if result else at
