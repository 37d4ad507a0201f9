"""Language tags (RFC 5646): one syntax and one letter case for settings, imports and query parameters."""

from __future__ import annotations

import re
from typing import Final

# A language of ISO 639, then subtags. No singletons: private and extended tags say nothing to other users of the data.
LANGUAGE_TAG: Final = "[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"
_LANGUAGE_TAG: Final = re.compile(LANGUAGE_TAG)
_REGION_LENGTH: Final = 2
_SCRIPT_LENGTH: Final = 4


def format_language_tag(text: str) -> str:
    """Return a tag in the letter case that RFC 5646, 2.1.1 recommends (`zh-Hant-TW`); raise ValueError.

    Subtags are not looked up and stay as they are: `standardize_tag` of langcodes replaces some (`tl` by `fil`,
    `zh-yue` by `yue`), and then nobody would find a record by the tag that its source has.
    """
    if not _LANGUAGE_TAG.fullmatch(text):
        message = f"{text} is not a language tag; expected one such as en, zh or pt-BR"
        raise ValueError(message)
    language, *subtags = text.lower().split("-")
    return "-".join([language, *map(_format_subtag, subtags)])


def _format_subtag(subtag: str) -> str:
    if len(subtag) == _REGION_LENGTH:
        return subtag.upper()
    return subtag.title() if len(subtag) == _SCRIPT_LENGTH and subtag.isalpha() else subtag
