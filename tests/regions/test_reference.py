import re

import pytest

from directory.regions.english_names import english_name
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
        ("JP-13", "Tokyo", "東京都"),
        ("TW-TPE", "Taipei", "臺北市"),
        ("TW-CYI", "Chiayi City", "嘉義市"),
        ("TW-CYQ", "Chiayi County", "嘉義縣"),
        ("RU-MOW", "Moskva", "Москва"),
        ("SD-KH", "Khartoum", "الخرطوم"),
        ("JP", "Japan", "日本"),
    ],
)
def test_regions_have_english_names(code: str, name: str, local: str | None) -> None:
    region = regions()[code]
    assert (region.name, region.name_local) == (name, local)


def test_no_name_is_left_in_chinese_or_in_syllables() -> None:
    for region in regions().values():
        if region.source == "regions-gbt2260":
            assert re.fullmatch(r"[A-Z][A-Za-züêé',\- ]*", region.name.replace("Ü", "U")), region


def test_no_two_regions_side_by_side_have_one_name() -> None:
    seen: set[tuple[str | None, str]] = set()
    for region in regions().values():
        assert (region.parent_code, region.name) not in seen, region
        seen.add((region.parent_code, region.name))
    assert regions()["TW-CYI"].other_names == ("Chiayi",)


def test_regions_of_today_are_known_and_those_that_went_say_what_they_became() -> None:
    for code in (
        *("NO-31", "NO-32", "NO-33", "NO-39", "NO-40", "NO-55", "NO-56"),
        *("CN-653228", "CN-653229", "CN-460302", "CN-460303", "CN-500157", "CN-653132", "CN-659013"),
    ):
        assert (regions()[code].source, regions()[code].dissolved_on) == ("regions-changes", None)
    assert regions()["NO-54"].replaced_by == ("NO-55", "NO-56")
    for region in regions().values():
        assert bool(region.replaced_by) == (region.dissolved_on is not None)
        for successor in region.replaced_by:
            assert regions()[successor].dissolved_on is None


def test_names_in_their_own_script_are_in_no_other() -> None:
    for region in regions().values():
        if region.code[:2] in {"JP", "KR", "TW", "RU", "GR", "EG", "TH"} and region.code != "TW":
            assert region.name_local
            assert not re.search("[A-Za-z]", region.name_local), region


def test_other_codes_of_a_region_are_its_aliases_and_no_regions() -> None:
    assert not ALIASES.keys() & regions().keys()
    assert regions()["CN-510000"].aliases == ("CN-SC",)
    assert "CN-HK" in regions()["HK"].aliases
    assert len([alias for alias in ALIASES if re.fullmatch("CN-[A-Z]{2}", alias)]) == 34


def test_cities_without_counties_lie_in_their_province() -> None:
    for code in ("CN-441900", "CN-442000", "CN-460400"):
        assert (regions()[code].level, regions()[code].parent_code) == ("prefecture", code[:5] + "0000")


def test_a_name_without_a_kind_is_its_pinyin() -> None:
    assert english_name("999999", "成都", "cheng dou", []) == "Chengdu"
