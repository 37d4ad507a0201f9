"""What a verdict is made of, and how candidates are ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from directory.platforms.reference import PLATFORMS
from directory.resolve.reasons import Reason

Word = Literal["official", "formerly_official", "look_alike", "unknown"]
By = Literal["url", "handle", "user_id", "id", "name", "look_alike"]

MAX_CANDIDATES: Final = 5


class Candidate(NamedTuple):
    """An account that may be meant: how much speaks for it, 0 to 1, and the codes of what does."""

    account_id: str
    score: float
    codes: tuple[str, ...]
    followers: int | None


@dataclass(slots=True)
class Match:
    """What of the query led to which account."""

    by: By
    value: str
    account_id: str


@dataclass(slots=True)
class Verdict:
    """The answer to one query. Not frozen: that makes it four times as slow to make, and a batch has a thousand."""

    query: str
    verdict: Word
    reasons: tuple[Reason, ...]
    platform: str | None = None
    handle: str | None = None
    account_id: str | None = None
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None
    match: Match | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def shown(self) -> Iterator[str]:
        """The ids of the accounts that are shown."""
        if self.account_id is not None:
            yield self.account_id
        for candidate in self.candidates:
            yield candidate.account_id


def rank(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Give the best candidates: by score, then followers, then id."""
    ordered = sorted(
        candidates,
        key=lambda each: (-each.score, -1 if each.followers is None else -each.followers - 1, each.account_id),
    )
    return tuple(ordered[:MAX_CANDIDATES])


@lru_cache(maxsize=256)
def names_of(platform: str | None) -> Mapping[str, str]:
    """Give what a platform is called in English and in Chinese, for the wording of reasons."""
    known = PLATFORMS.get(platform or "")
    if known is None:
        return {"platform": "a platform", "platform_zh": "平台"}
    local = known.name_local if known.language.startswith("zh") else known.name
    return {"platform": known.name, "platform_zh": local}
