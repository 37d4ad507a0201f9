"""Profiles of rows whose identity a program has spoiled: words for nothing, and numbers that lost digits."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from directory.imports.errors import RowRejected
from directory.imports.report import RowsRejected
from directory.imports.validate.profiles import CUT, DATES, PLACEHOLDERS, UNUSUAL_UIDS, is_placeholder, parse_profile
from directory.imports.validate.rows import Validator
from directory.imports.values.regions import Regions
from tests.imports.conftest import Load

REGIONS = Regions([("CN", "China", "中国", [], "country")])


def read(*, strict: bool = False, **record: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    row = Validator(REGIONS, default_source="file", strict=strict).normalize(record)
    return json.loads(row.statement), row.warnings


def error(*, strict: bool = False, **record: object) -> tuple[str, str, str]:
    with pytest.raises(RowRejected) as raised:
        read(strict=strict, **record)
    (found,) = raised.value.errors
    assert found.message
    assert found.remedy
    return found.field, found.code, found.value


@pytest.mark.parametrize(
    "record",
    [
        {"url": "https://facebook.com/None"},
        {"platform": "facebook", "handle": "None", "url": "https://www.facebook.com/None"},
        {"platform": "x", "handle": "@null"},
        {"platform": "x", "handle": "NaN", "url": "https://x.com/NaN"},
        {"platform": "x", "handle": "NA"},
        {"platform": "x", "handle": "TRUE"},
        {"platform": "x", "url": "https://x.com/NaN/"},
        {"platform": "linkedin", "handle": "company/None"},
        {"platform": "youtube", "url": "https://www.youtube.com/@nan"},
        {"platform": "mastodon", "handle": "None@mastodon.social"},
        {"platform": "bluesky", "handle": "none.bsky.social"},
        {"platform": "weibo", "url": "https://weibo.com/n/暂无"},
    ],
)
def test_a_handle_that_is_a_word_for_nothing_is_remarked_and_rejected_if_strict(record: dict[str, Any]) -> None:
    assert read(**record)[1] == (PLACEHOLDERS,)
    assert error(strict=True, **record)[1] == "placeholder"


@pytest.mark.parametrize(
    "handle", ["nasa", "Nanjing", "nullarbor", "company/nasa", "nasa@none.social", "undefined.gov"]
)
def test_other_handles_are_no_words_for_nothing(handle: str) -> None:
    assert not is_placeholder(handle)


@pytest.mark.parametrize("word", ["None", "null", "N/A", "#N/A", "#REF!", "-", "?", "(null)", "undefined", '=""'])
def test_a_word_for_nothing_in_the_handles_column_is_not_known(word: str) -> None:
    assert error(platform="x", handle=word) == ("handle", "no-identity", word)
    statement, _ = read(platform="x", handle=word, url="https://x.com/nasa", name=word, description=word)
    assert statement == {"platform": "x", "handle": "nasa", "url": "https://x.com/nasa"}


@pytest.mark.parametrize("url", ["https://x.com/N/A", "https://facebook.com/n/a/", "https://x.com/#N/A"])
def test_an_address_made_of_not_available_is_nobodys(url: str) -> None:
    assert error(url=url)[1] == "no-identity"
    assert read(platform="x", handle="nasa", url=url)[0]["handle"] == "nasa"


@pytest.mark.parametrize(
    "record",
    [
        {"platform_user_id": "1.00065E+14"},
        {"platform_user_id": "1,00065E+14"},
        {"platform_user_id": 1.7841401234567891e17},
        {"platform_user_id": "17841401234567891.0"},
        {"handle": "1.00065E+14"},
        {"handle": 1.7841401234567891e17},
        {"url": "https://www.facebook.com/1.00065E+14"},
        {"url": "https://www.facebook.com/profile.php?id=1.00065E%2B14"},
    ],
)
def test_an_id_that_lost_digits_is_refused(record: dict[str, Any]) -> None:
    assert error(platform="facebook", **record)[1] == "rounded-id"


@pytest.mark.parametrize(
    "record",
    [
        {"platform_user_id": "100064559832212.0"},
        {"platform_user_id": "'100064559832212"},
        {"platform_user_id": 100064559832212.0},
        {"platform_user_id": "\u00a0100064559832212\u00a0"},
        {"platform_user_id": '="100064559832212"'},
        {"platform_user_id": "100,064,559,832,212"},
        {"platform_user_id": "100\u00a0064\u00a0559\u00a0832\u00a0212"},
        {"handle": "100.064.559.832.212,00"},
        {"handle": "100064559832212.0"},
        {"handle": "'100064559832212"},
        {"url": "https://www.facebook.com/100064559832212.0"},
        {"url": "https://www.facebook.com/profile.php?id=100064559832212.0"},
    ],
)
def test_an_id_that_a_spreadsheet_only_dressed_is_read(record: dict[str, Any]) -> None:
    assert read(platform="facebook", **record)[0]["platform_user_id"] == "100064559832212"


def test_an_id_whose_digits_from_the_sixteenth_are_zeros_is_remarked() -> None:
    assert read(platform="instagram", platform_user_id="17841401234567800")[1] == (CUT,)
    assert read(platform="instagram", platform_user_id="17841401234567801")[1] == ()
    assert read(platform="facebook", platform_user_id="100064559832200")[1] == ()


@pytest.mark.parametrize("url", ["https://weibo.com/u/287497836", "https://weibo.com/p/10050528749783645"])
def test_a_weibo_uid_of_other_than_ten_digits_is_remarked(url: str) -> None:
    assert read(url=url)[1] == (UNUSUAL_UIDS,)
    assert read(platform="weibo", handle=url.rpartition("/")[2].removeprefix("100505"))[1] == (UNUSUAL_UIDS,)
    assert read(platform="weibo", platform_user_id="2874978364")[1] == ()
    assert read(platform="weibo", handle="shmetro")[1] == ()


@pytest.mark.parametrize("handle", ["1-Mar", "Mar-11", "2-Sep-11"])
def test_a_handle_that_looks_like_a_spreadsheets_day_is_remarked(handle: str) -> None:
    assert read(platform="youtube", handle=handle)[1] == (DATES,)
    assert read(platform="youtube", handle=f"{handle}a")[1] == ()


def test_what_is_wrong_with_an_address_is_said_of_the_address() -> None:
    assert error(platform="bluesky", url="https://bsky.app/profile/None")[::2] == (
        "url",
        "https://bsky.app/profile/None",
    )


def test_the_report_says_where_the_first_doubtful_handle_and_the_first_mended_text_are(
    load: Load, accounts: Callable[[], list[dict[str, Any]]]
) -> None:
    rows = [
        {"platform": "x", "handle": "nasa", "name": "\u2f2d东发布_x000D_"},
        {"url": "https://facebook.com/None"},
        {"url": "https://facebook.com/null"},
    ]
    report = load(rows)
    assert any("(None, null, nan)" in note and note.endswith("2 (first on line 2)") for note in report.notes)
    assert sum(note.endswith("1 (first on line 1)") for note in report.notes) == 2
    assert [account["name"] for account in accounts()] == [None, None, "山东发布"]
    with pytest.raises(RowsRejected) as raised:
        load(rows, strict=True)
    assert raised.value.report.reasons == {"placeholder": 2}


@pytest.mark.parametrize(
    ("record", "platform"),
    [
        ({"handle": "did:plc:abcdefghijklmnopqrstuvwx"}, "bluesky"),
        ({"platform_user_id": "did:plc:abcdefghijklmnopqrstuvwx", "handle": "health.gov"}, "bluesky"),
        ({"handle": "UCabcdefghijklmnopqrstuv"}, "youtube"),
        ({"platform_user_id": "UCabcdefghijklmnopqrstuv"}, "youtube"),
        ({"handle": "@health@mastodon.social"}, "mastodon"),
        ({"handle": "acct:health@mastodon.social"}, "mastodon"),
        ({"handle": "gh_0123456789ab"}, "wechat"),
        ({"handle": "12345678@N02"}, "flickr"),
    ],
)
def test_an_id_of_a_form_that_one_platform_has_tells_it(record: dict[str, str], platform: str) -> None:
    found = parse_profile(record, [], [], strict=True)
    assert found is not None
    assert found.platform == platform
