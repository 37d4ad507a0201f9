import pytest

from directory.regions.reference import regions
from directory.sample.places import SamplePlace, shorten


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("成都市", "成都"),
        ("四川省", "四川"),
        ("凉山彝族自治州", "凉山"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡"),
        ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
        ("管城回族区", "管城"),
        ("阿里地区", "阿里"),
        ("浦东新区", "浦东新区"),
        ("城区", "城区"),
        ("单县", "单县"),
        ("石家庄高新技术产业开发区", "石家庄高新区"),
    ],
)
def test_a_place_is_called_by_its_short_name(name: str, short: str) -> None:
    assert shorten(name) == short


def test_every_province_prefecture_and_county_is_a_place_and_the_grouping_rows_are_not(
    places: list[SamplePlace],
) -> None:
    codes = {place.code for place in places}
    today = [r for r in regions().values() if r.source == "regions-gbt2260" and r.dissolved_on is None]
    left = [region for region in today if region.code not in codes]
    assert {region.name_local for region in left} == {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
    assert len(codes) > 3_300


def test_a_district_knows_its_city_and_a_county_has_none(places: list[SamplePlace]) -> None:
    city = {place.code: place.city for place in places}
    assert city["CN-510107"] == "成都市"  # 武侯区
    assert city["CN-110105"] == "北京市"  # 朝阳区, below the grouping row 市辖区
    assert city["CN-510121"] == ""  # 金堂县
    assert city["CN-510000"] == ""


def test_pinyin_is_of_plain_letters(places: list[SamplePlace]) -> None:
    assert all(place.pinyin.isascii() and place.pinyin.isalpha() and place.pinyin.islower() for place in places)
    assert next(place.pinyin for place in places if place.code == "CN-650100") == "urumqi"
