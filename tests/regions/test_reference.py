import re

import pytest

from directory.regions.names import english
from directory.regions.reference import ALIASES, regions


def test_every_region_stands_behind_the_one_it_lies_in() -> None:
    seen: set[str] = set()
    for code, region in regions().items():
        assert (region.parent_code is None) == (region.level == "country")
        assert region.parent_code is None or region.parent_code in seen
        seen.add(code)


@pytest.mark.parametrize(
    ("code", "name", "local"),
    [
        ("CN-510100", "Chengdu", "成都市"),
        ("CN-510000", "Sichuan", "四川省"),
        ("CN-110105", "Chaoyang District", "朝阳区"),
        ("CN-211300", "Chaoyang", "朝阳市"),
        ("CN-610000", "Shaanxi", "陕西省"),
        ("CN-140000", "Shanxi", "山西省"),
        ("CN-150000", "Inner Mongolia", "内蒙古自治区"),
        ("CN-450000", "Guangxi", "广西壮族自治区"),
        ("CN-610100", "Xi'an", "西安市"),
        ("CN-141100", "Lüliang", "吕梁市"),
        ("CN-610727", "Lüeyang County", "略阳县"),
        ("CN-513400", "Liangshan Yi Autonomous Prefecture", "凉山彝族自治州"),
        ("CN-522300", "Qianxinan Bouyei and Miao Autonomous Prefecture", "黔西南布依族苗族自治州"),
        ("CN-520526", "Weining Yi, Hui and Miao Autonomous County", "威宁彝族回族苗族自治县"),
        ("CN-150121", "Tumote Left Banner", "土默特左旗"),
        ("CN-130271", "Hebei Tangshan Lutai Economic Development Zone", "河北唐山芦台经济开发区"),
        ("CN-410104", "Guancheng Hui District", "管城回族区"),
        ("CN-441900", "Dongguan", "东莞市"),
        ("CN", "China", "中国"),
        ("US-OH", "Ohio", None),
    ],
)
def test_regions_have_english_names(code: str, name: str, local: str | None) -> None:
    region = regions()[code]
    assert (region.name, region.name_local) == (name, local)


def test_no_name_is_left_in_chinese_or_in_syllables() -> None:
    for region in regions().values():
        if region.source == "regions-gbt2260":
            assert re.fullmatch(r"[A-Z][A-Za-züêé',\- ]*", region.name.replace("Ü", "U")), region


def test_other_codes_of_a_region_are_its_aliases_and_no_regions() -> None:
    assert not ALIASES.keys() & regions().keys()
    assert regions()["CN-510000"].aliases == ("CN-SC",)
    assert "CN-HK" in regions()["HK"].aliases
    assert len([alias for alias in ALIASES if re.fullmatch("CN-[A-Z]{2}", alias)]) == 34


def test_cities_without_counties_lie_in_their_province() -> None:
    for code in ("CN-441900", "CN-442000", "CN-460400"):
        assert (regions()[code].level, regions()[code].parent_code) == ("prefecture", code[:5] + "0000")


def test_a_name_without_a_kind_is_its_pinyin() -> None:
    assert english("999999", "成都", "cheng dou", []) == "Chengdu"
