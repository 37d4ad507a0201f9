"""Headings: which column of an import the heading of a published list stands for, in the languages of such lists.

Headings are compared without case, accents, spaces and punctuation, and without the difference of traditional and
simplified Chinese. What is not in `headings.csv` is reported, not guessed.
"""

import csv
import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from directory.imports.errors import UnreadableFile
from directory.imports.values import known_names
from directory.platforms.reference import PLATFORMS
from directory.regions.folding import fold

COLUMNS: Final = (
    *("platform", "handle", "url", "platform_user_id", "name", "name_zh", "names", "description"),
    *("department", "department_type", "department_url", "external_ids", "region", "subject", "status"),
    *("opened_on", "closed_on"),
    *("followers", "followers_at", "posts", "last_post_at", "language", "tags", "source", "source_id"),
    *("listed_from", "listed_until"),
)
IDENTIFYING: Final = frozenset({"platform", "handle", "url", "platform_user_id"})
# Columns that we add to the file of rejected rows: they need not be removed before it is imported again.
PRIVATE_PREFIX: Final = "_"
ERRORS_COLUMN: Final = "_errors"
LEVELS: Final = ("city", "county", "state", "country")
# Words in a heading of which the cells decide: a handle, or a name where they cannot be one.
_DOUBTFUL: Final = frozenset(
    {"account", "social media account", "账号", "账户", "アカウント", "compte", "konto", "cuenta", "conta", "profilo"}
    | {"perfil", "계정", "аккаунт"}
)
_SCALE: Final = re.compile(
    r"[(（\[]\s*(?:单位[:：]\s*)?(万|千|k|thousands?|in thousands|mille|tsd\.?)\s*[人个]?\s*[)）\]]", re.IGNORECASE
)
_BRACKETS: Final = re.compile(r"[(（\[【].*?[)）\]】]|[*＊]")
_SIGNS: Final = re.compile(r"[\s_\-–—./:：,，、;；'’\"“”*＊&|()（）\[\]【】]+")
_BETWEEN: Final = re.compile(r"\s*[/|／]\s*|\s+[-–—]\s+")
_COMMAS: Final = re.compile("[，；、｜,;]")
_HAN_WORDS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
_LATIN_WORDS: Final = re.compile("[A-Za-z]+")
_MAX_LENGTH: Final = 200
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LANGUAGES: Final = frozenset(
    {"en", "fr", "de", "es", "it", "pt", "zh", "ja", "ko", "nl", "ru", "ar", "cy", "ga", "gd", "eu", "ca", "gl", "lb"}
    | {"rm", "sv", "fi", "da", "el", "pl", "tr", "hi", "mi", "sr"}
)
_WORDS_OF: Final = {
    "zh": ("中文", "cn"),
    "en": ("英文", "eng"),
    "fr": ("fra", "fre"),
    "de": ("deu", "ger"),
    "es": ("spa",),
}
_LANGUAGE_WORDS: Final = {word: language for language, words in _WORDS_OF.items() for word in words}
# A platform's name of fewer letters has to be a word of its own: "x" is in many words.
_MIN_NAME_LENGTH: Final = 4
_MAX_WORDS: Final = 10
# Of a heading that is a column's name but for one letter: how alike they are, and from which length on.
_ALIKE: Final = 0.8
_MIN_TYPO_LENGTH: Final = 5


@dataclass(frozen=True, slots=True)
class PlatformHeading:
    """What a column of a platform holds: `says` is one of id, name, followers, status, opened_on, or "".

    `label` tells apart several accounts on one platform: a language or a number. `is_sure`: whether the heading means a
    platform wherever it stands.
    """

    platform: str
    says: str = ""
    label: str = ""
    is_sure: bool = True

    @property
    def language(self) -> str | None:
        """The language of the account, if the heading has one."""
        return self.label if self.label.isalpha() else None


class HeadingMeaning(NamedTuple):
    """What one heading stands for: a column in a language, an account on a platform, or nothing that is known.

    `is_sure`: whether it was stated, or is the column's own name.
    """

    column: str | None = None
    language: str | None = None
    account: PlatformHeading | None = None
    is_sure: bool = False
    is_left_out: bool = False


class Headings:
    """Which column each heading of a file stands for: by its name, or as `--column HEADING=COLUMN` says."""

    def __init__(
        self, mapping: Mapping[str, str] | None = None, *, ignore_unknown: bool = False, strict: bool = False
    ) -> None:
        """Store what headings stand for (`mapping`); raise UnreadableFile for one that stands for no known column.

        `ignore_unknown` leaves out headings that look like a typo of a column's name, which otherwise are errors; with
        `strict` every unknown heading is an error.
        """
        self._given: dict[str, HeadingMeaning] = {}
        self.ignore_unknown = ignore_unknown
        self.strict = strict
        for heading, column in (mapping or {}).items():
            self._given[normalize_heading(heading)] = self._state(heading, column)

    def _state(self, heading: str, column: str) -> HeadingMeaning:
        account = None if column in COLUMNS else find_platform_heading(column)
        if column and column not in COLUMNS and account is None:
            near = nearest(column)
            hint = f"; the nearest is {near!r}" if near else ""
            raise UnreadableFile(
                f"--column {heading}={column}: there is no column {column!r}{hint}; "
                f"the columns are {', '.join(COLUMNS)}, "
                "or the name of a platform for a column of its accounts; nothing behind = leaves the column out"
            )
        return HeadingMeaning(
            column if column in COLUMNS else None, None, account, is_sure=True, is_left_out=not column
        )

    def find(self, heading: str) -> HeadingMeaning:
        """Return what `heading` stands for: as stated, a column, an account on a platform, or a variant of a column."""
        key = normalize_heading(heading)
        given = self._given.get(key)
        if given is not None:
            return given
        if heading.strip().startswith(PRIVATE_PREFIX):
            return HeadingMeaning(is_left_out=True)
        column = find_column(heading)
        if column is not None:
            return HeadingMeaning(column, is_sure=key == normalize_heading(column))
        account = find_platform_heading(heading)
        if account is not None:
            return HeadingMeaning(account=account)
        varied = _find_variant(heading)
        if varied.column is not None:
            return varied
        account = find_platform_heading(strip_brackets(heading))
        if account is not None:
            return HeadingMeaning(account=account)
        columns = {column for part in split_bilingual(heading) if (column := find_column(part))}
        return HeadingMeaning(columns.pop()) if len(columns) == 1 else HeadingMeaning()

    def column_of(self, heading: str) -> str | None:
        """Return `find(heading).column`, and look for platforms only if it depends on them: they are 1,000 names."""
        if not (
            normalize_heading(heading) in self._given
            or find_column(heading)
            or _find_variant(heading).column
            or split_bilingual(heading)
        ):
            return None
        return self.find(heading).column

    def count_known(self, header: Iterable[str]) -> int:
        """Count the different things that headings stand for."""
        found = {meaning for meaning in map(self.find, header) if meaning.column or meaning.account}
        return len({(meaning.column, meaning.account, meaning.language) for meaning in found})


def _find_variant(heading: str) -> HeadingMeaning:
    """Return the column of a heading without brackets, without its language, or without both."""
    for variant in (strip_brackets(heading), split_language(heading)[0], split_language(strip_brackets(heading))[0]):
        column = find_column(variant) if variant != heading else None
        if column is not None:
            return HeadingMeaning(column, split_language(heading)[1])
    return HeadingMeaning()


def nearest(heading: str) -> str:
    """Return the known column that is spelt most like `heading`, "" if none is."""
    key = normalize_heading(heading)
    found = difflib.get_close_matches(key, SPELLINGS, n=1, cutoff=0.75)
    # Slips of the keyboard seldom change the first letter.
    return (find_column(found[0]) or "") if found and found[0][:1] == key[:1] else ""


def find_typo(heading: str, taken: Iterable[str | None]) -> str:
    """Return the column whose name a heading is but for one letter, "" if there is none or it is there already."""
    key = normalize_heading(heading)
    # Our own records have it, and it is no slip there.
    if heading == "sources":
        return ""
    for column in COLUMNS:
        name = normalize_heading(column)
        if column in taken or len(key) < _MIN_TYPO_LENGTH or key[0] != name[0]:
            continue
        letters, others = Counter(key), Counter(name)
        apart = sum((letters - others).values()) + sum((others - letters).values())
        if apart <= 1 and difflib.SequenceMatcher(None, key, name).ratio() >= _ALIKE:
            return column
    return ""


def explain_unknown(heading: str, near: str = "") -> str:
    """Return the message for an unknown heading: what it may have been meant for, and how to go on."""
    hint = f" (did you mean {near!r}?)" if near else ""
    return (
        f"the column {heading!r} is not known{hint}; say what it is with --column {heading!r}={near or 'COLUMN'}, "
        f"leave it out with --column {heading!r}=, rename it, or leave out all unknown ones with --ignore-unknown"
    )


@lru_cache(maxsize=4_096)
def normalize_heading(heading: str) -> str:
    """Return the form in which headings are compared: letters and digits alone, folded."""
    # 帐 is an older way to write the 账 of "account", and still common.
    return _SIGNS.sub("", fold(heading[:_MAX_LENGTH].strip("\ufeff"))).replace("帐", "账")


@lru_cache(maxsize=1_024)
def split_words(heading: str) -> tuple[str, ...]:
    """Return the words of a heading as written, folded: those of `twitterHandle` and `twitter_handle` are the same."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFKC", heading[:_MAX_LENGTH].strip("\ufeff")))
    return tuple(word for word in _SIGNS.split(fold(parted)) if word)


def _read() -> tuple[dict[str, str], dict[str, str], dict[str, str], frozenset[str]]:
    """Return columns by the headings that mean them, and by theirs levels of places, schemes of ids, and counters."""
    columns: dict[str, str] = {}
    levels: dict[str, str] = {}
    schemes: dict[str, str] = {}
    counters: set[str] = {"#", "№"}
    text = (files("directory.imports.read") / "headings.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        keys = {normalize_heading(heading) for heading in row["headings"].split("|")} - {""}
        if row["level"] == "counter":
            counters |= keys
        elif row["column"] == "external_ids" and row["level"]:
            schemes |= dict.fromkeys(keys, row["level"])
        elif row["level"]:
            levels |= dict.fromkeys(keys, row["level"])
        else:
            columns |= dict.fromkeys([normalize_heading(row["column"]), *keys], row["column"])
    return columns, levels, schemes, frozenset(counters)


def _read_platform_words() -> dict[str, frozenset[str]]:
    """Return the words next to a platform's name in a heading, by what they say of the column."""
    text = (files("directory.imports.read") / "platform_headings.csv").read_text(encoding="utf-8")
    return {
        row["meaning"]: frozenset(map(normalize_heading, row["words"].split("|")))
        for row in csv.DictReader(text.splitlines())
    }


_COLUMNS, _LEVEL_OF, _SCHEME_OF, _COUNTED = _read()
_PLATFORM_WORDS: Final = _read_platform_words()
# Names of platforms that stand above other things as well: numbers of lines, coordinates, warnings.
_NO_PLATFORM: Final = _PLATFORM_WORDS.pop("no platform")
# Names that count as a platform's only if another heading of the table is one without doubt.
_AMBIGUOUS: Final = _PLATFORM_WORDS.pop("ambiguous")
_IGNORED: Final = _PLATFORM_WORDS.pop("ignored")
# "" is a handle or URL, as the cell shows; it gives way to a word that says more.
_SAYS: Final = {
    word: "" if meaning == "handle" else meaning for meaning, words in _PLATFORM_WORDS.items() for word in words
}
_DOUBTED: Final = frozenset(map(normalize_heading, _DOUBTFUL))
SPELLINGS: Final = (*_COLUMNS, *_LEVEL_OF, *_SCHEME_OF)
# Before the scheme in the key of JSON: `external_ids.wikidata`.
_IDS_KEY: Final = re.compile(r"externalids?(?=.)")


def find_column(heading: str) -> str | None:
    """Return the column that a whole heading names, None if there is none."""
    key = normalize_heading(heading)
    return _COLUMNS.get(key) or ("region" if key in _LEVEL_OF else "external_ids" if find_scheme(heading) else None)


def find_scheme(heading: str) -> str:
    """Return the scheme of the external ids under a heading, "" if it says none."""
    key = normalize_heading(heading)
    return _SCHEME_OF.get(key) or _SCHEME_OF.get(_IDS_KEY.sub("", key, count=1), "")


def find_level(heading: str) -> str | None:
    """Return how large the places are that stand under a heading, one of LEVELS; None if it does not say."""
    return _LEVEL_OF.get(normalize_heading(heading))


def is_counter(heading: str) -> bool:
    """Whether a column has the numbers of the rows."""
    return normalize_heading(heading) in _COUNTED


def is_doubtful(heading: str) -> bool:
    """Whether a heading of handles may as well stand above displayed names."""
    return normalize_heading(heading) in _DOUBTED


def find_scale(heading: str) -> str:
    """Return the unit in which a heading says that its numbers are (万, k), "" if it says none."""
    found = _SCALE.search(heading)
    unit = found[1].lower() if found else ""
    return unit if unit in {"万", "千", ""} else "k"


def strip_brackets(heading: str) -> str:
    """Return a heading without what stands in brackets, and without asterisks."""
    return _BRACKETS.sub(" ", heading).strip()


def split_bilingual(heading: str) -> list[str]:
    """Return the parts of a heading in two languages: `Platform / Plateforme`, `单位名称 Department`."""
    parts = [part for part in _BETWEEN.split(heading) if part.strip()]
    # Full-width commas are perhaps meant between columns, and are told where they are.
    if len(parts) == 1 and not _COMMAS.search(heading) and _HAN_WORDS.search(heading) and _LATIN_WORDS.search(heading):
        parts = [" ".join(_HAN_WORDS.findall(heading)), " ".join(_LATIN_WORDS.findall(heading))]
    return parts if len(parts) > 1 else []


def split_language(heading: str) -> tuple[str, str | None]:
    """Return a heading without the language that it ends or begins with (`name_fr`, `Nom (anglais)`), and that."""
    words = split_words(heading)
    for place in (-1, 0) if len(words) > 1 else ():
        language = find_language(words[place])
        if language:
            return " ".join(words[:-1] if place else words[1:]), language
    joined = "".join(words)
    for word, language in (("中文", "zh"), ("英文", "en")):
        if joined.startswith(word) and len(joined) > len(word):
            return joined[len(word) :], language
    return heading, None


def find_language(word: str) -> str | None:
    """Return the language that a word of a heading names: a common code, or a name of four letters or more."""
    if word in _LANGUAGES:
        return word
    if word in _LANGUAGE_WORDS:
        return _LANGUAGE_WORDS[word]
    return known_names.find_language(word) if len(word) > 3 or not word.isascii() else None  # noqa: PLR2004 - a code


@cache
def _platform_names() -> tuple[tuple[str, str], ...]:
    """Return all names of platforms, the longest first, each with its slug."""
    found: dict[str, str] = {}
    for platform in PLATFORMS.values():
        for name in (platform.slug, platform.name, platform.name_local, *platform.aliases, *platform.hosts[:1]):
            found.setdefault(normalize_heading(name), platform.slug)
    return tuple(sorted(((key, slug) for key, slug in found.items() if key), key=lambda each: -len(each[0])))


@lru_cache(maxsize=4_096)
def find_platform_heading(heading: str) -> PlatformHeading | None:
    """Return what a heading that names one platform means; None for another."""
    key, words = normalize_heading(heading), split_words(heading)
    if not key or len(words) > _MAX_WORDS:
        return None
    for name, slug in _platform_names():
        if name not in key or name in _NO_PLATFORM:
            continue
        rest = _without(words, name) if name.isascii() else None
        if rest is None and (len(name) >= _MIN_NAME_LENGTH or not name.isascii()):
            before, _, after = key.partition(name)
            rest = [part for part in (before, after) if part]
        read = _read_rest(rest, slug) if rest is not None else None
        if read is not None:
            return PlatformHeading(slug, *read, is_sure=name not in _AMBIGUOUS)
    return None


def _without(words: Sequence[str], name: str) -> list[str] | None:
    """Return the words that are left of a heading without those that make a platform's name; None if none do."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            if "".join(words[start:end]) == name:
                return [*words[:start], *words[end:]]
    return None


def _read_rest(words: Iterable[str], slug: str) -> tuple[str, str] | None:
    """Return what the other words of a heading say, and which account they mean; None if one of them is strange."""
    says, label = "", ""
    for word in words:
        if word.isdecimal():
            label = word
        elif word in _SAYS:
            says = says or _SAYS[word]
        elif language := find_language(word):
            label = language.partition("-")[0]
        elif word not in _IGNORED and not _is_repeated(word, slug):
            parts = _split_joined(word)
            if parts is None:
                return None
            says = says or next((_SAYS[part] for part in parts if _SAYS.get(part)), "")
    return says, label


def _is_repeated(word: str, slug: str) -> bool:
    """Whether a word names the same platform again: `X (formerly Twitter)`."""
    return any(name == word for name, other in _platform_names() if other == slug)


def _split_joined(word: str) -> list[str] | None:
    """Return the known words of which a word without gaps consists (`accounturl`, 账号粉丝数); None if it does not."""
    for end in range(len(word) - 1, 0, -1):
        first, rest = word[:end], word[end:]
        if (first in _SAYS or first in _IGNORED) and (rest in _SAYS or rest in _IGNORED):
            return [first, rest]
    return None
