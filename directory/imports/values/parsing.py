"""Values of an import, read as people and spreadsheets write them; what is ambiguous is refused, never guessed."""

import re
import unicodedata
from typing import Final

from directory.imports.errors import Invalid
from directory.imports.values.invisible_characters import DIRECTIONS, find_direction, may_be_unseen, visible

# How exports write that a value is not known. Letter case counts: Nan is a province of Thailand, and NA Namibia.
NOT_KNOWN: Final = frozenset(
    {"", "null", "NULL", "Null", "none", "None", "NONE", "nan", "NaN", "n/a", "N/A", "n.a.", "N.A.", "\\N", "nil"}
    | {"undefined", "Undefined", "UNDEFINED", "NaT", "<NA>", "<null>", "(null)", "(none)", "#N/A", "#N/A N/A"}
    | {
        "-",
        "--",
        "---",
        "----",
        "—",
        "——",
        "———",
        "–",
        "―",
        "‐",
        "−",
        "－",
        "ー",
        "?",
        "??",
        "???",
        "？",
        "/",
        "//",
        "／",
        "\\",
    }
    | {
        "…",
        "...",
        "*",
        "无",
        "暂无",
        "未知",
        "不详",
        "無",
        "暫無",
        "没有",
        "无账号",
        "未开通",
        "未开设",
        "尚未开通",
        "未注册",
        "なし",
    }
    | {"未開設", "該当なし", "없음", "해당없음", "해당 없음"}
    | {"k.A.", "k. A."}
    # In other languages, and as people write it: in any letter case but mixed.
    | {
        way(word)
        for word in (
            *(
                "tbd",
                "tba",
                "tbc",
                "n.a",
                "n / a",
                "n/d",
                "n.d.",
                "s/o",
                "s/d",
                "#n/a",
                "not available",
                "not applicable",
            ),
            *(
                "no account",
                "none yet",
                "keine",
                "keiner",
                "kein",
                "kein account",
                "keine angabe",
                "k.a.",
                "k. a.",
                "entfällt",
            ),
            *("aucun", "aucune", "néant", "non applicable", "ninguno", "ninguna", "no aplica", "no tiene", "nessuno"),
            *("nessuna", "nenhum", "nenhuma", "não tem", "não possui", "geen", "n.v.t.", "ingen", "brak", "нет"),
        )
        for way in (str.lower, str.upper, str.capitalize, str.title)
    }
)
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


def text(value: object, *, longest: int = NAME_MAX, lines: bool = False) -> str | None:
    """Return a text in NFC without white space around it; None if not known.

    Inner line breaks and runs of spaces become one space unless `lines`. Characters that nobody sees are taken out.
    Raises Invalid for control characters, unless `lines` for those that turn the direction, for what is no text, and
    for more than `longest` characters.
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
        raise Invalid("too-long", f"it has {len(value):,} characters", f"shorten it to {longest:,}")
    return value


def whole(value: object) -> int | None:
    """Return a whole number from 0: 1234, 1,234, 1 234, 1.2万, 3.4k; None if not known; raise Invalid otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _bounded(value)
    if isinstance(value, float):
        # A table program's whole numbers beside empty cells come as 1234.0, and the empty cells as NaN.
        if value != value:  # noqa: PLR0124 - only NaN differs from itself
            return None
        if value.is_integer():
            return _bounded(int(value))
    written = text(value, longest=40)
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
    raise Invalid("not-a-number", "it is not a whole number of at least 0", "write the digits alone, like 60000")


def identifier(value: object) -> str | None:
    """Return a platform's user id as text; undo what spreadsheets do to long numbers, or say that it is lost.

    Raises Invalid for a number that a spreadsheet has rounded.
    """
    written = text(value, longest=200)
    if written is None:
        return None
    if written[-1].isdigit() and ROUNDED.fullmatch(written):
        raise rounded()
    return unpad(written)


def handle(value: object) -> str | None:
    """Return what stands in the handle's column, numbers as `identifier` does; raise Invalid likewise."""
    written = text(value)
    if written is None:
        return None
    # Without the sign it may be a handle.
    if "+" in written and ROUNDED.fullmatch(written):
        raise rounded()
    return unpad(written)


def unpad(written: str) -> str:
    """Return a number without what a table program puts around its digits; other texts as they are.

    That is an apostrophe before them, marks between thousands, and `.0` behind (of three zeros it may be a thousand).
    Raises Invalid where the `.0` shows that the number was held as one that is not exact.
    """
    if not written[-1].isdigit():
        return written
    grouped = _THOUSANDS.fullmatch(written)
    found = re.fullmatch(
        r"'?(\d+)([.,]0{1,2})?", re.sub(r"\D", "", grouped[1]) + (grouped[3] or "") if grouped else written
    )
    if found is None:
        return written
    if found[2] and int(found[1][:20]) >= _EXACT_MAX:
        raise rounded()
    return found[1]


def is_cut(number: str) -> bool:
    """Whether a number looks as if a spreadsheet had kept fifteen digits of it and put zeros for the others."""
    return len(number) >= 17 and number.isdecimal() and not number[15:].strip("0")  # noqa: PLR2004 - two zeros of chance


def rounded() -> Invalid:
    """Return what is wrong with an id that a spreadsheet has rounded."""
    return Invalid(
        "rounded-id",
        "a spreadsheet has rounded this id, and digits of it are lost",
        "format the column as text and export the ids again",
        is_damaged=True,
    )


def _bounded(number: int) -> int:
    if 0 <= number <= WHOLE_MAX:
        return number
    raise Invalid("out-of-range", f"it is not from 0 to {WHOLE_MAX:,}", "write the number of people or posts")


def _scale(digits: str, decimals: str, scale: int) -> int:
    return int(digits) * scale + int(decimals or "0") * scale // int("1" + "0" * len(decimals))


def _write_scalar(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = {bool: "true or false", list: "a list", dict: "an object"}.get(type(value), "no text")
        raise Invalid("wrong-type", f"it is {kind}", "give a text")
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= _EXACT_MAX:
            raise rounded()
        return str(int(value))
    return str(value)


def _show(value: str, *, lines: bool) -> str:
    """Return a text without what nobody sees; raise Invalid where it is turned, unless it has `lines`."""
    if not lines and (turned := find_direction(value)):
        place, character = turned
        message = f"{character} at place {place} turns what follows, so that it looks like another text"
        raise Invalid("direction", message, "take it out")
    return visible(value).strip(_MARKS_AROUND)


def _clean(value: str, *, lines: bool) -> str:
    value = value.strip(_MARKS_AROUND)
    if may_be_unseen(value):
        value = _show(value, lines=lines)
    value = unicodedata.normalize("NFC", value)
    forbidden = _FORBIDDEN.search(value)
    if forbidden:
        raise Invalid(
            "control-character",
            f"it has the control character U+{ord(forbidden[0]):04X} at place {forbidden.start() + 1}",
            "take it out",
            is_damaged=True,
        )
    if lines:
        return re.sub("\r\n|[\r\u0085\u2028\u2029]", "\n", value)
    # A break in the middle of a name comes from the page or the cell it was copied from.
    return re.sub(r"\s*[\r\n\u2028\u2029\u0085\t]\s*", " ", value)
