"""What a reader takes a name for whose letters only look like those of the alphabet."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from directory.lookalikes.skeletons import prototypes, skeleton
from directory.text.normalization import compact

_CACHED: Final = 4096


@lru_cache(maxsize=_CACHED)
def read_plainly(name: str) -> tuple[str, ...]:
    """Return a name, folded, with the letters of the alphabet that its others look like: what a reader takes it for."""
    if name.isascii():
        return (compact(name),)
    as_i, as_l = _plain_letters()
    wide = unicodedata.normalize("NFKC", name)
    plain = wide.translate(as_i)
    return (compact(plain),) if plain == wide else tuple(dict.fromkeys(map(compact, (plain, wide.translate(as_l)))))


@lru_cache(maxsize=1)
def _plain_letters() -> tuple[dict[int, str], dict[int, str]]:
    """Return the letters of ASCII that other letters look like; what looks like a capital I is read so, and as an l."""
    as_l = {code: skeleton(chr(code)) for code in prototypes() if code >= 0x80}  # noqa: PLR2004 - ASCII
    lowered = {code: skeleton(chr(code).lower()) for code in as_l}
    as_l = {code: plain if plain.isascii() else lowered[code] for code, plain in as_l.items()}
    as_l = {code: plain for code, plain in as_l.items() if plain.isascii()}
    return {code: "i" if plain == "l" else plain for code, plain in as_l.items()}, as_l
