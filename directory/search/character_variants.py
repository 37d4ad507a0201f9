"""Characters that may stand for each other in a name, though each is also a character of its own.

芸 in a Japanese name is 艺, and in a Chinese one it is not; 茅ヶ崎 is also 茅が崎, and 佐々木 佐佐木. So these are kept
as they are, and where one is sought the others are sought beside it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

# All as folded: 藝 is 艺, ヶ is け, ノ is の. Japanese forms by OpenCC's table of Japanese new forms.
_GROUPS: Final = ("芸艺", "弁辩辨瓣", "浜滨", "欠缺", "予预豫", "糸丝", "缶罐")
_OTHERS: Final = {character: group for group in _GROUPS for character in group}
# Between Chinese characters: kana that count or join (霞ヶ関, 三か所), and of (井の頭, 井之頭).
_JOINING: Final = {character: group for group in ("けがか", "の之") for character in group}
_HAN: Final = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
_REPEATED: Final = "々"
_ALL: Final = frozenset((*_OTHERS, *_JOINING, _REPEATED))
_MAX: Final = 8


@lru_cache(maxsize=4_096)
def vary(run: str) -> tuple[str, ...] | None:
    """Return the characters that may stand at each place of a folded run, its own first; None if only its own."""
    # Told of nearly every run without a look at its places.
    if run.isascii() or (_ALL.isdisjoint(run) and len(set(run)) == len(run)):
        return None
    places = [_at(run, place) for place in range(len(run))]
    return tuple(places) if any(len(place) > 1 for place in places) else None


def variants(run: str) -> list[str]:
    """Return the ways of writing a folded run, its own first; at most eight."""
    places = vary(run)
    if places is None:
        return [run]
    found = [""]
    for place in places:
        # The first ones are those that have most of the run's own characters.
        found = [before + character for before, character in product(found, place)][:_MAX]
    return found


def _at(run: str, place: int) -> str:
    character = run[place]
    if character in _OTHERS:
        return _own_first(character, _OTHERS[character])
    before, after = run[max(place - 1, 0) : place], run[place + 1 : place + 2]
    if character in _JOINING and _is_han(before) and (_is_han(after) or (not after and character in "けがか")):
        return _own_first(character, _JOINING[character])
    if character == _REPEATED and _is_han(before):
        return character + before
    if character == before and _is_han(character):
        return character + _REPEATED
    return character


def _own_first(character: str, group: str) -> str:
    return character + group.replace(character, "")


def _is_han(character: str) -> bool:
    return re.fullmatch(_HAN, character) is not None
