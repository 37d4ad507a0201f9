"""Characters that nobody sees: kept where a script or an emoji needs them, else taken out, or refused in names.

Source: Default_Ignorable_Code_Point and the bidirectional controls of Unicode (UAX 44, UAX 9), with the uses that
UAX 31 (joiners), UTS 37 and 51 (variation selectors, sequences of emoji) give some of them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# What warnings say of a row.
UNSEEN: Final = "texts with characters that nobody sees (zero-width, direction, fillers), taken without them"
# They show what follows in another order, or as if it began elsewhere (UAX 9).
DIRECTIONS: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Scripts whose letters a joiner forms: Arabic and its kin, those of India and South-East Asia, Mongolian.
_FORMED: Final = (
    "\u0600-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1bff\ua800-\ua8ff\ua980-\ua9df\uaa00-\uabff\ufb50-\ufdff"
    "\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
_IDEOGRAPHS: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_EMOJI: Final = "\u203c\u2049\u2100-\u214f\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_WITH_VARIANTS: Final = f"#*0-9\u00a9\u00ae\u1000-\u109f\u3000-\u303f\ua840-\ua877\uff00-\uff5f{_EMOJI}"
_NEEDED: Final = "|".join(
    (
        f"(?<=[{_FORMED}])[\u200c\u200d]",
        f"(?<=[{_EMOJI}\ufe0f\U000e007f])\u200d(?=[{_EMOJI}])",
        f"(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        f"(?<=[{_WITH_VARIANTS}])[\ufe00-\ufe0f]",
        "(?<=[\u1820-\u18aa])[\u180b-\u180f]",
        # The flags of England, Scotland, Wales and other parts of countries.
        "(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",
        # Old Korean syllables without a first or a middle sound.
        "(?<=[\u1100-\u115e\ua960-\ua97c])\u1160|\u115f(?=[\u1160-\u11ff])",
    )
)
_LOOK: Final = re.compile(f"[{_UNSEEN}]")
_SORT: Final = re.compile(f"(?P<needed>{_NEEDED})|[{_UNSEEN}]")
_TURN: Final = re.compile(f"[{DIRECTIONS}]")


def may_be_unseen(text: str) -> bool:
    """Whether a text has characters that nobody sees, needed or not. Most have none."""
    return _LOOK.search(text) is not None


def has_unseen(text: str) -> bool:
    """Whether a text has characters that nobody sees and no script needs."""
    return may_be_unseen(text) and visible(text) != text


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees and no script needs."""
    while _LOOK.search(text):
        shown = _SORT.sub(lambda match: match[0] if match["needed"] else "", text)
        if shown == text:
            break
        # What was needed by a character that went is not needed any more.
        text = shown
    return text


def find_direction(text: str) -> tuple[int, str] | None:
    """Return where a text is turned, counted from 1, and by what; None where it is not."""
    match = _TURN.search(text)
    if match is None:
        return None
    return match.start() + 1, f"U+{ord(match[0]):04X} ({unicodedata.name(match[0]).lower()})"
