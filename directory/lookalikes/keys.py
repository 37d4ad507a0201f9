"""Which handles look like which: the keys under which a registered handle is found, and the judgement itself.

Recall is in the keys, precision in `compare`: what shares no key is never compared, so each way of imitation that
`compare` knows must leave one key as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import RE_HANS
from pypinyin.seg.simpleseg import simple_seg

from directory.lookalikes.domain_handles import compare_domains, domain_names
from directory.lookalikes.similarity import Likeness, judge
from directory.lookalikes.skeletons import skeleton
from directory.lookalikes.transforms import (
    letters_for_digits,
    merge_close,
    without_country,
    without_doubles,
    without_official_words,
)
from directory.text.normalization import compact, is_unspaced
from directory.text.pinyin import fold_syllable, readings, spellings

__all__ = ["Likeness", "compare", "compare_names", "look_alike_keys", "may_be_disguise", "name_keys", "query_keys"]

# Platforms on which people find an account by its displayed name, which is unique there.
FOUND_BY_NAME: Final = frozenset({"weibo", "wechat"})
# The platform whose handles are host names.
_OF_DOMAINS: Final = "bluesky"
_MAY_BE_DOMAINS: Final = frozenset({None, _OF_DOMAINS})
# In the place of a platform: on any.
_ANYWHERE: Final = ""
# Longer handles are compared by their beginnings: no key is longer, and none is missed that a person could tell apart.
_MAX_LENGTH: Final = 80
_MIN_EDITED_LENGTH: Final = 3
_MAX_SHORTENED_LENGTH: Final = 16
_MAX_KEYS: Final = 160
_CACHED: Final = 4096
# A text, or its characters each as it is spelt.
_Word = TypeVar("_Word", str, list[str])


def look_alike_keys(platform: str, handle: str | None, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the keys under which a registered account is found by what looks like its handle.

    `platform` is a slug. `names` count where accounts are found by them (Weibo, WeChat); elsewhere one that is written
    without blanks, as in Chinese, has one key. At most a few dozen keys.
    """
    keys: dict[str, None] = {}
    texts = names if platform in FOUND_BY_NAME else ()
    for text in ([handle] if handle else []) + [name for name in texts if name]:
        for plain in local_parts(platform, text):
            keys |= dict.fromkeys(_class_keys(plain))
            if _is_unspaced(plain):
                keys |= dict.fromkeys(f"-{shorter}" for shorter in _shorter(plain))
                continue
            # Under its platform, and for who does not know the platform.
            keys |= dict.fromkeys(_halves(platform, plain, (len(plain),)))
            keys |= dict.fromkeys(_halves(_ANYWHERE, plain, (len(plain),)))
    if platform == _OF_DOMAINS and handle:
        keys |= dict.fromkeys(_domain_keys(handle))
    if platform not in FOUND_BY_NAME and not all(map(str.isascii, names)):
        keys |= dict.fromkeys(f"~{form}" for name in names for form in _name_forms(name))
    return tuple(keys)[:_MAX_KEYS]


@lru_cache(maxsize=_CACHED)
def query_keys(platform: str | None, handle: str) -> tuple[str, ...]:
    """Return the keys to ask for, to find what a handle looks like; without a platform, on all."""
    # First the keys that what is in disguise shares: an account is compared by the first under which it is found.
    keys = dict.fromkeys(_domain_keys(handle) if "." in handle and platform in _MAY_BE_DOMAINS else ())
    for plain in local_parts(platform or "", handle):
        keys |= dict.fromkeys(_class_keys(plain))
        if _is_unspaced(plain):
            keys[f"-{plain}"] = None
            keys |= dict.fromkeys(_edited_keys(plain))
            continue
        # Two letters exchanged across the middle leave neither half as it is.
        middle = len(plain) // 2
        exchanged = (_swap(plain, at) for at in (middle - 1, middle) if 0 <= at < len(plain) - 1)
        keys |= dict.fromkeys(f"={_normal(form)}" for form in exchanged)
        keys |= dict.fromkeys(_halves(platform or _ANYWHERE, plain, (len(plain), len(plain) - 1, len(plain) + 1)))
    return tuple(keys)[:_MAX_KEYS]


def _domain_keys(handle: str) -> Iterator[str]:
    """Return keys of a host name that it has under any ending."""
    for name in domain_names(handle[: _MAX_LENGTH * 2]):
        yield from _class_keys(compact(name[:_MAX_LENGTH]))


@lru_cache(maxsize=_CACHED)
def name_keys(name: str) -> tuple[str, ...]:
    """Return the keys to ask for, to find the accounts whose names a name looks like; none if it has blanks."""
    return tuple(f"{sign}{form}" for form in _name_forms(name) for sign in "~=")


def _name_forms(name: str) -> Iterable[str]:
    """Return the coarsest forms of a name that is written without blanks; none if it is not."""
    if not name or name.isascii():
        return ()
    wide = unicodedata.normalize("NFKC", name[:_MAX_LENGTH])
    # A traditional character may look like another one than the simplified one does.
    forms = dict.fromkeys((compact(wide), compact(skeleton(wide))))
    return dict.fromkeys(map(_normal, filter(_is_unspaced, forms)))


def may_be_disguise(key: str) -> bool:
    """Whether handles that share this key may be one in disguise: with the other keys they are an edit apart."""
    return key.startswith("=")


def compare(platform: str, given: str, registered: str, *, edit: bool = False) -> Likeness | None:
    """Say how a given handle imitates a registered one of the same platform, None if it does not.

    `edit`: look for one slip of the pen and nothing else, where it is known that there is nothing else.

    The score is 1 only for what differs in nothing; see `directory.lookalikes.similarity` for all others.
    """
    if platform == _OF_DOMAINS and (likeness := compare_domains(given, registered)) is not None:
        return likeness
    return judge(split_handle(platform, given), split_handle(platform, registered), edit=edit)


def compare_names(given: str, registered: str) -> Likeness | None:
    """Say how a name imitates that of an account, None if it does not."""
    return judge((given, ""), (registered, ""))


def local_parts(platform: str, handle: str) -> Iterator[str]:
    """Return the folded forms of what a handle is called by: as it is written, and as it looks."""
    name = split_handle(platform, handle)[0][:_MAX_LENGTH]
    wide = unicodedata.normalize("NFKC", name)
    forms = [compact(wide)]
    if not wide.isascii():
        forms.append(compact(skeleton(wide)))
    yield from dict.fromkeys(form for form in forms if form)


def split_handle(platform: str, handle: str) -> tuple[str, str]:
    """Part a handle into the name and what only says where it stands: a namespace, a Mastodon server."""
    if platform == "mastodon":
        name, _, server = handle.lstrip("@").partition("@")
        return name, server.lower()
    if platform == "bluesky" and handle.lower().endswith(".bsky.social"):
        return handle[: -len(".bsky.social")], ""
    space, slash, name = handle.partition("/")
    return (name, space) if slash else (handle.lstrip("@＠"), "")


def _class_keys(plain: str) -> Iterator[str]:
    """Give keys that all ways of writing the same share: look-alike letters, digits, added words, pinyin."""
    forms = {plain, *without_official_words(plain), *without_country(plain)}
    if not plain.isalpha() and not plain.isdecimal():
        # A word of office may be disguised itself: 0fficial.
        forms.update(*map(without_official_words, letters_for_digits(plain)))
    for form in sorted(forms):
        yield f"={_normal(form)}"
        if not form.isascii():
            yield from (f"={_normal(reading)}" for reading in _read_aloud(form))


def _edited_keys(plain: str) -> Iterator[str]:
    """Give keys of a text without each of its characters if it is short, and with each two neighbours exchanged."""
    if any(map(unicodedata.combining, plain)):
        # Marks have an order of their own, whatever the one in which they are written.
        yield from (f"={_normal(form)}" for form in _edits(plain))
        return
    for form, letters in zip(_edits(plain), _edits([*map(_read_letter, plain)]), strict=True):
        yield f"={_close_up(form if form.isdecimal() else ''.join(letters))}"


def _edits(word: _Word) -> Iterator[_Word]:
    yield from _shorter(word)
    yield from (_swap(word, at) for at in range(min(len(word), _MAX_SHORTENED_LENGTH) - 1))


def _normal(plain: str) -> str:
    """Give the coarsest form of a folded text: nothing is left in it of how its letters are written."""
    # A number is no word in disguise.
    return _close_up(plain if plain.isdecimal() else _read_letters(plain))


def _close_up(letters: str) -> str:
    return without_doubles(merge_close(letters))


def _read_letters(plain: str) -> str:
    """Give a folded text with one spelling of the letters and digits that look alike."""
    return min(letters_for_digits(skeleton(plain).lower()))


_read_letter = lru_cache(maxsize=_CACHED)(_read_letters)


@lru_cache(maxsize=_CACHED)
def _read_aloud(plain: str) -> tuple[str, ...]:
    """Give the pinyin of a folded text: each character by itself, which homophones share, then as words are read."""
    alone = "".join(told[0] if (told := readings(character)) else character for character in plain)
    known = spellings(plain)
    if known:
        return alone, known[0].replace(" ", "")
    return alone, "".join(_read_run(run) if RE_HANS.match(run) else fold_syllable(run) for run in simple_seg(plain))


@lru_cache(maxsize=_CACHED)
def _read_run(run: str) -> str:
    """Give the pinyin of Chinese characters as words are read; the same few stand beside Latin letters (官方, 发布)."""
    return "".join(map(fold_syllable, lazy_pinyin(run, style=Style.NORMAL)))


def _is_unspaced(plain: str) -> bool:
    """Tell whether a folded text has characters of a script without blanks, where half a name (发布) is common."""
    return not plain.isascii() and any(map(is_unspaced, plain))


def _shorter(word: _Word) -> Iterator[_Word]:
    """Give a short text without each of its characters."""
    if _MIN_EDITED_LENGTH <= len(word) <= _MAX_SHORTENED_LENGTH:
        yield from (word[:at] + word[at + 1 :] for at in range(len(word)))


def _swap(word: _Word, at: int) -> _Word:
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def _halves(platform: str, plain: str, lengths: Iterable[int]) -> Iterator[str]:
    """Give both halves that a word of each of the lengths has if `plain` is one edit away from it."""
    if len(plain) < _MIN_EDITED_LENGTH:
        return
    for length in lengths:
        middle = length // 2
        yield f"{platform}<{length}<{plain[:middle]}"
        yield f"{platform}>{length}>{plain[len(plain) - (length - middle) :]}"
