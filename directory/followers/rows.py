"""The rows of `directory observe` and `POST /v1/observations`: what each says, in the form in which it is stored.

A count that is none (-1 where a platform hides it) is never 0: it is stored as it was stated, apart from the counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from directory.ids import explain_malformed
from directory.platforms.grammar.handles import handle_key
from directory.platforms.grammar.outcomes import NotAProfile
from directory.platforms.grammar.rows import identify

COUNTS: Final = ("followers", "following", "posts")
COLUMNS: Final = (
    "account", "platform", "handle", "platform_user_id", "url", "observed_at", "source", *COUNTS, "last_post_at",
    "verified",
)  # fmt: skip
# What `/v1/observations` has besides: lines of another registry can be sent as they are.
IGNORED: Final = frozenset({"revision", "flags", "stated"})
# More than a hundred times as many as there are people: no count, and nothing that could be added up.
COUNT_MAX: Final = 10**12
# Clocks differ: what is so little ahead of ours is not from the future.
_AHEAD: Final = timedelta(minutes=5)
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_KNOWN: Final = frozenset(COLUMNS) | IGNORED
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})
_TEXT_MAX: Final = 2048


class RowRefused(Exception):  # noqa: N818 - a verdict on a row, caught where rows are counted
    """A row cannot be recorded: the column, its value, what is wrong, and what to do."""

    def __init__(self, column: str, value: object, message: str, remedy: str) -> None:
        super().__init__(f"{column}: {message}; {remedy}")
        self.column = column
        self.value = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:_TEXT_MAX]
        self.message = message
        self.remedy = remedy


class Identity(NamedTuple):
    """How a row names its account: by id, or else by platform with handle, user id or both."""

    account_id: str
    platform: str = ""
    handle_key: str = ""
    user_id: str = ""


@dataclass(slots=True)
class ObservedRow:
    """What a row says; times are texts that PostgreSQL reads, `stated` is JSON of what is no count."""

    identity: Identity
    observed_at: str
    source: str
    # In the order of COUNTS.
    counts: list[int | None]
    last_post_at: str | None
    verified: bool | None
    stated: str | None


def parse_row(values: Mapping[str, object], default_source: str | None) -> ObservedRow:
    """Return what a row says; raise RowRefused. An empty text is as good as an absent value."""
    if not values.keys() <= _KNOWN:
        unknown = min(values.keys() - _KNOWN)
        raise RowRefused(unknown[:80], values[unknown], "there is no such column", f"known are {', '.join(COLUMNS)}")
    counts, stated = _parse_counts(values)
    last_post_at = parse_optional_time("last_post_at", values.get("last_post_at"))
    verified = parse_mark(values.get("verified"))
    if counts == [None, None, None] and last_post_at is None and verified is None and not stated:
        raise RowRefused(
            "followers", values.get("followers"), "nothing was observed",
            "give followers, following, posts, last_post_at or verified, or leave the row out: nothing is not 0",
        )  # fmt: skip
    observed_at = parse_optional_time("observed_at", values.get("observed_at"))
    if observed_at is None:
        raise RowRefused("observed_at", None, "it does not say when", "give the time with its zone")
    return ObservedRow(
        parse_identity(values), observed_at, parse_source(values.get("source") or default_source), counts,
        last_post_at, verified, json.dumps(stated) if stated else None,
    )  # fmt: skip


def parse_identity(values: Mapping[str, object]) -> Identity:
    """Return how a row names its account; raise RowRefused."""
    account = values.get("account")
    if account:
        return _identity_of_id(account if isinstance(account, str) else str(account))
    texts = [values.get(column) for column in ("platform", "handle", "url", "platform_user_id")]
    for column, text in zip(("platform", "handle", "url", "platform_user_id"), texts, strict=True):
        if text is not None and not isinstance(text, str):
            raise RowRefused(column, text, "it is no text", "write it in quotation marks")
    platform, handle, url, user_id = (text if isinstance(text, str) else None for text in texts)
    return _identify(platform, handle, url, user_id)


@lru_cache(maxsize=65_536)
def _identity_of_id(account: str) -> Identity:
    if fault := explain_malformed(account):
        raise RowRefused("account", account, fault[0].lower() + fault[1:].rstrip("."), "copy the id from the account")
    return Identity(account)


@lru_cache(maxsize=65_536)
def _identify(platform: str | None, handle: str | None, url: str | None, user_id: str | None) -> Identity:
    found = identify(platform, handle, url, user_id)
    if isinstance(found, NotAProfile):
        raise RowRefused(
            "account", url or handle or user_id or "", found.message.rstrip("."),
            "give the account's id, its platform and handle, or the URL of its profile",
        )  # fmt: skip
    key = handle_key(found.platform, found.handle) if found.handle is not None else ""
    return Identity("", found.platform, key, found.user_id or "")


def _parse_counts(values: Mapping[str, object]) -> tuple[list[int | None], dict[str, int]]:
    counts: list[int | None] = []
    stated: dict[str, int] = {}
    # What another registry was told of and is no count.
    told = values.get("stated")
    for column in COUNTS:
        value = values.get(column)
        if value is None and isinstance(told, dict):
            value = told.get(column)
        if type(value) is not int:
            value = _read_number(column, value)
        if value is not None and not 0 <= value <= COUNT_MAX:
            stated[column] = value
            value = None
        counts.append(value)
    return counts, stated


def _read_number(column: str, value: object) -> int | None:
    if value is None or value == "":
        return None
    # 1.5e6 in JSON is a whole number; bool is an int to Python.
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**18:
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(text := value.strip()):
        return int(text)
    raise RowRefused(column, value, "it is no whole number", "write it in digits alone: 1500000 for 150万 or 1.5M")


def parse_mark(value: object) -> bool | None:
    """Return the platform's mark, None if it is not known; raise RowRefused."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if not word:
        return None
    if word not in _TRUE | _FALSE:
        raise RowRefused("verified", value, "it is neither true nor false", "write true or false, or leave it empty")
    return word in _TRUE


def parse_source(value: object) -> str:
    """Return the id of a source; raise RowRefused."""
    if not value:
        raise RowRefused("source", None, "it does not say who observed it", "give a source, or --source for all rows")
    if not isinstance(value, str) or not _SOURCE.fullmatch(value):
        raise RowRefused(
            "source", value, "it is no id of a source", "use up to 63 of a-z, 0-9, dot, hyphen and underscore"
        )
    return value


def parse_optional_time(column: str, value: object) -> str | None:
    """Return a time in UTC (ISO 8601), None if there is none; a day alone is its start. Raises RowRefused."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise RowRefused(column, value, "it is no time", "write it as 2011-11-14T08:30:00+08:00")
    return _parse_time(column, value.strip(), _clock())


def _clock() -> datetime:
    """Return the latest time that is accepted, to the minute: times are parsed once for each that differs."""
    return (datetime.now(UTC) + _AHEAD).replace(second=0, microsecond=0)


# A file of daily counts has few times.
@lru_cache(maxsize=65_536)
def _parse_time(column: str, text: str, latest: datetime) -> str:
    if _DAY.fullmatch(text):
        text += "T00:00Z"
    match = _TIME.fullmatch(text)
    if match is None:
        raise RowRefused(column, text[:80], "it is no time", "write it as 2011-11-14T08:30:00+08:00, or a day alone")
    day, clock, zone = match.groups()
    if zone is None:
        raise RowRefused(
            column, text, "it has no time zone", f"write {day}T{clock}Z if it is UTC, or {day}T{clock}+08:00"
        )
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused(column, text, "there is no such time", "check day, hour and zone") from None
    if at > latest:
        raise RowRefused(column, text, "it is in the future", "give the time at which it was seen, with its zone")
    if at < _EARLIEST:
        raise RowRefused(column, text, f"it is before {_EARLIEST:%Y}", "leave the row out if the day is not known")
    return at.isoformat()
