"""Files of an import: their bytes, encoding and format, found out unless they are stated."""

import codecs
import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from directory.imports.errors import UnreadableFile
from directory.imports.read.delimited import DelimitedTable
from directory.imports.read.headings import Headings
from directory.imports.read.json_rows import JsonReader, is_wrapped
from directory.imports.read.records import Format, ReadOptions, Record, WarningCounts
from directory.imports.read.row_digests import RowDigests
from directory.imports.read.workbook import Sheet, SheetTable, read_sheet

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_MARKS: Final = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# OLE 2, in which old workbooks are written, and new ones that are encrypted.
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What to propose for bytes that are not UTF-8, the stricter first: the last one takes nearly everything.
_LIKELY: Final = ("gb18030", "windows-1252")
# Characters that a Chinese list of government accounts is full of. Korean or Japanese text that is decoded as GB18030
# has each of them once in thousands.
_COMMON: Final = frozenset("市区县省局委府政务信微博公安平台名称账号单位状态地民人发布中国新的所在")
_COMMON_SHARE: Final = 0.12
_MIN: Final = 2
_ENOUGH: Final = 20_000
_BLOCK: Final = 1024 * 1024
LINE_MAX: Final = 1_000_000
# Characters at the beginning of a file from which its format is found out.
LOOKED_AT: Final = 64 * 1024


class InputFile:
    """One file to import; `name` is what messages call it, `stem` its name without endings, `size` its bytes."""

    def __init__(self, source: Path | BinaryIO, name: str | None = None) -> None:
        """Open a path, or read a binary stream to its end into a temporary file; raise UnreadableFile on failure."""
        self._copy: IO[bytes] | None = None
        self.path = source if isinstance(source, Path) else None
        if isinstance(source, Path):
            self._open_raw().close()
        else:
            # A file is read several times, for its encoding, its header and its rows, and a stream only once.
            self._copy = tempfile.TemporaryFile(prefix="directory-import-")  # noqa: SIM115 - closed by `close`
            shutil.copyfileobj(source, self._copy, 1024 * 1024)
        self.name = name or (printable_name(str(source)) if isinstance(source, Path) else "standard input")
        self.stem = Path(self.name).name.split(".")[0] if isinstance(source, Path) else "import"
        with self._open_raw() as raw:
            self.size = raw.seek(0, io.SEEK_END)
        self._raw: BinaryIO | None = None

    @property
    def bytes_read(self) -> int:
        """How far the last opening has been read, in bytes of the file as it is stored."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else 0

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Yield the content from its beginning, decompressed; what is broken raises UnreadableFile."""
        raw = self._open_raw()
        self._raw = raw
        try:
            start = raw.read(4)
            raw.seek(0)
            if start == _ZIP:
                raise UnreadableFile(f"{self.name} is a workbook or a zip archive; save it as CSV in UTF-8")
            if start.startswith(_GZIP):
                with gzip.open(raw) as unpacked:
                    yield cast("BinaryIO", unpacked)
            else:
                yield raw
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{self.name} is a damaged .gz ({error}); fetch or pack it again") from error
        finally:
            if self._copy is None:
                raw.close()

    @property
    def is_archive(self) -> bool:
        """Whether it is a zip archive, as workbooks are."""
        with self._open_raw() as raw:
            return raw.read(4) == _ZIP

    @property
    def is_packed(self) -> bool:
        """Whether its content is larger than the file."""
        with self._open_raw() as raw:
            return raw.read(4).startswith((_GZIP, _ZIP))

    @contextmanager
    def open_archive(self) -> Iterator[BinaryIO]:
        """Yield the content as it is stored, in which one can go to any place."""
        raw = self._open_raw()
        try:
            yield raw
        finally:
            if self._copy is None:
                raw.close()

    def close(self) -> None:
        """Delete the temporary file of a stream."""
        if self._copy is not None:
            self._copy.close()

    def _open_raw(self) -> BinaryIO:
        if self._copy is not None:
            # The same file each time: one reading is over before the next begins.
            return cast("BinaryIO", _UnclosedView(self._copy))
        try:
            return cast("Path", self.path).open("rb")
        except OSError as error:
            raise UnreadableFile(f"{self.path} cannot be read: {error.strerror}") from error


class _UnclosedView(io.RawIOBase):
    """A view of a temporary file from its beginning; closing it leaves the file open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, origin: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, origin)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)


def detect_encoding(file: InputFile, stated: str | None = None) -> tuple[str, str | None]:
    """Return the encoding of `file`, and a note where it is another than `stated`, or was found out by its words.

    A file that is UTF-8 from end to end is taken as such, whatever was stated: text in another encoding
    that happens to be valid UTF-8 does not occur. Raises UnreadableFile, which proposes an encoding, else.
    """
    stated = _look_up(stated) if stated is not None else None
    with file.open() as content:
        start = content.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, None
    # Before the look for zero bytes, of which such a text is full.
    if stated and stated.startswith(("utf-16", "utf-32")):
        return stated, None
    if start.startswith(_OLE):
        raise UnreadableFile(
            f"{file.name} is a workbook in the old form (.xls), or one with a password; save it as XLSX without"
        )
    if b"\x00" in start:
        raise UnreadableFile(f"{file.name} has zero bytes: it is UTF-16 or no text; try --encoding utf-16-le")
    wrong_at, is_ascii = _check_utf8(file)
    if wrong_at is None:
        note = None
        if stated and stated not in {"utf-8", "ascii"} and not is_ascii:
            note = f"{file.name} was said to be {stated} but is UTF-8, and was read as UTF-8"
        return "utf-8", note
    if stated and stated not in {"utf-8", "ascii"}:
        return stated, None
    if _reads_as_chinese(file):
        return "gb18030", f"{file.name} is not UTF-8 and reads as Chinese in GB18030, and was read as that"
    line, byte = wrong_at
    raise UnreadableFile(
        f"{file.name}, line {line}: the byte 0x{byte:02X} is not UTF-8; save the file as UTF-8, "
        f"or say what it is: --encoding {_propose(file)}"
    )


def _look_up(stated: str) -> str:
    try:
        return codecs.lookup(stated).name
    except LookupError:
        message = f"--encoding {stated}: there is no such encoding; try gb18030 or windows-1252"
        raise UnreadableFile(message) from None


def _check_utf8(file: InputFile) -> tuple[tuple[int, int] | None, bool]:
    """Return line and value of the first byte that is not UTF-8, None if there is none; and whether all is ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, is_ascii = 1, True
    with file.open() as content:
        while True:
            block = content.read(_BLOCK)
            is_ascii = is_ascii and block.isascii()
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return (line + error.object.count(b"\n", 0, error.start), error.object[error.start]), False
            if not block:
                return None, is_ascii
            line += block.count(b"\n")


def _reads_as_chinese(file: InputFile) -> bool:
    """Whether a file is GB18030 by its words, too: other text of two bytes a character decodes to rare ones."""
    # charset-normalizer takes fewer than some 40 bytes of Chinese for UTF-16 or Korean, so the words decide.
    decoder = codecs.getincrementaldecoder("gb18030")()
    characters, common = 0, 0
    with file.open() as content:
        try:
            while block := content.read(_BLOCK):
                text = decoder.decode(block)
                if characters < _ENOUGH:
                    characters += sum(not character.isascii() for character in text)
                    common += sum(character in _COMMON for character in text)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return common >= max(characters * _COMMON_SHARE, _MIN)


def _propose(file: InputFile) -> str:
    for encoding in _LIKELY:
        decoder = codecs.getincrementaldecoder(encoding)()
        with file.open() as content:
            try:
                while block := content.read(_BLOCK):
                    decoder.decode(block)
            except UnicodeDecodeError:
                continue
            return encoding
    return "NAME"


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read: its format, its records, and for a table its header and delimiter."""

    form: Format
    records: Iterator[Record]
    header: tuple[str, ...] = ()
    delimiter: str = ","
    # The level that the heading of the regions names (city, county, state, country), if any.
    level: str | None = None
    # Each heading of a table with what it stands for.
    meanings: tuple[tuple[str, str | None], ...] = ()
    # The columns that a table has; None for JSON, whose objects may each have others.
    columns: frozenset[str] | None = None

    def may_have(self, column: str) -> bool:
        """Whether any row may have a value in `column`."""
        return self.columns is None or column in self.columns


class Reader:
    """Reads one file, any number of times; `warnings` count what was corrected, `notes` say what is worth knowing."""

    def __init__(self, file: InputFile, headings: Headings, options: ReadOptions) -> None:
        """Find out the encoding; raise UnreadableFile if it cannot be found out."""
        self.file = file
        self._headings = headings
        self._options = options
        self._sheet: Sheet | None = None
        if file.is_archive:
            with file.open_archive() as content:
                self._sheet = read_sheet(content, file.name, options.sheet)
            self.encoding, note = "utf-8", None
        elif options.sheet is not None:
            raise UnreadableFile(f"--sheet {options.sheet}: {file.name} is no workbook; leave the option out")
        else:
            self.encoding, note = detect_encoding(file, options.encoding)
        self._own_notes = [note] if note else []
        self.notes = list(self._own_notes)
        self.warnings = WarningCounts()

    @contextmanager
    def open(self, digests: RowDigests | None = None) -> Iterator[Reading]:
        """Yield the reading from the file's beginning; raise UnreadableFile if it has not the form it should have.

        With `digests`, lines of JSON that are known are not parsed.
        """
        self.warnings = WarningCounts()
        self.notes = list(self._own_notes)
        if self._sheet is not None:
            yield self._begin_sheet(self._sheet)
            return
        with self.file.open() as content:
            # Line ends as they are: the csv rules need them, and JSON lines do not care.
            stream = io.TextIOWrapper(io.BufferedReader(content, 1024 * 1024), self.encoding, newline="")  # type: ignore[type-var]
            try:
                yield self._begin(stream, digests)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"{self.file.name} is not {self.encoding} throughout: {error.reason} at byte "
                    f"0x{error.object[error.start]:02X}; state another --encoding, or save it as UTF-8"
                ) from error
            except UnreadableFile as error:
                name = self.file.name
                raise error if str(error).startswith((name, "--")) else UnreadableFile(f"{name}: {error}") from error

    def _begin_sheet(self, sheet: Sheet) -> Reading:
        try:
            table = SheetTable(sheet, self._headings, self.warnings, self._options)
        except UnreadableFile as error:
            raise error if str(error).startswith("--") else UnreadableFile(f"{self.file.name}: {error}") from error
        mapping = table.mapping
        self.notes += [f"{self.file.name}: {note}" for note in table.notes]
        return Reading(
            "csv",
            iter(table),
            tuple(table.header),
            level=mapping.level,
            meanings=mapping.meanings,
            columns=mapping.known_columns,
        )

    def _begin(self, stream: io.TextIOWrapper, digests: RowDigests | None) -> Reading:
        form: Format = _detect_format(stream) if self._options.form is None else self._options.form
        if form == "csv":
            table = DelimitedTable(_bounded(stream), self._headings, self.warnings, self._options)
            self.notes += [f"{self.file.name}: {note}" for note in table.notes]
            mapping = table.mapping
            return Reading(
                form,
                iter(table),
                tuple(table.header),
                table.delimiter,
                mapping.level,
                mapping.meanings,
                mapping.known_columns,
            )
        objects = JsonReader(self._headings, self.warnings, self._options, digests)
        return Reading(form, objects.lines(_bounded(stream)) if form == "ndjson" else objects.array(stream))


def printable_name(file_name: str) -> str:
    """Return a file's name for display: what cannot be displayed is replaced by U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in file_name)


def _bounded(stream: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines one by one; raise UnreadableFile for one that no row could fill, before memory does."""
    number = 0
    while line := stream.readline(LINE_MAX):
        number += 1
        if len(line) >= LINE_MAX:
            raise UnreadableFile(f"line {number} is longer than {LINE_MAX:,} characters: no row of accounts is")
        yield line


def _detect_format(stream: io.TextIOWrapper) -> Format:
    """Return the format, by the first character that is not white space."""
    start = stream.read(LOOKED_AT).lstrip()
    stream.seek(0)
    if start.startswith("[") or (start.startswith("{") and is_wrapped(start)):
        return "json"
    return "ndjson" if start.startswith("{") else "csv"
