"""Numbers of followers by Zipf's law, with better chances for some strata than for others.

The account of rank r has SCALE / r followers (exponent 1, Zipf's own), where r is the expected number of accounts
above it and a half: so the first has between SCALE and twice as many. Only operations that IEEE 754 rounds
correctly are used (no power, no logarithm): every machine comes to the same whole number.
"""

from collections.abc import Hashable, Mapping
from math import sqrt
from typing import Final, Generic, TypeVar

SCALE: Final = 30_000_000
_TURN: Final = 2**64
# 2^64 divided by the golden ratio: multiples of it, modulo 2^64, spread evenly however many there are.
_GOLDEN: Final = 11_400_714_819_323_198_485

Stratum = TypeVar("Stratum", bound=Hashable)


class Followers(Generic[Stratum]):
    """Draws ranks, and from them followers, for the members of strata of known size.

    `strata` gives each stratum's size and advantage (at least 1): near the top its members are that many times
    more frequent than their share; 1 is no advantage.
    """

    __slots__ = ("_advantaged", "_places", "_plain")

    def __init__(self, strata: Mapping[Stratum, tuple[int, int]], start: int) -> None:
        bends = {name: 1 / (advantage - 1) if advantage > 1 else 0.0 for name, (_, advantage) in strata.items()}
        self._advantaged = [(size, bends[name]) for name, (size, _) in strata.items() if bends[name]]
        self._plain = sum(size for name, (size, _) in strata.items() if not bends[name])
        self._places = {name: [start % _TURN, bends[name]] for name in strata}

    def draw(self, stratum: Stratum) -> int:
        """Return the followers of the stratum's next member, between 1 and twice SCALE."""
        place = self._places[stratum]
        position, bend = place
        place[0] = (int(position) + _GOLDEN) % _TURN
        chance = position / _TURN
        if bend:
            chance = chance * (chance + bend) / (1 + bend)
        above = self._plain * chance
        for size, other in self._advantaged:
            # The share of that stratum above this rank: the inverse of the bend above.
            above += size * (sqrt(other * other + 4 * (1 + other) * chance) - other) / 2
        return max(1, int(SCALE / (0.5 + above)))
