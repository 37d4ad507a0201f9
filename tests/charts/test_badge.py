"""The badge of an account, as a picture."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from directory.charts.badge import WIDTH, BadgeAccount, render_badge
from directory.charts.words import LANGUAGES, Language
from directory.platforms.reference import PLATFORMS


def _texts(account: BadgeAccount, language: Language = "en") -> list[str]:
    picture = render_badge(account, account_id="9q8z7yk", registry="Registry", language=language, theme="auto")
    return re.findall(r"<text [^>]*>([^<]*)</text>", picture)


def test_an_invented_account_is_not_called_official() -> None:
    account = BadgeAccount("weibo", "bjsubway", "Subway", is_listed=True, is_verified=True)
    assert _texts(account) == ["Official account", "bjsubway · Sina Weibo", "Registry"]
    assert _texts(replace(account, is_invented=True))[0] == "Invented example"


def test_a_long_name_is_cut_where_the_badge_ends() -> None:
    for letter, pixels in (("长", 12), ("W", 9), ("i", 3)):
        account = BadgeAccount("weibo", None, letter * 200, is_listed=True, is_verified=False)
        text = _texts(account)[1]
        assert text.endswith("… · Sina Weibo")
        assert len(text.partition("…")[0]) * pixels < WIDTH


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_badge_names_every_platform_whole_however_long_the_handle(language: Language) -> None:
    for slug in PLATFORMS:
        account = BadgeAccount(slug, "W" * 60, None, is_listed=True, is_verified=True)
        whole = _texts(replace(account, handle="a"), language)[1]
        cut = _texts(account, language)[1]
        assert whole.startswith("a · ")
        # Three wide letters and the dots are left of the handle.
        assert cut.startswith("WWW")
        assert cut.endswith(f"…{whole[1:]}")
        assert len(whole[4:]) > 1
        assert "…" not in whole
