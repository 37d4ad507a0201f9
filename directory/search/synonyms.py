"""Synonyms: other ways to write a word, a whole name, or a character of it, expanded when a query is parsed.

Nothing of this is stored, so a new synonym needs no new index. That is the difference to what is folded: a character
that is nothing but a form of another (広 of 广) is folded when it is indexed, by `directory.text.ideographs`.

- Words: abbreviations, British and American spellings, articles, "and".
- Characters that stand for each other in a name, though each is also a character of its own. 芸 in a Japanese name
  is 艺, and in a Chinese one it is not; 茅ヶ崎 is also 茅が崎, and 佐々木 佐佐木.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from directory.search import abbreviations
from directory.search.abbreviations import Words
from directory.search.parsing import AMPERSAND, ParsedQuery

# A name is the same with and without these at its beginning. No place name begins with one (as Los Angeles does).
_ARTICLES: Final = frozenset({"the", "der", "die", "das", "het", "gli"})
# Place names begin with these, so they are optional only where a whole name is compared.
_FURTHER_ARTICLES: Final = frozenset(
    ("le", "la", "les", "el", "los", "las", "il", "lo", "i", "de", "os", "o", "a", "as", "den", "det")
)
_CONJUNCTIONS: Final = frozenset({"and", "und", "et", "y", "e", "en", "og", "och"})
_FOR_AMPERSAND: Final = (("and",), ("und",), ("et",), ("y",), ("e",))
# Stop words are dropped first where a search finds nothing, and a search is never reduced to them.
_STOP_WORDS: Final = (
    _ARTICLES | _FURTHER_ARTICLES | _CONJUNCTIONS
    | {"of", "for", "in", "on", "at", "to", "by", "from", "with", "an", "s", "d", "l"}
    | {"da", "do", "das", "dos", "du", "des", "del", "della", "dei", "di", "em", "na", "no", "au", "aux", "sur"}
    | {"para", "por", "pour", "van", "von", "vom", "voor", "zu", "zur", "im", "am", "fur"}
)  # fmt: skip
# What people add to the name of an account, in a few languages: dropped next.
_ADDED: Final = {
    "account", "accounts", "compte", "conta", "cuenta", "feed", "homepage", "konto", "official", "officiel",
    "officielle", "oficial", "offiziell", "page", "profile", "real", "site", "ufficiale", "verified", "web", "website",
    "facebook", "instagram", "linkedin", "mastodon", "telegram", "threads", "tiktok", "twitter", "wechat", "weibo",
    "youtube", "官方", "官方微博", "官方微信", "官方账号", "官方帐号", "官网", "官微", "微信", "微信公众号",
    "微博", "公众号", "账号", "帐号",
    "公式", "公式あかうんと", "あかうんと", "공식", "공식계정",
}  # fmt: skip
# The British and the American ending, -isation and -ization, follow a rule, so no table lists the words.
_IZATION: Final = re.compile("([a-z]{4,})i([sz])(ations?|ational)")
# An added word is split off only if at least this many characters are left before it.
_MIN_NAMED_LENGTH: Final = 2
_MAX_NAMES: Final = 24
_MAX_ALTERNATIVES: Final = 6
# Folded: 藝 is 艺, ヶ is け, ノ is の. The groups are from OpenCC's table of Japanese new forms.
_GROUPS: Final = ("芸艺", "弁辩辨瓣", "浜滨", "欠缺", "予预豫", "糸丝", "缶罐")
_INTERCHANGED: Final = {character: group for group in _GROUPS for character in group}
# Between Chinese characters only: kana that count or join (霞ヶ関, 三か所), and "of" (井の頭, 井之頭).
_JOINING: Final = {character: group for group in ("けがか", "の之") for character in group}
_HAN: Final = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
_REPEATED: Final = "々"
_HAVE_VARIANTS: Final = frozenset((*_INTERCHANGED, *_JOINING, _REPEATED))
_MAX_VARIANTS: Final = 8


@dataclass(frozen=True, slots=True)
class SynonymUnit:
    """Typed words that stand for one thing, and the other ways to write it."""

    words: Words
    alternatives: tuple[Words, ...] = ()
    # A name without it is the same name.
    is_optional: bool = False


@lru_cache(maxsize=2_048)
def synonym_units(words: Words) -> Sequence[SynonymUnit]:
    """Return the units of a query's words, in order; the longest known run of words is one unit.

    Return nothing where no word has a synonym, which is the common case: callers then skip units altogether.
    """
    if not any(map(_is_special, words)):
        return ()
    units = [*_split_into_units(words)]
    # A query of stop words alone must match all of them.
    has_content = any(not (unit.is_optional or is_stop_word(word)) for unit in units for word in unit.words)
    return units if has_content else [SynonymUnit((word,)) for word in words]


def _split_into_units(words: Sequence[str]) -> Iterator[SynonymUnit]:
    known, longest = abbreviations.alternatives(), abbreviations.longest_runs()
    place = 0
    while place < len(words):
        word = words[place]
        size = min(longest.get(word, 1), len(words) - place)
        while size > 1 and tuple(words[place : place + size]) not in known:
            size -= 1
        run = tuple(words[place : place + size])
        is_optional = (
            len(words) > 1 and word in _ARTICLES
            if place == 0
            else place < len(words) - 1 and (word in _CONJUNCTIONS or word in _ARTICLES or word == AMPERSAND)
        )
        yield SynonymUnit(run, _alternatives(run), is_optional)
        place += size


@lru_cache(maxsize=8_192)
def _is_special(word: str) -> bool:
    """Whether a word has synonyms, is optional, or begins a run of words that has synonyms."""
    if word in _ARTICLES or word in _FURTHER_ARTICLES or word in _CONJUNCTIONS or word == AMPERSAND:
        return True
    return word in abbreviations.longest_runs() or _IZATION.fullmatch(word) is not None


@lru_cache(maxsize=8_192)
def _alternatives(run: Words) -> tuple[Words, ...]:
    if run == (AMPERSAND,):
        return _FOR_AMPERSAND
    alternatives = abbreviations.alternatives().get(run, ())
    if len(run) == 1 and (match := _IZATION.fullmatch(run[0])) is not None:
        return ((f"{match[1]}i{'z' if match[2] == 's' else 's'}{match[3]}",), *alternatives)
    return alternatives


def whole_name_variants(query: ParsedQuery) -> list[str]:
    """Return the whole query as one name, without blanks, in each way of writing it; the typed one first."""
    key = query.key
    by_words = [] if query.phrases else name_variants(query.tokens or query.words)
    has_one_spelling = key.isascii() or character_variants(key) is None
    if has_one_spelling and len(by_words) < 2:  # noqa: PLR2004 - nothing but the typed one
        return [key]
    keys = dict.fromkeys([key, *by_words])
    if has_one_spelling:
        return [*keys]
    return [*dict.fromkeys(variant for each in keys for variant in spelling_variants(each))]


def name_variants(tokens: Sequence[str]) -> list[str]:
    """Return the ways to write a whole name, without blanks; the typed one first, at most some thirty.

    `tokens` are all that was typed, with AMPERSAND. Of a name with many abbreviations the variants with the fewest
    changes are returned, and those in which every word is changed.
    """
    if not tokens:
        return []
    first = tokens[0]
    # Each beginning of a name with the number of its changes.
    variants = {"": 0}
    whole = "".join(tokens)
    # Words with digits are mostly those of a handle, before which nobody writes "the".
    if len(tokens) > 1 and first not in _ARTICLES and first.isascii() and whole.replace(AMPERSAND, "").isalpha():
        variants["the"] = 1
    units = synonym_units(tuple(tokens))
    if not units:
        return [before + whole for before in variants]
    for place, unit in enumerate(units):
        choices = [(_join(unit.words), 0), *((_join(words), 1) for words in unit.alternatives[:_MAX_ALTERNATIVES])]
        if unit.is_optional or (place == 0 and len(tokens) > 1 and first in _FURTHER_ARTICLES):
            choices.append(("", 1))
        if len(choices) == 1:
            variants = {before + choices[0][0]: changes for before, changes in variants.items()}
            continue
        longer: dict[str, int] = {}
        for (before, changes), (choice, change) in product(variants.items(), choices):
            longer.setdefault(before + choice, changes + change)
        if len(longer) > _MAX_NAMES:
            longer = dict(sorted(longer.items(), key=lambda each: each[1])[:_MAX_NAMES])
        variants = longer
    all_changed = [
        "".join(_join(unit.alternatives[0]) if unit.alternatives
                else "" if unit.is_optional and is_bare else _join(unit.words)
                for unit in units)
        for is_bare in (False, True)
    ]  # fmt: skip
    return [name for name in dict.fromkeys([*variants, *all_changed]) if name]


def _join(words: Words) -> str:
    return "".join(words).replace(AMPERSAND, "")


def is_stop_word(word: str) -> bool:
    """Whether a word identifies nothing by itself."""
    return word in _STOP_WORDS


def is_added_word(word: str) -> bool:
    """Whether a word only says that something is an account, and not whose."""
    return word in _ADDED


def split_added_word(run: str) -> str:
    """Return a run of characters with a blank before an added word at its end: 成都发布 官方微博."""
    for start in range(_MIN_NAMED_LENGTH, len(run) - 1) if run not in _ADDED else ():
        if run[start:] in _ADDED:
            return f"{run[:start]} {run[start:]}"
    return run


@lru_cache(maxsize=4_096)
def character_variants(run: str) -> tuple[str, ...] | None:
    """Return for each character of a folded run its forms, its own first; None if each has only its own."""
    # Nearly every run leaves here, without a look at each character.
    if run.isascii() or (_HAVE_VARIANTS.isdisjoint(run) and len(set(run)) == len(run)):
        return None
    forms = [_character_forms(run, place) for place in range(len(run))]
    return tuple(forms) if any(len(each) > 1 for each in forms) else None


def spelling_variants(run: str) -> list[str]:
    """Return the ways of writing a folded run, its own first; at most eight."""
    forms = character_variants(run)
    if forms is None:
        return [run]
    variants = [""]
    for each in forms:
        # The first ones are those that have most of the run's own characters.
        variants = [before + character for before, character in product(variants, each)][:_MAX_VARIANTS]
    return variants


def _character_forms(run: str, place: int) -> str:
    character = run[place]
    if character in _INTERCHANGED:
        return _own_first(character, _INTERCHANGED[character])
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
