"""What spreadsheets, workbooks and PDFs leave in texts, undone before a value is read; each kind is remarked."""

import re
import unicodedata
from typing import Final

from directory.accounts.formats import FORMULA_STARTS
from directory.imports.values.invisible_characters import UNSEEN, has_unseen
from directory.text.ideographs import RADICAL_FORMS

ESCAPED: Final = "texts with a workbook's escapes (_x000D_), decoded"
RADICALS: Final = "texts with radicals or compatibility forms of Chinese characters, read as the ordinary ones"
FORMULAS: Final = 'cells written as the formula of a text (="…"), or behind an apostrophe against formulas, read as it'
ERRORS: Final = "cells with a spreadsheet's error (#REF!), formula or truth value for a value, taken as not known"
LOST: Final = "texts with U+FFFD, where an earlier program lost a character; export them again as UTF-8"

# ECMA-376 part 1, 22.9.2.19 (ST_Xstring): a code unit of UTF-16 as _xHHHH_, and _x005F_ for an underscore that
# would begin such an escape.
_ESCAPE: Final = re.compile("_x([0-9A-Fa-f]{4})_")
# In a handle and an address "_x1234_" may be meant as it stands: there only what stands in none is decoded (control
# characters and blanks), and the underscore before another escape.
_PLAIN_ESCAPE: Final = re.compile("_x(00[01][0-9A-Fa-f]|0020|007[Ff]|00[Aa]0|005[Ff](?=_x[0-9A-Fa-f]{4}_))_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Twelve characters among the compatibility ideographs are ordinary ones, without another form (U+FA0E and others).
_COMPATIBLE: Final = re.compile(
    "[\u2e81-\u2ef3\u2f00-\u2fd5\uf900-\ufa0d\ufa10\ufa12\ufa15-\ufa1e\ufa20\ufa22\ufa25\ufa26\ufa2a-\ufaff"
    "\U0002f800-\U0002fa1f]"
)
# Of the supplement NFKC knows two.
_ORDINARY: Final = str.maketrans(
    RADICAL_FORMS
    | {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in (0x2E9F, 0x2EF3, *range(0x2F00, 0x2FD6))}
)
_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"')
# Excel's errors (ERROR.TYPE, and those of its newer functions), and LibreOffice's with a number. #N/A is among the
# marks of what is not known.
_ERROR: Final = re.compile(
    r"#(?:REF|VALUE|NAME|DIV/0|NULL|NUM|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|EXTERNAL|PYTHON)[!?]|"
    # A column that was too narrow for its value.
    r"#GETTING_DATA|Err:\d{3}|#{3,}"
)
# Neither is ever a name. In a handle's place they may be one, and an address stands in =HYPERLINK("https://…").
_NO_TEXT: Final = re.compile(r"TRUE|FALSE|=[A-Z][A-Z0-9._]{0,40}\(.*\)", re.DOTALL)
_FIRSTS: Final = frozenset("#=E'TF")
_SUSPECT: Final = _FIRSTS | set(" \t\n\r\v\f\x1c\x1d\x1e\x1f")


def mend(value: object, remarks: list[str], *, identifying: bool = False) -> object:
    """Return `value` as it was meant, texts in lists and objects too; add to `remarks` what was undone.

    `identifying` are handles, addresses and ids: they are changed only by what can be nothing else.
    """
    if isinstance(value, str):
        # Most texts are plain, and this costs a third of the rest.
        if value[:1] not in _SUSPECT and value.isascii() and "_x" not in value:
            return value
        return _mend_text(value, remarks, identifying=identifying)
    return [_mend_item(item, remarks) for item in value] if isinstance(value, list) else value


def _mend_item(item: object, remarks: list[str]) -> object:
    """Return an item of a list, a text or an object of texts; what is nested deeper is refused where it is read."""
    if isinstance(item, dict):
        return {key: _mend_item(part, remarks) for key, part in item.items() if not isinstance(part, dict)}
    return _mend_text(item, remarks, identifying=False) if isinstance(item, str) else item


def _mend_text(value: str, remarks: list[str], *, identifying: bool) -> str | None:
    if "_x" in value:
        value = _note(_decode(value, _PLAIN_ESCAPE if identifying else _ESCAPE), value, ESCAPED, remarks)
    if value[:1] in _FIRSTS or (value[:1].isspace() and value.lstrip()[:1] in _FIRSTS):
        written = value.strip()
        if _ERROR.fullmatch(written) or (not identifying and _NO_TEXT.fullmatch(written)):
            remarks.append(ERRORS)
            return None
        value = _note(_unwrap(written), written, FORMULAS, remarks)
    if value.isascii():
        return value
    if "\ufffd" in value:
        remarks.append(LOST)
    if has_unseen(value):
        remarks.append(UNSEEN)
    if _COMPATIBLE.search(value):
        value = _note(unicodedata.normalize("NFC", value).translate(_ORDINARY), value, RADICALS, remarks)
    return value


def _note(mended: str, value: str, kind: str, remarks: list[str]) -> str:
    if mended != value:
        remarks.append(kind)
    return mended


def _decode(value: str, escape: re.Pattern[str]) -> str:
    decoded = escape.sub(lambda found: chr(int(found[1], 16)), value)
    if decoded is not value and _SURROGATE.search(decoded):
        # Two units that are one character; a half of one stays, and is refused as a control character.
        decoded = decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return decoded


def _unwrap(written: str) -> str:
    """Return the text of `="text"`, and of a cell that an apostrophe keeps from being taken for a formula."""
    formula = _FORMULA.fullmatch(written)
    if formula:
        return formula[1].replace('""', '"')
    return written[1:] if written[0] == "'" and written[1:2] and written[1] in FORMULA_STARTS else written
