"""The badge of an account, as a picture."""

from __future__ import annotations

import re
from dataclasses import replace

from directory.charts.badge import WIDTH, BadgeAccount, render_badge


def _texts(account: BadgeAccount) -> list[str]:
    picture = render_badge(account, account_id="9q8z7yk", registry="Registry", language="en", theme="auto")
    return re.findall(r"<text [^>]*>([^<]*)</text>", picture)


def test_an_invented_account_is_not_called_official() -> None:
    account = BadgeAccount("weibo", "bjsubway", "Subway", is_listed=True, is_verified=True)
    assert _texts(account) == ["Official account", "bjsubway · Sina Weibo", "Registry"]
    assert _texts(replace(account, is_invented=True))[0] == "Invented example"


def test_a_long_name_is_cut_where_the_badge_ends() -> None:
    for letter, pixels in (("长", 12), ("W", 9), ("i", 3)):
        account = BadgeAccount("weibo", None, letter * 200, is_listed=True, is_verified=False)
        text = _texts(account)[1]
        assert text.endswith("…")
        assert len(text) * pixels < WIDTH
