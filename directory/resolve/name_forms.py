"""A name that a text may be, in the forms in which it is held against the names of accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Self

from directory.lookalikes.skeletons import fold_width, special_characters, trim
from directory.search.terms import MAX_NAME_LENGTH
from directory.text.normalization import compact

_CACHED: Final = 16_384
# What follows an @ is no name but a handle, so the sign stays.
_PUNCTUATION: Final = re.compile("(?:(?![@\u0300-\u036f\u0900-\u0e7f])[\\W_])+")
# The same of ASCII, for `str.translate`.
_ASCII_PUNCTUATION: Final = dict.fromkeys(code for code in range(0x80) if not chr(code).isalnum() and chr(code) != "@")
_BLANKS: Final = re.compile(r"\s+")

Way = Literal["squeezed", "spelled", "never"]
"""When a name that a text may be is that of an account: blanks aside, blanks as well, or never, as it is a handle."""


@dataclass(frozen=True, slots=True)
class NameForm:
    """A whole name, folded, with what the query states of it: a platform, and codes of regions, any of which holds."""

    key: str
    # The name in its own characters: only letter case, width, blanks and punctuation are set aside.
    exact: str
    platform: str | None = None
    regions: frozenset[str] = frozenset()
    # As it was typed, and how it is held against the names of accounts.
    text: str = ""
    way: Way = "squeezed"

    @classmethod
    def of(
        cls, name: str, platform: str | None = None, regions: frozenset[str] = frozenset(), way: Way = "squeezed"
    ) -> Self:
        """Fold a name."""
        return cls(compact(name)[:MAX_NAME_LENGTH], squeeze(name), platform, regions, name, way)

    def is_exactly_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of an account's names is this one in its characters, not only folded."""
        return self.find_exactly(names) is not None

    def find_exactly(self, names: Iterable[str]) -> str | None:
        """Return the first of an account's names that is this one in its characters, None where none is."""
        return next(filter(self._is_exactly, names), None) if self.way != "never" else None

    def _is_exactly(self, name: str) -> bool:
        """Whether a name is this one; what only looks like a letter, and symbols, may be left out and not added."""
        odd, registered = special_characters(self.text), special_characters(name)
        if odd:
            return odd == registered and self._reads(name)
        return self._reads(name) or (bool(registered) and self._reads(unicodedata.normalize("NFKC", name)))

    def _reads(self, name: str) -> bool:
        if self.way == "spelled":
            return spell(name) == spell(self.text)
        return squeeze(name) == self.exact

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of an account's names is folded as this one is."""
        return any(compact(name)[:MAX_NAME_LENGTH] == self.key for name in names)


@lru_cache(maxsize=_CACHED)
def squeeze(name: str) -> str:
    """Return a name without blanks and punctuation, in one letter case and width; its characters stay what they are."""
    if name.isascii():
        return name.lower().translate(_ASCII_PUNCTUATION)
    return _PUNCTUATION.sub("", unicodedata.normalize("NFC", fold_width(name)).casefold())


@lru_cache(maxsize=_CACHED)
def spell(name: str) -> str:
    """Return a name in one letter case and width, with its blanks and the punctuation inside it."""
    plain = unicodedata.normalize("NFC", fold_width(trim(name))).casefold()
    return _BLANKS.sub(" ", plain).strip(" .,!?\"'")
