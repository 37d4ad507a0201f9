"""In which encoding a file really is: by its byte order mark, else UTF-8 if all of it is, else as stated."""

import codecs
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read.input_files import Input

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


def detect(file: Input, stated: str | None = None) -> tuple[str, str | None]:
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


def _check_utf8(file: Input) -> tuple[tuple[int, int] | None, bool]:
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


def _reads_as_chinese(file: Input) -> bool:
    """Whether a file is GB18030 by its words, too: other text of two bytes a character decodes to rare ones."""
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


def _propose(file: Input) -> str:
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
