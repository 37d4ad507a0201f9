from datetime import date, datetime
from random import Random

import pytest

from directory.sample.calendar import REFERENCE, draw_dates
from directory.sample.shares import PLATFORMS, STATUSES


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_account_is_opened_then_posts_then_closes(platform: str, status: str) -> None:
    draw = Random(3).random  # noqa: S311 no secret
    for _ in range(200):
        dates = draw_dates(platform, status, draw)
        opened = date.fromisoformat(dates["opened_on"])
        assert date(2010, 1, 1) <= opened < REFERENCE
        assert ("closed_on" in dates) == (status == "closed")
        assert ("last_post_at" in dates) == (status != "unknown")
        if "last_post_at" in dates:
            last = datetime.fromisoformat(dates["last_post_at"]).date()
            assert opened <= last < REFERENCE
            assert ((REFERENCE - last).days <= 14) == (status == "active")
            assert dates.get("closed_on", last.isoformat()) == last.isoformat()
