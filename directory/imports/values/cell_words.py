"""What the words of a cell say of its row: that there is no value, that it adds others up, that there is an account."""

import re
from typing import Final

from directory.imports.values.parsing import NOT_KNOWN

_TOTALS: Final = frozenset(
    {
        "合计",
        "总计",
        "小计",
        "共计",
        "总数",
        "合計",
        "総計",
        "小計",
        "total",
        "totals",
        "grand total",
        "sum",
        "subtotal",
        "summe",
    }
    | {
        "gesamt",
        "insgesamt",
        "somme",
        "totaux",
        "totale",
        "totali",
        "somma",
        "suma",
        "totales",
        "soma",
        "totais",
        "итого",
    }
)
TOTAL_STARTS: Final = frozenset(way(word[0]) for word in _TOTALS for way in (str.upper, str.lower)) | {" "}
FLAG_WORDS: Final = frozenset(
    {
        "yes",
        "no",
        "y",
        "n",
        "true",
        "false",
        "ja",
        "nein",
        "oui",
        "non",
        "sí",
        "si",
        "sim",
        "não",
        "nao",
        "はい",
        "いいえ",
    }
    | {"是", "否", "有", "没有", "√", "×", "✓", "✔", "✗", "✘", "x", "1", "0", "na", "not applicable", "not available"}
)
_MAX_TOTAL_LENGTH: Final = 20
_DISTRICT: Final = 3
NUMBER: Final = re.compile(r"\d[\d.,]*")


def is_filled(cell: object) -> bool:
    """Whether a cell has a value: not blank, and no mark for that there is none."""
    return cell is not None and (not isinstance(cell, str) or cell.strip() not in NOT_KNOWN)


def is_short_number(value: object) -> bool:
    """Whether a value is a number as districts of parliaments have."""
    return len(text := str(value).strip()) <= _DISTRICT and text.isdecimal()


def is_number(value: object) -> bool:
    """Whether a value is none, or a number, as the sum of a column is."""
    return value is None or not isinstance(value, str) or NUMBER.fullmatch(value.strip()) is not None


def is_total(cell: str) -> bool:
    """Whether a cell says that its row adds others up."""
    return len(cell) <= _MAX_TOTAL_LENGTH and cell.strip().rstrip(":：").casefold() in _TOTALS
