"""Template filters: numbers, dates and names in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from directory.database.revisions import State
from directory.http.request import database
from directory.regions.chinese_names import chinese_name
from directory.web import api
from directory.web.languages import current_language, current_locale

if TYPE_CHECKING:
    from flask import Flask

# A handle may be a date: handles are in quotation marks.
_QUOTED_OR_DATE: Final = re.compile(r"“[^”]*”|(?<![\w-])(?P<date>\d{4}-\d{2}-\d{2})(?![\w-])", re.ASCII)
_CACHED: Final = 4
_CACHED_DAYS: Final = 1024
# Of CLDR's long dates the English one has the month first, as few readers outside of the United States write it.
_DATES: Final[Mapping[str, str]] = {"en": "d MMMM y", "zh": "long"}


def number(value: float) -> str:
    """Return a number with separators of thousands."""
    if isinstance(value, int):
        # The same in all our languages, at a fiftieth of the time: a page has hundreds.
        return f"{value:,}"
    return format_decimal(value, locale=current_locale())


def percent(share: float) -> str:
    """Return a share of 1 as a percentage with at most one decimal."""
    return format_percent(share, "#,##0.#%", locale=current_locale())


def day(value: str | date | None) -> str:
    """Return the date of an ISO 8601 date or time (UTC), "" for None."""
    if value is None:
        return ""
    parsed = value if isinstance(value, date) else datetime.fromisoformat(value).date()
    return _format_day(parsed, current_language().code)


def with_days(text: str) -> str:
    """Return a sentence of the API with its dates as the page writes them; what it quotes stays as it is."""
    return _QUOTED_OR_DATE.sub(lambda found: day(found["date"]) if found["date"] else found[0], text)


def instant(value: str | None) -> str:
    """Return an ISO 8601 time (UTC) to the minute, "" for None."""
    if value is None:
        return ""
    parsed = datetime.fromisoformat(value)
    return f"{day(parsed.date())} {parsed:%H:%M} UTC"


def region_name(region: Mapping[str, Any]) -> str:
    """Return the name of a region of the API for the readers of the page."""
    chinese = current_language().code == "zh" and chinese_name(region["code"], region.get("name_local"))
    return chinese or str(region["name"])


def platform_name(slug: str) -> str:
    """Return the name of a platform for the readers of the page, its slug where the registry has none."""
    return platform_names().get(slug, slug)


def platform_names() -> Mapping[str, str]:
    """Return the names of all platforms for the readers of the page, by slug."""
    names = _names(database().state, "/v1/platforms", "name_local", "zh")
    return names[current_language().code]


def platform_choices(latest: State, code: str) -> Sequence[tuple[str, str]]:
    """Return the slugs and names of all platforms for the readers of a page in a language, sorted by name."""
    names = _names(latest, "/v1/platforms", "name_local", "zh")[code]
    return sorted(names.items(), key=lambda each: each[1].casefold())


def department_type_name(slug: str) -> str:
    """Return the name of a type of department for the readers of the page."""
    types = _names(database().state, "/v1/department-types", "name_zh", "")
    return types.get(current_language().code, {}).get(slug, slug)


def department_types() -> Mapping[str, tuple[str, str]]:
    """Return the English and the Chinese name of each type of department, by slug."""
    types = _names(database().state, "/v1/department-types", "name_zh", "")
    return {slug: (name, types["zh"][slug]) for slug, name in types["en"].items()}


def language_name(tag: str) -> str:
    """Return the name of a language (RFC 5646) for the readers of the page, the tag itself where it has none."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(current_locale()) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def register(app: Flask) -> None:
    """Add the filters to the templates of an application."""
    names = (region_name, platform_name, department_type_name, language_name)
    for function in (number, percent, day, with_days, instant, *names):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals["platform_names"] = platform_names


@lru_cache(_CACHED_DAYS)
def _format_day(value: date, code: str) -> str:
    return format_date(value, _DATES[code], locale=current_locale())


@lru_cache(_CACHED)
# The revision is a part of the key: these tables change with the program, and with nothing else, but a restore.
def _names(_latest: State, path: str, chinese: str, language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names in English and in Chinese, by language and slug; a Chinese name only where it is Chinese."""
    records = api.get(path, (("limit", "1000"),))["data"]
    english = {record["slug"]: record["name"] for record in records}
    named = {
        record["slug"]: record[chinese]
        for record in records
        if record.get(chinese) and (record.get("language") or "").startswith(language)
    }
    return {"en": english, "zh": english | named}
