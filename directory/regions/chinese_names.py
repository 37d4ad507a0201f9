"""What readers of Chinese call a region."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from babel import Locale
from opencc import OpenCC

if TYPE_CHECKING:
    from collections.abc import Mapping

# The local names of these are in traditional characters, or longer in CLDR.
_NAMES: Final[Mapping[str, str]] = {"CN": "中国", "HK": "香港", "MO": "澳门", "TW": "台湾"}
# What lies in them is named as there: readers of Chinese know the names of CLDR for other countries alone.
PARTS: Final = ("CN-", "TW-")
_CACHED: Final = 64


def chinese_name(code: str, name_local: str | None) -> str | None:
    """Return the name of a region in simplified characters, None where only names in other scripts are known."""
    if name := _NAMES.get(code):
        return name
    if code.startswith(PARTS) and name_local:
        return name_local if code.startswith("CN-") else _simplified(name_local)
    # ISO 3166-1.
    return _territories().get(code) if len(code) == 2 else None  # noqa: PLR2004


@lru_cache(_CACHED)
def _simplified(name: str) -> str:
    return str(_simplifier().convert(name))


@lru_cache(1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(1)
def _territories() -> Mapping[str, str]:
    return Locale("zh").territories
