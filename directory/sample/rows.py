"""Import rows of N synthetic accounts in the shape of China's registry, the same for the same N and seed.

Accounts are in the order of the region codes. The only sources of chance are `random.Random(seed).random()`, whose
sequence Python guarantees, and arithmetic that IEEE 754 rounds correctly: the rows are the same on every machine.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final, TypeAlias

from directory.sample.calendar import OBSERVED_AT, draw_dates
from directory.sample.departments import KINDS, LEVELS, POPULAR, DepartmentKind, Level
from directory.sample.followers import Followers
from directory.sample.handles import identify
from directory.sample.places import SamplePlace
from directory.sample.shares import LEVELS as LEVEL_SHARES
from directory.sample.shares import PLATFORMS, STATUSES, Quota, apportion

SOURCE: Final = "synthetic"
ACCOUNTS_MAX: Final = 5_000_000
# Ends the name of each account, so that nobody takes it for a real one.
MARK: Final = "·样例"

Row: TypeAlias = dict[str, str | int]

# How much more frequent a stratum (level, popular or not) is near the top than its share.
_ADVANTAGES: Final[dict[tuple[Level, bool], int]] = {
    ("province", True): 200,
    ("province", False): 20,
    ("prefecture", True): 40,
    ("prefecture", False): 3,
    ("county", True): 3,
    ("county", False): 1,
}
# Lowest and highest weight of a place for its number of accounts.
_WEIGHTS: Final = (60, 140)


@dataclass(frozen=True, slots=True)
class Office:
    """A department of a place, with the names of its accounts."""

    department: str
    type: str
    stem: str
    stratum: tuple[Level, bool]
    accounts: tuple[str, ...]


def generate(accounts: int, seed: int, places: Sequence[SamplePlace]) -> Iterator[Row]:
    """Yield `accounts` import rows (1 to ACCOUNTS_MAX) of source `synthetic`, in constant memory; raise ValueError."""
    if not 1 <= accounts <= ACCOUNTS_MAX:
        message = f"{accounts} accounts: from 1 to {ACCOUNTS_MAX} can be made"
        raise ValueError(message)
    draw = Random(seed).random  # noqa: S311 it is to be predictable
    numbers = _divide(accounts, places, draw)
    platforms, statuses = Quota(accounts, PLATFORMS), Quota(accounts, STATUSES)
    # random() is a multiple of 2^-53, so this is a whole number below 2^64, the same on every machine.
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
                **draw_dates(platform, status, draw),
            }
            count_of_followers = followers.draw(office.stratum)
            # An account of unknown status has not been visited, so its followers are unknown too.
            if status != "unknown":
                row["followers"] = count_of_followers
                row["followers_at"] = OBSERVED_AT
            yield row


def _deck(level: Level) -> tuple[int, ...]:
    """Return the indexes in `_KINDS_AT` of a level, each as often as the weight of its kind, for one draw."""
    return tuple(index for index, kind in enumerate(_KINDS_AT[level]) for _ in range(kind.weight))


_KINDS_AT: Final[dict[Level, tuple[DepartmentKind, ...]]] = {
    level: tuple(kind for kind in KINDS if kind.pattern(level)) for level in LEVELS
}
_DECKS: Final = {level: _deck(level) for level in LEVELS}


def _divide(accounts: int, places: Sequence[SamplePlace], draw: Callable[[], float]) -> list[int]:
    """Return the number of accounts of each place: by the published shares of levels, within a level by weight."""
    lightest, heaviest = _WEIGHTS
    parts = apportion(accounts, LEVEL_SHARES)
    numbers = [0] * len(places)
    for level in LEVELS:
        indexes = [index for index, place in enumerate(places) if place.level == level]
        # Whole numbers by running sums, so that those of all places add up to exactly the number of their level.
        sums = list(accumulate(lightest + int(draw() * (heaviest - lightest)) for _ in indexes))
        start = int(draw() * sums[-1])
        before = start // sums[-1]
        for index, weight in zip(indexes, sums, strict=True):
            until = (weight * parts[level] + start) // sums[-1]
            numbers[index], before = until - before, until
    return numbers


def _strata(numbers: Sequence[int], places: Sequence[SamplePlace]) -> dict[tuple[Level, bool], tuple[int, int]]:
    """Return the expected size and the advantage of each stratum."""
    by_level: Counter[Level] = Counter()
    for place, count in zip(places, numbers, strict=True):
        by_level[place.level] += count
    strata = {}
    for (level, popular), advantage in _ADVANTAGES.items():
        deck = _DECKS[level]
        among = sum((_KINDS_AT[level][index].type in POPULAR) == popular for index in deck)
        strata[level, popular] = (by_level[level] * among // len(deck), advantage)
    return strata


def _offices(place: SamplePlace) -> tuple[Office, ...]:
    """Return the departments of a place."""
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
