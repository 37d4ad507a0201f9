"""Names as people type them, with platform and region in words, and the forms compared with registered names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Self

from directory.lookalikes.skeletons import fold_width, special_characters, trim
from directory.platforms.reference import PLATFORMS, find_by_folded_name, fold_name
from directory.regions.reference import regions
from directory.search.terms import MAX_NAME_LENGTH
from directory.text.normalization import compact, is_unspaced

_CACHED: Final = 16_384
# After an @ there is a handle and no name, so the sign stays.
_PUNCTUATION: Final = re.compile("(?:(?![@\u0300-\u036f\u0900-\u0e7f])[\\W_])+")
# The same of ASCII, for `str.translate`.
_ASCII_PUNCTUATION: Final = dict.fromkeys(code for code in range(0x80) if not chr(code).isalnum() and chr(code) != "@")
_BLANKS: Final = re.compile(r"\s+")
_MAX_FORMS: Final = 24
_MAX_WORDS: Final = 40
_BETWEEN: Final = re.compile(r"[\s,，、:：|;；()（）\[\]【】<>《》\"“”]+")
# Words next to a platform's name without a meaning of their own: “on Twitter”, “official account”, 官方微博.
_FILLERS: Final = frozenset(
    {"on", "at", "in", "the", "official", "account", "page", "profile", "官方", "帐号", "账号", "账户", "号"}
)
_OFFICIAL: Final = ("官方", "的")
_MAX_PLATFORM_LENGTH: Final = 3
_MAX_REGION_LENGTH: Final = 5
_MAX_CHINESE_REGION_LENGTH: Final = 12
_AT: Final = "@＠﹫"
_HAS_AT: Final = re.compile(f"[{_AT}]")
_BEFORE_AT: Final = re.compile(rf"[^\w{_AT}]*(?=[{_AT}])")
# The one platform on which people mention accounts by their displayed names.
_MENTIONS: Final = "weibo"
_HAN: Final = re.compile("[\u3400-\u9fff]")
# Kinds of Chinese regions that are left out in speech: 北京 for 北京市.
_KINDS: Final = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "区", "县")
_HANDLE: Final = re.compile(r"@?[^\s@]{1,200}")

NameRule = Literal["without_blanks", "with_blanks", "never"]
"""How a name must equal that of an account: blanks ignored, with its blanks, or never, as it is a handle."""


@dataclass(frozen=True, slots=True)
class NameForm:
    """A whole name, folded, with what the text states: a platform, and codes of regions, of which any may hold."""

    key: str
    # The name in its own characters: only letter case, width, blanks and punctuation are ignored.
    exact: str
    platform: str | None = None
    regions: frozenset[str] = frozenset()
    # As typed, and how it must equal the names of accounts.
    text: str = ""
    rule: NameRule = "without_blanks"

    @classmethod
    def of(
        cls,
        name: str,
        platform: str | None = None,
        regions: frozenset[str] = frozenset(),
        rule: NameRule = "without_blanks",
    ) -> Self:
        """Return the form of a name."""
        return cls(compact(name)[:MAX_NAME_LENGTH], without_punctuation(name), platform, regions, name, rule)

    def is_exactly_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of an account's names has the characters of this one, and not only its folding."""
        return self.find_exactly(names) is not None

    def find_exactly(self, names: Iterable[str]) -> str | None:
        """Return the first of an account's names that has the characters of this one, None where none has."""
        return next(filter(self._is_exactly, names), None) if self.rule != "never" else None

    def _is_exactly(self, name: str) -> bool:
        """Whether a name equals this one; the text may lack special characters, and may not add any."""
        typed, registered = special_characters(self.text), special_characters(name)
        if typed:
            return typed == registered and self._equals(name)
        return self._equals(name) or (bool(registered) and self._equals(unicodedata.normalize("NFKC", name)))

    def _equals(self, name: str) -> bool:
        if self.rule == "with_blanks":
            return with_punctuation(name) == with_punctuation(self.text)
        return without_punctuation(name) == self.exact

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of an account's names has the same folding."""
        return any(compact(name)[:MAX_NAME_LENGTH] == self.key for name in names)


@lru_cache(maxsize=_CACHED)
def without_punctuation(name: str) -> str:
    """Return a name without blanks and punctuation, in one letter case and width; its characters stay otherwise."""
    if name.isascii():
        return name.lower().translate(_ASCII_PUNCTUATION)
    return _PUNCTUATION.sub("", unicodedata.normalize("NFC", fold_width(name)).casefold())


@lru_cache(maxsize=_CACHED)
def with_punctuation(name: str) -> str:
    """Return a name in one letter case and width, with its blanks and the punctuation inside it."""
    plain = unicodedata.normalize("NFC", fold_width(trim(name))).casefold()
    return _BLANKS.sub(" ", plain).strip(" .,!?\"'")


@dataclass(frozen=True, slots=True)
class StatedInput:
    """What a text states besides the name: the platform (a slug), and the handle if the rest can be one."""

    rest: str
    platform: str | None = None
    handle: str | None = None

    @property
    def mention(self) -> str | None:
        """The handle after an @, None without one."""
        return self.handle[1:] if self.handle is not None and self.handle.startswith("@") else None


def parse_stated(text: str, platform: str | None) -> StatedInput:
    """Return the platform, the handle and the rest of a text without a URL."""
    words = [word for word in _BETWEEN.split(text) if word][: _MAX_WORDS + 1]
    if not 0 < len(words) <= _MAX_WORDS:
        return StatedInput("", platform)
    rest, found = (words, platform) if platform is not None else _strip_platform(words)
    plain = " ".join(rest)
    handles = list(_mentions(rest)) if _HAS_AT.search(text) else []
    if len(handles) == 1 and handles[0]:
        return StatedInput(plain, found, f"@{handles[0]}")
    return StatedInput(plain, found, plain if len(rest) == 1 and not handles and _HANDLE.fullmatch(plain) else None)


def _mentions(words: Sequence[str]) -> Iterator[str]:
    """Yield what follows each @, also with quotes or full stops before it.

    An @ with a blank after it counts at the beginning only; elsewhere it is a word of a name: “Jobs @ Town Hall”.
    """
    for place, word in enumerate(words):
        sign = _BEFORE_AT.match(word)
        if sign is None:
            continue
        handle = word[sign.end() + 1 :]
        if handle or place == 0:
            yield handle or next(iter(words[1:]), "")


def _strip_platform(words: list[str]) -> tuple[list[str], str | None]:
    """Return the words without those that name a platform at either end, and its slug."""
    if len(words) == 1:
        return _strip_attached(words[0])
    # Each is folded once: the fold of several is that of each.
    folded = [fold_name(word) for word in words]
    for count in range(min(_MAX_PLATFORM_LENGTH, len(words) - 1), 0, -1):
        for at_end in (True, False):
            platform = find_by_folded_name("".join(folded[-count:] if at_end else folded[:count]))
            if platform is None:
                continue
            named, rest = (words[-count:], words[:-count]) if at_end else (words[:count], words[count:])
            # Words that only look like a platform's name none.
            if not special_characters(" ".join(named)):
                return _strip_fillers(rest), platform.slug
    rest, slug = _strip_attached(words[-1])
    if slug is not None:
        return [*words[:-1], *_strip_fillers_wholly(rest)], slug
    rest, slug = _strip_attached(words[0])
    return ([*_strip_fillers_wholly(rest), *words[1:]], slug) if slug is not None else (words, None)


def _strip_fillers_wholly(words: list[str]) -> list[str]:
    return [word for word in words if word not in _FILLERS]


def _strip_fillers(words: list[str]) -> list[str]:
    rest = list(words)
    while len(rest) > 1 and rest[-1].lower() in _FILLERS:
        rest.pop()
    while len(rest) > 1 and rest[0].lower() in _FILLERS:
        rest.pop(0)
    return rest


@lru_cache(maxsize=1)
def _chinese_platforms() -> tuple[tuple[str, str], ...]:
    """Return the Chinese names of platforms with their slugs, the longest first."""
    named = {
        fold_name(name): platform.slug
        for platform in PLATFORMS.values()
        for name in (*platform.aliases, platform.name_local)
        if _HAN.search(name)
    }
    # One may end with another: 新浪微博 with 微博.
    return tuple(sorted(named.items(), key=lambda pair: -len(pair[0])))


def _strip_attached(word: str) -> tuple[list[str], str | None]:
    """Return a word without the Chinese name of a platform at an end, and its slug: 北京急救中心微博."""
    if not _HAN.search(word):
        return [word], None
    for name, slug in _chinese_platforms():
        rest = word.removesuffix(name) if word.endswith(name) else word.removeprefix(name)
        if rest != word and rest:
            for filler in _OFFICIAL:
                rest = rest.removesuffix(filler) or rest
            return [rest], slug
    return [word], None


def parse_names(
    stated: StatedInput, whole: str | None = None, rule: NameRule = "without_blanks"
) -> tuple[NameForm, ...]:
    """Return the names that a text may be, the likeliest first: whole, then without platform and region."""
    if stated.mention is not None:
        # A name may have an @ itself, which the registered one must then have too.
        known = (NameForm.of(whole),) if whole is not None and not _BEFORE_AT.match(stated.rest) else ()
        return (*known, *_parse_mention(stated.mention, stated.platform))
    forms: dict[NameForm, None] = {}
    if whole is not None and whole != stated.rest:
        forms[NameForm.of(whole, rule=rule)] = None
    forms[NameForm.of(stated.rest, stated.platform, rule=rule)] = None
    if whole is not None:
        for name, codes in _without_region(stated.rest):
            forms[NameForm.of(name, stated.platform, codes)] = None
    return tuple(form for form in forms if form.key)[:_MAX_FORMS]


def _parse_mention(mentioned: str, platform: str | None) -> tuple[NameForm, ...]:
    """Return the name after an @: a displayed name on Weibo, where people mention accounts so; else a handle.

    A Chinese name without a platform is such a mention too: handles are Latin nearly everywhere else.
    """
    chinese = _HAN.search(mentioned) is not None
    if platform == _MENTIONS or (platform is None and chinese):
        form = NameForm.of(
            mentioned, _MENTIONS, rule="without_blanks" if is_unspaced(compact(mentioned)) else "with_blanks"
        )
    else:
        form = NameForm.of(mentioned, platform, rule="never")
    return (form,) if form.key else ()


def _without_region(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield a name without the region at one of its ends, and, in Chinese, with its shorter or longer form."""
    words = text.split()
    is_ordinary = not special_characters(text)
    folded = [compact(word) for word in words] if len(words) > 1 else []
    for count in range(1, min(_MAX_REGION_LENGTH, len(words) - 1) + 1):
        for named, rest, key in (
            (words[:count], words[count:], folded[:count]),
            (words[-count:], words[:-count], folded[-count:]),
        ):
            codes = _regions().get("".join(key))
            if codes and (is_ordinary or not special_characters(" ".join(named))):
                yield " ".join(rest), codes
    name = without_punctuation(text)
    if is_ordinary and _HAN.match(name):
        for length in range(min(len(name) - 2, _MAX_CHINESE_REGION_LENGTH), 1, -1):
            codes = _regions().get(compact(name[:length]))
            if codes:
                yield name[length:], codes
                for other in _other_forms(name[:length]):
                    yield other + name[length:], codes


def _other_forms(name: str) -> Iterator[str]:
    short = _shorten(name)
    if short != name:
        yield short
    else:
        yield from (name + kind for kind in ("市", "省", "区", "县") if name + kind in _regions())


def _shorten(name: str) -> str:
    for kind in _KINDS:
        if name.endswith(kind) and len(name) > len(kind) + 1:
            return name.removesuffix(kind)
    return name


@lru_cache(maxsize=1)
def _regions() -> dict[str, frozenset[str]]:
    """Return the codes of regions by folded name, in every form that the shipped list or speech has."""
    found: dict[str, set[str]] = {}
    for region in regions().values():
        country = region.code if len(region.code) == 2 else None  # noqa: PLR2004 - ISO 3166-1 alpha-2
        for name in (region.name, region.name_local, country, *region.other_names):
            key = compact(name) if name else ""
            if not key:
                continue
            found.setdefault(key, set()).add(region.code)
            if _HAN.match(key):
                found.setdefault(_shorten(key), set()).add(region.code)
    return {name: frozenset(codes) for name, codes in found.items()}
