"""Rows of import for a registry of China's shape: N synthetic accounts, the same for the same N and seed.

Accounts come in the order of the region codes. Chance is only `random.Random(seed).random()`, whose sequence
Python keeps for ever, and arithmetic that IEEE 754 rounds correctly: the same rows on every machine.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final, TypeAlias

from directory.sample.calendar import OBSERVED_AT, date_account
from directory.sample.departments import KINDS, LEVELS, POPULAR, Kind, Level
from directory.sample.followers import Followers
from directory.sample.handles import identify
from directory.sample.places import Place
from directory.sample.shares import LEVELS as LEVEL_SHARES
from directory.sample.shares import PLATFORMS, STATUSES, Quota, apportion

SOURCE: Final = "synthetic"
ACCOUNTS_MAX: Final = 5_000_000
# After each account's name: whoever meets one knows it for what it is.
MARK: Final = "·样例"

Row: TypeAlias = dict[str, str | int]

# How much more frequent a stratum (level, popular or not) is near the top than chance would have it.
_ADVANTAGES: Final[dict[tuple[Level, bool], int]] = {
    ("province", True): 200,
    ("province", False): 20,
    ("prefecture", True): 40,
    ("prefecture", False): 3,
    ("county", True): 3,
    ("county", False): 1,
}
# The lightest and the heaviest weight of a place in the number of its accounts.
_WEIGHTS: Final = (60, 140)


@dataclass(frozen=True, slots=True)
class Office:
    """One department of one place, with the names that its accounts take."""

    department: str
    type: str
    stem: str
    stratum: tuple[Level, bool]
    accounts: tuple[str, ...]


def generate(accounts: int, seed: int, places: Sequence[Place]) -> Iterator[Row]:
    """Yield `accounts` rows of import (1 to ACCOUNTS_MAX), all of source `synthetic`; memory does not grow with them.

    Raises ValueError for a number out of bounds.
    """
    if not 1 <= accounts <= ACCOUNTS_MAX:
        message = f"{accounts} accounts: from 1 to {ACCOUNTS_MAX} can be made"
        raise ValueError(message)
    draw = Random(seed).random  # noqa: S311 it is to be predictable
    numbers = _divide(accounts, places, draw)
    platforms, statuses = Quota(accounts, PLATFORMS), Quota(accounts, STATUSES)
    followers = Followers(_strata(numbers, places), int(draw() * 2**53) * 2**11)
    number = 0
    for place, count in zip(places, numbers, strict=True):
        offices = _offices(place) if count else ()
        deck = _DECKS[place.level]
        for _ in range(count):
            number += 1
            office = offices[deck[int(draw() * len(deck))]]
            platform, status = platforms.draw(draw()), statuses.draw(draw())
            row: Row = {
                "source": SOURCE,
                "platform": platform,
                **identify(platform, office.stem, number),
                "name": office.accounts[int(draw() * len(office.accounts))],
                "department": office.department,
                "department_type": office.type,
                "region": place.code,
                "subject": "body",
                "status": status,
                "language": "zh",
                **date_account(platform, status, draw),
            }
            reach = followers.draw(office.stratum)
            # Of an account whose status nobody knows nobody counted the followers.
            if status != "unknown":
                row["followers"] = reach
                row["followers_at"] = OBSERVED_AT
            yield row


def _deck(level: Level) -> tuple[int, ...]:
    """Give the places in `_KINDS_AT` of a level, each as often as its kind weighs: one draw finds a department."""
    return tuple(place for place, kind in enumerate(_KINDS_AT[level]) for _ in range(kind.weight))


_KINDS_AT: Final[dict[Level, tuple[Kind, ...]]] = {
    level: tuple(kind for kind in KINDS if kind.pattern(level)) for level in LEVELS
}
_DECKS: Final = {level: _deck(level) for level in LEVELS}


def _divide(accounts: int, places: Sequence[Place], draw: Callable[[], float]) -> list[int]:
    """Give each place its number of accounts: the levels by the published shares, the places of one by weight."""
    lightest, heaviest = _WEIGHTS
    parts = apportion(accounts, LEVEL_SHARES)
    numbers = [0] * len(places)
    for level in LEVELS:
        ours = [index for index, place in enumerate(places) if place.level == level]
        sums = list(accumulate(lightest + int(draw() * (heaviest - lightest)) for _ in ours))
        start = int(draw() * sums[-1])
        before = start // sums[-1]
        for index, weight in zip(ours, sums, strict=True):
            until = (weight * parts[level] + start) // sums[-1]
            numbers[index], before = until - before, until
    return numbers


def _strata(numbers: Sequence[int], places: Sequence[Place]) -> dict[tuple[Level, bool], tuple[int, int]]:
    """Give the expected size and the advantage of each stratum."""
    by_level: Counter[Level] = Counter()
    for place, count in zip(places, numbers, strict=True):
        by_level[place.level] += count
    strata = {}
    for (level, popular), advantage in _ADVANTAGES.items():
        deck = _DECKS[level]
        among = sum((_KINDS_AT[level][place].type in POPULAR) == popular for place in deck)
        strata[level, popular] = (by_level[level] * among // len(deck), advantage)
    return strata


def _offices(place: Place) -> tuple[Office, ...]:
    """Give the departments of a place."""
    words = {"full": place.name, "short": place.short, "city": place.city}
    offices = []
    for kind in _KINDS_AT[place.level]:
        pattern = kind.district if place.city and kind.district else kind.pattern(place.level)
        department = pattern.format_map(words)
        if place.direct:
            # The bodies of Beijing, Tianjin, Shanghai and Chongqing are 局, not 厅.
            department = department.replace("厅", "局")
        offices.append(
            Office(
                department=department,
                type=kind.type,
                stem=place.pinyin + kind.initials,
                stratum=(place.level, kind.type in POPULAR),
                accounts=tuple(name.format_map(words) + MARK for name in kind.accounts),
            )
        )
    return tuple(offices)
