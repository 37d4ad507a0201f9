"""Look-alike keys of handles and names: what shares no key is never compared.

Recall is in the keys, precision in `directory.lookalikes.similarity`: each kind of imitation that is recognized there
leaves at least one key unchanged. Keys are stored, so a change of them needs all accounts to be indexed again.

    =form           the coarsest form: skeleton, letters for digits, doubled letters once, without official words
    x<6<bei         the first half of a handle of six letters on a platform (empty: on any), which one edit may leave
    x>6>jing        the second half
    -form           the form of Chinese, Japanese or Korean without one character
    ~form           the form of such a name on a platform where accounts are not found by name
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from directory.lookalikes.skeletons import skeleton
from directory.lookalikes.transforms import (
    domain_names,
    letters_for_digits,
    merge_close,
    split_handle,
    without_country,
    without_doubles,
    without_official_words,
)
from directory.text.normalization import compact, is_unspaced
from directory.text.pinyin import fold_syllable, readings, spellings, split_chinese, syllables_in_context

# Platforms on which people find an account by its displayed name, which is unique there.
FOUND_BY_NAME: Final = frozenset({"weibo", "wechat"})
# The platform whose handles are host names.
_DOMAIN_PLATFORM: Final = "bluesky"
# In the place of a platform.
_ANY_PLATFORM: Final = ""
# Longer handles are compared by their beginnings, so that no key is longer.
_MAX_LENGTH: Final = 80
_MIN_EDITED_LENGTH: Final = 3
_MAX_SHORTENED_LENGTH: Final = 16
_MAX_KEYS: Final = 160
_CACHED: Final = 4096
# A text, or for each of its characters the letters that it is read as.
_Word = TypeVar("_Word", str, list[str])


def look_alike_keys(platform: str, handle: str | None, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the keys under which a registered account is found by what looks like its handle.

    `platform` is a slug. `names` have all kinds of keys where accounts are found by them (Weibo, WeChat); elsewhere a
    name that is written without blanks, as in Chinese, has one. At most a few dozen keys.
    """
    keys: dict[str, None] = {}
    texts = names if platform in FOUND_BY_NAME else ()
    for text in ([handle] if handle else []) + [name for name in texts if name]:
        for plain in local_parts(platform, text):
            keys |= dict.fromkeys(_form_keys(plain))
            if _is_unspaced(plain):
                keys |= dict.fromkeys(f"-{shorter}" for shorter in _deletions(plain))
                continue
            # For queries with a platform, and for those without.
            keys |= dict.fromkeys(_halves(platform, plain, (len(plain),)))
            keys |= dict.fromkeys(_halves(_ANY_PLATFORM, plain, (len(plain),)))
    if platform == _DOMAIN_PLATFORM and handle:
        keys |= dict.fromkeys(_domain_keys(handle))
    if platform not in FOUND_BY_NAME and not all(map(str.isascii, names)):
        keys |= dict.fromkeys(f"~{form}" for name in names for form in _name_forms(name))
    return tuple(keys)[:_MAX_KEYS]


@lru_cache(maxsize=_CACHED)
def query_keys(platform: str | None, handle: str) -> tuple[str, ...]:
    """Return the keys by which to look up what a handle looks like; without a platform, on all."""
    # Coarsest forms come first: an account is compared as the kind of the first key under which it is found.
    keys = dict.fromkeys(_domain_keys(handle) if "." in handle and platform in {None, _DOMAIN_PLATFORM} else ())
    for plain in local_parts(platform or "", handle):
        keys |= dict.fromkeys(_form_keys(plain))
        if _is_unspaced(plain):
            keys[f"-{plain}"] = None
            keys |= dict.fromkeys(_edited_keys(plain))
            continue
        # Two letters swapped across the middle change both halves.
        middle = len(plain) // 2
        swapped = (_swap(plain, at) for at in (middle - 1, middle) if 0 <= at < len(plain) - 1)
        keys |= dict.fromkeys(f"={_coarsest_form(form)}" for form in swapped)
        keys |= dict.fromkeys(_halves(platform or _ANY_PLATFORM, plain, (len(plain), len(plain) - 1, len(plain) + 1)))
    return tuple(keys)[:_MAX_KEYS]


def _domain_keys(handle: str) -> Iterator[str]:
    """Yield the keys that a host name has under any ending."""
    for name in domain_names(handle[: _MAX_LENGTH * 2]):
        yield from _form_keys(compact(name[:_MAX_LENGTH]))


@lru_cache(maxsize=_CACHED)
def name_keys(name: str) -> tuple[str, ...]:
    """Return the keys by which to look up whose names a name looks like; none if it has blanks."""
    return tuple(f"{sign}{form}" for form in _name_forms(name) for sign in "~=")


def _name_forms(name: str) -> Iterable[str]:
    """Return the coarsest forms of a name that is written without blanks; none if it is not."""
    if not name or name.isascii():
        return ()
    wide = unicodedata.normalize("NFKC", name[:_MAX_LENGTH])
    # A traditional character may look like another one than the simplified one does.
    forms = dict.fromkeys((compact(wide), compact(skeleton(wide))))
    return dict.fromkeys(map(_coarsest_form, filter(_is_unspaced, forms)))


def is_coarsest_form(key: str) -> bool:
    """Whether handles that share this key have one coarsest form; with other keys they are at most one edit apart."""
    return key.startswith("=")


def local_parts(platform: str, handle: str) -> Iterator[str]:
    """Yield the folded forms of the name in a handle: as it is written, and as it looks."""
    name = split_handle(platform, handle)[0][:_MAX_LENGTH]
    wide = unicodedata.normalize("NFKC", name)
    forms = [compact(wide)]
    if not wide.isascii():
        forms.append(compact(skeleton(wide)))
    yield from dict.fromkeys(form for form in forms if form)


def _form_keys(plain: str) -> Iterator[str]:
    """Yield the keys of coarsest forms: of the text, without added words and country, and of its pinyin."""
    forms = {plain, *without_official_words(plain), *without_country(plain)}
    if not plain.isalpha() and not plain.isdecimal():
        # An official word may be disguised itself: 0fficial.
        forms.update(*map(without_official_words, letters_for_digits(plain)))
    for form in sorted(forms):
        yield f"={_coarsest_form(form)}"
        if not form.isascii():
            yield from (f"={_coarsest_form(reading)}" for reading in _pinyin(form))


def _edited_keys(plain: str) -> Iterator[str]:
    """Yield the keys of a text without each of its characters if it is short, and with each two neighbours swapped."""
    if any(map(unicodedata.combining, plain)):
        # Combining marks have a canonical order, whatever the one in which they are written.
        yield from (f"={_coarsest_form(form)}" for form in _edits(plain))
        return
    for form, letters in zip(_edits(plain), _edits([*map(_read_letter, plain)]), strict=True):
        yield f"={_merge_letters(form if form.isdecimal() else ''.join(letters))}"


def _edits(word: _Word) -> Iterator[_Word]:
    yield from _deletions(word)
    yield from (_swap(word, at) for at in range(min(len(word), _MAX_SHORTENED_LENGTH) - 1))


def _coarsest_form(plain: str) -> str:
    """Return the coarsest form of a folded text: nothing is left in it of how its letters are written."""
    # A number is not a disguised word.
    return _merge_letters(plain if plain.isdecimal() else _read_letters(plain))


def _merge_letters(letters: str) -> str:
    return without_doubles(merge_close(letters))


def _read_letters(plain: str) -> str:
    """Return a folded text with one spelling of the letters and digits that look alike."""
    return min(letters_for_digits(skeleton(plain).lower()))


_read_letter = lru_cache(maxsize=_CACHED)(_read_letters)


@lru_cache(maxsize=_CACHED)
def _pinyin(plain: str) -> tuple[str, ...]:
    """Return the pinyin of a folded text: of each character by itself, which homophones share, then of its words."""
    alone = "".join(known[0] if (known := readings(character)) else character for character in plain)
    whole = spellings(plain)
    if whole:
        return alone, whole[0].replace(" ", "")
    runs = split_chinese(plain)
    return alone, "".join(_words_pinyin(run) if is_chinese else fold_syllable(run) for run, is_chinese in runs)


@lru_cache(maxsize=_CACHED)
def _words_pinyin(run: str) -> str:
    """Return the pinyin of Chinese words. Cached, as the same few stand next to Latin letters (官方, 发布)."""
    return "".join(map(fold_syllable, syllables_in_context(run)))


def _is_unspaced(plain: str) -> bool:
    """Whether a folded text has characters of an unspaced script, in which many names share a half (发布)."""
    return not plain.isascii() and any(map(is_unspaced, plain))


def _deletions(word: _Word) -> Iterator[_Word]:
    """Yield a short text without each of its characters."""
    if _MIN_EDITED_LENGTH <= len(word) <= _MAX_SHORTENED_LENGTH:
        yield from (word[:at] + word[at + 1 :] for at in range(len(word)))


def _swap(word: _Word, at: int) -> _Word:
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def _halves(platform: str, plain: str, lengths: Iterable[int]) -> Iterator[str]:
    """Yield the keys of both halves that a word of each of the lengths has if `plain` is one edit away from it."""
    if len(plain) < _MIN_EDITED_LENGTH:
        return
    for length in lengths:
        middle = length // 2
        yield f"{platform}<{length}<{plain[:middle]}"
        yield f"{platform}>{length}>{plain[len(plain) - (length - middle) :]}"
