"""Shares by level, platform and status: published figures, and draws that match them exactly.

The published figures are those of Gansu's government new media in June 2024: 4,891 accounts by platform and by
level. Of 525 "video" and 600 "other" only the sums are published: how they divide is our estimate, as are the
shares of status.
"""

from collections.abc import Mapping
from typing import Final

LEVELS: Final[Mapping[str, int]] = {"province": 235, "prefecture": 1_193, "county": 3_463}

# The published groups: wechat 3,076, weibo 647, video 525 (four platforms), apps 43, other 600 (three platforms).
PLATFORMS: Final[Mapping[str, int]] = {
    "wechat": 3_076,
    "weibo": 647,
    "douyin": 340,
    "kuaishou": 85,
    "weixin-channels": 70,
    "bilibili": 30,
    "app": 43,
    "toutiao": 470,
    "xiaohongshu": 85,
    "zhihu": 45,
}

STATUSES: Final[Mapping[str, int]] = {"active": 860, "dormant": 80, "closed": 35, "suspended": 15, "unknown": 10}


def apportion(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide `total` by `weights` into whole parts that sum to it (largest remainders; a tie goes to the first)."""
    whole = sum(weights.values())
    parts = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: -(total * weights[key] % whole))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


class Quota:
    """Values in random order, each exactly as often as its share of the total, in constant memory."""

    __slots__ = ("_counts", "_left", "_values")

    def __init__(self, total: int, weights: Mapping[str, int]) -> None:
        parts = apportion(total, weights)
        # The most frequent first: most draws end at the first comparison.
        self._values = sorted(parts, key=lambda key: -parts[key])
        self._counts = [parts[value] for value in self._values]
        self._left = total

    def draw(self, chance: float) -> str:
        """Return the value at `chance` (0 <= chance < 1) of the remaining ones; raise LookupError if none remains."""
        at = int(chance * self._left)
        for place, count in enumerate(self._counts):
            if at < count:
                self._counts[place] -= 1
                self._left -= 1
                return self._values[place]
            at -= count
        raise LookupError(chance)
