"""Words of which one may be written for the other in a name, or be left out: abbreviations, articles, "and"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from directory.search import abbreviations
from directory.search.abbreviations import Words

AMPERSAND: Final = "&"
# Said at the beginning of a name or not: no name of a place is another one without it (as Los Angeles would be).
_ARTICLES: Final = frozenset({"the", "der", "die", "das", "het", "gli"})
# These begin names of places: left out only where a whole name is compared.
_FURTHER_ARTICLES: Final = frozenset(
    ("le", "la", "les", "el", "los", "las", "il", "lo", "i", "de", "os", "o", "a", "as", "den", "det")
)
_CONJUNCTIONS: Final = frozenset({"and", "und", "et", "y", "e", "en", "og", "och"})
_FOR_AMPERSAND: Final = (("and",), ("und",), ("et",), ("y",), ("e",))
# What says nothing by itself: left out first where a word is too many, and never what alone is found by.
_STOP_WORDS: Final = (
    _ARTICLES | _FURTHER_ARTICLES | _CONJUNCTIONS
    | {"of", "for", "in", "on", "at", "to", "by", "from", "with", "an", "s", "d", "l"}
    | {"da", "do", "das", "dos", "du", "des", "del", "della", "dei", "di", "em", "na", "no", "au", "aux", "sur"}
    | {"para", "por", "pour", "van", "von", "vom", "voor", "zu", "zur", "im", "am", "fur"}
)  # fmt: skip
# What people add to the name of an account, in a few languages: left out next.
_ADDED: Final = {
    "account", "accounts", "compte", "conta", "cuenta", "feed", "homepage", "konto", "official", "officiel",
    "officielle", "oficial", "offiziell", "page", "profile", "real", "site", "ufficiale", "verified", "web", "website",
    "facebook", "instagram", "linkedin", "mastodon", "telegram", "threads", "tiktok", "twitter", "wechat", "weibo",
    "youtube", "官方", "官方微博", "官方微信", "官方账号", "官方帐号", "官网", "官微", "微信", "微信公众号",
    "微博", "公众号", "账号", "帐号",
    "公式", "公式あかうんと", "あかうんと", "공식", "공식계정",
}  # fmt: skip
_IZATION: Final = re.compile("([a-z]{4,})i([sz])(ations?|ational)")
# So many characters are left before a word that is added to them.
_MIN_NAMED_LENGTH: Final = 2
_MAX_NAMES: Final = 24
_MAX_OTHERS: Final = 6


@dataclass(frozen=True, slots=True)
class Unit:
    """Words as they were typed that stand for one thing, and what else stands for it."""

    words: Words
    others: tuple[Words, ...] = ()
    # A name that lacks it is the same name.
    is_optional: bool = False


@lru_cache(maxsize=2_048)
def units(words: Words) -> Sequence[Unit]:
    """Return the units of what was typed, in order; the longest known run of words is one.

    Nothing where each word is a unit and stands for itself alone.
    """
    if not any(map(_is_special, words)):
        return ()
    found = [*_units(words)]
    # Nothing is found by words alone that say nothing.
    is_said = any(not (unit.is_optional or is_stop_word(word)) for unit in found for word in unit.words)
    return found if is_said else [Unit((word,)) for word in words]


def names(wording: Sequence[str]) -> list[str]:
    """Return the ways to write a name as a whole, without blanks; the typed one first, at most some thirty.

    `wording` is all that was typed, with AMPERSAND where it stood. Of a name with many short forms those that change
    least are given, and those in which every word is changed.
    """
    if not wording:
        return []
    first = wording[0]
    found = {"": 0}
    whole = "".join(wording)
    # Words with digits are mostly those of a handle.
    if len(wording) > 1 and first not in _ARTICLES and first.isascii() and whole.replace(AMPERSAND, "").isalpha():
        found["the"] = 1
    typed = units(tuple(wording))
    if not typed:
        return [before + whole for before in found]
    for place, unit in enumerate(typed):
        choices = [(_joined(unit.words), 0), *((_joined(other), 1) for other in unit.others[:_MAX_OTHERS])]
        if unit.is_optional or (place == 0 and len(wording) > 1 and first in _FURTHER_ARTICLES):
            choices.append(("", 1))
        if len(choices) == 1:
            found = {before + choices[0][0]: changes for before, changes in found.items()}
            continue
        longer: dict[str, int] = {}
        for (before, changes), (choice, change) in product(found.items(), choices):
            longer.setdefault(before + choice, changes + change)
        if len(longer) > _MAX_NAMES:
            longer = dict(sorted(longer.items(), key=lambda each: each[1])[:_MAX_NAMES])
        found = longer
    changed = [
        "".join(_joined(unit.others[0]) if unit.others else "" if unit.is_optional and is_bare else _joined(unit.words)
                for unit in typed)
        for is_bare in (False, True)
    ]  # fmt: skip
    return [name for name in dict.fromkeys([*found, *changed]) if name]


def _joined(words: Words) -> str:
    return "".join(words).replace(AMPERSAND, "")


def is_stop_word(word: str) -> bool:
    """Whether a word says nothing by itself."""
    return word in _STOP_WORDS


def part_added(run: str) -> str:
    """Return a run of characters with a blank before what people add to a name, where it ends in that."""
    for start in range(_MIN_NAMED_LENGTH, len(run) - 1) if run not in _ADDED else ():
        if run[start:] in _ADDED:
            return f"{run[:start]} {run[start:]}"
    return run


def is_added_word(word: str) -> bool:
    """Whether a word says of an account that it is one, and not whose."""
    return word in _ADDED


def _units(words: Sequence[str]) -> Iterator[Unit]:
    known, longest = abbreviations.others(), abbreviations.longest()
    place = 0
    while place < len(words):
        word = words[place]
        size = min(longest.get(word, 1), len(words) - place)
        while size > 1 and tuple(words[place : place + size]) not in known:
            size -= 1
        run = tuple(words[place : place + size])
        is_inner = 0 < place < len(words) - 1
        yield Unit(run, _others(run), _is_optional(word, is_first=place == 0, is_inner=is_inner, count=len(words)))
        place += size


@lru_cache(maxsize=8_192)
def _is_special(word: str) -> bool:
    """Whether a word may be written otherwise, be left out, or begin words that may."""
    if word in _ARTICLES or word in _FURTHER_ARTICLES or word in _CONJUNCTIONS or word == AMPERSAND:
        return True
    return word in abbreviations.longest() or _IZATION.fullmatch(word) is not None


@lru_cache(maxsize=8_192)
def _others(run: Words) -> tuple[Words, ...]:
    if run == (AMPERSAND,):
        return _FOR_AMPERSAND
    found = abbreviations.others().get(run, ())
    if len(run) == 1 and (told := _IZATION.fullmatch(run[0])) is not None:
        return ((f"{told[1]}i{'z' if told[2] == 's' else 's'}{told[3]}",), *found)
    return found


def _is_optional(word: str, *, is_first: bool, is_inner: bool, count: int) -> bool:
    if is_first:
        return count > 1 and word in _ARTICLES
    return is_inner and (word in _CONJUNCTIONS or word in _ARTICLES or word == AMPERSAND)
