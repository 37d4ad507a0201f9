import json
from typing import Any

import pytest

from directory.imports.errors import RowRejected
from directory.imports.validate.rows import Validator
from directory.imports.values.regions import Regions

REGIONS = Regions([("CN", "China", "中国", [], "country"), ("CN-510100", "Chengdu", "成都市", [], "prefecture")])


def normalize(*, strict: bool = False, **record: object) -> dict[str, Any]:
    row = Validator(REGIONS, default_source="file", strict=strict).normalize(record)
    return {"source": row.source, "source_id": row.source_id, **json.loads(row.statement)}


def errors(*, strict: bool = False, **record: object) -> list[tuple[str, str]]:
    with pytest.raises(RowRejected) as raised:
        normalize(strict=strict, **record)
    assert all(error.message and error.remedy for error in raised.value.errors)
    return [(error.field, error.code) for error in raised.value.errors]


def test_a_row_in_full_has_a_normal_form() -> None:
    assert normalize(
        platform="新浪微博",
        handle="@cdfb",
        url="http://weibo.com/cdfb/home?from=x",
        platform_user_id=2679652763,
        name=" 成都发布 ",
        names='[{"name": "Chengdu Release", "language": "en"}, "Chengdu"]',
        department="成都市人民政府新闻办公室",
        department_type="Publicity",
        department_url="cd.gov.cn",
        region="510100",
        subject="机构",
        status="正常",
        followers="150万",
        followers_at="2011-11-14",
        opened_on="2010年7月1日",
        tags="news; city",
        language="zh_CN",
        source="A List",
        source_id=7,
    ) == {
        "source": "a-list",
        "source_id": "7",
        "platform": "weibo",
        "platform_user_id": "2679652763",
        "handle": "cdfb",
        "url": "https://weibo.com/cdfb",
        "name": "成都发布",
        "names": [
            {"name": "Chengdu Release", "language": "en", "key": "chengdu release"},
            {"name": "Chengdu", "key": "chengdu"},
        ],
        "department": "成都市人民政府新闻办公室",
        "department_type": "publicity",
        "department_url": "https://cd.gov.cn",
        "region": "CN-510100",
        "subject": "body",
        "status": "active",
        "followers": 1_500_000,
        "followers_at": "2011-11-14T00:00:00+00:00",
        "opened_on": "2010-07-01",
        "language": "zh-CN",
        "tags": ["city", "news"],
    }


def test_what_is_not_known_is_absent() -> None:
    assert normalize(platform="x", handle="NASA", name="N/A", region="", followers=None, opened_on="NULL") == {
        "source": "file",
        "source_id": "",
        "platform": "x",
        "handle": "NASA",
        "handle_key": "nasa",
        "url": "https://x.com/NASA",
    }


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert errors(strict=True, platform="nowhere", handle="x", region="XX", followers="some", status="odd") == [
        ("region", "unknown-region"),
        ("status", "unknown-status"),
        ("followers", "not-a-number"),
        ("platform", "unknown-platform"),
    ]


def test_a_row_that_names_no_account_is_rejected() -> None:
    assert errors(platform="x", name="NASA") == [("handle", "no-identity")]
    assert errors(url="https://www.youtube.com/playlist?list=PL1234567890") == [("url", "playlist")]
    assert errors(platform="facebook", handle="need to create account")[0][0] == "handle"


def test_an_address_on_another_platform_is_a_contradiction() -> None:
    assert errors(platform="twitter", handle="nasa", url="https://www.instagram.com/nasa/") == [
        ("url", "contradiction")
    ]


@pytest.mark.parametrize(("strict", "stops"), [(False, False), (True, True)])
def test_a_word_of_the_platforms_own_addresses_is_no_account_and_stops_the_others_if_strict(
    *, strict: bool, stops: bool
) -> None:
    record = {"platform": "linkedin", "handle": "login", "url": "https://www.linkedin.com/uas/login"}
    with pytest.raises(RowRejected) as rejection:
        Validator(REGIONS, default_source="file", strict=strict).normalize(record)
    assert [(error.code, error.stops) for error in rejection.value.errors] == [("login-page", stops)]


def test_a_page_of_a_platform_given_by_its_url_alone_stops_the_import() -> None:
    with pytest.raises(RowRejected) as rejection:
        Validator(REGIONS, default_source="file").normalize({"url": "https://www.facebook.com/donate/123/"})
    assert [error.stops for error in rejection.value.errors] == [True]


def test_closed_before_opened_is_a_fault() -> None:
    assert errors(platform="x", handle="a", opened_on="2012-01-01", closed_on="2011-01-01") == [
        ("closed_on", "closed-before-opened")
    ]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("en: Chengdu Release; zh: 成都发布", [("Chengdu Release", "en"), ("成都发布", "zh")]),
        ("Chengdu Release", [("Chengdu Release", None)]),
        (["A", {"name": "B", "language": "en"}], [("A", None), ("B", "en")]),
    ],
)
def test_other_names_are_read_from_a_cell_or_a_list(given: object, names: list[tuple[str, str | None]]) -> None:
    statement = normalize(platform="x", handle="a", names=given)
    assert [(name["name"], name.get("language")) for name in statement["names"]] == names


def test_a_chinese_name_is_the_name_where_there_is_no_other() -> None:
    assert normalize(platform="weibo", handle="cdfb", name_zh="成都发布")["name"] == "成都发布"
    both = normalize(platform="weibo", handle="cdfb", name="Chengdu", name_zh="成都发布")
    assert both["names"] == [{"name": "成都发布", "language": "zh", "key": "成都发布"}]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("names", "[broken", "wrong-type"),
        ("names", {"name": "x"}, "wrong-type"),
        ("names", [{"nom": "x"}], "wrong-type"),
        ("tags", 3, "wrong-type"),
        ("name", True, "wrong-type"),
        ("department_url", "not an address", "not-a-url"),
        ("source", "名单", "bad-source"),
        ("handle", ["a"], "wrong-type"),
        ("name", "a\x00b", "control-character"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_fault_of_its_field(field: str, value: object, code: str) -> None:
    assert (field, code) in errors(strict=True, **dict[str, Any]({"platform": "x", "handle": "a", field: value}))


def test_a_name_that_is_a_word_for_nothing_is_none_in_a_cell_of_names_too() -> None:
    statement = normalize(
        platform="x", handle="a", names="en: None; zh: 成都发布", department="#REF!", tags="news; null"
    )
    assert [name["name"] for name in statement["names"]] == ["成都发布"]
    assert statement["tags"] == ["news"]
    assert "department" not in statement
