"""Values of an import as people and spreadsheets write them; what is ambiguous is refused, never guessed.

What spreadsheets, workbooks and PDFs leave in texts is undone before a value is parsed, and reported as a warning.
"""

import re
import unicodedata
from typing import Final

from directory.accounts.csv import FORMULA_STARTS
from directory.imports.errors import InvalidValue
from directory.imports.values.cell_words import NOT_KNOWN
from directory.imports.values.invisible_characters import (
    DIRECTIONS,
    UNSEEN,
    find_direction,
    has_unseen,
    may_be_unseen,
    visible,
)
from directory.text.ideographs import RADICAL_FORMS

NAME_MAX: Final = 500
TEXT_MAX: Final = 5_000
WHOLE_MAX: Final = 99_999_999_999

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MARKS_AROUND: Final = " \t\r\n\v\f\u00a0\u3000\u2028\u2029\u0085\u200e\u200f" + DIRECTIONS
# A table program's number with an exponent, which has lost digits.
ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
# An id as a number with marks between its thousands; of one mark alone it may be a decimal one.
_THOUSANDS: Final = re.compile(r"(\d{1,3}([ ,.'\u2019\u00a0\u202f])\d{3}(?:\2\d{3})+)([.,]0{1,2})?")
# Behind it not every whole number is one of a table program's: 2**53.
_EXACT_MAX: Final = 9_007_199_254_740_992
_SCALES: Final = {"k": 10**3, "m": 10**6, "b": 10**9, "千": 10**3, "万": 10**4, "w": 10**4, "萬": 10**4, "亿": 10**8}
_GROUPED: Final = re.compile(r"\d{1,3}(?:([ ,'.\u2019])\d{3})(?:\1\d{3})*")
_SCALED: Final = re.compile(r"(\d+)(?:\.(\d+))? ?([kmbw千万萬亿])\+?", re.IGNORECASE)
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


def parse_text(value: object, *, longest: int = NAME_MAX, lines: bool = False) -> str | None:
    """Return a text in NFC without white space around it; None if not known.

    Inner line breaks and runs of spaces become one space unless `lines`. Characters that nobody sees are taken out.
    Raises InvalidValue for control characters, unless `lines` for those that turn the direction, for what is no text,
    and for more than `longest` characters.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        value = _write_scalar(value)
    if not value.isascii() or not value.isprintable():
        value = _clean(value, lines=lines)
    value = value.strip()
    if "  " in value and not lines:
        value = re.sub(" {2,}", " ", value)
    if value in NOT_KNOWN:
        return None
    if len(value) > longest:
        raise InvalidValue("too-long", f"it has {len(value):,} characters", f"shorten it to {longest:,}")
    return value


def parse_count(value: object) -> int | None:
    """Return a count: 1234, 1,234, 1 234, 1.2万, 3.4k; None if not known; raise InvalidValue otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _bounded(value)
    if isinstance(value, float):
        # In a column with empty cells, pandas writes whole numbers as 1234.0, and the empty cells as NaN.
        if value != value:  # noqa: PLR0124 - only NaN differs from itself
            return None
        if value.is_integer():
            return _bounded(int(value))
    written = parse_text(value, longest=40)
    if written is None or written.casefold() in {"na", "unknown"}:
        return None
    number = unicodedata.normalize("NFKC", written).removeprefix("'")
    if number.isascii() and number.isdigit():
        return _bounded(int(number))
    scaled = _SCALED.fullmatch(number)
    if scaled:
        return _bounded(_scale(scaled[1], scaled[2] or "", _SCALES[scaled[3].lower()]))
    plain = re.fullmatch(r"(\d+)\.0+", number)
    if plain:
        return _bounded(int(plain[1]))
    grouped = _GROUPED.fullmatch(number)
    # "1.234" may be a little more than one; "1.234.567" cannot.
    if grouped and not (grouped[1] == "." and number.count(".") == 1):
        return _bounded(int(re.sub(r"\D", "", number)))
    raise InvalidValue("not-a-number", "it is not a whole number of at least 0", "write the digits alone, like 60000")


def parse_user_id(value: object) -> str | None:
    """Return a platform's user id as text; undo what spreadsheets do to long numbers, or say that it is lost.

    Raises InvalidValue for a number that a spreadsheet has rounded.
    """
    written = parse_text(value, longest=200)
    if written is None:
        return None
    if written[-1].isdigit() and ROUNDED.fullmatch(written):
        raise rounded_id_error()
    return strip_number_format(written)


def parse_handle_text(value: object) -> str | None:
    """Return what stands in the handle's column, numbers as `identifier` does; raise InvalidValue likewise."""
    written = parse_text(value)
    if written is None:
        return None
    # Without the sign it may be a handle.
    if "+" in written and ROUNDED.fullmatch(written):
        raise rounded_id_error()
    return strip_number_format(written)


def strip_number_format(written: str) -> str:
    """Return a number without what a table program puts around its digits; other texts as they are.

    That is an apostrophe before them, marks between thousands, and `.0` behind (of three zeros it may be a thousand).
    Raises InvalidValue where the `.0` shows that the number was held as one that is not exact.
    """
    if not written[-1].isdigit():
        return written
    grouped = _THOUSANDS.fullmatch(written)
    match = re.fullmatch(
        r"'?(\d+)([.,]0{1,2})?", re.sub(r"\D", "", grouped[1]) + (grouped[3] or "") if grouped else written
    )
    if match is None:
        return written
    if match[2] and int(match[1][:20]) >= _EXACT_MAX:
        raise rounded_id_error()
    return match[1]


def is_cut_off(number: str) -> bool:
    """Whether a number looks as if a spreadsheet had kept fifteen digits of it and put zeros for the others."""
    return len(number) >= 17 and number.isdecimal() and not number[15:].strip("0")  # noqa: PLR2004 - two zeros of chance


def rounded_id_error() -> InvalidValue:
    """Return what is wrong with an id that a spreadsheet has rounded."""
    return InvalidValue(
        "rounded-id",
        "a spreadsheet has rounded this id, and digits of it are lost",
        "format the column as text and export the ids again",
        is_damaged=True,
    )


def _bounded(number: int) -> int:
    if 0 <= number <= WHOLE_MAX:
        return number
    raise InvalidValue("out-of-range", f"it is not from 0 to {WHOLE_MAX:,}", "write the number of people or posts")


def _scale(digits: str, decimals: str, scale: int) -> int:
    return int(digits) * scale + int(decimals or "0") * scale // int("1" + "0" * len(decimals))


def _write_scalar(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = {bool: "true or false", list: "a list", dict: "an object"}.get(type(value), "no text")
        raise InvalidValue("wrong-type", f"it is {kind}", "give a text")
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= _EXACT_MAX:
            raise rounded_id_error()
        return str(int(value))
    return str(value)


def _show(value: str, *, lines: bool) -> str:
    """Return a text without what nobody sees; raise InvalidValue where it is turned, unless it has `lines`."""
    if not lines and (turned := find_direction(value)):
        place, character = turned
        message = f"{character} at place {place} turns what follows, so that it looks like another text"
        raise InvalidValue("direction", message, "take it out")
    return visible(value).strip(_MARKS_AROUND)


def _clean(value: str, *, lines: bool) -> str:
    value = value.strip(_MARKS_AROUND)
    if may_be_unseen(value):
        value = _show(value, lines=lines)
    value = unicodedata.normalize("NFC", value)
    forbidden = _FORBIDDEN.search(value)
    if forbidden:
        raise InvalidValue(
            "control-character",
            f"it has the control character U+{ord(forbidden[0]):04X} at place {forbidden.start() + 1}",
            "take it out",
            is_damaged=True,
        )
    if lines:
        return re.sub("\r\n|[\r\u0085\u2028\u2029]", "\n", value)
    # A break in the middle of a name comes from the page or the cell it was copied from.
    return re.sub(r"\s*[\r\n\u2028\u2029\u0085\t]\s*", " ", value)


def undo_artefacts(value: object, warnings: list[str], *, identifying: bool = False) -> object:
    """Return `value` as it was meant, texts in lists and objects too; add to `warnings` what was undone.

    `identifying` are handles, addresses and ids: they are changed only by what can be nothing else.
    """
    if isinstance(value, str):
        # Most texts are plain, and this costs a third of the rest.
        if value[:1] not in _SUSPECT and value.isascii() and "_x" not in value:
            return value
        return _undo_in_text(value, warnings, identifying=identifying)
    return [_undo_in_item(item, warnings) for item in value] if isinstance(value, list) else value


def _undo_in_item(item: object, warnings: list[str]) -> object:
    """Return an item of a list, a text or an object of texts; what is nested deeper is refused where it is read."""
    if isinstance(item, dict):
        return {key: _undo_in_item(part, warnings) for key, part in item.items() if not isinstance(part, dict)}
    return _undo_in_text(item, warnings, identifying=False) if isinstance(item, str) else item


def _undo_in_text(value: str, warnings: list[str], *, identifying: bool) -> str | None:
    if "_x" in value:
        value = _note(_decode(value, _PLAIN_ESCAPE if identifying else _ESCAPE), value, ESCAPED, warnings)
    if value[:1] in _FIRSTS or (value[:1].isspace() and value.lstrip()[:1] in _FIRSTS):
        written = value.strip()
        if _ERROR.fullmatch(written) or (not identifying and _NO_TEXT.fullmatch(written)):
            warnings.append(ERRORS)
            return None
        value = _note(_unwrap(written), written, FORMULAS, warnings)
    if value.isascii():
        return value
    if "\ufffd" in value:
        warnings.append(LOST)
    if has_unseen(value):
        warnings.append(UNSEEN)
    if _COMPATIBLE.search(value):
        value = _note(unicodedata.normalize("NFC", value).translate(_ORDINARY), value, RADICALS, warnings)
    return value


def _note(cleaned: str, value: str, kind: str, warnings: list[str]) -> str:
    if cleaned != value:
        warnings.append(kind)
    return cleaned


def _decode(value: str, escape: re.Pattern[str]) -> str:
    decoded = escape.sub(lambda match: chr(int(match[1], 16)), value)
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
