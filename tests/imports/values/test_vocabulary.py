import contextlib
import re
import time

import hypothesis
import pytest
from hypothesis import strategies as st

from directory.imports.errors import InvalidValue
from directory.imports.values.known_names import _read, find_country, is_ambiguous, key
from directory.imports.values.regions import Regions
from directory.imports.values.vocabulary import STATUSES, SUBJECTS, TYPES, parse_choice, parse_language
from directory.regions.reference import regions


@pytest.fixture(scope="module")
def known() -> Regions:
    rows = regions().values()
    return Regions(
        ((r.code, r.name, r.name_local, list(r.aliases), r.level) for r in rows),
        dissolved={
            r.code: r.replaced_by[0] if len(r.replaced_by) == 1 else None for r in rows if r.dissolved_on is not None
        },
    )


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
        ("USA", "US"),
        ("gbr", "GB"),
        ("U.S.", "US"),
        ("United States of America", "US"),
        ("The Netherlands", "NL"),
        ("Deutschland", "DE"),
        ("Bundesrepublik Deutschland", "DE"),
        ("日本", "JP"),
        ("Espana", "ES"),
        ("Russia", "RU"),
        ("Czech Republic", "CZ"),
        ("Tchéquie", "CZ"),
        ("Korea (Republic of)", "KR"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Trinidad & Tobago", "TT"),
        ("Cote d'Ivoire", "CI"),
        ("UAE", "AE"),
        ("Congo-Kinshasa", "CD"),
        ("Republic of the Congo", "CG"),
        ("საქართველო", "GE"),
        ("England", "GB-ENG"),
        ("Écosse", "GB-SCT"),
        ("Cymru", "GB-WLS"),
        ("Nordirland", "GB-NIR"),
        ("", None),
        ("N/A", None),
    ],
)
def test_a_region_is_found_by_code_alias_and_unmistakable_name(known: Regions, given: object, code: str | None) -> None:
    assert known.code(given) == code


@pytest.mark.parametrize("given", ["XX", "US-ZZ", "999999", "朝阳区", "市辖区", "Springfield"])
def test_a_region_that_cannot_be_told_is_refused(known: Regions, given: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        known.code(given)
    assert raised.value.code == "unknown-region"


@pytest.mark.parametrize("given", ["Georgia", "georgia", "Géorgie", "Congo", "Korea", "Virgin Islands", "St. Martin"])
def test_a_name_that_two_regions_bear_is_never_a_guess(known: Regions, given: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        known.code(given)
    assert raised.value.code == "ambiguous-region"


@pytest.mark.parametrize("given", ["Est", "Can", "840", "036", "English", "x" * 500])
def test_a_word_or_a_number_that_may_mean_another_thing_is_no_country(known: Regions, given: str) -> None:
    with pytest.raises(InvalidValue):
        known.code(given)


def test_each_country_is_found_by_all_its_names_but_those_that_another_bears(known: Regions) -> None:
    for region in regions().values():
        if region.level == "country":
            for name in filter(None, (region.name, region.name_local, *region.other_names)):
                assert is_ambiguous(name) or known.code(name) == region.code, name


def test_no_name_of_a_country_is_that_of_a_place_in_china() -> None:
    for region in regions().values():
        if region.level in {"province", "prefecture"}:
            for name in filter(None, (region.name, region.name_local)):
                assert find_country(name) in {None, region.code}, name


def test_the_message_for_an_unknown_region_does_not_cost_again_for_each_row(known: Regions) -> None:
    begun = time.process_time()
    for _ in range(20_000):
        with pytest.raises(InvalidValue):
            known.code("Ruritanien")
    # Looked for each time it takes minutes.
    assert time.process_time() - begun < 5


def test_the_remedy_for_an_unknown_county_names_the_region_around_it(known: Regions) -> None:
    with pytest.raises(InvalidValue) as raised:
        known.code("CN-510199")
    assert "CN-510100 is known" in raised.value.remedy


def test_a_region_that_became_one_other_is_taken_as_that_with_a_remark(known: Regions) -> None:
    for given, code in (("CN-330103", "CN-330105"), (330103, "CN-330105"), ("cn_500105", "CN-500157"), ("TP", "TL")):
        assert known.code(given) == code
        assert code in known.warning(given)
    assert known.warning("CN-510100") == known.warning("成都市") == ""


def test_a_region_that_became_several_is_refused_with_their_codes_unless_it_is_in_the_list(known: Regions) -> None:
    with pytest.raises(InvalidValue) as raised:
        known.code("371200")
    assert raised.value.code == "dissolved-region"
    assert "CN-370116 or CN-370117" in raised.value.remedy
    assert known.code("NO-30") == "NO-30"
    assert "NO-33" in known.warning("NO-30")


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
    assert parse_choice(given, words, "word") == meaning


def test_an_unknown_word_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_choice("polise", TYPES, "department type")
    assert raised.value.code == "unknown-department-type"
    assert "'police'" in raised.value.remedy


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        *(("zh", "zh"), ("EN_us", "en-US"), ("zh-hant-tw", "zh-Hant-TW"), ("English", "en"), ("eng", "en")),
        *(("", None), ("Français", "fr"), ("FRANCAIS", "fr"), ("Deutsch", "de"), ("Español", "es")),
        *(
            ("日本語", "ja"),
            ("한국어", "ko"),
            ("简体中文", "zh-Hans"),
            ("繁體中文", "zh-Hant"),
            ("Chinese (Traditional)", "zh-Hant"),
        ),
        *(("中文", "zh"), ("Dutch", "nl"), ("Polish", "pl"), ("Turkish", "tr"), ("Anglais", "en")),
        *(("Englisch", "en"), ("英語", "en"), ("fra", "fr"), ("fre", "fr"), ("GER", "de")),
        *(("yue", "yue"), ("ga", "ga"), ("Gaeilge", "ga"), ("iku", "iu"), ("Français (Canada)", "fr-CA")),
        *(("English (UK)", "en-GB"), ("Português do Brasil", "pt-BR")),
    ],
)
def test_languages_are_written_as_bcp_47_does(given: str, tag: str | None) -> None:
    assert parse_language(given) == tag


@pytest.mark.parametrize(
    ("given", "tag"),
    [("French / Français", "fr"), ("English / Anglais", "en"), ("Allemand/German/Deutsch", "de"), ("Français/", None)],
)
def test_a_language_that_is_named_in_several_is_one(given: str, tag: str | None) -> None:
    if tag is None:
        with pytest.raises(InvalidValue):
            parse_language(given)
    else:
        assert parse_language(given) == tag


@pytest.mark.parametrize(
    "given",
    ["the local one", "Bilingual", "English/French", "en/fr", "English, French", "Français (Atlantis)", "x" * 500],
)
def test_what_is_no_language_or_several_is_refused(given: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_language(given)
    assert raised.value.code == "unknown-language"


@pytest.mark.parametrize("given", ["NAN", "nIl", "Nil", "tBD"])
def test_a_word_for_nothing_is_no_language_in_any_letter_case(given: str) -> None:
    assert parse_language(given) is None


def test_each_code_of_three_letters_for_a_language_of_two_is_read_as_that() -> None:
    codes, names = _read("languages.csv")
    # Those of ISO 639-1, several with two.
    assert len(codes) > 183
    assert all(parse_language(code) == parse_language(code.upper()) == tag for code, tag in codes.items())
    assert all(len(tag) == 2 for tag in codes.values())
    assert not any(re.fullmatch("[a-z]{2,3}", name) and names[name] != parse_language(name) for name in names)


@pytest.mark.parametrize("file", ["languages.csv", "countries.csv"])
def test_each_name_of_the_tables_is_in_the_form_in_which_names_are_compared(file: str) -> None:
    _, names = _read(file)
    assert [name for name in names if key(name) != name] == []


@hypothesis.given(st.text(max_size=200))
def test_any_text_is_a_language_or_region_or_refused(known: Regions, written: str) -> None:
    for read in (parse_language, known.code):
        with contextlib.suppress(InvalidValue):
            assert read(written) is None or read(written) == read(read(written))
