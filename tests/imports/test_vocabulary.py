import pytest

from directory.imports.faults import Invalid
from directory.imports.vocabulary import STATUSES, SUBJECTS, TYPES, Regions, choice, language
from directory.regions.reference import regions


@pytest.fixture(scope="module")
def known() -> Regions:
    return Regions((r.code, r.name, r.name_local, list(r.aliases), r.level) for r in regions().values())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("CN-510100", "CN-510100"),
        ("510100", "CN-510100"),
        (510100, "CN-510100"),
        ("CN-SC", "CN-510000"),
        ("cn_sc", "CN-510000"),
        ("us-oh", "US-OH"),
        ("UK", "GB"),
        ("CN-HK", "HK"),
        ("NA", "NA"),
        ("四川省", "CN-510000"),
        ("成都市", "CN-510100"),
        ("France", "FR"),
        ("", None),
        ("N/A", None),
    ],
)
def test_a_region_is_found_by_code_alias_and_unmistakable_name(known: Regions, given: object, code: str | None) -> None:
    assert known.code(given) == code


@pytest.mark.parametrize("given", ["XX", "US-ZZ", "999999", "朝阳区", "市辖区", "Springfield"])
def test_a_region_that_cannot_be_told_is_refused(known: Regions, given: str) -> None:
    with pytest.raises(Invalid) as raised:
        known.code(given)
    assert raised.value.code == "unknown-region"


def test_the_remedy_for_an_unknown_county_names_the_region_around_it(known: Regions) -> None:
    with pytest.raises(Invalid) as raised:
        known.code("CN-510199")
    assert "CN-510100 is known" in raised.value.remedy


def test_a_region_that_became_one_other_is_taken_as_that_with_a_remark(known: Regions) -> None:
    for given, code in (("CN-330103", "CN-330105"), (330103, "CN-330105"), ("cn_500105", "CN-500157"), ("TP", "TL")):
        assert known.code(given) == code
        assert code in known.remark(given)
    assert known.remark("CN-510100") == known.remark("成都市") == ""


def test_a_region_that_became_several_is_refused_with_their_codes_unless_it_is_in_the_list(known: Regions) -> None:
    with pytest.raises(Invalid) as raised:
        known.code("371200")
    assert raised.value.code == "dissolved-region"
    assert "CN-370116 or CN-370117" in raised.value.remedy
    assert known.code("NO-30") == "NO-30"
    assert "NO-33" in known.remark("NO-30")


@pytest.mark.parametrize(
    ("words", "given", "meaning"),
    [
        (STATUSES, "Active", "active"),
        (STATUSES, "注销", "closed"),
        (STATUSES, " Archived ", "closed"),
        (SUBJECTS, "Organization", "body"),
        (TYPES, "Local government", "local-government"),
        (TYPES, "公安", "police"),
        (TYPES, "", None),
    ],
)
def test_a_word_stands_for_a_value(words: dict[str, str], given: str, meaning: str | None) -> None:
    assert choice(given, words, "word") == meaning


def test_an_unknown_word_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Invalid) as raised:
        choice("polise", TYPES, "department type")
    assert raised.value.code == "unknown-department-type"
    assert "'police'" in raised.value.remedy


@pytest.mark.parametrize(
    ("given", "tag"),
    [("zh", "zh"), ("EN_us", "en-US"), ("zh-hant-tw", "zh-Hant-TW"), ("English", "en"), ("eng", "en"), ("", None)],
)
def test_languages_are_written_as_bcp_47_does(given: str, tag: str | None) -> None:
    assert language(given) == tag


def test_what_is_no_language_is_refused() -> None:
    with pytest.raises(Invalid):
        language("the local one")
