"""Dates of synthetic accounts: opening, last post and closing, by platform and status."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

# The day of all observations: a constant, so that a sample does not depend on the day it is made.
REFERENCE: Final = date(2026, 10, 1)
OBSERVED_AT: Final = f"{REFERENCE.isoformat()}T00:00:00+00:00"
_FIRST: Final = date(2010, 1, 1)
_DAYS: Final = (REFERENCE - _FIRST).days
_ISO: Final = tuple((_FIRST + timedelta(days=day)).isoformat() for day in range(_DAYS))
# Silent for longer than this many days is dormant.
_DORMANT_AFTER: Final = 14
_SILENT_FOR: Final = 900
_LIFE_AT_LEAST: Final = 30

# The first year in which government bodies opened accounts there in numbers.
_FIRST_YEAR: Final = {
    "weibo": 2010,
    "wechat": 2013,
    "app": 2012,
    "toutiao": 2014,
    "zhihu": 2014,
    "bilibili": 2016,
    "kuaishou": 2017,
    "douyin": 2018,
    "xiaohongshu": 2018,
    "weixin-channels": 2020,
}
_SINCE: Final = {platform: (date(year, 1, 1) - _FIRST).days for platform, year in _FIRST_YEAR.items()}


def draw_dates(platform: str, status: str, draw: Callable[[], float]) -> dict[str, str]:
    """Return `opened_on` and, depending on the status, `closed_on` and `last_post_at` of an account."""
    since = _SINCE[platform]
    latest = _DAYS - _LIFE_AT_LEAST
    opened = since + int((draw() + draw()) / 2 * (latest - since))
    dates = {"opened_on": _ISO[opened]}
    if status == "unknown":
        return dates
    if status == "active":
        last = _DAYS - 1 - int(draw() * _DORMANT_AFTER)
    else:
        last = max(opened, _DAYS - 1 - _DORMANT_AFTER - int(draw() * _SILENT_FOR))
    if status == "closed":
        dates["closed_on"] = _ISO[last]
    minute = int(draw() * 1440)
    dates["last_post_at"] = f"{_ISO[last]}T{minute // 60:02d}:{minute % 60:02d}:00+00:00"
    return dates
