"""What a probe of an account finds, and what proves that an account is official."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

import can_ada

from directory.departments.government_domains import is_government_domain
from directory.probe.asking import NoAnswerError

# `reassigned`: another account has the handle. `unclear`: the answer says neither that it is there nor that it is not.
Outcome: TypeAlias = Literal[
    "present", "renamed", "reassigned", "moved", "suspended", "gone", "unclear", "refused", "unreachable"
]
UNANSWERED: Final = frozenset({"unclear", "refused", "unreachable"})
# Outcomes that a report names one by one.
NOTABLE: Final = frozenset({"renamed", "reassigned", "moved", "suspended", "gone"})
# Methods of verification, each with the verifier behind it: `bluesky-domain:cdc.gov`.
MASTODON_LINK: Final = "mastodon-link"
BLUESKY_DOMAIN: Final = "bluesky-domain"
BLUESKY_VERIFIER: Final = "bluesky-verifier"
# The largest number that JSON has in every language.
_COUNT_MAX: Final = 2**53 - 1
# No platform is older.
_YEAR_MIN: Final = 1995
_HOST: Final = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account to ask for; `website` is that of its department.

    `seen_id` is the user id that an earlier answer showed for its handle.
    """

    id: str
    platform: str
    handle: str | None
    platform_user_id: str | None
    url: str | None
    website: str | None
    seen_id: str | None = None

    @property
    def known_id(self) -> str | None:
        """Return the user id that it has: as sources state it, else as it was seen."""
        return self.platform_user_id or self.seen_id


@dataclass(frozen=True, slots=True)
class Verification:
    """A proof that the platform shows: how, by whom, and since when."""

    method: str
    verifier: str
    at: datetime

    def __str__(self) -> str:
        """Return method and verifier as a record has them."""
        return f"{self.method}:{self.verifier}"


@dataclass(slots=True, kw_only=True)
class Result:
    """What was found of an account; `evidence` is what the platform said, as plain values for JSON.

    `found_handle` is the handle that the account has now, where it is another one.
    """

    account: Account
    method: str
    asked_at: datetime
    outcome: Outcome
    evidence: dict[str, object] = field(default_factory=dict)
    found_handle: str | None = None
    followers: int | None = None
    posts: int | None = None
    last_post_at: datetime | None = None
    is_locked: bool | None = None
    verification: Verification | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the platform said anything about the account."""
        return self.outcome not in UNANSWERED

    def __str__(self) -> str:
        """Return the result as a line of a report."""
        account = self.account
        where = account.url or f"{account.platform}/{account.handle or account.platform_user_id}"
        details = [str(self.evidence[key]) for key in ("message", "moved_to") if key in self.evidence]
        now = f"now {self.found_handle}" if self.found_handle else ""
        return ", ".join(part for part in (f"{where} (account {account.id}): {self.outcome}", now, *details) if part)


def unanswered(account: Account, method: str, error: NoAnswerError) -> Result:
    """Return the result of an account whose server gave no answer: it says nothing about the account."""
    return Result(
        account=account,
        method=method,
        asked_at=datetime.now(UTC),
        outcome=error.outcome,
        evidence={"message": str(error)[:500]},
    )


def is_official_site(host: str, website: str | None, path: str | None = None) -> bool:
    """Whether a host is on a domain of a government, or that of the department's website or below it.

    `path` is that of a page, None if the host itself is meant. Of a website that is a folder of its host, such as
    `https://sites.google.com/view/town`, the host may be many others' too: only pages in the folder are official.
    """
    host = host.removeprefix("www.")
    if not _HOST.fullmatch(host):
        return False
    if is_government_domain(host):
        return True
    own, own_path = split_url(website or "")
    own, folder = own.removeprefix("www."), f"{own_path.rstrip('/')}/"
    if host == own:
        return path is None or f"{path.rstrip('/')}/".startswith(folder)
    return bool(own) and folder == "/" and host.endswith(f".{own}")


def count(values: Mapping[str, object], key: str) -> int | None:
    """Return a count of a response; None where it is missing, hidden (-1), no number or an absurd one."""
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _COUNT_MAX else None


def moment(value: object) -> datetime | None:
    """Return a time or a day (its midnight in UTC) of a response; None for any other value, and for a future time.

    A server whose clock is a day ahead is believed. A later post would keep its account active forever.
    """
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at if at.year >= _YEAR_MIN and at <= datetime.now(UTC) + timedelta(days=1) else None


def split_url(url: str) -> tuple[str, str]:
    """Return host and path of a URL as browsers understand it (WHATWG); empty texts for no URL."""
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        return "", ""
    return parsed.hostname, parsed.pathname
