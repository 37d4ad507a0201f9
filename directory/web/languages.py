"""The languages of the pages: which one a request gets, and how texts, numbers and dates look in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import g

from directory.http.request import weighted_elements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

TRANSLATIONS: Final = Path(__file__).parent / "translations"
DEFAULT: Final = "en"
_MAX_HEADERS: Final = 256


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its code in paths, its tag (BCP 47) in HTML, its name in itself."""

    code: str
    tag: str
    name: str


LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language("en", "en", "English"),
    # The catalogue is `zh`, which Babel reads for every Chinese locale; for `zh_Hans` gettext finds none of that name.
    "zh": Language("zh", "zh-Hans", "中文"),
}
# By primary subtag of a reader's language: Mandarin, Cantonese, Wu and so on are written alike. A reader of traditional
# characters reads simplified ones more easily than English; `best_match` of werkzeug would choose English for zh-CN.
_READ_BY: Final[Mapping[str, str]] = {"en": "en"} | dict.fromkeys(
    ("zh", "cmn", "yue", "wuu", "nan", "hak", "gan", "hsn", "cjy", "lzh"), "zh"
)


@lru_cache(_MAX_HEADERS)
def choose_language(accept_language: str) -> str:
    """Return the code of the language that an Accept-Language header (RFC 9110, 12.5.4) prefers, else the default."""
    best, best_weight = DEFAULT, 0.0
    for tag, weight in weighted_elements(accept_language):
        code = _READ_BY.get(tag.partition("-")[0])
        if code is not None and weight > best_weight:
            best, best_weight = code, weight
    return best


def current_language() -> Language:
    """Return the language of the page that is rendered: of its path, else the default."""
    return LANGUAGES[g.get("language", DEFAULT)]


class LazyText:
    """A message for tables that are made once: it is translated when it is shown."""

    __slots__ = ("_message",)

    def __init__(self, message: str) -> None:
        """Remember the message."""
        self._message = message

    def __str__(self) -> str:
        """Return the message in the language of the page."""
        return gettext(self._message)


def gettext(message: str, /, **values: object) -> str:
    """Return a message in the language of the page; `%(name)s` in it stands for a value."""
    text = catalogue_of(current_language().code).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """Return a message about a number in the language of the page; `%(num)s` in it stands for the number."""
    return _plural_form(singular, plural, count) % {"num": count, **values}


def lazy_gettext(message: str) -> LazyText:
    """Return a message for tables that are made once: it is translated when it is shown."""
    return LazyText(message)


def current_locale() -> Locale:
    """Return the locale of Babel in which numbers and dates of the page are formatted."""
    return _locale(current_language().code)


def register(app: Flask) -> None:
    """Translate the templates of an application in the language of each request."""
    # Line breaks and indentation of a template are no part of a message.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    # Not by Flask-Babel 4.0: it finds the catalogue and its locale again for each message, through proxies, which took
    # more than half of the time of a page.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, _plural_form, newstyle=True
    )


def _plural_form(singular: str, plural: str, count: int) -> str:
    return catalogue_of(current_language().code).ngettext(singular, plural, count)


@cache
def catalogue_of(code: str) -> NullTranslations:
    """Return the messages of a language."""
    # Of English there is no file: the messages are its texts.
    return Translations.load(TRANSLATIONS, [code])


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)
