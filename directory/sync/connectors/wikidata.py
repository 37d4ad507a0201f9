"""Public bodies with accounts on Wikidata, by SPARQL on the Wikidata Query Service or on QLever.

One query for a country and a group of classes, in pages ordered by body: a query for each body would be 20,000. The
queries use no label service, name every prefix, and compare dates in Python, so all engines answer them alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, Final

from directory.regions.reference import regions
from directory.sync.connector import Connector, Row
from directory.sync.connectors.wikidata_queries import accounts_query, followers_query
from directory.sync.errors import SettingsError
from directory.sync.session import Session

_ACCEPT: Final = "application/sparql-results+json"
_PAGE_ROWS: Final = 5_000
# A query names no more classes, or it takes more than the minute that the service allows.
_CLASSES_MAX: Final = 20
_ENTITY: Final = "http://www.wikidata.org/entity/"

# Classes with their department type, subclasses included; the first one that a body has counts. None: by its name.
CLASSES: Final[dict[str, str | None]] = {
    "Q41487": "judiciary",  # court
    "Q35749": "legislature",  # parliament
    "Q11204": "legislature",  # legislature
    "Q732717": "police",  # law enforcement agency
    "Q15284": "local-government",  # municipality
    "Q1093829": "local-government",  # city of the United States
    "Q47168": "local-government",  # county of the United States
    "Q35657": "local-government",  # state of the United States
    "Q192350": None,  # ministry
    "Q327333": None,  # government agency
    "Q7188": "executive",  # government
    "Q2659904": None,  # government organization
}
# The state that runs them is their operator (P137); they lie in another.
MISSIONS: Final[dict[str, str | None]] = {
    "Q3917681": "diplomatic",  # embassy
    "Q372690": "diplomatic",  # consulate general
}
# Of a country with one main language: that of the body's own name.
_LANGUAGES: Final = {
    "AR": "es", "AT": "de", "BG": "bg", "BR": "pt", "CL": "es", "CN": "zh", "CO": "es", "CZ": "cs", "DE": "de",
    "DK": "da", "EE": "et", "EG": "ar", "ES": "es", "FI": "fi", "FR": "fr", "GR": "el", "HK": "zh", "HR": "hr",
    "HU": "hu", "ID": "id", "IL": "he", "IR": "fa", "IS": "is", "IT": "it", "JP": "ja", "KR": "ko", "LT": "lt",
    "LV": "lv", "MO": "zh", "MX": "es", "NL": "nl", "NO": "nb", "PE": "es", "PL": "pl", "PT": "pt", "RO": "ro",
    "RS": "sr", "RU": "ru", "SA": "ar", "SE": "sv", "SI": "sl", "SK": "sk", "TH": "th", "TR": "tr", "TW": "zh",
    "UA": "uk", "VN": "vi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Property:
    """A property that names accounts of a platform: by handle, or by a URL that ends in its value."""

    platform: str
    url: str | None = None


# P6634 (a person's page on LinkedIn) is left out. P11245 is the handle of a channel that P2397 usually names.
_PROPERTIES: Final = {
    "P2002": _Property("x"),
    "P2013": _Property("facebook", "https://www.facebook.com/"),
    "P4003": _Property("facebook", "https://www.facebook.com/"),
    "P2397": _Property("youtube", "https://www.youtube.com/channel/"),
    "P11245": _Property("youtube"),
    "P2003": _Property("instagram"),
    "P7085": _Property("tiktok"),
    "P11892": _Property("threads"),
    "P4264": _Property("linkedin", "https://www.linkedin.com/company/"),
    "P12361": _Property("bluesky"),
    "P4033": _Property("mastodon"),
    "P3579": _Property("weibo", "https://weibo.com/"),
    "P7650": _Property("wechat"),
    "P3789": _Property("telegram", "https://t.me/"),
    "P3185": _Property("vk", "https://vk.com/"),
    "P5163": _Property("odnoklassniki", "https://ok.ru/"),
    "P3267": _Property("flickr", "https://www.flickr.com/photos/"),
    "P2037": _Property("github", "https://github.com/"),
    "P4015": _Property("vimeo", "https://vimeo.com/"),
    "P3836": _Property("pinterest", "https://www.pinterest.com/"),
    "P3040": _Property("soundcloud", "https://soundcloud.com/"),
    "P10152": _Property("rutube", "https://rutube.ru/channel/"),
}

Binding = dict[str, Any]


def read(session: Session) -> Iterator[Row]:
    """Yield the accounts of all bodies, and their dated follower counts."""
    countries = _countries(session)
    classes = _classes(session)
    groups = [("P17", dict(chunk)) for chunk in _chunks(list(classes.items()))]
    if "classes" not in session.options:
        groups.append(("P137", MISSIONS))
    # A body may have several countries, and classes of several groups: the first one counts.
    seen: set[str] = set()
    for country in countries:
        for link, kinds in groups:
            found: dict[str, list[Row]] = {}
            for body, bindings in _bodies(session, country, link, kinds):
                if body not in seen:
                    seen.add(body)
                    found[body] = list(_accounts(body, country, kinds, bindings))
                    yield from found[body]
            if found and session.options.get("followers", True):
                yield from _followers(session, country, link, kinds, found)


def _countries(session: Session) -> list[str]:
    chosen = session.options.get("countries") or sorted(code for code in regions() if re.fullmatch("[A-Z]{2}", code))
    if not isinstance(chosen, list) or not all(re.fullmatch("[A-Z]{2}", str(code)) for code in chosen):
        raise SettingsError("[wikidata] countries is no list of ISO 3166-1 codes")
    return [str(code) for code in chosen]


def _classes(session: Session) -> dict[str, str | None]:
    chosen = session.options.get("classes", CLASSES)
    if not isinstance(chosen, dict) or not all(re.fullmatch(r"Q[1-9]\d*", str(each)) for each in chosen):
        raise SettingsError('[wikidata] classes is no table of items with department types: { Q192350 = "executive" }')
    return {name: str(kind) if kind else None for name, kind in chosen.items()}


def _chunks(classes: Sequence[tuple[str, str | None]]) -> Iterator[Sequence[tuple[str, str | None]]]:
    for start in range(0, len(classes), _CLASSES_MAX):
        yield classes[start : start + _CLASSES_MAX]


def _bodies(
    session: Session, country: str, link: str, kinds: dict[str, str | None]
) -> Iterator[tuple[str, list[Binding]]]:
    """Yield each body with its bindings.

    Each page begins with the last body of the one before it, which a page's end may have cut: some servers send fewer
    rows than LIMIT asks for, with status 200. The last page has that body alone.
    """
    start = ""
    while True:
        query = accounts_query(country, link, list(kinds), _LANGUAGES.get(country), _PROPERTIES, start, _PAGE_ROWS)
        bindings = _select(session, query)
        pages = [(body, list(rows)) for body, rows in groupby(bindings, key=lambda row: str(row["body"]["value"]))]
        if len(pages) <= 1:
            if len(bindings) >= _PAGE_ROWS:
                raise ValueError(f"{pages[0][0]} has more rows than a page")
            yield from pages
            return
        yield from pages[:-1]
        if pages[-1][0] <= start:
            raise ValueError("a page does not follow the one before it")
        start = pages[-1][0]


def _select(session: Session, query: str) -> list[Binding]:
    response = session.json(session.url, form={"query": query}, accept=_ACCEPT)
    bindings: list[Binding] = response["results"]["bindings"]
    return bindings


def _accounts(body: str, country: str, kinds: dict[str, str | None], bindings: list[Binding]) -> Iterator[Row]:
    """Yield the accounts of one body: current statements, each once, and those that ended on a known day."""
    about = _describe(body, country, kinds, bindings)
    rows = {
        (_value(row, "property").removeprefix(_ENTITY), _value(row, "value").strip()): row
        for row in sorted(bindings, key=_is_current)
    }
    statements = {key: row for key, row in rows.items() if _is_current(row)}
    channels = [value for name, value in statements if name == "P2397"]
    handles = [value for name, value in statements if name == "P11245"]
    named: set[tuple[str, str]] = set()
    for (name, value), row in statements.items():
        account = _PROPERTIES.get(name)
        # Two properties may name one page (P2013 and P4003).
        if account is None or not value or (name == "P11245" and channels) or (account.platform, value) in named:
            continue
        named.add((account.platform, value))
        identity: Row = {"url": account.url + value} if account.url else {"handle": value}
        if name == "P11245":
            identity = {"handle": f"@{value.removeprefix('@')}"}
        if name == "P2397" and len(channels) == len(handles) == 1:
            identity = {"handle": f"@{handles[0].removeprefix('@')}", "platform_user_id": value}
        elif name == "P2002" and "number" in row:
            identity["platform_user_id"] = _value(row, "number")
        yield {"platform": account.platform, **identity, **about, **_dates(row)}
    for (name, value), row in rows.items():
        account, dates = _PROPERTIES.get(name), _dates(row)
        if account is None or not value or "listed_until" not in dates or (account.platform, value) in named:
            continue
        named.add((account.platform, value))
        identity = {"url": account.url + value} if account.url else {"handle": value}
        yield {"platform": account.platform, **identity, **about, **dates}


def _describe(body: str, country: str, kinds: dict[str, str | None], bindings: list[Binding]) -> Row:
    classes = {_value(row, "kind").removeprefix(_ENTITY) for row in bindings}
    kind = next((kind for name, kind in kinds.items() if name in classes), None)
    name, own = _least(bindings, "name"), _least(bindings, "own")
    # Of several places the one whose code is the longest is the closest.
    places = [code for row in bindings if (code := _value(row, "place")).startswith(f"{country}-")]
    end = _least(bindings, "end")[:10]
    about: Row = {
        "source_id": body.removeprefix(_ENTITY),
        "name": name or own or None,
        "department": name or own or None,
        "department_type": kind,
        "department_url": _least(bindings, "site") or None,
        "external_ids": [f"wikidata:{body.removeprefix(_ENTITY)}"],
        "region": max(places, key=lambda code: (len(code), code), default=country),
        "subject": "body",
    }
    if own and own != name:
        language = _LANGUAGES[country]
        about |= {"name_zh": own} if language == "zh" else {"names": [{"name": own, "language": language}]}
    if end and end <= datetime.now(UTC).date().isoformat():
        about |= {"status": "closed", "closed_on": end}
    return {key: value for key, value in about.items() if value is not None}


def _is_current(row: Binding) -> bool:
    """Whether a statement holds: it is not deprecated and has no end in the past."""
    if _value(row, "rank").endswith("DeprecatedRank"):
        return False
    until = row.get("until")
    # "Unknown value" is a blank node, or an IRI that stands for one: it ended, nobody knows when.
    return until is None or (
        until["type"] in {"literal", "typed-literal"} and until["value"][:10] > datetime.now(UTC).date().isoformat()
    )


def _dates(row: Binding) -> Row:
    """Return since when and until when a statement holds, as days that have come; deprecated ones never held."""
    if _value(row, "rank").endswith("DeprecatedRank"):
        return {}
    since, until = (_day(row, name) for name in ("since", "until"))
    if since and until and since > until:
        since = None
    return {key: value for key, value in (("listed_from", since), ("listed_until", until)) if value}


def _day(row: Binding, variable: str) -> str | None:
    """Return a day that has come, None for another one, and for a value that nobody knows."""
    try:
        day = date.fromisoformat(_value(row, variable)[:10])
    except ValueError:
        return None
    return day.isoformat() if day <= datetime.now(UTC).date() else None


def _followers(
    session: Session, country: str, link: str, kinds: dict[str, str | None], found: dict[str, list[Row]]
) -> Iterator[Row]:
    """Yield accounts with follower counts of one time each; a qualifier says which account of the body is counted."""
    by_id = {
        (body, str(row.get("platform_user_id") or str(row.get("url", "")).rpartition("/")[2])): row
        for body, rows in found.items()
        for row in rows
        if "listed_until" not in row
    }
    start = ""
    while bindings := _select(session, followers_query(country, link, list(kinds), start, _PAGE_ROWS)):
        for row in bindings:
            body, user_id = _value(row, "body"), _value(row, "number") or _value(row, "channel")
            account = by_id.get((body, user_id))
            count, at = _value(row, "count"), _value(row, "at")[:10]
            if account is not None and re.fullmatch(r"\+?\d+(\.0+)?", count) and re.fullmatch(r"\d{4}-\d\d-\d\d", at):
                yield {**account, "followers": int(count.lstrip("+").partition(".")[0]), "followers_at": at}
        last = _value(bindings[-1], "statement")
        if last <= start:
            raise ValueError("a page does not follow the one before it")
        start = last


def _least(bindings: list[Binding], variable: str) -> str:
    """Return the first of the values in their order, so that it does not depend on that of the rows."""
    return min((value for row in bindings if (value := _value(row, variable))), default="")


def _value(row: Binding, variable: str) -> str:
    return str(row[variable]["value"]) if variable in row else ""


CONNECTOR: Final = Connector(
    name="wikidata",
    title="Public bodies with accounts on Wikidata",
    publisher="Wikidata contributors",
    licence="CC0-1.0",
    url="https://query.wikidata.org/sparql",
    read=read,
    expected=19_000,
    options=frozenset({"countries", "classes", "followers"}),
    needs_contact=True,
    observes=True,
    # The service allows a client 60 seconds of processing a minute.
    seconds_between_requests=2.0,
)
