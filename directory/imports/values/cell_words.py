"""Words of cells that are no values: marks for "not known", totals, and answers of yes and no."""

import re
from typing import Final

# How exports write that a value is not known. Letter case counts: Nan is a province of Thailand, and NA Namibia.
_NOT_KNOWN_EXACTLY: Final = (
    "|null|NULL|Null|none|None|NONE|nan|NaN|n/a|N/A|n.a.|N.A.|\\N|nil|undefined|Undefined|UNDEFINED|NaT|<NA>|<null>|"
    "(null)|(none)|#N/A|#N/A N/A|-|--|---|----|—|——|———|–|―|‐|−|－|ー|?|??|???|？|/|//|／|\\|…|...|*|"
    "无|暂无|未知|不详|無|暫無|没有|无账号|未开通|未开设|尚未开通|未注册|なし|未開設|"
    "該当なし|없음|해당없음|해당 없음|k.A.|k. A."
)
# In other languages, and as people write it: in any letter case but mixed.
_NOT_KNOWN_IN_WORDS: Final = (
    "tbd|tba|tbc|n.a|n / a|n/d|n.d.|s/o|s/d|#n/a|not available|not applicable|no account|none yet|"
    "keine|keiner|kein|kein account|keine angabe|k.a.|k. a.|entfällt|aucun|aucune|néant|non applicable|"
    "ninguno|ninguna|no aplica|no tiene|nessuno|nessuna|nenhum|nenhuma|não tem|não possui|geen|n.v.t.|ingen|brak|нет"
)
NOT_KNOWN: Final = frozenset(_NOT_KNOWN_EXACTLY.split("|")) | {
    spelling(word)
    for word in _NOT_KNOWN_IN_WORDS.split("|")
    for spelling in (str.lower, str.upper, str.capitalize, str.title)
}
_TOTAL_WORDS: Final = (
    "合计|总计|小计|共计|总数|合計|総計|小計|total|totals|grand total|sum|subtotal|summe|gesamt|insgesamt|somme|totaux|"
    "totale|totali|somma|suma|totales|soma|totais|итого"
)
_TOTALS: Final = frozenset(_TOTAL_WORDS.split("|"))
TOTAL_STARTS: Final = frozenset(way(word[0]) for word in _TOTALS for way in (str.upper, str.lower)) | {" "}
_YES_AND_NO: Final = (
    "yes|no|y|n|true|false|ja|nein|oui|non|sí|si|sim|não|nao|はい|いいえ|是|否|有|没有|√|×|✓|✔|✗|✘|x|1|0|na|"
    "not applicable|not available"
)
FLAG_WORDS: Final = frozenset(_YES_AND_NO.split("|"))
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
