"""In which encoding a file really is: by its byte order mark, else UTF-8 if all of it is, else as stated."""

import codecs
from typing import Final

from directory.imports.faults import UnreadableFile
from directory.imports.inputs import Input

_MARKS: Final = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What to propose for bytes that are not UTF-8, the stricter first: the last one takes nearly everything.
_LIKELY: Final = ("gb18030", "windows-1252")
_BLOCK: Final = 1024 * 1024


def detect(file: Input, stated: str | None = None) -> tuple[str, str | None]:
    """Give the encoding of `file`, and a note where it is another than `stated`.

    A file that is UTF-8 from end to end is taken as such, whatever was stated: text in another encoding
    that happens to be valid UTF-8 does not occur. Raises UnreadableFile, which proposes an encoding, else.
    """
    if stated is not None:
        try:
            stated = codecs.lookup(stated).name
        except LookupError:
            raise UnreadableFile(
                f"--encoding {stated}: there is no such encoding; try gb18030 or windows-1252"
            ) from None
    with file.open() as content:
        start = content.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, None
    if stated and stated.startswith(("utf-16", "utf-32")):
        return stated, None
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
    line, byte = wrong_at
    raise UnreadableFile(
        f"{file.name}, line {line}: the byte 0x{byte:02X} is not UTF-8; save the file as UTF-8, "
        f"or say what it is: --encoding {_propose(file)}"
    )


def _check_utf8(file: Input) -> tuple[tuple[int, int] | None, bool]:
    """Give line and value of the first byte that is not UTF-8, None if there is none; and whether all is ASCII."""
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
